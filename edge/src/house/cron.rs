//! One tick of cron: send what is due, plan what has become due, housekeeping, leave a heartbeat.

use cartwake_shared::round_robin::RoundRobin;
use serde::Serialize;

use crate::{
    base::{
        error::Error,
        json,
        ports::{App, Entropy as _, Ports, Store as _},
        store::{StoreError, sql},
    },
    house::{health, housekeeping},
    sending::{
        breaker,
        budget::Budget,
        deliver::{self, Sent},
        due::{Due, DueSite, SITES_PER_TICK},
        plan::plan,
        time_travel,
    },
};

/// What a tick did, for its log line and the heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was sent and held.
    pub sent: Sent,
    /// Carts the planner looked at.
    pub looked_at: usize,
    /// Reminders it planned.
    pub planned: usize,
}

/// What a heartbeat notes of its run.
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

/// Runs a tick: (1) ask what is due, (2) send first, (3) plan, (4) look at the breakers of sites where something bad was
/// counted, (5) one rotating job, (6) heartbeat.
///
/// A job that fails does not keep the others from running; the first error is returned for the log. What the budget
/// does not carry is left to the next tick, which goes on behind the site whose turn was last.
pub async fn run<P: Ports>(app: &App<P>) -> Result<Summary, Error> {
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
    let mut turns = RoundRobin::after(&due.deployment.turn, due.sites_of(|site| site.reminders));
    if let Err(error) = deliver::run(app, &owner, &due.deployment, &mut turns, &mut budget, &mut summary.sent).await {
        failed = failed.or(Some(error));
    }
    let mut last = turns.last().cloned();
    let mut unproven = Vec::new();
    // (3)
    let sites = budget.sites().min(SITES_PER_TICK);
    let carts: Vec<&DueSite> = due.sites.iter().filter(|site| site.carts).take(sites).collect();
    if !carts.is_empty() {
        last = last.or_else(|| carts.last().map(|site| site.id.clone()));
        match plan(app, &carts).await {
            Ok(plan) => {
                (summary.looked_at, summary.planned) = (plan.looked_at, plan.reminders);
                unproven = plan.unproven;
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // (4)
    unproven.append(&mut summary.sent.returned);
    if let Err(error) = breaker::look(app, unproven).await {
        failed = failed.or(Some(error));
    }
    // (5)
    if let Err(error) = housekeeping::run(app, &due).await {
        failed = failed.or(Some(error));
    }
    // (6)
    if let Some(Error::Store(StoreError::DailyLimit)) = failed {
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
    let accepted = breaker::noted(&summary.sent.accepted_of, at);
    let last = last.map(|site| site.as_str().to_owned());
    app.store().execute(sql::HEARTBEAT.with([at.into(), note.into(), accepted.into(), last.into()])).await?;
    if summary.sent.accepted > 0 {
        time_travel::keep(app, at).await;
    }
    failed.map_or(Ok(summary), Err)
}
