//! What a test's database holds, as typed rows: read, compared in assertions, and changed to make a case.

use core::fmt;
use std::collections::BTreeMap;

use cartwake_shared::{
    breaker::Cause,
    cart::MailBasis,
    exclusion::ExclusionReason,
    gate::Reason,
    lifecycle::CartState,
    metric::Metric,
    order::{OrderSource, OrderStatus},
    policy::{Settings, SiteState},
    reminder::ReminderState,
    time::Timestamp,
    trust::Trust,
};

use super::{sqlite::Sqlite, world::World};
use crate::base::{ports::App, store::Value};

mod column;
mod table;

use column::Column as _;
pub use table::{Everything, Record, View};

/// Where a reminder stands and why; shown as `Ready (Paused)` or `Sent`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// Its state.
    pub state: ReminderState,
    /// Why, where that was written down.
    pub why: Option<Why>,
}

/// Sent, and nothing stood against it.
pub const SENT: Standing = Standing { state: ReminderState::Sent, why: None };
/// Planned, and not looked at since.
pub const PLANNED: Standing = Standing { state: ReminderState::Ready, why: None };

/// A reminder that stands in `state` for this reason.
pub fn stands(state: ReminderState, why: impl Into<Why>) -> Standing {
    Standing { state, why: Some(why.into()) }
}

impl fmt::Debug for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            None => write!(formatter, "{:?}", self.state),
            Some(why) => write!(formatter, "{:?} ({why:?})", self.state),
        }
    }
}

/// The reason written beside a reminder: a rule of the gate, or what an attempt to send it came to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A rule of the gate.
    Rule(Reason),
    /// The provider may have it; its answer was lost.
    AnswerLost,
    /// The provider refused a batch as a whole.
    BatchRefused,
    /// The provider says that it never had the mail.
    NeverArrived,
    /// The provider asked to come back later.
    ProviderBusy,
    /// The provider takes nothing from this deployment.
    ProviderStopped,
    /// The provider refused the recipient.
    RecipientRefused,
    /// The provider refused the mail.
    RequestRefused,
}

impl Why {
    const ATTEMPTS: [(&'static str, Self); 7] = [
        ("answer_lost", Self::AnswerLost),
        ("batch_refused", Self::BatchRefused),
        ("never_arrived", Self::NeverArrived),
        ("provider_busy", Self::ProviderBusy),
        ("provider_stopped", Self::ProviderStopped),
        ("recipient_refused", Self::RecipientRefused),
        ("request_refused", Self::RequestRefused),
    ];

    /// Reads [`Why::code`] back.
    pub fn from_code(code: &str) -> Option<Self> {
        let attempt = Self::ATTEMPTS.iter().find(|(known, _)| *known == code).map(|(_, why)| *why);
        attempt.or_else(|| Reason::from_code(code).map(Self::Rule))
    }

    /// The form kept in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rule(reason) => reason.code(),
            attempt => Self::ATTEMPTS.iter().find(|(_, why)| *why == attempt).map_or("", |(code, _)| code),
        }
    }
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        Self::Rule(reason)
    }
}

impl fmt::Debug for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(reason) => write!(formatter, "{reason:?}"),
            attempt => formatter.write_str(attempt.code()),
        }
    }
}

