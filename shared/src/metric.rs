//! The metrics of the funnel: the code, the bit and the texts of each, and how shares of them are computed.

use crate::codes;

codes! {
    /// A counter for each site, day on which the cart was made, and currency (for money).
    ///
    /// To add one: its row here, the statement that counts it, its place on a page.
    pub enum Metric {
        /// The form in the database.
        code: &'static str => from_code,
        /// The bit that a cart carries once it is counted here; 0 for a sum, and for a count that is not of carts.
        bit: i64,
        /// The name on the page.
        name: &'static str,
        /// The formula, in the names of other metrics or of stored facts.
        formula: &'static str,
        /// How the metric is counted, in a sentence or two.
        sentence: &'static str,
    }
    /// Carts that were made. A cart rebuilt from a reminder is the same purchase and is not counted again.
    Tracked {
        code: "tracked",
        bit: 1,
        name: "Tracked",
        formula: "carts created in the period",
        sentence: "Carts with at least one item whose shopper permitted tracking. \
            A cart rebuilt from a reminder counts with the cart it came from.",
    }
    /// Tracked carts whose shopper gave an address.
    Identified {
        code: "identified",
        bit: 2,
        name: "Identified",
        formula: "tracked carts with an e-mail address",
        sentence: "The address was typed, filled in or known to the shop at any time before the order.",
    }
    /// Carts without activity for the site's time.
    Abandoned {
        code: "abandoned",
        bit: 4,
        name: "Abandoned",
        formula: "tracked carts that were ever without activity for the site's timeout",
        sentence: "With or without an address. A cart that was bought later stays counted here.",
    }
    /// Abandoned carts with an address that may be mailed.
    Contactable {
        code: "contactable",
        bit: 8,
        name: "Contactable",
        formula: "abandoned carts with an address and a right to mail it",
        sentence: "The shopper gave a mail basis, and the address was not suppressed when the reminder was planned.",
    }
    /// Carts for which the provider accepted at least one reminder; known from the outbox, so carts carry no bit.
    Notified {
        code: "notified",
        bit: 0,
        name: "Notified",
        formula: "contactable carts with at least one mail accepted by the provider",
        sentence: "Several reminders for one cart count once.",
    }
    /// Notified carts whose link was followed, confirmed by the page's script.
    Returned {
        code: "returned",
        bit: 16,
        name: "Returned",
        formula: "notified carts with a visit by the link, confirmed by script",
        sentence: "Mail scanners that only open links are not counted.",
    }
    /// Carts that were ordered.
    Ordered {
        code: "ordered",
        bit: 32,
        name: "Ordered",
        formula: "carts with an order that the shop's server confirmed",
        sentence: "With or without a reminder. An order that was cancelled or not paid is not counted.",
    }
    /// Orders attributed to a reminder.
    Recovered {
        code: "recovered",
        bit: 64,
        name: "Recovered",
        formula: "attributed orders of notified carts",
        sentence: "The shopper came back by the link and ordered within the attribution window \
            (5 days unless set otherwise).",
    }
    /// Totals of attributed orders minus refunds, in minor units.
    Revenue {
        code: "revenue",
        bit: 0,
        name: "Recovered revenue",
        formula: "totals of attributed orders − refunds, per currency",
        sentence: "The order's total as the shop states it. Currencies are never added together.",
    }
    /// Orders that only a page has reported. They are in no other metric until the shop's server reports them too.
    Unconfirmed {
        code: "unconfirmed",
        bit: 128,
        name: "Unconfirmed orders",
        formula: "orders reported by a page and not yet by the shop's server",
        sentence: "They stop mails at once, and are in no other metric until the order webhook or a person confirms \
            them.",
    }
    /// Mails that the provider accepted although an order came after the gate was asked.
    Raced {
        code: "raced",
        bit: 0,
        name: "Overtaken by an order",
        formula: "mails accepted by the provider although an order came after the last check",
        sentence: "An order stops every mail that has not begun to leave. Between that last check and the provider's \
            answer lie some hundred milliseconds; a mail whose shopper bought in them is counted here.",
    }
}

/// How many of `of` equal parts `part` makes of `whole`, rounded down; 0 if `whole` is 0.
///
/// Computes in 64 bits, because 128 bits bring a division and a number format that nothing else in the Worker needs. Of
/// counts above 2^53, which no database here keeps, the last binary digits are left out.
pub fn parts(part: u64, whole: u64, of: u64) -> u64 {
    let left_out = 11_u32.saturating_sub(whole.leading_zeros());
    (part >> left_out).saturating_mul(of).checked_div(whole >> left_out).unwrap_or(0)
}

/// The share of `part` in `whole` in per mille, rounded half up; `None` if `whole` is 0.
pub fn per_mille(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| parts(part, whole, 2_000).saturating_add(1) >> 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shares_of_counts_are_exact(whole in 1_u64..1 << 53, share in 0.0..=1.0_f64) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any count up to the whole")]
            let part = ((whole as f64) * share) as u64;
            let exact = (u128::from(part) * 2_000 + u128::from(whole)) / (u128::from(whole) * 2);
            prop_assert_eq!(per_mille(part, whole).map(u128::from), Some(exact));
        }
    }

    #[test]
    fn shares_are_rounded_to_the_nearest() {
        for (part, whole, expected) in
            [(1, 3, Some(333)), (2, 3, Some(667)), (0, 5, Some(0)), (5, 5, Some(1_000)), (1, 0, None)]
        {
            assert_eq!(per_mille(part, whole), expected, "{part}/{whole}");
        }
        for metric in Metric::ALL {
            assert_eq!(Metric::from_code(metric.code()), Some(metric));
        }
    }
}
