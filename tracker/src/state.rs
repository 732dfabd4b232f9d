//! Places of the numbers that are the state.
//!
//! The texts behind them (the cart's lines, the address, the session) stay with the page: the step sees each of them once,
//! when it is stated, and afterwards only its digest. Fields in one text cost 3.5 KB of brotli more
//! (docs/decisions/string-boundary.md).

/// Parts of an event: what it can say. The page has their names in the same order.
pub mod part {
    /// The whole cart.
    pub const SNAPSHOT: usize = 0;
    /// The address.
    pub const EMAIL: usize = 1;
    /// Permission or refusal.
    pub const CONSENT: usize = 2;
    /// The order a page reported.
    pub const ORDER: usize = 3;
    /// The restore token the cart came from.
    pub const VIA: usize = 4;
    /// The shop's customer id.
    pub const CUSTOMER: usize = 5;
    /// How many there are.
    pub const COUNT: usize = 6;
}

/// Places of what is kept in the browser's storage, shared by all tabs; all 0 before permission.
pub mod kept {
    /// [`super::UNKNOWN`], [`super::GRANTED`], [`super::TICKED`] or [`super::DENIED`].
    pub const TRACKING: usize = 0;
    /// The visitor's counter of carts, from 1.
    pub const CART: usize = 1;
    /// Last sequence number used within the cart; 0 while nothing was said of it.
    pub const SEQ: usize = 2;
    /// When the cart last changed, by the page's clock, milliseconds since 1970 UTC.
    pub const TOUCHED: usize = 3;
    /// When the session was minted, by the page's clock; 0 while there is none.
    pub const MINTED: usize = 4;
    /// Failures in a row.
    pub const ATTEMPTS: usize = 5;
    /// Not before this time, by the page's clock.
    pub const RETRY_AT: usize = 6;
    /// Seconds the server asked to wait; 0 when the pause is our own.
    pub const ASKED: usize = 7;
    /// When the newest whole cart came to be where it was seen, by the page's clock.
    pub const SEEN_AT: usize = 8;
}

/// From here on: digests of the newest that was said of each [`part`]; kept with the rest, 0 for nothing.
pub const SAID: usize = 9;

/// Places of what only this page knows; gone with it.
pub mod page {
    /// 1 where nothing may be stored or sent before the shopper agreed.
    pub const REQUIRED: usize = super::SAID + super::part::COUNT;
    /// 1 where the browser sends Global Privacy Control.
    pub const PRIVACY_CONTROL: usize = REQUIRED + 1;
    /// 1 where nothing leaves before an address is known.
    pub const IDENTIFIED: usize = PRIVACY_CONTROL + 1;
}

/// How many numbers the state has.
pub const COUNT: usize = page::IDENTIFIED + 1;

/// The shopper said nothing; the site's mode decides.
pub const UNKNOWN: u64 = 0;
/// Permission by a call of the page or a consent tool.
pub const GRANTED: u64 = 1;
/// The shopper ticked the box at the field: an express wish.
pub const TICKED: u64 = 2;
/// Refused.
pub const DENIED: u64 = 3;

/// In place of the digest of an address: one that the shop's server signed, which the step has not seen.
pub const SIGNED: u64 = 1;
/// The same: one of this cart that was told before, and that this page cannot read any more (www/tracker/vault.js).
pub const TOLD: u64 = 2;

/// Why something was held back; the debug mode has the words.
pub mod note {
    /// Not the address of anything.
    pub const NO_ADDRESS: u64 = 1;
    /// Tracking is not permitted.
    pub const NOT_PERMITTED: u64 = 2;
    /// Said already.
    pub const NOTHING_NEW: u64 = 3;
    /// A cart that came to be before the one taken last.
    pub const OLDER: u64 = 4;
    /// Amounts without a currency.
    pub const NO_CURRENCY: u64 = 5;
    /// Rows without a line.
    pub const NO_LINES: u64 = 6;
    /// A permission that permits nothing here.
    pub const REFUSED: u64 = 7;
    /// It waits until an address is known.
    pub const NOT_IDENTIFIED: u64 = 8;
}
