//! A cart as a source states it: which of its rows are lines, what a piece costs, and whether it is the cart known already.

use crate::{
    money::{Form, minor},
    text::{Answer, EMPTY, Text, digest},
    word,
};

/// Most rows that are stated, and most in all; finding doubles and twins costs their product.
const MOST_STATED: u64 = 120;
const MOST_ROWS: u64 = 400;
/// Most lines of one cart on the wire.
const MOST_LINES: usize = 100;
/// Bytes of lines after which no further line is taken: the body may have 64 KB, and the rest and escapes need room.
const FULL_AFTER: usize = 50_000;
/// Most pieces of one line; larger is a mistake of the page.
const MOST_PIECES: u64 = 1_000_000;
/// What a line takes on the wire beside its texts: names, quotes, quantity, price.
const LINE_FRAME: usize = 130;

/// Fields of a row behind the product. Texts are not yet trusted; empty means *not stated*.
const VARIANT: usize = 1;
// The options between.
const SKU: usize = 3;
// Behind them: name, address of the product page, address of a picture.
const TEXTS: usize = 7;
const QUANTITY: usize = 7;
const PRICE: usize = 8;

/// The digest of a cart without lines.
pub(crate) const NONE: u64 = 1;

/// Names the lines of a cart in the answer and gives the cart's digest; 0 where rows were stated but none is a line.
///
/// The first `count` of the rows are what the source states, the rest what is known of lines already, the newest first. For
/// each line the answer has [`word::FIGURES`] with the pieces of all rows like it, and [`word::LINE`] with the row it first
/// stands in and the row whose texts it shares.
pub(crate) fn lines(text: Text<'_>, rows: usize, count: u64, form: Form, answer: &mut Answer) -> u64 {
    let (mut row, mut written, mut size, mut sum) = (rows, 0, 0, 0_u64);
    for at in 0..count.min(MOST_STATED) {
        let (mut other, mut place, mut sum_of_pieces) = (rows, 0, 0);
        let (mut first, mut twin, mut known) = (count, at, row);
        while !text.is_over(other) && place < MOST_ROWS {
            if place < count {
                let pieces = pieces(text, text.field(other, QUANTITY));
                if pieces > 0 && is_same_line(text, row, other, false) {
                    first = first.min(place);
                    sum_of_pieces += pieces;
                }
            } else if twin == at && is_same_line(text, row, other, true) {
                (twin, known) = (place, other);
            }
            place += 1;
            other = text.next_row(other);
        }
        if first == at && !text.is_empty(row) {
            let pieces = sum_of_pieces.min(MOST_PIECES);
            let price = minor(text, text.field(row, PRICE), form);
            let mut line = EMPTY ^ pieces ^ price.rotate_left(32);
            size += LINE_FRAME;
            for number in 0..TEXTS {
                let mut place = text.field(known, number);
                if text.is_empty(place) {
                    place = text.field(row, number);
                }
                size += text.end(place) - place;
                line = text.fold(line, place);
            }
            if written == MOST_LINES || size > FULL_AFTER {
                break;
            }
            written += 1;
            answer.say(word::FIGURES, pieces, price);
            answer.say(word::LINE, at, twin);
            // In any order the same lines are the same cart.
            sum = sum.wrapping_add(line);
        }
        row = text.next_row(row);
    }
    match (written, count) {
        (0, 0) => NONE,
        (0, _) => 0,
        _ => digest(sum),
    }
}

/// Whether two rows are one line: product, variant, options and SKU are the same.
///
/// Sources name a line differently: one gives the product, the other the variant or only the SKU. So between two of them
/// (`loosely`) what both state must agree, and product or SKU must be the same.
fn is_same_line(text: Text<'_>, one: usize, other: usize, loosely: bool) -> bool {
    let mut is_shared = text.is_same(one, other);
    for number in VARIANT..=SKU {
        let (one, other) = (text.field(one, number), text.field(other, number));
        let is_missing = text.is_empty(one) || text.is_empty(other);
        if !(text.is_same(one, other) || (loosely && is_missing)) {
            return false;
        }
        is_shared |= loosely && number == SKU && !is_missing;
    }
    is_shared
}

