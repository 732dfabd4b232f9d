//! The deployment's own row: where it answers, whether it is paused, when cron was last here and what it said.

use cartwake_shared::time::Timestamp;

use crate::base::{
    error::Error,
    ports::{App, Ports, Store as _},
    store::{Row, StoreError, sql},
};

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
    /// The site that a tick served last; empty before the first tick.
    pub last_site: String,
    /// Length of the accepted mails that the heartbeat stores since the last roll-up, characters.
    pub accepted_length: i64,
    /// Since when the mail provider stops every run, and what it says.
    pub mail_stopped: Option<(Timestamp, String)>,
}

impl Deployment {
    /// Reads a row of `deployment_read.sql`.
    pub fn from_row(mut row: Row) -> Result<Self, Error> {
        let (origin, paused, cron_at, cron_note) = (row.text()?, row.boolean()?, row.time()?, row.text()?);
        let (sent_at, last_site, accepted_length) = (row.time()?, row.text()?, row.integer()?);
        let (since, note) = (row.time()?, row.text()?);
        let mail_stopped = (!note.is_empty()).then_some((since, note));
        Ok(Self { origin, paused, cron_at, cron_note, sent_at, last_site, accepted_length, mail_stopped })
    }
}

/// Reads the deployment's row.
pub async fn deployment<P: Ports>(app: &App<P>) -> Result<Deployment, Error> {
    let mut rows = app.store().execute(sql::DEPLOYMENT_READ.with([])).await?.into_iter();
    let row = rows.next().ok_or(StoreError::Shape)?;
    Deployment::from_row(row)
}
