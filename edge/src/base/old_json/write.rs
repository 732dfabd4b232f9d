//! Writes JSON straight into a text: no tree in between, fields in the order they are given.

use std::fmt;

use cartwake_shared::{
    identifier::SiteId,
    time::{Span, Timestamp},
};

use crate::base::store::Value;

/// What can be written as JSON.
pub trait Write {
    /// Appends it to `text`.
    fn write(&self, text: &mut String);
}

/// A finished JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(String);

impl Document {
    /// A value by itself.
    pub fn of<T: Write + ?Sized>(value: &T) -> Self {
        let mut text = String::new();
        value.write(&mut text);
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Document> for String {
    fn from(document: Document) -> Self {
        document.0
    }
}

impl From<Document> for Value {
    fn from(document: Document) -> Self {
        Self::Text(document.0)
    }
}

/// An object being written.
#[derive(Clone, Debug)]
pub struct Object(String);

impl Object {
    /// An object without fields.
    #[expect(clippy::new_without_default, reason = "it is always filled on the spot")]
    pub fn new() -> Self {
        Self("{".to_owned())
    }

    /// One more field; the caller sees to it that a name stands there once.
    pub fn with<T: Write + ?Sized>(&mut self, name: &str, value: &T) -> &mut Self {
        self.name(name);
        value.write(&mut self.0);
        self
    }

    /// One more field, left out where there is no value.
    pub fn with_some<T: Write>(&mut self, name: &str, value: &Option<T>) -> &mut Self {
        if let Some(value) = value {
            self.with(name, value);
        }
        self
    }

    /// One more field, left out where it is empty.
    pub fn with_filled(&mut self, name: &str, value: &str) -> &mut Self {
        if !value.is_empty() {
            self.with(name, value);
        }
        self
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        name.write(&mut self.0);
        self.0.push(':');
    }

    /// The finished object; nothing is left here.
    pub fn done(&mut self) -> Document {
        let mut text = core::mem::take(&mut self.0);
        text.push('}');
        Document(text)
    }
}

/// A list of values.
pub fn list<T: Write>(values: impl IntoIterator<Item = T>) -> Document {
    let mut text = "[".to_owned();
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        value.write(&mut text);
    }
    text.push(']');
    Document(text)
}

impl Write for Document {
    fn write(&self, text: &mut String) {
        text.push_str(&self.0);
    }
}

impl Write for str {
    fn write(&self, text: &mut String) {
        text.reserve(self.len().saturating_add(2));
        text.push('"');
        let mut rest = self;
        // Whole stretches at once: a mail is 15 KB in which a character of two hundred needs an escape.
        loop {
            let plain = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
            let Some((stretch, escaped)) = plain.and_then(|length| rest.split_at_checked(length)) else { break };
            text.push_str(stretch);
            let mut escaped = escaped.chars();
            match escaped.next().unwrap_or_default() {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                // Control characters must be escaped (RFC 8259, section 7).
                control => {
                    text.push_str(if control < '\u{10}' { "\\u000" } else { "\\u001" });
                    text.extend(char::from_digit(u32::from(control) & 15, 16));
                }
            }
            rest = escaped.as_str();
        }
        text.push_str(rest);
        text.push('"');
    }
}

impl Write for String {
    fn write(&self, text: &mut String) {
        self.as_str().write(text);
    }
}

impl Write for SiteId {
    fn write(&self, text: &mut String) {
        self.as_str().write(text);
    }
}

impl Write for i64 {
    fn write(&self, text: &mut String) {
        text.push_str(&self.to_string());
    }
}

macro_rules! small_numbers {
    ($($number:ty),*) => {
        $(impl Write for $number {
            fn write(&self, text: &mut String) {
                i64::from(*self).write(text);
            }
        })*
    };
}

small_numbers!(u16, i32, u32);

impl Write for usize {
    fn write(&self, text: &mut String) {
        i64::try_from(*self).unwrap_or(i64::MAX).write(text);
    }
}

impl Write for bool {
    fn write(&self, text: &mut String) {
        text.push_str(if *self { "true" } else { "false" });
    }
}

impl Write for Timestamp {
    fn write(&self, text: &mut String) {
        self.millis().write(text);
    }
}

impl Write for Span {
    fn write(&self, text: &mut String) {
        self.millis().write(text);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, text: &mut String) {
        match self {
            Some(value) => value.write(text),
            None => text.push_str("null"),
        }
    }
}

impl<T: Write + ?Sized> Write for &T {
    fn write(&self, text: &mut String) {
        (**self).write(text);
    }
}

impl<T: Write> Write for [T] {
    fn write(&self, text: &mut String) {
        list(self).write(text);
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, text: &mut String) {
        self.as_slice().write(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_and_number_is_read_back_by_serde_json(text: String, number: i64, list: Vec<Option<String>>, fact: bool) {
            let written = Object::new().with(&text, &number).done();
            let expected = serde_json::json!({ text.clone(): number });
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(written.as_str()).unwrap(), expected);
            let written = Object::new().with("text", &text).with("list", &list).with("fact", &fact).done();
            let expected = serde_json::json!({ "text": text, "list": list, "fact": fact });
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(written.as_str()).unwrap(), expected);
        }
    }

    #[test]
    fn fields_keep_their_order_and_every_control_character_is_escaped() {
        let inner = Object::new().with_some("left out", &None::<i64>).with_filled("empty", "").done();
        let text: String = (0..0x20).filter_map(char::from_u32).chain("\"\\\u{7f}é😀".chars()).collect();
        let written = Object::new()
            .with("b", &inner)
            .with("a", &[1_i64, -2][..])
            .with("none", &None::<bool>)
            .with("t", &text)
            .done();
        assert!(written.as_str().starts_with(r#"{"b":{},"a":[1,-2],"none":null,"t":"\u0000\u0001"#), "{written}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(written.as_str()).unwrap()["t"], text);
    }
}
