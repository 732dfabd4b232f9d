//! The words and colours that several pages share: states of carts, reminders and sites, and times.

use maud::{Markup, Render, html};

/// A time as the site's people read it, with the machine's form beside it.
#[derive(Debug, Clone, Default)]
pub struct ShownTime {
    /// In the site's zone and locale, for example `20 Nov, 10:42`.
    pub shown: String,
    /// ISO 8601, for example `2026-11-20T09:42:00Z`.
    pub iso: String,
}

impl Render for ShownTime {
    fn render(&self) -> Markup {
        html! { time datetime=(self.iso) { (self.shown) } }
    }
}

/// How a state is coloured; the word beside it always says the same.
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

/// Where a site stands on its way to mailing shoppers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteState {
    /// Only the owner's addresses are mailed.
    Test,
    /// Everything is decided and traced, nothing is sent.
    Shadow,
    /// Shoppers are mailed.
    Live,
}

impl SiteState {
    /// All of them, in the order a site goes through them.
    pub const ALL: [Self; 3] = [Self::Test, Self::Shadow, Self::Live];

    /// The value of the form field.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Shadow => "shadow",
            Self::Live => "live",
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Test => "Test",
            Self::Shadow => "Shadow",
            Self::Live => "Live",
        }
    }

    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Test => "Reminders are sent, but only to your own addresses below.",
            Self::Shadow => "Every decision is made and shown on the cart's page; no mail leaves.",
            Self::Live => "Reminders go to shoppers.",
        }
    }

    pub(crate) const fn tone(self) -> Tone {
        match self {
            Self::Test => Tone::Warn,
            Self::Shadow => Tone::Quiet,
            Self::Live => Tone::Good,
        }
    }
}

/// Where a cart stands; *recovered* is an order that came through a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CartState {
    /// The shopper was seen a short while ago.
    Active,
    /// No activity for the site's timeout.
    Abandoned,
    /// Bought.
    Ordered,
    /// Bought after a reminder brought the shopper back.
    Recovered,
    /// Too old to be mailed.
    Expired,
    /// Emptied, refused or removed.
    Discarded,
}

impl CartState {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Abandoned => "Abandoned",
            Self::Ordered => "Ordered",
            Self::Recovered => "Recovered",
            Self::Expired => "Expired",
            Self::Discarded => "Discarded",
        }
    }

    pub(crate) const fn tone(self) -> Tone {
        match self {
            Self::Active => Tone::Busy,
            Self::Abandoned => Tone::Warn,
            Self::Recovered => Tone::Good,
            Self::Ordered | Self::Expired | Self::Discarded => Tone::Quiet,
        }
    }
}

/// Where one reminder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderState {
    /// No row in the outbox yet: its time has not come, or a rule stands against it.
    Unplanned,
    /// In the outbox, waiting for its time or its turn.
    Ready,
    /// Handed to the mail provider; the answer is awaited.
    Sending,
    /// Accepted by the mail provider.
    Sent,
    /// Waiting for a person or a provider; looked at again later.
    Held,
    /// No longer wanted: an order, a change or a pause came first.
    Cancelled,
    /// The address must not be mailed.
    Suppressed,
    /// Its time passed before it could be sent.
    Stale,
    /// Refused for good.
    Dead,
    /// The provider never said whether it took the mail; it is not sent again blindly.
    Unknown,
    /// Would have been sent; the site is in shadow.
    Shadowed,
}

impl ReminderState {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Unplanned => "Not planned",
            Self::Ready => "Planned",
            Self::Sending => "Sending",
            Self::Sent => "Sent",
            Self::Held => "Held",
            Self::Cancelled => "Cancelled",
            Self::Suppressed => "Suppressed",
            Self::Stale => "Stale",
            Self::Dead => "Refused",
            Self::Unknown => "Unknown",
            Self::Shadowed => "Shadow only",
        }
    }

    pub(crate) const fn tone(self) -> Tone {
        match self {
            Self::Ready | Self::Sending => Tone::Busy,
            Self::Sent => Tone::Good,
            Self::Held | Self::Stale | Self::Unknown => Tone::Warn,
            Self::Dead => Tone::Bad,
            Self::Unplanned | Self::Cancelled | Self::Suppressed | Self::Shadowed => Tone::Quiet,
        }
    }
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
        let time = ShownTime { shown: "20 Nov, 10:42".into(), iso: "2026-11-20T09:42:00Z".into() };
        assert_eq!(time.render().0, r#"<time datetime="2026-11-20T09:42:00Z">20 Nov, 10:42</time>"#);
    }
}
