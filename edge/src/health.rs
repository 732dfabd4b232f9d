//! `GET /health`: whether cron is alive, for monitors.

use cartwake_shared::time::{Span, Timestamp};

use crate::{
    error::Error,
    http::Response,
    json::Object,
    ports::{Cache as _, Edge, Ports, Store as _},
    store::{Row, StoreError, sql},
};

/// Cron fires every minute; five missed ones are no coincidence.
pub const CRON_LATE: Span = Span::minutes(5);

/// The deployment's own row.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// `https://host` of this Worker, as it was at set-up.
    pub origin: String,
    /// Whether all sending is paused.
    pub paused: bool,
    /// When cron last ran; 1970 if never.
    pub cron_at: Timestamp,
    /// What the last run said.
    pub cron_note: String,
    /// When cron last sent a mail, as the database remembers it; 1970 if never.
    pub sent_at: Timestamp,
    /// The site whose turn was last; empty before the first.
    pub turn: String,
    /// Length of what the heartbeats have noted of mails since the last roll-up, characters.
    pub noted: i64,
    /// Since when the mail provider stops every run, and what it says.
    pub mail_stopped: Option<(Timestamp, String)>,
}

impl Deployment {
    /// Reads a row of `site/read_deployment`.
    pub fn from_row(mut row: Row) -> Result<Self, Error> {
        let (origin, paused, cron_at, cron_note) = (row.text()?, row.fact()?, row.time()?, row.text()?);
        let (sent_at, turn, noted) = (row.time()?, row.text()?, row.integer()?);
        let (since, note) = (row.time()?, row.text()?);
        let mail_stopped = (!note.is_empty()).then_some((since, note));
        Ok(Self { origin, paused, cron_at, cron_note, sent_at, turn, noted, mail_stopped })
    }
}

/// Reads the deployment's row.
pub async fn deployment<P: Ports>(edge: &Edge<P>) -> Result<Deployment, Error> {
    let mut rows = edge.store().execute(sql::DEPLOYMENT_READ.with([])).await?.into_iter();
    let row = rows.next().ok_or(StoreError::Shape)?;
    Deployment::from_row(row)
}

/// Where it is noted that the free plan's rows of the day are used up.
const DAILY_LIMIT_NOTE: &str = "trouble/daily_limit";
/// How long the note stands after it was last seen. 144 of the free plan's 1,000 writes a day at most.
const NOTED_SECONDS: u32 = 600;

/// Notes in the cache that the day's rows are used up, since the database takes no note.
pub async fn note_daily_limit<P: Ports>(edge: &Edge<P>) {
    if !is_daily_limit_reached(edge).await {
        edge.ports.cache().put(DAILY_LIMIT_NOTE, &edge.now().rfc3339(), NOTED_SECONDS).await;
    }
}

/// Whether cron has met the daily limit in the last minutes.
pub async fn is_daily_limit_reached<P: Ports>(edge: &Edge<P>) -> bool {
    edge.ports.cache().get(DAILY_LIMIT_NOTE).await.is_some()
}

/// 200 while cron runs and may write, the mail provider takes mails and no site's breaker keeps them back; 503 when not.
pub async fn health<P: Ports>(edge: &Edge<P>) -> Result<Response, Error> {
    let deployment = deployment(edge).await?;
    let age = edge.now().since(deployment.cron_at);
    let has_run = deployment.cron_at.millis() > 0;
    let is_limited = is_daily_limit_reached(edge).await;
    let fallen = edge.store().execute(sql::BREAKERS_FALLEN.with([edge.now().into()])).await?.into_iter().next();
    let fallen = fallen.ok_or(StoreError::Shape)?.integer()?;
    let stopped = deployment.mail_stopped.map(|(since, _)| since.rfc3339());
    let ok = has_run && age <= CRON_LATE && !is_limited && fallen == 0 && stopped.is_none();
    let mut cron = Object::new();
    cron.with("last", &has_run.then(|| deployment.cron_at.rfc3339()))
        .with("age_s", &has_run.then(|| age.whole_seconds()));
    let mut body = Object::new();
    body.with("ok", &ok).with("cron", &cron.done()).with("daily_limit", &is_limited).with("breakers", &fallen);
    // What the provider said may name the account: that is for the dashboard.
    let body = body.with("mail", &Object::new().with("stopped_since", &stopped).done()).done();
    Ok(Response::json(if ok { 200 } else { 503 }, body))
}
