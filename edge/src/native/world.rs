//! A whole deployment in memory with one shop, and the things that happen to it in tests.

use std::{cell::RefCell, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_shared::{
    identifier::{MerchantId, SiteId},
    lenient::Lenient,
    policy::{Settings, SiteState},
    time::{Span, Timestamp},
    token, wire,
};

use super::{
    fakes::{CountedLimits, ManualClock, MemoryCache, PlainFormats, Provider, SeededEntropy, Turnstile},
    sqlite::Sqlite,
};
use crate::{
    base::{
        config::{Assets, Config, binding},
        error::Error,
        http::{Body, Method, Request, Response},
        ports::{App, Store as _},
        site,
        store::{
            Query as _,
            sql::site::{WriteMerchant, WriteOrigin, WriteSite},
        },
    },
    handle::handle,
    house::{cron, health},
    shop::{customer, signed_call},
};

/// Fakes behind every port.
#[derive(Debug)]
pub struct World {
    /// SQLite.
    pub store: Sqlite,
    /// The mail provider.
    pub provider: Provider,
    /// The provider of the challenge.
    pub turnstile: Turnstile,
    /// The clock.
    pub clock: ManualClock,
    entropy: SeededEntropy,
    formats: PlainFormats,
    /// The cache.
    pub cache: MemoryCache,
    /// The limits; they count nothing before a test says how much they permit.
    pub limits: CountedLimits,
    /// The session that each visitor's browser keeps.
    sessions: RefCell<BTreeMap<String, String>>,
}

crate::ports! { World, |world| {
    store: Sqlite = &world.store,
    mailer: Provider = &world.provider,
    challenger: Turnstile = &world.turnstile,
    clock: ManualClock = &world.clock,
    entropy: SeededEntropy = &world.entropy,
    localisation: PlainFormats = &world.formats,
    cache: MemoryCache = &world.cache,
    limits: CountedLimits = &world.limits,
} }

/// Where the world's Worker answers.
pub const ORIGIN: &str = "https://carts.shop.example";
/// Where the world's shop stands.
pub const SHOP: &str = "https://shop.example";
/// What its staff sign in with.
pub const ADMIN_SECRET: &str = "an-admin-secret-for-tests";
/// When the world begins: 2025-11-24T16:00:00Z.
pub const BEGINNING: Timestamp = Timestamp::from_millis(1_764_000_000_000);

/// A deployment without a site.
///
/// # Panics
/// Never: its secrets are long enough.
#[expect(clippy::panic, reason = "test support: constant secrets")]
pub fn empty() -> App<World> {
    let secrets = |name: &str| match name {
        "CARTWAKE_ROOT_KEY" => Some("a-root-key-of-at-least-thirty-two-characters".to_owned()),
        "CARTWAKE_MAILBOX_KEY" => Some("a-mailbox-key-of-at-least-thirty-two-characters".to_owned()),
        "CARTWAKE_ADMIN_SECRET" => Some(ADMIN_SECRET.to_owned()),
        // The world's shoppers have reserved names, as the demo's have.
        binding::MAIL_API_URL => Some("http://127.0.0.1:4100".to_owned()),
        _ => None,
    };
    let config = match Config::read(secrets) {
        // A test of the budget sets one; the others may write what they like.
        Ok(config) => Config { assets: Assets::default(), rows_per_day: None, ..config },
        Err(error) => panic!("{error}"),
    };
    App {
        ports: World {
            store: Sqlite::new(),
            provider: Provider::default(),
            turnstile: Turnstile::default(),
            clock: ManualClock::at(BEGINNING),
            entropy: SeededEntropy::from(1),
            formats: PlainFormats,
            cache: MemoryCache::default(),
            limits: CountedLimits::default(),
            sessions: RefCell::default(),
        },
        config,
    }
}

/// The settings of the world's shop.
pub fn shop_settings() -> Settings {
    Settings {
        hosts: vec!["shop.example".to_owned()],
        restore_url: format!("{SHOP}/cart"),
        sender_name: "The Shop".to_owned(),
        sender_address: "hello@shop.example".to_owned(),
        reply_to: "people@shop.example".to_owned(),
        postal_address: "1 Main Street, Springfield".to_owned(),
        help_line: "Call 555 0100".to_owned(),
        currency: "EUR".to_owned(),
        locale: "en-GB".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        owner_addresses: vec!["owner@shop.example".to_owned()],
        ..Settings::default()
    }
}

/// Adds a site of merchant `merchant`.
///
/// # Errors
/// When the store refuses it.
pub fn add_site(
    app: &App<World>,
    id: &str,
    merchant: &str,
    state: SiteState,
    settings: &Settings,
) -> Result<SiteId, Error> {
    let shape = |_| Error::NotFound;
    let site = SiteId::parse(id).map_err(shape)?;
    let merchant = MerchantId::parse(merchant).map_err(shape)?;
    let settings = serde_json::to_string(settings).map_err(|_| Error::NotFound)?;
    block_on(app.store().batch(vec![
        WriteMerchant { id: &merchant, name: "The Merchant", now: BEGINNING }.statement(),
        WriteSite {
            id: &site,
            merchant: &merchant,
            name: "The Shop",
            state,
            paused: false,
            settings: &settings,
            now: BEGINNING,
        }
        .statement(),
        WriteOrigin { origin: ORIGIN }.statement(),
    ]))?;
    block_on(site::forget_ids(app));
    Ok(site)
}

/// A deployment with one live site, `shop`.
///
/// # Panics
/// When the schema does not take it; nothing can be tested then.
#[expect(clippy::panic, reason = "test support: without a site there is nothing to test")]
pub fn live() -> App<World> {
    let app = empty();
    match add_site(&app, "shop", "merchant", SiteState::Live, &shop_settings()) {
        Ok(_) => app,
        Err(error) => panic!("{error}"),
    }
}

impl App<World> {
    /// Lets time pass.
    pub fn wait(&self, span: Span) {
        self.ports.clock.advance(span);
    }

    /// Asks for an address.
    pub fn get(&self, path: &str) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.serve(&Request { method: Method::Get, path: path.to_owned(), query: query.to_owned(), ..self.request() })
    }

    /// Asks for the state of the deployment as its monitor does.
    pub fn health_for_monitor(&self) -> Response {
        let authorization = Some(format!("Bearer {}", health::monitor_token(&self.config)));
        self.serve(&Request { path: "/health".to_owned(), authorization, ..self.request() })
    }

    /// A page of the shop sends JSON.
    pub fn post_from_page(&self, path: &str, body: &str) -> Response {
        self.serve(&Request {
            method: Method::Post,
            path: path.to_owned(),
            page_origin: Some(SHOP.to_owned()),
            content_type: Some("text/plain".to_owned()),
            body: Body::Bytes(body.as_bytes().to_vec()),
            ..self.request()
        })
    }

    /// The shop's server sends signed JSON.
    pub fn post_from_server(&self, path: &str, site: &str, body: &str) -> Response {
        self.serve(&self.signed(path, site, body))
    }

    /// A request as the shop's server signs it.
    pub fn signed(&self, path: &str, site: &str, body: &str) -> Request {
        let seconds = (self.now().millis() / 1_000).to_string();
        let secret = SiteId::parse(site).map(|site| signed_call::secret(&self.config.keys, &site)).unwrap_or_default();
        let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
        let signature = STANDARD.encode(cartwake_shared::key::mac(&key, format!("msg_1.{seconds}.{body}").as_bytes()));
        Request {
            method: Method::Post,
            path: path.to_owned(),
            query: format!("site={site}"),
            content_type: Some("application/json".to_owned()),
            webhook: Some(("msg_1".to_owned(), seconds, format!("v1,{signature}"))),
            body: Body::Bytes(body.as_bytes().to_vec()),
            ..self.request()
        }
    }

    /// A request with nothing special about it.
    pub fn request(&self) -> Request {
        Request { origin: ORIGIN.to_owned(), address: Some("203.0.113.7".to_owned()), ..Request::default() }
    }

    /// Serves a request.
    pub fn serve(&self, request: &Request) -> Response {
        block_on(handle(self, request)).0
    }

    /// One tick of cron.
    ///
    /// # Errors
    /// When a job failed.
    pub fn tick(&self) -> Result<cron::Summary, Error> {
        block_on(cron::run(self))
    }

    /// The public key of a site.
    pub fn site_key(&self, site: &str) -> String {
        SiteId::parse(site).map(|site| token::site_key(&self.config.keys, &site)).unwrap_or_default()
    }

    /// An event of a shopper whose browser is named by one letter: a cart of one linen shirt for 49.90 EUR.
    pub fn event(&self, visitor: char, cart: u32, seq: u32) -> wire::Collect {
        wire::Collect {
            v: 1,
            site: self.site_key("shop"),
            visitor: format!("01JD3Z5W4K8Q9RT2V6XY7ABCD{visitor}"),
            cart,
            seq,
            id: format!("event{seq:05}"),
            snapshot: Some(wire::Snapshot {
                currency: "EUR".to_owned(),
                total: Some(4_990),
                lines: vec![wire::Line {
                    product: "P1".to_owned(),
                    variant: "M".to_owned(),
                    name: "Linen shirt".to_owned(),
                    quantity: 1,
                    price: Some(4_990),
                    ..wire::Line::default()
                }],
                token: None,
            }),
            ..wire::Collect::default()
        }
    }

    /// What the shop's server signs of a customer, with its key of that number.
    pub fn sign(&self, number: u32, customer: &str, told: wire::Signed) -> wire::Signed {
        let key = SiteId::parse("shop").map(|site| customer::key(&self.config.keys, &site, number)).unwrap_or_default();
        let text = cartwake_shared::customer::text_to_sign(customer, &told);
        let mac = cartwake_shared::key::mac(key.as_bytes(), text.as_bytes());
        let digits = mac.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let signature = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
        wire::Signed { signature, ..told }
    }

    /// An event in which the shop's server vouches for a customer and this address, for a day from now.
    pub fn vouched(&self, event: wire::Collect, customer: &str, address: &str) -> wire::Collect {
        let until = self.now().plus(Span::days(1)).millis() / 1_000;
        let told = wire::Signed { email: address.to_owned(), until, ..wire::Signed::default() };
        let signed = self.sign(0, customer, told);
        wire::Collect { customer: Some(customer.to_owned()), signed: Some(Lenient::Usable(signed)), ..event }
    }

    /// Sends an event as the shop's page does: with the session that the visitor's browser keeps, once it has one.
    ///
    /// # Panics
    /// Never: events are plain data.
    pub fn collect(&self, event: &wire::Collect) -> Response {
        let kept = self.ports.sessions.borrow().get(&event.visitor).cloned();
        let event = wire::Collect { session: event.session.clone().or(kept), ..event.clone() };
        self.collect_as_is(&event)
    }

    /// Sends an event as a program does: with the session that stands in it, or none.
    pub fn collect_as_is(&self, event: &wire::Collect) -> Response {
        // Each visitor has a network of its own, as most shoppers have.
        let mix = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(16_777_619);
        let [third, second, first, _] = event.visitor.bytes().fold(2_166_136_261, mix).to_be_bytes();
        self.collect_from(&format!("10.{first}.{second}.{third}"), event)
    }

    /// Sends an event as the shop's page does, from a client with this address.
    pub fn collect_from(&self, address: &str, event: &wire::Collect) -> Response {
        self.serve(&Request {
            method: Method::Post,
            path: "/v1/collect".to_owned(),
            page_origin: Some(SHOP.to_owned()),
            content_type: Some("text/plain".to_owned()),
            address: Some(address.to_owned()),
            body: Body::Bytes(serde_json::to_vec(event).unwrap_or_default()),
            ..self.request()
        })
    }

    /// A session token minted now for `visitor`'s browser, which shows the one it keeps.
    pub fn session(&self, visitor: char) -> String {
        let visitor = format!("01JD3Z5W4K8Q9RT2V6XY7ABCD{visitor}");
        let kept = self.ports.sessions.borrow().get(&visitor).cloned().unwrap_or_default();
        let token = self.mint(&visitor, &kept);
        self.ports.sessions.borrow_mut().insert(visitor, token.clone());
        token
    }

    /// A session token minted now for whoever names a visitor and shows an older token, or an empty text.
    pub fn mint(&self, visitor: &str, shown: &str) -> String {
        let answer = self.get(&format!("/v1/boot?site={}&visitor={visitor}&session={shown}", self.site_key("shop")));
        let read: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        read.get("session").and_then(|token| token.as_str()).unwrap_or_default().to_owned()
    }

    /// A shopper fills a cart, takes some seconds, types an address, ticks the box and leaves.
    pub fn leave_cart(&self, visitor: char, cart: u32, address: &str) {
        let session = Some(self.session(visitor));
        self.collect(&wire::Collect { session: session.clone(), ..self.event(visitor, cart, 1) });
        self.wait(Span::seconds(5));
        self.collect(&wire::Collect {
            session,
            email: Some(address.to_owned()),
            consent: Some(wire::Consent {
                tracking: Some("granted".to_owned()),
                mail: Some("express".to_owned()),
                wording: Some("express-en-1".to_owned()),
                source: Some("box".to_owned()),
            }),
            ..self.event(visitor, cart, 2)
        });
    }
}

/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = core::pin::pin!(future);
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    loop {
        if let core::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
