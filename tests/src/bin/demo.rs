//! `cargo xtask demo`: shop, Worker, mailbox and dashboard until it is asked to end, with a line for each event.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Arguments;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::{Context as _, Result};
use cartwake_tests::process::ending;
use cartwake_tests::stack::{Stack, Wishes};
use cartwake_tests::wait;
use lexopt::prelude::*;
use serde_json::Value as Json;

/// An hour of the rules: a cart is abandoned after so many seconds, so that its mail arrives within a minute.
const HOUR_SECONDS: u32 = 20;
/// The platform runs the trigger every minute; the demo has shorter times to keep.
const CRON_EVERY: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<()> {
    let wishes = wishes(lexopt::Parser::from_env())?;
    tell(format_args!("Starting mailbox, Worker and shop"))?;
    tokio::select! {
        ended = live(wishes) => ended,
        signal = ending::asked() => {
            // The terminal may be gone; the servers are ended all the same.
            let _ = tell(format_args!("\n{}: ending the servers", signal?));
            Ok(())
        }
    }
}

fn wishes(mut parser: lexopt::Parser) -> Result<Wishes> {
    let mut wishes = Wishes { hour_seconds: Some(HOUR_SECONDS), ..Wishes::default() };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("shop-port") => wishes.shop_port = parser.value()?.parse()?,
            Long("worker-port") => wishes.worker_port = parser.value()?.parse()?,
            Long("inbox-port") => wishes.inbox_port = parser.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(wishes)
}

/// Runs until it is dropped, or until a server fails.
async fn live(wishes: Wishes) -> Result<()> {
    let stack = Stack::start(wishes).await?;
    welcome(&stack)?;
    let mut seen = Seen::default();
    let mut clock = tokio::time::interval(CRON_EVERY);
    loop {
        clock.tick().await;
        if let Err(error) = stack.worker.cron(wait::now_ms()).await {
            tell(format_args!("cron: {error:#}"))?;
        }
        for line in seen.news(&stack).await? {
            tell(format_args!("{line}"))?;
        }
    }
}

/// Prints a line; returns an error, where `println!` would panic, if the terminal is gone.
fn tell(line: Arguments) -> Result<()> {
    writeln!(io::stdout(), "{line}").context("the demo's output has no reader")
}

fn welcome(stack: &Stack) -> Result<()> {
    tell(format_args!(
        "
  Shop       {shop}
  Inbox      {inbox}
  Dashboard  {dashboard}
             secret: {secret}
  Logs       {logs}

Try this:
  1. Put something into the cart, go to the checkout, type an e-mail address and tick the box below it.
  2. Close the tab. After {HOUR_SECONDS} seconds the cart is abandoned; here {HOUR_SECONDS} seconds stand for an hour.
  3. Read the mail in the inbox and open its link in a private window: the cart is back. Order it.
  4. Log in to the dashboard and see what was recovered.
Anybody can type anybody's address, so of addresses that nothing proves two a browser and five a network are mailed in a day
(here {day_minutes} minutes). If one more of yours waits, a line says so, and {dashboard}/waiting releases it.
Ctrl-C, a closed terminal or a signal ends everything.
",
        shop = stack.storefront.origin,
        inbox = stack.mailbox.page(),
        dashboard = stack.worker.origin,
        secret = stack.admin_secret,
        day_minutes = 24 * HOUR_SECONDS / 60,
        logs = stack.logs().display(),
    ))
}

/// Events that were printed already.
#[derive(Default)]
struct Seen {
    carts: BTreeMap<String, String>,
    waiting: BTreeSet<String>,
    mails: BTreeSet<String>,
    orders: usize,
}

impl Seen {
    /// A line for each thing that happened since the last look.
    async fn news(&mut self, stack: &Stack) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for cart in stack.worker.explorer.rows(include_str!("demo_carts.sql"), &[]).await? {
            let text = |column: &str| cart.get(column).and_then(Json::as_str).unwrap_or_default().to_owned();
            let (id, word) = (text("id"), text("word"));
            if self.carts.insert(id.clone(), word.clone()).as_ref() != Some(&word) {
                let items = cart.get("items").and_then(Json::as_i64).unwrap_or_default();
                lines.push(format!("cart {id} with {items} items: {word}"));
            }
        }
        for row in stack.worker.explorer.rows(include_str!("demo_waiting.sql"), &[]).await? {
            let cart = row.get("cart").and_then(Json::as_str).unwrap_or_default();
            if self.waiting.insert(cart.to_owned()) {
                let page = format!("{}/waiting", stack.worker.origin);
                lines.push(format!("cart {cart}: its mail waits, for today's share of this browser or network is used up; {page} releases it"));
            }
        }
        for mail in stack.mailbox.all().await? {
            if self.mails.insert(mail.id.clone()) {
                lines.push(format!("mail accepted: “{}” to {}", mail.subject, mail.to.join(", ")));
            }
        }
        let orders = stack.storefront.orders();
        for order in orders.iter().skip(self.orders) {
            lines.push(format!("order placed: {} over {} {}", order.order, order.total, order.currency));
        }
        self.orders = orders.len();
        Ok(lines)
    }
}
