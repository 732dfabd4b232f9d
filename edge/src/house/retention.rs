//! Retention: looks through one table after the other, some rows a tick, and takes away what has reached its age.
//!
//! The ages are those of spec/domain.md. Each table has its row in `heartbeat`: where the walk stands, what it removed, and
//! the oldest thing that stays; the dashboard shows it. A walk reads every row of its table once a day at most.

use cartwake_shared::{
    policy::Policy,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::{
        Answers, Query, Statement, StoreError,
        sql::retention::{
            DeleteCarts, DeleteContacts, DeleteIdentities, DeleteMetrics, DeleteOrders, DeleteProducts,
            DeletePurchases, DeleteReminders, ForgetAddresses, ReadProgress, ReadProgressRow, StripCarts,
            StripReminders, UnlinkContacts, WalkCarts, WalkContacts, WalkIdentities, WalkMetrics, WalkOrders,
            WalkProducts, WalkPurchases, WalkReminders, WriteProgress,
        },
    },
};

/// Metrics and what they can be computed from: carts, orders, purchases, reminders (spec/domain.md). Links in mails end with it.
pub const METRICS_KEPT: Span = Span::days(400);
/// Proof of consent after its end (spec/domain.md): the usual limitation of claims, section 195 BGB.
pub const PROOF_KEPT: Span = Span::days(3 * 365);
/// Rows of a table that are looked at in one tick.
const ROWS_PER_TICK: i64 = 200;
/// Contacts that are looked at in one tick: for each, four statements ask about up to 20 carts and three suppressions.
const CONTACTS_PER_TICK: i64 = 50;
/// Tables that are looked at in one tick: carts, which are many and hold most, and one other. The free plan takes 50 statements
/// of the database an invocation; these are at most 10.
const TABLES_PER_TICK: usize = 2;
/// A table that was looked through rests until a day after the walk began, so that a small shop's rows are read once a day.
const REST: Span = Span::days(1);

/// A table with an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Carts: stripped, later deleted.
    Carts,
    /// Contacts: the address goes with the last cart, the row when nothing is left to prove.
    Contacts,
    /// Other names of carts: with what the cart tells.
    Identities,
    /// Purchases by the names of the buyer.
    Purchases,
    /// Orders.
    Orders,
    /// Reminders: what the provider said of them goes first.
    Reminders,
    /// Products that the shop no longer tells of.
    Products,
    /// Metrics.
    Metrics,
}

impl Table {
    /// All of them, in the order in which they are looked at first.
    pub const ALL: [Self; 8] = [
        Self::Carts,
        Self::Contacts,
        Self::Identities,
        Self::Purchases,
        Self::Orders,
        Self::Reminders,
        Self::Products,
        Self::Metrics,
    ];

    /// Rows that one step looks at.
    const fn most(self) -> i64 {
        match self {
            Self::Contacts => CONTACTS_PER_TICK,
            _ => ROWS_PER_TICK,
        }
    }

    /// The name of its row in `heartbeat`.
    const fn job(self) -> &'static str {
        match self {
            Self::Carts => "retention/carts",
            Self::Contacts => "retention/contacts",
            Self::Identities => "retention/identities",
            Self::Purchases => "retention/purchases",
            Self::Orders => "retention/orders",
            Self::Reminders => "retention/reminders",
            Self::Products => "retention/products",
            Self::Metrics => "retention/metrics",
        }
    }
}

/// How far the walk through a table has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// When its last step was; 1970 if never.
    #[serde(skip)]
    pub at: Timestamp,
    /// The key of the last row that was looked at, as JSON; empty between two walks.
    after: String,
    /// When this walk began.
    began: Timestamp,
    /// This walk so far.
    now: Walk,
    /// When the last whole walk ended; 1970 if none has.
    pub ended: Timestamp,
    /// The last whole walk.
    pub last: Walk,
    /// Rows that all walks removed or stripped.
    pub removed: i64,
}

/// What a walk through a table found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    /// Rows that were looked at.
    pub looked: i64,
    /// Rows that were removed or stripped.
    pub removed: i64,
    /// The time of the oldest row that stays as it is.
    pub oldest: Option<Timestamp>,
}

/// What one step found: as the `walk_…` statements give it.
struct Step {
    last: Option<String>,
    walk: Walk,
}

impl Progress {
    fn is_resting(&self, now: Timestamp) -> bool {
        self.after.is_empty() && now.since(self.began) < REST
    }

    /// The progress behind a step; a step that looked at fewer rows than it could has reached the end.
    fn behind(mut self, step: Step, most: i64, now: Timestamp) -> Self {
        if self.after.is_empty() {
            (self.began, self.now) = (now, Walk::default());
        }
        let Walk { looked, removed, oldest } = step.walk;
        self.now.looked = self.now.looked.saturating_add(looked);
        self.now.removed = self.now.removed.saturating_add(removed);
        self.now.oldest = [self.now.oldest, oldest].into_iter().flatten().min();
        self.removed = self.removed.saturating_add(removed);
        if let Some(last) = step.last.filter(|_| looked >= most) {
            self.after = last;
        } else {
            self.after = String::new();
            (self.ended, self.last) = (now, core::mem::take(&mut self.now));
        }
        self
    }
}

/// Looks at the next carts, and at the next rows of the table that was not looked at for longest.
pub async fn run<P: Ports>(app: &App<P>) -> Result<(), Error> {
    let now = app.now();
    let mut tables = progress(app).await?;
    tables.retain(|(_, progress)| !progress.is_resting(now));
    tables.sort_by_key(|(table, progress)| (*table != Table::Carts, progress.at));
    for (table, progress) in tables.into_iter().take(TABLES_PER_TICK) {
        let step = step(app, table, &progress.after, now).await?;
        let note = json::text(&progress.behind(step, table.most(), now));
        app.store().done(&WriteProgress { job: table.job(), now, note: &note }).await?;
    }
    Ok(())
}

