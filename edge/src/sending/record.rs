//! Records how an attempt to send ended: closes the reminders that the gate refused, and stores the provider's answers.

use cartwake_shared::{
    gate::Reason,
    identifier::{ReminderId, SiteId},
    reminder::{self, AttemptReason, ReminderChange, ReminderState},
    time::{Span, Timestamp},
    trust::Audience,
};
use serde::Serialize;

use super::{
    breaker::{self, MailEvent},
    compose::ComposedReminder,
    deliver::SendReport,
    gate::GateDecision,
};
use crate::base::{
    error::Error,
    json,
    ports::{App, Mailer as _, Ports, Store as _},
    store::{
        Query as _,
        sql::send::{CloseReminders, CountMetrics, ForgetAttempts, RecordAttempts, SuppressRefused},
    },
};

/// How long a held reminder is left alone at first.
const HELD_SOON: Span = Span::minutes(5);
/// How long a held reminder is left alone at most; sending resumes this late after a pause or a breaker's reset.
const HELD_LATE: Span = Span::hours(1);

/// A refused reminder: when the gate is asked again, or when the provider is asked about it.
#[derive(Serialize)]
struct ClosedRow<'a> {
    #[serde(flatten)]
    id: &'a ReminderId,
    next: Option<Timestamp>,
    look_up: Option<Timestamp>,
}

/// Releases the reminders that the gate refused: they have ended, or are held until the gate is asked again.
pub(super) async fn close<P: Ports>(
    app: &App<P>,
    owner: &str,
    refused: &[&GateDecision],
    report: &mut SendReport,
) -> Result<(), Error> {
    let now = app.now();
    let look_up = reminder::look_up_at(&app.ports.mailer().profile(), now);
    let rows: Vec<_> = refused
        .iter()
        .map(|decision| {
            let waited = now.since(decision.scheduled);
            let next = decision.reason.and_then(|reason| next_check(reason, decision.hold, waited, now));
            if next.is_some() {
                report.held = report.held.saturating_add(1);
            } else {
                report.ended = report.ended.saturating_add(1);
            }
            let is_unknown = decision.leads_to() == Some(ReminderState::Unknown);
            ClosedRow { id: &decision.id, next, look_up: look_up.filter(|_| is_unknown) }
        })
        .collect();
    app.store().done(&CloseReminders { reminders: &json::text(&rows), owner, now }).await?;
    Ok(())
}

/// When the gate is asked again about a held reminder that has waited so long already; `None` if it has ended.
fn next_check(reason: Reason, hold: Option<Timestamp>, waited: Span, now: Timestamp) -> Option<Timestamp> {
    let soon = now.plus(Span::minutes(1));
    // All reminders of the site wait for an unknown time. Each check writes four rows, so a reminder is checked more
    // rarely the longer it has waited; reminders that were due at different times do not come back together.
    let rarer = now.plus(waited.clamp_to(HELD_SOON, HELD_LATE));
    match reason {
        _ if reason.leads_to() != ReminderState::Ready => None,
        Reason::Changed => Some(now),
        Reason::ActiveAgain
        | Reason::Spacing
        | Reason::QuietHours
        // Whoever gives the reminder its turn, or proves the address, lets the gate be asked sooner.
        | Reason::NetworkShare
        | Reason::SiteShare => Some(hold.unwrap_or(soon).max(soon)),
        Reason::PaymentPending | Reason::OrderClaimed => Some(now.plus(Span::minutes(15))),
        Reason::Paused | Reason::ShadowState | Reason::TestState => Some(rarer),
        // Staff resets the breaker, or its time ends.
        Reason::Breaker => Some(rarer.min(hold.unwrap_or(soon)).max(soon)),
        _ => Some(now.plus(HELD_SOON)),
    }
}

/// The new state of a reminder after a call of the provider.
#[derive(Serialize)]
struct RecordRow<'a> {
    #[serde(flatten)]
    id: &'a ReminderId,
    state: i64,
    reason: Option<&'a str>,
    detail: String,
    next: Option<Timestamp>,
    look_up: Option<Timestamp>,
    provider: Option<String>,
}

/// A reminder whose attempt counts as not made; `batch` is empty if it still has to leave alone.
#[derive(Serialize)]
struct ForgetRow<'a> {
    #[serde(flatten)]
    id: &'a ReminderId,
    batch: Option<&'a str>,
}

/// An address that the provider refused.
#[derive(Serialize)]
struct RefusedRow<'a> {
    mailbox_hash: &'a str,
    site: &'a SiteId,
}

/// Stores the changes after a call of the provider, and counts them, in one transaction.
pub(super) async fn record<P: Ports>(
    app: &App<P>,
    owner: &str,
    passed: &[(&GateDecision, &ComposedReminder)],
    changes: Vec<ReminderChange>,
    report: &mut SendReport,
) -> Result<(), Error> {
    let now = app.now();
    let (mut rows, mut forget, mut suppress) = (Vec::new(), Vec::new(), Vec::new());
    let mut bounced: Vec<(SiteId, Audience)> = Vec::new();
    for ((decision, reminder), change) in passed.iter().zip(changes) {
        if change.reason == Some(AttemptReason::RecipientRefused.code()) {
            bounced.push((decision.id.site.clone(), decision.audience));
            suppress.push(RefusedRow { mailbox_hash: reminder.claimed.mailbox_hash.as_str(), site: &decision.id.site });
        }
        match change.state {
            ReminderState::Sent => {
                report.accepted = report.accepted.saturating_add(1);
                let same = |(site, audience, _): &&mut (SiteId, Audience, i64)| {
                    *site == decision.id.site && *audience == decision.audience
                };
                match report.accepted_of.iter_mut().find(same) {
                    Some((.., count)) => *count = count.saturating_add(1),
                    None => report.accepted_of.push((decision.id.site.clone(), decision.audience, 1)),
                }
            }
            ReminderState::Ready => report.held = report.held.saturating_add(1),
            _ => report.ended = report.ended.saturating_add(1),
        }
        if change.is_forgotten {
            // A reminder that left alone because its batch was refused keeps leaving alone.
            let is_alone = change.reason == Some(AttemptReason::BatchRefused.code())
                || reminder.claimed.batch.as_deref() == Some("");
            forget.push(ForgetRow { id: &decision.id, batch: is_alone.then_some("") });
        }
        rows.push(RecordRow {
            id: &decision.id,
            state: change.state.code(),
            reason: change.reason,
            detail: change.detail,
            next: change.next,
            look_up: change.look_up,
            provider: change.provider_id,
        });
    }
    let rows = json::text(&rows);
    let mut batch = vec![CountMetrics { reminders: &rows, owner }.statement()];
    // Before record_attempts, while this run still owns the row.
    if !forget.is_empty() {
        batch.push(ForgetAttempts { reminders: &json::text(&forget), owner }.statement());
    }
    batch.push(RecordAttempts { reminders: &rows, owner, now }.statement());
    if !suppress.is_empty() {
        batch.push(SuppressRefused { mailboxes: &json::text(&suppress), now }.statement());
    }
    if !bounced.is_empty() {
        batch.push(breaker::count(bounced.iter().map(|(site, audience)| (site, *audience, MailEvent::Bounced, now))));
    }
    app.store().batch(batch).await?;
    report.bounced.append(&mut bounced);
    Ok(())
}
