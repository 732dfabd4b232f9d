//! The deployment's own row: its origin, its pause, and the last run of cron with its note.

use cartwake_shared::time::Timestamp;

use crate::base::{
    error::Error,
    ports::{App, Ports, Store as _},
    store::sql::site::{ReadDeployment, ReadDeploymentRow},
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
    /// Takes what is missing before the first run of cron as 1970, 0 and empty.
    fn from_row(row: ReadDeploymentRow) -> Self {
        let note = row.mail_note.unwrap_or_default();
        Self {
            origin: row.origin,
            paused: row.paused,
            cron_at: row.cron_at.unwrap_or_default(),
            cron_note: row.cron_note.unwrap_or_default(),
            sent_at: row.sent_at.unwrap_or_default(),
            last_site: row.last_site.unwrap_or_default(),
            accepted_length: row.accepted_length.unwrap_or_default(),
            mail_stopped: (!note.is_empty()).then(|| (row.mail_at.unwrap_or_default(), note)),
        }
    }
}

/// Reads the deployment's row.
pub async fn deployment<P: Ports>(app: &App<P>) -> Result<Deployment, Error> {
    Ok(Deployment::from_row(app.store().only(&ReadDeployment).await?))
}
