//! How a reminder leaves exactly once: claim, load, write, gate, call, record.
//!
//! A run may stop anywhere: what it had claimed is taken again when its lease lapses, under the same key and, if an
//! attempt was made, with the same bytes. `docs/ARCHITECTURE.md` has the protocol in words.

use std::collections::BTreeMap;

use cartwake_shared::{
    exclusion::ExclusionReason,
    gate::Reason,
    identifier::{CartId, ReminderId, SiteId, StepId},
    policy::Policy,
    provider::Profile,
    reminder::{self, After, LEASE, Outcome, ReminderState},
    round_robin::RoundRobin,
    time::{Span, Timestamp},
    trust,
};
use futures_util::future::join_all;
use serde::Serialize;

use crate::{
    base::deployment::Deployment,
    base::{
        error::Error,
        json,
        ports::{App, Entropy as _, Mailer as _, Ports, Store as _},
        store::{Row, StoreError, read_all, sql},
    },
    sending::{
        breaker::{self, MailEvent},
        budget::Budget,
    },
};

use super::{
    batch::{self, Wave},
    compose::{self, Composed},
};
use crate::base::mail::Message;

/// Reminders handled together: one gate and one record for all of them, and fewer than the six connections a Worker
/// may have open at once.
pub const GROUP: u32 = 5;

/// How old the gate's answer may be when a mail leaves. D1 answers in milliseconds; an answer this old was stalled.
const GATE_HOLDS: Span = Span::seconds(10);

/// What a run sent and held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Accepted by the provider.
    pub accepted: usize,
    /// The same by site.
    pub accepted_of: Vec<(SiteId, i64)>,
    /// Put back with a reason.
    pub held: usize,
    /// Ended without being sent.
    pub ended: usize,
    /// What the provider said when it stopped the run.
    pub stopped: Option<String>,
    /// Sites of which mails came back; their breakers have to be looked at.
    pub returned: Vec<SiteId>,
}

/// A reminder this run has claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which one.
    pub id: ReminderId,
    /// Place of its step in the sequence, from 0.
    pub position: i64,
    /// Whom it is for.
    pub mailbox_hash: String,
    /// When it was meant to leave.
    pub scheduled: Timestamp,
    /// When an attempt was first made that may have reached the provider.
    pub first: Option<Timestamp>,
    /// The cart's version and the hash of the bytes at that attempt.
    pub frozen: Option<(String, String)>,
    /// The provider of that attempt.
    pub provider: Option<String>,
    /// The batch it left in at that attempt; empty where it must leave alone.
    pub batch: Option<String>,
    /// Whether that batch can no longer be repeated as it was.
    pub is_torn: bool,
}

/// Sends in small groups what the tick's budget permits, the sites in turn; `sent` tells what was done also where a later
/// group fails.
pub async fn run<P: Ports>(
    app: &App<P>,
    owner: &str,
    deployment: &Deployment,
    turns: &mut RoundRobin,
    budget: &mut Budget,
    sent: &mut Sent,
) -> Result<(), Error> {
    let batch_size = app.config.mails_per_batch.min(app.ports.mailer().profile().largest_batch);
    while sent.stopped.is_none() {
        let count = budget.next_group(GROUP.max(batch_size), app.now());
        let places = usize::try_from(count).unwrap_or(0);
        let sites = turns.next(places);
        if sites.is_empty() {
            break;
        }
        let group = claim(app, owner, &sites, count).await?;
        let of: Vec<SiteId> = group.iter().map(|claimed| claimed.id.site.clone()).collect();
        turns.took(places, &of);
        let group = batch::complete(app, owner, group).await?;
        if group.is_empty() {
            budget.spend(0, 0);
            continue;
        }
        let mut composed = compose::compose(app, &deployment.origin, &group).await?;
        batch::mark_torn(&group, &mut composed);
        let waves = batch::waves(composed, batch_size, || app.ports.entropy().name());
        budget.spend(group.len(), waves.len());
        for wave in waves {
            send_wave(app, owner, wave, sent).await?;
        }
    }
    let was_stopped = deployment.mail_stopped.is_some();
    // The owner is told by other ways than mail: the dashboard, `/health`, the heartbeat.
    let note = match &sent.stopped {
        Some(detail) if detail.is_empty() => Some("it gave no reason"),
        Some(detail) => Some(detail.as_str()),
        None => (was_stopped && sent.accepted > 0).then_some(""),
    };
    if let Some(note) = note {
        app.store().execute(sql::MAIL_STATE.with([app.now().into(), note.into()])).await?;
    }
    Ok(())
}

