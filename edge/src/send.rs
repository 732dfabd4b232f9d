//! How a reminder leaves exactly once: claim, load, write, gate, call, record.
//!
//! A run may stop anywhere: what it had claimed is taken again when its lease lapses, under the same key and, if an
//! attempt was made, with the same bytes. `docs/ARCHITECTURE.md` has the protocol in words.

use std::collections::BTreeMap;

use cartwake_shared::{
    gate::Reason,
    identifier::{CartId, ReminderId, SiteId, StepId},
    policy::Policy,
    provider::Profile,
    reminder::{self, LEASE, Outcome, ReminderState},
    time::{Span, Timestamp},
    trust,
    turn::Turns,
};
use futures_util::future::join_all;

use crate::{
    breaker::{self, MailEvent},
    error::Error,
    json::{self, Document, Object},
    ports::{Edge, Mailer as _, Ports, Store as _},
    store::{Row, StoreError, sql},
    tick::budget::Budget,
};

pub mod compose;
pub mod message;
pub mod resend;

use compose::Composed;

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
    pub accepted_of: BTreeMap<SiteId, i64>,
    /// Put back with a reason.
    pub held: usize,
    /// Ended without being sent.
    pub ended: usize,
    /// The provider stopped the run.
    pub stopped: bool,
}

/// A reminder this run has claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Which one.
    pub id: ReminderId,
    /// Place of its step in the sequence, from 0.
    pub position: i64,
    /// Whom it is for.
    pub mailbox: String,
    /// When it was meant to leave.
    pub scheduled: Timestamp,
    /// When an attempt was first made that may have reached the provider.
    pub first: Option<Timestamp>,
    /// The cart's version and the hash of the bytes at that attempt.
    pub frozen: Option<(String, String)>,
}

/// Sends in small groups what the tick's budget permits, the sites in turn; `sent` tells what was done also where a later
/// group fails.
pub async fn run<P: Ports>(
    edge: &Edge<P>,
    owner: &str,
    origin: &str,
    turns: &mut Turns,
    budget: &mut Budget,
    sent: &mut Sent,
) -> Result<(), Error> {
    while !sent.stopped {
        let count = budget.next_group(edge.now());
        let sites = turns.next(usize::try_from(count).unwrap_or(0));
        if sites.is_empty() {
            break;
        }
        let group = claim(edge, owner, &sites, count).await?;
        let of: Vec<SiteId> = group.iter().map(|claimed| claimed.id.site.clone()).collect();
        turns.took(usize::try_from(count).unwrap_or(0), &of);
        let members = group.len();
        let waves = if group.is_empty() { Vec::new() } else { waves(compose::compose(edge, origin, &group).await?) };
        budget.spend(members, waves.len());
        for wave in waves {
            send_wave(edge, owner, wave, sent).await?;
        }
    }
    Ok(())
}

/// Takes the next few reminders of these sites for this run.
async fn claim<P: Ports>(edge: &Edge<P>, owner: &str, sites: &[SiteId], count: u32) -> Result<Vec<Claimed>, Error> {
    let now = edge.now();
    let sites = json::list(sites.iter().map(|site| Document::of(site.as_str())));
    let rows = edge
        .store()
        .run(sql::OUTBOX_CLAIM.with([owner.into(), now.plus(LEASE).into(), now.into(), count.into(), sites.into()]))
        .await?;
    Ok(rows.into_iter().map(read_claimed).collect::<Result<_, _>>()?)
}

fn read_claimed(mut row: Row) -> Result<Claimed, StoreError> {
    let id = read_id(&mut row)?;
    let position = row.integer()?;
    let mailbox = row.text()?;
    row.integer()?;
    let scheduled = row.time()?;
    let first = row.optional_time()?;
    row.integer()?;
    let version = row.optional_text()?;
    row.optional_text()?;
    row.optional_text()?;
    let hash = row.optional_text()?;
    Ok(Claimed { id, position, mailbox, scheduled, first, frozen: version.zip(hash) })
}

fn read_id(row: &mut Row) -> Result<ReminderId, StoreError> {
    let shape = |_| StoreError::Shape;
    Ok(ReminderId {
        site: SiteId::parse(&row.text()?).map_err(shape)?,
        cart: CartId::parse(&row.text()?).map_err(shape)?,
        run: u32::try_from(row.integer()?).map_err(|_| StoreError::Shape)?,
        step: StepId::parse(&row.text()?).map_err(shape)?,
    })
}

/// Splits a group so that no mailbox stands twice in a wave: two mails of one gate statement would not see each other
/// in the caps.
fn waves(group: Vec<Composed>) -> Vec<Vec<Composed>> {
    let mut waves: Vec<Vec<Composed>> = Vec::new();
    for reminder in group {
        match waves.iter_mut().find(|wave| wave.iter().all(|other| other.claimed.mailbox != reminder.claimed.mailbox)) {
            Some(wave) => wave.push(reminder),
            None => waves.push(vec![reminder]),
        }
    }
    waves
}

