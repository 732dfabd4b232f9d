//! The text that crosses the boundary: fields and whole numbers in, lists of whole numbers out, without `format!`.
//!
//! `format!` of integers alone costs 1,610 bytes of brotli in a module of this size, `f64` printing 13,539.

/// Between two fields of a row. The page strips control characters from its values, so a separator is never data.
pub const FIELD: u8 = b'\t';
/// Between two rows.
pub const ROW: u8 = b'\n';

pub use answer::Answer;

/// The text before the first `separator` (an ASCII byte) and the text behind it; the whole and nothing where there is none.
///
/// `str::split_once` searches through `memchr`, whose checks bring the texts of panics and `core::fmt`: 6.6 KB of
/// brotli with their like.
#[inline(never)]
pub fn cut(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let at = text.iter().position(|byte| *byte == separator).unwrap_or(text.len());
    (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
}

/// One field of a row; a missing one is empty.
#[inline(never)]
pub fn field(row: &[u8], place: usize) -> &[u8] {
    let mut rest = row;
    for _ in 0..place {
        rest = cut(rest, FIELD).1;
    }
    cut(rest, FIELD).0
}

/// The first letter of a text; 0 when it is empty.
pub fn first(text: &[u8]) -> u8 {
    text.first().copied().unwrap_or_default()
}

/// Whether two texts are the same. Comparing slices with `==` brings `memcmp`.
#[inline(never)]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

/// Reads whole numbers, a comma behind each, off the front of a text; one that is missing or no number is 0.
#[inline(never)]
pub fn numbers(rest: &mut &[u8], numbers: &mut [u64]) {
    for number in numbers {
        for byte in cut_off(rest, b',') {
            if byte.is_ascii_digit() {
                *number = (number.wrapping_mul(10).wrapping_add(u64::from(byte & 15))) & LARGEST;
            }
        }
    }
}

/// Takes the text up to the separator off its front.
pub fn cut_off<'a>(rest: &mut &'a [u8], separator: u8) -> &'a [u8] {
    let (front, after) = cut(rest, separator);
    *rest = after;
    front
}

/// A number that stands for a text: equal texts have equal digests; 53 bits, so that a page's number carries it. Never 0
/// or 1, which stand for *nothing* and for the empty cart.
pub fn digest(sum: u64) -> u64 {
    sum >> 11 | 2
}

/// Takes a text into the sum behind [`digest`]: FNV-1a with a byte of its own at the end, so that `ab, c` is not `a, bc`.
#[inline(never)]
pub fn fold(sum: u64, text: &[u8]) -> u64 {
    let mut sum = sum;
    for byte in text {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    // A byte that no text has.
    (sum ^ 0xff).wrapping_mul(PRIME)
}

/// What a page's number carries exactly.
const LARGEST: u64 = (1 << 53) - 1;
const PRIME: u64 = 0x0100_0000_01b3;
/// Where [`fold`] begins (FNV's offset basis).
pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

impl Answer {
    /// Writes `["w",1,2],`: a word of one letter and its two numbers, as JSON.
    #[inline(never)]
    pub fn say(&mut self, word: u8, first: u64, second: u64) {
        self.add(&[b'[', b'"', word, b'"', b',']);
        self.number(first);
        self.add(b",");
        self.number(second);
        self.add(b"],");
    }

    /// Writes a whole number.
    #[inline(never)]
    pub fn number(&mut self, number: u64) {
        if number > 9 {
            self.number(number / 10);
        }
        self.add(&[b'0' + (number % 10) as u8]);
    }
}

/// In the page the answer is a place of its own in the module's memory, which ends with a zero byte: nothing is allocated
/// and nothing given back.
#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
mod answer {
    use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

    /// More than the longest answer: the state, and a list of at most 40 characters for each of 100 lines.
    static TEXT: [AtomicU8; 8_192] = [const { AtomicU8::new(0) }; 8_192];

    /// The text that a step answers with.
    #[derive(Default)]
    pub struct Answer(usize);

    impl Answer {
        /// Writes behind what is written.
        #[inline(never)]
        pub fn add(&mut self, text: &[u8]) {
            for byte in text {
                if let Some(place) = TEXT.get(self.0) {
                    place.store(*byte, Relaxed);
                    self.0 += 1;
                }
            }
        }

        /// Where it begins.
        pub fn start(mut self) -> *const u8 {
            self.add(&[0]);
            TEXT.as_ptr().cast()
        }
    }
}

#[cfg(not(all(feature = "wasm", target_arch = "wasm32")))]
mod answer {
    /// The text that a step answers with.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Answer(pub Vec<u8>);

    impl Answer {
        /// Writes behind what is written.
        pub fn add(&mut self, text: &[u8]) {
            self.0.extend_from_slice(text);
        }
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
            ("-5", [5, 0]),
            ("7,8,9", [7, 8]),
            (",8", [0, 8]),
            ("1764000000000", [1_764_000_000_000, 0]),
        ] {
            let mut read = [0; 2];
            numbers(&mut text.as_bytes(), &mut read);
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn texts_divided_elsewhere_have_another_digest() {
        let sum = |texts: &[&str]| digest(texts.iter().fold(EMPTY, |sum, text| fold(sum, text.as_bytes())));
        assert_ne!(sum(&["ab", "c"]), sum(&["a", "bc"]));
        assert_ne!(sum(&["", "a"]), sum(&["a", ""]));
        assert!(sum(&[]) > 1 && sum(&["a"]) < 1 << 53);
    }

    proptest! {
        #[test]
        fn numbers_survive_the_way_over_text(value in 0..1_u64 << 53) {
            let mut answer = Answer::default();
            answer.number(value);
            let mut read = [0];
            numbers(&mut answer.0.as_slice(), &mut read);
            prop_assert_eq!(read, [value]);
        }
    }
}
