//! Selectors: which elements of its pages a site names for the tracker, where it does not find them by itself.

use core::{iter::Peekable, str::Chars};

use serde::{Deserialize, Serialize};

/// What a site can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The checkout's e-mail field.
    Email,
    /// The shop's own check box, by which a shopper agrees to be mailed.
    Consent,
    /// One line of the cart; the next five stand inside it.
    Row,
    /// The product's name.
    Name,
    /// How many.
    Quantity,
    /// The price of one piece.
    Price,
    /// The link to the product's page; may be unset.
    Link,
    /// The shop's id of the product; may be unset.
    Id,
    /// The total of the cart; may be unset.
    Total,
    /// What a page shows only where nothing is in the cart; may be unset.
    Empty,
}

impl Part {
    /// All of them, in the order of storage and of the form.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::Consent,
        Self::Row,
        Self::Name,
        Self::Quantity,
        Self::Price,
        Self::Link,
        Self::Id,
        Self::Total,
        Self::Empty,
    ];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Consent => "consent",
            Self::Row => "row",
            Self::Name => "name",
            Self::Quantity => "quantity",
            Self::Price => "price",
            Self::Link => "link",
            Self::Id => "id",
            Self::Total => "total",
            Self::Empty => "empty",
        }
    }

    /// Whether it is about the cart.
    pub const fn is_of_cart(self) -> bool {
        !matches!(self, Self::Email | Self::Consent)
    }

    /// Whether a cart cannot be read without it.
    pub const fn is_needed(self) -> bool {
        matches!(self, Self::Row | Self::Name | Self::Quantity | Self::Price)
    }
}

/// The selectors of a site, in the order of [`Part::ALL`]; empty where the tracker looks by itself. Stored as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selectors(pub Vec<String>);

impl Selectors {
    /// The selector of a part; empty where it is not named.
    pub fn get(&self, part: Part) -> &str {
        self.0.get(part as usize).map_or("", String::as_str)
    }

    /// Names a part.
    pub fn set(&mut self, part: Part, selector: String) {
        self.0.resize(Part::ALL.len(), String::new());
        if let Some(place) = self.0.get_mut(part as usize) {
            *place = selector;
        }
    }

    /// Whether any part of the cart is named.
    pub fn name_a_cart(&self) -> bool {
        Part::ALL.into_iter().any(|part| part.is_of_cart() && !self.get(part).is_empty())
    }
}

/// Longest selector, in characters; the ones that browsers propose ("Copy selector") are mostly below 150.
pub const LONGEST: usize = 200;

/// Whether a text is a selector of CSS as browsers since 2022 take it, by the grammar of Selectors Level 4 without namespaces
/// and pseudo-elements, and with the pseudo-classes that describe what an element is and not what is done to it.
pub fn is_selector(text: &str) -> bool {
    let mut reader = Reader(text.chars().peekable());
    text.chars().count() <= LONGEST && reader.list(false).is_some() && reader.0.next().is_none()
}

/// Reads from the front; each part gives nothing where the text is none.
struct Reader<'t>(Peekable<Chars<'t>>);