/// Takes the next few reminders of these sites for this run.
async fn claim<P: Ports>(app: &App<P>, owner: &str, sites: &[SiteId], count: u32) -> Result<Vec<Claimed>, Error> {
    let now = app.now();
    let sites = json::text(sites);
    let rows = app
        .store()
        .execute(sql::OUTBOX_CLAIM.with([owner.into(), now.plus(LEASE).into(), now.into(), count.into(), sites.into()]))
        .await?;
    Ok(read_all(rows, read_claimed)?)
}

pub(super) fn read_claimed(mut row: Row) -> Result<Claimed, StoreError> {
    let id = read_id(&mut row)?;
    let position = row.integer()?;
    let mailbox_hash = row.text()?;
    row.integer()?;
    let scheduled = row.time()?;
    let first = row.optional_time()?;
    row.integer()?;
    let version = row.optional_text()?;
    row.optional_text()?;
    row.optional_text()?;
    let hash = row.optional_text()?;
    let (provider, batch) = (row.optional_text()?, row.optional_text()?);
    Ok(Claimed {
        id,
        position,
        mailbox_hash,
        scheduled,
        first,
        frozen: version.zip(hash),
        provider,
        batch,
        is_torn: false,
    })
}

pub(super) fn read_id(row: &mut Row) -> Result<ReminderId, StoreError> {
    let shape = |_| StoreError::Shape;
    Ok(ReminderId {
        site: SiteId::parse(&row.text()?).map_err(shape)?,
        cart: CartId::parse(&row.text()?).map_err(shape)?,
        cycle: u32::try_from(row.integer()?).map_err(|_| StoreError::Shape)?,
        step: StepId::parse(&row.text()?).map_err(shape)?,
    })
}

/// What the gate said about one reminder.
pub(super) struct Verdict {
    id: ReminderId,
    scheduled: Timestamp,
    pub(super) reason: Option<Reason>,
    hold: Option<Timestamp>,
    first: Timestamp,
    tries: u32,
}

async fn send_wave<P: Ports>(app: &App<P>, owner: &str, wave: Wave, sent: &mut Sent) -> Result<(), Error> {
    let asked = app.now();
    let verdicts = gate(app, owner, &wave).await?;
    // An old answer is out of date: the shopper may have bought since. What passed is then left as if the run had died
    // here, and taken again, under the same key, when its lease lapses.
    let holds = app.now().since(asked) <= GATE_HOLDS;
    let find = |id: &ReminderId| wave.reminders.iter().find(|reminder| reminder.claimed.id == *id);

    // Between the gate's answer and these calls nothing is awaited: what passed leaves at once.
    let mut passed: Vec<(&Verdict, &Composed)> = verdicts
        .iter()
        .filter(|verdict| holds && verdict.reason.is_none())
        .filter_map(|verdict| Some((verdict, find(&verdict.id)?)))
        .collect();
    // A batch is the same bytes on every attempt.
    passed.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    let refused: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.reason.is_some()).collect();
    let after = if wave.is_repeated_batch() && passed.len() < wave.reminders.len() {
        batch::left_behind(&passed, &refused, app)
    } else {
        let outcomes = hand_over(app, &wave, &passed).await;
        follow(app, &wave, &passed, outcomes, sent)
    };

    if !refused.is_empty() {
        close(app, owner, &refused, sent).await?;
    }
    if !passed.is_empty() {
        record(app, owner, &passed, after, sent).await?;
    }
    Ok(())
}

