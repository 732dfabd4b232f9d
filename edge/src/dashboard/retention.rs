//! Reads what the jobs of retention have done, for the page of the day.

use cartwake_shared::{policy::Policy, time::Span};

use super::{count, format::SiteFormat};
use crate::{
    base::{
        error::Error,
        ports::{App, Ports},
    },
    dashboard::pages::retention::{KeptRow, RetentionView},
    house::retention::{METRICS_KEPT, PROOF_KEPT, Progress, Table, progress},
};

/// What is kept and for how long, by the rules of the site; the rows that were removed are of all sites.
pub(super) async fn view<P: Ports>(
    app: &App<P>,
    policy: &Policy,
    format: &SiteFormat<'_, P>,
) -> Result<RetentionView, Error> {
    let row = |(table, progress): (Table, Progress)| KeptRow {
        what: name(table),
        kept: kept(table, policy),
        ended: (progress.ended.millis() > 0).then(|| format.minute(progress.ended)),
        removed: count(progress.removed),
        oldest: progress.last.oldest.map(|at| format.date(at)),
    };
    let rows = progress(app).await?.into_iter().map(row).collect();
    Ok(RetentionView { days: days(policy.retention), rows })
}

const fn name(table: Table) -> &'static str {
    match table {
        Table::Carts => "Carts",
        Table::Contacts => "E-mail addresses",
        Table::Identities => "Customer ids and tokens",
        Table::Purchases => "Purchases by buyer",
        Table::Orders => "Orders",
        Table::Reminders => "Reminders",
        Table::Products => "Products",
        Table::Metrics => "Metrics",
    }
}

/// How long the rows of a table are kept.
fn kept(table: Table, policy: &Policy) -> String {
    let (personal, metrics) = (days(policy.retention), days(METRICS_KEPT));
    match table {
        Table::Carts => {
            let anonymous = days(policy.anonymous_retention);
            format!("contents {personal} days, of unknown shoppers {anonymous}; figures {metrics}")
        }
        Table::Contacts => format!("as long as their carts; proof of consent {} years more", days(PROOF_KEPT) / 365),
        Table::Identities => "as long as the contents of their cart".to_owned(),
        Table::Purchases => format!("{metrics} days, by customer and token {personal}"),
        Table::Reminders => format!("{metrics} days, the provider's words {personal}"),
        Table::Products => format!("{metrics} days after the shop last told of them"),
        Table::Orders | Table::Metrics => format!("{metrics} days"),
    }
}

fn days(span: Span) -> u64 {
    count(span.whole_seconds()) / 86_400
}