impl Reader<'_> {
    fn takes(&mut self, wanted: char) -> bool {
        self.0.next_if_eq(&wanted).is_some()
    }

    fn space(&mut self) -> bool {
        let mut any = false;
        while self.takes(' ') {
            any = true;
        }
        any
    }

    /// What stands between two compounds: a space, or a sign with spaces around it; whether there is any, and whether a sign.
    fn combinator(&mut self) -> (bool, bool) {
        let is_spaced = self.space();
        let has_sign = self.0.next_if(|letter| matches!(letter, '>' | '+' | '~')).is_some();
        self.space();
        (is_spaced || has_sign, has_sign)
    }

    /// Selectors with commas between; `is_relative`: each may begin with a combinator.
    fn list(&mut self, is_relative: bool) -> Option<()> {
        loop {
            self.space();
            if is_relative {
                self.combinator();
            }
            self.compound()?;
            loop {
                let (is_any, has_sign) = self.combinator();
                if !has_sign && matches!(self.0.peek(), None | Some(',' | ')')) {
                    break;
                }
                if !is_any {
                    return None;
                }
                self.compound()?;
            }
            if !self.takes(',') {
                return Some(());
            }
        }
    }

    fn compound(&mut self) -> Option<()> {
        let mut is_named = self.takes('*') || self.name().is_some();
        loop {
            if self.takes('#') || self.takes('.') {
                self.name()?;
            } else if self.takes('[') {
                self.attribute()?;
            } else if self.takes(':') {
                self.pseudo()?;
            } else {
                return is_named.then_some(());
            }
            is_named = true;
        }
    }

    /// An identifier.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            let is_fitting = |letter: &char| {
                letter.is_ascii_alphabetic()
                    || matches!(letter, '_' | '-')
                    || !letter.is_ascii()
                    || (letter.is_ascii_digit() && !matches!(name.as_str(), "" | "-"))
            };
            if let Some(letter) = self.0.next_if(is_fitting) {
                name.push(letter);
            } else if self.takes('\\') {
                name.push(self.0.next()?);
            } else {
                return (!matches!(name.as_str(), "" | "-")).then_some(name);
            }
        }
    }

    fn attribute(&mut self) -> Option<()> {
        self.space();
        self.name()?;
        self.space();
        let is_part = self.0.next_if(|letter| matches!(letter, '~' | '|' | '^' | '$' | '*')).is_some();
        if self.takes('=') {
            self.space();
            match self.0.next_if(|letter| matches!(letter, '"' | '\'')) {
                Some(quote) => self.quoted(quote)?,
                None => drop(self.name()?),
            }
            if self.space() {
                self.0.next_if(|letter| matches!(letter, 'i' | 'I' | 's' | 'S'));
                self.space();
            }
        } else if is_part {
            return None;
        }
        self.takes(']').then_some(())
    }

    fn quoted(&mut self, quote: char) -> Option<()> {
        loop {
            match self.0.next()? {
                '\\' => drop(self.0.next()?),
                letter if letter == quote => return Some(()),
                _ => {}
            }
        }
    }

    fn pseudo(&mut self) -> Option<()> {
        match self.name()?.as_str() {
            "is" | "where" | "not" => self.bracketed(|reader| reader.list(false)),
            "has" => self.bracketed(|reader| reader.list(true)),
            "nth-child" | "nth-last-child" | "nth-of-type" | "nth-last-of-type" => self.bracketed(Self::place),
            "first-child" | "last-child" | "only-child" | "first-of-type" | "last-of-type" | "only-of-type"
            | "empty" | "root" | "checked" | "required" | "enabled" | "disabled" => Some(()),
            _ => None,
        }
    }

    fn bracketed(&mut self, inner: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        if !self.takes('(') {
            return None;
        }
        inner(self)?;
        self.takes(')').then_some(())
    }

    /// Which of several children: a number, `odd` or `even`.
    fn place(&mut self) -> Option<()> {
        self.space();
        if self.0.peek().is_some_and(char::is_ascii_digit) {
            while self.0.next_if(char::is_ascii_digit).is_some() {}
        } else if !matches!(self.name()?.as_str(), "odd" | "even") {
            return None;
        }
        self.space();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_selector_is_told_from_what_resembles_one() {
        for text in [
            "#email",
            "input",
            "*",
            ".cart-item",
            "form.checkout input[type=email]",
            "input[name=\"billing[email]\"]",
            "[data-id='7' i]",
            "#main > div:nth-child(2) > ul + li ~ li",
            ".md\\:flex .größe",
            "tr:has(> td.price):not(.gift, .note)",
            "a, b ,c",
            "li:nth-of-type(odd)",
            ":is(h1,h2) a[href^=\"/p/\"]",
            "._-x--1",
        ] {
            assert!(is_selector(text), "{text}");
        }
        for text in [
            "",
            "the e-mail field!",
            "email@shop.example",
            "#",
            ".1a",
            "#-1",
            "a >",
            "> a",
            "a,,b",
            "a[",
            "a[href",
            "a[href^]",
            "a[href=1]",
            "a[href=\"x]",
            "a)",
            "a:not(",
            "a:not()",
            "a:nth-child(x)",
            "a:nth-child()",
            "a:hover",
            "a::before",
            "a{color:red}",
            "<script>",
            "a;b",
            "//div[@id='a']",
            "document.querySelector('#a')",
            "a\n.b",
            "#a\\",
        ] {
            assert!(!is_selector(text), "{text}");
        }
        assert!(is_selector(&"a".repeat(LONGEST)) && !is_selector(&"a".repeat(LONGEST + 1)));
    }

    #[test]
    fn what_is_named_is_found_under_its_part_alone() {
        let mut selectors = Selectors::default();
        assert!(Part::ALL.iter().all(|part| selectors.get(*part).is_empty()) && !selectors.name_a_cart());
        for part in Part::ALL {
            selectors.set(part, part.word().to_owned());
            assert_eq!(selectors.name_a_cart(), part.is_of_cart() || part as usize > Part::Consent as usize);
        }
        assert!(Part::ALL.iter().all(|part| selectors.get(*part) == part.word()));
        assert!(Part::ALL.iter().enumerate().all(|(place, part)| *part as usize == place));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[a-z #.>+~,:()\\[\\]=\"'\\\\*1-]{0,40}") {
            let _ = is_selector(&text);
        }
    }
}
