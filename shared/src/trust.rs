//! Trust: what proves that an address is the shopper's, and how many mails that permits (spec/security.md).
//!
//! A browser's word is cheap, because whatever a page can do, a program can do. So trust is the shop's proof, the person's
//! proof, or a place in the shares of [`crate::share`].

use crate::{codes, time::Span};

codes! {
    /// The grant of a reminder: what proves that the address is the shopper's, the weakest first.
    ///
    /// It is written on the reminder's row when its first step passes the gate; later steps inherit it.
    pub enum Trust {
        /// The form in the database.
        code: i64 => from_code,
        /// The words on pages.
        label: &'static str,
    }
    /// A place in the shares, without a session that the Worker minted: the first step only.
    Bare { code: 0, label: "first contact without a session" }
    /// A place in the shares and a session: the full sequence.
    FirstContact { code: 1, label: "first contact" }
    /// A first contact whose visitor passed the challenge: the full sequence, outside the shares.
    Challenged { code: 2, label: "passed the challenge" }
    /// Within [`KNOWN_FOR`] the owner of the address came back by the link of an own mail.
    Returned { code: 3, label: "known by a visit" }
    /// Within [`KNOWN_FOR`] the shop's server told a paid order of this address.
    Buyer { code: 4, label: "known by an order" }
    /// The shop signed this address together with its customer.
    Verified { code: 5, label: "verified by the shop" }
}

impl Trust {
    /// The audience among which the breaker counts what becomes of a mail: the shop's own word makes it a proven shopper's.
    ///
    /// Anybody can come back by the links of own mailboxes, so a complaint of such a mailbox counts among first contacts. What
    /// stops its mails is the breaker of proven shoppers nevertheless (`edge/sql/gate.sql`).
    pub const fn audience(self) -> Audience {
        match self {
            Self::Bare | Self::FirstContact | Self::Challenged | Self::Returned => Audience::FirstContacts,
            Self::Buyer | Self::Verified => Audience::Proven,
        }
    }
}

codes! {
    /// Whose mails a breaker counts and stops: what strangers do stops mails to first contacts only.
    pub enum Audience {
        /// The form in the database.
        code: i64 => from_code,
        /// The words on pages.
        label: &'static str,
    }
    /// Addresses that nothing but a place or a challenge stands behind.
    FirstContacts { code: 0, label: "first contacts" }
    /// Known and verified shoppers.
    Proven { code: 1, label: "known and verified shoppers" }
}

/// How long a paid order or a visit by an own link proves an address.
pub const KNOWN_FOR: Span = Span::days(400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_grows_with_its_code_and_is_read_back() {
        for (place, trust) in (0_i64..).zip(Trust::ALL) {
            assert_eq!((trust.code(), Trust::from_code(place)), (place, Some(trust)));
        }
        assert!(Trust::Returned.audience() == Audience::FirstContacts && Trust::Buyer.audience() == Audience::Proven);
    }
}
