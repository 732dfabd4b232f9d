//! Claims due reminders for one run; nobody else sends a claimed reminder until its lease lapses.

use cartwake_shared::{
    identifier::{CartId, ReminderId, SiteId, StepId},
    key::MailboxHash,
    reminder::LEASE,
    time::Timestamp,
};

use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::{
        StoreError,
        sql::send::{ClaimReminders, ClaimRemindersRow},
    },
};

/// Reminders that share one gate statement and one record; fewer than the six connections a Worker may have open at
/// once.
pub const GROUP: u32 = 5;

/// A reminder that this run has claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: ReminderId,
    /// The place of its step in the sequence, from 0.
    pub position: i64,
    /// The hash of the mailbox it is for.
    pub mailbox_hash: MailboxHash,
    /// When it was meant to leave.
    pub scheduled: Timestamp,
    /// When an attempt was first made that may have reached the provider.
    pub first: Option<Timestamp>,
    /// The cart's version and the hash of the bytes at that attempt.
    pub frozen: Option<(String, String)>,
    /// The provider of that attempt.
    pub provider: Option<String>,
    /// The batch it left in at that attempt; empty if it must leave alone.
    pub batch: Option<String>,
    /// Whether that batch can no longer be repeated as it was.
    pub is_torn: bool,
}

impl Claimed {
    /// Reads a row of a claim.
    pub(super) fn from_row(row: ClaimRemindersRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: reminder_id(row.site, row.cart, row.cycle, row.step)?,
            position: row.position,
            mailbox_hash: row.mailbox_hash,
            scheduled: row.scheduled,
            first: row.first,
            frozen: row.version.zip(row.hash),
            provider: row.provider,
            batch: row.batch,
            is_torn: false,
        })
    }

    /// The stored batch that this reminder belongs to.
    pub(super) fn stored_batch(&self) -> Option<&str> {
        self.batch.as_deref().filter(|batch| !batch.is_empty())
    }
}

/// Claims the next few reminders of these sites for this run.
pub(super) async fn claim<P: Ports>(
    app: &App<P>,
    owner: &str,
    sites: &[SiteId],
    count: u32,
) -> Result<Vec<Claimed>, Error> {
    let now = app.now();
    let query =
        ClaimReminders { owner, lease: now.plus(LEASE), now, most: i64::from(count), sites: &json::text(sites) };
    let mut claimed = Vec::new();
    for row in app.store().rows(&query).await? {
        claimed.push(Claimed::from_row(row)?);
    }
    Ok(claimed)
}

/// The id of a reminder, from the columns of its primary key.
pub(super) fn reminder_id(site: SiteId, cart: CartId, cycle: i64, step: StepId) -> Result<ReminderId, StoreError> {
    Ok(ReminderId {
        site,
        cart,
        cycle: u32::try_from(cycle).map_err(|_| StoreError::Unreadable("outbox/cycle"))?,
        step,
    })
}