/// How far each table has been looked through.
pub async fn progress<P: Ports>(app: &App<P>) -> Result<Vec<(Table, Progress)>, Error> {
    let rows = app.store().rows(&ReadProgress).await?;
    // A note that cannot be read lets the walk begin anew.
    let read = |row: &ReadProgressRow| Progress { at: row.at, ..json::read(&row.note).unwrap_or_default() };
    let of = |table: Table| rows.iter().find(|row| row.job == table.job()).map(read).unwrap_or_default();
    Ok(Table::ALL.map(|table| (table, of(table))).to_vec())
}

/// Asks what the next rows hold and takes away what is too old, in one transaction.
async fn step<P: Ports>(app: &App<P>, table: Table, after: &str, now: Timestamp) -> Result<Step, Error> {
    // Behind nothing stands every key: texts are not empty, and days are positive.
    let after = if after.is_empty() { r#"["","","",""]"# } else { after };
    let first_day = r#"["",0,"",""]"#;
    let most = table.most();
    let policy = Policy::default();
    let (retention, anonymous) = (policy.retention.millis(), policy.anonymous_retention.millis());
    let old = now.minus(METRICS_KEPT);
    let step = match table {
        Table::Carts => {
            let walk = WalkCarts { after, most, now, retention, anonymous, old };
            let strip = StripCarts { after, most, now, retention, anonymous };
            let rest = vec![strip.statement(), DeleteCarts { after, most, old }.statement()];
            let row = ask(app, &walk, rest).await?;
            Step::of(row.last, row.looked, row.removed, row.oldest)
        }
        Table::Contacts => {
            let old = now.minus(PROOF_KEPT);
            let rest = vec![
                ForgetAddresses { after, most, now, old }.statement(),
                UnlinkContacts { after, most, old }.statement(),
                DeleteContacts { after, most, old }.statement(),
            ];
            let row = ask(app, &WalkContacts { after, most, old }, rest).await?;
            Step::of(row.last, row.looked, row.removed, row.oldest)
        }
        Table::Identities => {
            let rest = vec![DeleteIdentities { after, most }.statement()];
            let row = ask(app, &WalkIdentities { after, most }, rest).await?;
            Step::of(row.last, row.looked, row.removed, None)
        }
        Table::Purchases => {
            let rest = vec![DeletePurchases { after, most, now, retention, old }.statement()];
            let row = ask(app, &WalkPurchases { after, most, now, retention, old }, rest).await?;
            Step::of(row.last, row.looked, row.removed, row.oldest)
        }
        Table::Orders => {
            let rest = vec![DeleteOrders { after, most, old }.statement()];
            let row = ask(app, &WalkOrders { after, most, old }, rest).await?;
            Step::of(row.last, row.looked, row.removed, row.oldest)
        }
        Table::Reminders => {
            let rest = vec![
                StripReminders { after, most, now, retention }.statement(),
                DeleteReminders { after, most, old }.statement(),
            ];
            let row = ask(app, &WalkReminders { after, most, now, retention, old }, rest).await?;
            Step::of(row.last, row.looked, row.removed, row.oldest)
        }
        Table::Products => {
            let rest = vec![DeleteProducts { after, most, old }.statement()];
            let row = ask(app, &WalkProducts { after, most, old }, rest).await?;
            Step::of(row.last, row.looked, row.removed, row.oldest)
        }
        Table::Metrics => {
            let after = if after.starts_with(r#"["",""#) { first_day } else { after };
            // A day in the shop's zone may be a day behind that of UTC.
            let first = old.minus(Span::days(1)).day(0);
            let rest = vec![DeleteMetrics { after, most, first }.statement()];
            let row = ask(app, &WalkMetrics { after, most, first }, rest).await?;
            Step::of(row.last, row.looked, row.removed, None)
        }
    };
    Ok(step)
}

impl Step {
    fn of(last: Option<String>, looked: i64, removed: i64, oldest: Option<Timestamp>) -> Self {
        Self { last, walk: Walk { looked, removed, oldest } }
    }
}

/// The answer of the first statement of a transaction.
async fn ask<P: Ports, Q: Query>(app: &App<P>, walk: &Q, rest: Vec<Statement>) -> Result<Q::Row, Error> {
    let statements = core::iter::once(walk.statement()).chain(rest).collect();
    let mut answers: Answers = app.store().answers(statements).await?;
    Ok(answers.first::<Q>()?.ok_or(StoreError::Unreadable(Q::SQL.name))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(looked: i64, removed: i64, oldest: i64) -> Step {
        Step::of(Some(format!("[{looked}]")), looked, removed, Some(Timestamp::from_millis(oldest)))
    }

    #[test]
    fn a_walk_goes_on_until_a_step_finds_less_than_it_could_and_rests_for_a_day() {
        let at = |hours: i64| Timestamp::from_millis(1_764_000_000_000).plus(Span::hours(hours));
        let first = Progress::default().behind(step(500, 3, 70), 500, at(0));
        assert!(!first.is_resting(at(0)) && first.after == "[500]" && first.ended == Timestamp::default());
        let second = first.behind(step(7, 1, 50), 500, at(1));
        assert!(second.is_resting(at(23)) && !second.is_resting(at(24)));
        let whole = Walk { looked: 507, removed: 4, oldest: Some(Timestamp::from_millis(50)) };
        assert_eq!((&second.last, second.ended, second.removed), (&whole, at(1), 4));
        let third = second.behind(step(0, 0, 60), 500, at(24));
        assert_eq!((third.removed, third.last.removed, third.last.oldest.map(Timestamp::millis)), (4, 0, Some(60)));
    }
}
