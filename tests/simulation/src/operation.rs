//! What happens in a simulated world, as plain data: any list of operations can be run again and made shorter.

use crate::{provider::Kind, stranger::Act};

/// One thing that happens, at a time in milliseconds since the world began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// When.
    pub at: i64,
    /// What.
    pub what: What,
}

/// Things that happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A page reports an event.
    Event(Event),
    /// The shop's server reports an order.
    Order(Order),
    /// Somebody at that address follows the link of the newest mail in a browser of their own; its cart is rebuilt.
    Follow {
        /// Index of the address.
        address: u8,
        /// Browser it is opened in.
        visitor: u8,
    },
    /// Somebody at that address stops the mails by a link of the newest one.
    Stop {
        /// Index of the address.
        address: u8,
        /// *I did not shop here* rather than unsubscribing.
        not_me: bool,
    },
    /// Sending is paused or goes on.
    Pause {
        /// What is paused.
        scope: Scope,
        /// Whether it is paused now.
        on: bool,
    },
    /// Everything of an address is erased at all sites of a merchant.
    Erase {
        /// Index of the address.
        address: u8,
        /// Index of the merchant.
        merchant: u8,
    },
    /// Another provider is configured.
    Switch {
        /// What it is like.
        to: Kind,
    },
    /// From now on so many of a thousand mails come back, and so many are called spam.
    Returns {
        /// Come back for good.
        bounced: u64,
        /// Are called spam.
        complained: u64,
    },
    /// Somebody who does not know the provider's secret tells of the first mail of a cart that it was delivered.
    Forge {
        /// Browser of the cart.
        visitor: u8,
        /// Number of the cart.
        cart: u32,
    },
    /// A site's settings are changed.
    Settings {
        /// Index of the site.
        site: u8,
        /// What is changed; everything else stays as it is.
        change: Change,
    },
    /// A new version of the Worker is put out: for this long both run side by side, then only the new one.
    Deploy {
        /// Minutes.
        minutes: i64,
    },
    /// Every clock is wrong for this long.
    Clock {
        /// How many minutes it is ahead; negative is behind.
        ahead: i64,
        /// Minutes.
        minutes: i64,
    },
    /// Cron does not run for this long.
    NoCron {
        /// Minutes.
        minutes: i64,
    },
    /// A stranger does something.
    Stranger(Act),
    /// Staff releases everybody who waits for a share at a site.
    Release {
        /// Index of the site.
        site: u8,
    },
    /// The provider answers 429 (or, with `revoked`, 403) for this long.
    NoProvider {
        /// Minutes.
        minutes: i64,
        /// Configuration error rather than too many requests.
        revoked: bool,
    },
}

/// What an operator changes about a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Whether it is live, in test or in shadow, by the word for it.
    State(&'static str),
    /// Which of the [`SEQUENCES`] it has.
    Steps(usize),
    /// How many mails a mailbox gets in a week, at most.
    CapWeek(u32),
    /// Whether nobody is mailed from nine in the evening to eight in the morning.
    Quiet(bool),
    /// The name its mails come from, which every mail shows.
    Sender(&'static str),
}

/// Steps with their delay in hours: as by default, with one put in the middle, with one taken out, in another order.
pub const SEQUENCES: [&[(&str, i64)]; 4] = [
    &[("s1", 1), ("s2", 24), ("s3", 72)],
    &[("s1", 1), ("n1", 12), ("s2", 24), ("s3", 72)],
    &[("s1", 1), ("s3", 72)],
    &[("n2", 2), ("s1", 3), ("s2", 24), ("s3", 72)],
];

/// What can be paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One site, by index.
    Site(u8),
    /// One site that is not live.
    State(u8),
    /// One merchant, by index.
    Merchant(u8),
    /// Everything.
    Deployment,
}

