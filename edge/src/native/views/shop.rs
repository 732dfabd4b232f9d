//! The world's deployment as its tests see and change it: carts, reminders, contacts, settings, pauses, metrics.

use cartwake_shared::{metric::Metric, policy::Settings};

use super::{
    BreakerView, CartView, ContactView, DeliveryView, DeploymentView, Everything, HeartbeatView, IdentityView,
    MerchantView, MetricView, OrderView, PurchaseView, ReminderView, ServerOrdersView, SiteView, Standing,
    SuppressionView, standings,
};
use crate::{base::ports::App, native::world::World};

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

    /// What is known to be bought, by name.
    pub fn purchases(&self) -> Vec<PurchaseView> {
        self.ports.store.rows()
    }

    /// Orders that the servers of sites told.
    pub fn server_orders(&self) -> Vec<ServerOrdersView> {
        self.ports.store.rows()
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
        let rows: Vec<MetricView> = self.ports.store.rows();
        let mut metrics: Vec<_> =
            rows.into_iter().filter(|row| row.value != 0).map(|row| (row.name, row.currency, row.value)).collect();
        metrics.sort();
        metrics
    }

    /// One metric over all sites, days and currencies.
    pub fn metric(&self, metric: Metric) -> i64 {
        self.metrics().iter().filter(|(name, ..)| *name == metric).map(|(.., value)| value).sum()
    }

    /// Accepted mails as the breaker counts them: by day, and those that are not yet rolled up.
    pub fn counted_mails(&self) -> i64 {
        let noted = |heartbeat: HeartbeatView| {
            let entries: Vec<(String, i64, i64, i64)> = serde_json::from_str(&heartbeat.sent).unwrap_or_default();
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
