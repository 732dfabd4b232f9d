//! Events as a page would send them, for tests that speak to the Worker without a browser.
use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::stack::Stack;

/// A browser that has agreed to tracking.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Its ULID.
    pub id: String,
    site_key: String,
    session: String,
}

impl Visitor {
    /// A visitor with a number of its own and a session token from the Worker.
    pub async fn arrive(stack: &Stack, number: u64) -> Result<Self> {
        let id = format!("01JD{number:022}");
        let boot = stack.client.boot(&stack.site.key, Some(&id)).await?.expect_status(200)?.json()?;
        let session = boot["session"].as_str().context("no session token")?.to_owned();
        Ok(Self { id, site_key: stack.site.key.clone(), session })
    }

    /// A visitor with a number of its own and any session token.
    pub fn with(site_key: &str, number: u64, session: &str) -> Self {
        Self { id: format!("01JD{number:022}"), site_key: site_key.to_owned(), session: session.to_owned() }
    }

    /// The `seq`-th event of the visitor's first cart, with these lines and their sum as the total.
    pub fn event(&self, seq: usize, lines: &[Value]) -> Value {
        let sum = |line: &Value| Some(line["price"].as_i64()? * line["quantity"].as_i64()?);
        json!({
            "v": 1,
            "site": self.site_key,
            "session": self.session,
            "visitor": self.id,
            "cart": 1,
            "seq": seq,
            "id": format!("event{seq:05}"),
            "age": 0,
            "snapshot": { "currency": "EUR", "total": lines.iter().filter_map(sum).sum::<i64>(), "lines": lines },
            "consent": { "tracking": "granted" },
            "context": { "locale": "en-GB", "zone": "Europe/Berlin", "step": "cart" },
        })
    }

    /// The same with an address and the permission to mail it.
    pub fn identified(&self, seq: usize, lines: &[Value], address: &str) -> Value {
        let mut event = self.event(seq, lines);
        event["email"] = json!(address);
        event["consent"] =
            json!({ "tracking": "granted", "mail": "express", "wording": "express-en-1", "source": "box" });
        event["context"]["step"] = json!("contact");
        event
    }
}

/// A line of a cart, its price in minor units.
pub fn line(product: &str, variant: &str, quantity: u32, price: i64) -> Value {
    json!({ "product": product, "variant": variant, "name": product, "quantity": quantity, "price": price })
}