/// Declares a view: its table, how many of its first fields are the primary key, and its columns.
macro_rules! views {
    ($($(#[$about:meta])+ $view:ident of $table:literal, key $key:literal { $($column:ident: $type:ty,)+ })+) => {$(
        $(#[$about])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $view {
            $(#[doc = concat!("Column `", stringify!($column), "` (edge/migrations).")] pub $column: $type,)+
        }

        impl View for $view {
            const TABLE: &'static str = $table;
            const KEY: usize = $key;

            fn read(record: &Record) -> Result<Self, &'static str> {
                let of = |column| record.get(column).ok_or(column);
                Ok(Self {
                    $($column: {
                        let column = stringify!($column);
                        <$type as column::Column>::read(of(column)?).ok_or(column)?
                    },)+
                })
            }

            fn values(&self) -> Vec<(&'static str, Value)> {
                vec![$((stringify!($column), self.$column.write()),)+]
            }
        }
    )+};
}

views! {
    /// The row about the deployment.
    DeploymentView of "deployment", key 1 { id: i64, origin: String, paused: bool, rolled_back_until: Timestamp, }

    /// When a job was last here and what it wrote down.
    HeartbeatView of "heartbeat", key 1 {
        job: String, at: Timestamp, note: String, sent: String, sent_at: Timestamp, turn: String,
    }

    /// A merchant.
    MerchantView of "merchant", key 1 { id: String, name: String, paused: bool, created: Timestamp, }

    /// A site; its settings are JSON.
    SiteView of "site", key 1 {
        id: String, merchant: String, name: String, state: SiteState, paused: bool, settings: String,
        tag_seen: Option<Timestamp>, created: Timestamp,
    }

    /// A cart; lines, consent, planned steps and history are JSON.
    CartView of "cart", key 2 {
        site: String, id: String, version: String, state: CartState, since: Timestamp, created: Timestamp, day: i64,
        active_at: Timestamp, due: Option<Timestamp>, currency: String, total: i64, items: i64, lines: String,
        token: Option<String>, locale: Option<String>, zone: Option<String>, country: Option<String>,
        checkout_stage: Option<String>, customer: Option<String>, signed: bool, mailbox_hash: Option<String>,
        mailbox_version: String, identified_at: Option<Timestamp>, consent: Option<String>, consent_version: String,
        session_minted: Option<Timestamp>, session_last: Timestamp, ip_prefix_hash: Option<String>,
        ip_prefix_at: Option<Timestamp>, cycle: i64, planned: String, abandoned_at: Option<Timestamp>,
        via: Option<String>, via_at: Option<Timestamp>, superseded_by: Option<String>,
        returned_at: Option<Timestamp>, ordered_at: Option<Timestamp>, order_number: Option<String>,
        order_total: Option<i64>, order_currency: Option<String>, order_confirmed: bool, recovered: bool,
        exclusion: Option<ExclusionReason>, counted: i64, history: String,
    }

    /// A person of one site known by e-mail.
    ContactView of "contact", key 2 {
        site: String, mailbox_hash: String, address: Option<String>, carts: String, basis: Option<MailBasis>,
        basis_at: Option<Timestamp>, basis_wording: Option<String>, basis_source: Option<String>,
        refused_at: Option<Timestamp>, erased_at: Option<Timestamp>, created: Timestamp,
    }

    /// Another name of a cart.
    IdentityView of "identity", key 3 { site: String, key: String, cart: String, }

    /// That something was bought, under one of the buyer's names.
    PurchaseView of "purchase", key 3 { site: String, key: String, number: String, status: OrderStatus, at: Timestamp, }

    /// An order.
    OrderView of "orders", key 2 {
        site: String, number: String, status: OrderStatus, source: OrderSource, total: Option<i64>, refunded: i64,
        currency: Option<String>, cart: Option<String>, placed_at: Timestamp, revision: i64, writer: String,
    }

    /// A reminder.
    ReminderView of "outbox", key 4 {
        site: String, cart: String, cycle: i64, step: String, position: i64, mailbox_hash: String, trust: Trust,
        ip_prefix_hash: Option<String>, ip_prefix_at: Option<Timestamp>, state: ReminderState, scheduled: Timestamp,
        planned_at: Timestamp, next: Option<Timestamp>, owner: Option<String>, lease: Option<Timestamp>,
        first: Option<Timestamp>, tries: i64, version: Option<String>, template: Option<String>,
        locale: Option<String>, hash: Option<String>, counted_at: Option<Timestamp>, hold: Option<Timestamp>,
        reason: Option<Why>, detail: Option<String>, reason_at: Option<Timestamp>, provider_id: Option<String>,
        provider: Option<String>, batch: Option<String>, look_up_at: Option<Timestamp>, ended_at: Option<Timestamp>,
        delivered_at: Option<Timestamp>, bounced_at: Option<Timestamp>, complained_at: Option<Timestamp>,
        visited_at: Option<Timestamp>,
    }

    /// An address that must not be mailed.
    SuppressionView of "suppression", key 2 {
        scope: String, mailbox_hash: String, reason: String, at: Timestamp, site: String,
    }

    /// A product of the shop's catalogue.
    ProductView of "product", key 3 {
        site: String, id: String, variant: String, sku: String, name: String, price: i64, currency: String,
        url: String, image: String, available: bool, read_at: Timestamp,
    }

    /// A counter of one site and day.
    MetricView of "metric", key 4 { site: String, day: i64, name: Metric, currency: String, value: i64, }

    /// New addresses of one hour that nobody vouched for.
    UnprovenHourView of "unproven_hour", key 2 { site: String, hour: i64, addresses: i64, }

    /// What became of one day's mails.
    DeliveryView of "delivery", key 2 { site: String, day: i64, sent: i64, bounced: i64, complained: i64, }

    /// The breaker of a site, once it tripped.
    BreakerView of "breaker", key 1 {
        site: String, cause: Cause, since: Timestamp, until: Timestamp, counted: i64, against: i64,
        baseline_hour: i64, baseline_addresses: i64, baseline_day: i64, baseline_sent: i64, baseline_bounced: i64,
        baseline_complained: i64,
    }
}

impl CartView {
    /// Whether it is this cart of that visitor's browser (`World::event`).
    pub fn is(&self, visitor: char, number: u32) -> bool {
        self.id.ends_with(&format!("{visitor}.{number}"))
    }
}

impl ReminderView {
    /// The first step of a cart's first cycle, planned at `at` and due at once.
    pub fn planned(site: &str, cart: &str, mailbox_hash: &str, trust: Trust, at: Timestamp) -> Self {
        Self {
            site: site.to_owned(),
            cart: cart.to_owned(),
            cycle: 1,
            step: "s1".to_owned(),
            position: 0,
            mailbox_hash: mailbox_hash.to_owned(),
            trust,
            ip_prefix_hash: None,
            ip_prefix_at: None,
            state: ReminderState::Ready,
            scheduled: at,
            planned_at: at,
            next: Some(at),
            owner: None,
            lease: None,
            first: None,
            tries: 0,
            version: None,
            template: None,
            locale: None,
            hash: None,
            counted_at: None,
            hold: None,
            reason: None,
            detail: None,
            reason_at: None,
            provider_id: None,
            provider: None,
            batch: None,
            look_up_at: None,
            ended_at: None,
            delivered_at: None,
            bounced_at: None,
            complained_at: None,
            visited_at: None,
        }
    }

    /// Where it stands and why.
    pub fn standing(&self) -> Standing {
        Standing { state: self.state, why: self.reason }
    }

    /// Whether it is about this cart of that visitor's browser (`World::event`).
    pub fn is_about(&self, visitor: char, number: u32) -> bool {
        self.cart.ends_with(&format!("{visitor}.{number}"))
    }

    /// Whether it has come to an end.
    pub fn has_ended(&self) -> bool {
        self.state >= ReminderState::Sent
    }

    /// What the provider said of it afterwards.
    pub fn marks(&self) -> Marks {
        Marks {
            is_delivered: self.delivered_at.is_some(),
            is_bounced: self.bounced_at.is_some(),
            is_complained: self.complained_at.is_some(),
        }
    }
}

/// What a provider said of a mail afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It was delivered.
    pub is_delivered: bool,
    /// It came back for good.
    pub is_bounced: bool,
    /// Somebody called it spam.
    pub is_complained: bool,
}

