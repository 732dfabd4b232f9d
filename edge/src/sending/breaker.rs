//! The breakers of a site: counts bounces and complaints by audience, trips and is reset. The limits: `shared::breaker`.

use cartwake_shared::{
    breaker::{self, Baseline, Cause, Day, Trip, day_of},
    identifier::SiteId,
    time::Timestamp,
    trust::Audience,
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
                ClearHeartbeat, CountDeliveries, ReadBreakers, ReadBreakersRow, ReadDays, ReadDaysRow, ResetBreaker,
                RollUpDeliveries, TripBreaker,
            },
            housekeeping::DeleteOldDays,
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

/// The current breaker of a site and audience.
#[derive(Clone, Copy, Debug)]
struct Breaker {
    /// When it was reset or resets itself.
    until: Timestamp,
    /// The counters at the last reset; only what exceeds them counts.
    baseline: Baseline,
}

/// A breaker by its key.
#[derive(Serialize)]
struct CheckedRow<'a> {
    site: &'a SiteId,
    audience: i64,
}

/// One mail, as `count_deliveries` reads it.
#[derive(Serialize)]
struct CountRow<'a> {
    site: &'a SiteId,
    audience: i64,
    day: i64,
    sent: i32,
    bounced: i32,
    complained: i32,
}

/// The statement that counts the fates of mails; it belongs in the batch that records them, so that a doubled report
/// counts once.
pub fn count<'s>(events: impl IntoIterator<Item = (&'s SiteId, Audience, MailEvent, Timestamp)>) -> Statement {
    let row = |(site, audience, event, at): (&'s SiteId, Audience, MailEvent, Timestamp)| {
        let one = |of| i32::from(event == of);
        CountRow {
            site,
            audience: audience.code(),
            day: day_of(at),
            sent: one(MailEvent::Sent),
            bounced: one(MailEvent::Bounced),
            complained: one(MailEvent::Complained),
        }
    };
    let rows: Vec<CountRow<'_>> = events.into_iter().map(row).collect();
    CountDeliveries { outcomes: &json::text(&rows) }.statement()
}

/// The accepted mails of a tick, as its heartbeat stores them until the next roll-up: `[[site, audience, day, count], …]`.
pub fn accepted_since_roll_up(accepted: &[(SiteId, Audience, i64)], now: Timestamp) -> String {
    let rows: Vec<(&SiteId, i64, i64, i64)> =
        accepted.iter().map(|(site, audience, count)| (site, audience.code(), day_of(now), *count)).collect();
    json::text(&rows)
}

/// Trips the breakers of these sites and audiences if their counters exceed a limit. Called after every change of a counter
/// that can trip a breaker; two statements, however many sites.
pub async fn check<P: Ports>(app: &App<P>, mut checked: Vec<(SiteId, Audience)>) -> Result<(), Error> {
    checked.sort_unstable();
    checked.dedup();
    if checked.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let counters = read(app, &checked, now).await?;
    let tripped: Vec<Statement> = checked
        .iter()
        .filter_map(|(site, audience)| {
            let (breaker, days) = counters.of(site, *audience);
            if breaker.is_some_and(|breaker| breaker.until > now) {
                return None;
            }
            let baseline = breaker.map_or_else(Baseline::default, |breaker| breaker.baseline);
            Some(trip(site, *audience, &breaker::judge(&days, baseline, now)?, baseline, now))
        })
        .collect();
    if !tripped.is_empty() {
        app.store().batch(tripped).await?;
    }
    Ok(())
}