/// Calls the provider for what passed: once for a batch, else once for each.
async fn hand_over<P: Ports>(app: &App<P>, wave: &Wave, passed: &[(&Verdict, &Composed)]) -> Vec<Outcome> {
    let mailer = app.ports.mailer();
    // The gate lets nothing pass that has no message; said for completeness.
    let nothing = || Outcome::BadRequest { detail: "nothing to send".to_owned() };
    match &wave.batch {
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

/// What follows from the outcomes.
fn follow<P: Ports>(
    app: &App<P>,
    wave: &Wave,
    passed: &[(&Verdict, &Composed)],
    outcomes: Vec<Outcome>,
    sent: &mut Sent,
) -> Vec<After> {
    let now = app.now();
    let profile = app.ports.mailer().profile();
    if wave.batch.is_some() && outcomes.iter().all(|outcome| matches!(outcome, Outcome::BadRequest { .. })) {
        return batch::refused_whole(wave, outcomes, &profile, now);
    }
    passed
        .iter()
        .zip(outcomes)
        .map(|((verdict, reminder), outcome)| {
            if let Outcome::StopRun { detail } = &outcome {
                sent.stopped = Some(detail.clone());
            }
            let earlier = reminder.claimed.first.is_some();
            reminder::after(outcome, &profile, verdict.first, earlier, verdict.tries, now)
        })
        .collect()
}

async fn gate<P: Ports>(app: &App<P>, owner: &str, wave: &Wave) -> Result<Vec<Verdict>, Error> {
    let now = app.now();
    let profile = app.ports.mailer().profile();
    let against: Vec<Option<Reason>> =
        wave.reminders.iter().map(|reminder| against_repeating(&reminder.claimed, reminder, &profile, now)).collect();
    // What one member of a batch may not do, none may: the rest would be other bytes under the batch's key.
    let is_torn = wave.is_repeated_batch() && against.iter().any(Option::is_some);
    let asked: Vec<_> = wave
        .reminders
        .iter()
        .zip(against)
        .map(|(reminder, against)| {
            let against = against.or_else(|| is_torn.then_some(Reason::BatchTorn));
            question(reminder, against, &profile, wave.batch.as_deref())
        })
        .collect();
    let rows = app
        .store()
        .execute(sql::OUTBOX_GATE.with([
            json::text(&asked).into(),
            owner.into(),
            now.into(),
            states_by_reason().into(),
            now.minus(Span::days(7)).into(),
            now.minus(Span::days(30)).into(),
            now.minus(trust::COUNTED_OVER).into(),
        ]))
        .await?;
    Ok(read_all(rows, |mut row| {
        let id = read_id(&mut row)?;
        let reason = row.optional_text()?.map(|code| Reason::from_code(&code).ok_or(StoreError::Shape)).transpose()?;
        let scheduled = wave.reminders.iter().find(|reminder| reminder.claimed.id == id).map(|of| of.claimed.scheduled);
        Ok(Verdict {
            id,
            scheduled: scheduled.unwrap_or(now),
            reason,
            hold: row.optional_time()?,
            first: row.optional_time()?.unwrap_or(now),
            tries: u32::try_from(row.integer()?).unwrap_or(u32::MAX),
        })
    })?)
}

/// What stands against repeating an attempt; nothing against a first one.
fn against_repeating(claimed: &Claimed, reminder: &Composed, profile: &Profile, now: Timestamp) -> Option<Reason> {
    let first = claimed.first?;
    let is_same = |(version, hash): &(String, String)| *version == reminder.version && *hash == reminder.hash;
    if claimed.provider.as_deref().is_some_and(|provider| provider != profile.code) {
        Some(Reason::OtherProvider)
    } else if now.since(first) >= profile.retry_window {
        Some(Reason::RetryWindowOver)
    } else if !claimed.frozen.as_ref().is_none_or(is_same) {
        Some(Reason::NotTheSameMail)
    } else {
        claimed.is_torn.then_some(Reason::BatchTorn)
    }
}

/// What the gate is asked about one reminder.
#[derive(Serialize)]
struct Question<'a> {
    #[serde(flatten)]
    id: &'a ReminderId,
    version: &'a str,
    template: &'a str,
    locale: &'a str,
    hash: &'a str,
    quiet: Option<Timestamp>,
    again: Option<&'static str>,
    provider: &'a str,
    batch: Option<&'a str>,
    exclusion: Option<&'static str>,
    owner_address: i32,
    bases: &'a str,
    delay: Span,
    stale: Span,
    spacing: Span,
    sequence: Span,
    silence: Span,
    week: u32,
    month: u32,
    oldest: Span,
    held: Span,
    unproven: u32,
    session_limit: u32,
    ip_prefix_limit: u32,
}

fn question<'a>(
    reminder: &'a Composed,
    against: Option<Reason>,
    profile: &'a Profile,
    batch: Option<&'a str>,
) -> Question<'a> {
    let policy = &reminder.policy;
    Question {
        id: &reminder.claimed.id,
        version: &reminder.version,
        template: reminder.template,
        locale: &reminder.locale,
        hash: &reminder.hash,
        quiet: reminder.quiet_until,
        again: against.map(Reason::code),
        provider: profile.code,
        batch,
        exclusion: reminder.exclusion.map(ExclusionReason::code),
        owner_address: i32::from(reminder.is_owner_address),
        bases: reminder.bases,
        delay: step_delay(policy, &reminder.claimed.id),
        stale: policy.stale_after,
        spacing: policy.spacing,
        sequence: policy.next_sequence,
        silence: policy.silence,
        week: policy.cap_week,
        month: policy.cap_month,
        oldest: policy.oldest_cart,
        held: reminder::HELD_AT_MOST,
        unproven: policy.cap_unproven,
        session_limit: trust::SESSION_ADDRESSES,
        ip_prefix_limit: trust::IP_PREFIX_ADDRESSES,
    }
}

