//! `GET /health`: whether the deployment works, and more for its own monitor.

use cartwake_shared::{key::Purpose, time::Span};
use serde::Serialize;

use crate::{
    base::{
        config::Config,
        deployment::deployment,
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Cache as _, Limits as _, Ports, Store as _},
        row_budget::{self, Shedding, Standing},
        store::sql::breaker::CountTripped,
    },
    capture::challenge,
};

/// Cron fires every minute; five missed ones are no coincidence.
pub const CRON_LATE: Span = Span::minutes(5);

/// The cache key of the note that the free plan's rows of the day are used up.
const DAILY_LIMIT_NOTE: &str = "trouble/daily_limit";
/// How the token of a monitor begins.
const TOKEN_START: &str = "mon_";
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

/// The answer to anybody: whether the deployment works, and nothing of what strangers can bring about.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the answer")]
struct Health {
    ok: bool,
    /// Whether cron ran within [`CRON_LATE`].
    cron: bool,
    /// Whether the mail provider accepts mails.
    mail: bool,
    /// Whether the day's rows of the database are used up.
    daily_limit: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// What a monitor of the deployment and its signed-in staff see beside.
#[derive(Serialize)]
struct Details {
    /// When cron ran last; `null` if it never ran.
    cron_last: Option<String>,
    cron_age_s: Option<i64>,
    /// Since when the mail provider accepts no mail. Its words may name the account, so only the dashboard shows them.
    mail_stopped_since: Option<String>,
    rows: Option<RowsHealth>,
    /// Whether requests are counted.
    rate_limit: bool,
    /// Sites whose breaker is tripped. It does not turn the status red: strangers can trip one.
    breakers: i64,
    /// `off`, `on` or `failing`: whether first contacts beyond the shares are asked for a challenge.
    challenge: &'static str,
}

/// The rows of the day, and what is shed to spare them.
#[derive(Serialize)]
struct RowsHealth {
    written: i64,
    budget: i64,
    shedding: &'static str,
}

/// What a monitor shows as its bearer token: `mon_<22 characters>`, derived from the root key and the admin secret.
pub fn monitor_token(config: &Config) -> String {
    format!("{TOKEN_START}{}", config.keys.sign(Purpose::Dashboard, &monitor_message(config)))
}

fn is_monitor(config: &Config, request: &Request) -> bool {
    let token = request.authorization.as_deref().and_then(|header| header.strip_prefix("Bearer "));
    let signature = token.and_then(|token| token.trim().strip_prefix(TOKEN_START));
    signature.is_some_and(|signature| config.keys.verify(Purpose::Dashboard, &monitor_message(config), signature))
}

fn monitor_message(config: &Config) -> String {
    format!("monitor {}", config.admin_secret.reveal())
}

/// `GET /health`: 200 while cron runs and may write, carts of unknown shoppers are taken, and the mail provider accepts mails;
/// else 503, since an operator must act. Details are for a monitor with the token, and for staff who are signed in.
pub async fn health<P: Ports>(app: &App<P>, request: &Request, is_signed_in: bool) -> Result<Response, Error> {
    let deployment = deployment(app).await?;
    let age = app.now().since(deployment.cron_at);
    let has_run = deployment.cron_at.millis() > 0;
    let daily_limit = is_daily_limit_reached(app).await;
    let stopped_since = deployment.mail_stopped.map(|(since, _)| since.rfc3339());
    let rows = row_budget::standing(app).await?;
    let is_shedding = rows.is_some_and(|rows| rows.shedding >= Shedding::Anonymous);
    let (cron, mail) = (has_run && age <= CRON_LATE, stopped_since.is_none());
    let details = if is_signed_in || is_monitor(&app.config, request) {
        Some(Details {
            cron_last: has_run.then(|| deployment.cron_at.rfc3339()),
            cron_age_s: has_run.then(|| age.whole_seconds()),
            mail_stopped_since: stopped_since,
            rows: rows.map(|Standing { written, budget, shedding }| RowsHealth {
                written,
                budget,
                shedding: shedding.code(),
            }),
            rate_limit: app.ports.limits().is_counting(),
            breakers: app.store().only(&CountTripped { now: app.now() }).await?.tripped,
            challenge: challenge::state(app).await.word(),
        })
    } else {
        None
    };
    let body = Health { ok: cron && mail && !daily_limit && !is_shedding, cron, mail, daily_limit, details };
    Ok(Response::json(if body.ok { 200 } else { 503 }, json::text(&body)))
}
