//! The rules of a site: states, modes, times and caps, stored as one JSON text with defaults for missing values.

mod declare;
pub mod kind;
mod settings;

use serde::{Deserialize, Serialize};

use crate::{cart::MailBasis, codes, gate::QuietHours, identifier::StepId, time::Span};
pub use settings::{LONGEST_NAME, Setting, Settings};

codes! {
    /// How far a site has been switched on.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum SiteState {
        /// The form in the database.
        code: &'static str => parse,
    }
    /// Mails go only to the owner's own addresses.
    #[default]
    Test { code: "test" }
    /// Everything is decided and shown, nothing is sent.
    Shadow { code: "shadow" }
    /// Mails go to shoppers.
    Live { code: "live" }
}

codes! {
    /// Whether a cart may be kept before the shopper agreed.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum TrackingConsent {
        /// The form in the database and on the wire.
        code: &'static str => parse,
    }
    /// Nothing is stored or sent before consent.
    #[default]
    Required { code: "required" }
    /// A notice suffices.
    Notice { code: "notice" }
}

codes! {
    /// Which carts the tracker reports, once tracking is permitted.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum CaptureMode {
        /// The form in the database and on the wire.
        code: &'static str => parse,
    }
    /// Every cart.
    #[default]
    All { code: "all" }
    /// Only carts with an address; nothing leaves the browser before an address is known.
    Identified { code: "identified" }
}

/// One step of a site's sequence of reminders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The stable id; never used again for another step.
    pub id: StepId,
    /// The time between the shopper's last activity and the mail.
    pub delay: Span,
}

/// The times and limits by which carts become due and mails are held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// A cart without activity for this long is abandoned: 10 min to 24 h.
    pub abandoned_after: Span,
    /// At most 10, in order of their delay.
    pub steps: Vec<Step>,
    /// A cart made longer ago than this is not mailed.
    pub oldest_cart: Span,
    /// A step that is later than this is no longer sent.
    pub stale_after: Span,
    /// Between two mails to one address.
    pub spacing: Span,
    /// Between two sequences to one address.
    pub next_sequence: Span,
    /// After any order of the address.
    pub silence: Span,
    /// Mails to one mailbox in 7 days, over all sites of the merchant.
    pub cap_week: u32,
    /// Mails to one mailbox in 30 days, over all sites of the merchant.
    pub cap_month: u32,
    /// An order within this time after a confirmed click is attributed to the mail.
    pub attribution: Span,
    /// A recovery link lives this long.
    pub link_life: Span,
    /// Open carts are kept this long, then they expire; and this long after the last activity a cart keeps what names its
    /// shopper and tells its contents.
    pub retention: Span,
    /// The same for a cart of which neither an address nor a customer is known.
    pub anonymous_retention: Span,
    /// Hours, by the clock where the shopper is, in which no mail leaves; unset by default.
    pub quiet: Option<QuietHours>,
}

impl Default for Policy {
    fn default() -> Self {
        let step = |id: &str, delay| StepId::parse(id).ok().map(|id| Step { id, delay });
        Self {
            abandoned_after: Span::hours(1),
            steps: [step("s1", Span::hours(1)), step("s2", Span::hours(24)), step("s3", Span::hours(72))]
                .into_iter()
                .flatten()
                .collect(),
            oldest_cart: Span::days(14),
            stale_after: Span::hours(12),
            spacing: Span::hours(12),
            next_sequence: Span::hours(24),
            silence: Span::hours(24),
            cap_week: 3,
            cap_month: 8,
            attribution: Span::days(5),
            link_life: Span::days(30),
            retention: Span::days(90),
            anonymous_retention: Span::days(14),
            quiet: None,
        }
    }
}

impl Policy {
    /// How long after the shopper's last activity a step may leave: its delay, and never before the cart is abandoned.
    pub fn delay_of(&self, step: &Step) -> Span {
        step.delay.max(self.abandoned_after)
    }

    /// The same policy where one hour lasts `hour_seconds` seconds: 20 shows three days of reminders in 24 minutes.
    ///
    /// For the demo only; `deploy` refuses a configuration that asks for it. Life of links and retention stay.
    #[must_use]
    pub fn with_hour_of(mut self, hour_seconds: i64) -> Self {
        let scale = |span: &mut Span| *span = span.scaled_to_hour(hour_seconds);
        scale(&mut self.abandoned_after);
        self.steps.iter_mut().for_each(|step| scale(&mut step.delay));
        scale(&mut self.oldest_cart);
        scale(&mut self.stale_after);
        scale(&mut self.spacing);
        scale(&mut self.next_sequence);
        scale(&mut self.silence);
        self
    }
}

/// The mail basis asked for in a country (ISO 3166 code), spec/domain.md.
///
/// The United States permit mail after a notice (CAN-SPAM Act); elsewhere the box must be ticked. Double opt-in is
/// proposed for DE and AT and comes with the settings of the sequence.
pub fn required_basis(country: Option<&str>) -> MailBasis {
    match country {
        Some("US") => MailBasis::Notice,
        _ => MailBasis::Express,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_plays_an_hour_in_twenty_seconds() {
        let policy = Policy::default().with_hour_of(20);
        assert_eq!(policy.abandoned_after, Span::seconds(20));
        assert_eq!(
            policy.steps.iter().map(|step| step.delay).collect::<Vec<_>>(),
            [Span::seconds(20), Span::seconds(480), Span::seconds(1_440)]
        );
        assert_eq!(policy.link_life, Policy::default().link_life);
    }
}
