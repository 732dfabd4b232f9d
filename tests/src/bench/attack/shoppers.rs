//! Who acts in an attack: shoppers that something proves, first contacts, and strangers who post other people's addresses.
use std::ops::Range;

use anyhow::{Context, Result};
use cartwake_shared::{customer, key, wire};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{AT_ONCE, HOUR, MINUTE};
use crate::client::Client;
use crate::stack::Stack;
use crate::wait;

/// The number of the first stranger's visitor; shoppers have smaller ones.
const STRANGERS: u64 = 1_000_000;

/// What proves a shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The shop's server signs the address.
    Verified,
    /// Came back by a link of an own mail.
    Returned,
    /// The shop's server told a paid order.
    Buyer,
    /// Nothing.
    FirstContact,
}

/// A shopper with a browser and a network.
pub(super) struct Shopper {
    pub(super) kind: Kind,
    name: String,
    browser: Browser,
    carts: u32,
}

/// A browser that keeps its session, behind one network.
struct Browser {
    visitor: String,
    session: String,
    client: Client,
    zone: String,
}

impl Browser {
    async fn open(client: Client, site_key: &str, number: u64, zone: &str) -> Result<Self> {
        let visitor = format!("01JD{number:022}");
        let boot = client.boot(site_key, Some(&visitor)).await?.expect_status(200)?.json()?;
        let session = boot["session"].as_str().context("no session token")?.to_owned();
        Ok(Self { visitor, session, client, zone: zone.to_owned() })
    }

    /// A cart with an address that agreed to be mailed.
    fn event(&self, site_key: &str, cart: u32, address: &str) -> Value {
        json!({
            "v": 1, "site": site_key, "session": self.session, "visitor": self.visitor, "cart": cart, "seq": 1,
            "id": "event00001", "age": 0, "email": address,
            "snapshot": { "currency": "EUR", "total": 7_200, "lines": [
                { "product": "heron-teapot", "variant": "Ink", "name": "heron-teapot", "quantity": 1, "price": 7_200 }] },
            "consent": { "tracking": "granted", "mail": "express", "wording": "express-en-1", "source": "box" },
            "context": { "locale": "en-GB", "zone": self.zone, "step": "contact" },
        })
    }
}

impl Shopper {
    /// A shopper who opens the shop behind a network of its own.
    pub(super) async fn arrive(stack: &Stack, kind: Kind, number: u64, zone: &str) -> Result<Self> {
        let name = format!("{kind:?}{number}").to_ascii_lowercase();
        let own = 100 * (kind as u64 + 1) + number;
        let client = stack.client.from_network(&format!("10.{}.{number}.7", kind as u64));
        let browser = Browser::open(client, &stack.site.key, own, zone).await?;
        Ok(Self { kind, name, browser, carts: 0 })
    }

    fn address(&self) -> String {
        format!("{}@example.com", self.name)
    }

    /// The id of the newest cart.
    pub(super) fn cart(&self) -> String {
        format!("{}.{}", self.browser.visitor, self.carts)
    }

    /// Fills a new cart, says the address, agrees and leaves.
    pub(super) async fn leave_cart(&mut self, stack: &Stack) -> Result<()> {
        self.carts += 1;
        let mut event = self.browser.event(&stack.site.key, self.carts, &self.address());
        if self.kind == Kind::Verified {
            let until = (wait::now_ms() + 24 * HOUR) / 1_000;
            let told = wire::Signed { email: self.address(), until, ..wire::Signed::default() };
            let text = customer::text_to_sign(&self.name, &told);
            let mac = key::mac(stack.owner.customer_key().await?.as_bytes(), text.as_bytes());
            let digits = mac.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            let signature = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
            event["customer"] = json!(self.name);
            event["signed"] = json!(wire::Signed { signature, ..told });
        }
        self.browser.client.collect(&event).await?.expect_status(200)?;
        Ok(())
    }
}

/// Forty days ago these left a cart: some came back by the link of the reminder, some bought.
pub(super) async fn become_known(stack: &Stack, shoppers: &mut [Shopper]) -> Result<()> {
    for shopper in shoppers.iter_mut() {
        shopper.leave_cart(stack).await?;
    }
    for buyer in shoppers.iter().filter(|shopper| shopper.kind == Kind::Buyer) {
        let order = json!({ "order": buyer.name, "status": "placed", "cart": buyer.cart(), "email": buyer.address() });
        stack.client.signed("/v1/orders", &stack.site.id, &stack.site.secret, &order).await?.expect_status(200)?;
    }
    let start = wait::now_ms();
    for minute in 60..66 {
        stack.worker.cron(start + minute * MINUTE).await?;
    }
    let link = format!("{}/r/", stack.worker.origin);
    for shopper in shoppers.iter().filter(|shopper| shopper.kind == Kind::Returned) {
        let mails = stack.mailbox.to(&shopper.address()).await?;
        let mail = mails.first().with_context(|| format!("{} was not mailed", shopper.name))?;
        let token = mail.link(&link).and_then(|link| link.rsplit('/').next()).context("a mail without a link")?;
        let question = json!({ "site": stack.site.key, "token": token });
        stack.client.visit(&question).await?.expect_status(204)?;
    }
    for statement in include_str!("age.sql").split(";\n").filter(|statement| !statement.trim().is_empty()) {
        stack.worker.explorer.write(statement).await?;
    }
    Ok(())
}

/// Strangers post these addresses, spread over so many networks, each with a visitor and a session of its own.
pub(super) async fn bomb(stack: &Stack, addresses: Range<u64>, networks: u64, zone: &str) -> Result<()> {
    let mut posting = JoinSet::new();
    for number in addresses {
        if posting.len() >= AT_ONCE
            && let Some(posted) = posting.join_next().await
        {
            posted??;
        }
        let network = number % networks;
        let client = stack.client.from_network(&format!("203.{}.{network}.{}", network / 250, number % 250));
        let (site_key, zone) = (stack.site.key.clone(), zone.to_owned());
        posting.spawn(async move { post(client, &site_key, number, &zone).await });
    }
    while let Some(posted) = posting.join_next().await {
        posted??;
    }
    Ok(())
}

async fn post(client: Client, site_key: &str, number: u64, zone: &str) -> Result<()> {
    let browser = Browser::open(client, site_key, STRANGERS + number, zone).await?;
    let event = browser.event(site_key, 1, &format!("victim{number}@example.com"));
    browser.client.collect(&event).await?.expect_status(200)?;
    Ok(())
}

/// Whether a cart is a stranger's.
pub(super) fn is_stranger(cart: &str) -> bool {
    let number = cart.get(4..26).and_then(|number| number.parse::<u64>().ok());
    number.is_some_and(|number| number >= STRANGERS)
}
