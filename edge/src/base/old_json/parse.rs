//! A strict parser of JSON (RFC 8259) for bodies of at most a few hundred KB; a number never goes through a float.

use std::borrow::Cow;

/// Deepest nesting that is read. What the Worker takes and stores is nested five deep.
const MOST_NESTED: usize = 64;

/// A value; texts without escapes are borrowed from the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Fact(bool),
    /// A whole number without point or exponent that fits 64 bits, exactly.
    Integer(i64),
    /// Any other number; nothing here takes one, so its value is not kept.
    OtherNumber,
    /// A text.
    Text(Cow<'a, str>),
    /// `[…]`
    List(Vec<Self>),
    /// `{…}` in the order of the document. A name may stand twice; whoever reads that name is told.
    Object(Vec<(Cow<'a, str>, Self)>),
}

/// Where a document stops being JSON. Nothing of its text is repeated, since that may hold an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// The text ends within a value.
    #[error("ends too early")]
    EndsEarly,
    /// A character that cannot stand there, or nesting deeper than 64.
    #[error("is not valid JSON, line {line} column {column}")]
    Invalid {
        /// From 1.
        line: usize,
        /// In bytes, from 1.
        column: usize,
    },
}

/// Parses a whole document.
pub fn parse(text: &str) -> Result<Json<'_>, SyntaxError> {
    let mut parser = Parser { text, at: 0 };
    let read = parser.value(MOST_NESTED);
    if read.is_some() {
        parser.skip_white_space();
    }
    match read {
        Some(value) if parser.at == text.len() => Ok(value),
        None if parser.at >= text.len() => Err(SyntaxError::EndsEarly),
        _ => {
            let before = text.as_bytes().get(..parser.at).unwrap_or_default();
            let (mut line, mut column) = (1, 1);
            for byte in before {
                (line, column) = if *byte == b'\n' { (line + 1, 1) } else { (line, column + 1) };
            }
            Err(SyntaxError::Invalid { line, column })
        }
    }
}

