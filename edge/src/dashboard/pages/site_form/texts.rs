//! The words of the site's form: for each field its group, label and hint, in the order of the page.

use cartwake_shared::{policy::Setting, selector::Part};

use super::Field;
use crate::dashboard::pages::terms::SiteState;

/// The part of the page that holds a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// The card about the shop.
    Shop,
    /// The card about the mails.
    Mails,
    /// The card about money and time.
    MoneyAndTime,
    /// A card for each choice.
    Choices,
    /// The card of the site's state, which is a choice.
    State,
    /// Below the choice of the state.
    BelowState,
    /// The selectors, which the set-up does not ask for.
    Selectors,
}

/// One value of a choice: its code, its name, and a sentence of explanation.
pub(super) type Answer = (&'static str, &'static str, &'static str);

/// One field as the reader of the page meets it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldText {
    /// The field.
    pub(super) field: Field,
    /// Its part of the page.
    pub(super) group: Group,
    /// Whether it shares a row with the next or the previous field.
    pub(super) is_half: bool,
    /// Its name on the page.
    pub(super) label: &'static str,
    /// What to write, in a sentence.
    pub(super) hint: &'static str,
    /// The values of a choice; empty for all other fields.
    pub(super) options: &'static [Answer],
}

const fn line(group: Group, field: Field, label: &'static str, hint: &'static str) -> FieldText {
    FieldText { field, group, is_half: false, label, hint, options: &[] }
}

const fn half(group: Group, field: Field, label: &'static str, hint: &'static str) -> FieldText {
    FieldText { is_half: true, ..line(group, field, label, hint) }
}

const fn choice(
    group: Group,
    field: Field,
    label: &'static str,
    hint: &'static str,
    options: &'static [Answer],
) -> FieldText {
    FieldText { options, ..line(group, field, label, hint) }
}

const fn selector(part: Part, label: &'static str, hint: &'static str) -> FieldText {
    line(Group::Selectors, Field::Selector(part), label, hint)
}

const fn state(state: SiteState) -> Answer {
    (state.value(), state.word(), state.sentence())
}