/// An event as a browser knows it. Browsers belong to one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as on the wire")]
pub struct Event {
    /// Index of the browser.
    pub visitor: u8,
    /// Number of its cart.
    pub cart: u32,
    /// Counts up within the cart.
    pub seq: u32,
    /// Tells events of two tabs with the same count apart; the higher one wins.
    pub tab: u8,
    /// Pieces in the cart; `None` says nothing about it.
    pub items: Option<u32>,
    /// Index of the address typed.
    pub address: Option<u8>,
    /// Whether mail is permitted (`true`) or refused.
    pub wish: Option<bool>,
    /// Tracking is refused.
    pub untracked: bool,
    /// The snapshot names the checkout token.
    pub token: bool,
    /// The shopper is logged in.
    pub customer: bool,
    /// The browser shows a session token.
    pub proven: bool,
    /// The shop's server signed the customer together with the address.
    pub signed: bool,
    /// Number of an order the page reports.
    pub order: Option<u32>,
    /// Index of the address from whose newest mail this cart was rebuilt.
    pub via: Option<u8>,
}

/// An order as a shop's server reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Index of the site.
    pub site: u8,
    /// Number of the order.
    pub number: u32,
    /// Status on the wire.
    pub status: &'static str,
    /// Browser and number of the cart.
    pub cart: Option<(u8, u32)>,
    /// Browser and number of the cart whose checkout token is named.
    pub token: Option<(u8, u32)>,
    /// Browser whose customer id is named.
    pub customer: Option<u8>,
    /// Index of the buyer's address.
    pub address: Option<u8>,
}

/// How bad the weather is; shrinking turns off what is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Weather {
    /// Every request and every run has a clock of its own, up to a minute off.
    pub skew: bool,
    /// The store is slow, fails before and after the commit, stalls.
    pub store: bool,
    /// Runs and requests are killed at any point; answers are lost on their way.
    pub crashes: bool,
    /// The provider times out before and after acceptance, fails, is busy.
    pub provider: bool,
    /// Cron misses ticks, doubles and triples them.
    pub cron: bool,
}

impl Weather {
    /// Everything goes wrong now and then.
    pub const ROUGH: Self = Self { skew: true, store: true, crashes: true, provider: true, cron: true };
    /// Nothing goes wrong.
    pub const CALM: Self = Self { skew: false, store: false, crashes: false, provider: false, cron: false };
}

/// A world that can be run again: the seed decides the weather, the list decides what people do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Seed of the weather.
    pub seed: u64,
    /// What the mail provider is like at first.
    pub provider: Kind,
    /// What may go wrong.
    pub weather: Weather,
    /// What happens, in order of time.
    pub operations: Vec<Operation>,
}

impl Story {
    /// Whether strangers act in it; then it runs twice, with and without them.
    pub fn has_strangers(&self) -> bool {
        self.operations.iter().any(|operation| matches!(operation.what, What::Stranger(_)))
    }
}

