//! Typed fields of a JSON document; a mistake names its field and never repeats what was sent.

use std::{borrow::Cow, fmt};

use cartwake_shared::{
    identifier::{MerchantId, SiteId, StepId},
    time::{Span, Timestamp},
};

use super::parse::{self, Json, SyntaxError};

/// Why a text is not the document that was expected: no JSON, or a value that is missing or not what must stand there.
///
/// One pointer, since every field of every type that is read may end in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError(Box<Mistake>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mistake {
    /// Where, for example `.snapshot.lines[0].price`; empty for the whole document.
    place: String,
    says: Cow<'static, str>,
}

impl FieldError {
    /// A mistake of a value by itself; whoever holds the value adds where it stands.
    pub fn new(expected: &'static str) -> Self {
        Self(Box::new(Mistake { place: String::new(), says: Cow::Borrowed(expected) }))
    }

    fn within(mut self, name: &str) -> Self {
        self.0.place = [".", name, self.0.place.as_str()].concat();
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.0.place.strip_prefix('.').unwrap_or(&self.0.place);
        write!(f, "{} {}", if place.is_empty() { "it" } else { place }, self.0.says)
    }
}

impl std::error::Error for FieldError {}

impl From<SyntaxError> for FieldError {
    fn from(error: SyntaxError) -> Self {
        Self(Box::new(Mistake { place: String::new(), says: Cow::Owned(error.to_string()) }))
    }
}

/// What can be read from JSON.
pub trait Read: Sized {
    /// Reads one value.
    fn read(json: &Json<'_>) -> Result<Self, FieldError>;
}

/// Reads a whole document.
pub fn read<T: Read>(text: &str) -> Result<T, FieldError> {
    T::read(&parse::parse(text)?)
}

/// The fields of an object; unknown ones are passed over, known ones may stand there once.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a [(Cow<'a, str>, Json<'a>)]);

impl<'a> Fields<'a> {
    /// The fields of `json`.
    pub fn of(json: &'a Json<'a>) -> Result<Self, FieldError> {
        match json {
            Json::Object(fields) => Ok(Self(fields)),
            _ => Err(FieldError::new("must be an object")),
        }
    }

    /// The field `name`, if it stands there.
    fn find(self, name: &str) -> Result<Option<&'a Json<'a>>, FieldError> {
        let mut found = self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
        let first = found.next();
        match found.next() {
            Some(_) => Err(FieldError::new("stands there twice").within(name)),
            None => Ok(first),
        }
    }

    /// A field that must be there.
    pub fn needed<T: Read>(self, name: &str) -> Result<T, FieldError> {
        self.given(name)?.ok_or_else(|| FieldError::new("is missing").within(name))
    }

    /// A field that may be left out; where it stands, `null` is not a value of it.
    pub fn given<T: Read>(self, name: &str) -> Result<Option<T>, FieldError> {
        match self.find(name)? {
            Some(json) => T::read(json).map(Some).map_err(|error| error.within(name)),
            None => Ok(None),
        }
    }

    /// A field that may be left out or `null`.
    pub fn optional<T: Read>(self, name: &str) -> Result<Option<T>, FieldError> {
        Ok(self.given::<Option<T>>(name)?.flatten())
    }

    /// A field that may be left out for its default.
    pub fn or_default<T: Read + Default>(self, name: &str) -> Result<T, FieldError> {
        Ok(self.given(name)?.unwrap_or_default())
    }
}

/// The values of a list of known length.
pub(crate) fn row<'a, const N: usize>(json: &'a Json<'a>) -> Result<&'a [Json<'a>; N], FieldError> {
    match json {
        Json::List(values) => values.as_slice().try_into().map_err(|_| FieldError::new("has another length")),
        _ => Err(no_list()),
    }
}

fn no_list() -> FieldError {
    FieldError::new("must be a list")
}

impl<T: Read> Read for Option<T> {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        if *json == Json::Null { Ok(None) } else { T::read(json).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let Json::List(values) = json else { return Err(no_list()) };
        let mut read = Self::with_capacity(values.len());
        for value in values {
            read.push(T::read(value).map_err(|error| in_list(error, read.len()))?);
        }
        Ok(read)
    }
}

fn in_list(mut error: FieldError, place: usize) -> FieldError {
    error.0.place = ["[", &place.to_string(), "]", &error.0.place].concat();
    error
}

impl Read for String {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        match json {
            Json::Text(text) => Ok(text.clone().into_owned()),
            _ => Err(FieldError::new("must be text")),
        }
    }
}

impl Read for bool {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        match json {
            Json::Fact(fact) => Ok(*fact),
            _ => Err(FieldError::new("must be true or false")),
        }
    }
}

impl Read for i64 {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        match json {
            Json::Integer(number) => Ok(*number),
            _ => Err(FieldError::new("must be a whole number")),
        }
    }
}

impl Read for u32 {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        Self::try_from(i64::read(json)?).map_err(|_| FieldError::new("must be a whole number from 0 to 4294967295"))
    }
}

impl Read for Timestamp {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        i64::read(json).map(Self::from_millis)
    }
}

impl Read for Span {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        i64::read(json).map(Self::millis_of)
    }
}

macro_rules! identifiers {
    ($($name:ident),*) => {
        $(impl Read for $name {
            fn read(json: &Json<'_>) -> Result<Self, FieldError> {
                match json {
                    Json::Text(text) => Self::parse(text).ok(),
                    _ => None,
                }
                .ok_or_else(|| FieldError::new("has the wrong form"))
            }
        })*
    };
}

identifiers!(SiteId, MerchantId, StepId);

#[cfg(test)]
mod tests {
    use cartwake_shared::wire;

    use super::*;

    #[test]
    fn a_mistake_names_its_field() {
        let event = |rest: &str| format!(r#"{{"v":1,"site":"s","visitor":"v","cart":1,"seq":1,"id":"i"{rest}}}"#);
        let with_line = |line: &str| {
            event(&format!(r#","snapshot":{{"currency":"EUR","lines":[{{"product":"P","quantity":1}},{line}]}}"#))
        };
        for (text, expected) in [
            (event(""), None),
            (event(r#","unknown":1e400,"unknown":[{}],"email":null,"snapshot":null"#), None),
            (event(r#","age":"1""#), Some("age must be a whole number")),
            (event(r#","age":1.5"#), Some("age must be a whole number")),
            (event(r#","age":null"#), Some("age must be a whole number")),
            (event(r#","v":1"#), Some("v stands there twice")),
            (event(r#","email":1"#), Some("email must be text")),
            (event(r#","snapshot":[]"#), Some("snapshot must be an object")),
            (event(r#","snapshot":{"currency":"EUR"}"#), Some("snapshot.lines is missing")),
            (event(r#","snapshot":{"currency":"EUR","lines":{}}"#), Some("snapshot.lines must be a list")),
            (
                with_line(r#"{"product":"P","quantity":1,"price":49.9}"#),
                Some("snapshot.lines[1].price must be a whole number"),
            ),
            (
                with_line(r#"{"product":"P","quantity":-1}"#),
                Some("snapshot.lines[1].quantity must be a whole number from 0 to 4294967295"),
            ),
            (
                with_line(r#"{"product":"P","quantity":1,"variant":null}"#),
                Some("snapshot.lines[1].variant must be text"),
            ),
            (with_line("1"), Some("snapshot.lines[1] must be an object")),
            ("[]".to_owned(), Some("it must be an object")),
            ("{}".to_owned(), Some("v is missing")),
            ("{".to_owned(), Some("it ends too early")),
        ] {
            let error = read::<wire::Collect>(&text).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected, "{text}");
        }
    }
}
