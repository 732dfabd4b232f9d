//! Housekeeping: small jobs, each at its minute of the half hour, so that a tick carries one of them at most.

use cartwake_shared::{
    identifier::SiteId,
    lifecycle::CartState,
    policy::Policy,
    share,
    time::{Span, Timestamp},
};
use serde::Serialize;

use crate::{
    base::{
        error::Error,
        json, network,
        ports::{App, Ports, Store as _},
        store::{
            Query as _,
            sql::housekeeping::{
                DeleteExcludedCarts, DeleteExcludedIdentities, EndStaleReminders, ExpireCarts, SweepOutbox,
            },
            sql::network::{DeleteNetworks, DeleteSalts},
        },
    },
    house::retention,
    sending::{breaker, due::Due, reconcile, release},
};

/// Carts that expire in one tick.
const EXPIRED_PER_TICK: i64 = 50;
/// Excluded carts that are deleted in one tick, every half hour.
const EXCLUDED_PER_TICK: i64 = 200;
/// Networks of days gone by that are deleted in one tick, every half hour.
const NETWORKS_PER_TICK: i64 = 2_000;
/// How long an excluded cart is kept: as long as a cart without an address (spec/domain.md).
const EXCLUDED_KEPT: Span = Span::days(14);
/// Reminders of a kind that are looked at in one tick to be given up, over all sites, every fifth minute: five times what can be
/// planned meanwhile. 12,000 took D1 117 ms.
const GIVEN_UP_PER_TICK: usize = 5_000;
/// And of each site at least so many, however many sites there are.
const GIVEN_UP_OF_EACH: usize = 50;
/// Characters of accepted mails in the heartbeat before they are rolled up: some forty ticks of one site.
const ROLLED_UP_AFTER: i64 = 1_000;
/// Ended reminders taken out of the index of the next reminders in one tick.
const SWEPT_PER_TICK: i64 = 1_000;

/// A job of housekeeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    /// Ends reminders that are too late to be sent.
    EndStaleReminders,
    /// Asks the provider about mails whose answer was lost.
    Reconcile,
    /// Takes ended reminders out of the index of the next ones.
    SweepOutbox,
    /// Writes tomorrow's salt of IP prefixes; deletes the salts of days gone by and what networks took then.
    RotateSalts,
    /// Gives first contacts their turn in the shares of the sites, and works out the usual days of these.
    ReleaseWaiting,
    /// Deletes excluded carts that are no longer useful.
    DeleteExcludedCarts,
    /// Expires carts that no shopper came back to.
    ExpireCarts,
    /// Looks for what has reached its age.
    Retention,
    /// Deletes counters that no rule of the breaker reads any more.
    DeleteBreakerCounters,
}

/// The minutes of the half hour and their jobs; the other minutes have no job.
const TIMETABLE: [(i64, Job); 28] = [
    (0, Job::EndStaleReminders),
    (1, Job::ReleaseWaiting),
    (3, Job::Reconcile),
    (4, Job::Retention),
    (5, Job::EndStaleReminders),
    (6, Job::ReleaseWaiting),
    (7, Job::SweepOutbox),
    (8, Job::Reconcile),
    (9, Job::Retention),
    (10, Job::EndStaleReminders),
    (11, Job::ReleaseWaiting),
    (12, Job::RotateSalts),
    (13, Job::Reconcile),
    (14, Job::Retention),
    (15, Job::EndStaleReminders),
    (16, Job::ReleaseWaiting),
    (17, Job::DeleteExcludedCarts),
    (18, Job::Reconcile),
    (19, Job::Retention),
    (20, Job::EndStaleReminders),
    (21, Job::ReleaseWaiting),
    (22, Job::ExpireCarts),
    (23, Job::Reconcile),
    (24, Job::Retention),
    (25, Job::EndStaleReminders),
    (26, Job::ReleaseWaiting),
    (27, Job::DeleteBreakerCounters),
    (28, Job::Reconcile),
];

