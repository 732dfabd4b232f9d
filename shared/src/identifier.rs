//! Ids of sites, merchants, visitors, carts, events, steps and reminders. Each is parsed once and then trusted.

use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// The text does not have the form of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} has the wrong form")]
pub struct IdentifierError(pub &'static str);

macro_rules! text_identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the text form.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(IdentifierError($what)) }
            }

            /// The text form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, IdentifierError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_identifier!(
    /// The id of a storefront: 1 to 32 characters `[a-z0-9-]`, chosen when the site is made, never changed.
    SiteId, "the site id",
    |text| (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
);

text_identifier!(
    /// The id of a merchant, in the form of a site id.
    MerchantId, "the merchant id",
    |text| (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
);

text_identifier!(
    /// The id of an anonymous browser: a ULID, 26 characters of Crockford's base 32 in capitals, made in the browser.
    VisitorId, "the visitor id",
    |text| text.len() == 26
        && text.bytes().all(|byte| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"ILOU".contains(&byte)))
        // 26 characters hold 130 bits; a ULID has 128.
        && text.as_bytes().first().is_some_and(|first| *first <= b'7')
);

text_identifier!(
    /// The id of one event of a browser: 10 to 26 characters `[0-9a-z]`, kept on every retry.
    EventId, "the event id",
    |text| (10..=26).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
);

text_identifier!(
    /// The id of a step of a sequence: 1 to 16 characters `[a-z0-9]`, random and stable, so that inserting a step moves
    /// nothing.
    StepId, "the step id",
    |text| (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
);

/// Crockford's base 32, in which a ULID is written.
const ULID_DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl VisitorId {
    /// The 128 bits of the ULID.
    pub fn bits(&self) -> u128 {
        self.0.bytes().fold(0, |bits, digit| {
            let value = ULID_DIGITS.iter().position(|known| *known == digit).unwrap_or(0);
            bits << 5 | value as u128
        })
    }

    /// The id with these bits.
    pub fn of_bits(bits: u128) -> Self {
        let digit =
            |place: u32| ULID_DIGITS.get((bits >> (5 * place)) as usize % 32).map_or('0', |digit| char::from(*digit));
        Self((0..26).rev().map(digit).collect())
    }
}

/// The id of a cart: the visitor who fills it, and a number that counts the visitor's carts.
///
/// Written `01JD3Z5W4K8Q9RT2V6XY7ABCDE.1`, so that all carts of a visitor share a key prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CartId {
    /// The browser that fills the cart.
    pub visitor: VisitorId,
    /// 1 for the visitor's first cart.
    pub number: u32,
}

impl CartId {
    /// The range of the ids of this visitor's carts: from `<visitor>.` up to `<visitor>/`, because `/` follows the dot
    /// in ASCII.
    pub fn visitor_range(&self) -> (String, String) {
        (format!("{}.", self.visitor), format!("{}/", self.visitor))
    }

    /// Parses `<visitor>.<number>`.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let (visitor, number) = text.split_once('.').ok_or(IdentifierError("the cart id"))?;
        let visitor = VisitorId::parse(visitor)?;
        let plain = (1..=9).contains(&number.len())
            && !number.starts_with('0')
            && number.bytes().all(|byte| byte.is_ascii_digit());
        match number.parse() {
            Ok(number) if plain => Ok(Self { visitor, number }),
            _ => Err(IdentifierError("the cart id")),
        }
    }
}

impl fmt::Display for CartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.visitor, self.number)
    }
}

impl Serialize for CartId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The version of a cart. The higher count is newer; the event id decides a tie between two tabs.
///
/// The text form, `0000000012.k3v9q2m7x0`, sorts in the same order, so that SQL can compare it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The number of the event within the cart, counting up.
    pub seq: u32,
    /// The event that brought this version.
    pub event: EventId,
}

