//! French: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of French.
pub(super) const LANGUAGE: Language = Language {
    code: "fr",
    consent: ConsentWords {
        number: "1",
        express: "Garder mon panier et me le rappeler par e-mail. Je peux y mettre fin à tout moment.",
        notice: "Nous gardons votre panier et pouvons vous le rappeler par e-mail. Vous pouvez y mettre fin à tout moment.",
        refuse: "Non merci",
    },
    mail: None,
};
