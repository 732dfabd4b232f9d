//! Fields in one text, read and replaced where they stand.
//!
//! The step works on the text that is stored, so nothing is decoded into structs and encoded again: that, with the
//! clones and drops of some thirty strings, cost 1.1 KB of brotli (docs/decisions/string-boundary.md).

use crate::text::{FIELD, Text, add, cut, number, push_number};

/// Fields of every record; those from [`part`] on are the parts of an event.
const FIELDS: usize = 17;
/// Places of what is kept in the browser's storage, shared by all tabs; all empty before permission.
pub mod kept {
    /// `u`nknown, `g`ranted by a call, `t`icked at the field or `d`enied; the shim reads this letter.
    pub const TRACKING: usize = 0;
    /// ULID of this browser; the restore script reads it.
    pub const VISITOR: usize = 1;
    /// Token of the Worker; empty until minted.
    pub const SESSION: usize = 2;
    /// When the token was minted, by the page's clock, milliseconds since 1970 UTC.
    pub const SESSION_AT: usize = 3;
    /// The visitor's counter of carts, from 1.
    pub const CART: usize = 4;
    /// Last sequence number used within the cart; 0 while nothing was said of it.
    pub const SEQ: usize = 5;
    /// When the cart last changed, by the page's clock.
    pub const TOUCHED: usize = 6;
    /// Failures in a row.
    pub const ATTEMPTS: usize = 7;
    /// Not before this time, by the page's clock.
    pub const RETRY_AT: usize = 8;
    /// Seconds the server asked to wait; 0 when the pause is our own.
    pub const ASKED: usize = 9;
}

/// Places of what only this page knows; the first eight are the settings as the page gives them.
pub mod page {
    /// `1` where nothing may be stored or sent before the shopper agreed.
    pub const REQUIRED: usize = 0;
    /// `1` where the browser sends Global Privacy Control.
    pub const PRIVACY_CONTROL: usize = 1;
    /// Public key of the site; empty until the settings arrived.
    pub const SITE: usize = 2;
    /// The mail basis a tick or a notice gives: `express`, `soft` or `notice`.
    pub const BASIS: usize = 3;
    /// Version of the wording shown.
    pub const WORDING: usize = 4;
    /// Language tag of the page.
    pub const LOCALE: usize = 5;
    /// IANA time zone of the browser.
    pub const ZONE: usize = 6;
    /// Address of the page without query and fragment.
    pub const ADDRESS: usize = 7;
    /// Where in the shop: `cart`, `checkout`, `contact`.
    pub const STEP: usize = 8;
}

/// Places of an event that waits to be acknowledged.
pub mod event {
    /// The visitor's counter of carts.
    pub const CART: usize = 0;
    /// Counts up within the cart.
    pub const SEQ: usize = 1;
    /// When it happened, by the page's clock; only used for its age.
    pub const AT: usize = 2;
    /// Made once, kept on retries.
    pub const ID: usize = 3;
}

/// Places of the parts, the same in every record: in an event what it says, in what is kept the newest that was said
/// of each, in the page what was seen and is held. Each is finished JSON; empty means *nothing*.
pub mod part {
    /// Names on the wire, from [`SNAPSHOT`] on.
    pub const NAMES: [&[u8]; 7] = [b"snapshot", b"email", b"consent", b"order", b"via", b"customer", b"context"];
    /// The whole cart.
    pub const SNAPSHOT: usize = 10;
    /// The address.
    pub const EMAIL: usize = 11;
    /// Permission or refusal.
    pub const CONSENT: usize = 12;
    /// The order a page reported.
    pub const ORDER: usize = 13;
    /// The restore token the cart came from.
    pub const VIA: usize = 14;
    /// The shop's customer id.
    pub const CUSTOMER: usize = 15;
    /// Language, zone, page and step at the time of the event; says nothing alone.
    pub const CONTEXT: usize = 16;
}

/// Fields in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record(Text);

impl Record {
    /// Reads a record; fields that are not there are empty.
    pub fn read(text: &[u8]) -> Self {
        let mut record = Self::default();
        add(&mut record.0, text);
        record
    }

    /// The whole text, as it is stored.
    pub fn as_text(&self) -> &[u8] {
        &self.0
    }

