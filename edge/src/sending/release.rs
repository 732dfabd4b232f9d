//! Gives first contacts that wait for a site's share their turn, and works out what is usual at a site.

use cartwake_shared::{
    breaker::{Day, day_of},
    identifier::SiteId,
    share,
    time::Timestamp,
    trust::Audience,
};
use serde::Serialize;

use super::breaker;
use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::sql::share::{
        FindOutdatedShares, FindWaitingSites, FindWaitingSitesRow, NoteTurn, ReleaseWaiting, WriteUsual,
    },
};

/// Sites whose usual day is worked out in one run.
const SITES_PER_RUN: i64 = 20;
/// Operators that have their turn at a site in one run; the next run goes on behind them.
const OPERATORS: i64 = 25;
/// Waiting reminders of one operator that are looked at, to take those of its networks in turn.
const OF_EACH: i64 = 40;
/// Most reminders of a site that are released in one run, every five minutes.
const RELEASED_PER_RUN: i64 = 100;

/// The usual day of a site.
#[derive(Serialize)]
struct UsualRow {
    site: SiteId,
    days: Vec<(i64, i64)>,
    usual: i64,
}

/// Works out the usual day where that was done on another day, and releases as many as each site's share has room for.
pub async fn run<P: Ports>(app: &App<P>) -> Result<(), Error> {
    let now = app.now();
    update_usual(app, now).await?;
    let waiting = FindWaitingSites { quarter: share::quarter_of(now), hour: share::hour_of(now) };
    for site in app.store().rows(&waiting).await? {
        let room = share::of_site(site.usual, site.orders).saturating_sub(site.mailed);
        if room > 0 {
            release(app, &site, room.min(RELEASED_PER_RUN), now).await?;
        }
    }
    Ok(())
}

/// Releases some who wait at a site, and notes whose turn was last.
async fn release<P: Ports>(app: &App<P>, site: &FindWaitingSitesRow, most: i64, now: Timestamp) -> Result<(), Error> {
    let (id, last) = (&site.site, site.last_operator.as_str());
    let released = app
        .store()
        .rows(&ReleaseWaiting { site: id, last, now, of_each: OF_EACH, operators: OPERATORS.min(most), most })
        .await?;
    let operators = || released.iter().map(|row| row.operator.as_str());
    // Those that stand before the last one had their turn after those behind it.
    if let Some(operator) = operators().filter(|operator| *operator <= last).max().or_else(|| operators().max()) {
        app.store().done(&NoteTurn { site: id, operator }).await?;
    }
    Ok(())
}

async fn update_usual<P: Ports>(app: &App<P>, now: Timestamp) -> Result<(), Error> {
    let today = day_of(now);
    let outdated = app.store().rows(&FindOutdatedShares { today, most: SITES_PER_RUN }).await?;
    if outdated.is_empty() {
        return Ok(());
    }
    let sites: Vec<SiteId> = outdated.iter().map(|row| row.site.clone()).collect();
    let first = today.saturating_sub(share::USUAL_DAYS);
    let outcomes = breaker::days(app, &sites, Audience::FirstContacts, first).await?;
    let rows: Vec<UsualRow> = outdated
        .into_iter()
        .map(|row| {
            let pairs = |text: &str| json::read::<Vec<(i64, i64)>>(text).unwrap_or_default();
            let days = share::mailed_by_day(&pairs(&row.days), &pairs(&row.quarters), today);
            let bounced = |wanted: i64| {
                let of_day = |(site, day): &&(SiteId, Day)| *site == row.site && day.day == wanted;
                outcomes.iter().find(of_day).map_or(0, |(_, day)| day.bounced)
            };
            let lasting: Vec<i64> =
                days.iter().map(|(day, mailed)| mailed.saturating_sub(bounced(*day)).max(0)).collect();
            UsualRow { usual: share::usual(&lasting), days, site: row.site }
        })
        .collect();
    app.store().done(&WriteUsual { sites: &json::text(&rows), today }).await?;
    Ok(())
}
