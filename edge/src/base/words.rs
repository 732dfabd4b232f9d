//! Our own words, per language: those of the consent box and of mails, with a fallback to English.
//!
//! A language is one file in this folder and one line in [`LANGUAGES`]. Phrases of mails are plain templates
//! (`shared::template`), so they carry no markup. A count never stands beside a fixed noun: it goes through [`Counted`],
//! whose forms are the plural categories of the Unicode CLDR.

use cartwake_shared::locale::Locale;

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod it;
mod ja;
mod nl;
mod pl;
mod pt;
mod ru;

/// Every language there are words for; English stands in where words are missing.
#[rustfmt::skip] // One line each.
const LANGUAGES: &[&Language] = &[
    &en::LANGUAGE,
    &es::LANGUAGE,
    &ru::LANGUAGE,
    &de::LANGUAGE,
    &fr::LANGUAGE,
    &pt::LANGUAGE,
    &it::LANGUAGE,
    &pl::LANGUAGE,
    &nl::LANGUAGE,
    &ja::LANGUAGE,
    &ar::LANGUAGE,
];

/// All words of one language.
#[derive(Debug)]
pub struct Language {
    /// ISO 639 code, for `lang` and for the version of consent words.
    pub code: &'static str,
    /// The words at the e-mail field.
    pub consent: ConsentWords,
    /// The words of mails; `None` for a language whose mails are written in English.
    pub mail: Option<&'static MailWords>,
}

/// The language of a shopper's locale at the e-mail field, else English.
pub fn of_consent(locale: Option<&Locale>) -> &'static Language {
    locale.and_then(|locale| known(locale.language())).unwrap_or(&en::LANGUAGE)
}

/// Code and words of a mail for a BCP 47 locale such as `de-AT`, else the English ones.
pub fn of_mail(locale: &str) -> (&'static str, &'static MailWords) {
    let words = known(locale.split(['-', '_']).next().unwrap_or_default());
    words.and_then(|language| Some((language.code, language.mail?))).unwrap_or((en::LANGUAGE.code, &en::MAIL))
}

fn known(code: &str) -> Option<&'static Language> {
    LANGUAGES.iter().copied().find(|language| language.code.eq_ignore_ascii_case(code))
}

/// The words at the e-mail field, by which a shopper permits reminders or refuses them.
#[derive(Debug)]
pub struct ConsentWords {
    /// Goes up whenever a word changes, so that a record of consent names the words that were read.
    pub number: &'static str,
    /// Beside the unticked box.
    pub express: &'static str,
    /// The notice.
    pub notice: &'static str,
    /// On the notice's button.
    pub refuse: &'static str,
}

/// The words of a mail in one language.
#[derive(Debug)]
pub struct MailWords {
    /// The plural category of a count (CLDR cardinal rules, whole numbers).
    pub plural: fn(u64) -> Plural,
    /// The steps of a sequence; a later step uses the last one.
    pub steps: [Step; 3],
    /// `3 items`, also in the middle of a sentence. Slots: `count`.
    pub items: Counted,
    /// The first item by name and the rest by number. Slots: `name`, `count`.
    pub name_and_more: Counted,
    /// The first item by name, when the number of the rest is not said. Slots: `name`.
    pub name_and_others: &'static str,
    /// The row under the named items. Slots: `count`.
    pub more: Counted,
    /// That row when the number is not said.
    pub others: &'static str,
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
    /// When the number is not plausible either. Slots: `shop`.
    pub uncounted: Opening,
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

#[cfg(test)]
mod tests {
    use super::*;
    use cartwake_shared::template::Template;

    #[test]
    fn a_locale_finds_its_language_and_else_english() {
        for locale in ["en", "en-GB", "EN_us", "zz", "", "-", "tlh-Latn-XX"] {
            assert_eq!(of_mail(locale).0, "en", "{locale}");
        }
    }

    #[test]
    fn a_count_takes_the_form_of_its_plural() {
        let (_, english) = of_mail("en");
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
        for wording in LANGUAGES.iter().filter_map(|language| language.mail) {
            for step in &wording.steps {
                for opening in [&step.named, &step.unnamed] {
                    check(opening.subject, &["items", "shop"]);
                    check(opening.headline, &["items", "shop"]);
                }
                check(step.uncounted.subject, &["shop"]);
                check(step.uncounted.headline, &["shop"]);
                check(step.intro, &["items", "shop"]);
                check(step.preheader, &["items", "shop"]);
            }
            check_counted(&wording.items, &["count"]);
            check_counted(&wording.name_and_more, &["name", "count"]);
            check(wording.name_and_others, &["name"]);
            check_counted(&wording.more, &["count"]);
            check(wording.others, &[]);
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

    #[test]
    fn every_language_has_words_of_its_own() {
        for (place, language) in LANGUAGES.iter().enumerate() {
            let one = &language.consent;
            assert_eq!(Locale::parse(language.code).unwrap().language(), language.code);
            for other in LANGUAGES.iter().skip(place + 1) {
                assert_ne!(language.code, other.code);
                let other = &other.consent;
                assert!(one.express != other.express && one.notice != other.notice && one.refuse != other.refuse);
            }
            for text in [one.express, one.notice, one.refuse] {
                // As long as fits under a field on a phone in three lines.
                assert!((5..=130).contains(&text.chars().count()), "{text}");
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_in_the_table() {
        // Cargo starts tests in the folder of their package.
        let folder = "src/base/words";
        let files = std::fs::read_dir(folder).unwrap();
        let mut codes: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap().replace(".rs", "")).collect();
        let mut known: Vec<String> = LANGUAGES.iter().map(|language| language.code.to_owned()).collect();
        codes.sort_unstable();
        known.sort_unstable();
        assert_eq!(codes, known);
    }
}
