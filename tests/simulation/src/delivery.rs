//! Requests of a browser, a shop's server or a mail reader, each sent again until it is acknowledged.

use cartwake_edge::{
    base::http::{Body, Method, Request},
    native::world::SHOP,
};
use cartwake_shared::{
    identifier::{EventId, ReminderId, SiteId, Version, VisitorId},
    lenient::Lenient,
    time::Timestamp,
    token::{self, LinkPurpose, Session},
    wire,
};

use crate::{
    chance::number_of,
    deployment::Deployment,
    ledger::{Ledger, Promise, Report, SentEvent, checkout_token, customer_id},
    operation::{CROWDED, Event, Order, SITES, address_text, cart_id, site_of, visitor_id, zone_of},
    provider_event::ProviderEvent,
    stranger::{Act, sign},
};

/// Something on its way.
#[derive(Debug)]
pub struct Delivery {
    /// How often it was sent.
    pub attempts: u64,
    /// Tells the luck of this delivery from that of others, whatever else is in the story.
    pub salt: u64,
    parcel: Parcel,
}

#[derive(Debug)]
enum Parcel {
    Event { event: Event, at: i64, place: usize, report: Option<usize> },
    Order { order: Order, report: usize },
    Stranger { act: Act, at: i64 },
    Stop { path: String, place: usize },
    Visit { site: u8, token: String, visitor: u8, address: u8 },
    ProviderEvent { event: ProviderEvent, stops: Vec<usize> },
}

impl Delivery {
    /// An event of a browser.
    pub fn event(ledger: &mut Ledger, event: &Event, at: i64) -> Self {
        let version = EventId::parse(&event_id(event))
            .map(|id| Version { seq: event.seq, event: id }.to_text())
            .unwrap_or_default();
        let events = ledger.carts.entry((event.visitor, event.cart)).or_default();
        events.push(SentEvent { event: event.clone(), at, version, tried: None, acked: None });
        let place = events.len() - 1;
        let report = event.order.map(|number| {
            let order = Order {
                site: site_of(event.visitor),
                number,
                status: "placed",
                cart: Some((event.visitor, event.cart)),
                ..Order::default()
            };
            ledger.reports.push(Report { order, is_of_page: true, tried: None, acked: None });
            ledger.reports.len() - 1
        });
        let salt = u64::from(event.visitor) << 40
            | u64::from(event.cart) << 32
            | u64::from(event.seq) << 16
            | u64::from(event.tab);
        Self { attempts: 0, salt, parcel: Parcel::Event { event: event.clone(), at, place, report } }
    }

    /// A report of an order by the shop's server.
    pub fn order(ledger: &mut Ledger, order: &Order) -> Self {
        ledger.reports.push(Report { order: order.clone(), is_of_page: false, tried: None, acked: None });
        let report = ledger.reports.len() - 1;
        let nth = ledger.reports.iter().filter(|other| other.order.number == order.number).count();
        let salt = 1 << 50 | u64::from(order.number) << 8 | u64::try_from(nth).unwrap_or(0);
        Self { attempts: 0, salt, parcel: Parcel::Order { order: order.clone(), report } }
    }

    /// A stop by a link.
    pub fn stop(deployment: &Deployment, reminder: &ReminderId, not_me: bool, place: usize) -> Self {
        let (letter, purpose) = if not_me { ("n", LinkPurpose::NotMe) } else { ("u", LinkPurpose::Unsubscribe) };
        let token = token::link_token(&deployment.base.config.keys, purpose, reminder);
        let salt = 2 << 50 ^ number_of(&reminder.idempotency_key());
        Self { attempts: 0, salt, parcel: Parcel::Stop { path: format!("/{letter}/{token}"), place } }
    }

    /// A visit through the link of the newest mail to an address at the browser's site, if there is one.
    pub fn visit(deployment: &Deployment, address: u8, visitor: u8) -> Option<Self> {
        let ledger = deployment.ledger.borrow();
        let mail = ledger.newest_mail(address, Some(site_of(visitor)))?;
        let token = token::link_token(&deployment.base.config.keys, LinkPurpose::Restore, &mail.reminder);
        let parcel = Parcel::Visit { site: mail.site, token, visitor, address };
        Some(Self { attempts: 0, salt: 3 << 50 | u64::from(visitor), parcel })
    }

    /// What a provider tells, or somebody in its name.
    pub fn provider_event(ledger: &mut Ledger, event: ProviderEvent, now: i64) -> Self {
        let first = ledger.stops.len();
        ledger.stops.extend(event.stops(now));
        let stops = (first..ledger.stops.len()).collect();
        let salt = 6 << 50 ^ u64::from(event.is_forged) << 40 ^ event.salt();
        Self { attempts: 0, salt, parcel: Parcel::ProviderEvent { event, stops } }
    }