/// What the gate said about one reminder.
struct Verdict {
    id: ReminderId,
    scheduled: Timestamp,
    reason: Option<Reason>,
    hold: Option<Timestamp>,
    first: Timestamp,
    tries: u32,
}

async fn send_wave<P: Ports>(edge: &Edge<P>, owner: &str, wave: Vec<Composed>, sent: &mut Sent) -> Result<(), Error> {
    let asked = edge.now();
    let verdicts = gate(edge, owner, &wave).await?;
    // An old answer is out of date: the shopper may have bought since. What passed is then left as if the run had died
    // here, and taken again, under the same key, when its lease lapses.
    let holds = edge.now().since(asked) <= GATE_HOLDS;
    let find = |id: &ReminderId| wave.iter().find(|reminder| reminder.claimed.id == *id);

    // Between the gate's answer and these calls nothing is awaited: what passed leaves at once.
    let passed: Vec<(&Verdict, &Composed)> = verdicts
        .iter()
        .filter(|verdict| holds && verdict.reason.is_none())
        .filter_map(|verdict| Some((verdict, find(&verdict.id)?)))
        .collect();
    let outcomes: Vec<Outcome> = join_all(passed.iter().map(|(_, reminder)| async move {
        match &reminder.message {
            Some(message) => edge.ports.mailer().send(message).await,
            // The gate lets nothing pass that has no message; said for completeness.
            None => Outcome::BadRequest { detail: "nothing to send".to_owned() },
        }
    }))
    .await;

    let refused: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.reason.is_some()).collect();
    if !refused.is_empty() {
        close(edge, owner, &refused, sent).await?;
    }
    if !passed.is_empty() {
        record(edge, owner, &passed, outcomes, sent).await?;
    }
    Ok(())
}

async fn gate<P: Ports>(edge: &Edge<P>, owner: &str, wave: &[Composed]) -> Result<Vec<Verdict>, Error> {
    let now = edge.now();
    let profile = edge.ports.mailer().profile();
    let asked: Vec<_> = wave.iter().map(|reminder| question(reminder, &profile, now)).collect();
    let rows = edge
        .store()
        .run(sql::OUTBOX_GATE.with([
            json::list(asked).into(),
            owner.into(),
            now.into(),
            states_by_reason().into(),
            now.minus(Span::days(7)).into(),
            now.minus(Span::days(30)).into(),
            now.minus(trust::COUNTED_OVER).into(),
        ]))
        .await?;
    Ok(rows
        .into_iter()
        .map(|mut row| {
            let id = read_id(&mut row)?;
            row.integer()?;
            let reason =
                row.optional_text()?.map(|code| Reason::from_code(&code).ok_or(StoreError::Shape)).transpose()?;
            let scheduled = wave.iter().find(|reminder| reminder.claimed.id == id).map(|of| of.claimed.scheduled);
            Ok(Verdict {
                id,
                scheduled: scheduled.unwrap_or(now),
                reason,
                hold: row.optional_time()?,
                first: row.optional_time()?.unwrap_or(now),
                tries: u32::try_from(row.integer()?).unwrap_or(u32::MAX),
            })
        })
        .collect::<Result<_, StoreError>>()?)
}

/// What the gate is asked about one reminder.
fn question(reminder: &Composed, profile: &Profile, now: Timestamp) -> Document {
    let claimed = &reminder.claimed;
    let again = match (&claimed.first, &claimed.frozen) {
        (Some(first), _) if now.since(*first) >= profile.retry_window => Some(Reason::RetryWindowOver.code()),
        (Some(_), Some((version, hash))) if *version != reminder.version || *hash != reminder.hash => {
            Some(Reason::NotTheSameMail.code())
        }
        _ => None,
    };
    let policy = &reminder.policy;
    let mut row = row_of(&claimed.id);
    row.with("version", &reminder.version).with("template", reminder.template).with("locale", &reminder.locale);
    row.with("hash", &reminder.hash).with("quiet", &reminder.quiet_until).with("again", &again);
    row.with("owner_address", &i32::from(reminder.is_owner_address)).with("bases", reminder.bases);
    row.with("delay", &step_delay(policy, &claimed.id));
    row.with("stale", &policy.stale_after).with("spacing", &policy.spacing).with("sequence", &policy.next_sequence);
    row.with("silence", &policy.silence).with("week", &policy.cap_week).with("month", &policy.cap_month);
    row.with("oldest", &policy.oldest_cart).with("held", &reminder::HELD_AT_MOST);
    row.with("unproven", &policy.cap_unproven);
    row.with("session", &trust::SESSION_ADDRESSES).with("block", &trust::BLOCK_ADDRESSES).done()
}

/// How long after the shopper's last activity a step may leave; none for a step the site has taken out since.
fn step_delay(policy: &Policy, reminder: &ReminderId) -> Span {
    let step = policy.steps.iter().find(|step| step.id == reminder.step);
    step.map_or(Span::ZERO, |step| policy.delay_of(step))
}

