//! German: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of German.
pub(super) const LANGUAGE: Language = Language {
    code: "de",
    consent: ConsentWords {
        number: "1",
        express: "Meinen Warenkorb aufheben und mich per E-Mail daran erinnern. Das kann ich jederzeit beenden.",
        notice: "Wir heben Ihren Warenkorb auf und erinnern Sie gegebenenfalls per E-Mail daran. Das können Sie jederzeit beenden.",
        refuse: "Nein danke",
    },
    mail: None,
};
