//! The box or notice at the e-mail field, by which a shopper permits reminders or refuses them; every wording has a version.

use cartwake_shared::{cart::MailBasis, locale::Locale};

use crate::base::words;

/// What the tracker draws at the e-mail field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `box` (unticked) or `notice` (with a way to refuse).
    pub form: &'static str,
    /// Form, language and number of the wording, `express-de-1`; part of the proof of consent.
    pub version: String,
    /// The sentence.
    pub text: &'static str,
    /// On the button that refuses; for notices.
    pub refuse: &'static str,
}

/// The notice for a mail basis in the language of `locale`; English where there are no words for it.
pub fn consent(basis: MailBasis, locale: Option<&Locale>) -> Notice {
    let language = words::of_consent(locale);
    let words = &language.consent;
    let (kind, form, text, refuse) = match basis {
        MailBasis::Notice | MailBasis::Soft => ("notice", "notice", words.notice, words.refuse),
        MailBasis::Express | MailBasis::Confirmed => ("express", "box", words.express, ""),
    };
    Notice { form, version: [kind, language.code, words.number].join("-"), text, refuse }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(basis: MailBasis, locale: &str) -> Notice {
        consent(basis, Locale::parse(locale).as_ref())
    }

    #[test]
    fn the_words_are_those_of_the_page_s_language() {
        for (locale, version) in [
            ("de-AT", "express-de-1"),
            ("pt_BR", "express-pt-1"),
            ("AR", "express-ar-1"),
            ("fi-FI", "express-en-1"),
            ("", "express-en-1"),
        ] {
            assert_eq!(words(MailBasis::Express, locale).version, version, "{locale}");
        }
        assert_eq!(words(MailBasis::Notice, "fr").refuse, "Non merci");
        assert_eq!(words(MailBasis::Confirmed, "fr").form, "box");
    }
}
