//! A shopper whose events both Workers understand.
use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::workerd::Bench;
use crate::client::Client;
use crate::fixtures::line;

/// The page that events come from.
pub(super) const SHOP: &str = "http://localhost:8780";

const VISITOR: &str = "01JD0000000000000000000000";

/// A browser with a cart, at one site of one Worker.
pub(super) struct Shopper {
    site_key: String,
    session: Option<String>,
    seq: u32,
}

impl Shopper {
    /// A browser that has no session yet.
    pub(super) fn unknown(site_key: &str) -> Self {
        Self { site_key: site_key.to_owned(), session: None, seq: 0 }
    }

    /// Gets a session token; it holds for later processes, since all of them have the same key.
    pub(super) async fn arrive(&mut self, bench: &Bench) -> Result<()> {
        let running = bench.start().await?;
        let client = Client::new(&running.origin, SHOP)?;
        let boot = client.boot(&self.site_key, Some(VISITOR)).await?.expect_status(200)?.json()?;
        self.session = Some(boot["session"].as_str().context("no session token")?.to_owned());
        Ok(())
    }

    /// The cart as it is after one more change, with the address and its consent: all that an event can carry.
    pub(super) fn next_event(&mut self) -> Value {
        self.seq += 1;
        let quantity = 1 + self.seq % 5;
        json!({
            "v": 1, "site": self.site_key, "session": self.session, "visitor": VISITOR,
            "cart": 1, "seq": self.seq, "id": format!("event{:05}", self.seq), "age": 0,
            "snapshot": {
                "currency": "EUR",
                "total": 7200 + 980 * quantity,
                "lines": [line("heron-teapot", "Ink", 1, 7200), line("garden-tea", "", quantity, 980)],
            },
            "email": "shopper@example.com",
            "consent": { "tracking": "granted", "mail": "express", "wording": "express-en-1", "source": "box" },
            "context": { "locale": "en-GB", "zone": "Europe/Berlin", "step": "contact", "page": SHOP },
        })
    }
}
