//! Names reminders for the pages: the step, its state, and the reason.

use cartwake_shared::{
    gate::Reason,
    reminder::{self, AttemptReason},
};

use crate::dashboard::pages::terms::ReminderState;

/// `Reminder 1` for the step at place 0.
pub(super) fn name(position: i64) -> String {
    format!("Reminder {}", position.saturating_add(1))
}

/// The state of an outbox row, as the pages name it.
pub(super) fn state(code: i64, reason: Option<&str>) -> ReminderState {
    use reminder::ReminderState as Stored;
    match (Stored::from_code(code), reason) {
        (Some(Stored::Ready), Some(_)) => ReminderState::Held,
        (Some(Stored::Ready | Stored::Claimed), _) => ReminderState::Ready,
        (Some(Stored::Sending), _) => ReminderState::Sending,
        (Some(Stored::Sent), _) => ReminderState::Sent,
        (Some(Stored::Cancelled), Some(reason)) if reason == Reason::ShadowState.code() => ReminderState::Shadowed,
        (Some(Stored::Cancelled), _) => ReminderState::Cancelled,
        (Some(Stored::Suppressed), _) => ReminderState::Suppressed,
        (Some(Stored::Stale), _) => ReminderState::Stale,
        (Some(Stored::Dead), _) => ReminderState::Dead,
        (Some(Stored::Unknown) | None, _) => ReminderState::Unknown,
    }
}

/// The sentence of a reason: a rule of the gate, or a failure at the mail provider.
pub(super) fn sentence(code: &str, state: ReminderState) -> String {
    if let Some(reason) = Reason::from_code(code) {
        return reason.sentence().to_owned();
    }
    match AttemptReason::from_code(code) {
        Some(AttemptReason::AnswerLost) if state == ReminderState::Unknown => {
            Reason::RetryWindowOver.sentence().to_owned()
        }
        Some(reason) => reason.sentence().to_owned(),
        None => format!("It waits: {}.", code.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sending::providers::resend;
    use cartwake_shared::{
        reminder::{Outcome, change_after},
        time::{Span, Timestamp},
    };

    #[test]
    fn every_reason_that_can_be_stored_has_a_sentence_of_its_own() {
        let detail = String::new;
        let now = Timestamp::from_millis(0);
        let outcomes = [
            Outcome::BadRecipient { detail: detail() },
            Outcome::BadRequest { detail: detail() },
            Outcome::StopRun { detail: detail() },
            Outcome::Later { after: Span::ZERO },
            Outcome::Unknown { detail: detail() },
        ];
        let stored = outcomes
            .into_iter()
            .filter_map(|outcome| change_after(outcome, &resend::PROVIDER.profile(), now, false, 1, now).reason);
        let declared = Reason::ALL.map(Reason::code).into_iter().chain(AttemptReason::ALL.map(AttemptReason::code));
        for code in stored.chain(declared) {
            let sentence = sentence(code, ReminderState::Held);
            assert!(sentence.ends_with('.') && !sentence.starts_with("It waits:"), "{code}: {sentence}");
        }
    }

    #[test]
    fn states_are_told_apart_by_their_reason() {
        for (code, reason, expected) in [
            (0, None, ReminderState::Ready),
            (0, Some("spacing"), ReminderState::Held),
            (1, Some("spacing"), ReminderState::Ready),
            (2, None, ReminderState::Sending),
            (3, None, ReminderState::Sent),
            (4, Some("ordered"), ReminderState::Cancelled),
            (4, Some("shadow_state"), ReminderState::Shadowed),
            (5, Some("suppressed"), ReminderState::Suppressed),
            (6, Some("stale"), ReminderState::Stale),
            (7, Some("recipient_refused"), ReminderState::Dead),
            (8, Some("answer_lost"), ReminderState::Unknown),
            (99, None, ReminderState::Unknown),
        ] {
            assert_eq!(state(code, reason), expected, "{code} {reason:?}");
        }
    }
}
