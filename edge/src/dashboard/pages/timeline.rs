//! Shows the timeline of a cart: its events in order, each with its time.

use maud::{Markup, html};

use super::address::query_value;
use super::terms::{LocalTime, ReminderState, Tone, items};

/// An entry of the timeline.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub when: LocalTime,
    /// The event.
    pub event: Event,
}

/// An event in the life of a cart.
#[derive(Debug, Clone)]
pub enum Event {
    /// The first item was put in.
    Created {
        /// Number of pieces.
        items: u64,
        /// The total, formatted.
        total: String,
    },
    /// Items came, went or changed.
    Changed {
        /// Number of pieces.
        items: u64,
        /// The total, formatted.
        total: String,
    },
    /// The last item was taken out.
    Emptied,
    /// An address became known.
    EmailGiven {
        /// The address.
        address: String,
    },
    /// The shopper allowed something.
    ConsentGiven {
        /// The right to mail, for example `express`.
        basis: String,
        /// The version of the words the shopper saw.
        wording: String,
        /// Where the consent was given, for example `box`.
        source: String,
    },
    /// The shopper refused tracking or mails.
    Refused,
    /// Everything of the shopper was erased.
    Erased,
    /// Contents and names were deleted at their age.
    Stripped,
    /// No activity for the site's timeout.
    Abandoned,
    /// The cart was excluded: it is no shopper's.
    Excluded,
    /// A reminder reached a new state.
    Reminder {
        /// For example `Reminder 1`.
        step: String,
        /// The state it reached.
        state: ReminderState,
        /// Why, where it was not simply sent; may be empty.
        reason: String,
    },
    /// The mail provider reported the outcome of a reminder.
    DeliveryReport {
        /// For example `Reminder 1`.
        step: String,
        /// The outcome.
        outcome: DeliveryOutcome,
    },
    /// The shopper came back by the link of a reminder, confirmed by script.
    Returned {
        /// For example `Reminder 1`.
        step: String,
    },
    /// This cart was rebuilt from another one.
    RestoredFrom {
        /// The other cart's id.
        cart: String,
    },
    /// Another cart was rebuilt from this one.
    RestoredAs {
        /// The other cart's id.
        cart: String,
    },
    /// An order came for the cart.
    Ordered {
        /// The shop's order number.
        order: String,
        /// The order's total, formatted.
        total: String,
        /// Whether the shop's server or a person has confirmed it, not only a page.
        is_confirmed: bool,
        /// Whether the order is attributed to a reminder.
        is_recovered: bool,
    },
    /// An order whose payment is awaited; reminders wait too.
    PaymentPending {
        /// The shop's order number.
        order: String,
    },
    /// An order failed or was cancelled, and the cart is open again.
    OrderUndone {
        /// The shop's order number.
        order: String,
        /// In words, for example `payment failed`.
        reason: String,
    },
    /// Money was given back.
    Refunded {
        /// The shop's order number.
        order: String,
        /// The amount, formatted.
        amount: String,
    },
    /// Mails to the address were stopped by the shopper.
    Unsubscribed,
    /// The owner of the address reported that they did not shop here.
    NotMe,
    /// It became too old to be mailed.
    Expired,
    /// It was removed.
    Discarded,
}

/// What became of a mail that the provider accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The recipient's server has it.
    Delivered,
    /// A hard bounce.
    Bounced,
    /// The recipient called it spam.
    Complained,
}

impl DeliveryOutcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "Delivered",
            Self::Bounced => "Came back",
            Self::Complained => "Called spam",
        }
    }

    const fn tone(self) -> Tone {
        match self {
            Self::Delivered => Tone::Good,
            Self::Bounced | Self::Complained => Tone::Bad,
        }
    }
}

impl Event {
    const fn tone(&self) -> Tone {
        match self {
            Self::Created { .. } | Self::Changed { .. } | Self::EmailGiven { .. } | Self::ConsentGiven { .. } => {
                Tone::Busy
            }
            Self::DeliveryReport { outcome, .. } => outcome.tone(),
            Self::RestoredFrom { .. } | Self::RestoredAs { .. } | Self::Returned { .. } => Tone::Good,
            Self::Ordered { is_confirmed, .. } => {
                if *is_confirmed {
                    Tone::Good
                } else {
                    Tone::Warn
                }
            }
            Self::Reminder { state, .. } => state.tone(),
            Self::Abandoned | Self::PaymentPending { .. } | Self::OrderUndone { .. } => Tone::Warn,
            Self::Emptied
            | Self::Excluded
            | Self::Refunded { .. }
            | Self::Refused
            | Self::Erased
            | Self::Stripped
            | Self::Unsubscribed
            | Self::NotMe
            | Self::Expired
            | Self::Discarded => Tone::Quiet,
        }
    }

