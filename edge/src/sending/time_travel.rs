//! D1's Time Travel: after the database was put back to an earlier time, mails that may have left since do not leave again.
//!
//! The cache keeps the time of the last run that sent something. Such a run writes that time into its heartbeat first, so
//! a database that was never put back remembers a time at least as new. A database with an older time has forgotten runs
//! that sent. Then every reminder that was meant to leave until the cache's time ends as unknown: the gate reads
//! `deployment.rolled_back_until`.

use cartwake_shared::time::Timestamp;

use crate::{
    base::deployment::Deployment,
    base::{
        error::Error,
        ports::{App, Cache as _, Ports, Store as _},
        store::sql::cron::NoteRollback,
    },
};

/// The cache key of the time of the last run that sent a mail.
const LAST_SENT: &str = "sent/last";
/// Time Travel reaches back 30 days at most (developers.cloudflare.com/d1/reference/time-travel).
const KEPT_SECONDS: u32 = 30 * 24 * 3_600;

/// Keeps in the cache when a run sent something; called after its heartbeat, of the same time, is written.
pub async fn remember_sent<P: Ports>(app: &App<P>, at: Timestamp) {
    app.ports.cache().put(LAST_SENT, &at.millis().to_string(), KEPT_SECONDS).await;
}

/// Compares the last sending time of database and cache; if the database was put back, records that in it.
pub async fn detect<P: Ports>(app: &App<P>, deployment: &Deployment) -> Result<(), Error> {
    let kept = app.ports.cache().get(LAST_SENT).await.and_then(|text| text.parse().ok()).map(Timestamp::from_millis);
    if let Some(sent) = kept.filter(|sent| *sent > deployment.sent_at) {
        app.store().done(&NoteRollback { sent_at: sent }).await?;
    }
    Ok(())
}
