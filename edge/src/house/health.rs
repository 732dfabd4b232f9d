//! `GET /health`: whether cron is alive, for monitors.

use cartwake_shared::time::Span;

use crate::base::{
    deployment::deployment,
    error::Error,
    http::Response,
    json::Object,
    ports::{App, Cache as _, Ports, Store as _},
    store::{StoreError, sql},
};

/// Cron fires every minute; five missed ones are no coincidence.
pub const CRON_LATE: Span = Span::minutes(5);

/// Where it is noted that the free plan's rows of the day are used up.
const DAILY_LIMIT_NOTE: &str = "trouble/daily_limit";
/// How long the note stands after it was last seen. 144 of the free plan's 1,000 writes a day at most.
const NOTED_SECONDS: u32 = 600;

/// Notes in the cache that the day's rows are used up, since the database takes no note.
pub async fn note_daily_limit<P: Ports>(app: &App<P>) {
    if !is_daily_limit_reached(app).await {
        app.ports.cache().put(DAILY_LIMIT_NOTE, &app.now().rfc3339(), NOTED_SECONDS).await;
    }
}

/// Whether cron has met the daily limit in the last minutes.
pub async fn is_daily_limit_reached<P: Ports>(app: &App<P>) -> bool {
    app.ports.cache().get(DAILY_LIMIT_NOTE).await.is_some()
}

/// 200 while cron runs and may write, the mail provider takes mails and no site's breaker keeps them back; 503 when not.
pub async fn health<P: Ports>(app: &App<P>) -> Result<Response, Error> {
    let deployment = deployment(app).await?;
    let age = app.now().since(deployment.cron_at);
    let has_run = deployment.cron_at.millis() > 0;
    let is_limited = is_daily_limit_reached(app).await;
    let tripped = app.store().execute(sql::BREAKERS_FALLEN.with([app.now().into()])).await?.into_iter().next();
    let tripped = tripped.ok_or(StoreError::Shape)?.integer()?;
    let stopped = deployment.mail_stopped.map(|(since, _)| since.rfc3339());
    let ok = has_run && age <= CRON_LATE && !is_limited && tripped == 0 && stopped.is_none();
    let mut cron = Object::new();
    cron.with("last", &has_run.then(|| deployment.cron_at.rfc3339()))
        .with("age_s", &has_run.then(|| age.whole_seconds()));
    let mut body = Object::new();
    body.with("ok", &ok).with("cron", &cron.done()).with("daily_limit", &is_limited).with("breakers", &tripped);
    // What the provider said may name the account: that is for the dashboard.
    let body = body.with("mail", &Object::new().with("stopped_since", &stopped).done()).done();
    Ok(Response::json(if ok { 200 } else { 503 }, body))
}
