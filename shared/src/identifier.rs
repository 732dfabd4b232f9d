//! Names of things: sites, visitors, carts, events, steps, reminders. Each is parsed once and then trusted.

use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// Why a text does not name anything.
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
    /// A storefront: 1 to 32 characters `[a-z0-9-]`, chosen when the site is made, never changed.
    SiteId, "the site id",
    |text| (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
);

text_identifier!(
    /// A merchant: the same form as a site id.
    MerchantId, "the merchant id",
    |text| (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
);

text_identifier!(
    /// An anonymous browser: a ULID, 26 characters of Crockford's base 32 in capitals, made in the browser.
    VisitorId, "the visitor id",
    |text| text.len() == 26
        && text.bytes().all(|byte| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"ILOU".contains(&byte)))
        // 26 characters hold 130 bits; a ULID has 128.
        && text.as_bytes().first().is_some_and(|first| *first <= b'7')
);

text_identifier!(
    /// One change reported by a browser: 10 to 26 characters `[0-9a-z]`, kept on every retry.
    EventId, "the event id",
    |text| (10..=26).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
);

text_identifier!(
    /// A step of a sequence: 1 to 16 characters `[a-z0-9]`, random and stable, so that inserting a step moves nothing.
    StepId, "the step id",
    |text| (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
);

/// A cart: the visitor who fills it and a number that counts up with each new cart of that visitor.
///
/// Written `01JD3Z5W4K8Q9RT2V6XY7ABCDE.1`, so that all carts of a visitor share a key prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CartId {
    /// The browser that writes it.
    pub visitor: VisitorId,
    /// 1 for the visitor's first cart.
    pub number: u32,
}

impl CartId {
    /// The range of cart ids of this cart's visitor: from `<visitor>.` up to `<visitor>/`, `/` being the character behind
    /// the dot.
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

/// Which of two states of a cart is newer: the higher count wins, the event id decides a tie between two tabs.
///
/// Its text form, `0000000012.k3v9q2m7x0`, sorts the same way, so that SQL can compare it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Counts up within a cart.
    pub seq: u32,
    /// The event that brought it.
    pub event: EventId,
}

impl Version {
    /// The sortable text form.
    pub fn to_text(&self) -> String {
        format!("{:010}.{}", self.seq, self.event)
    }
}

/// One step of one cycle for one cart: the key of a reminder in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ReminderId {
    /// The site.
    pub site: SiteId,
    /// The cart.
    pub cart: CartId,
    /// 1 for the first pass of the sequence.
    pub cycle: u32,
    /// The step.
    pub step: StepId,
}

impl ReminderId {
    /// The key a mail provider sees: the same on every attempt, different for every other reminder.
    pub fn idempotency_key(&self) -> String {
        format!("cartwake/{}/{}/{}/{}", self.site, self.cart, self.cycle, self.step)
    }

    /// The form kept in a cart's `via` column: `<cart>/<cycle>/<step>`, the site being known.
    pub fn within_site(&self) -> String {
        format!("{}/{}/{}", self.cart, self.cycle, self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
