//! JSON read into types and written from them; a mistake names its field and never repeats what was sent.

use core::fmt;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};
use serde_json::error::Category;

/// Why a text is not the document that was expected: no JSON, or a value that is missing or not what must stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The path of the field, for example `snapshot.lines[0].price`; empty for the whole document.
    path: String,
    /// The rest of the sentence, for example `must be text`.
    problem: String,
}

impl FieldError {
    /// The path of the field, for example `snapshot.lines[0].price`; empty for the whole document.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A field that must be there and is not.
    pub fn missing(name: &str) -> Self {
        Self { path: name.to_owned(), problem: "is missing".to_owned() }
    }

    /// The same mistake where the document is itself the field `name` of another.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        let is_inside = !self.path.is_empty() && !self.path.starts_with('[');
        self.path = [name, if is_inside { "." } else { "" }, &self.path].concat();
        self
    }

    /// The rest of the sentence, for example `must be text`.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", if self.path.is_empty() { "it" } else { &self.path }, self.problem)
    }
}

impl core::error::Error for FieldError {}

/// Reads a whole document. Unknown fields are ignored; a known field may stand there once.
///
/// ```
/// # use cartwake_shared::{json, wire::Restore};
/// let error = json::read::<Restore>(r#"{"site":1,"token":"ada@shop.example"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "site must be text");
/// ```
///
/// # Errors
/// The first mistake of the document.
pub fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, FieldError> {
    let mut document = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut document)
        .map_err(|error| field_error(&error.path().to_string(), error.inner()))?;
    document.end().map_err(|error| field_error("", &error))?;
    Ok(value)
}

/// The JSON text of a value, its fields in the order of their declaration: the same value always gives the same text.
///
/// Only a map with keys other than texts cannot be written; no type of ours has one, and the text would be empty.
pub fn text<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Writes pairs as one object, in their order: for `#[serde(serialize_with = "json::in_order")]`.
///
/// # Errors
/// Those of the serializer.
pub fn in_order<K: Serialize, V: Serialize, S: Serializer>(pairs: &[(K, V)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(pairs.len()))?;
    for (name, value) in pairs {
        object.serialize_entry(name, value)?;
    }
    object.end()
}

