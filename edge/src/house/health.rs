//! `GET /health`: whether cron is alive, for monitors.

use cartwake_shared::time::Span;
use serde::Serialize;

use crate::base::{
    deployment::deployment,
    error::Error,
    http::Response,
    json,
    ports::{App, Cache as _, Limits as _, Ports, Store as _},
    row_budget::{self, Shedding, Standing},
    store::sql::breaker::CountTripped,
};

/// Cron fires every minute; five missed ones are no coincidence.
pub const CRON_LATE: Span = Span::minutes(5);

/// The cache key of the note that the free plan's rows of the day are used up.
const DAILY_LIMIT_NOTE: &str = "trouble/daily_limit";
/// How long the note stays after the limit was last met. 144 of the free plan's 1,000 writes a day at most.
const NOTED_SECONDS: u32 = 600;

/// Notes in the cache that the day's rows are used up; the database cannot be written then.
pub async fn note_daily_limit<P: Ports>(app: &App<P>) {
    if !is_daily_limit_reached(app).await {
        app.ports.cache().put(DAILY_LIMIT_NOTE, &app.now().rfc3339(), NOTED_SECONDS).await;
    }
}

/// Whether cron has met the daily limit in the last minutes.
pub async fn is_daily_limit_reached<P: Ports>(app: &App<P>) -> bool {
    app.ports.cache().get(DAILY_LIMIT_NOTE).await.is_some()
}

/// The answer to a monitor.
#[derive(Serialize)]
struct Health {
    ok: bool,
    cron: CronHealth,
    daily_limit: bool,
    rows: Option<RowsHealth>,
    rate_limit: bool,
    breakers: i64,
    mail: MailHealth,
}

/// The rows of the day, and what is shed to spare them.
#[derive(Serialize)]
struct RowsHealth {
    written: i64,
    budget: i64,
    shedding: &'static str,
}

/// When cron ran last; `null` if it never ran.
#[derive(Serialize)]
struct CronHealth {
    last: Option<String>,
    age_s: Option<i64>,
}

/// Since when the mail provider accepts no mail. Its words may name the account, so only the dashboard shows them.
#[derive(Serialize)]
struct MailHealth {
    stopped_since: Option<String>,
}

/// 200 while cron runs and may write, no changes of carts are shed but repeated ones, the mail provider accepts mails and no site's breaker is tripped; else 503.
pub async fn health<P: Ports>(app: &App<P>) -> Result<Response, Error> {
    let deployment = deployment(app).await?;
    let age = app.now().since(deployment.cron_at);
    let has_run = deployment.cron_at.millis() > 0;
    let is_limited = is_daily_limit_reached(app).await;
    let tripped = app.store().only(&CountTripped { now: app.now() }).await?.sites;
    let stopped_since = deployment.mail_stopped.map(|(since, _)| since.rfc3339());
    let rows = row_budget::standing(app).await?;
    let is_shedding = rows.is_some_and(|rows| rows.shedding >= Shedding::Anonymous);
    let ok = !is_shedding && has_run && age <= CRON_LATE && !is_limited && tripped == 0 && stopped_since.is_none();
    let body = Health {
        ok,
        cron: CronHealth {
            last: has_run.then(|| deployment.cron_at.rfc3339()),
            age_s: has_run.then(|| age.whole_seconds()),
        },
        daily_limit: is_limited,
        rows: rows.map(|Standing { written, budget, shedding }| RowsHealth {
            written,
            budget,
            shedding: shedding.code(),
        }),
        rate_limit: app.ports.limits().is_counting(),
        breakers: tripped,
        mail: MailHealth { stopped_since },
    };
    Ok(Response::json(if ok { 200 } else { 503 }, json::text(&body)))
}
