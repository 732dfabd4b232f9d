//! Russian: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Russian.
pub(super) const LANGUAGE: Language = Language {
    code: "ru",
    consent: ConsentWords {
        number: "1",
        express: "Сохранить мою корзину и напомнить о ней по электронной почте. Я могу отказаться в любой момент.",
        notice: "Мы сохраним вашу корзину и можем напомнить о ней по электронной почте. Вы можете отказаться в любой момент.",
        refuse: "Нет, спасибо",
    },
    mail: None,
};
