//! Stored batches: several mails in one call under one key, repeated with the same members and bytes or not at all.
//!
//! The gate's statement writes the batch into the rows of the reminders that pass. So the members of a batch are stored
//! before the call and never change; every later run reads them from the rows.

use cartwake_shared::{
    gate::Reason,
    identifier::ReminderId,
    provider::Profile,
    reminder::{AttemptReason, LEASE, Outcome, ReminderChange, ReminderState, look_up_at},
    time::{Span, Timestamp},
};

use super::{
    claim::{Claimed, GROUP},
    compose::ComposedReminder,
    gate::GateDecision,
};
use crate::base::{
    error::Error,
    json,
    ports::{App, Mailer as _, Ports, Store as _},
    store::{
        Query as _, StoreError,
        sql::send::{ClaimBatches, CountBatches},
    },
};

/// Reminders that one gate statement judges: at most five that leave singly, or a batch.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The batch they leave in.
    pub(super) batch: Option<String>,
    /// Each mailbox at most once: two mails of one gate statement would not see each other in the caps.
    pub(super) reminders: Vec<ComposedReminder>,
}

impl Chunk {
    /// Whether these left together before, so that they may do so only in the same form.
    pub(super) fn is_repeated_batch(&self) -> bool {
        self.batch.is_some() && self.reminders.iter().any(|reminder| reminder.claimed.batch.is_some())
    }

    /// The reminder with this id.
    pub(super) fn find(&self, id: &ReminderId) -> Option<&ComposedReminder> {
        self.reminders.iter().find(|reminder| reminder.claimed.id == *id)
    }
}

/// The key the provider sees.
pub(super) fn key(batch: &str) -> String {
    format!("cartwake/batch/{batch}")
}

/// Claims the other members of every batch that is among the claimed reminders.
///
/// A batch that another run holds in part is left to the leases of both. A batch with a member that has ended is torn.
pub(super) async fn complete<P: Ports>(
    app: &App<P>,
    owner: &str,
    mut group: Vec<Claimed>,
) -> Result<Vec<Claimed>, Error> {
    let mut batches: Vec<String> = group.iter().filter_map(Claimed::stored_batch).map(str::to_owned).collect();
    if batches.is_empty() {
        return Ok(group);
    }
    batches.sort_unstable();
    batches.dedup();
    let now = app.now();
    let batches = json::text(&batches);
    let (others, sizes) = app
        .store()
        .rows_of((
            &ClaimBatches { batches: &batches, owner, lease: now.plus(LEASE), now },
            &CountBatches { batches: &batches },
        ))
        .await?;
    for row in others {
        group.push(Claimed::from_row(row)?);
    }
    let number = |count: i64| usize::try_from(count).map_err(|_| StoreError::Unreadable(CountBatches::SQL.name));
    for size in sizes {
        let (members, open) = (number(size.members)?, number(size.open)?);
        let is_of = |claimed: &Claimed| claimed.stored_batch() == Some(size.batch.as_str());
        let held = group.iter().filter(|claimed| is_of(claimed)).count();
        if held < open {
            group.retain(|claimed| !is_of(claimed));
        } else if open < members {
            group.iter_mut().filter(|claimed| is_of(claimed)).for_each(|claimed| claimed.is_torn = true);
        }
    }
    Ok(group)
}

/// Marks a batch as torn if one of its members could not be composed because its site is gone.
pub(super) fn mark_torn(group: &[Claimed], composed: &mut [ComposedReminder]) {
    for claimed in group.iter().filter(|claimed| claimed.stored_batch().is_some()) {
        if !composed.iter().any(|reminder| reminder.claimed.id == claimed.id) {
            let of_batch = composed.iter_mut().filter(|reminder| reminder.claimed.batch == claimed.batch);
            of_batch.for_each(|reminder| reminder.claimed.is_torn = true);
        }
    }
}

