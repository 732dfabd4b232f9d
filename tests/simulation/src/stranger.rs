//! Strangers: what they can do without any proof, as plain data, and the requests it makes.
//!
//! They know the addresses, customer ids, checkout tokens, order numbers and visitors' ids of shoppers, and have made-up
//! addresses, a few mailboxes of their own and one customer's account each. They do not have what the Worker signed for
//! others, nor the shop's keys.

use cartwake_edge::{
    base::http::{Method, Request},
    shop::customer,
};
use cartwake_shared::{
    customer::text_to_sign,
    identifier::{SiteId, VisitorId},
    key,
    lenient::Lenient,
    time::Timestamp,
    token::{self, LinkPurpose, Session},
    wire,
};

use crate::{
    delivery::{from_page, line, network_of},
    deployment::Deployment,
    ledger::{Ledger, checkout_token, customer_id, mailbox, mailbox_of},
    operation::{SITES, address_text, visitor_id},
};

/// What the ids of strangers' own visitors begin with.
pub const STRANGERS: &str = "01JD3Z5W4K8Q9RT2V6ST7";

/// Something that a stranger does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Tells it from the other acts of its story.
    pub number: u32,
    /// Index of the site.
    pub site: u8,
    /// Where it comes from.
    pub network: Network,
    /// What it is.
    pub deed: Deed,
}

/// A network that strangers are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    /// One without shoppers.
    Own(u8),
    /// The one of a shopper's browser.
    Of(u8),
}

/// A mailbox that strangers name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mailbox {
    /// Nobody reads it.
    MadeUp(u16),
    /// It does not exist: mails come back.
    Dead(u16),
    /// It is theirs: they call mails spam.
    Own(u16),
    /// The one of an address, with a tag behind its local part.
    Tagged(u8),
    /// It is the one of an address of [`crate::operation::ADDRESSES`].
    Of(u8),
}

/// As whom a stranger posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guise {
    /// A visitor of their own.
    Own(u16),
    /// A shopper's browser, whose id they know; only after it has shown its session.
    Of(u8),
}

/// What a stranger does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Posts an event.
    Post(Post),
    /// Follows the link of the newest mail to a mailbox of their own, and touches the page.
    Visit {
        /// Which of theirs.
        mailbox: u16,
    },
    /// Guesses a link that unsubscribes.
    Guess {
        /// Tells guesses apart.
        guess: u64,
    },
}

/// An event that a stranger posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// As whom.
    pub guise: Guise,
    /// Number of the cart.
    pub cart: u32,
    /// Number of the event.
    pub seq: u32,
    /// Pieces in the cart; `None` says nothing about it.
    pub items: Option<u32>,
    /// Whether they had the Worker mint a session for that visitor.
    pub session: bool,
    /// The address they type.
    pub address: Option<Mailbox>,
    /// Whether mail is permitted (`true`) or refused.
    pub wish: Option<bool>,
    /// Tracking is refused.
    pub untracked: bool,
    /// The shopper whose customer id they name.
    pub customer: Option<u8>,
    /// The cart whose checkout token they name.
    pub token: Option<(u8, u32)>,
    /// Number of an order that they claim.
    pub order: Option<u32>,
    /// The own mailbox with which they have an account at the shop, whose signature they show.
    pub account: Option<u16>,
}

/// Nothing but a visitor of their own.
pub const POST: Post = Post {
    guise: Guise::Own(0),
    cart: 1,
    seq: 1,
    items: None,
    session: false,
    address: None,
    wish: None,
    untracked: false,
    customer: None,
    token: None,
    order: None,
    account: None,
};

/// What a stranger posted, and when.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The act.
    pub act: Act,
    /// When.
    pub at: i64,
}

impl Posted {
    /// The event.
    pub const fn post(&self) -> Option<&Post> {
        match &self.act.deed {
            Deed::Post(post) => Some(post),
            _ => None,
        }
    }

