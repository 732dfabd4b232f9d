//! Our own words in a mail, per language: phrases with slots, and plural forms by count.
//!
//! A language is one `const Wording` in this folder and one line in [`LANGUAGES`]. Phrases are plain
//! templates (`shared::template`), so they carry no markup. A count never stands beside a fixed noun:
//! it goes through [`Counted`], whose forms are the plural categories of the Unicode CLDR.

/// Every language there are words for; the first is used where a shopper's own is missing.
const LANGUAGES: [&Wording; 1] = [&ENGLISH];

/// The words for a BCP 47 locale such as `de-AT`, else the English ones.
pub fn of(locale: &str) -> &'static Wording {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.into_iter().find(|wording| wording.language.eq_ignore_ascii_case(language)).unwrap_or(&ENGLISH)
}

/// All phrases of one language.
#[derive(Debug)]
pub struct Wording {
    /// BCP 47 language of the words, for `lang`.
    pub language: &'static str,
    /// The plural category of a count (CLDR cardinal rules, whole numbers).
    pub plural: fn(u64) -> Plural,
    /// The steps of a sequence; a later step uses the last one.
    pub steps: [Step; 3],
    /// `3 items`, also in the middle of a sentence. Slots: `count`.
    pub items: Counted,
    /// The first item by name and the rest by number. Slots: `name`, `count`.
    pub name_and_more: Counted,
    /// The row under the named items. Slots: `count`.
    pub more: Counted,
    /// How many of an item. Slots: `count`.
    pub quantity: &'static str,
    /// The price of one where there are several. Slots: `price`.
    pub each: &'static str,
    /// Beside the sum.
    pub total: &'static str,
    /// On the button that brings the cart back.
    pub button: &'static str,
    /// Beside the link to the cart, when prices are shown.
    pub prices_may_change: &'static str,
    /// Beside the link to the cart, when no price is shown.
    pub any_device: &'static str,
    /// Above the help lines.
    pub help_title: &'static str,
    /// When replies are read.
    pub help_reply: &'static str,
    /// Another way to ask, such as a telephone number. Slots: `help`.
    pub help_line: &'static str,
    /// Why this mail came. Slots: `shop`.
    pub reason: &'static str,
    /// On the link that stops reminders.
    pub unsubscribe: &'static str,
    /// On the link for people who left no cart.
    pub not_me: &'static str,
}

/// What one step of the sequence says. Slots everywhere: `items`, `shop`.
#[derive(Debug)]
pub struct Step {
    /// When at least one item may be named.
    pub named: Opening,
    /// When nothing about the items is verified: numbers only.
    pub unnamed: Opening,
    /// The sentence under the headline.
    pub intro: &'static str,
    /// What an inbox shows behind the subject, unless the shop wrote its own.
    pub preheader: &'static str,
}

/// The first words of a step.
#[derive(Debug)]
pub struct Opening {
    /// The mail's subject.
    pub subject: &'static str,
    /// The mail's first line.
    pub headline: &'static str,
}

/// The plural categories of the Unicode CLDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plural {
    /// As for 0 in Arabic.
    Zero,
    /// As for 1 in English.
    One,
    /// As for 2 in Arabic.
    Two,
    /// As for 2 to 4 in Polish and Russian.
    Few,
    /// As for 5 in Polish and Russian.
    Many,
    /// Everything else; every language has it.
    Other,
}

/// A phrase with a count in it, in the forms its language needs.
#[derive(Debug)]
pub struct Counted {
    /// The forms that differ from the usual one.
    pub forms: &'static [(Plural, &'static str)],
    /// The form for [`Plural::Other`] and for categories not listed.
    pub other: &'static str,
}

impl Counted {
    /// The form for a plural category.
    pub fn form(&self, plural: Plural) -> &'static str {
        self.forms.iter().find(|(listed, _)| *listed == plural).map_or(self.other, |(_, text)| text)
    }
}

