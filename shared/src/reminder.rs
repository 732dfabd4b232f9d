//! The states of a reminder, and the outcomes of an attempt to hand it to a mail provider.

use crate::{
    codes,
    provider::Profile,
    time::{Span, Timestamp},
};

codes! {
    /// The state of a reminder. Every reminder ends in one of the last six within a day of being due.
    pub enum ReminderState {
        /// The form in the database.
        code: i64 => from_code,
        /// The word on pages and in the API.
        word: &'static str,
    }
    /// Planned, or put back for another try; a reminder in this state with a reason is held.
    Ready { code: 0, word: "ready" }
    /// A cron run has claimed it and not yet decided.
    Claimed { code: 1, word: "claimed" }
    /// It passed the gate; the provider may or may not have it.
    Sending { code: 2, word: "sending" }
    /// The provider accepted it.
    Sent { code: 3, word: "sent" }
    /// It is no longer wanted: the cart was ordered, emptied or superseded.
    Cancelled { code: 4, word: "cancelled" }
    /// A rule forbids it: unsubscribed, capped, no basis.
    Suppressed { code: 5, word: "suppressed" }
    /// It is too late to be of use.
    Stale { code: 6, word: "stale" }
    /// The provider refused it for good.
    Dead { code: 7, word: "dead" }
    /// The provider may have sent it and cannot be asked; it is never tried again.
    Unknown { code: 8, word: "unknown" }
}

codes! {
    /// Why a reminder was not sent although it passed the gate: the mail provider, or its answer, stands against it.
    pub enum AttemptReason {
        /// The stable code, in the database and the API.
        code: &'static str => from_code,
        /// The sentence a shop owner reads.
        sentence: &'static str,
    }
    /// The provider refused the recipient; the address is suppressed.
    RecipientRefused {
        code: "recipient_refused",
        sentence: "The mail provider refused the address; it is not mailed again.",
    }
    /// The provider refused our request.
    RequestRefused {
        code: "request_refused",
        sentence: "The mail provider refused the mail itself, so it is not offered again.",
    }
    /// The provider refused a batch as a whole: it accepted none of its mails, and each now leaves alone.
    BatchRefused {
        code: "batch_refused",
        sentence: "The mail provider refused a batch as a whole; each of its mails now leaves alone.",
    }
    /// The provider's key or quota permits no mail now.
    ProviderStopped {
        code: "provider_stopped",
        sentence: "The mail provider refused the key or the quota is used up. \
            Look at the key and the plan there; sending goes on by itself.",
    }
    /// The provider asked to come back later.
    ProviderBusy {
        code: "provider_busy",
        sentence: "The mail provider asked to come back later.",
    }
    /// The provider's answer did not arrive; a reminder in the state `Unknown` is not offered again.
    AnswerLost {
        code: "answer_lost",
        sentence: "The mail provider's answer was lost. \
            The same mail is offered again under the same key, so that it arrives once.",
    }
    /// The answer was lost, and the provider says that it never had the mail (`edge/sql/reconcile.sql`).
    NeverArrived {
        code: "never_arrived",
        sentence: "The mail provider's answer was lost, and it says that it never had the mail, which is offered anew.",
    }
}

/// The outcome of an attempt, the same for every provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it.
    Accepted {
        /// The provider's id of the mail.
        provider_id: String,
    },
    /// The provider refuses the recipient; the address is suppressed.
    BadRecipient {
        /// The provider's words.
        detail: String,
    },
    /// The provider refuses our request; repeating it would not help.
    BadRequest {
        /// The provider's words.
        detail: String,
    },
    /// Configuration or quota forbid any more mails in this cron run.
    StopRun {
        /// The provider's words.
        detail: String,
    },
    /// The provider surely did not accept the mail; it is tried again later.
    Later {
        /// How long the provider asks to wait.
        after: Span,
    },
    /// The provider may have accepted the mail.
    Unknown {
        /// What we saw, for staff.
        detail: String,
    },
}