/// The job of this minute, if it has one.
fn job_at(now: Timestamp) -> Option<Job> {
    let minute = now.millis().div_euclid(Span::minutes(1).millis()).rem_euclid(30);
    TIMETABLE.iter().find(|(at, _)| *at == minute).map(|(_, job)| *job)
}

/// Rolls up the accepted mails that the heartbeat stores, if they are many, and does the job of this minute.
pub async fn run<P: Ports>(app: &App<P>, due: &Due) -> Result<(), Error> {
    // The length is known only where something was due: a tick with nothing due reads nothing for it.
    if due.deployment.accepted_length > ROLLED_UP_AFTER {
        breaker::roll_up(app).await?;
    }
    let now = app.now();
    let store = app.store();
    match job_at(now) {
        Some(Job::EndStaleReminders) => end_stale_reminders(app, due).await?,
        // Without reminders to look up, this reads nothing.
        Some(Job::Reconcile) => reconcile::run(app).await?,
        Some(Job::SweepOutbox) => {
            store.done(&SweepOutbox { now, most: SWEPT_PER_TICK }).await?;
        }
        Some(Job::RotateSalts) => {
            network::write_salts(app, now).await?;
            let first = share::salt_day(now).saturating_sub(1);
            let networks = DeleteNetworks { first: &network::first_key_of(first), most: NETWORKS_PER_TICK };
            store.batch(vec![DeleteSalts { first }.statement(), networks.statement()]).await?;
        }
        Some(Job::ReleaseWaiting) => release::run(app).await?,
        Some(Job::DeleteExcludedCarts) => {
            let (before, most) = (now.minus(EXCLUDED_KEPT), EXCLUDED_PER_TICK);
            let identities = DeleteExcludedIdentities { before, most }.statement();
            store.batch(vec![identities, DeleteExcludedCarts { before, most }.statement()]).await?;
        }
        Some(Job::ExpireCarts) => {
            store
                .done(&ExpireCarts {
                    state: CartState::Abandoned,
                    now,
                    retention: Policy::default().retention.millis(),
                    most: EXPIRED_PER_TICK,
                })
                .await?;
        }
        Some(Job::DeleteBreakerCounters) => breaker::delete_old_counters(app).await?,
        Some(Job::Retention) => retention::run(app).await?,
        None => {}
    }
    Ok(())
}

/// A site whose reminders end if they were meant to leave before `late`.
#[derive(Serialize)]
struct StaleRow<'a> {
    site: &'a SiteId,
    late: Timestamp,
}

/// Ends reminders that are too late. Only sites with due reminders can have any.
async fn end_stale_reminders<P: Ports>(app: &App<P>, due: &Due) -> Result<(), Error> {
    let now = app.now();
    let asked: Vec<StaleRow<'_>> = due
        .sites
        .iter()
        .filter(|site| site.reminders)
        .map(|site| StaleRow { site: &site.id, late: now.minus(site.policy.stale_after) })
        .collect();
    if let Some(of_each) = GIVEN_UP_PER_TICK.checked_div(asked.len()) {
        let most = i64::try_from(of_each.max(GIVEN_UP_OF_EACH)).unwrap_or(i64::MAX);
        app.store().done(&EndStaleReminders { sites: &json::text(&asked), now, most }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_minute_has_one_job_at_most_and_each_job_a_minute() {
        let mut minutes: Vec<i64> = TIMETABLE.iter().map(|(minute, _)| *minute).collect();
        minutes.dedup();
        assert_eq!(minutes.len(), TIMETABLE.len());
        assert!(minutes.is_sorted() && minutes.iter().all(|minute| (0..30).contains(minute)));
    }

    #[test]
    fn the_half_hours_of_utc_are_alike() {
        let at = |hour: i64, minute: i64, millis: i64| {
            job_at(Timestamp::from_millis((hour * 60 + minute) * 60_000 + millis))
        };
        assert_eq!(at(490_010, 7, 59_999), Some(Job::SweepOutbox));
        assert_eq!(at(490_010, 37, 0), Some(Job::SweepOutbox));
        assert_eq!(at(490_010, 2, 0), None);
    }
}
