//! English: the words of mails and of the consent box. It stands in for every language that lacks words.

use super::{ConsentWords, Counted, Language, MailWords, Opening, Plural, Step};

/// All words of English.
pub(super) const LANGUAGE: Language = Language {
    code: "en",
    consent: ConsentWords {
        number: "1",
        express: "Keep my cart and remind me of it by e-mail. I can stop this at any time.",
        notice: "We keep your cart and may remind you of it by e-mail. You can stop this at any time.",
        refuse: "No thanks",
    },
    mail: Some(&MAIL),
};

/// The words of a mail.
pub(super) const MAIL: MailWords = MailWords {
    plural: |count| {
        if count == 1 { Plural::One } else { Plural::Other }
    },
    steps: [
        Step {
            named: Opening { subject: "Still in your cart: {{items}}", headline: "Still thinking it over?" },
            unnamed: Opening {
                subject: "You left {{items}} in your cart",
                headline: "You left {{items}} in your cart",
            },
            uncounted: Opening {
                subject: "You left something in your cart",
                headline: "You left something in your cart",
            },
            intro: "We kept your cart at {{shop}} for you. Pick up where you stopped, on this device or any other.",
            preheader: "Your cart at {{shop}} is one click away.",
        },
        Step {
            named: Opening { subject: "Your cart at {{shop}} is still here", headline: "Your cart is still here" },
            unnamed: Opening {
                subject: "Your cart at {{shop}} is still here",
                headline: "Your cart with {{items}} is still here",
            },
            uncounted: Opening { subject: "Your cart at {{shop}} is still here", headline: "Your cart is still here" },
            intro: "One click brings back everything you chose at {{shop}}, so you need not look for it again.",
            preheader: "One click brings back everything you chose.",
        },
        Step {
            named: Opening { subject: "Shall we keep your cart at {{shop}}?", headline: "Shall we keep your cart?" },
            unnamed: Opening {
                subject: "Shall we keep your cart at {{shop}}?",
                headline: "Shall we keep your cart with {{items}}?",
            },
            uncounted: Opening {
                subject: "Shall we keep your cart at {{shop}}?",
                headline: "Shall we keep your cart?",
            },
            intro: "If you still want it, your cart at {{shop}} is one click away. If not, there is nothing you need to do.",
            preheader: "It is one click away. If you no longer want it, there is nothing to do.",
        },
    ],
    items: Counted { forms: &[(Plural::One, "{{count}} item")], other: "{{count}} items" },
    name_and_more: Counted {
        forms: &[(Plural::One, "{{name}} and {{count}} more item")],
        other: "{{name}} and {{count}} more items",
    },
    name_and_others: "{{name}} and more",
    more: Counted { forms: &[(Plural::One, "and {{count}} more item")], other: "and {{count}} more items" },
    others: "and more items",
    quantity: "Quantity: {{count}}",
    each: "{{price}} each",
    total: "Total",
    button: "Return to my cart",
    prices_may_change: "The link works on any device. Prices and availability may change until you order.",
    any_device: "The link works on any device and shows you the whole cart.",
    help_title: "Questions?",
    help_reply: "Just reply to this mail and a person will answer.",
    help_line: "You can also reach us here: {{help}}",
    reason: "You receive this mail because your address was entered at {{shop}} and the order was not completed.",
    unsubscribe: "Unsubscribe from cart reminders",
    not_me: "I did not shop here",
};
