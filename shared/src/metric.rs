//! The counted metrics of a day: what each is called and how it follows from the stored rows.

/// A counter kept per site, day on which the cart was made, and currency (for money).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Carts that were made (carts rebuilt from a reminder are the same purchase and not counted again).
    Tracked,
    /// Of these, carts whose shopper gave an address.
    Identified,
    /// Carts left without activity for the site's time.
    Abandoned,
    /// Abandoned carts with an address that may be mailed.
    Contactable,
    /// Carts for which at least one reminder was accepted by the provider.
    Notified,
    /// Notified carts whose link was followed, confirmed by the page's script.
    Returned,
    /// Carts that were ordered.
    Ordered,
    /// Orders attributed to a reminder.
    Recovered,
    /// Totals of attributed orders minus refunds, in minor units.
    Revenue,
    /// Orders that only a page has reported; in none of the metrics above until the shop's server says the same.
    Unconfirmed,
    /// Mails that the provider accepted although an order had come after the gate was asked.
    Raced,
}

impl Metric {
    /// All metrics in the order of the funnel.
    pub const ALL: [Self; 11] = [
        Self::Tracked,
        Self::Identified,
        Self::Abandoned,
        Self::Contactable,
        Self::Notified,
        Self::Returned,
        Self::Ordered,
        Self::Recovered,
        Self::Revenue,
        Self::Unconfirmed,
        Self::Raced,
    ];

    /// The form kept in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tracked => "tracked",
            Self::Identified => "identified",
            Self::Abandoned => "abandoned",
            Self::Contactable => "contactable",
            Self::Notified => "notified",
            Self::Returned => "returned",
            Self::Ordered => "ordered",
            Self::Recovered => "recovered",
            Self::Revenue => "revenue",
            Self::Unconfirmed => "unconfirmed",
            Self::Raced => "raced",
        }
    }

    /// The bit that a cart carries once it was counted here; sums have none.
    pub const fn bit(self) -> i64 {
        match self {
            Self::Tracked => 1,
            Self::Identified => 2,
            Self::Abandoned => 4,
            Self::Contactable => 8,
            Self::Returned => 16,
            Self::Ordered => 32,
            Self::Recovered => 64,
            Self::Unconfirmed => 128,
            // Known from the outbox, a sum, and a count of mails.
            Self::Notified | Self::Revenue | Self::Raced => 0,
        }
    }

    /// Reads [`Metric::code`] back.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.code() == code)
    }
}

/// A share of a whole in so many parts, rounded down; 0 when there is nothing to take a share of.
///
/// In 64 bits, since 128 bring a division and a way of writing numbers that nothing else in the Worker needs: of counts
/// above 2^53, which no database here keeps, the last binary digits are left out.
pub fn parts(part: u64, whole: u64, of: u64) -> u64 {
    let left_out = 11_u32.saturating_sub(whole.leading_zeros());
    (part >> left_out).saturating_mul(of).checked_div(whole >> left_out).unwrap_or(0)
}

/// A share in per mille, rounded half up; `None` when there is nothing to take a share of.
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