/// The sentence about a mistake, made from the field's path and the text with which a type says what it expects.
///
/// serde's own sentences repeat the value in front of that text, so nothing before it is used.
fn field_error(path: &str, error: &serde_json::Error) -> FieldError {
    let path = path.trim_matches('.');
    let at = |path: &str, problem: String| FieldError { path: path.to_owned(), problem };
    match error.classify() {
        // The path may hold the name of an unknown field, and that was sent.
        Category::Eof | Category::Io => return at("", "ends too early".to_owned()),
        Category::Syntax => {
            return at("", format!("is not valid JSON, line {} column {}", error.line(), error.column()));
        }
        Category::Data => {}
    }
    let sentence = error.to_string();
    let sentence = sentence.rsplit_once(" at line ").map_or(sentence.as_str(), |(sentence, _)| sentence);
    let named = |prefix: &str| sentence.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('`'));
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if let Some(name) = named("missing field `") {
        at(&within(name), "is missing".to_owned())
    } else if let Some(name) = named("duplicate field `") {
        at(&within(name), "stands there twice".to_owned())
    } else {
        let is_standard =
            ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `"].iter().any(|prefix| {
                // Any other sentence is a type's own, and may say anything.
                sentence.starts_with(prefix)
            });
        let expected = sentence.rsplit_once(", expected ").map(|(_, expected)| expected);
        at(path, expected.filter(|_| is_standard).map_or_else(|| "has the wrong form".to_owned(), must_be))
    }
}

/// What must stand in a field, in the words of somebody who writes JSON and not Rust.
fn must_be(expected: &str) -> String {
    let expected = match expected {
        "a string" => "text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "i64" => "a whole number".to_owned(),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        _ if expected.starts_with("struct ") => "an object".to_owned(),
        other => other.trim_start_matches("one of ").replace('`', ""),
    };
    format!("must be {expected}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{policy::Settings, wire};

    fn event(rest: &str) -> String {
        format!(r#"{{"v":1,"site":"s","visitor":"v","cart":1,"seq":1,"id":"i"{rest}}}"#)
    }

    #[test]
    fn a_mistake_names_its_field() {
        let with_line = |line: &str| {
            event(&format!(r#","snapshot":{{"currency":"EUR","lines":[{{"product":"P","quantity":1}},{line}]}}"#))
        };
        for (text, expected) in [
            (event(""), None),
            (event(r#","unknown":1e400,"unknown":[{}],"email":null,"snapshot":null"#), None),
            (event(r#","age":"1""#), Some("age must be a whole number")),
            (event(r#","age":1.5"#), Some("age must be a whole number")),
            (event(r#","age":1e2"#), Some("age must be a whole number")),
            (event(r#","age":9223372036854775808"#), Some("age must be a whole number")),
            (event(r#","age":null"#), Some("age must be a whole number")),
            (event(r#","v":1"#), Some("v stands there twice")),
            (event(r#","email":1"#), Some("email must be text")),
            (event(r#","snapshot":"x""#), Some("snapshot must be an object")),
            (event(r#","snapshot":[]"#), Some("snapshot must be an object")),
            (event(r#","snapshot":{"currency":"EUR"}"#), Some("snapshot.lines is missing")),
            (event(r#","snapshot":{"currency":"EUR","lines":{}}"#), Some("snapshot.lines must be a list")),
            (event(r#","context":{"bot":1}"#), Some("context.bot must be true or false")),
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
            (
                with_line(r#"{"product":"P","quantity":1,"quantity":1}"#),
                Some("snapshot.lines[1].quantity stands there twice"),
            ),
            (with_line("1"), Some("snapshot.lines[1] must be an object")),
            ("[]".to_owned(), Some("it must be an object")),
            ("{}".to_owned(), Some("v is missing")),
            ("{".to_owned(), Some("it ends too early")),
            (String::new(), Some("it ends too early")),
            ("{\"v\":1,\n \"b\":NaN}".to_owned(), Some("it is not valid JSON, line 2 column 6")),
            (event("") + "2", Some("it is not valid JSON, line 1 column 59")),
            (event(&format!(r#","unknown":{}{}"#, "[".repeat(9_000), "]".repeat(9_000))), None),
            (event(&format!(r#","snapshot":{}"#, "[".repeat(9_000))), Some("snapshot[0] must be text")),
        ] {
            let error = read::<wire::Collect>(&text).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            (r#"{"tracking":"none"}"#, Some("tracking must be required or notice")),
            (r#"{"capture":"some"}"#, Some("capture must be all or identified")),
            (r#"{"policy":{"steps":[{"id":"S 1","delay":1}]}}"#, Some("policy.steps[0].id has the wrong form")),
            (r#"{"policy":null}"#, Some("policy must be an object")),
            (r#"{"policy":{"quiet":null,"new_one":1}}"#, None),
        ] {
            let error = read::<Settings>(text).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_was_sent_is_never_repeated() {
        let secret = "ada@shop.example";
        for hostile in [
            secret.to_owned(),
            format!("x, expected {secret}"),
            format!("missing field `{secret}`"),
            format!("x at line {secret}"),
            format!("`, expected {secret}` at line 1 column 2"),
        ] {
            let text = text(&hostile);
            for document in [
                event(&format!(r#","age":{text}"#)),
                event(&format!(r#","snapshot":{text}"#)),
                event(&format!(r#","context":{{"bot":{text}}}"#)),
                event(&format!(r#","order":{{{text}:nul}}"#)),
                event(&format!(r",{text}:nul")),
                event(&format!(r",{text}:1")) + &text,
                text.clone(),
            ] {
                let error = read::<wire::Collect>(&document).unwrap_err().to_string();
                assert!(!error.contains("ada"), "{document}: {error}");
            }
            for document in [
                format!(r#"{{"tracking":{text}}}"#),
                format!(r#"{{"policy":{{"steps":[{{"id":{text},"delay":1}}]}}}}"#),
                format!(r#"{{"policy":{{"cap_week":{text}}}}}"#),
            ] {
                let error = read::<Settings>(&document).unwrap_err().to_string();
                assert!(!error.contains("ada"), "{document}: {error}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_and_no_mistake_repeats_it(word in "[a-z]{6}[`\", :a-z]{0,20}") {
            let written = text(&wire::Restore { site: word.clone(), token: word.clone() });
            prop_assert_eq!(read::<wire::Restore>(&written).unwrap().token, word.clone());
            let error = read::<wire::Collect>(&event(&format!(r#","age":{}"#, text(&word)))).unwrap_err();
            prop_assert_eq!(error.to_string(), "age must be a whole number");
        }
    }
}