/// The longest wait that a provider's `Retry-After` can impose.
pub const LONGEST_WAIT: Span = Span::hours(1);
/// The shortest wait after a provider asked to come later.
pub const SHORTEST_WAIT: Span = Span::seconds(1);
/// How long a claim lasts: longer than a cron run and shorter than any provider's retry window, so that the next run
/// takes over the reminders of a crashed one while the provider remembers their keys.
pub const LEASE: Span = Span::seconds(150);
/// How long after a lost answer we first ask the provider about the mail; the provider's log may be late.
pub const LOOK_UP_GRACE: Span = Span::minutes(30);
/// The longest time that a due reminder is held; after it the reminder is stale (promise P4).
pub const HELD_AT_MOST: Span = Span::hours(24);

/// The change of a reminder after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReminderChange {
    /// The new state.
    pub state: ReminderState,
    /// The code of the reason; `None` if the mail was sent.
    pub reason: Option<&'static str>,
    /// The provider's words, for staff.
    pub detail: String,
    /// When the reminder is tried again.
    pub next: Option<Timestamp>,
    /// When we ask the provider about the mail; only for a reminder that is unknown.
    pub look_up: Option<Timestamp>,
    /// The provider's id of the mail.
    pub provider_id: Option<String>,
    /// Whether this attempt is forgotten: the time of the first attempt is cleared and no cap counts it.
    pub is_forgotten: bool,
}

/// Decides how a reminder changes after an attempt.
///
/// `profile` belongs to the provider of the attempt. `first` is the time of the first attempt that may have reached the
/// provider; `earlier` says whether that was another attempt than this one. `tries` counts every attempt, this one too.
///
/// An attempt that surely did not reach the provider is forgotten, like all such attempts before it. Only an earlier
/// attempt with an unknown end keeps the time, the content and its place in the caps.
pub fn change_after(
    outcome: Outcome,
    profile: &Profile,
    first: Timestamp,
    earlier: bool,
    tries: u32,
    now: Timestamp,
) -> ReminderChange {
    let end = |state, reason: Option<AttemptReason>, detail| ReminderChange {
        state,
        reason: reason.map(AttemptReason::code),
        detail,
        next: None,
        look_up: None,
        provider_id: None,
        is_forgotten: false,
    };
    match outcome {
        Outcome::Accepted { provider_id } => {
            ReminderChange { provider_id: Some(provider_id), ..end(ReminderState::Sent, None, String::new()) }
        }
        Outcome::BadRecipient { detail } => end(ReminderState::Dead, Some(AttemptReason::RecipientRefused), detail),
        Outcome::BadRequest { detail } => end(ReminderState::Dead, Some(AttemptReason::RequestRefused), detail),
        Outcome::StopRun { detail } => ReminderChange {
            next: Some(now.plus(Span::minutes(5))),
            is_forgotten: !earlier,
            ..end(ReminderState::Ready, Some(AttemptReason::ProviderStopped), detail)
        },
        Outcome::Later { after } => ReminderChange {
            next: Some(now.plus(after.clamp_to(SHORTEST_WAIT, LONGEST_WAIT))),
            is_forgotten: !earlier,
            ..end(ReminderState::Ready, Some(AttemptReason::ProviderBusy), String::new())
        },
        Outcome::Unknown { detail } => {
            // 1, 2, 4, … minutes, an hour at most.
            let minutes = 1_i64.checked_shl(tries.saturating_sub(1).min(6)).unwrap_or(60);
            let next = now.plus(Span::minutes(minutes).clamp_to(SHORTEST_WAIT, LONGEST_WAIT));
            if next.since(first) < profile.retry_window {
                ReminderChange {
                    next: Some(next),
                    ..end(ReminderState::Ready, Some(AttemptReason::AnswerLost), detail)
                }
            } else {
                let look_up = look_up_at(profile, now);
                ReminderChange { look_up, ..end(ReminderState::Unknown, Some(AttemptReason::AnswerLost), detail) }
            }
        }
    }
}

