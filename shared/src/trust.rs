//! Trust: how well it is proven that the shopper typed the address, and how many mails that permits.

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

/// A person needs at least this long from opening the checkout to typing an address (spec/security.md).
pub const HUMAN_PACE: Span = Span::seconds(3);

/// How many unproven addresses of one browser are mailed in [`COUNTED_OVER`] (spec/security.md). An address that was
/// corrected before its mail left does not count; an address that was corrected later makes room for its successor.
pub const SESSION_ADDRESSES: u32 = 2;
/// How many unproven addresses from one IP prefix (/24, /48) are mailed in [`COUNTED_OVER`], over all sites and
/// merchants.
pub const IP_PREFIX_ADDRESSES: u32 = 5;
/// The time over which both are counted, and for which the hash of an IP prefix is kept.
pub const COUNTED_OVER: Span = Span::hours(24);

/// Judges a browser session by its first accepted request, the minting, and its last one, the latest event.
///
/// The session is attested if at least 3 s lie between the two. `minted` is `None` if an event had no valid session
/// token.
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
