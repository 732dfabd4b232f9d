//! How much is proven about the person behind a cart, and so how much may be mailed.

use crate::time::{Span, Timestamp};

/// The proof behind an address, judged when a reminder is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Nothing but one request: at most one mail, in our own words.
    Unproven,
    /// A browser session that behaved as a person does: the full sequence, capped.
    Attested,
    /// Signed by the shop: the full sequence.
    Verified,
}

impl Trust {
    /// The form kept in the database.
    pub const fn code(self) -> i64 {
        match self {
            Self::Unproven => 0,
            Self::Attested => 1,
            Self::Verified => 2,
        }
    }

    /// Reads [`Trust::code`] back; anything else is unproven.
    pub const fn from_code(code: i64) -> Self {
        match code {
            1 => Self::Attested,
            2 => Self::Verified,
            _ => Self::Unproven,
        }
    }
}

/// A person needs at least this long between opening the checkout and typing an address (spec/security.md).
pub const HUMAN_PACE: Span = Span::seconds(3);

/// Unproven addresses of one browser that are mailed in [`COUNTED_OVER`] (spec/security.md). One that was corrected before
/// its mail left was never mailed; one that was corrected afterwards makes room for the other.
pub const SESSION_ADDRESSES: u32 = 2;
/// Unproven addresses from one IP prefix (/24, /48) that are mailed in [`COUNTED_OVER`], over all sites and merchants.
pub const IP_PREFIX_ADDRESSES: u32 = 5;
/// The day over which both are counted, and the life of a hashed IP prefix.
pub const COUNTED_OVER: Span = Span::hours(24);

/// Judges a browser session: minting counts as the first accepted request, the latest event as the last one.
///
/// Attested from 3 s between the two; `minted` is missing when an event came without a valid session token.
pub fn judge(signed_by_shop: bool, minted: Option<Timestamp>, last_request: Timestamp) -> Trust {
    match minted {
        _ if signed_by_shop => Trust::Verified,
        Some(minted) if last_request.since(minted) >= HUMAN_PACE => Trust::Attested,
        _ => Trust::Unproven,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_attested_from_three_seconds_on() {
        let minted = Timestamp::from_millis(10_000);
        for (signed, minted, last, trust) in [
            (false, Some(minted), 12_999, Trust::Unproven),
            (false, Some(minted), 13_000, Trust::Attested),
            (false, None, 99_000, Trust::Unproven),
            (false, Some(minted), 9_000, Trust::Unproven),
            (true, None, 0, Trust::Verified),
        ] {
            assert_eq!(judge(signed, minted, Timestamp::from_millis(last)), trust, "{minted:?} {last}");
        }
        for trust in [Trust::Unproven, Trust::Attested, Trust::Verified] {
            assert_eq!(Trust::from_code(trust.code()), trust);
        }
    }
}