/// Splits a group into chunks: each repeated batch is a chunk, new batches have at most `size` mails, and the rest leaves
/// singly.
pub(super) fn chunks(group: Vec<ComposedReminder>, size: u32, name: impl Fn() -> String) -> Vec<Chunk> {
    let size = usize::try_from(size).unwrap_or(1);
    let single = usize::try_from(GROUP).unwrap_or(1);
    let mut chunks: Vec<Chunk> = Vec::new();
    for reminder in group {
        let stored = reminder.claimed.stored_batch().map(str::to_owned);
        let is_single = size <= 1 || reminder.claimed.first.is_some() || reminder.claimed.batch.is_some();
        let has_room = |chunk: &Chunk| {
            if let Some(stored) = &stored {
                return chunk.batch.as_ref() == Some(stored);
            }
            let is_kind = chunk.batch.is_none() == is_single && !chunk.is_repeated_batch();
            is_kind
                && chunk.reminders.len() < if is_single { single } else { size }
                && chunk.reminders.iter().all(|other| other.claimed.mailbox_hash != reminder.claimed.mailbox_hash)
        };
        if let Some(chunk) = chunks.iter_mut().find(|chunk| has_room(chunk)) {
            chunk.reminders.push(reminder);
        } else {
            let batch = stored.or_else(|| (!is_single).then(&name));
            chunks.push(Chunk { batch, reminders: vec![reminder] });
        }
    }
    chunks
}

/// The changes of a repeated batch's members that passed the gate when others did not: none of them is sent.
///
/// If the others are only held, all members wait for them. If one has ended, the batch cannot be repeated: the rest may
/// have been sent, and stays unknown until the provider answers a look-up.
pub(super) fn changes_of_incomplete<P: Ports>(
    app: &App<P>,
    passed: &[(&GateDecision, &ComposedReminder)],
    refused: &[&GateDecision],
) -> Vec<ReminderChange> {
    let now = app.now();
    let profile = app.ports.mailer().profile();
    let is_torn = refused.iter().any(|decision| decision.leads_to().is_some_and(|state| state != ReminderState::Ready));
    passed.iter().map(|_| if is_torn { torn(&profile, now, String::new()) } else { waiting(now) }).collect()
}

/// The changes after the provider refused a whole batch as a request.
///
/// At the first attempt no mail was accepted, and each leaves alone from now on. At a later attempt, mails of the first
/// may have been accepted.
pub(super) fn changes_after_refusal(
    chunk: &Chunk,
    outcomes: Vec<Outcome>,
    profile: &Profile,
    now: Timestamp,
) -> Vec<ReminderChange> {
    let is_repeated = chunk.is_repeated_batch();
    let change = |outcome| {
        let detail = match outcome {
            Outcome::BadRequest { detail } => detail,
            _ => String::new(),
        };
        if is_repeated {
            torn(profile, now, detail)
        } else {
            ReminderChange {
                reason: Some(AttemptReason::BatchRefused.code()),
                detail,
                next: Some(now),
                is_forgotten: true,
                ..waiting(now)
            }
        }
    };
    outcomes.into_iter().map(change).collect()
}

/// The change of a member of a batch that cannot be repeated.
fn torn(profile: &Profile, now: Timestamp, detail: String) -> ReminderChange {
    ReminderChange {
        state: ReminderState::Unknown,
        reason: Some(Reason::BatchTorn.code()),
        detail,
        next: None,
        look_up: look_up_at(profile, now),
        ..waiting(now)
    }
}

/// The change of a reminder that is tried again in five minutes.
fn waiting(now: Timestamp) -> ReminderChange {
    ReminderChange {
        state: ReminderState::Ready,
        reason: Some(AttemptReason::AnswerLost.code()),
        detail: String::new(),
        next: Some(now.plus(Span::minutes(5))),
        look_up: None,
        provider_id: None,
        is_forgotten: false,
    }
}
