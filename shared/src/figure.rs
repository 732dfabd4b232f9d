//! The counted figures of a day: what each is called and how it follows from the stored rows.

/// A counter kept per site, day on which the cart was made, and currency (for money).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
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
    /// Orders that only a page has reported; in none of the figures above until the shop's server says the same.
    Unconfirmed,
    /// Mails that the provider accepted although an order had come after the gate was asked.
    Raced,
}

impl Figure {
    /// All figures in the order of the funnel.
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

    /// Reads [`Figure::code`] back.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.code() == code)
    }
}

/// A share in per mille, rounded to the nearest; `None` when there is nothing to take a share of.
pub fn per_mille(part: i64, whole: i64) -> Option<i64> {
    let scaled = part.checked_mul(2_000)?.checked_add(whole)?;
    scaled.checked_div(whole.checked_mul(2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_the_nearest() {
        for (part, whole, expected) in
            [(1, 3, Some(333)), (2, 3, Some(667)), (0, 5, Some(0)), (5, 5, Some(1_000)), (1, 0, None)]
        {
            assert_eq!(per_mille(part, whole), expected, "{part}/{whole}");
        }
        for figure in Figure::ALL {
            assert_eq!(Figure::from_code(figure.code()), Some(figure));
        }
    }
}
