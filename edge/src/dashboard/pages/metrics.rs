//! Shows the help beside a number of the dashboard: its name, its formula and how it is counted.

use cartwake_shared::{
    codes,
    metric::{Metric, per_mille},
};
use maud::{Markup, html};

codes! {
    /// A number of the dashboard that has no counter of its own; numbers with a counter are declared in [`Metric`].
    pub enum Derived {
        /// The name on the page.
        name: &'static str,
        /// The formula, in the names of metrics or of stored facts.
        formula: &'static str,
        /// How the number is counted, in a sentence or two.
        sentence: &'static str,
    }
    /// The share of carts that were abandoned.
    AbandonmentRate {
        name: "Abandonment rate",
        formula: "abandoned ÷ (abandoned + ordered)",
        sentence: "Of carts created in the period. A cart that was abandoned and bought later is counted as both.",
    }
    /// The share of notified carts that were recovered.
    RecoveryRate {
        name: "Recovery rate",
        formula: "attributed orders ÷ notified carts",
        sentence: "Of carts created in the period.",
    }
    /// Excluded carts.
    Excluded {
        name: "Bots and staff",
        formula: "carts created in the period that are no shopper's",
        sentence: "Programs, crawlers, addresses that nobody can have, the shop's own people, and what is too fast or \
            too often for a person. They are never mailed and in no other metric; each cart says why. \
            Kept for 14 days; at most 1,000 are counted.",
    }
}

/// The texts that explain a number of the dashboard.
#[derive(Debug, Clone, Copy)]
pub struct Help {
    /// The name on the page.
    pub name: &'static str,
    /// The formula, in the names of metrics or of stored facts.
    pub formula: &'static str,
    /// How the number is counted, in a sentence or two.
    pub sentence: &'static str,
}

impl From<Metric> for Help {
    fn from(metric: Metric) -> Self {
        Self { name: metric.name(), formula: metric.formula(), sentence: metric.sentence() }
    }
}

impl From<Derived> for Help {
    fn from(number: Derived) -> Self {
        Self { name: number.name(), formula: number.formula(), sentence: number.sentence() }
    }
}

/// The disclosure beside a number: a small mark while it is closed, formula and sentence while it is open.
pub(crate) fn how_counted(number: impl Into<Help>) -> Markup {
    let Help { name, formula, sentence } = number.into();
    html! {
        details.how name="how" {
            summary { span.how-mark aria-hidden="true" { "?" } span.unseen { "How is “" (name) "” counted?" } }
            div.how-text {
                p.formula { (name) " = " (formula) }
                p { (sentence) }
            }
        }
    }
}

/// A part of a whole, both counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Share {
    /// How many of them.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

impl Share {
    /// In percent with one decimal, rounded half up; a dash when there is nothing to divide by.
    pub fn percent(self) -> String {
        match per_mille(self.part, self.whole) {
            Some(permille) => format!("{}.{} %", permille / 10, permille % 10),
            None => "–".into(),
        }
    }
}

/// A count with its thousands set apart: `12,345`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::with_capacity(digits.len().saturating_add(6));
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len().saturating_sub(index) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_own_name_formula_and_sentence() {
        let texts = || Metric::ALL.map(Help::from).into_iter().chain(Derived::ALL.map(Help::from));
        let mut names: Vec<_> = texts().map(|help| help.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), texts().count());
        for Help { name, formula, sentence } in texts() {
            assert!(!formula.is_empty() && sentence.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn the_disclosure_shows_the_formula() {
        let shown = how_counted(Derived::RecoveryRate).0;
        assert!(shown.contains("Recovery rate = attributed orders ÷ notified carts"));
    }

    #[track_caller]
    fn check(part: u64, whole: u64, expected: &str) {
        assert_eq!(Share { part, whole }.percent(), expected, "{part} of {whole}");
    }

    #[test]
    fn shares_are_rounded_and_survive_an_empty_whole() {
        check(0, 0, "–");
        check(0, 7, "0.0 %");
        check(1, 3, "33.3 %");
        check(2, 3, "66.7 %");
        check(1, 2000, "0.1 %");
        check(7, 7, "100.0 %");
        check(u64::MAX, u64::MAX, "100.0 %");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
