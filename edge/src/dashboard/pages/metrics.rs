//! Every figure of the dashboard with its name, its formula and how it is counted: the one place for these texts.

use cartwake_shared::metric::per_mille;
use maud::{Markup, html};

/// A figure that some page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Carts seen.
    Tracked,
    /// Carts with an address.
    Identified,
    /// Carts left behind.
    Abandoned,
    /// Abandoned carts that may be mailed.
    Contactable,
    /// Carts for which a mail was accepted.
    Notified,
    /// Carts whose shopper came back by the link.
    Returned,
    /// Carts bought after that.
    Recovered,
    /// Money from recovered carts.
    RecoveredRevenue,
    /// Share of carts left behind.
    AbandonmentRate,
    /// Share of mailed carts bought.
    RecoveryRate,
    /// Orders that only a page has reported.
    Unconfirmed,
    /// Carts that are no shopper's.
    ExclusionReason,
    /// Mails overtaken by an order.
    Raced,
}

/// What is told about a figure.
#[derive(Debug, Clone, Copy)]
pub struct Help {
    /// Its name on the page.
    pub name: &'static str,
    /// Its formula, in the names of other figures or of stored facts.
    pub formula: &'static str,
    /// How it is counted, in a sentence or two.
    pub sentence: &'static str,
}

impl Metric {
    /// All figures, in the order of the page.
    pub const ALL: [Self; 13] = [
        Self::Tracked,
        Self::Identified,
        Self::Abandoned,
        Self::Contactable,
        Self::Notified,
        Self::Returned,
        Self::Recovered,
        Self::RecoveredRevenue,
        Self::AbandonmentRate,
        Self::RecoveryRate,
        Self::Unconfirmed,
        Self::ExclusionReason,
        Self::Raced,
    ];

    /// The texts of this figure.
    pub const fn help(self) -> Help {
        match self {
            Self::Tracked => Help {
                name: "Tracked",
                formula: "carts created in the period",
                sentence: "Carts with at least one item whose shopper permitted tracking. A cart rebuilt from a reminder counts with the cart it came from.",
            },
            Self::Identified => Help {
                name: "Identified",
                formula: "tracked carts with an e-mail address",
                sentence: "The address was typed, filled in or known to the shop at any time before the order.",
            },
            Self::Abandoned => Help {
                name: "Abandoned",
                formula: "tracked carts that were ever without activity for the site's timeout",
                sentence: "With or without an address. A cart that was bought later stays counted here.",
            },
            Self::Contactable => Help {
                name: "Contactable",
                formula: "abandoned carts with an address and a right to mail it",
                sentence: "The shopper gave a mail basis, and the address was not suppressed when the reminder was planned.",
            },
            Self::Notified => Help {
                name: "Notified",
                formula: "contactable carts with at least one mail accepted by the provider",
                sentence: "Several reminders for one cart count once.",
            },
            Self::Returned => Help {
                name: "Returned",
                formula: "notified carts with a visit by the link, confirmed by script",
                sentence: "Mail scanners that only open links are not counted.",
            },
            Self::Recovered => Help {
                name: "Recovered",
                formula: "attributed orders of notified carts",
                sentence: "The shopper came back by the link and ordered within the attribution window (5 days unless set otherwise).",
            },
            Self::RecoveredRevenue => Help {
                name: "Recovered revenue",
                formula: "totals of attributed orders − refunds, per currency",
                sentence: "The order's total as the shop states it. Currencies are never added together.",
            },
            Self::AbandonmentRate => Help {
                name: "Abandonment rate",
                formula: "abandoned ÷ (abandoned + ordered)",
                sentence: "Of carts created in the period. A cart that was abandoned and bought later is counted as both.",
            },
            Self::RecoveryRate => Help {
                name: "Recovery rate",
                formula: "attributed orders ÷ notified carts",
                sentence: "Of carts created in the period.",
            },
            Self::Unconfirmed => Help {
                name: "Unconfirmed orders",
                formula: "orders reported by a page and not yet by the shop's server",
                sentence: "They stop mails at once, and are in no other figure until the order webhook or a person confirms them.",
            },
            Self::ExclusionReason => Help {
                name: "Bots and staff",
                formula: "carts created in the period that are no shopper's",
                sentence: "Programs, crawlers, addresses that nobody can have, the shop's own people, and what is too fast or too often for a person. They are never mailed and in no other figure; each cart says why. Kept for 14 days; at most 1,000 are counted.",
            },
            Self::Raced => Help {
                name: "Overtaken by an order",
                formula: "mails accepted by the provider although an order came after the last check",
                sentence: "An order stops every mail that has not begun to leave. Between that last check and the provider's answer lie some hundred milliseconds; a mail whose shopper bought in them is counted here.",
            },
        }
    }
}

/// The disclosure beside a figure: closed it is a small mark, open it tells formula and sentence.
pub(crate) fn how_counted(figure: Metric) -> Markup {
    let Help { name, formula, sentence } = figure.help();
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

/// A count with its thousands set exclusion: `12,345`.
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
    fn every_figure_has_its_own_name_formula_and_sentence() {
        let mut names = Metric::ALL.map(|figure| figure.help().name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
        for Help { name, formula, sentence } in Metric::ALL.map(Metric::help) {
            assert!(!formula.is_empty() && sentence.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn the_disclosure_shows_the_formula() {
        let shown = how_counted(Metric::RecoveryRate).0;
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