impl BreakerView {
    /// A breaker that tripped for `cause` and holds until then; nothing was counted before.
    pub fn tripped(site: &str, cause: Cause, until: Timestamp, counted: i64, against: i64) -> Self {
        Self {
            site: site.to_owned(),
            cause,
            since: Timestamp::from_millis(1),
            until,
            counted,
            against,
            baseline_hour: 0,
            baseline_addresses: 0,
            baseline_day: 0,
            baseline_sent: 0,
            baseline_bounced: 0,
            baseline_complained: 0,
        }
    }
}

/// How many reminders stand where.
pub fn standings<'r>(reminders: impl IntoIterator<Item = &'r ReminderView>) -> Vec<(usize, Standing)> {
    let mut counts: BTreeMap<Standing, usize> = BTreeMap::new();
    for reminder in reminders {
        let count = counts.entry(reminder.standing()).or_default();
        *count = count.saturating_add(1);
    }
    counts.into_iter().map(|(standing, count)| (count, standing)).collect()
}

/// Each metric that is not 0 with its currency, in the order of the funnel.
pub fn metrics(store: &Sqlite) -> Vec<(Metric, String, i64)> {
    let rows = store.rows::<MetricView>().into_iter().filter(|row| row.value != 0);
    let mut metrics: Vec<_> = rows.map(|row| (row.name, row.currency, row.value)).collect();
    metrics.sort();
    metrics
}

