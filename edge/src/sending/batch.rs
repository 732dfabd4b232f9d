//! Stored batches: several mails in one call under one key, repeated with the same members and bytes or not at all.
//!
//! The gate's own statement writes the batch into the rows of those it lets pass, so who belongs to it is stored before
//! the call and never changes. What is told apart afterwards is read from the rows.

use cartwake_shared::{
    provider::Profile,
    reminder::{After, LEASE, Outcome, ReminderState, look_up_at},
    time::{Span, Timestamp},
};

use super::{
    compose::Composed,
    deliver::{Claimed, GROUP, Verdict, read_claimed},
};
use crate::base::{
    error::Error,
    json,
    ports::{App, Mailer as _, Ports, Store as _},
    store::{Row, StoreError, sql},
};

/// Reason of reminders whose batch was refused as a whole: none of its mails was accepted, each now leaves alone.
pub const REFUSED: &str = "batch_refused";

/// Reminders that pass the gate in one statement: at most five that leave singly, or a batch.
#[derive(Debug)]
pub(super) struct Wave {
    /// The batch they leave in.
    pub(super) batch: Option<String>,
    /// No mailbox stands here twice: two mails of one gate statement would not see each other in the caps.
    pub(super) reminders: Vec<Composed>,
}

impl Wave {
    /// Whether these left together before, so that they may do so only in the same form.
    pub(super) fn is_repeated_batch(&self) -> bool {
        self.batch.is_some() && self.reminders.iter().any(|reminder| reminder.claimed.batch.is_some())
    }
}

/// The key the provider sees.
pub(super) fn key(batch: &str) -> String {
    format!("cartwake/batch/{batch}")
}

/// Takes the rest of every batch that is among the claimed.
///
/// A batch of which another run holds a part is left to the leases of both. One of which a member has ended is torn.
pub(super) async fn complete<P: Ports>(
    app: &App<P>,
    owner: &str,
    mut group: Vec<Claimed>,
) -> Result<Vec<Claimed>, Error> {
    let mut batches: Vec<String> = group.iter().filter_map(stored_batch).map(str::to_owned).collect();
    if batches.is_empty() {
        return Ok(group);
    }
    batches.sort_unstable();
    batches.dedup();
    let now = app.now();
    let asked = json::text(&batches);
    let mut read = app
        .store()
        .batch(vec![
            sql::OUTBOX_CLAIM_BATCH.with([asked.as_str().into(), owner.into(), now.plus(LEASE).into(), now.into()]),
            sql::OUTBOX_BATCH_SIZE.with([asked.into()]),
        ])
        .await?
        .into_iter();
    for row in read.next().unwrap_or_default() {
        group.push(read_claimed(row)?);
    }
    for row in read.next().unwrap_or_default() {
        let (batch, members, open) = read_size(row)?;
        let is_of = |claimed: &Claimed| stored_batch(claimed) == Some(batch.as_str());
        let held = group.iter().filter(|claimed| is_of(claimed)).count();
        if held < open {
            group.retain(|claimed| !is_of(claimed));
        } else if open < members {
            group.iter_mut().filter(|claimed| is_of(claimed)).for_each(|claimed| claimed.is_torn = true);
        }
    }
    Ok(group)
}

fn read_size(mut row: Row) -> Result<(String, usize, usize), StoreError> {
    let count = |number: i64| usize::try_from(number).map_err(|_| StoreError::Shape);
    Ok((row.text()?, count(row.integer()?)?, count(row.integer()?)?))
}

fn stored_batch(claimed: &Claimed) -> Option<&str> {
    claimed.batch.as_deref().filter(|batch| !batch.is_empty())
}

/// Marks what is left of batches of which a member could not be written anew, its site being gone.
pub(super) fn mark_torn(group: &[Claimed], composed: &mut [Composed]) {
    for claimed in group.iter().filter(|claimed| stored_batch(claimed).is_some()) {
        if !composed.iter().any(|reminder| reminder.claimed.id == claimed.id) {
            let of_batch = composed.iter_mut().filter(|reminder| reminder.claimed.batch == claimed.batch);
            of_batch.for_each(|reminder| reminder.claimed.is_torn = true);
        }
    }
}

/// Splits a group into waves: each batch that is repeated by itself, new batches of at most `size`, and what leaves
/// singly.
pub(super) fn waves(group: Vec<Composed>, size: u32, name: impl Fn() -> String) -> Vec<Wave> {
    let size = usize::try_from(size).unwrap_or(1);
    let single = usize::try_from(GROUP).unwrap_or(1);
    let mut waves: Vec<Wave> = Vec::new();
    for reminder in group {
        let stored = stored_batch(&reminder.claimed).map(str::to_owned);
        let is_single = size <= 1 || reminder.claimed.first.is_some() || reminder.claimed.batch.is_some();
        let has_room = |wave: &Wave| {
            if let Some(stored) = &stored {
                return wave.batch.as_ref() == Some(stored);
            }
            let is_kind = wave.batch.is_none() == is_single && !wave.is_repeated_batch();
            is_kind
                && wave.reminders.len() < if is_single { single } else { size }
                && wave.reminders.iter().all(|other| other.claimed.mailbox_hash != reminder.claimed.mailbox_hash)
        };
        if let Some(wave) = waves.iter_mut().find(|wave| has_room(wave)) {
            wave.reminders.push(reminder);
        } else {
            let batch = stored.or_else(|| (!is_single).then(&name));
            waves.push(Wave { batch, reminders: vec![reminder] });
        }
    }
    waves
}

/// What follows for those that passed the gate when others of their batch did not: none is sent.
///
/// Where the others are only held, all wait for them. Where one has ended, the batch cannot be repeated: the rest may
/// have been sent, and stays unknown until the provider tells.
pub(super) fn left_behind<P: Ports>(
    passed: &[(&Verdict, &Composed)],
    refused: &[&Verdict],
    app: &App<P>,
) -> Vec<After> {
    let now = app.now();
    let profile = app.ports.mailer().profile();
    let has_ended =
        |verdict: &&&Verdict| verdict.reason.is_some_and(|reason| reason.leads_to() != ReminderState::Ready);
    let is_torn = refused.iter().any(|verdict| has_ended(&verdict));
    passed.iter().map(|_| if is_torn { torn(&profile, now, String::new()) } else { waiting(now) }).collect()
}

/// What follows when a whole batch is refused as a request.
///
/// At its first attempt nothing was accepted, and each mail leaves alone. At a later one the first may have been.
pub(super) fn refused_whole(wave: &Wave, outcomes: Vec<Outcome>, profile: &Profile, now: Timestamp) -> Vec<After> {
    let is_repeated = wave.is_repeated_batch();
    let after = |outcome| {
        let detail = match outcome {
            Outcome::BadRequest { detail } => detail,
            _ => String::new(),
        };
        if is_repeated {
            torn(profile, now, detail)
        } else {
            After { reason: Some(REFUSED), detail, next: Some(now), burns_nothing: true, ..waiting(now) }
        }
    };
    outcomes.into_iter().map(after).collect()
}

fn torn(profile: &Profile, now: Timestamp, detail: String) -> After {
    After {
        state: ReminderState::Unknown,
        reason: Some(cartwake_shared::gate::Reason::BatchTorn.code()),
        detail,
        next: None,
        look_up: look_up_at(profile, now),
        ..waiting(now)
    }
}

fn waiting(now: Timestamp) -> After {
    After {
        state: ReminderState::Ready,
        reason: Some("answer_lost"),
        detail: String::new(),
        next: Some(now.plus(Span::minutes(5))),
        look_up: None,
        provider_id: None,
        burns_nothing: false,
    }
}