    /// The number of the order that it claims.
    pub fn order(&self) -> Option<u32> {
        self.post()?.order
    }

    /// The folded addresses that it types.
    pub fn says(&self) -> Option<String> {
        self.post()?.address.map(Mailbox::folded)
    }
}

impl Mailbox {
    /// What is typed.
    pub fn text(self) -> String {
        match self {
            Self::MadeUp(number) => format!("nobody{number}@example.com"),
            Self::Dead(number) => format!("dead{number}@example.com"),
            Self::Own(number) => format!("mallory{number}@example.com"),
            Self::Tagged(address) => address_text(address).replace('@', "+stranger@"),
            Self::Of(address) => address_text(address).to_owned(),
        }
    }

    /// Its folded form.
    pub fn folded(self) -> String {
        match self {
            Self::Of(address) | Self::Tagged(address) => mailbox(address),
            other => mailbox_of(&other.text()),
        }
    }
}

impl Network {
    /// An address in it.
    pub fn address(self) -> String {
        match self {
            Self::Own(number) => format!("198.51.{number}.7"),
            Self::Of(visitor) => network_of(visitor),
        }
    }
}

impl Guise {
    /// The id of the visitor.
    pub fn id(self) -> String {
        match self {
            Self::Own(number) => format!("{STRANGERS}{number:05}"),
            Self::Of(visitor) => visitor_id(visitor),
        }
    }
}

impl Act {
    /// Its kind, for what is counted.
    pub const fn kind(&self) -> &'static str {
        match &self.deed {
            Deed::Post(Post { order: Some(_), .. }) => "stranger: claims an order",
            Deed::Post(Post { untracked: true, .. }) => "stranger: refuses for somebody",
            Deed::Post(Post { guise: Guise::Of(_), .. }) => "stranger: posts as somebody else",
            Deed::Post(Post { account: Some(_), .. }) => "stranger: shows an own signature",
            Deed::Post(Post { wish: Some(false), .. }) => "stranger: says that somebody wants no mails",
            Deed::Post(Post { address: Some(Mailbox::MadeUp(_) | Mailbox::Dead(_)), .. }) => {
                "stranger: types a made-up address"
            }
            Deed::Post(Post { address: Some(Mailbox::Own(_)), .. }) => "stranger: types an own address",
            Deed::Post(Post { address: Some(Mailbox::Of(_) | Mailbox::Tagged(_)), .. }) => {
                "stranger: types somebody's address"
            }
            Deed::Post(Post { customer: Some(_), .. } | Post { token: Some(_), .. }) => "stranger: names somebody",
            Deed::Post(_) => "stranger: fills a cart",
            Deed::Visit { .. } => "stranger: follows an own link",
            Deed::Guess { .. } => "stranger: guesses a link",
        }
    }

    /// Whether it can be done now: a browser's id is known to others only after it was there, with its session.
    pub fn is_possible(&self, ledger: &Ledger) -> bool {
        let Deed::Post(Post { guise: Guise::Of(visitor), .. }) = &self.deed else { return true };
        ledger.carts.iter().filter(|((of, _), _)| of == visitor).any(|(_, events)| {
            events.iter().any(|sent| sent.event.proven && sent.acked.is_some() && !sent.event.untracked)
        })
    }

    /// The request, if there is one to make.
    pub fn request(&self, deployment: &Deployment, at: i64, now: i64) -> Option<Request> {
        let site = SITES[usize::from(self.site)];
        let from = |path: &str, body: String| Some(from_page(deployment, path, self.network.address(), body));
        match &self.deed {
            Deed::Post(post) => {
                let body = collect(deployment, site, post, self.number, (at, now));
                from("/v1/collect", serde_json::to_string(&body).unwrap_or_default())
            }
            Deed::Visit { mailbox } => {
                let ledger = deployment.ledger.borrow();
                let folded = Mailbox::Own(*mailbox).folded();
                let is_theirs = |mail: &&crate::ledger::Mail| mail.mailbox == folded && mail.site == self.site;
                let mail = ledger.mails.iter().rev().find(is_theirs)?;
                let token = token::link_token(&deployment.base.config.keys, LinkPurpose::Restore, &mail.reminder);
                let asked = wire::Restore { site: deployment.base.site_key(site), token };
                from("/v1/visit", serde_json::to_string(&asked).unwrap_or_default())
            }
            Deed::Guess { guess } => Some(Request {
                method: Method::Post,
                path: format!("/u/{guess:016x}{guess:016x}{guess:016x}"),
                address: Some(self.network.address()),
                ..deployment.base.request()
            }),
        }
    }
}

