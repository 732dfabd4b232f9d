//! `GET /health`: whether cron is alive, for monitors.

use cartwake_shared::time::{Span, Timestamp};

use crate::{
    error::Error,
    http::Response,
    json::Object,
    ports::{Edge, Ports, Store as _},
    store::sql,
};

/// Cron fires every minute; five missed ones are no coincidence.
pub const CRON_LATE: Span = Span::minutes(5);

/// The deployment's own row.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// `https://host` of this Worker, as it was at set-up.
    pub origin: String,
    /// Whether all sending is paused.
    pub paused: bool,
    /// When cron last ran; 1970 if never.
    pub cron_at: Timestamp,
    /// What the last run said.
    pub cron_note: String,
}

/// Reads the deployment's row.
pub async fn deployment<P: Ports>(edge: &Edge<P>) -> Result<Deployment, Error> {
    let mut rows = edge.store().run(sql::DEPLOYMENT_READ.with([])).await?.into_iter();
    let mut row = rows.next().ok_or(crate::store::StoreError::Shape)?;
    Ok(Deployment { origin: row.text()?, paused: row.fact()?, cron_at: row.time()?, cron_note: row.text()? })
}

/// 200 while cron runs, 503 when it does not.
pub async fn health<P: Ports>(edge: &Edge<P>) -> Result<Response, Error> {
    let deployment = deployment(edge).await?;
    let age = edge.now().since(deployment.cron_at);
    let has_run = deployment.cron_at.millis() > 0;
    let ok = has_run && age <= CRON_LATE;
    let mut cron = Object::new();
    cron.with("last", &has_run.then(|| deployment.cron_at.rfc3339()))
        .with("age_s", &has_run.then(|| age.whole_seconds()));
    let body = Object::new().with("ok", &ok).with("cron", &cron.done()).done();
    Ok(Response::json(if ok { 200 } else { 503 }, body))
}
