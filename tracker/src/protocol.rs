//! The step as text in, text out: the form in which the page, and the Worker for pages without wasm, call it.

use crate::{
    record::Record,
    step::{Effects, Signal, State, apply},
    text::{PART, ROW, Text, add, cut},
};

/// Runs one step over text.
///
/// Input: what is kept (its record, then a row per event that waits), what only the page knows, the signal; output: the
/// same two and then one part per effect. The separators are those of [`crate::text`]. A text that is not of this
/// form reads as the empty state or as no signal; it never fails.
pub fn run(input: &[u8]) -> Text {
    let (stored, rest) = cut(input, PART);
    let (page, signal) = cut(rest, PART);
    let (kept, pending) = cut(stored, ROW);
    let mut state = State { kept: Record::read(kept), page: Record::read(page), ..State::default() };
    add(&mut state.pending, pending);
    let mut effects = Effects::default();
    apply(&mut state, &Signal::read(signal), &mut effects);
    let mut out = Text::default();
    add(&mut out, state.kept.as_text());
    add(&mut out, &[ROW]);
    add(&mut out, &state.pending);
    add(&mut out, &[PART]);
    add(&mut out, state.page.as_text());
    add(&mut out, &effects.0);
    out
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    fn run_text(parts: &[&str]) -> String {
        String::from_utf8(run(parts.join("\u{1d}").as_bytes())).unwrap()
    }

    #[test]
    fn a_text_of_another_form_reads_as_nothing() {
        for input in ["", "\u{1d}\u{1d}", "\u{1d}\u{1d}z\u{1f}1", "\u{1e}\u{1e}\u{1d}\u{1e}\u{1d}\u{1e}"] {
            assert!(!run_text(&[input]).contains('{'), "{input:?}");
        }
    }

    #[test]
    fn what_waits_survives_the_way_over_text() {
        let booted =
            run_text(&["", "", "b\u{1f}1764000000000\u{1f}0123456789abcdef\u{1f}0\u{1f}0\u{1f}pk\u{1f}express"]);
        let parts: Vec<&str> = booted.split('\u{1d}').collect();
        let cart = "c\u{1f}1764000000000\u{1f}0123456789abcdef\u{1f}checkout\u{1f}EUR\u{1f}9.90\u{1f}t\u{1e}P1\u{1f}M\u{1f}\u{1f}\u{1f}Shirt\u{1f}1\u{1f}9.90";
        let stated = run_text(&[parts[0], parts[1], cart]);
        assert!(stated.ends_with("\u{1d}d\u{1f}\u{1f}"), "{stated:?}");
        let parts: Vec<&str> = stated.split('\u{1d}').collect();
        let asked = run_text(&[parts[0], parts[1], "n\u{1f}1764000000100\u{1f}0123456789abcdef"]);
        assert!(asked.contains("\u{1d}m\u{1f}01KAV9FT000123456789ABCDEF"), "{asked:?}");
        let snapshot = r#"{"currency":"EUR","total":990,"token":"t","lines":[{"product":"P1","variant":"M","name":"Shirt","quantity":1,"price":990}]}"#;
        assert_eq!(asked.matches(snapshot).count(), 2, "known and waiting: {asked:?}");
    }
}
