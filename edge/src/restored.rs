//! After the database was put back to an earlier time (D1's Time Travel): what may have left since is not sent again.
//!
//! The cache keeps the time of the last run that sent something. Such a run writes that time into its heartbeat first, so
//! a database that was never put back remembers one at least as new. One that does not has forgotten runs that sent, and
//! every reminder that was meant to leave until then ends as unknown: the gate asks `deployment.restored_until`.

use cartwake_shared::time::Timestamp;

use crate::{
    error::Error,
    health::Deployment,
    ports::{Cache as _, Edge, Ports, Store as _},
    store::sql,
};

/// Where the cache keeps the time of the last run that sent something.
const LAST_SENT: &str = "sent/last";
/// Time Travel reaches back 30 days at most (developers.cloudflare.com/d1/reference/time-travel).
const KEPT_SECONDS: u32 = 30 * 24 * 3_600;

/// Keeps when a run sent something; called once its heartbeat, of the same time, is written.
pub async fn keep<P: Ports>(edge: &Edge<P>, at: Timestamp) {
    edge.ports.cache().put(LAST_SENT, &at.millis().to_string(), KEPT_SECONDS).await;
}

/// Compares what the database remembers with what the cache keeps, and notes in the database when it was put back.
pub async fn notice<P: Ports>(edge: &Edge<P>, deployment: &Deployment) -> Result<(), Error> {
    let kept = edge.ports.cache().get(LAST_SENT).await.and_then(|text| text.parse().ok()).map(Timestamp::from_millis);
    if let Some(sent) = kept.filter(|sent| *sent > deployment.sent_at) {
        edge.store().execute(sql::DEPLOYMENT_RESTORED.with([sent.into()])).await?;
    }
    Ok(())
}
