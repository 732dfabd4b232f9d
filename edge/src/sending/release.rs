//! Gives first contacts that wait for a site's share their turn, and works out what is usual at a site.

use cartwake_shared::{breaker::day_of, identifier::SiteId, share, time::Timestamp, trust::Audience};
use serde::Serialize;

use super::breaker;
use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::{
        Query as _,
        sql::share::{FindOutdatedShares, FindWaitingSites, ReleaseWaiting, WriteUsual},
    },
};

/// Sites whose usual day is worked out in one run.
const SITES_PER_RUN: i64 = 20;
/// Operators whose waiting reminders are looked at in one run; there are few at a shop, and those of a flood take turns.
const OPERATORS: i64 = 100;
/// Waiting reminders of one operator that are looked at.
const OF_EACH: i64 = 20;
/// Most reminders of a site that are released in one run, every five minutes.
const RELEASED_PER_RUN: i64 = 100;

/// The usual day of a site.
#[derive(Serialize)]
struct UsualRow {
    site: SiteId,
    usual: i64,
}

/// Works out the usual day where that was done on another day, and releases as many as each site's share has room for.
pub async fn run<P: Ports>(app: &App<P>) -> Result<(), Error> {
    let now = app.now();
    update_usual(app, now).await?;
    let mut releases = Vec::new();
    for site in
        app.store().rows(&FindWaitingSites { quarter: share::quarter_of(now), hour: share::hour_of(now) }).await?
    {
        let room = share::of_site(site.usual, site.orders).saturating_sub(site.mailed);
        if room > 0 {
            let most = room.min(RELEASED_PER_RUN);
            releases.push(
                ReleaseWaiting { site: &site.site, now, of_each: OF_EACH, operators: OPERATORS, most }.statement(),
            );
        }
    }
    if !releases.is_empty() {
        app.store().batch(releases).await?;
    }
    Ok(())
}

async fn update_usual<P: Ports>(app: &App<P>, now: Timestamp) -> Result<(), Error> {
    let today = day_of(now);
    let outdated: Vec<SiteId> = app
        .store()
        .rows(&FindOutdatedShares { today, most: SITES_PER_RUN })
        .await?
        .into_iter()
        .map(|row| row.site)
        .collect();
    if outdated.is_empty() {
        return Ok(());
    }
    let first = today.saturating_sub(share::USUAL_DAYS);
    let days = breaker::days(app, &outdated, Audience::FirstContacts, first).await?;
    let rows: Vec<UsualRow> = outdated
        .into_iter()
        .map(|site| {
            let of_site = days.iter().filter(|(of, day)| *of == site && day.day < today).map(|(_, day)| day);
            let since = of_site.clone().map(|day| day.day).min().unwrap_or(today);
            let counts: Vec<i64> = (since..today)
                .map(|wanted| {
                    let day = of_site.clone().find(|day| day.day == wanted);
                    day.map_or(0, |day| day.sent.saturating_sub(day.bounced).max(0))
                })
                .collect();
            UsualRow { site, usual: share::usual(&counts) }
        })
        .collect();
    app.store().done(&WriteUsual { sites: &json::text(&rows), today }).await?;
    Ok(())
}