    fn words(&self) -> Markup {
        let cart_link = |cart: &str| html! { a href={ "/carts/" (query_value(cart)) } { (cart) } };
        html! {
            @match self {
                Self::Created { items: count, total } => { strong { "Cart begun" } span.sub { (items(*count)) " · " (total) } }
                Self::Changed { items: count, total } => { strong { "Cart changed" } span.sub { (items(*count)) " · " (total) } }
                Self::Emptied => { strong { "Cart emptied" } }
                Self::EmailGiven { address } => { strong { "E-mail given" } span.sub { (address) } }
                Self::ConsentGiven { basis, wording, source } => {
                    strong { "Consent given" } span.sub { (basis) " · by " (source) " · wording " code { (wording) } }
                }
                Self::Refused => { strong { "Refused" } span.sub { "Tracking or mails; what was kept is wiped." } }
                Self::Erased => { strong { "Erased" } span.sub { "The shopper's data was deleted." } }
                Self::Stripped => { strong { "Stripped" } span.sub { "Contents, names and address were deleted at their age; the figures stay." } }
                Self::Abandoned => { strong { "Abandoned" } span.sub { "No activity for the site's timeout." } }
                Self::Excluded => { strong { "Excluded" } span.sub { "No shopper's cart; the reminders say why." } }
                Self::Reminder { step, state, reason } => {
                    strong { (step) ": " (state.word()) }
                    @if !reason.is_empty() { span.sub { (reason) } }
                }
                Self::DeliveryReport { step, outcome } => {
                    strong { (outcome.word()) }
                    span.sub { (step) ", as the mail provider tells." }
                }
                Self::Returned { step } => { strong { "Came back" } span.sub { "By the link in " (step) ", confirmed by script." } }
                Self::RestoredFrom { cart } => { strong { "Restored" } span.sub { "From cart " (cart_link(cart)) } }
                Self::RestoredAs { cart } => { strong { "Restored" } span.sub { "The shopper goes on in cart " (cart_link(cart)) } }
                Self::Ordered { order, total, is_confirmed, is_recovered } => {
                    strong { @if *is_recovered { "Ordered: recovered" } @else { "Ordered" } }
                    span.sub { "Order " (order) " · " (total) @if !is_confirmed { " · reported by a page, not yet confirmed by the shop" } }
                }
                Self::PaymentPending { order } => { strong { "Payment pending" } span.sub { "Order " (order) " · reminders wait" } }
                Self::OrderUndone { order, reason } => { strong { "Order came to nothing" } span.sub { "Order " (order) " · " (reason) " · the cart is open again" } }
                Self::Refunded { order, amount } => { strong { "Refunded" } span.sub { "Order " (order) " · " (amount) } }
                Self::Unsubscribed => { strong { "Unsubscribed" } span.sub { "No further reminder goes to this address." } }
                Self::NotMe => { strong { "“I did not shop here”" } span.sub { "No further reminder goes to this address." } }
                Self::Expired => { strong { "Expired" } span.sub { "Too old to be mailed." } }
                Self::Discarded => { strong { "Discarded" } }
            }
        }
    }
}

/// The entries as a list, in the order given, which is oldest first.
pub(crate) fn timeline(entries: &[Entry]) -> Markup {
    html! {
        @if entries.is_empty() {
            p.empty { "Nothing has happened yet." }
        } @else {
            ol.timeline {
                @for entry in entries {
                    li class=(entry.event.tone().class()) { div.words { (entry.event.words()) } (entry.when) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event: Event, expected: &str) {
        let shown = timeline(&[Entry { when: LocalTime::default(), event }]).0;
        assert!(shown.contains(expected), "{shown}");
    }

    #[test]
    fn each_entry_shows_its_details() {
        check(Event::Created { items: 1, total: "49.90 €".into() }, "1 item · 49.90 €");
        let consent =
            Event::ConsentGiven { basis: "express".into(), wording: "express-en-1".into(), source: "box".into() };
        check(consent, "express · by box · wording <code>express-en-1</code>");
        let held = Event::Reminder {
            step: "Reminder 1".into(),
            state: ReminderState::Held,
            reason: "Daily quota used up".into(),
        };
        check(held, "Reminder 1: Held</strong><span class=\"sub\">Daily quota used up");
        check(Event::RestoredFrom { cart: "01JD.1".into() }, r#"<a href="/carts/01JD.1">01JD.1</a>"#);
    }

    #[test]
    fn an_order_known_from_a_page_only_says_so() {
        let order = |is_confirmed| Event::Ordered {
            order: "1001".into(),
            total: "1 €".into(),
            is_confirmed,
            is_recovered: true,
        };
        check(order(false), "not yet confirmed");
        assert_eq!(order(false).tone(), Tone::Warn);
        assert_eq!(order(true).tone(), Tone::Good);
    }
}
