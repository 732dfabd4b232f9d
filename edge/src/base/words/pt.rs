//! Portuguese: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Portuguese.
pub(super) const LANGUAGE: Language = Language {
    code: "pt",
    consent: ConsentWords {
        number: "1",
        express: "Guardar o meu carrinho e lembrar-me dele por e-mail. Posso cancelar a qualquer momento.",
        notice: "Guardamos o seu carrinho e podemos lembrá-lo dele por e-mail. Pode cancelar a qualquer momento.",
        refuse: "Não, obrigado",
    },
    mail: None,
};