    /// What a stranger does.
    pub fn stranger(act: &Act, at: i64) -> Self {
        Self { attempts: 0, salt: 8 << 50 | u64::from(act.number), parcel: Parcel::Stranger { act: act.clone(), at } }
    }

    /// Whether a stranger sends it: any answer will do.
    pub const fn is_of_stranger(&self) -> bool {
        matches!(self.parcel, Parcel::Stranger { .. })
    }

    /// Whether it is made up and must be refused.
    pub const fn is_forged(&self) -> bool {
        matches!(self.parcel, Parcel::ProviderEvent { event: ProviderEvent { is_forged: true, .. }, .. })
    }

    /// What it is, for what is printed.
    pub const fn kind(&self) -> &'static str {
        match self.parcel {
            Parcel::Event { .. } => "an event",
            Parcel::Order { .. } => "an order",
            Parcel::Stranger { .. } => "a stranger's request",
            Parcel::Stop { .. } => "a stop",
            Parcel::Visit { .. } => "a visit",
            Parcel::ProviderEvent { .. } => "what a provider told",
        }
    }

    /// Whether it may lead to something that is gone.
    pub const fn may_be_unknown(&self) -> bool {
        matches!(self.parcel, Parcel::Visit { .. })
    }

    /// Notes that it was sent for the first time.
    pub fn note_tried(&self, ledger: &mut Ledger, now: i64) {
        let report = match &self.parcel {
            Parcel::Event { event, place, report, .. } => {
                let known =
                    ledger.carts.get_mut(&(event.visitor, event.cart)).and_then(|events| events.get_mut(*place));
                if let Some(sent) = known {
                    sent.tried.get_or_insert(now);
                }
                *report
            }
            Parcel::Order { report, .. } => Some(*report),
            Parcel::Visit { site, address, .. } => {
                ledger.visits.push((*site, *address, now));
                None
            }
            Parcel::Stranger { act, .. } => {
                ledger.posted(act, now);
                None
            }
            Parcel::Stop { .. } | Parcel::ProviderEvent { .. } => None,
        };
        if let Some(report) = report.and_then(|place| ledger.reports.get_mut(place)) {
            report.tried.get_or_insert(now);
        }
    }

    /// Notes that its acknowledgement arrived, and looks whether what was acknowledged is there.
    pub fn note_acknowledged(&self, deployment: &Deployment, now: i64) {
        let mut ledger = deployment.ledger.borrow_mut();
        let report = match &self.parcel {
            Parcel::Event { event, place, report, .. } => {
                let known =
                    ledger.carts.get_mut(&(event.visitor, event.cart)).and_then(|events| events.get_mut(*place));
                if let Some(sent) = known {
                    sent.acked.get_or_insert(now);
                }
                *report
            }
            Parcel::Order { report, .. } => Some(*report),
            Parcel::Stop { place, .. } => {
                if let Some(stop) = ledger.stops.get_mut(*place) {
                    stop.acked.get_or_insert(now);
                }
                None
            }
            Parcel::Visit { .. } | Parcel::Stranger { .. } => None,
            Parcel::ProviderEvent { event, stops } => {
                for place in stops {
                    if let Some(stop) = ledger.stops.get_mut(*place) {
                        stop.acked.get_or_insert(now);
                    }
                }
                if let Some(what) = ledger.provider_event_acknowledged(event, now) {
                    let key = event.reminder.idempotency_key();
                    ledger.breach(Promise::Fault, format!("{} of {key} {what}", event.word));
                }
                None
            }
        };
        if let Some(report) = report.and_then(|place| ledger.reports.get_mut(place)) {
            report.acked.get_or_insert(now);
        }
        drop(ledger);
        if let Parcel::Event { event, .. } = &self.parcel {
            deployment.audit_cart((event.visitor, event.cart));
        }
    }

    /// The request of an attempt that leaves now.
    ///
    /// A stranger may find nothing to ask for; then there is none.
    pub fn request(&self, deployment: &Deployment, now: i64) -> Option<Request> {
        Some(match &self.parcel {
            Parcel::Stranger { act, at } => return act.request(deployment, *at, now),
            Parcel::Event { event, at, .. } => {
                let body = serde_json::to_string(&collect(deployment, event, *at, now)).unwrap_or_default();
                from_page(deployment, "/v1/collect", network_of(event.visitor), body)
            }
            Parcel::Order { order, .. } => {
                deployment.set_signing_clock();
                let body = serde_json::to_string(&server_order(order)).unwrap_or_default();
                deployment.base.signed("/v1/orders", SITES[usize::from(order.site)], &body)
            }
            Parcel::Stop { path, .. } => {
                let base = deployment.base.request();
                Request { method: Method::Post, path: path.clone(), ..base }
            }
            Parcel::ProviderEvent { event, .. } => event.request(deployment),
            Parcel::Visit { site, token, visitor, .. } => {
                let asked =
                    wire::Restore { site: deployment.base.site_key(SITES[usize::from(*site)]), token: token.clone() };
                from_page(
                    deployment,
                    "/v1/visit",
                    network_of(*visitor),
                    serde_json::to_string(&asked).unwrap_or_default(),
                )
            }
        })
    }
}

