//! The breaker of a site: counts what goes wrong, lets it fall, and opens it again. What is too much: `shared::breaker`.

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
    store::{Row, Statement, StoreError, read_all, sql},
};

/// Days that counters of mails are kept, as metrics are (spec/domain.md).
const DAYS_KEPT: i64 = 400;

/// What became of a mail, as far as the breaker counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailEvent {
    /// The provider took it. What a tick sends is counted by the tick; this is for what is learned later.
    Sent,
    /// The address does not exist.
    Bounced,
    /// Who got it calls it spam.
    Complained,
}

/// The breaker of a site as it stands.
#[derive(Clone, Copy, Debug)]
struct Breaker {
    /// When it opened or will.
    until: Timestamp,
    /// From where is counted since.
    baseline: Baseline,
}

/// What became of one mail, as the counters take it.
#[derive(Serialize)]
struct CountRow<'a> {
    site: &'a SiteId,
    day: i64,
    sent: i32,
    bounced: i32,
    complained: i32,
}

/// Counts what became of mails; part of the batch that records it, so that a doubled report counts once.
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
    sql::DELIVERY_COUNT.with([json::text(&rows).into()])
}

/// What a tick sent, as its heartbeat notes it: `[[site, day, count], …]`.
pub fn noted(accepted: &[(SiteId, i64)], now: Timestamp) -> String {
    let rows: Vec<(&SiteId, i64, i64)> = accepted.iter().map(|(site, count)| (site, day_of(now), *count)).collect();
    json::text(&rows)
}

/// Lets the breakers of these sites fall where too much went wrong. Asked behind whatever counted something bad; three
/// statements, however many sites.
pub async fn look<P: Ports>(app: &App<P>, mut sites: Vec<SiteId>) -> Result<(), Error> {
    sites.sort_unstable();
    sites.dedup();
    if sites.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let known = read(app, &sites, now).await?;
    let tripped: Vec<Statement> = sites
        .iter()
        .filter_map(|site| {
            let state = known.of(site);
            if state.breaker.is_some_and(|breaker| breaker.until > now) {
                return None;
            }
            let baseline = state.breaker.map_or_else(Baseline::default, |breaker| breaker.baseline);
            Some(fall(site, breaker::judge(&state.hours, &state.days, baseline, now)?, baseline, now))
        })
        .collect();
    if !tripped.is_empty() {
        app.store().batch(tripped).await?;
    }
    Ok(())
}

/// Staff lets a site send again: it counts anew from now on.
pub async fn open<P: Ports>(app: &App<P>, site: &SiteId) -> Result<(), Error> {
    let now = app.now();
    let state = read(app, core::slice::from_ref(site), now).await?.of(site);
    let (hour, day) = (hour_of(now), day_of(now));
    let of_hour = state.hours.iter().find(|counted| counted.hour == hour).map_or(0, |counted| counted.addresses);
    let of_day = state.days.iter().find(|counted| counted.day == day).copied().unwrap_or(Day { day, ..Day::default() });
    app.store()
        .execute(sql::BREAKER_OPEN.with([
            site.as_str().into(),
            now.into(),
            hour.into(),
            of_hour.into(),
            day.into(),
            of_day.sent.into(),
            of_day.bounced.into(),
            of_day.complained.into(),
        ]))
        .await?;
    Ok(())
}

/// Mails noted beside heartbeats become counters.
pub async fn roll_up<P: Ports>(app: &App<P>) -> Result<(), Error> {
    app.store().batch(vec![sql::DELIVERY_ROLL_UP.with([]), sql::DELIVERY_ROLLED_UP.with([])]).await?;
    Ok(())
}

/// Takes away hours no median asks for and days older than metrics are kept.
pub async fn keep_house<P: Ports>(app: &App<P>) -> Result<(), Error> {
    let now = app.now();
    let (hour, day) = (hour_of(now).saturating_sub(WEEK_HOURS), day_of(now).saturating_sub(DAYS_KEPT));
    app.store().batch(vec![sql::HOUSE_HOURS.with([hour.into()]), sql::HOUSE_DAYS.with([day.into()])]).await?;
    Ok(())
}

/// What is known of one site's breaker.
#[derive(Default)]
struct State {
    breaker: Option<Breaker>,
    hours: Vec<Hour>,
    days: Vec<Day>,
}

/// What is known of the breakers of some sites.
struct Known {
    breakers: Vec<(String, Breaker)>,
    hours: Vec<(String, Hour)>,
    days: Vec<(String, Day)>,
}

impl Known {
    fn of(&self, site: &SiteId) -> State {
        fn values<T: Copy>(rows: &[(String, T)], site: &SiteId) -> Vec<T> {
            rows.iter().filter(|(of, _)| of == site.as_str()).map(|(_, value)| *value).collect()
        }
        State {
            breaker: values(&self.breakers, site).pop(),
            hours: values(&self.hours, site),
            days: values(&self.days, site),
        }
    }
}

async fn read<P: Ports>(app: &App<P>, sites: &[SiteId], now: Timestamp) -> Result<Known, Error> {
    let sites = json::text(sites);
    let ids = || sites.as_str().into();
    let mut read = app
        .store()
        .batch(vec![
            sql::BREAKER_READ.with([ids()]),
            sql::BREAKER_HOURS.with([ids(), hour_of(now).saturating_sub(WEEK_HOURS).into()]),
            sql::BREAKER_DAYS.with([ids(), day_of(now).saturating_sub(DAYS_KEPT).into()]),
        ])
        .await?
        .into_iter();
    let mut next = || read.next().unwrap_or_default();
    Ok(Known {
        breakers: read_all(next(), read_breaker)?,
        hours: read_all(next(), |mut row| Ok((row.text()?, Hour { hour: row.integer()?, addresses: row.integer()? })))?,
        days: read_all(next(), |mut row| Ok((row.text()?, read_day(&mut row)?)))?,
    })
}

fn read_breaker(mut row: Row) -> Result<(String, Breaker), StoreError> {
    let site = row.text()?;
    let breaker = Breaker {
        until: row.time()?,
        baseline: Baseline { hour: Hour { hour: row.integer()?, addresses: row.integer()? }, day: read_day(&mut row)? },
    };
    Ok((site, breaker))
}

fn read_day(row: &mut Row) -> Result<Day, StoreError> {
    Ok(Day { day: row.integer()?, sent: row.integer()?, bounced: row.integer()?, complained: row.integer()? })
}

/// The statement by which a breaker falls. Mails are counted anew from when it opens by itself; new addresses are counted
/// by the hour anyway.
fn fall(site: &SiteId, trip: Trip, baseline: Baseline, now: Timestamp) -> Statement {
    let day = match trip.cause {
        Cause::Unproven => baseline.day,
        Cause::Bounces | Cause::Complaints => Day { day: day_of(trip.until), ..Day::default() },
    };
    sql::BREAKER_TRIP.with([
        site.as_str().into(),
        trip.cause.code().into(),
        now.into(),
        trip.until.into(),
        trip.counted.into(),
        trip.against.into(),
        baseline.hour.hour.into(),
        baseline.hour.addresses.into(),
        day.day.into(),
        day.sent.into(),
        day.bounced.into(),
        day.complained.into(),
    ])
}
