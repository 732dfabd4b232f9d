//! How a reminder leaves exactly once: claim, compose, gate, call, record.
//!
//! A run may stop anywhere: another run claims its reminders again when the lease lapses, under the same key and, after
//! an attempt, with the same bytes. `docs/ARCHITECTURE.md` describes the protocol.

use cartwake_shared::{identifier::SiteId, round_robin::RoundRobin, time::Span, trust::Audience};

use super::{
    batch::{self, Chunk},
    budget::Budget,
    call::{call, changes_after},
    claim::{GROUP, claim},
    compose::{self, ComposedReminder},
    gate::{GateDecision, gate},
    record::{close, record},
};
use crate::base::{
    deployment::Deployment,
    error::Error,
    ports::{App, Entropy as _, Mailer as _, Ports, Store as _},
    store::sql::cron::WriteMailState,
};

/// How old the gate's answer may be when a mail leaves. D1 answers in milliseconds; an answer this old was stalled.
const GATE_HOLDS: Span = Span::seconds(10);

/// What a run sent and held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendReport {
    /// Reminders that the provider accepted.
    pub accepted: usize,
    /// The same by site and audience.
    pub accepted_of: Vec<(SiteId, Audience, i64)>,
    /// Reminders that were put back with a reason.
    pub held: usize,
    /// Reminders that ended without being sent.
    pub ended: usize,
    /// The provider's words when it stopped the run.
    pub stopped: Option<String>,
    /// Sites and audiences with addresses that the provider refused; their breakers have to be checked.
    pub bounced: Vec<(SiteId, Audience)>,
}

/// Sends due reminders in small groups, as many as the tick's budget permits, the sites in turn. `report` says what was
/// done, also when a later group fails.
pub async fn run<P: Ports>(
    app: &App<P>,
    owner: &str,
    deployment: &Deployment,
    turns: &mut RoundRobin,
    budget: &mut Budget,
    report: &mut SendReport,
) -> Result<(), Error> {
    let batch_size = app.config.mails_per_batch.min(app.ports.mailer().profile().largest_batch);
    while report.stopped.is_none() {
        let count = budget.next_group(GROUP.max(batch_size), app.now());
        let places = usize::try_from(count).unwrap_or(0);
        let sites = turns.next(places);
        if sites.is_empty() {
            break;
        }
        let group = claim(app, owner, &sites, count).await?;
        let claimed_of: Vec<SiteId> = group.iter().map(|claimed| claimed.id.site.clone()).collect();
        turns.record_claimed(places, &claimed_of);
        let group = batch::complete(app, owner, group).await?;
        if group.is_empty() {
            budget.spend(0, 0);
            continue;
        }
        let mut composed = compose::compose(app, &deployment.origin, &group).await?;
        batch::mark_torn(&group, &mut composed);
        let chunks = batch::chunks(composed, batch_size, || app.ports.entropy().name());
        budget.spend(group.len(), chunks.len());
        for chunk in chunks {
            send_chunk(app, owner, &chunk, report).await?;
        }
    }
    let was_stopped = deployment.mail_stopped.is_some();
    // The dashboard, `/health` and the heartbeat show it; a mail to the owner could not leave.
    let note = match &report.stopped {
        Some(detail) if detail.is_empty() => Some("it gave no reason"),
        Some(detail) => Some(detail.as_str()),
        None => (was_stopped && report.accepted > 0).then_some(""),
    };
    if let Some(note) = note {
        app.store().done(&WriteMailState { now: app.now(), note }).await?;
    }
    Ok(())
}

/// Sends a chunk: (1) the gate decides, (2) what passed leaves, (3) what the gate refused is closed, (4) the provider's
/// answers are recorded.
async fn send_chunk<P: Ports>(app: &App<P>, owner: &str, chunk: &Chunk, report: &mut SendReport) -> Result<(), Error> {
    // (1)
    let asked_at = app.now();
    let decisions = gate(app, owner, chunk).await?;
    // An old answer is out of date: the shopper may have bought since. The reminders that passed are then left as if the
    // run had died here; another run claims them, under the same key, when the lease lapses.
    let holds = app.now().since(asked_at) <= GATE_HOLDS;

    // (2) Nothing is awaited between the gate's answer and these calls: what passed leaves at once.
    let mut passed: Vec<(&GateDecision, &ComposedReminder)> = decisions
        .iter()
        .filter(|decision| holds && decision.reason.is_none())
        .filter_map(|decision| Some((decision, chunk.find(&decision.id)?)))
        .collect();
    // A batch is the same bytes on every attempt.
    passed.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    let refused: Vec<&GateDecision> = decisions.iter().filter(|decision| decision.reason.is_some()).collect();
    let changes = if chunk.is_repeated_batch() && passed.len() < chunk.reminders.len() {
        batch::changes_of_incomplete(app, &passed, &refused)
    } else {
        let outcomes = call(app, chunk, &passed).await;
        changes_after(app, chunk, &passed, outcomes, report)
    };

    // (3)
    if !refused.is_empty() {
        close(app, owner, &refused, report).await?;
    }
    // (4)
    if !passed.is_empty() {
        record(app, owner, &passed, changes, report).await?;
    }
    Ok(())
}