/// Where the parser stands; on a mistake it stays there.
struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on behind `byte` if it stands here.
    fn eats(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The same, with white space before it.
    fn eats_mark(&mut self, byte: u8) -> bool {
        self.skip_white_space();
        self.eats(byte)
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        let depth = depth.checked_sub(1)?;
        self.skip_white_space();
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Json::Text),
            b't' => self.word("true", Json::Fact(true)),
            b'f' => self.word("false", Json::Fact(false)),
            b'n' => self.word("null", Json::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json<'a>> {
        self.at += 1;
        let mut fields = Vec::new();
        if self.eats_mark(b'}') {
            return Some(Json::Object(fields));
        }
        loop {
            self.skip_white_space();
            if self.peek()? != b'"' {
                return None;
            }
            let name = self.string()?;
            if !self.eats_mark(b':') {
                return None;
            }
            fields.push((name, self.value(depth)?));
            if !self.eats_mark(b',') {
                return self.eats(b'}').then_some(Json::Object(fields));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json<'a>> {
        self.at += 1;
        let mut values = Vec::new();
        if self.eats_mark(b']') {
            return Some(Json::List(values));
        }
        loop {
            values.push(self.value(depth)?);
            if !self.eats_mark(b',') {
                return self.eats(b']').then_some(Json::List(values));
            }
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Option<Json<'a>> {
        for byte in word.bytes() {
            if !self.eats(byte) {
                return None;
            }
        }
        Some(value)
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.at += 1;
        // Only a text with an escape is copied.
        let mut copied: Option<String> = None;
        let mut start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    let rest = self.text.get(start..self.at)?;
                    self.at += 1;
                    return Some(match copied {
                        None => Cow::Borrowed(rest),
                        Some(text) => Cow::Owned(text + rest),
                    });
                }
                b'\\' => {
                    let text = copied.get_or_insert_default();
                    text.push_str(self.text.get(start..self.at)?);
                    self.at += 1;
                    let character = self.escape()?;
                    copied.get_or_insert_default().push(character);
                    start = self.at;
                }
                // Control characters must be escaped (RFC 8259, section 7).
                0..=0x1f => return None,
                _ => self.at += 1,
            }
        }
    }

    /// The character an escape stands for, the backslash being read. Half a surrogate pair stands for none.
    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                let unit = self.four_digits()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit);
                }
                if !(self.eats(b'\\') && self.eats(b'u')) {
                    return None;
                }
                let low = self.four_digits()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + low);
            }
            _ => return None,
        };
        self.at += 1;
        Some(character)
    }

    fn four_digits(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + char::from(self.peek()?).to_digit(16)?;
            self.at += 1;
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let start = self.at;
        self.eats(b'-');
        let starts_with_zero = self.peek() == Some(b'0');
        let digits = self.digits()?;
        if starts_with_zero && digits > 1 {
            return None;
        }
        let whole = self.text.get(start..self.at)?;
        let mut is_whole = true;
        if self.eats(b'.') {
            is_whole = false;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_whole = false;
            self.at += 1;
            if !self.eats(b'+') {
                self.eats(b'-');
            }
            self.digits()?;
        }
        let exact = if is_whole { whole.parse().ok() } else { None };
        Some(exact.map_or(Json::OtherNumber, Json::Integer))
    }

    /// How many digits stand here; at least one.
    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        let count = self.at.saturating_sub(start);
        (count > 0).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Whether our value is the one that `serde_json` read.
    fn same(ours: &Json<'_>, theirs: &Value) -> bool {
        match (ours, theirs) {
            (Json::Null, Value::Null) => true,
            (Json::Fact(ours), Value::Bool(theirs)) => ours == theirs,
            // `-0` is a float to serde_json.
            (Json::Integer(ours), Value::Number(theirs)) => {
                theirs.as_i64() == Some(*ours) || (*ours == 0 && theirs.as_f64() == Some(0.0))
            }
            (Json::OtherNumber, Value::Number(theirs)) => theirs.as_i64().is_none(),
            (Json::Text(ours), Value::String(theirs)) => ours == theirs,
            (Json::List(ours), Value::Array(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
            }
            (Json::Object(ours), Value::Object(theirs)) => theirs.iter().all(|(name, theirs)| {
                // Of a name that stands twice, serde_json keeps the last.
                ours.iter().rev().find(|(ours, _)| ours == name).is_some_and(|(_, ours)| same(ours, theirs))
            }),
            _ => false,
        }
    }

    fn check(text: &str) -> Result<(), TestCaseError> {
        match (parse(text), serde_json::from_str::<Value>(text)) {
            (Ok(ours), Ok(theirs)) => prop_assert!(same(&ours, &theirs), "{text}: {ours:?}"),
            (Err(_), Err(_)) => {}
            // A value out of a float's range is a number all the same; nobody takes it.
            (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
            (ours, theirs) => prop_assert!(false, "{text}: {ours:?} {theirs:?}"),
        }
        Ok(())
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 64, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::vec((".{0,4}", inner), 0..8)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_is_read_as_serde_json_reads_it(value in document()) {
            check(&value.to_string())?;
            check(&serde_json::to_string_pretty(&value).unwrap())?;
        }

        #[test]
        fn a_document_with_a_changed_character_is_taken_or_refused_as_serde_json_does(value in document(), place in any::<prop::sample::Index>(), put in "[\\x00-\\x7fé]?") {
            let mut text: Vec<char> = value.to_string().chars().collect();
            text.splice(place.index(text.len())..=place.index(text.len()), put.chars());
            check(&text.into_iter().collect::<String>())?;
        }

        #[test]
        fn scraps_of_json_are_taken_or_refused_as_serde_json_does(text in r#"([\[\]{}:,"] ?|-|0|12|\.|e|E|\+|true|false|null|\\|\\u|d83d|de00|00e9|\\n|a|é|\t){0,12}"#) {
            check(&text)?;
            check(&format!("\"{text}\""))?;
        }
    }

    #[test]
    fn whole_numbers_are_exact_and_no_others_are_whole() {
        for (text, expected) in [
            ("9007199254740993", Json::Integer(9_007_199_254_740_993)),
            ("9223372036854775807", Json::Integer(i64::MAX)),
            ("-9223372036854775808", Json::Integer(i64::MIN)),
            ("9223372036854775808", Json::OtherNumber),
            ("1.0", Json::OtherNumber),
            ("1e2", Json::OtherNumber),
            ("1e400", Json::OtherNumber),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_mistake_is_placed_and_not_repeated() {
        let invalid = |line, column| Err(SyntaxError::Invalid { line, column });
        let (nested, fine) = ("[".repeat(10_000), format!("{}{}", "[".repeat(64), "]".repeat(64)));
        for (text, expected) in [
            ("", Err(SyntaxError::EndsEarly)),
            ("{\"v\":1,", Err(SyntaxError::EndsEarly)),
            ("\"\\ud800\"", invalid(1, 8)),
            ("{\"a\":1,\n \"b\":NaN}", invalid(2, 6)),
            ("1 2", invalid(1, 3)),
            ("\"a\nb\"", invalid(1, 3)),
            (&nested, invalid(1, 65)),
            (&fine, Ok(())),
        ] {
            assert_eq!(parse(text).map(|_| ()), expected, "{text}");
        }
    }
}