/// The state each reason leads to, `{"ordered":4,…}`.
fn states_by_reason() -> Document {
    let mut states = Object::new();
    for reason in Reason::ALL {
        states.with(reason.code(), &reason.leads_to().code());
    }
    states.done()
}

async fn close<P: Ports>(edge: &Edge<P>, owner: &str, refused: &[&Verdict], sent: &mut Sent) -> Result<(), Error> {
    let now = edge.now();
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
            row_of(&verdict.id).with("next", &next).done()
        })
        .collect();
    edge.store().run(sql::OUTBOX_CLOSE.with([json::list(rows).into(), owner.into(), now.into()])).await?;
    Ok(())
}

/// How long a held reminder is left alone: from this
const HELD_LOOK_SOON: Span = Span::minutes(5);
/// to this, which is how late sending goes on after a pause at the most.
const HELD_LOOK_LATE: Span = Span::hours(1);

/// When a held reminder is looked at again, having waited so long already; `None` for one that has ended.
fn next_look(reason: Reason, hold: Option<Timestamp>, waited: Span, now: Timestamp) -> Option<Timestamp> {
    let soon = now.plus(Span::minutes(1));
    match reason {
        _ if reason.leads_to() != ReminderState::Ready => None,
        Reason::Changed => Some(now),
        Reason::ActiveAgain | Reason::Spacing | Reason::QuietHours => Some(hold.unwrap_or(soon).max(soon)),
        Reason::PaymentPending => Some(now.plus(Span::minutes(15))),
        // It opens by itself, or staff opens it before.
        Reason::Breaker => Some(now.plus(Span::minutes(15)).min(hold.unwrap_or(soon)).max(soon)),
        // All of the site's reminders wait, for nobody knows how long. Each look writes four rows, so it is the rarer the
        // longer one has waited; reminders that were due at different times do not come back together.
        Reason::Paused | Reason::ShadowState | Reason::TestState => {
            Some(now.plus(waited.clamp_to(HELD_LOOK_SOON, HELD_LOOK_LATE)))
        }
        _ => Some(now.plus(HELD_LOOK_SOON)),
    }
}

async fn record<P: Ports>(
    edge: &Edge<P>,
    owner: &str,
    passed: &[(&Verdict, &Composed)],
    outcomes: Vec<Outcome>,
    sent: &mut Sent,
) -> Result<(), Error> {
    let now = edge.now();
    let profile = edge.ports.mailer().profile();
    let (mut rows, mut forget, mut suppress) = (Vec::new(), Vec::new(), Vec::new());
    let mut returned: Vec<SiteId> = Vec::new();
    for ((verdict, reminder), outcome) in passed.iter().zip(outcomes) {
        sent.stopped |= matches!(outcome, Outcome::StopRun { .. });
        if matches!(outcome, Outcome::BadRecipient { .. }) {
            returned.push(verdict.id.site.clone());
            suppress.push(
                Object::new().with("mailbox", &reminder.claimed.mailbox).with("site", verdict.id.site.as_str()).done(),
            );
        }
        let after =
            reminder::after(outcome, &profile, verdict.first, reminder.claimed.first.is_some(), verdict.tries, now);
        match after.state {
            ReminderState::Sent => {
                sent.accepted = sent.accepted.saturating_add(1);
                let of_site = sent.accepted_of.entry(verdict.id.site.clone()).or_default();
                *of_site = of_site.saturating_add(1);
            }
            ReminderState::Ready => sent.held = sent.held.saturating_add(1),
            _ => sent.ended = sent.ended.saturating_add(1),
        }
        if after.burns_nothing {
            forget.push(row_of(&verdict.id).done());
        }
        let mut row = row_of(&verdict.id);
        row.with("state", &after.state.code()).with("reason", &after.reason).with("detail", &after.detail);
        rows.push(row.with("next", &after.next).with("provider", &after.provider_id).done());
    }
    let rows = json::list(rows);
    let mut batch = vec![sql::SEND_FIGURES.with([rows.as_str().into(), owner.into()])];
    // Before the attempt is recorded, while the row still is this run's.
    if !forget.is_empty() {
        batch.push(sql::OUTBOX_FORGET.with([json::list(forget).into(), owner.into()]));
    }
    batch.push(sql::OUTBOX_RECORD.with([rows.into(), owner.into(), now.into()]));
    if !suppress.is_empty() {
        batch.push(sql::SUPPRESS_REFUSED.with([json::list(suppress).into(), now.into()]));
    }
    if !returned.is_empty() {
        batch.push(breaker::count(returned.iter().map(|site| (site, MailEvent::Bounced, now))));
    }
    edge.store().batch(batch).await?;
    breaker::look(edge, returned).await
}

/// A reminder's key as the statements take it, for further fields.
pub(crate) fn row_of(id: &ReminderId) -> Object {
    let mut row = Object::new();
    row.with("site", id.site.as_str())
        .with("cart", &id.cart.to_string())
        .with("run", &id.run)
        .with("step", id.step.as_str());
    row
}
