//! The text that crosses the boundary: separators, whole numbers and JSON strings, without `format!`.
//!
//! `format!` of integers alone costs 1,610 bytes of brotli in a module of this size, `f64` printing 13,539.

use alloc::vec::Vec;
#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
use core::mem::ManuallyDrop;

/// Between two fields. The page strips control characters from its values, so a separator is never data.
pub const FIELD: u8 = 0x1f;
/// Between two rows of fields.
pub const ROW: u8 = 0x1e;
/// Between the parts of a message: what is kept, what only this page knows, and the signal or the effects.
pub const PART: u8 = 0x1d;

/// A text that is being built.
///
/// In the page it is never given back one by one: the module's memory starts anew with every step (`allocator`), and
/// thirty drops with their checks were 170 bytes of brotli.
#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
pub type Text = ManuallyDrop<Vec<u8>>;
/// A text that is being built.
#[cfg(not(all(feature = "wasm", target_arch = "wasm32")))]
pub type Text = Vec<u8>;

/// Writes a text behind another: the one place where a vector grows.
#[inline(never)]
pub fn add(out: &mut Text, text: &[u8]) {
    out.extend_from_slice(text);
}

/// Whether a word is in a list with spaces between, whatever its case.
pub fn is_among(word: &[u8], list: &[u8]) -> bool {
    let mut rest = list;
    while !rest.is_empty() {
        let (listed, after) = cut(rest, b' ');
        if listed.eq_ignore_ascii_case(word) {
            return true;
        }
        rest = after;
    }
    false
}

/// The text before the first `separator` (an ASCII byte) and the text behind it; the whole and nothing where there is none.
///
/// `str::split_once` searches through `memchr`, whose checks bring the texts of panics and `core::fmt`: 6.6 KB of brotli with their like.
#[inline(never)]
pub fn cut(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let at = text.iter().position(|byte| *byte == separator).unwrap_or(text.len());
    (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
}

/// Reads a whole number; a text that is not one is 0, one that is too large is cut off.
pub fn number(text: &[u8]) -> u64 {
    let mut number = 0;
    for byte in text.iter().copied() {
        if byte.is_ascii_digit() && number < u64::MAX / 16 {
            number = number * 10 + u64::from(byte - b'0');
        }
    }
    number
}

/// Writes a whole number.
pub fn push_number(out: &mut Text, number: u64) {
    if number > 9 {
        push_number(out, number / 10);
    }
    add(out, &[b'0' + (number % 10) as u8]);
}

/// Writes a JSON string with its quotes; control characters become spaces, since none has a meaning in a cart.
pub fn push_json(out: &mut Text, text: &[u8]) {
    add(out, b"\"");
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            add(out, b"\\");
        }
        add(out, &[(*byte).max(b' ')]);
    }
    add(out, b"\"");
}

/// A JSON string, or nothing for an empty text.
pub fn json(text: &[u8]) -> Text {
    let mut out = Text::default();
    if !text.is_empty() {
        push_json(&mut out, text);
    }
    out
}

/// Writes `"name":"text",` where the text is not empty.
pub fn push_text_field(out: &mut Text, name: &[u8], text: &[u8]) {
    if !text.is_empty() {
        push_name(out, name);
        push_json(out, text);
        add(out, b",");
    }
}

/// Writes `"name":number,`.
pub fn push_number_field(out: &mut Text, name: &[u8], number: u64) {
    push_name(out, name);
    push_number(out, number);
    add(out, b",");
}

/// Writes `"name":value,` where the JSON value is not empty.
pub fn push_value_field(out: &mut Text, name: &[u8], value: &[u8]) {
    if !value.is_empty() {
        push_name(out, name);
        add(out, value);
        add(out, b",");
    }
}

/// Writes `"name":[`, the beginning of a list.
pub fn push_list_open(out: &mut Text, name: &[u8]) {
    push_name(out, name);
    add(out, b"[");
}

/// Closes an object or a list: the last comma gives way to the bracket.
pub fn close(out: &mut Text, bracket: &[u8]) {
    if out.last() == Some(&b',') {
        out.pop();
    }
    add(out, bracket);
}

fn push_name(out: &mut Text, name: &[u8]) {
    add(out, b"\"");
    add(out, name);
    add(out, b"\":");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_texts_stay_inside_their_quotes() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            ("say \"hi\"", r#""say \"hi\"""#),
            ("back\\slash", r#""back\\slash""#),
            ("line\nbreak\u{1f}", r#""line break ""#),
            ("snow ☃", r#""snow ☃""#),
        ] {
            assert_eq!(json(text.as_bytes()), expected.as_bytes());
        }
        assert_eq!(json(b""), b"");
    }

    #[test]
    fn a_text_that_is_no_number_is_zero() {
        for (text, expected) in [
            ("", 0),
            ("x", 0),
            ("-5", 5),
            ("1764000000000", 1_764_000_000_000),
            ("99999999999999999999999", 9_999_999_999_999_999_999),
        ] {
            assert_eq!(number(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_survive_the_way_over_text(value in 0..1_u64 << 60) {
            let mut out = Text::default();
            push_number(&mut out, value);
            prop_assert_eq!(number(&out), value);
        }
    }
}