impl What {
    /// Its kind, for what is counted.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Event(Event { order: Some(_), .. }) => "operation: order by a page",
            Self::Event(Event { via: Some(_), .. }) => "operation: rebuilt cart",
            Self::Event(Event { untracked: true, .. }) => "operation: tracking refused",
            Self::Event(Event { wish: Some(false), .. }) => "operation: mail refused",
            Self::Event(Event { signed: true, .. }) => "operation: signed address given",
            Self::Event(Event { address: Some(_), .. }) => "operation: address given",
            Self::Event(_) => "operation: cart changed",
            Self::Order(order) => match order.status.as_bytes() {
                b"placed" => "operation: order placed",
                b"pending" => "operation: order pending",
                b"failed" => "operation: order failed",
                b"cancelled" => "operation: order cancelled",
                _ => "operation: order refunded",
            },
            Self::Follow { .. } => "operation: link followed",
            Self::Stop { not_me: true, .. } => "operation: not me",
            Self::Stop { .. } => "operation: unsubscribed",
            Self::Pause { scope: Scope::Deployment, .. } => "operation: pause of everything",
            Self::Pause { scope: Scope::Merchant(_), .. } => "operation: pause of a merchant",
            Self::Pause { .. } => "operation: pause of a site",
            Self::Erase { .. } => "operation: erasure",
            Self::Switch { .. } => "operation: another provider",
            Self::Returns { .. } => "operation: many mails come back",
            Self::Forge { .. } => "operation: provider event forged",
            Self::Settings { change: Change::State(_), .. } => "operation: site state changed",
            Self::Settings { change: Change::Steps(_), .. } => "operation: steps changed",
            Self::Settings { change: Change::CapWeek(_), .. } => "operation: cap changed",
            Self::Settings { change: Change::Quiet(_), .. } => "operation: quiet hours changed",
            Self::Settings { .. } => "operation: sender changed",
            Self::Deploy { .. } => "operation: two versions side by side",
            Self::Clock { ahead, .. } if *ahead < 0 => "operation: clocks jump back",
            Self::Clock { .. } => "operation: clocks jump ahead",
            Self::NoCron { .. } => "operation: no cron",
            Self::Stranger(act) => act.kind(),
            Self::Release { .. } => "operation: staff releases who waits",
            Self::NoProvider { revoked: true, .. } => "operation: provider key revoked",
            Self::NoProvider { .. } => "operation: provider busy for long",
        }
    }
}

/// What the ids of shoppers' browsers begin with; strangers' ids begin otherwise.
pub const VISITORS: &str = "01JD3Z5W4K8Q9RT2V6XY7AB";
/// Browsers from this number on are of people behind one network.
pub const CROWDED: u8 = 200;

/// Names of the sites; the first two belong to one merchant, the third to another.
pub const SITES: [&str; 3] = ["shop", "outlet", "stranger"];
/// Names of the merchants.
pub const MERCHANTS: [&str; 2] = ["merchant", "other"];
/// Addresses people type. The first two lead to one mailbox, and so do the next two; those of a crowd come behind the first
/// eight ([`CROWD`]).
pub const ADDRESSES: [&str; 24] = [
    "ada@example.com",
    "Ada+shop@Example.com",
    "grace.hopper@gmail.com",
    "gracehopper+x@googlemail.com",
    "mary@example.org",
    "mary@example.net",
    "edith@example.com",
    "hedy@example.com",
    "joan@example.com",
    "jean@example.com",
    "radia@example.com",
    "frances@example.com",
    "barbara@example.com",
    "karen@example.com",
    "adele@example.com",
    "lynn@example.com",
    "annie@example.com",
    "evelyn@example.com",
    "margaret@example.com",
    "katherine@example.com",
    "dorothy@example.com",
    "sophie@example.com",
    "hertha@example.com",
    "emmy@example.com",
];
/// The places of the addresses of a crowd: so many that no address is given by five browsers at once, which nobody does.
pub const CROWD: std::ops::Range<u8> = 8..24;

/// What is typed for an address by its index; past the last it begins anew.
pub fn address_text(address: u8) -> &'static str {
    ADDRESSES[usize::from(address) % ADDRESSES.len()]
}

/// The site a browser belongs to.
pub const fn site_of(visitor: u8) -> u8 {
    visitor % 3
}

/// The time zone a browser names; some name none.
pub const fn zone_of(visitor: u8) -> Option<&'static str> {
    match visitor % 4 {
        0 => None,
        1 => Some("Europe/Berlin"),
        2 => Some("America/New_York"),
        _ => Some("Asia/Tokyo"),
    }
}

/// The merchant a site belongs to.
pub const fn merchant_of(site: u8) -> u8 {
    site / 2
}

/// The id of a browser.
pub fn visitor_id(visitor: u8) -> String {
    format!("{VISITORS}{visitor:03}")
}

/// The id of a cart.
pub fn cart_id(visitor: u8, cart: u32) -> String {
    format!("{}.{cart}", visitor_id(visitor))
}
