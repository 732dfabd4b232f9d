//! What happens in a simulated world, as plain data: every list of operations can be run again and made shorter.

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
    /// Everything of an address is erased at a site.
    Erase {
        /// Index of the address.
        address: u8,
        /// Index of the site.
        site: u8,
    },
    /// Cron does not run for this long.
    NoCron {
        /// Minutes.
        minutes: i64,
    },
    /// The provider answers 429 (or, with `revoked`, 403) for this long.
    NoProvider {
        /// Minutes.
        minutes: i64,
        /// Configuration error rather than too many requests.
        revoked: bool,
    },
}

/// What can be paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One site, by index.
    Site(u8),
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
    /// What may go wrong.
    pub weather: Weather,
    /// What happens, in order of time.
    pub operations: Vec<Operation>,
}

/// Names of the sites; the first two belong to one merchant, the third to another.
pub const SITES: [&str; 3] = ["shop", "outlet", "stranger"];
/// Names of the merchants.
pub const MERCHANTS: [&str; 2] = ["merchant", "other"];
/// Addresses people type. The first two lead to one mailbox, and so do the next two.
pub const ADDRESSES: [&str; 8] = [
    "ada@example.com",
    "Ada+shop@Example.com",
    "grace.hopper@gmail.com",
    "gracehopper+x@googlemail.com",
    "mary@example.org",
    "mary@example.net",
    "edith@example.com",
    "hedy@example.com",
];

/// The site a browser belongs to.
pub const fn site_of(visitor: u8) -> u8 {
    visitor % 3
}

/// The merchant a site belongs to.
pub const fn merchant_of(site: u8) -> u8 {
    site / 2
}

/// The id of a browser.
pub fn visitor_id(visitor: u8) -> String {
    format!("01JD3Z5W4K8Q9RT2V6XY7AB{visitor:03}")
}

/// The id of a cart.
pub fn cart_id(visitor: u8, cart: u32) -> String {
    format!("{}.{cart}", visitor_id(visitor))
}
