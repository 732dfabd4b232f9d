//! Dutch: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Dutch.
pub(super) const LANGUAGE: Language = Language {
    code: "nl",
    consent: ConsentWords {
        number: "1",
        express: "Bewaar mijn winkelwagen en herinner me eraan per e-mail. Ik kan dit altijd stoppen.",
        notice: "We bewaren je winkelwagen en kunnen je er per e-mail aan herinneren. Je kunt dit altijd stoppen.",
        refuse: "Nee, bedankt",
    },
    mail: None,
};