fn collect(deployment: &Deployment, site: &str, post: &Post, number: u32, (at, now): (i64, i64)) -> wire::Collect {
    let keys = &deployment.base.config.keys;
    let visitor = post.guise.id();
    let session = post.session.then(|| {
        let session = Session {
            site: SiteId::parse(site).ok()?,
            visitor: VisitorId::parse(&visitor).ok()?,
            minted: Timestamp::from_millis(at - 600_000),
            nonce: format!("nonce-of-stranger-{}", visitor.get(21..).unwrap_or_default()),
        };
        Some(session.to_token(keys))
    });
    let snapshot = post.items.map(|items| wire::Snapshot {
        currency: "EUR".to_owned(),
        total: Some(i64::from(items) * 4_990),
        lines: (items > 0).then(|| line(items)).into_iter().collect(),
        token: post.token.map(|(visitor, cart)| checkout_token(visitor, cart)),
    });
    let consent = (post.wish.is_some() || post.untracked).then(|| wire::Consent {
        tracking: Some(if post.untracked { "denied" } else { "granted" }.to_owned()),
        mail: post.wish.map(|permitted| if permitted { "express" } else { "denied" }.to_owned()),
        wording: Some("express-en-1".to_owned()),
        source: Some("box".to_owned()),
    });
    let own = post.account.map(|account| (format!("customer-of-mallory-{account}"), Mailbox::Own(account).text()));
    let customer = own.as_ref().map(|(id, _)| id.clone()).or_else(|| post.customer.map(customer_id));
    let signs_anything = deployment.plant.is_some_and(|plant| plant.signature_covers_any_address);
    let signed = own.map(|(id, address)| {
        let typed = post.address.map(Mailbox::text).filter(|_| signs_anything);
        Lenient::Usable(sign(deployment, site, &id, typed.unwrap_or(address), at))
    });
    wire::Collect {
        v: 1,
        site: deployment.base.site_key(site),
        session: session.flatten(),
        visitor,
        cart: post.cart,
        seq: post.seq,
        id: format!("stranger{number:06}"),
        age: now - at,
        snapshot,
        email: post.address.map(Mailbox::text),
        consent,
        order: post.order.map(|number| wire::PageOrder {
            id: number.to_string(),
            total: Some(4_990),
            currency: Some("EUR".to_owned()),
        }),
        customer,
        signed,
        ..wire::Collect::default()
    }
}

/// What a shop's server signs of a customer and an address, for three weeks from that day on.
pub fn sign(deployment: &Deployment, site: &str, id: &str, address: String, at: i64) -> wire::Signed {
    const DAY: i64 = 86_400;
    let told = wire::Signed { email: address, until: (at / 1_000 / DAY + 21) * DAY, ..wire::Signed::default() };
    let Ok(site) = SiteId::parse(site) else { return told };
    let key = customer::key(&deployment.base.config.keys, &site, 0);
    let mac = key::mac(key.as_bytes(), text_to_sign(id, &told).as_bytes());
    let digits = mac.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    wire::Signed { signature: digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect(), ..told }
}

impl Ledger {
    /// Notes what a stranger posts.
    pub fn posted(&mut self, act: &Act, now: i64) {
        self.posts.push(Posted { act: act.clone(), at: now });
    }
}