/// All fields in the order of the page.
pub(super) const FIELDS: &[FieldText] = &[
    line(Group::Shop, Field::Name, "Shop name", "As shoppers know it; it stands in the mails."),
    line(
        Group::Shop,
        Field::Setting(Setting::Hosts),
        "Hosts",
        "Where the tag may run, separated by commas: shop.example, www.shop.example",
    ),
    line(
        Group::Shop,
        Field::Setting(Setting::RestoreUrl),
        "Cart page",
        "Where the link in a mail leads. The cart is rebuilt there, so take the page that shows it.",
    ),
    half(Group::Mails, Field::Setting(Setting::SenderName), "Sender name", "Shoppers see this beside the subject."),
    half(
        Group::Mails,
        Field::Setting(Setting::SenderAddress),
        "Sender address",
        "On a domain that your mail provider has verified.",
    ),
    line(Group::Mails, Field::Setting(Setting::ReplyTo), "Reply to", "A mailbox that a person reads."),
    line(
        Group::Mails,
        Field::Setting(Setting::PostalAddress),
        "Postal address",
        "Many countries require it at the foot of every such mail.",
    ),
    line(
        Group::Mails,
        Field::Setting(Setting::HelpLine),
        "Help line",
        "Optional. Stands in every mail behind \"You can also reach us here\", for example: +49 30 123456, weekdays 9 to 17.",
    ),
    half(Group::MoneyAndTime, Field::Setting(Setting::Currency), "Currency", "Three letters, for example EUR."),
    half(
        Group::MoneyAndTime,
        Field::Setting(Setting::Locale),
        "Language and region",
        "For example en-GB; how times and money are written.",
    ),
    line(Group::MoneyAndTime, Field::Setting(Setting::Zone), "Time zone", "For example Europe/Berlin."),
    half(
        Group::MoneyAndTime,
        Field::QuietFrom,
        "Quiet from",
        "No reminder leaves in these hours, by the clock where the shopper is. 21:00 is proposed.",
    ),
    half(
        Group::MoneyAndTime,
        Field::QuietTo,
        "Quiet until",
        "08:00 is proposed. Both empty: reminders leave at any hour.",
    ),
    choice(
        Group::Choices,
        Field::Setting(Setting::Tracking),
        "Tracking",
        "When the tag may remember a cart.",
        &[
            ("required", "Consent first", "Nothing is stored or sent before the shopper agreed."),
            ("notice", "Notice", "Carts are remembered; a sentence says so and offers “no thanks”."),
        ],
    ),
    choice(
        Group::Choices,
        Field::Setting(Setting::Capture),
        "Carts to keep",
        "Once the tag may remember carts.",
        &[
            (
                "all",
                "All carts",
                "Also those whose shopper never types an address, so that you see how many carts are left.",
            ),
            (
                "identified",
                "Only carts with an address",
                "Nothing leaves the shopper’s browser before an address is typed; the cart so far comes with it.",
            ),
        ],
    ),
    choice(
        Group::Choices,
        Field::Setting(Setting::Memory),
        "How a visitor is remembered",
        "Only where tracking is permitted; a refusal wipes both.",
        &[
            ("storage", "In the browser’s storage", "Safari empties it after 7 days without a visit."),
            (
                "cookie",
                "By a cookie of your domain too",
                "For up to 400 days, where this Worker runs on a host of the shop’s own domain (carts.shop.example for shop.example); elsewhere no cookie is set.",
            ),
        ],
    ),
    choice(
        Group::State,
        Field::State,
        "State",
        "Who gets the mails.",
        &[state(SiteState::Test), state(SiteState::Shadow), state(SiteState::Live)],
    ),
    line(
        Group::BelowState,
        Field::Setting(Setting::OwnerAddresses),
        "Your own addresses",
        "Mailed in state Test; separated by commas.",
    ),
    line(
        Group::BelowState,
        Field::Setting(Setting::Staff),
        "Your people",
        "Their carts are excluded: no mail, in no metric. Addresses, or @agency.example for everybody there; your own addresses above and everybody at the sender's domain belong to them anyway. In state Test nobody is excluded.",
    ),
    selector(Part::Email, "E-mail field of the checkout", "For example #billing-email"),
    selector(
        Part::Consent,
        "Your own check box",
        "A box by which shoppers agree to be reminded, for example #remind-me. The tag then draws none of its own, and keeps the words of the box’s label with each consent. It has to be a check box that the shopper’s own click reaches, or its label: one that a script ticks agrees to nothing, and the debug mode says so.",
    ),
    selector(
        Part::Row,
        "One line of the cart",
        "For example .cart-item. With a line named, its name, quantity and price are needed too.",
    ),
    selector(Part::Name, "Name in the line", "For example .cart-item-title"),
    selector(Part::Quantity, "Quantity in the line", "A field or a text, for example input.quantity"),
    selector(Part::Price, "Price of one piece in the line", "For example .unit-price"),
    selector(Part::Link, "Link to the product in the line", "May stay empty. For example a.cart-item-title"),
    selector(
        Part::Id,
        "Product id in the line",
        "May stay empty. What holds it as its value, in a data attribute or as text: input[name=product]",
    ),
    selector(Part::Total, "Total of the cart", "May stay empty. For example .cart-total"),
    selector(
        Part::Empty,
        "Sign of an empty cart",
        "May stay empty. What a page shows only when nothing is in the cart, for example .cart-empty",
    ),
];

#[cfg(test)]
mod tests {
    use cartwake_shared::policy::{Settings, kind::Control};

    use super::*;

    #[test]
    fn every_setting_and_every_selector_stands_on_the_page_once() {
        let count = |field| FIELDS.iter().filter(|text| text.field == field).count();
        for setting in Setting::ALL {
            assert_eq!(count(Field::Setting(*setting)), 1, "{setting:?} has no line, or several, in this file");
        }
        for part in Part::ALL {
            assert_eq!(count(Field::Selector(part)), 1, "{part:?}");
        }
        for field in [Field::Name, Field::State, Field::QuietFrom, Field::QuietTo] {
            assert_eq!(count(field), 1, "{field:?}");
        }
        assert_eq!(FIELDS.len(), Setting::ALL.len() + Part::ALL.len() + 4);
    }

    #[test]
    fn the_options_of_a_choice_are_codes_of_its_setting() {
        for text in FIELDS {
            let Field::Setting(setting) = text.field else { continue };
            assert_eq!(text.options.is_empty(), setting.control() != Control::Choice, "{setting:?}");
            for (code, ..) in text.options {
                assert_eq!(setting.set(&mut Settings::default(), code), Ok(()), "{setting:?} {code}");
            }
        }
    }
}
