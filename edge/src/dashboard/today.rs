//! `GET /`: the day's figures and whether the machinery runs.

use cartwake_shared::{
    figure::Figure,
    time::{Span, Timestamp},
    token,
};

use super::{count, frame, outbox, shown, shown::Place, sign_in, site};
use crate::{
    error::Error,
    health::{CRON_LATE, deployment, is_daily_limit_reached},
    http::{Request, Response},
    pages::{
        figures::Share,
        funnel::Funnel,
        settings::tag,
        terms::ReminderState,
        today::{self, Cron, Held, TodayView},
    },
    ports::{Edge, Ports, Store as _},
    site::Site,
    store::{Rows, StoreError, read_all, sql},
};

/// The page of the day.
pub(super) async fn page<P: Ports>(edge: &Edge<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::reader(edge, request)?;
    let Some(site) = site(edge).await? else { return Ok(Response::see_other("/setup")) };
    let place = Place::of(edge, &site.settings);
    let deployment = deployment(edge).await?;
    let id = || site.id.as_str().into();
    let mut read = edge
        .store()
        .batch(vec![
            sql::FIGURES_DAY.with([id(), place.day().into()]),
            sql::CARTS_OPEN_TODAY.with([id(), place.day().into()]),
            sql::REMINDERS_HELD.with([id()]),
            sql::CARTS_EXIST.with([id()]),
            sql::CARTS_APART_TODAY.with([id(), edge.now().minus(Span::hours(26)).into(), place.day().into()]),
        ])
        .await?
        .into_iter();
    let mut next = || read.next().unwrap_or_default();
    let figures = Counted::read(next(), next())?;
    let held = read_held(next(), &place)?;
    let has_carts = !next().is_empty();
    let kept_apart = match next().into_iter().next() {
        Some(mut row) => count(row.integer()?),
        None => 0,
    };

    let origin = if deployment.origin.is_empty() { &request.origin } else { &deployment.origin };
    let view = TodayView {
        frame: frame(edge, &site, &session).await?,
        day: place.today(),
        zone: site.settings.zone.clone(),
        funnel: figures.funnel(),
        revenue: figures.revenue(&place),
        recovery_rate: figures.share(&[Figure::Recovered], &[Figure::Notified]),
        abandonment_rate: figures.share(&[Figure::Abandoned], &[Figure::Abandoned, Figure::Ordered]),
        unconfirmed_orders: count(figures.of(Figure::Unconfirmed)),
        kept_apart,
        raced: count(figures.of(Figure::Raced)),
        cron: cron(deployment.cron_at, edge.now()),
        is_daily_limit_reached: is_daily_limit_reached(edge).await,
        mail_stopped: deployment.mail_stopped.map(|(since, said)| (place.minute(since), said)),
        held,
        first_tag: (!has_carts && figures.is_nothing()).then(|| first_tag(edge, &site, origin)),
    };
    Ok(shown(200, today::page(&view).into_string()))
}

fn first_tag<P: Ports>(edge: &Edge<P>, site: &Site, origin: &str) -> String {
    tag(origin, &token::site_key(&edge.config.keys, &site.id))
}

/// The counters of the day, and the carts that are in none of them yet.
struct Counted {
    counters: Vec<(Figure, String, i64)>,
    open: i64,
    open_identified: i64,
}

impl Counted {
    fn read(counters: Rows, open: Rows) -> Result<Self, StoreError> {
        let mut kept = Vec::with_capacity(counters.len());
        for mut row in counters {
            let (name, currency, value) = (row.text()?, row.text()?, row.integer()?);
            // A counter that a later version wrote is not shown by this one.
            if let Some(figure) = Figure::from_code(&name) {
                kept.push((figure, currency, value));
            }
        }
        let (open, open_identified) = match open.into_iter().next() {
            Some(mut row) => (row.integer()?, row.integer()?),
            None => (0, 0),
        };
        Ok(Self { counters: kept, open, open_identified })
    }

    fn of(&self, figure: Figure) -> i64 {
        let counted = self
            .counters
            .iter()
            .filter(|(of, ..)| *of == figure)
            .fold(0_i64, |sum, (.., value)| sum.saturating_add(*value));
        counted.saturating_add(match figure {
            Figure::Tracked => self.open,
            Figure::Identified => self.open_identified,
            _ => 0,
        })
    }

    fn is_nothing(&self) -> bool {
        self.counters.is_empty() && self.open == 0
    }

    fn funnel(&self) -> Funnel {
        let of = |figure| count(self.of(figure));
        Funnel {
            tracked: of(Figure::Tracked),
            identified: of(Figure::Identified),
            abandoned: of(Figure::Abandoned),
            contactable: of(Figure::Contactable),
            notified: of(Figure::Notified),
            returned: of(Figure::Returned),
            recovered: of(Figure::Recovered),
        }
    }

    /// One amount a currency; a sum that refunds have used up is not shown.
    fn revenue<P: Ports>(&self, place: &Place<'_, P>) -> Vec<String> {
        let earned = self.counters.iter().filter(|(figure, _, value)| *figure == Figure::Revenue && *value > 0);
        earned.map(|(_, currency, value)| place.money(*value, currency)).collect()
    }

    fn share(&self, part: &[Figure], whole: &[Figure]) -> Share {
        let sum =
            |figures: &[Figure]| figures.iter().fold(0_u64, |sum, figure| sum.saturating_add(count(self.of(*figure))));
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
