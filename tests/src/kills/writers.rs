//! Browsers that write at once, keep each event until it is acknowledged and deliver it again, as the tracker does.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::client::Client;
use crate::fixtures::{Visitor, line};
use crate::stack::Stack;

/// Events of each cart; the second one brings the address.
pub(super) const EVENTS: usize = 3;

/// One browser with one cart.
pub(super) struct Writer {
    visitor: Visitor,
    address: String,
    zone: String,
    /// The newest event that was answered by 200.
    pub(super) acknowledged: usize,
    /// The newest event that was sent at all.
    pub(super) sent: usize,
}

/// Counts acknowledged answers and says when there were enough for the kill.
pub(super) struct Count {
    acknowledged: AtomicUsize,
    enough: usize,
    reached: Notify,
}

impl Count {
    /// Speaks up after so many acknowledged answers.
    pub(super) fn up_to(enough: usize) -> Arc<Self> {
        Arc::new(Self { acknowledged: AtomicUsize::new(0), enough, reached: Notify::new() })
    }

    /// Waits until there were enough.
    pub(super) async fn reached(&self) {
        self.reached.notified().await;
    }

    fn one_more(&self) {
        if self.acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == self.enough {
            self.reached.notify_one();
        }
    }
}

impl Writer {
    /// A browser in a place with this time zone.
    pub(super) fn new(visitor: Visitor, zone: &str) -> Self {
        let address = format!("shopper-{}@example.com", visitor.id.to_lowercase());
        Self { visitor, address, zone: zone.to_owned(), acknowledged: 0, sent: 0 }
    }

    /// The cart's id.
    pub(super) fn cart(&self) -> String {
        format!("{}.1", self.visitor.id)
    }

    /// The address the cart is known by once `seq` events are in.
    pub(super) fn address(&self, seq: usize) -> Option<&str> {
        (seq >= 2).then_some(self.address.as_str())
    }

    /// As many pieces as the event's number, so that half an event would show.
    fn event(&self, seq: usize) -> Value {
        let pieces = u32::try_from(seq).unwrap_or(u32::MAX);
        let lines = [line("heron-teapot", "Ink", pieces, 7200)];
        let mut event = match seq {
            2 => self.visitor.identified(seq, &lines, &self.address),
            _ => self.visitor.event(seq, &lines),
        };
        event["context"]["zone"] = json!(self.zone);
        event
    }

    /// Sends the next event; an answer that never came or is no 200 leaves it to be sent again.
    async fn send_next(&mut self, client: &Client) -> Result<()> {
        let seq = self.acknowledged + 1;
        self.sent = seq;
        client.collect(&self.event(seq)).await?.expect_status(200)?;
        self.acknowledged = seq;
        Ok(())
    }
}

/// Makes every shopper so far a known one: of first contacts one network gets only a few mails a day (shared/src/share.rs).
pub(super) async fn become_known(stack: &Stack) -> Result<()> {
    stack.worker.explorer.rows(include_str!("known.sql"), &[]).await.map(drop)
}

/// Sends the carts' events in turn until the Worker does not answer any more; the carts as they were left then.
pub(super) async fn write(client: Client, mut carts: Vec<Writer>, count: Arc<Count>) -> Vec<Writer> {
    for seq in 1..=EVENTS {
        for cart in carts.iter_mut().filter(|cart| cart.acknowledged < seq) {
            if cart.send_next(&client).await.is_err() {
                return carts;
            }
            count.one_more();
        }
    }
    carts
}

/// Delivers everything that is left, after which every event has been acknowledged.
pub(super) async fn deliver_rest(client: &Client, carts: &mut [Writer]) -> Result<()> {
    for cart in carts {
        while cart.acknowledged < EVENTS {
            cart.send_next(client).await?;
        }
        ensure!(cart.sent == cart.acknowledged, "{} was sent more than it was asked for", cart.cart());
    }
    Ok(())
}