impl App<World> {
    /// The carts in the order of their sites and ids.
    pub fn carts(&self) -> Vec<CartView> {
        self.ports.store.rows()
    }

    /// The cart with this number of a visitor's browser.
    ///
    /// # Panics
    /// When there is none.
    pub fn cart(&self, visitor: char, number: u32) -> CartView {
        only(self.carts().into_iter().find(|cart| cart.is(visitor, number)), "cart")
    }

    /// Changes every cart.
    pub fn change_carts(&self, change: impl Fn(&mut CartView)) {
        self.ports.store.change(change);
    }

    /// The reminders in the order of their sites, carts, cycles and steps.
    pub fn reminders(&self) -> Vec<ReminderView> {
        self.ports.store.rows()
    }

    /// The reminders of the sequence's first step.
    pub fn first_steps(&self) -> Vec<ReminderView> {
        self.reminders().into_iter().filter(|reminder| reminder.step == "s1").collect()
    }

    /// The first step's reminder of the first cart.
    ///
    /// # Panics
    /// When there is none.
    pub fn reminder(&self) -> ReminderView {
        only(self.first_steps().into_iter().next(), "reminder")
    }

    /// Where the first step's reminder of the first cart stands; `None` while it is not planned.
    pub fn standing(&self) -> Option<Standing> {
        self.first_steps().first().map(ReminderView::standing)
    }

    /// How many reminders of the first step stand where.
    pub fn first_standings(&self) -> Vec<(usize, Standing)> {
        standings(&self.first_steps())
    }

    /// Changes every reminder.
    pub fn change_reminders(&self, change: impl Fn(&mut ReminderView)) {
        self.ports.store.change(change);
    }

    /// The contacts.
    pub fn contacts(&self) -> Vec<ContactView> {
        self.ports.store.rows()
    }

    /// Changes every contact.
    pub fn change_contacts(&self, change: impl Fn(&mut ContactView)) {
        self.ports.store.change(change);
    }

    /// Changes the row of every site.
    pub fn change_sites(&self, change: impl Fn(&mut SiteView)) {
        self.ports.store.change(change);
    }

    /// Changes the settings of every site, and lets the cache forget what they were.
    ///
    /// # Panics
    /// When stored settings are not what this version reads.
    pub fn change_settings(&self, change: impl Fn(&mut Settings)) {
        self.change_sites(|site| {
            let mut settings = only(serde_json::from_str(&site.settings).ok(), "settings");
            change(&mut settings);
            site.settings = only(serde_json::to_string(&settings).ok(), "settings");
        });
        self.ports.cache.forget();
    }

