//! What the page is told to do: a word is a number, and the page's script has its deeds in the same order.

/// Pieces of the line that the next word names, and the price of one + 1 in minor units; 0 for none.
pub const FIGURES: u64 = 1;
/// Take a row as a line of the cart: its place, and the row whose texts it shares (itself where it is new).
pub const LINE: u64 = 2;
/// This is what the signal says: the [`crate::state::part`], and an amount + 1 where there is one.
pub const SAYS: u64 = 3;
/// This is a permission or refusal: 1 for a permission; 1 where it covers mail.
pub const CONSENT: u64 = 4;
/// The next cart begins: forget the lines and the reminder of the last; and what waits of the cart with this number, for it was
/// nobody's.
pub const NEXT_CART: u64 = 5;
/// Keep the token for the first event of the next cart.
pub const VIA: u64 = 6;
/// Say it, in one event with what this cart's waiting event says, and with all that is known of the person where it is the
/// first: bits of the parts; sequence number.
pub const UTTER: u64 = 7;
/// Take the lock and send `n`, for something waits.
pub const DRAIN: u64 = 8;
/// Do so after so many milliseconds.
pub const WAIT: u64 = 9;
/// Mint a session.
pub const MINT: u64 = 10;
/// Send the oldest event.
pub const SEND: u64 = 11;
/// The answered event is done; or, with 1, to be tried without its cart.
pub const DONE: u64 = 12;
/// Forget what was said and what waits; with 1 the visitor and the session too.
pub const FORGET: u64 = 13;
/// Nothing: why something was held back, for the debug mode; see [`crate::state::note`].
pub const NOTE: u64 = 14;
