//! The rows of a test's database as typed views, which tests compare and change.

use cartwake_shared::{
    breaker::Cause,
    cart::MailBasis,
    exclusion::ExclusionReason,
    lifecycle::CartState,
    metric::Metric,
    order::{OrderSource, OrderStatus, PurchaseStatus},
    policy::SiteState,
    reminder::ReminderState,
    time::Timestamp,
    trust::{Audience, Trust},
};

use crate::base::store::Value;

mod column;
mod shop;
mod standing;
mod table;

use column::Column as _;
pub use standing::{SENT, Standing, Why, standings, stands};
pub use table::{Everything, Record, View};

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
        job: String, at: Timestamp, note: String, sent: String, sent_at: Timestamp, last_site: String,
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
        active_at: Timestamp, due: Option<Timestamp>, ahead: bool, currency: String, total: i64, items: i64, lines: String,
        token: Option<String>, locale: Option<String>, zone: Option<String>, country: Option<String>,
        checkout_stage: Option<String>, customer: Option<String>, signed: bool, mailbox_hash: Option<String>,
        mailbox_version: String, identified_at: Option<Timestamp>, consent: Option<String>, consent_version: String,
        session: Option<String>, session_minted: Option<Timestamp>, proof: i64, network: Option<String>, operator: Option<String>, cycle: i64, planned: String, abandoned_at: Option<Timestamp>,
        via: Option<String>, via_at: Option<Timestamp>, rebuilt: Option<String>, superseded_by: Option<String>,
        returned_at: Option<Timestamp>, ordered_at: Option<Timestamp>, order_number: Option<String>,
        order_total: Option<i64>, order_currency: Option<String>, order_confirmed: bool, recovered: bool,
        exclusion: Option<ExclusionReason>, counted: i64, history: String,
    }

    /// A person of one site known by e-mail.
    ContactView of "contact", key 2 {
        site: String, mailbox_hash: String, address: Option<String>, carts: String, basis: Option<MailBasis>,
        basis_at: Option<Timestamp>, basis_wording: Option<String>, basis_source: Option<String>,
        refused_at: Option<Timestamp>, said_by: Option<String>, erased_at: Option<Timestamp>, place_at: Option<Timestamp>, place_cart: Option<String>,
        known_at: Option<Timestamp>, forgotten_at: Option<Timestamp>, created: Timestamp,
    }

    /// Another name of a cart.
    IdentityView of "identity", key 3 { site: String, key: String, cart: String, }

    /// That something was bought, under one of the buyer's names.
    PurchaseView of "purchase", key 3 { site: String, key: String, number: String, status: PurchaseStatus, at: Timestamp, told: bool, }

    /// An order.
    OrderView of "orders", key 2 {
        site: String, number: String, status: OrderStatus, source: OrderSource, total: Option<i64>, refunded: i64,
        currency: Option<String>, cart: Option<String>, placed_at: Timestamp, paid_at: Option<Timestamp>, revision: i64, writer: String,
    }

    /// A reminder.
    ReminderView of "outbox", key 4 {
        site: String, cart: String, cycle: i64, step: String, position: i64, mailbox_hash: String,
        trust: Option<Trust>, network: Option<String>, operator: Option<String>, proof: i64, waits_for: Option<i64>,
        waits_since: Option<Timestamp>, released: Option<i64>, held_until: Option<Timestamp>, state: ReminderState, scheduled: Timestamp,
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

    /// The salt of a day.
    SaltView of "salt", key 1 { day: i64, value: String, }

    /// What strangers behind one network took of its share; the lists are JSON.
    NetworkView of "network", key 1 { prefix_hash: String, places: String, vouched: String, paid: String, orders: String, }

    /// The share of a site; the quarters of an hour are JSON.
    SiteShareView of "site_share", key 1 {
        site: String, quarters: String, days: String, usual: i64, usual_day: i64, last_operator: String,
    }

    /// Orders that the server of a site told; the hours are JSON.
    ServerOrdersView of "server_orders", key 1 { site: String, hours: String, last_at: Timestamp, }

    /// What became of one day's mails.
    DeliveryView of "delivery", key 3 { site: String, audience: Audience, day: i64, sent: i64, bounced: i64, complained: i64, }

    /// The breaker of a site, once it tripped.
    BreakerView of "breaker", key 2 {
        site: String, audience: Audience, cause: Cause, since: Timestamp, until: Timestamp, counted: i64, against: i64,
        baseline_day: i64, baseline_sent: i64, baseline_bounced: i64,
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
    pub fn planned(site: &str, cart: &str, mailbox_hash: &str, trust: Option<Trust>, at: Timestamp) -> Self {
        Self {
            site: site.to_owned(),
            cart: cart.to_owned(),
            cycle: 1,
            step: "s1".to_owned(),
            position: 0,
            mailbox_hash: mailbox_hash.to_owned(),
            trust,
            network: None,
            operator: None,
            proof: trust.map_or(0, Trust::code),
            waits_for: None,
            waits_since: None,
            released: None,
            held_until: None,
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
    pub fn tripped(site: &str, audience: Audience, cause: Cause, until: Timestamp, counted: i64, against: i64) -> Self {
        Self {
            site: site.to_owned(),
            audience,
            cause,
            since: Timestamp::from_millis(1),
            until,
            counted,
            against,
            baseline_day: 0,
            baseline_sent: 0,
            baseline_bounced: 0,
            baseline_complained: 0,
        }
    }
}
