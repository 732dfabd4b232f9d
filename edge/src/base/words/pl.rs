//! Polish: the words of the consent box; its mails are written in English.

use super::{ConsentWords, Language};

/// All words of Polish.
pub(super) const LANGUAGE: Language = Language {
    code: "pl",
    consent: ConsentWords {
        number: "1",
        express: "Zachowajcie mój koszyk i przypomnijcie mi o nim e-mailem. Mogę z tego zrezygnować w każdej chwili.",
        notice: "Zachowamy Twój koszyk i możemy przypomnieć o nim e-mailem. Możesz z tego zrezygnować w każdej chwili.",
        refuse: "Nie, dziękuję",
    },
    mail: None,
};