/// How long after the shopper's last activity a step may leave; none for a step the site has taken out since.
fn step_delay(policy: &Policy, reminder: &ReminderId) -> Span {
    let step = policy.steps.iter().find(|step| step.id == reminder.step);
    step.map_or(Span::ZERO, |step| policy.delay_of(step))
}

/// The state each reason leads to, `{"ordered":4,…}`.
fn states_by_reason() -> String {
    let states: BTreeMap<&str, i64> =
        Reason::ALL.into_iter().map(|reason| (reason.code(), reason.leads_to().code())).collect();
    json::text(&states)
}

/// A refused reminder: when it is looked at again, or when the provider is asked about it.
#[derive(Serialize)]
struct ClosedRow<'a> {
    #[serde(flatten)]
    id: &'a ReminderId,
    next: Option<Timestamp>,
    look_up: Option<Timestamp>,
}

async fn close<P: Ports>(app: &App<P>, owner: &str, refused: &[&Verdict], sent: &mut Sent) -> Result<(), Error> {
    let now = app.now();
    let look_up = reminder::look_up_at(&app.ports.mailer().profile(), now);
    let rows: Vec<_> = refused
        .iter()
        .map(|verdict| {
            let next =
                verdict.reason.and_then(|reason| next_look(reason, verdict.hold, now.since(verdict.scheduled), now));
            if next.is_some() {
                sent.held = sent.held.saturating_add(1);
            } else {
                sent.ended = sent.ended.saturating_add(1);
            }
            let is_unknown = verdict.reason.is_some_and(|reason| reason.leads_to() == ReminderState::Unknown);
            ClosedRow { id: &verdict.id, next, look_up: look_up.filter(|_| is_unknown) }
        })
        .collect();
    app.store().execute(sql::OUTBOX_CLOSE.with([json::text(&rows).into(), owner.into(), now.into()])).await?;
    Ok(())
}

/// How long a held reminder is left alone: from this
const HELD_LOOK_SOON: Span = Span::minutes(5);
/// to this, which is how late sending goes on after a pause or an opened breaker at the most.
const HELD_LOOK_LATE: Span = Span::hours(1);