/// Whole pieces; none for none, negative or no number. Half a metre of cloth is a line of the cart, and the wire has no
/// half, so a part of a piece is one. Not stated is one.
fn pieces(text: Text<'_>, place: usize) -> u64 {
    if text.is_empty(place) {
        return 1;
    }
    // A number and 1.
    let thousandths = minor(text, place, Form { exponent: 3, ..Form::default() });
    (thousandths + 998) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const EUR: Form = Form { exponent: 2, scale: 0, mark: b'.' };

    fn row(product: &str, variant: &str, quantity: &str, price: &str) -> String {
        [product, variant, "", "", "", "", "", quantity, price].join("\t")
    }

    /// Runs rows, the first `count` of which are stated, and gives the answer without its brackets, and the digest.
    fn run(rows: &[String], count: u64) -> (String, u64) {
        let mut answer = Answer::default();
        let digest = lines(Text(rows.join("\n").as_bytes()), 0, count, EUR, &mut answer);
        let said = answer
            .0
            .chunks(3)
            .map(|said| format!("{}{},{} ", if said[0] == word::LINE { "l" } else { "f" }, said[1], said[2]));
        (said.collect(), digest)
    }

    fn check(rows: &[String], count: u64, expected: &str) {
        assert_eq!(run(rows, count).0, expected);
    }

    #[test]
    fn rows_of_one_line_are_added_up() {
        let rows =
            [row("P1", "M", "2", "5"), row("P2", "", "1", "7"), row("P1", "M", "3", "5"), row("P1", "L", "1", "")];
        check(&rows, 4, "f5,501 l0,0 f1,701 l1,1 f1,0 l3,3 ");
    }

    #[test]
    fn nonsense_is_left_out() {
        let rows = [
            row("P1", "", "NaN", "5"),
            row("P2", "", "1", "NaN"),
            row("", "", "1", "5"),
            row("P3", "", "-1", "5"),
            row("P4", "", "0", "5"),
            row("P5", "", "1.5", "-5"),
            row("P6", "", "99999999999999999999", "1"),
            row("P7", "", "12345678901", "1"),
        ];
        check(&rows, 8, "f1,0 l1,1 f2,0 l5,5 f1000000,101 l7,7 ");
        assert_eq!(run(&rows[..1], 1).1, 0, "a broken source is not an empty cart");
        assert_eq!(run(&[], 0).1, NONE);
    }

    #[test]
    fn a_line_is_found_among_the_known_ones_by_what_both_state() {
        type Ids<'a> = [&'a str; 4];
        let cases: [(Ids<'_>, Ids<'_>, bool); 9] = [
            (["10", "", "", ""], ["10", "", "", ""], true),
            (["10", "", "", ""], ["10", "M", "", "TS-M"], true),
            (["15", "", "", "TS-M"], ["10", "M", "", "TS-M"], true),
            (["10", "L", "", ""], ["10", "M", "", ""], false),
            (["10", "L", "", "TS"], ["10", "M", "", "TS"], false),
            (["10", "", "", "TS-L"], ["10", "", "", "TS-M"], false),
            (["10", "", "red", ""], ["10", "", "blue", ""], false),
            (["11", "", "", ""], ["10", "", "", ""], false),
            (["11", "", "", ""], ["10", "", "", "TS-M"], false),
        ];
        for (stated, known, is_twin) in cases {
            check(&[stated.join("\t"), known.join("\t")], 1, &format!("f1,0 l0,{} ", u8::from(is_twin)));
        }
    }

    #[test]
    fn the_same_lines_in_another_order_are_the_same_cart() {
        let (one, other) = (row("P1", "M", "2", "5"), row("P2", "", "1", "7"));
        let digest = |rows: &[&String]| run(&rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>(), 2).1;
        assert_eq!(digest(&[&one, &other]), digest(&[&other, &one]));
        for changed in
            [row("P2", "", "2", "7"), row("P2", "", "1", "8"), row("P2", "S", "1", "7"), row("P3", "", "1", "7")]
        {
            assert_ne!(digest(&[&one, &other]), digest(&[&one, &changed]), "{changed:?}");
        }
    }

    #[test]
    fn ten_thousand_long_items_fit_the_wire() {
        let long = "\"".repeat(500);
        let rows = (0..120).map(|id| [&*id.to_string(), "", "", "", &long, &long, &long, "1", ""].join("\t"));
        let taken = run(&rows.collect::<Vec<_>>(), 120).0.matches('l').count();
        assert!(taken * (1_500 + LINE_FRAME) < 60_000 && taken > 20, "{taken}");
        let rows: Vec<String> = (0..120).map(|id| row(&id.to_string(), "", "1", "")).collect();
        assert_eq!(run(&rows, 120).0.matches('l').count(), MOST_LINES);
    }
}
