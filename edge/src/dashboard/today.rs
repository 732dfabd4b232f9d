//! `GET /`: shows the day's metrics and whether cron, the mail provider and the database work.

use cartwake_shared::{
    metric::Metric,
    time::{Span, Timestamp},
    token,
};

use super::{count, format::SiteFormat, frame, html_response, outbox, retention, sign_in, site};
use crate::{
    base::{
        deployment::deployment,
        error::Error,
        http::{Request, Response},
        ports::{App, Limits as _, Ports, Store as _},
        row_budget,
        site::Site,
        store::sql::dashboard::{
            CountExcludedCarts, CountHeldReminders, CountHeldRemindersRow, CountOpenCarts, CountOpenCartsRow,
            FindAnyCart, ReadMetrics, ReadMetricsRow,
        },
    },
    dashboard::pages::{
        funnel::Funnel,
        metrics::Share,
        settings::tag,
        terms::ReminderState,
        today::{self, Cron, HeldReminders, TodayView},
    },
    house::health::{CRON_LATE, is_daily_limit_reached},
};

/// The page of the day.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::require_session(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let format = SiteFormat::of(app, &site.settings);
    let deployment = deployment(app).await?;
    let (id, day) = (&site.id, format.day());
    let since_yesterday = app.now().minus(Span::hours(26));
    let (metrics, open, held, carts, excluded) = app
        .store()
        .rows_of((
            &ReadMetrics { site: id, day },
            &CountOpenCarts { site: id, day },
            &CountHeldReminders { site: id },
            &FindAnyCart { site: id },
            &CountExcludedCarts { site: id, after: since_yesterday, day },
        ))
        .await?;
    let metrics = DayMetrics::of(metrics, open.first());
    let has_carts = carts.first().is_some_and(|row| row.found);

    let origin = if deployment.origin.is_empty() { &request.origin } else { &deployment.origin };
    let view = TodayView {
        frame: frame(app, &site, &session).await?,
        day: format.today(),
        zone: site.settings.zone.clone(),
        funnel: metrics.funnel(),
        revenue: metrics.revenue(&format),
        recovery_rate: metrics.share(&[Metric::Recovered], &[Metric::Notified]),
        abandonment_rate: metrics.share(&[Metric::Abandoned], &[Metric::Abandoned, Metric::Ordered]),
        unconfirmed_orders: count(metrics.value(Metric::Unconfirmed)),
        excluded: excluded.first().map_or(0, |row| count(row.carts)),
        raced: count(metrics.value(Metric::Raced)),
        cron: cron(deployment.cron_at, app.now()),
        is_daily_limit_reached: is_daily_limit_reached(app).await,
        rows: row_budget::standing(app).await?,
        is_rate_limited: app.ports.limits().is_counting(),
        mail_stopped: deployment.mail_stopped.map(|(since, reason)| (format.minute(since), reason)),
        held: held.iter().map(|row| held_reminders(row, &format)).collect(),
        retention: retention::view(app, &site.settings.policy, &format).await?,
        first_tag: (!has_carts && metrics.is_empty()).then(|| first_tag(app, &site, origin)),
    };
    Ok(html_response(200, today::page(&view).into_string()))
}

fn first_tag<P: Ports>(app: &App<P>, site: &Site, origin: &str) -> String {
    tag(origin, &token::site_key(&app.config.keys, &site.id))
}

/// The metrics of the day, and the active carts that no metric counts yet.
struct DayMetrics {
    counters: Vec<(Metric, String, i64)>,
    open: i64,
    open_identified: i64,
}

impl DayMetrics {
    fn of(rows: Vec<ReadMetricsRow>, open: Option<&CountOpenCartsRow>) -> Self {
        // A counter that only a later version knows is left out.
        let known = |row: ReadMetricsRow| Some((Metric::from_code(&row.name)?, row.currency, row.value));
        Self {
            counters: rows.into_iter().filter_map(known).collect(),
            open: open.map_or(0, |row| row.carts),
            open_identified: open.map_or(0, |row| row.identified),
        }
    }

    fn value(&self, metric: Metric) -> i64 {
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

    fn is_empty(&self) -> bool {
        self.counters.is_empty() && self.open == 0
    }

    fn funnel(&self) -> Funnel {
        let value = |metric| count(self.value(metric));
        Funnel {
            tracked: value(Metric::Tracked),
            identified: value(Metric::Identified),
            abandoned: value(Metric::Abandoned),
            contactable: value(Metric::Contactable),
            notified: value(Metric::Notified),
            returned: value(Metric::Returned),
            recovered: value(Metric::Recovered),
        }
    }

    /// One amount for each currency; a sum that refunds have used up is left out.
    fn revenue<P: Ports>(&self, format: &SiteFormat<'_, P>) -> Vec<String> {
        let earned = self.counters.iter().filter(|(metric, _, value)| *metric == Metric::Revenue && *value > 0);
        earned.map(|(_, currency, value)| format.money(*value, currency)).collect()
    }

    fn share(&self, part: &[Metric], whole: &[Metric]) -> Share {
        let sum = |metrics: &[Metric]| {
            metrics.iter().fold(0_u64, |sum, metric| sum.saturating_add(count(self.value(*metric))))
        };
        Share { part: sum(part), whole: sum(whole) }
    }
}

fn held_reminders<P: Ports>(row: &CountHeldRemindersRow, format: &SiteFormat<'_, P>) -> HeldReminders {
    HeldReminders {
        count: count(row.reminders),
        why: outbox::sentence(&row.reason, ReminderState::Held),
        next_look: Some(format.minute(row.next)),
    }
}

fn cron(last: Timestamp, now: Timestamp) -> Cron {
    if last.millis() == 0 {
        return Cron::Never;
    }
    let age = now.since(last);
    let seconds = count(age.whole_seconds());
    if age > CRON_LATE { Cron::Late(seconds) } else { Cron::OnTime(seconds) }
}
