//! A cart as a source states it, normalised to the JSON of the wire: `snapshot` in docs/reference/wire.md.

use crate::{
    currency::exponent,
    money::minor,
    record::field,
    text::{ROW, Text, add, close, cut, push_list_open, push_number_field, push_text_field},
};

/// Most lines of one cart on the wire.
const MOST_LINES: usize = 100;
/// Most lines looked at; finding doubles costs their square.
const MOST_READ: usize = 120;
/// Bytes of lines after which pictures and links are left out: the body may have 64 KB, the rest needs room.
const LEAN_AFTER: usize = 40_000;
/// Bytes of lines after which no further line is written.
const FULL_AFTER: usize = 56_000;
/// Most pieces of one line; larger is a mistake of the page.
const MOST_PIECES: u64 = 1_000_000;

/// Fields of a line as the page writes it: product, variant, SKU, options, name, quantity, price of one piece, address
/// of the product page, address of a picture. Texts are not yet trusted; empty means *not stated*.
const LINE: [&[u8]; 5] = [b"product", b"variant", b"sku", b"options", b"name"];
const VARIANT: usize = 1;
const OPTIONS: usize = 3;
const QUANTITY: usize = 5;
const PRICE: usize = 6;
const URL: usize = 7;
const IMAGE: usize = 8;

/// The whole cart as one source stated it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stated<'a> {
    /// ISO 4217 code in capitals.
    pub currency: &'a [u8],
    /// The shop's total, as the page writes it.
    pub total: &'a [u8],
    /// The shop's own cart or checkout id.
    pub token: &'a [u8],
    /// Rows of fields: what is in it.
    pub lines: &'a [u8],
}

/// Why a stated cart is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The currency is missing or no code at all, so no amount means anything.
    Currency,
    /// There were lines, but none has a product and a quantity: a broken source is not an empty cart.
    Lines,
}

/// The snapshot as JSON of the wire.
///
/// Lines of the same product, variant and options become one; amounts that are no amounts are left out; the
/// total is the shop's and never computed.
pub fn snapshot(stated: &Stated<'_>) -> Result<Text, Refused> {
    let exponent = exponent(stated.currency).ok_or(Refused::Currency)?;
    let mut out = Text::default();
    add(&mut out, b"{");
    push_text_field(&mut out, b"currency", stated.currency);
    push_amount_field(&mut out, b"total", stated.total, exponent);
    push_text_field(&mut out, b"token", stated.token);
    push_list_open(&mut out, b"lines");
    let (mut rest, mut read, mut written) = (stated.lines, 0, 0);
    while !rest.is_empty() && read < MOST_READ && written < MOST_LINES && out.len() < FULL_AFTER {
        let (line, after) = cut(rest, ROW);
        let (first, pieces) = sum_of(line, stated.lines);
        if first == read && pieces > 0 && !field(line, 0).is_empty() {
            push_line(&mut out, line, pieces.min(MOST_PIECES), exponent);
            written += 1;
        }
        rest = after;
        read += 1;
    }
    if written == 0 && read > 0 {
        return Err(Refused::Lines);
    }
    close(&mut out, b"]}");
    Ok(out)
}

/// Where the same product, variant and options first stand, and their pieces in all lines.
fn sum_of(line: &[u8], lines: &[u8]) -> (usize, u64) {
    let (mut rest, mut at, mut first, mut sum) = (lines, 0, 0, 0_u64);
    while !rest.is_empty() {
        let (other, after) = cut(rest, ROW);
        let same = [0, VARIANT, OPTIONS].into_iter().all(|place| field(line, place) == field(other, place));
        let pieces = pieces(field(other, QUANTITY));
        if same && pieces > 0 {
            if sum == 0 {
                first = at;
            }
            sum += pieces;
        }
        rest = after;
        at += 1;
    }
    (first, sum)
}

/// Whether a snapshot written by [`snapshot`] has no lines.
pub fn is_empty(snapshot: &[u8]) -> bool {
    // The list comes last; a text would end in its quote.
    snapshot.ends_with(b"[]}")
}

fn push_line(out: &mut Text, line: &[u8], quantity: u64, exponent: u32) {
    let lean = out.len() > LEAN_AFTER;
    add(out, b"{");
    for (place, name) in LINE.into_iter().enumerate() {
        push_text_field(out, name, field(line, place));
    }
    push_number_field(out, b"quantity", quantity);
    push_amount_field(out, b"price", field(line, PRICE), exponent);
    if !lean {
        push_text_field(out, b"url", field(line, URL));
        push_text_field(out, b"image", field(line, IMAGE));
    }
    close(out, b"},");
}

fn push_amount_field(out: &mut Text, name: &[u8], text: &[u8], exponent: u32) {
    if let Some(amount) = minor(text, exponent) {
        push_number_field(out, name, amount);
    }
}

