//! Japanese: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Japanese.
pub(super) const LANGUAGE: Language = Language {
    code: "ja",
    consent: ConsentWords {
        number: "1",
        express: "カートの内容を保存し、メールでお知らせを受け取ります。いつでも停止できます。",
        notice: "カートの内容を保存し、メールでお知らせすることがあります。いつでも停止できます。",
        refuse: "必要ありません",
    },
    mail: None,
};
