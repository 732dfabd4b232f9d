//! Selectors by which a site names elements of its pages that the tracker does not find by itself.

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

/// Whether a text may be stored as a selector: at most 200 characters, with something to see and no control character.
/// Whether it is one, the browser that uses it judges; the debug mode of the tag says where it is not.
pub fn may_be_selector(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_bounded_and_not_judged() {
        for text in [
            "#email",
            "tr:has(> td.price):not(.gift, .note)",
            "input[name=\"billing[email]\"]",
            ".größe",
            "a:hover",
            "a >",
        ] {
            assert!(may_be_selector(text), "{text}");
        }
        for text in ["", "  ", "a\n.b", "a\0", "\u{7f}"] {
            assert!(!may_be_selector(text), "{text:?}");
        }
        assert!(may_be_selector(&"a".repeat(LONGEST)) && !may_be_selector(&"a".repeat(LONGEST + 1)));
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
}
