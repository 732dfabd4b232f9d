//! Where a reminder stands and why, as one value that reads well in an assertion.

use core::fmt;
use std::collections::BTreeMap;

use cartwake_shared::{gate::Reason, reminder::ReminderState};

use super::ReminderView;

/// Where a reminder stands and why; shown as `Ready (Paused)` or `Sent`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// Its state.
    pub state: ReminderState,
    /// Why, where that was written down.
    pub why: Option<Why>,
}

/// Sent, and nothing stood against it.
pub const SENT: Standing = Standing { state: ReminderState::Sent, why: None };
/// A reminder that stands in `state` for this reason.
pub fn stands(state: ReminderState, why: impl Into<Why>) -> Standing {
    Standing { state, why: Some(why.into()) }
}

impl fmt::Debug for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            None => write!(formatter, "{:?}", self.state),
            Some(why) => write!(formatter, "{:?} ({why:?})", self.state),
        }
    }
}

/// The reason written beside a reminder: a rule of the gate, or what an attempt to send it came to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A rule of the gate.
    Rule(Reason),
    /// The provider may have it; its answer was lost.
    AnswerLost,
    /// The provider refused a batch as a whole.
    BatchRefused,
    /// The provider says that it never had the mail.
    NeverArrived,
    /// The provider asked to come back later.
    ProviderBusy,
    /// The provider takes nothing from this deployment.
    ProviderStopped,
    /// The provider refused the recipient.
    RecipientRefused,
    /// The provider refused the mail.
    RequestRefused,
}

impl Why {
    const ATTEMPTS: [(&'static str, Self); 7] = [
        ("answer_lost", Self::AnswerLost),
        ("batch_refused", Self::BatchRefused),
        ("never_arrived", Self::NeverArrived),
        ("provider_busy", Self::ProviderBusy),
        ("provider_stopped", Self::ProviderStopped),
        ("recipient_refused", Self::RecipientRefused),
        ("request_refused", Self::RequestRefused),
    ];

    /// Reads [`Why::code`] back.
    pub fn from_code(code: &str) -> Option<Self> {
        let attempt = Self::ATTEMPTS.iter().find(|(known, _)| *known == code).map(|(_, why)| *why);
        attempt.or_else(|| Reason::from_code(code).map(Self::Rule))
    }

    /// The form kept in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rule(reason) => reason.code(),
            attempt => Self::ATTEMPTS.iter().find(|(_, why)| *why == attempt).map_or("", |(code, _)| code),
        }
    }
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        Self::Rule(reason)
    }
}

impl fmt::Debug for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(reason) => write!(formatter, "{reason:?}"),
            attempt => formatter.write_str(attempt.code()),
        }
    }
}

/// How many reminders stand where.
pub fn standings<'r>(reminders: impl IntoIterator<Item = &'r ReminderView>) -> Vec<(usize, Standing)> {
    let mut counts: BTreeMap<Standing, usize> = BTreeMap::new();
    for reminder in reminders {
        let count = counts.entry(reminder.standing()).or_default();
        *count = count.saturating_add(1);
    }
    counts.into_iter().map(|(standing, count)| (count, standing)).collect()
}
