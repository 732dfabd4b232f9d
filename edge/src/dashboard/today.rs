//! `GET /`: the day's metrics and whether the machinery runs.

use cartwake_shared::{
    metric::Metric,
    time::{Span, Timestamp},
    token,
};

use super::{count, frame, outbox, shown, shown::Place, sign_in, site};
use crate::{
    base::deployment::deployment,
    base::{
        error::Error,
        http::{Request, Response},
        ports::{App, Ports, Store as _},
        site::Site,
        store::{Rows, StoreError, read_all, sql},
    },
    dashboard::pages::{
        funnel::Funnel,
        metrics::Share,
        settings::tag,
        terms::ReminderState,
        today::{self, Cron, Held, TodayView},
    },
    house::health::{CRON_LATE, is_daily_limit_reached},
};

/// The page of the day.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::reader(app, request)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let place = Place::of(app, &site.settings);
    let deployment = deployment(app).await?;
    let id = || site.id.as_str().into();
    let mut read = app
        .store()
        .batch(vec![
            sql::FIGURES_DAY.with([id(), place.day().into()]),
            sql::CARTS_OPEN_TODAY.with([id(), place.day().into()]),
            sql::REMINDERS_HELD.with([id()]),
            sql::CARTS_EXIST.with([id()]),
            sql::CARTS_APART_TODAY.with([id(), app.now().minus(Span::hours(26)).into(), place.day().into()]),
        ])
        .await?
        .into_iter();
    let mut next = || read.next().unwrap_or_default();
    let metrics = Counted::read(next(), next())?;
    let held = read_held(next(), &place)?;
    let has_carts = !next().is_empty();
    let kept_apart = match next().into_iter().next() {
        Some(mut row) => count(row.integer()?),
        None => 0,
    };

    let origin = if deployment.origin.is_empty() { &request.origin } else { &deployment.origin };
    let view = TodayView {
        frame: frame(app, &site, &session).await?,
        day: place.today(),
        zone: site.settings.zone.clone(),
        funnel: metrics.funnel(),
        revenue: metrics.revenue(&place),
        recovery_rate: metrics.share(&[Metric::Recovered], &[Metric::Notified]),
        abandonment_rate: metrics.share(&[Metric::Abandoned], &[Metric::Abandoned, Metric::Ordered]),
        unconfirmed_orders: count(metrics.of(Metric::Unconfirmed)),
        kept_apart,
        raced: count(metrics.of(Metric::Raced)),
        cron: cron(deployment.cron_at, app.now()),
        is_daily_limit_reached: is_daily_limit_reached(app).await,
        mail_stopped: deployment.mail_stopped.map(|(since, said)| (place.minute(since), said)),
        held,
        first_tag: (!has_carts && metrics.is_nothing()).then(|| first_tag(app, &site, origin)),
    };
    Ok(shown(200, today::page(&view).into_string()))
}

fn first_tag<P: Ports>(app: &App<P>, site: &Site, origin: &str) -> String {
    tag(origin, &token::site_key(&app.config.keys, &site.id))
}

/// The counters of the day, and the carts that are in none of them yet.
struct Counted {
    counters: Vec<(Metric, String, i64)>,
    open: i64,
    open_identified: i64,
}

impl Counted {
    fn read(counters: Rows, open: Rows) -> Result<Self, StoreError> {
        let mut kept = Vec::with_capacity(counters.len());
        for mut row in counters {
            let (name, currency, value) = (row.text()?, row.text()?, row.integer()?);
            // A counter that a later version wrote is not shown by this one.
            if let Some(metric) = Metric::from_code(&name) {
                kept.push((metric, currency, value));
            }
        }
        let (open, open_identified) = match open.into_iter().next() {
            Some(mut row) => (row.integer()?, row.integer()?),
            None => (0, 0),
        };
        Ok(Self { counters: kept, open, open_identified })
    }

    fn of(&self, metric: Metric) -> i64 {
        let counted = self
            .counters
            .iter()
            .filter(|(of, ..)| *of == metric)
            .fold(0_i64, |sum, (.., value)| sum.saturating_add(*value));
        counted.saturating_add(match metric {
            Metric::Tracked => self.open,
            Metric::Identified => self.open_identified,
            _ => 0,
        })
    }

    fn is_nothing(&self) -> bool {
        self.counters.is_empty() && self.open == 0
    }

    fn funnel(&self) -> Funnel {
        let of = |metric| count(self.of(metric));
        Funnel {
            tracked: of(Metric::Tracked),
            identified: of(Metric::Identified),
            abandoned: of(Metric::Abandoned),
            contactable: of(Metric::Contactable),
            notified: of(Metric::Notified),
            returned: of(Metric::Returned),
            recovered: of(Metric::Recovered),
        }
    }

    /// One amount a currency; a sum that refunds have used up is not shown.
    fn revenue<P: Ports>(&self, place: &Place<'_, P>) -> Vec<String> {
        let earned = self.counters.iter().filter(|(metric, _, value)| *metric == Metric::Revenue && *value > 0);
        earned.map(|(_, currency, value)| place.money(*value, currency)).collect()
    }

    fn share(&self, part: &[Metric], whole: &[Metric]) -> Share {
        let sum =
            |metrics: &[Metric]| metrics.iter().fold(0_u64, |sum, metric| sum.saturating_add(count(self.of(*metric))));
        Share { part: sum(part), whole: sum(whole) }
    }
}

fn read_held<P: Ports>(rows: Rows, place: &Place<'_, P>) -> Result<Vec<Held>, StoreError> {
    read_all(rows, |mut row| {
        let reason = row.text()?;
        Ok(Held {
            count: count(row.integer()?),
            why: outbox::sentence(&reason, ReminderState::Held),
            next_look: row.optional_time()?.map(|at| place.minute(at)),
        })
    })
}

fn cron(last: Timestamp, now: Timestamp) -> Cron {
    if last.millis() == 0 {
        return Cron::Never;
    }
    let age = now.since(last);
    let seconds = count(age.whole_seconds());
    if age > CRON_LATE { Cron::Late(seconds) } else { Cron::OnTime(seconds) }
}