impl Version {
    /// How far ahead of the newest known number an event may be. A browser counts by one; a thousand unsent changes of one cart
    /// are more than any page was seen to make.
    pub const FARTHEST_AHEAD: u32 = 1_000;

    /// The version of an event whose cart is known up to number `known`: one that is too far ahead is the next number.
    ///
    /// Otherwise one event with the highest number would make every later one of the honest browser count as older.
    #[must_use]
    pub fn clamped(self, known: u32) -> Self {
        if self.seq > known.saturating_add(Self::FARTHEST_AHEAD) {
            Self { seq: known.saturating_add(1), ..self }
        } else {
            self
        }
    }

    /// The sortable text form.
    pub fn to_text(&self) -> String {
        format!("{:010}.{}", self.seq, self.event)
    }
}

/// The id of a reminder in the outbox: one step of one cycle for one cart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ReminderId {
    /// The site.
    pub site: SiteId,
    /// The cart.
    pub cart: CartId,
    /// The pass of the sequence, from 1.
    pub cycle: u32,
    /// The step.
    pub step: StepId,
}

impl ReminderId {
    /// The idempotency key at the mail provider: the same on every attempt, different for every other reminder.
    pub fn idempotency_key(&self) -> String {
        format!("cartwake/{}/{}/{}/{}", self.site, self.cart, self.cycle, self.step)
    }

    /// The form in a cart's `via` column: `<cart>/<cycle>/<step>`, without the site.
    pub fn within_site(&self) -> String {
        format!("{}/{}/{}", self.cart, self.cycle, self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_far_ahead_is_the_next_one() {
        for (seq, known, expected) in
            [(1, 0, 1), (1_000, 0, 1_000), (1_001, 0, 1), (1_013, 13, 1_013), (u32::MAX, 13, 14), (3, 4_000, 3)]
        {
            let version = Version { seq, event: EventId::parse("k3v9q2m7x0").unwrap() };
            assert_eq!(version.clamped(known).seq, expected, "{seq} {known}");
        }
    }

    #[test]
    fn identifiers_are_parsed_or_refused() {
        let ulid = "01JD3Z5W4K8Q9RT2V6XY7ABCDE";
        for (text, fine) in [
            (ulid.to_owned(), true),
            (ulid.to_lowercase(), false),
            (ulid.replace('A', "U"), false),
            (ulid.replacen('0', "8", 1), false),
            (ulid[1..].to_owned(), false),
            (format!("{ulid}0"), false),
        ] {
            assert_eq!(VisitorId::parse(&text).is_ok(), fine, "{text}");
        }
        for text in [ulid, "00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
            let visitor = VisitorId::parse(text).unwrap();
            assert_eq!(VisitorId::of_bits(visitor.bits()), visitor);
        }
        for (text, fine) in [
            (format!("{ulid}.1"), true),
            (format!("{ulid}.999999999"), true),
            (format!("{ulid}.0"), false),
            (format!("{ulid}.01"), false),
            (format!("{ulid}.+1"), false),
            (format!("{ulid}.9999999999"), false),
            (format!("{ulid}."), false),
            (ulid.to_owned(), false),
        ] {
            assert_eq!(CartId::parse(&text).is_ok(), fine, "{text}");
        }
        assert_eq!(CartId::parse(&format!("{ulid}.12")).unwrap().to_string(), format!("{ulid}.12"));
    }

    #[test]
    fn the_text_of_a_version_sorts_as_the_version_does() {
        let version = |seq, event: &str| Version { seq, event: EventId::parse(event).unwrap() };
        let ordered = [
            version(1, "zzzzzzzzzz"),
            version(2, "aaaaaaaaaa"),
            version(2, "aaaaaaaaab"),
            version(u32::MAX, "0000000000"),
        ];
        for pair in ordered.windows(2) {
            assert!(pair[0] < pair[1]);
            assert!(pair[0].to_text() < pair[1].to_text());
        }
    }
}
