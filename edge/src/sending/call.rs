//! Calls the mail provider for the reminders that passed the gate, and decides from its answers how they change.

use cartwake_shared::reminder::{self, Outcome, ReminderChange};
use futures_util::future::join_all;

use super::{
    batch::{self, Chunk},
    compose::ComposedReminder,
    deliver::SendReport,
    gate::GateDecision,
};
use crate::base::{
    mail::Message,
    ports::{App, Mailer as _, Ports},
};

/// Calls the provider: once for a batch, else once for each reminder.
pub(super) async fn call<P: Ports>(
    app: &App<P>,
    chunk: &Chunk,
    passed: &[(&GateDecision, &ComposedReminder)],
) -> Vec<Outcome> {
    let mailer = app.ports.mailer();
    // The gate passes no reminder without a message; this only completes the match.
    let nothing = || Outcome::BadRequest { detail: "nothing to send".to_owned() };
    match &chunk.batch {
        Some(batch) if !passed.is_empty() => {
            let messages: Vec<&Message> = passed.iter().filter_map(|(_, reminder)| reminder.message.as_ref()).collect();
            if messages.len() == passed.len() {
                mailer.send_batch(&batch::key(batch), &messages).await
            } else {
                vec![nothing(); passed.len()]
            }
        }
        _ => {
            join_all(passed.iter().map(|(_, reminder)| async move {
                match &reminder.message {
                    Some(message) => mailer.send(message).await,
                    None => nothing(),
                }
            }))
            .await
        }
    }
}

/// How each reminder that passed changes after the provider's answers.
pub(super) fn changes_after<P: Ports>(
    app: &App<P>,
    chunk: &Chunk,
    passed: &[(&GateDecision, &ComposedReminder)],
    outcomes: Vec<Outcome>,
    report: &mut SendReport,
) -> Vec<ReminderChange> {
    let now = app.now();
    let profile = app.ports.mailer().profile();
    if chunk.batch.is_some() && outcomes.iter().all(|outcome| matches!(outcome, Outcome::BadRequest { .. })) {
        return batch::changes_after_refusal(chunk, outcomes, &profile, now);
    }
    passed
        .iter()
        .zip(outcomes)
        .map(|((decision, reminder), outcome)| {
            if let Outcome::StopRun { detail } = &outcome {
                report.stopped = Some(detail.clone());
            }
            let earlier = reminder.claimed.first.is_some();
            reminder::change_after(outcome, &profile, decision.first, earlier, decision.tries, now)
        })
        .collect()
}
