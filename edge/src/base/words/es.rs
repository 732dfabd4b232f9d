//! Spanish: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Spanish.
pub(super) const LANGUAGE: Language = Language {
    code: "es",
    consent: ConsentWords {
        number: "1",
        express: "Guardar mi carrito y recordármelo por correo electrónico. Puedo cancelarlo cuando quiera.",
        notice: "Guardamos tu carrito y podemos recordártelo por correo electrónico. Puedes cancelarlo cuando quieras.",
        refuse: "No, gracias",
    },
    mail: None,
};
