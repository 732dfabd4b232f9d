//! Names and colours the states of sites, carts and reminders for all pages, and shows times.

use cartwake_shared::codes;
use maud::{Markup, Render, html};

/// A time as the site's people read it, with the machine's form beside it.
#[derive(Debug, Clone, Default)]
pub struct LocalTime {
    /// In the site's zone and locale, for example `20 Nov, 10:42`.
    pub text: String,
    /// ISO 8601, for example `2026-11-20T09:42:00Z`.
    pub iso: String,
}

impl Render for LocalTime {
    fn render(&self) -> Markup {
        html! { time datetime=(self.iso) { (self.text) } }
    }
}

/// The colour of a state; the word beside it has the same meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done, well, in order.
    Good,
    /// On its way.
    Busy,
    /// Neither good nor bad.
    Quiet,
    /// A person should look.
    Warn,
    /// Something failed.
    Bad,
}

impl Tone {
    /// The class that carries the colour.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Quiet => "quiet",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A word in a coloured pill.
pub(crate) fn chip(tone: Tone, word: &str) -> Markup {
    html! { span class={ "chip " (tone.class()) } { (word) } }
}

codes! {
    /// The state of a site.
    pub enum SiteState {
        /// The value of the form field.
        value: &'static str,
        /// The word on the page.
        word: &'static str,
        /// The sentence beside the word.
        sentence: &'static str,
        /// The colour.
        tone: Tone,
    }
    /// Only the owner's addresses are mailed.
    Test {
        value: "test",
        word: "Test",
        sentence: "Reminders are sent, but only to your own addresses below.",
        tone: Tone::Warn,
    }
    /// Everything is decided and traced, nothing is sent.
    Shadow {
        value: "shadow",
        word: "Shadow",
        sentence: "Every decision is made and shown on the cart's page; no mail leaves.",
        tone: Tone::Quiet,
    }
    /// Shoppers are mailed.
    Live {
        value: "live",
        word: "Live",
        sentence: "Reminders go to shoppers.",
        tone: Tone::Good,
    }
}

codes! {
    /// The state of a cart; *recovered* is an order that came through a reminder.
    pub enum CartState {
        /// The word on the page.
        word: &'static str,
        /// The colour.
        tone: Tone,
    }
    /// The shopper was seen a short while ago.
    Active { word: "Active", tone: Tone::Busy }
    /// No activity for the site's timeout.
    Abandoned { word: "Abandoned", tone: Tone::Warn }
    /// Bought.
    Ordered { word: "Ordered", tone: Tone::Quiet }
    /// Bought after a reminder brought the shopper back.
    Recovered { word: "Recovered", tone: Tone::Good }
    /// Too old to be mailed.
    Expired { word: "Expired", tone: Tone::Quiet }
    /// Emptied, refused or removed.
    Discarded { word: "Discarded", tone: Tone::Quiet }
}

codes! {
    /// The state of a reminder.
    pub enum ReminderState {
        /// The word on the page.
        word: &'static str,
        /// The colour.
        tone: Tone,
    }
    /// No row in the outbox yet: its time has not come, or a rule blocks it.
    Unplanned { word: "Not planned", tone: Tone::Quiet }
    /// In the outbox, waiting for its time or its turn.
    Ready { word: "Planned", tone: Tone::Busy }
    /// Handed to the mail provider; the answer is awaited.
    Sending { word: "Sending", tone: Tone::Busy }
    /// Accepted by the mail provider.
    Sent { word: "Sent", tone: Tone::Good }
    /// Waiting for a person or a provider; looked at again later.
    Held { word: "Held", tone: Tone::Warn }
    /// No longer wanted: an order, a change or a pause came first.
    Cancelled { word: "Cancelled", tone: Tone::Quiet }
    /// The address must not be mailed.
    Suppressed { word: "Suppressed", tone: Tone::Quiet }
    /// Its time passed before it could be sent.
    Stale { word: "Stale", tone: Tone::Warn }
    /// Refused for good.
    Dead { word: "Refused", tone: Tone::Bad }
    /// The provider never confirmed or refused the mail; it is not sent again blindly.
    Unknown { word: "Unknown", tone: Tone::Warn }
    /// Would have been sent; the site is in shadow.
    Shadowed { word: "Shadow only", tone: Tone::Quiet }
}

/// `1 item`, `3 items`.
pub(crate) fn items(count: u64) -> String {
    format!("{count} item{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_is_singular() {
        assert_eq!([0, 1, 2].map(items), ["0 items", "1 item", "2 items"]);
    }

    #[test]
    fn a_time_carries_both_forms() {
        let time = LocalTime { text: "20 Nov, 10:42".into(), iso: "2026-11-20T09:42:00Z".into() };
        assert_eq!(time.render().0, r#"<time datetime="2026-11-20T09:42:00Z">20 Nov, 10:42</time>"#);
    }
}
