//! Arabic: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Arabic.
pub(super) const LANGUAGE: Language = Language {
    code: "ar",
    consent: ConsentWords {
        number: "1",
        express: "احتفظوا بسلة التسوق وذكّروني بها عبر البريد الإلكتروني. يمكنني إيقاف ذلك في أي وقت.",
        notice: "نحتفظ بسلة التسوق وقد نذكّرك بها عبر البريد الإلكتروني. يمكنك إيقاف ذلك في أي وقت.",
        refuse: "لا، شكرًا",
    },
    mail: None,
};