/// The address of a browser: a network of its own for each shopper, one for all of a crowd.
pub fn network_of(visitor: u8) -> String {
    if visitor < CROWDED { format!("10.{visitor}.0.1") } else { "203.0.113.7".to_owned() }
}

/// A request of a page of the shop.
pub fn from_page(deployment: &Deployment, path: &str, address: String, body: String) -> Request {
    Request {
        address: Some(address),
        method: Method::Post,
        path: path.to_owned(),
        page_origin: Some(SHOP.to_owned()),
        content_type: Some("text/plain".to_owned()),
        body: Body::Bytes(body.into_bytes()),
        ..deployment.base.request()
    }
}

/// The id of an event: the same on every attempt, higher for a higher tab.
fn event_id(event: &Event) -> String {
    format!("event{:05}t{}", event.seq, event.tab)
}

/// The one product of these shops.
pub fn line(quantity: u32) -> wire::Line {
    wire::Line {
        product: "P1".to_owned(),
        variant: "M".to_owned(),
        name: "Linen shirt".to_owned(),
        quantity,
        price: Some(4_990),
        ..wire::Line::default()
    }
}

fn collect(deployment: &Deployment, event: &Event, at: i64, now: i64) -> wire::Collect {
    let config = &deployment.base.config;
    let site = SITES[usize::from(site_of(event.visitor))];
    let snapshot = event.items.map(|items| wire::Snapshot {
        currency: "EUR".to_owned(),
        total: Some(i64::from(items) * 4_990),
        lines: (items > 0).then(|| line(items)).into_iter().collect(),
        token: event.token.then(|| checkout_token(event.visitor, event.cart)),
    });
    // Minted when the page was opened, ten minutes before: long enough for any clock that is a minute off.
    let session = event.proven.then(|| {
        let session = Session {
            site: SiteId::parse(site).ok()?,
            visitor: VisitorId::parse(&visitor_id(event.visitor)).ok()?,
            minted: Timestamp::from_millis(at - 600_000),
            nonce: format!("nonce-of-browser-{:05}", event.visitor),
        };
        Some(session.to_token(&config.keys))
    });
    let mail = event.wish.map(|permitted| if permitted { "express" } else { "denied" }.to_owned());
    let consent = (mail.is_some() || event.untracked).then(|| wire::Consent {
        tracking: Some(if event.untracked { "denied" } else { "granted" }.to_owned()),
        mail,
        wording: Some("express-en-1".to_owned()),
        source: Some("box".to_owned()),
    });
    let via = event.via.and_then(|address| {
        let ledger = deployment.ledger.borrow();
        let mail = ledger.newest_mail(address, Some(site_of(event.visitor)))?;
        Some(token::link_token(&config.keys, LinkPurpose::Restore, &mail.reminder))
    });
    wire::Collect {
        v: 1,
        site: deployment.base.site_key(site),
        session: session.flatten(),
        visitor: visitor_id(event.visitor),
        cart: event.cart,
        seq: event.seq,
        id: event_id(event),
        age: now - at,
        snapshot,
        email: event.address.map(|address| address_text(address).to_owned()),
        consent,
        order: event.order.map(|number| wire::PageOrder {
            id: number.to_string(),
            total: Some(4_990),
            currency: Some("EUR".to_owned()),
        }),
        via,
        customer: event.customer.then(|| customer_id(event.visitor)),
        signed: event.signed.then(|| {
            let address = event.address.map_or("", address_text).to_owned();
            Lenient::Usable(sign(deployment, site, &customer_id(event.visitor), address, at))
        }),
        challenge: None,
        context: wire::Context { zone: zone_of(event.visitor).map(str::to_owned), ..wire::Context::default() },
    }
}

fn server_order(order: &Order) -> wire::ServerOrder {
    wire::ServerOrder {
        order: order.number.to_string(),
        status: order.status.to_owned(),
        cart: order.cart.map(|(visitor, cart)| cart_id(visitor, cart)),
        checkout_token: order.token.map(|(visitor, cart)| checkout_token(visitor, cart)),
        customer: order.customer.map(customer_id),
        email: order.address.map(|address| address_text(address).to_owned()),
        total: Some("49.90".to_owned()),
        currency: Some("EUR".to_owned()),
    }
}