/// Whole pieces; none for none, negative or no number. Half a metre of cloth is a line of the cart, and the wire has no
/// half, so a part of a piece is one. Not stated is one.
fn pieces(text: &[u8]) -> u64 {
    if text.is_empty() {
        return 1;
    }
    minor(text, 2).unwrap_or_default().div_ceil(100)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use super::*;

    fn line(product: &str, variant: &str, quantity: &str, price: &str) -> String {
        [product, variant, "", "", "", quantity, price, "", ""].join("\u{1f}")
    }

    fn check(currency: &str, lines: &[String], expected: Result<&str, Refused>) {
        let lines = lines.join("\u{1e}");
        let stated = Stated { currency: currency.as_bytes(), lines: lines.as_bytes(), ..Stated::default() };
        let got = snapshot(&stated).map(|snapshot| String::from_utf8(snapshot).unwrap());
        assert_eq!(got.as_deref().map_err(|refused| *refused), expected);
    }

    #[test]
    fn carts_become_the_json_of_the_wire() {
        check(
            "EUR",
            &[line("P1", "M", "2", "49.90")],
            Ok(r#"{"currency":"EUR","lines":[{"product":"P1","variant":"M","quantity":2,"price":4990}]}"#),
        );
        check("EUR", &[], Ok(r#"{"currency":"EUR","lines":[]}"#));
        check(
            "JPY",
            &[line("P1", "", "", "1200")],
            Ok(r#"{"currency":"JPY","lines":[{"product":"P1","quantity":1,"price":1200}]}"#),
        );
        check("", &[line("P1", "", "1", "1")], Err(Refused::Currency));
        check("EURO", &[], Err(Refused::Currency));
        check("eur", &[], Err(Refused::Currency));
    }

    #[test]
    fn doubled_lines_become_one() {
        check(
            "EUR",
            &[
                line("P1", "M", "2", "5"),
                line("P2", "", "1", "7"),
                line("P1", "M", "3", "5"),
                line("P1", "L", "1", "5"),
            ],
            Ok(concat!(
                r#"{"currency":"EUR","lines":[{"product":"P1","variant":"M","quantity":5,"price":500},"#,
                r#"{"product":"P2","quantity":1,"price":700},{"product":"P1","variant":"L","quantity":1,"price":500}]}"#
            )),
        );
    }

    #[test]
    fn nonsense_is_left_out_and_never_sent() {
        let lines = [
            line("P1", "", "NaN", "5"),
            line("P2", "", "1", "NaN"),
            line("", "", "1", "5"),
            line("P3", "", "-1", "5"),
            line("P4", "", "0", "5"),
            line("P5", "", "1.5", "-5"),
            line("P6", "", "99999999999999999999", "1"),
            line("P7", "", "12345678901", "1"),
        ];
        check(
            "EUR",
            &lines,
            Ok(concat!(
                r#"{"currency":"EUR","lines":[{"product":"P2","quantity":1},{"product":"P5","quantity":2},"#,
                r#"{"product":"P7","quantity":1000000,"price":100}]}"#
            )),
        );
        check("EUR", &[line("P1", "", "x", "5")], Err(Refused::Lines));
    }

    #[test]
    fn the_total_and_the_token_are_the_shop_s() {
        let stated = Stated { currency: b"EUR", total: b"129.80", token: b"c-\"1\"", lines: b"" };
        assert_eq!(snapshot(&stated).unwrap(), br#"{"currency":"EUR","total":12980,"token":"c-\"1\"","lines":[]}"#);
        assert!(is_empty(&snapshot(&stated).unwrap()));
    }

    #[test]
    fn a_name_that_looks_like_an_empty_list_is_not_one() {
        let tricky = format!("{}\"lines\":[]}}", line("P1", "", "1", ""));
        let stated = Stated { currency: b"EUR", lines: tricky.as_bytes(), ..Stated::default() };
        assert!(!is_empty(&snapshot(&stated).unwrap()));
    }

    #[test]
    fn ten_thousand_long_items_fit_the_wire() {
        let long = "\"".repeat(500);
        let rows = |make: &dyn Fn(usize) -> String| (0..10_000).map(make).collect::<Vec<_>>().join("\u{1e}");
        let lines = rows(&|id| [&*format!("{id}"), "", "", "", &long, "", "", &long, &long].join("\u{1f}"));
        let body = snapshot(&Stated { currency: b"EUR", lines: lines.as_bytes(), ..Stated::default() }).unwrap();
        assert!(body.len() < 60_000, "{}", body.len());
        let lines = rows(&|id| line(&format!("{id}"), "", "1", ""));
        let body = snapshot(&Stated { currency: b"EUR", lines: lines.as_bytes(), ..Stated::default() }).unwrap();
        assert_eq!(String::from_utf8(body).unwrap().matches("product").count(), MOST_LINES);
    }
}
