//! The text that crosses the boundary inwards, read by place, and the list of whole numbers that goes out.
//!
//! A place is where a field begins; it reads to the field's end by itself. Slices, which are a place and a length, were
//! handed on through memory and checked wherever they were cut: 500 bytes of brotli.

/// Between two fields of a row. The page strips control characters from its values, so a separator is never data.
const FIELD: u8 = b'\t';
/// Between two rows.
const ROW: u8 = b'\n';
/// Every byte below ends a field.
const DATA: u8 = b' ';

#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
pub use crate::exports::{Answer, Text};
#[cfg(not(all(feature = "wasm", target_arch = "wasm32")))]
pub use native::{Answer, Text};

impl Text<'_> {
    /// The byte at a place; the end of a row behind the text's end.
    #[inline(never)]
    pub(crate) fn at(self, place: usize) -> u8 {
        self.byte(place).unwrap_or(ROW)
    }

    /// Whether a field has nothing in it.
    pub(crate) fn is_empty(self, place: usize) -> bool {
        self.at(place) < DATA
    }

    /// Whether the text ends before a place.
    pub(crate) fn is_over(self, place: usize) -> bool {
        self.byte(place).is_none()
    }

    /// Where one field of the row that begins at `row` begins; a missing one is empty.
    #[inline(never)]
    pub(crate) fn field(self, row: usize, number: usize) -> usize {
        let (mut place, mut left) = (row, number);
        while left > 0 {
            match self.at(place) {
                ROW => break,
                FIELD => left -= 1,
                _ => {}
            }
            place += 1;
        }
        place
    }

    /// Where a field ends.
    #[inline(never)]
    pub(crate) fn end(self, place: usize) -> usize {
        let mut place = place;
        while !self.is_empty(place) {
            place += 1;
        }
        place
    }

    /// Where the next row begins.
    pub(crate) fn next_row(self, row: usize) -> usize {
        self.end(self.field(row, usize::MAX)) + 1
    }

    /// Reads whole numbers with commas between; one that is missing or no number is 0. Gives where it stopped.
    #[inline(never)]
    pub fn numbers(self, place: usize, numbers: &mut [u64]) -> usize {
        let mut place = place;
        for number in numbers {
            while self.at(place).is_ascii_digit() {
                *number = number.wrapping_mul(10).wrapping_add(u64::from(self.at(place) & 15)) & LARGEST;
                place += 1;
            }
            place += usize::from(self.at(place) == b',');
        }
        place
    }

    /// Whether two fields are the same.
    #[inline(never)]
    pub(crate) fn is_same(self, one: usize, other: usize) -> bool {
        let (mut one, mut other) = (one, other);
        while self.at(one) == self.at(other) && !self.is_empty(one) {
            one += 1;
            other += 1;
        }
        self.is_empty(one) && self.is_empty(other)
    }

    /// Takes a field into the sum behind [`digest`]: FNV-1a with a byte of its own at the end, so that `ab, c` is not `a, bc`.
    #[inline(never)]
    pub(crate) fn fold(self, sum: u64, place: usize) -> u64 {
        let (mut sum, mut place) = (sum, place);
        while !self.is_empty(place) {
            sum = (sum ^ u64::from(self.at(place))).wrapping_mul(PRIME);
            place += 1;
        }
        // A byte that no text has.
        (sum ^ 0xff).wrapping_mul(PRIME)
    }
}

/// A number that stands for a text: equal texts have equal digests; 53 bits, so that a page's number carries it. Never 0
/// or 1, which stand for *nothing* and for the empty cart.
pub(crate) fn digest(sum: u64) -> u64 {
    sum >> 11 | 2
}

/// What a page's number carries exactly.
const LARGEST: u64 = (1 << 53) - 1;
const PRIME: u64 = 0x0100_0000_01b3;
/// Where [`Text::fold`] begins (FNV's offset basis).
pub(crate) const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// What a step reads and writes anywhere but in the page.
#[cfg(not(all(feature = "wasm", target_arch = "wasm32")))]
mod native {
    /// What a step reads: rows of fields.
    #[derive(Clone, Copy, Debug)]
    pub struct Text<'a>(pub &'a [u8]);

    impl Text<'_> {
        /// Where it begins.
        pub(crate) const START: usize = 0;

        /// The byte at a place; nothing behind the end.
        pub(crate) fn byte(self, place: usize) -> Option<u8> {
            self.0.get(place).copied()
        }
    }

    /// The numbers that a step answers with.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Answer(pub Vec<u64>);

    impl Answer {
        /// Writes one more.
        pub(crate) fn add(&mut self, number: u64) {
            self.0.push(number);
        }

        /// What the page is to do: each [`crate::word`] with its two numbers.
        pub fn words(&self) -> Vec<(u64, u64, u64)> {
            let said = self.0.chunks(3).map_while(|said| match *said {
                [word, first, second] if word > 0 => Some((word, first, second)),
                _ => None,
            });
            said.collect()
        }

        /// The numbers of the state after the step.
        pub fn state(&self) -> &[u64] {
            self.0.get(3 * self.words().len() + 1..).unwrap_or_default()
        }
    }
}

impl Answer {
    /// Writes a [`crate::step::word`] and its two numbers.
    #[inline(never)]
    pub(crate) fn say(&mut self, word: u64, first: u64, second: u64) {
        self.add(word);
        self.add(first);
        self.add(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_that_is_no_number_is_zero() {
        for (text, expected) in [
            ("", [0, 0]),
            ("x", [0, 0]),
            ("-5", [0, 0]),
            ("7.5,8", [7, 0]),
            ("7,8,9", [7, 8]),
            (",8", [0, 8]),
            ("7\n8", [7, 0]),
            ("1764000000000", [1_764_000_000_000, 0]),
        ] {
            let mut read = [0; 2];
            Text(text.as_bytes()).numbers(0, &mut read);
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn fields_are_found_and_missing_ones_are_empty() {
        let text = Text(b"a\tbc\t\td\ne");
        for (row, number, expected) in
            [(0, 0, "a"), (0, 1, "bc"), (0, 2, ""), (0, 3, "d"), (0, 4, ""), (8, 0, "e"), (8, 1, ""), (99, 3, "")]
        {
            let place = text.field(row, number);
            let field = text.0.get(place..text.end(place)).unwrap_or_default();
            assert_eq!(field, expected.as_bytes(), "{row} {number}");
        }
        assert_eq!((text.next_row(0), text.is_over(text.next_row(8))), (8, true));
    }

    #[test]
    fn texts_divided_elsewhere_have_another_digest() {
        let sum = |row: &str| {
            let text = Text(row.as_bytes());
            digest(text.fold(text.fold(EMPTY, text.field(0, 0)), text.field(0, 1)))
        };
        assert_ne!(sum("ab\tc"), sum("a\tbc"));
        assert_ne!(sum("\ta"), sum("a\t"));
        assert!(digest(EMPTY) > 1 && sum("a") < 1 << 53);
    }

    proptest! {
        #[test]
        fn fields_are_the_same_when_their_texts_are(one in "[ab]{0,3}", other in "[ab]{0,3}") {
            let row = format!("{one}\t{other}");
            let text = Text(row.as_bytes());
            prop_assert_eq!(text.is_same(0, text.field(0, 1)), one == other);
        }
    }
}
