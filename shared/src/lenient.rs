//! A field that may hold an unusable value: the document is read all the same, and the mistake is kept.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    json::{self, FieldError},
    wire::Ignored,
};

/// A value, or why what stood in its place is not one. The place must hold JSON; a mistake of syntax fails the document.
///
/// It is read from JSON text only, and not inside a type that is flattened or tagged. What may be missing needs
/// `#[serde(default)]`, what may be `null` is a `Lenient<Option<T>>`.
///
/// ```
/// # use cartwake_shared::{json, lenient::Lenient};
/// let [one, other]: [Lenient<u32>; 2] = json::read(r#"[7, "ada@shop.example"]"#).unwrap();
/// assert_eq!(one, Lenient::Usable(7));
/// let mut ignored = Vec::new();
/// assert_eq!(other.or_ignored("quantity", &mut ignored), 0);
/// assert_eq!(ignored[0].field, "quantity");
/// assert_eq!(ignored[0].message, "must be a whole number from 0 to 4294967295");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lenient<T> {
    /// The value.
    Usable(T),
    /// What stands there is not one; the path begins inside of the field.
    Unusable(FieldError),
}

impl<T> Lenient<T> {
    /// The value of the field `name`, or the mistake under its whole path.
    ///
    /// # Errors
    /// When what stands there cannot be used.
    pub fn needed(self, name: &str) -> Result<T, FieldError> {
        match self {
            Self::Usable(value) => Ok(value),
            Self::Unusable(error) => Err(error.within(name)),
        }
    }
}

impl<T: Default> Lenient<T> {
    /// The value of the field `name`; its default where it cannot be used, which `ignored` is told.
    pub fn or_ignored(self, name: &str, ignored: &mut Vec<Ignored>) -> T {
        self.needed(name).unwrap_or_else(|error| {
            ignored.push(Ignored { field: error.path().to_owned(), message: error.problem().to_owned() });
            T::default()
        })
    }
}

impl<T: Default> Default for Lenient<T> {
    fn default() -> Self {
        Self::Usable(T::default())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Ok(match json::read(text.get()) {
            Ok(value) => Self::Usable(value),
            Err(error) => Self::Unusable(error),
        })
    }
}

impl<T: Serialize> Serialize for Lenient<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Usable(value) => value.serialize(serializer),
            Self::Unusable(_) => serializer.serialize_unit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Context;

    #[derive(Debug, Deserialize, Serialize)]
    struct Report {
        site: String,
        #[serde(default)]
        context: Lenient<Context>,
        #[serde(default)]
        steps: Lenient<Option<Vec<u32>>>,
    }

    fn ignored(text: &str) -> Vec<(String, String)> {
        let report: Report = json::read(text).unwrap();
        let mut ignored = Vec::new();
        report.context.or_ignored("context", &mut ignored);
        report.steps.or_ignored("steps", &mut ignored);
        ignored.into_iter().map(|ignored| (ignored.field, ignored.message)).collect()
    }

    #[test]
    fn what_cannot_be_used_is_lost_by_itself_and_told_by_its_path() {
        let told = |field: &str, message: &str| (field.to_owned(), message.to_owned());
        for (fields, expected) in [
            ("", vec![]),
            (r#","context":{"bot":true,"new":1e400},"steps":null"#, vec![]),
            (r#","steps":[1,2]"#, vec![]),
            (r#","context":{"bot":"ada@shop.example"}"#, vec![told("context.bot", "must be true or false")]),
            (r#","context":7"#, vec![told("context", "must be an object")]),
            (r#","context":{"zone":"\ud800"}"#, vec![told("context", "is not valid JSON, line 1 column 16")]),
            (
                r#","context":null,"steps":[1,{"ada@shop.example":2}]"#,
                vec![
                    told("context", "must be an object"),
                    told("steps[1]", "must be a whole number from 0 to 4294967295"),
                ],
            ),
        ] {
            assert_eq!(ignored(&format!(r#"{{"site":"s"{fields}}}"#)), expected, "{fields}");
        }
    }

    #[test]
    fn a_mistake_of_syntax_fails_the_document() {
        for text in [r#"{"site":"s","context":{"bot":tru}}"#, r#"{"site":"s","context":{"#] {
            assert!(json::read::<Report>(text).is_err(), "{text}");
        }
        assert_eq!(json::read::<Report>(r#"{"context":7}"#).unwrap_err().to_string(), "site is missing");
    }

    #[test]
    fn a_needed_value_has_its_whole_path() {
        let report: Report = json::read(r#"{"site":"s","steps":["x"],"context":{}}"#).unwrap();
        assert_eq!(
            json::text(&report),
            r#"{"site":"s","context":{},"steps":null}"#,
            "an unusable value is written as null"
        );
        let error = report.steps.needed("steps").unwrap_err().to_string();
        assert_eq!(error, "steps[0] must be a whole number from 0 to 4294967295");
        assert_eq!(report.context.needed("context"), Ok(Context::default()));
    }

    proptest! {
        #[test]
        fn any_field_that_derived_code_reads_is_read_and_no_other(field in r#"(null|[1-9][0-9]{0,2}|"[a-z]{0,3}"|\{\}|\[[1-9][0-9]?(,[1-9]){0,2}\])"#) {
            let report: Report = json::read(&format!(r#"{{"site":"s","steps":{field}}}"#)).unwrap();
            let expected = serde_json::from_str::<Option<Vec<u32>>>(&field).ok();
            prop_assert_eq!(report.steps.needed("steps").ok(), expected);
        }
    }
}