    /// Pauses every site, or ends their pause, behind the back of the cache.
    pub fn pause_sites(&self, paused: bool) {
        self.change_sites(|site| site.paused = paused);
    }

    /// Pauses the deployment, or ends its pause.
    pub fn pause_deployment(&self, paused: bool) {
        self.ports.store.change(|deployment: &mut DeploymentView| deployment.paused = paused);
    }

    /// Pauses every merchant, or ends their pause.
    pub fn pause_merchants(&self, paused: bool) {
        self.ports.store.change(|merchant: &mut MerchantView| merchant.paused = paused);
    }

    /// Puts the address of every contact on the list of those that are not mailed.
    pub fn suppress_contacts(&self, scope: &str, reason: &str) {
        for contact in self.contacts() {
            self.ports.store.insert(&SuppressionView {
                scope: scope.to_owned(),
                mailbox_hash: contact.mailbox_hash,
                reason: reason.to_owned(),
                at: self.now(),
                site: contact.site,
            });
        }
    }

    /// Trips a breaker.
    pub fn trip(&self, breaker: &BreakerView) {
        self.ports.store.insert(breaker);
    }

    /// The breakers that have tripped.
    pub fn breakers(&self) -> Vec<BreakerView> {
        self.ports.store.rows()
    }

    /// Scope and reason of every suppressed address.
    pub fn suppressions(&self) -> Vec<(String, String)> {
        let rows: Vec<SuppressionView> = self.ports.store.rows();
        rows.into_iter().map(|row| (row.scope, row.reason)).collect()
    }

    /// The other names of carts.
    pub fn identities(&self) -> Vec<IdentityView> {
        self.ports.store.rows()
    }

    /// The orders.
    pub fn orders(&self) -> Vec<OrderView> {
        self.ports.store.rows()
    }

    /// The sites.
    pub fn sites(&self) -> Vec<SiteView> {
        self.ports.store.rows()
    }

    /// The row about the deployment.
    ///
    /// # Panics
    /// When there is none.
    pub fn deployment(&self) -> DeploymentView {
        only(self.ports.store.rows().pop(), "deployment")
    }

    /// The jobs that were here.
    pub fn heartbeats(&self) -> Vec<HeartbeatView> {
        self.ports.store.rows()
    }

    /// What became of the mails of each day.
    pub fn deliveries(&self) -> Vec<DeliveryView> {
        self.ports.store.rows()
    }

    /// Each metric that is not 0 with its currency, in the order of the funnel.
    pub fn metrics(&self) -> Vec<(Metric, String, i64)> {
        metrics(&self.ports.store)
    }

    /// One metric over all sites, days and currencies.
    pub fn metric(&self, metric: Metric) -> i64 {
        self.metrics().iter().filter(|(name, ..)| *name == metric).map(|(.., value)| value).sum()
    }

    /// Accepted mails as the breaker counts them: by day, and those that are not yet rolled up.
    pub fn counted_mails(&self) -> i64 {
        let noted = |heartbeat: HeartbeatView| {
            let entries: Vec<(String, i64, i64)> = serde_json::from_str(&heartbeat.sent).unwrap_or_default();
            entries.iter().map(|(.., count)| count).sum::<i64>()
        };
        let rolled_up: i64 = self.deliveries().iter().map(|day| day.sent).sum();
        self.heartbeats().into_iter().map(noted).sum::<i64>().saturating_add(rolled_up)
    }

    /// Every row of every table.
    pub fn everything(&self) -> Everything {
        self.ports.store.everything()
    }
}

#[expect(clippy::panic, reason = "test support: a row that a test speaks of must be there")]
fn only<T>(found: Option<T>, what: &str) -> T {
    found.unwrap_or_else(|| panic!("no {what}"))
}
