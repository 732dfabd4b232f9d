//! How much is proven about the person behind a cart, and so how much may be mailed.

use crate::{
    codes,
    time::{Span, Timestamp},
};

codes! {
    /// The proof that the shopper typed the address, judged when a reminder is planned.
    pub enum Trust {
        /// The form in the database.
        code: i64 => from_code,
    }
    /// One request and no other proof: at most one mail, in our own words.
    Unproven { code: 0 }
    /// A browser session that behaved as a person does: the full sequence, capped.
    Attested { code: 1 }
    /// An id that the shop signed: the full sequence.
    Verified { code: 2 }
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
        for trust in Trust::ALL {
            assert_eq!(Trust::from_code(trust.code()), Some(trust));
        }
    }
}