const ENGLISH: Wording = Wording {
    language: "en",
    plural: |count| {
        if count == 1 { Plural::One } else { Plural::Other }
    },
    steps: [
        Step {
            named: Opening { subject: "Still in your cart: {{items}}", headline: "Still thinking it over?" },
            unnamed: Opening {
                subject: "You left {{items}} in your cart",
                headline: "You left {{items}} in your cart",
            },
            intro: "We kept your cart at {{shop}} for you. Pick up where you stopped, on this device or any other.",
            preheader: "Your cart at {{shop}} is one click away.",
        },
        Step {
            named: Opening { subject: "Your cart at {{shop}} is still here", headline: "Your cart is still here" },
            unnamed: Opening {
                subject: "Your cart at {{shop}} is still here",
                headline: "Your cart with {{items}} is still here",
            },
            intro: "One click brings back everything you chose at {{shop}}, so you need not look for it again.",
            preheader: "One click brings back everything you chose.",
        },
        Step {
            named: Opening { subject: "Shall we keep your cart at {{shop}}?", headline: "Shall we keep your cart?" },
            unnamed: Opening {
                subject: "Shall we keep your cart at {{shop}}?",
                headline: "Shall we keep your cart with {{items}}?",
            },
            intro: "If you still want it, your cart at {{shop}} is one click away. If not, there is nothing you need to do.",
            preheader: "It is one click away. If you no longer want it, there is nothing to do.",
        },
    ],
    items: Counted { forms: &[(Plural::One, "{{count}} item")], other: "{{count}} items" },
    name_and_more: Counted {
        forms: &[(Plural::One, "{{name}} and {{count}} more item")],
        other: "{{name}} and {{count}} more items",
    },
    more: Counted { forms: &[(Plural::One, "and {{count}} more item")], other: "and {{count}} more items" },
    quantity: "Quantity: {{count}}",
    each: "{{price}} each",
    total: "Total",
    button: "Return to my cart",
    prices_may_change: "The link works on any device. Prices and availability may change until you order.",
    any_device: "The link works on any device and shows you the whole cart.",
    help_title: "Questions?",
    help_reply: "Just reply to this mail and a person will answer.",
    help_line: "You can also reach us here: {{help}}",
    reason: "You receive this mail because your address was entered at {{shop}} and the order was not completed.",
    unsubscribe: "Unsubscribe from cart reminders",
    not_me: "I did not shop here",
};

#[cfg(test)]
mod tests {
    use super::*;
    use cartwake_shared::template::Template;

    #[test]
    fn a_locale_finds_its_language_and_else_english() {
        for locale in ["en", "en-GB", "EN_us", "xx", "", "-", "tlh-Latn-XX"] {
            assert_eq!(of(locale).language, "en", "{locale}");
        }
    }

    #[test]
    fn a_count_takes_the_form_of_its_plural() {
        let english = of("en");
        for (count, expected) in
            [(0, "{{count}} items"), (1, "{{count}} item"), (2, "{{count}} items"), (u64::MAX, "{{count}} items")]
        {
            assert_eq!(english.items.form((english.plural)(count)), expected);
        }
    }

    #[test]
    fn phrases_use_only_the_slots_they_are_given() {
        fn check(phrase: &str, slots: &[&str]) {
            assert_eq!(Template::plain(phrase).findings(slots), [], "{phrase}");
            assert!(!phrase.is_empty() && phrase.trim() == phrase);
        }
        fn check_counted(phrase: &Counted, slots: &[&str]) {
            check(phrase.other, slots);
            for (_, form) in phrase.forms {
                check(form, slots);
            }
        }
        for wording in LANGUAGES {
            for step in &wording.steps {
                for opening in [&step.named, &step.unnamed] {
                    check(opening.subject, &["items", "shop"]);
                    check(opening.headline, &["items", "shop"]);
                }
                check(step.intro, &["items", "shop"]);
                check(step.preheader, &["items", "shop"]);
            }
            check_counted(&wording.items, &["count"]);
            check_counted(&wording.name_and_more, &["name", "count"]);
            check_counted(&wording.more, &["count"]);
            check(wording.quantity, &["count"]);
            check(wording.each, &["price"]);
            check(wording.help_line, &["help"]);
            check(wording.reason, &["shop"]);
            for fixed in [
                wording.total,
                wording.button,
                wording.prices_may_change,
                wording.any_device,
                wording.help_title,
                wording.help_reply,
                wording.unsubscribe,
                wording.not_me,
            ] {
                check(fixed, &[]);
            }
        }
    }
}
