//! Italian: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Italian.
pub(super) const LANGUAGE: Language = Language {
    code: "it",
    consent: ConsentWords {
        number: "1",
        express: "Conserva il mio carrello e ricordamelo via e-mail. Posso smettere in qualsiasi momento.",
        notice: "Conserviamo il tuo carrello e potremmo ricordartelo via e-mail. Puoi smettere in qualsiasi momento.",
        refuse: "No, grazie",
    },
    mail: None,
};
