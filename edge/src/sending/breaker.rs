//! The breaker of a site: counts bounces, complaints and unproven addresses, trips and is reset. The limits: `shared::breaker`.

use cartwake_shared::{
    breaker::{self, Baseline, Cause, Day, Hour, Trip, WEEK_HOURS, day_of, hour_of},
    identifier::SiteId,
    time::Timestamp,
};
use serde::Serialize;

use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::{
        Query as _, Statement,
        sql::{
            breaker::{
                ClearHeartbeat, CountDeliveries, ReadBreakers, ReadBreakersRow, ReadDays, ReadDaysRow, ReadHours,
                ResetBreaker, RollUpDeliveries, TripBreaker,
            },
            housekeeping::{DeleteOldDays, DeleteOldHours},
        },
    },
};

/// Days that counters of mails are kept, as metrics are (spec/domain.md).
const DAYS_KEPT: i64 = 400;

/// The fate of a mail, as far as the breaker counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailEvent {
    /// The provider accepted it, and we learned that later; the tick itself counts what it sends.
    Sent,
    /// The address does not exist.
    Bounced,
    /// The recipient marked it as spam.
    Complained,
}

/// The current breaker of a site.
#[derive(Clone, Copy, Debug)]
struct Breaker {
    /// When it was reset or resets itself.
    until: Timestamp,
    /// The counters at the last reset; only what exceeds them counts.
    baseline: Baseline,
}

/// One mail, as `count_deliveries` reads it.
#[derive(Serialize)]
struct CountRow<'a> {
    site: &'a SiteId,
    day: i64,
    sent: i32,
    bounced: i32,
    complained: i32,
}

/// The statement that counts the fates of mails; it belongs in the batch that records them, so that a doubled report
/// counts once.
pub fn count<'s>(events: impl IntoIterator<Item = (&'s SiteId, MailEvent, Timestamp)>) -> Statement {
    let row = |(site, event, at): (&'s SiteId, MailEvent, Timestamp)| {
        let one = |of| i32::from(event == of);
        CountRow {
            site,
            day: day_of(at),
            sent: one(MailEvent::Sent),
            bounced: one(MailEvent::Bounced),
            complained: one(MailEvent::Complained),
        }
    };
    let rows: Vec<CountRow<'_>> = events.into_iter().map(row).collect();
    CountDeliveries { outcomes: &json::text(&rows) }.statement()
}

/// The accepted mails of a tick, as its heartbeat stores them until the next roll-up: `[[site, day, count], …]`.
pub fn accepted_since_roll_up(accepted: &[(SiteId, i64)], now: Timestamp) -> String {
    let rows: Vec<(&SiteId, i64, i64)> = accepted.iter().map(|(site, count)| (site, day_of(now), *count)).collect();
    json::text(&rows)
}

/// Trips the breakers of these sites if their counters exceed a limit. Called after every change of a counter that can trip
/// a breaker; three statements, however many sites.
pub async fn check<P: Ports>(app: &App<P>, mut sites: Vec<SiteId>) -> Result<(), Error> {
    sites.sort_unstable();
    sites.dedup();
    if sites.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let counters = read(app, &sites, now).await?;
    let tripped: Vec<Statement> = sites
        .iter()
        .filter_map(|site| {
            let state = counters.of(site);
            if state.breaker.is_some_and(|breaker| breaker.until > now) {
                return None;
            }
            let baseline = state.breaker.map_or_else(Baseline::default, |breaker| breaker.baseline);
            Some(trip(site, &breaker::judge(&state.hours, &state.days, baseline, now)?, baseline, now))
        })
        .collect();
    if !tripped.is_empty() {
        app.store().batch(tripped).await?;
    }
    Ok(())
}

/// Resets a site's breaker by hand: it counts afresh from now on.
pub async fn reset<P: Ports>(app: &App<P>, site: &SiteId) -> Result<(), Error> {
    let now = app.now();
    let state = read(app, core::slice::from_ref(site), now).await?.of(site);
    let (hour, day) = (hour_of(now), day_of(now));
    let of_hour = state.hours.iter().find(|counted| counted.hour == hour).map_or(0, |counted| counted.addresses);
    let of_day = state.days.iter().find(|counted| counted.day == day).copied().unwrap_or(Day { day, ..Day::default() });
    app.store()
        .done(&ResetBreaker {
            site,
            now,
            baseline_hour: hour,
            baseline_addresses: of_hour,
            baseline_day: day,
            baseline_sent: of_day.sent,
            baseline_bounced: of_day.bounced,
            baseline_complained: of_day.complained,
        })
        .await?;
    Ok(())
}