/// When we ask the provider about a reminder that became unknown at `now`; `None` if the provider cannot be asked.
pub fn look_up_at(profile: &Profile, now: Timestamp) -> Option<Timestamp> {
    profile.can_be_asked.then(|| now.plus(LOOK_UP_GRACE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::samples::{DAY, LOG, MINUTES};

    #[test]
    fn an_attempt_leads_where_the_protocol_says() {
        use ReminderState as State;
        let first = Timestamp::from_millis(1_764_000_000_000);
        let later = |span| first.plus(span);
        let detail = String::new;
        for (outcome, earlier, tries, now, state, next, is_forgotten) in [
            (Outcome::Accepted { provider_id: "x".into() }, false, 1, first, State::Sent, None, false),
            (Outcome::BadRecipient { detail: detail() }, false, 1, first, State::Dead, None, false),
            (Outcome::BadRequest { detail: detail() }, false, 1, first, State::Dead, None, false),
            (Outcome::StopRun { detail: detail() }, false, 1, first, State::Ready, Some(Span::minutes(5)), true),
            (Outcome::StopRun { detail: detail() }, true, 2, first, State::Ready, Some(Span::minutes(5)), false),
            (Outcome::StopRun { detail: detail() }, false, 7, first, State::Ready, Some(Span::minutes(5)), true),
            (Outcome::Later { after: Span::seconds(30) }, false, 1, first, State::Ready, Some(Span::seconds(30)), true),
            (Outcome::Later { after: Span::days(3_650) }, false, 1, first, State::Ready, Some(Span::hours(1)), true),
            (Outcome::Later { after: Span::seconds(-5) }, true, 2, first, State::Ready, Some(Span::seconds(1)), false),
            (Outcome::Unknown { detail: detail() }, false, 1, first, State::Ready, Some(Span::minutes(1)), false),
            (Outcome::Unknown { detail: detail() }, false, 4, first, State::Ready, Some(Span::minutes(8)), false),
            (
                Outcome::Unknown { detail: detail() },
                true,
                40,
                later(Span::hours(18)),
                State::Ready,
                Some(Span::hours(19)),
                false,
            ),
            (Outcome::Unknown { detail: detail() }, false, 40, later(Span::hours(19)), State::Unknown, None, false),
        ] {
            let shown = format!("{outcome:?} {earlier} {tries}");
            let got = change_after(outcome, &DAY, first, earlier, tries, now);
            assert_eq!((got.state, got.next, got.is_forgotten), (state, next.map(later), is_forgotten), "{shown}");
        }
    }

    #[test]
    fn a_lost_answer_is_repeated_only_while_the_provider_remembers_the_key() {
        use ReminderState as State;
        let first = Timestamp::from_millis(1_764_000_000_000);
        for (profile, tries, minutes, state) in [
            (DAY, 1, 0, State::Ready),
            (DAY, 9, 18 * 60, State::Ready),
            (DAY, 9, 19 * 60, State::Unknown),
            (MINUTES, 1, 0, State::Ready),
            (MINUTES, 3, 3, State::Ready),
            (MINUTES, 4, 7, State::Unknown),
            (LOG, 1, 0, State::Unknown),
        ] {
            let outcome = Outcome::Unknown { detail: String::new() };
            let got = change_after(outcome, &profile, first, tries > 1, tries, first.plus(Span::minutes(minutes)));
            assert_eq!(got.state, state, "{profile:?} after {minutes} minutes");
            let is_asked = state == State::Unknown && profile != DAY;
            assert_eq!(got.look_up.is_some(), is_asked, "{profile:?} after {minutes} minutes");
        }
    }

    #[test]
    fn states_are_read_back() {
        for state in ReminderState::ALL {
            assert_eq!(ReminderState::from_code(state.code()), Some(state));
        }
    }
}
