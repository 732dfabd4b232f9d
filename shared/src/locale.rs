//! Language tags and names of time zones as browsers send them, parsed so that the runtime's `Intl` accepts them.

use core::fmt;

/// A language tag of the everyday form: language, optional script and region (`de`, `de-DE`, `zh-Hant-TW`).
///
/// A small part of BCP 47: extensions and private use are cut off, because they do not change the wording.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Locale(String);

impl Locale {
    /// Parses a tag and drops all that follows the region; `None` if the language is not two or three letters.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(['-', '_']);
        let language = parts.next()?;
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !(2..=3).contains(&language.len()) || !letters(language) {
            return None;
        }
        let mut tag = language.to_ascii_lowercase();
        let mut rest = parts.next();
        if let Some(script) = rest.filter(|part| part.len() == 4 && letters(part)) {
            tag.push('-');
            tag.push_str(&script.to_ascii_lowercase());
            rest = parts.next();
        }
        let region = rest.filter(|part| {
            (part.len() == 2 && letters(part)) || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
        });
        if let Some(region) = region {
            tag.push('-');
            tag.push_str(&region.to_ascii_uppercase());
        }
        Some(Self(tag))
    }

    /// English, the language of last resort.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone, `de` of `de-AT`.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or("en")
    }

    /// The country, `AT` of `de-AT`, if the tag names it.
    pub fn region(&self) -> Option<&str> {
        self.0.split('-').skip(1).find(|part| part.len() == 2)
    }

    /// Whether the language is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        matches!(self.language(), "ar" | "fa" | "he" | "ur")
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text in the form of an IANA time zone, `Europe/Berlin`; only the runtime knows whether the zone exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Zone(String);

impl Zone {
    /// Parses a name of at most 40 characters `[A-Za-z0-9_+-/]` that begins with a letter.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte);
        let fine = (1..=40).contains(&text.len())
            && text.bytes().all(plain)
            && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        fine.then(|| Self(text.to_owned()))
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_reduced_to_what_matters() {
        for (text, tag) in [
            ("de", Some("de")),
            ("DE-at", Some("de-AT")),
            ("en_US", Some("en-US")),
            ("zh-Hant-TW", Some("zh-hant-TW")),
            ("es-419", Some("es-419")),
            ("de-DE-u-co-phonebk", Some("de-DE")),
            ("x", None),
            ("", None),
            ("12", None),
            ("e\u{301}n", None),
            ("<script>", None),
        ] {
            assert_eq!(Locale::parse(text).as_ref().map(Locale::as_str), tag, "{text:?}");
        }
        assert!(Locale::parse("ar-EG").unwrap().is_right_to_left());
        assert_eq!(Locale::parse("de-AT").unwrap().region(), Some("AT"));
    }

    #[test]
    fn hostile_zone_names_are_refused() {
        for (text, fine) in [
            ("Europe/Berlin", true),
            ("America/Argentina/Buenos_Aires", true),
            ("Etc/GMT+5", true),
            ("UTC", true),
            ("", false),
            ("+01:00", false),
            ("Europe/Berlin\0", false),
            ("../../etc/passwd", false),
            ("Eur ope", false),
        ] {
            assert_eq!(Zone::parse(text).is_some(), fine, "{text:?}");
        }
        assert!(Zone::parse(&"A".repeat(41)).is_none());
    }
}