/// When a held reminder is looked at again, having waited so long already; `None` for one that has ended.
fn next_look(reason: Reason, hold: Option<Timestamp>, waited: Span, now: Timestamp) -> Option<Timestamp> {
    let soon = now.plus(Span::minutes(1));
    // All of the site's reminders wait, for nobody knows how long. Each look writes four rows, so it is the rarer the
    // longer one has waited; reminders that were due at different times do not come back together.
    let rarer = now.plus(waited.clamp_to(HELD_LOOK_SOON, HELD_LOOK_LATE));
    match reason {
        _ if reason.leads_to() != ReminderState::Ready => None,
        Reason::Changed => Some(now),
        Reason::ActiveAgain | Reason::Spacing | Reason::QuietHours => Some(hold.unwrap_or(soon).max(soon)),
        Reason::PaymentPending => Some(now.plus(Span::minutes(15))),
        Reason::Paused | Reason::ShadowState | Reason::TestState => Some(rarer),
        // Staff opens it, or it opens by itself.
        Reason::Breaker => Some(rarer.min(hold.unwrap_or(soon)).max(soon)),
        _ => Some(now.plus(HELD_LOOK_SOON)),
    }
}

/// What became of a reminder that was handed over.
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

/// A reminder whose attempt counts as not made; `batch` is empty where it goes on leaving alone.
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

async fn record<P: Ports>(
    app: &App<P>,
    owner: &str,
    passed: &[(&Verdict, &Composed)],
    after: Vec<After>,
    sent: &mut Sent,
) -> Result<(), Error> {
    let now = app.now();
    let (mut rows, mut forget, mut suppress) = (Vec::new(), Vec::new(), Vec::new());
    let mut returned: Vec<SiteId> = Vec::new();
    for ((verdict, reminder), after) in passed.iter().zip(after) {
        if after.reason == Some(reminder::RECIPIENT_REFUSED) {
            returned.push(verdict.id.site.clone());
            suppress.push(RefusedRow { mailbox_hash: &reminder.claimed.mailbox_hash, site: &verdict.id.site });
        }
        match after.state {
            ReminderState::Sent => {
                sent.accepted = sent.accepted.saturating_add(1);
                match sent.accepted_of.iter_mut().find(|(site, _)| *site == verdict.id.site) {
                    Some((_, count)) => *count = count.saturating_add(1),
                    None => sent.accepted_of.push((verdict.id.site.clone(), 1)),
                }
            }
            ReminderState::Ready => sent.held = sent.held.saturating_add(1),
            _ => sent.ended = sent.ended.saturating_add(1),
        }
        if after.burns_nothing {
            // What left alone once because its batch was refused goes on leaving alone.
            let is_alone = after.reason == Some(batch::REFUSED) || reminder.claimed.batch.as_deref() == Some("");
            forget.push(ForgetRow { id: &verdict.id, batch: is_alone.then_some("") });
        }
        rows.push(RecordRow {
            id: &verdict.id,
            state: after.state.code(),
            reason: after.reason,
            detail: after.detail,
            next: after.next,
            look_up: after.look_up,
            provider: after.provider_id,
        });
    }
    let rows = json::text(&rows);
    let mut batch = vec![sql::SEND_FIGURES.with([rows.as_str().into(), owner.into()])];
    // Before the attempt is recorded, while the row still is this run's.
    if !forget.is_empty() {
        batch.push(sql::OUTBOX_FORGET.with([json::text(&forget).into(), owner.into()]));
    }
    batch.push(sql::OUTBOX_RECORD.with([rows.into(), owner.into(), now.into()]));
    if !suppress.is_empty() {
        batch.push(sql::SUPPRESS_REFUSED.with([json::text(&suppress).into(), now.into()]));
    }
    if !returned.is_empty() {
        batch.push(breaker::count(returned.iter().map(|site| (site, MailEvent::Bounced, now))));
    }
    app.store().batch(batch).await?;
    sent.returned.append(&mut returned);
    Ok(())
}