    /// One field.
    pub fn get(&self, place: usize) -> &[u8] {
        field(&self.0, place)
    }

    /// The first letter of a field; 0 when it is empty.
    pub fn letter(&self, place: usize) -> u8 {
        first(self.get(place))
    }

    /// One field as a whole number; 0 when it is empty.
    pub fn number(&self, place: usize) -> u64 {
        number(self.get(place))
    }

    /// Whether a field says something.
    pub fn has(&self, place: usize) -> bool {
        !self.get(place).is_empty()
    }

    /// Replaces one field.
    #[inline(never)]
    pub fn set(&mut self, place: usize, value: &[u8]) {
        let mut out = Text::default();
        for other in 0..FIELDS {
            if other > 0 {
                add(&mut out, b"\x1f");
            }
            add(&mut out, if other == place { value } else { self.get(other) });
        }
        self.0 = out;
    }

    /// Replaces one field by a whole number.
    pub fn set_number(&mut self, place: usize, value: u64) {
        let mut text = Text::default();
        push_number(&mut text, value);
        self.set(place, &text);
    }

    /// Empties the fields from one place to another, the last included.
    pub fn clear(&mut self, first: usize, last: usize) {
        for place in first..=last {
            self.set(place, b"");
        }
    }

    /// Takes over what the newer record says in its parts; what it does not speak of stays.
    pub fn merge_parts(&mut self, newer: &Self) {
        for place in part::SNAPSHOT..=part::CONTEXT {
            if newer.has(place) {
                self.set(place, newer.get(place));
            }
        }
    }

    /// Whether no part says anything.
    pub fn says_nothing(&self) -> bool {
        (part::SNAPSHOT..part::CONTEXT).all(|place| !self.has(place))
    }
}

/// The first letter of a text; 0 when it is empty.
pub fn first(text: &[u8]) -> u8 {
    text.first().copied().unwrap_or_default()
}

/// One field of a text of fields; a missing one is empty.
#[inline(never)]
pub fn field(text: &[u8], place: usize) -> &[u8] {
    let mut rest = text;
    for _ in 0..place {
        rest = cut(rest, FIELD).1;
    }
    cut(rest, FIELD).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(usize, &str)]) -> Record {
        let mut record = Record::default();
        for (place, value) in fields {
            record.set(*place, value.as_bytes());
        }
        record
    }

    #[test]
    fn fields_are_read_and_replaced_where_they_stand() {
        let mut record = record(&[(kept::TRACKING, "t"), (part::CONTEXT, "{\"é\":1}"), (kept::SEQ, "7")]);
        assert_eq!((record.letter(kept::TRACKING), record.number(kept::SEQ)), (b't', 7));
        assert_eq!(record.get(part::CONTEXT), "{\"é\":1}".as_bytes());
        record.set_number(kept::SEQ, 12);
        record.set(kept::TRACKING, b"");
        assert_eq!(Record::read(record.as_text()), record);
        assert_eq!((record.letter(kept::TRACKING), record.number(kept::SEQ)), (0, 12));
        record.clear(kept::TRACKING, part::CONTEXT);
        assert!((kept::TRACKING..FIELDS).all(|place| !record.has(place)));
    }

    #[test]
    fn a_text_of_another_form_reads_as_empty_fields() {
        for text in ["", "\u{1f}", "\u{1f}\u{1f}\u{1f}"] {
            assert!((0..FIELDS).all(|place| !Record::read(text.as_bytes()).has(place)), "{text:?}");
        }
    }

    #[test]
    fn a_newer_record_takes_the_older_one_in() {
        let mut older = record(&[(part::SNAPSHOT, "1"), (part::EMAIL, "2"), (event::SEQ, "3")]);
        older.merge_parts(&record(&[(part::SNAPSHOT, "4"), (part::CONSENT, "5"), (event::SEQ, "6")]));
        let expected = record(&[(part::SNAPSHOT, "4"), (part::EMAIL, "2"), (part::CONSENT, "5"), (event::SEQ, "3")]);
        assert_eq!(older, expected);
    }

    #[test]
    fn a_context_alone_says_nothing() {
        assert!(record(&[(part::CONTEXT, "{}"), (kept::VISITOR, "v")]).says_nothing());
        assert!(!record(&[(part::CUSTOMER, "1")]).says_nothing());
    }
}