/// Adds the mails that the heartbeat stores to the counters, and clears them there.
pub async fn roll_up<P: Ports>(app: &App<P>) -> Result<(), Error> {
    app.store().batch(vec![RollUpDeliveries.statement(), ClearHeartbeat.statement()]).await?;
    Ok(())
}

/// Deletes hours that no median reads any more, and days older than metrics are kept.
pub async fn delete_old_counters<P: Ports>(app: &App<P>) -> Result<(), Error> {
    let now = app.now();
    let (hour, day) = (hour_of(now).saturating_sub(WEEK_HOURS), day_of(now).saturating_sub(DAYS_KEPT));
    let deletions = vec![DeleteOldHours { first: hour }.statement(), DeleteOldDays { first: day }.statement()];
    app.store().batch(deletions).await?;
    Ok(())
}

/// The breaker of one site and the counters it is judged by.
#[derive(Default)]
struct SiteCounters {
    breaker: Option<Breaker>,
    hours: Vec<Hour>,
    days: Vec<Day>,
}

/// The breakers and counters of some sites.
struct Counters {
    breakers: Vec<(SiteId, Breaker)>,
    hours: Vec<(SiteId, Hour)>,
    days: Vec<(SiteId, Day)>,
}

impl Counters {
    fn of(&self, site: &SiteId) -> SiteCounters {
        fn values<T: Copy>(rows: &[(SiteId, T)], site: &SiteId) -> Vec<T> {
            rows.iter().filter(|(of, _)| of == site).map(|(_, value)| *value).collect()
        }
        SiteCounters {
            breaker: values(&self.breakers, site).pop(),
            hours: values(&self.hours, site),
            days: values(&self.days, site),
        }
    }
}

async fn read<P: Ports>(app: &App<P>, sites: &[SiteId], now: Timestamp) -> Result<Counters, Error> {
    let sites = json::text(sites);
    let sites = sites.as_str();
    let (breakers, hours, days) = app
        .store()
        .rows_of((
            &ReadBreakers { sites },
            &ReadHours { sites, first_hour: hour_of(now).saturating_sub(WEEK_HOURS) },
            &ReadDays { sites, first_day: day_of(now).saturating_sub(DAYS_KEPT) },
        ))
        .await?;
    Ok(Counters {
        breakers: breakers.into_iter().map(read_breaker).collect(),
        hours: hours.into_iter().map(|row| (row.site, Hour { hour: row.hour, addresses: row.addresses })).collect(),
        days: days.into_iter().map(read_day).collect(),
    })
}

fn read_breaker(row: ReadBreakersRow) -> (SiteId, Breaker) {
    let hour = Hour { hour: row.baseline_hour, addresses: row.baseline_addresses };
    let day = Day {
        day: row.baseline_day,
        sent: row.baseline_sent,
        bounced: row.baseline_bounced,
        complained: row.baseline_complained,
    };
    (row.site, Breaker { until: row.until, baseline: Baseline { hour, day } })
}

fn read_day(row: ReadDaysRow) -> (SiteId, Day) {
    (row.site, Day { day: row.day, sent: row.sent, bounced: row.bounced, complained: row.complained })
}

/// The statement that trips a breaker. Mails are counted afresh from the time at which it resets itself; new addresses
/// are counted by the hour anyway.
fn trip(site: &SiteId, trip: &Trip, baseline: Baseline, now: Timestamp) -> Statement {
    let day = match trip.cause {
        Cause::Unproven => baseline.day,
        Cause::Bounces | Cause::Complaints => Day { day: day_of(trip.until), ..Day::default() },
    };
    TripBreaker {
        site,
        cause: trip.cause,
        now,
        until: trip.until,
        counted: trip.counted,
        against: trip.against,
        baseline_hour: baseline.hour.hour,
        baseline_addresses: baseline.hour.addresses,
        baseline_day: day.day,
        baseline_sent: day.sent,
        baseline_bounced: day.bounced,
        baseline_complained: day.complained,
    }
    .statement()
}
