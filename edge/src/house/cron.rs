//! One tick of cron: sends due reminders, plans due carts, does one housekeeping job, writes a heartbeat.

use cartwake_shared::round_robin::RoundRobin;
use serde::Serialize;

use crate::{
    base::{
        error::Error,
        json,
        ports::{App, Entropy as _, Ports, Store as _},
        row_budget,
        store::sql::cron::WriteHeartbeat,
    },
    house::{health, housekeeping},
    sending::{
        breaker,
        budget::Budget,
        deliver::{self, SendReport},
        due::{Due, DueSite, SITES_PER_TICK},
        plan::plan,
        time_travel,
    },
};

/// What a tick did, for its log line and the heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The reminders that were sent and held.
    pub sent: SendReport,
    /// Carts that the planner decided.
    pub carts: usize,
    /// Reminders it planned.
    pub planned: usize,
}

/// The note of a heartbeat about its run.
#[derive(Serialize)]
#[serde(untagged)]
enum Note<'a> {
    Done {
        sent: usize,
        held: usize,
        planned: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        stopped: Option<&'a str>,
    },
    Failed {
        error: &'static str,
    },
}

/// Runs a tick: (1) find what is due, (2) send, (3) plan, (4) check the breakers of sites with new bounces, (5) one
/// housekeeping job, (6) heartbeat.
///
/// If one part fails, the others still run; the first error is returned for the log. The next tick continues behind the
/// last site of this one with whatever exceeded the budget.
pub async fn run<P: Ports>(app: &App<P>) -> Result<Summary, Error> {
    let written_before = app.store().rows_written();
    let mut summary = Summary::default();
    let mut budget = Budget::new(app.config.mails_per_tick, app.now());
    let mut failed = None;
    // (1)
    let due = match Due::read(app).await {
        Ok(due) => due,
        Err(error) => {
            failed = Some(error);
            Due::default()
        }
    };
    // (2)
    let owner = app.ports.entropy().name();
    let mut turns = RoundRobin::after(&due.deployment.last_site, due.sites_of(|site| site.reminders));
    if let Err(error) = deliver::run(app, &owner, &due.deployment, &mut turns, &mut budget, &mut summary.sent).await {
        failed = failed.or(Some(error));
    }
    let mut last = turns.last().cloned();
    // (3)
    let sites = budget.sites().min(SITES_PER_TICK);
    let carts: Vec<&DueSite> = due.sites.iter().filter(|site| site.carts).take(sites).collect();
    if !carts.is_empty() {
        last = last.or_else(|| carts.last().map(|site| site.id.clone()));
        match plan(app, &carts).await {
            Ok(plan) => (summary.carts, summary.planned) = (plan.carts, plan.reminders),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // (4)
    if let Err(error) = breaker::check(app, core::mem::take(&mut summary.sent.bounced)).await {
        failed = failed.or(Some(error));
    }
    // (5)
    if let Err(error) = housekeeping::run(app, &due).await {
        failed = failed.or(Some(error));
    }
    // (6)
    if let Some(Error::DailyLimit) = failed {
        health::note_daily_limit(app).await;
    }
    let note = match &failed {
        None => Note::Done {
            sent: summary.sent.accepted,
            held: summary.sent.held,
            planned: summary.planned,
            stopped: summary.sent.stopped.as_deref(),
        },
        Some(error) => Note::Failed { error: error.code() },
    };
    let note = json::text(&note);
    let at = app.now();
    let accepted = breaker::accepted_since_roll_up(&summary.sent.accepted_of, at);
    app.store().done(&WriteHeartbeat { now: at, note: &note, accepted: &accepted, last_site: last.as_ref() }).await?;
    row_budget::count(app, app.store().rows_written().saturating_sub(written_before), None).await;
    if summary.sent.accepted > 0 {
        time_travel::remember_sent(app, at).await;
    }
    failed.map_or(Ok(summary), Err)
}