/// Resets a breaker of a site by hand: it counts afresh from now on.
pub async fn reset<P: Ports>(app: &App<P>, site: &SiteId, audience: Audience) -> Result<(), Error> {
    let now = app.now();
    let (_, days) = read(app, &[(site.clone(), audience)], now).await?.of(site, audience);
    let day = day_of(now);
    let of_day = days.iter().find(|counted| counted.day == day).copied().unwrap_or(Day { day, ..Day::default() });
    app.store()
        .done(&ResetBreaker {
            site,
            audience,
            now,
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

/// Deletes days older than metrics are kept.
pub async fn delete_old_counters<P: Ports>(app: &App<P>) -> Result<(), Error> {
    app.store().done(&DeleteOldDays { first: day_of(app.now()).saturating_sub(DAYS_KEPT) }).await?;
    Ok(())
}

/// The outcomes of mails of some sites to one audience by day, from a day on.
pub(super) async fn days<P: Ports>(
    app: &App<P>,
    sites: &[SiteId],
    audience: Audience,
    first_day: i64,
) -> Result<Vec<(SiteId, Day)>, Error> {
    let checked: Vec<CheckedRow<'_>> =
        sites.iter().map(|site| CheckedRow { site, audience: audience.code() }).collect();
    let rows = app.store().rows(&ReadDays { checked: &json::text(&checked), first_day }).await?;
    Ok(rows.into_iter().map(read_day).map(|(site, _, day)| (site, day)).collect())
}

/// The breakers and counters of some sites and audiences.
struct Counters {
    breakers: Vec<(SiteId, Audience, Breaker)>,
    days: Vec<(SiteId, Audience, Day)>,
}

impl Counters {
    /// The breaker of a site and audience, and the days by which it is judged.
    fn of(&self, site: &SiteId, audience: Audience) -> (Option<Breaker>, Vec<Day>) {
        fn values<T: Copy>(rows: &[(SiteId, Audience, T)], site: &SiteId, audience: Audience) -> Vec<T> {
            rows.iter().filter(|(of, to, _)| of == site && *to == audience).map(|(.., value)| *value).collect()
        }
        (values(&self.breakers, site, audience).pop(), values(&self.days, site, audience))
    }
}

async fn read<P: Ports>(app: &App<P>, checked: &[(SiteId, Audience)], now: Timestamp) -> Result<Counters, Error> {
    let rows: Vec<CheckedRow<'_>> =
        checked.iter().map(|(site, audience)| CheckedRow { site, audience: audience.code() }).collect();
    let checked = json::text(&rows);
    let (breakers, days) = app
        .store()
        .rows_of((
            &ReadBreakers { checked: &checked },
            &ReadDays { checked: &checked, first_day: day_of(now).saturating_sub(DAYS_KEPT) },
        ))
        .await?;
    Ok(Counters {
        breakers: breakers.into_iter().map(read_breaker).collect(),
        days: days.into_iter().map(read_day).collect(),
    })
}

fn read_breaker(row: ReadBreakersRow) -> (SiteId, Audience, Breaker) {
    let baseline = Day {
        day: row.baseline_day,
        sent: row.baseline_sent,
        bounced: row.baseline_bounced,
        complained: row.baseline_complained,
    };
    (row.site, row.audience, Breaker { until: row.until, baseline })
}

fn read_day(row: ReadDaysRow) -> (SiteId, Audience, Day) {
    let day = Day { day: row.day, sent: row.sent, bounced: row.bounced, complained: row.complained };
    (row.site, row.audience, day)
}

/// The statement that trips a breaker. Mails are counted afresh from the time at which it resets itself; a warning changes
/// nothing about the counting.
fn trip(site: &SiteId, audience: Audience, trip: &Trip, baseline: Baseline, now: Timestamp) -> Statement {
    let day = match trip.cause {
        Cause::ComplaintsRising => baseline,
        Cause::Bounces | Cause::Complaints => Day { day: day_of(trip.until), ..Day::default() },
    };
    TripBreaker {
        site,
        audience,
        cause: trip.cause,
        now,
        until: trip.until,
        counted: trip.counted,
        against: trip.against,
        baseline_day: day.day,
        baseline_sent: day.sent,
        baseline_bounced: day.bounced,
        baseline_complained: day.complained,
    }
    .statement()
}
