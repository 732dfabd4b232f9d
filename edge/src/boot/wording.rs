//! The words at the e-mail field, by which a shopper permits reminders or refuses them; every wording has a version.

use cartwake_shared::cart::MailBasis;

/// What the tracker draws at the e-mail field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `box` (unticked) or `notice` (with a way to refuse).
    pub form: &'static str,
    /// Version of the wording; part of the proof of consent, so it changes whenever a word does.
    pub version: &'static str,
    /// The sentence.
    pub text: &'static str,
    /// On the button that refuses; for notices.
    pub refuse: &'static str,
}

const EXPRESS_ENGLISH: Notice = Notice {
    form: "box",
    version: "express-en-1",
    text: "Keep my cart and remind me of it by e-mail. I can stop this at any time.",
    refuse: "",
};

const NOTICE_ENGLISH: Notice = Notice {
    form: "notice",
    version: "notice-en-1",
    text: "We keep your cart and may remind you of it by e-mail. You can stop this at any time.",
    refuse: "No thanks",
};

/// The notice for a mail basis. English is the fallback for languages without words of their own.
pub const fn consent(basis: MailBasis) -> &'static Notice {
    match basis {
        MailBasis::Notice | MailBasis::Soft => &NOTICE_ENGLISH,
        MailBasis::Express | MailBasis::Confirmed => &EXPRESS_ENGLISH,
    }
}
