//! The words at the e-mail field, by which a shopper permits reminders or refuses them; every wording has a version.

use cartwake_shared::{cart::MailBasis, locale::Locale};

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

/// The words of one language.
struct Words {
    /// ISO 639 code.
    language: &'static str,
    /// Goes up whenever a word changes, so that a record of consent names the words that were read.
    number: &'static str,
    /// Beside the unticked box.
    express: &'static str,
    /// The notice.
    notice: &'static str,
    /// On the notice's button.
    refuse: &'static str,
}

/// The eleven languages of the shopper's side; the first stands in for all others.
const LANGUAGES: [Words; 11] = [
    Words {
        language: "en",
        number: "1",
        express: "Keep my cart and remind me of it by e-mail. I can stop this at any time.",
        notice: "We keep your cart and may remind you of it by e-mail. You can stop this at any time.",
        refuse: "No thanks",
    },
    Words {
        language: "es",
        number: "1",
        express: "Guardar mi carrito y recordármelo por correo electrónico. Puedo cancelarlo cuando quiera.",
        notice: "Guardamos tu carrito y podemos recordártelo por correo electrónico. Puedes cancelarlo cuando quieras.",
        refuse: "No, gracias",
    },
    Words {
        language: "ru",
        number: "1",
        express: "Сохранить мою корзину и напомнить о ней по электронной почте. Я могу отказаться в любой момент.",
        notice: "Мы сохраним вашу корзину и можем напомнить о ней по электронной почте. Вы можете отказаться в любой момент.",
        refuse: "Нет, спасибо",
    },
    Words {
        language: "de",
        number: "1",
        express: "Meinen Warenkorb aufheben und mich per E-Mail daran erinnern. Das kann ich jederzeit beenden.",
        notice: "Wir heben Ihren Warenkorb auf und erinnern Sie gegebenenfalls per E-Mail daran. Das können Sie jederzeit beenden.",
        refuse: "Nein danke",
    },
    Words {
        language: "fr",
        number: "1",
        express: "Garder mon panier et me le rappeler par e-mail. Je peux y mettre fin à tout moment.",
        notice: "Nous gardons votre panier et pouvons vous le rappeler par e-mail. Vous pouvez y mettre fin à tout moment.",
        refuse: "Non merci",
    },
    Words {
        language: "pt",
        number: "1",
        express: "Guardar o meu carrinho e lembrar-me dele por e-mail. Posso cancelar a qualquer momento.",
        notice: "Guardamos o seu carrinho e podemos lembrá-lo dele por e-mail. Pode cancelar a qualquer momento.",
        refuse: "Não, obrigado",
    },
    Words {
        language: "it",
        number: "1",
        express: "Conserva il mio carrello e ricordamelo via e-mail. Posso smettere in qualsiasi momento.",
        notice: "Conserviamo il tuo carrello e potremmo ricordartelo via e-mail. Puoi smettere in qualsiasi momento.",
        refuse: "No, grazie",
    },
    Words {
        language: "pl",
        number: "1",
        express: "Zachowajcie mój koszyk i przypomnijcie mi o nim e-mailem. Mogę z tego zrezygnować w każdej chwili.",
        notice: "Zachowamy Twój koszyk i możemy przypomnieć o nim e-mailem. Możesz z tego zrezygnować w każdej chwili.",
        refuse: "Nie, dziękuję",
    },
    Words {
        language: "nl",
        number: "1",
        express: "Bewaar mijn winkelwagen en herinner me eraan per e-mail. Ik kan dit altijd stoppen.",
        notice: "We bewaren je winkelwagen en kunnen je er per e-mail aan herinneren. Je kunt dit altijd stoppen.",
        refuse: "Nee, bedankt",
    },
    Words {
        language: "ja",
        number: "1",
        express: "カートの内容を保存し、メールでお知らせを受け取ります。いつでも停止できます。",
        notice: "カートの内容を保存し、メールでお知らせすることがあります。いつでも停止できます。",
        refuse: "必要ありません",
    },
    Words {
        language: "ar",
        number: "1",
        express: "احتفظوا بسلة التسوق وذكّروني بها عبر البريد الإلكتروني. يمكنني إيقاف ذلك في أي وقت.",
        notice: "نحتفظ بسلة التسوق وقد نذكّرك بها عبر البريد الإلكتروني. يمكنك إيقاف ذلك في أي وقت.",
        refuse: "لا، شكرًا",
    },
];

/// The notice for a mail basis in the language of `locale`; English where there are no words for it.
pub fn consent(basis: MailBasis, locale: Option<&Locale>) -> Notice {
    let [english, ..] = &LANGUAGES;
    let language = locale.map_or(english.language, Locale::language);
    let words = LANGUAGES.iter().find(|words| words.language == language).unwrap_or(english);
    let (kind, form, text, refuse) = match basis {
        MailBasis::Notice | MailBasis::Soft => ("notice", "notice", words.notice, words.refuse),
        MailBasis::Express | MailBasis::Confirmed => ("express", "box", words.express, ""),
    };
    Notice { form, version: [kind, words.language, words.number].join("-"), text, refuse }
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

    #[test]
    fn every_language_has_words_of_its_own() {
        for (place, one) in LANGUAGES.iter().enumerate() {
            assert_eq!(Locale::parse(one.language).unwrap().language(), one.language);
            for other in LANGUAGES.iter().skip(place + 1) {
                assert_ne!(one.language, other.language);
                assert!(one.express != other.express && one.notice != other.notice && one.refuse != other.refuse);
            }
            for text in [one.express, one.notice, one.refuse] {
                // As long as fits under a field on a phone in three lines.
                assert!((5..=130).contains(&text.chars().count()), "{text}");
            }
        }
    }
}
