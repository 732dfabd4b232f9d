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
    /// A browser session: the full sequence, capped.
    Attested { code: 1 }
    /// An id that the shop signed: the full sequence.
    Verified { code: 2 }
}

/// How many unproven addresses of one browser are mailed in [`COUNTED_OVER`] (spec/security.md). An address that was
/// corrected before its mail left does not count; an address that was corrected later makes room for its successor.
pub const SESSION_ADDRESSES: u32 = 2;
/// How many unproven addresses from one IP prefix (/24, /48) are mailed in [`COUNTED_OVER`], over all sites and
/// merchants.
pub const IP_PREFIX_ADDRESSES: u32 = 5;
/// The time over which both are counted, and for which the hash of an IP prefix is kept.
pub const COUNTED_OVER: Span = Span::hours(24);

/// Judges what an address came with: a signature of the shop, or a session of the browser.
///
/// `minted` is `None` if no event had a valid session token.
pub fn judge(signed_by_shop: bool, minted: Option<Timestamp>) -> Trust {
    match minted {
        _ if signed_by_shop => Trust::Verified,
        Some(_) => Trust::Attested,
        None => Trust::Unproven,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_attested() {
        let minted = Some(Timestamp::from_millis(10_000));
        for (signed, minted, trust) in [
            (false, minted, Trust::Attested),
            (false, None, Trust::Unproven),
            (true, None, Trust::Verified),
            (true, minted, Trust::Verified),
        ] {
            assert_eq!(judge(signed, minted), trust);
        }
        for trust in Trust::ALL {
            assert_eq!(Trust::from_code(trust.code()), Some(trust));
        }
    }
}
