//! Tests of the built Worker and a shopper's browser with a database that is silent, overloaded or used up.
//!
//! A failure is: a 2xx for what is not stored, an acknowledged event that is missing, an answer that takes longer than
//! ten seconds, or a shop that does not work. The database is made to fail by `/test/database/…`, which only a Worker
//! started for tests knows (`edge/src/cloudflare/fault.rs`).
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::client::Answer;
use crate::fixtures::{Visitor, line};
use crate::journey::{Choice, Day};
use crate::stack::{Row, Stack, Wishes};
use crate::wait;

/// The Worker gives the database five seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
/// `Retry-After` of a silent database, with the spread that browsers add and a page's own work.
const DELIVERED_WITHIN: Duration = Duration::from_mins(1);
/// As many calls as no test makes.
const ALL: u32 = 1_000_000;

const TEAPOT: Choice = Choice { product: "heron-teapot", variant: "Ink", sku: "FH-101-INK" };

/// What the database does to the next calls.
async fn fail(stack: &Stack, fault: &str, calls: u32) -> Result<()> {
    stack.client.open(&format!("/test/database/{fault}/{calls}")).await.map(drop)
}

async fn recover(stack: &Stack) -> Result<()> {
    fail(stack, "silent", 0).await
}

async fn stored(stack: &Stack) -> Result<Vec<Row>> {
    stack.worker.explorer.rows(include_str!("outage/carts.sql"), &[]).await
}

async fn send(stack: &Stack, visitor: &Visitor, seq: usize) -> Result<(Answer, Duration)> {
    let pieces = u32::try_from(seq)?;
    let start = Instant::now();
    let answer = stack.client.collect(&visitor.event(seq, &[line("heron-teapot", "Ink", pieces, 7200)])).await?;
    Ok((answer, start.elapsed()))
}

/// Every failure in turn, over HTTP: answered in time, never by a 2xx without the commit, asked no more than once, and
/// what was refused is stored when it is sent again.
pub async fn told_and_taken_later() -> Result<()> {
    let stack = Stack::start(Wishes { has_faults: true, ..Wishes::default() }).await?;
    println!("{:<14}{:>8}{:>14}{:>12}{:>10}", "database", "status", "retry after", "answer ms", "stored");
    for (number, (fault, calls, status, retry_after, is_stored)) in (1_u64..).zip([
        ("silent", 1, 503, Some("20"), false),
        ("overloaded", 1, 503, Some("60"), false),
        ("daily_limit", 1, 503, Some("3600"), false),
        // The answer after the commit is lost once: asked again inside the request. Twice: told to the page.
        ("lost", 1, 200, None, true),
        ("lost", 2, 503, Some("20"), true),
    ]) {
        let visitor = Visitor::arrive(&stack, number).await?;
        let before = stored(&stack).await?.len();
        fail(&stack, fault, calls).await?;
        let (answer, took) = send(&stack, &visitor, 1).await?;
        let found = stored(&stack).await?.len() > before;
        println!(
            "{fault:<14}{:>8}{:>14}{:>12}{found:>10}",
            answer.status,
            answer.header("retry-after").unwrap_or("-"),
            took.as_millis()
        );
        ensure!(answer.status == status && found == is_stored, "{fault}: {answer:?}");
        ensure!(answer.header("retry-after") == retry_after, "{fault}: {answer:?}");
        ensure!(took < ANSWERED_WITHIN, "{fault}: {took:?}");
        // The failure was for as many calls as were made: nothing was asked in a loop, so the next one is stored.
        send(&stack, &visitor, 1).await?.0.expect_status(200)?;
        ensure!(stored(&stack).await?.len() == before + 1, "{fault}: not one cart");
    }

    // A minute of silence: nobody gets a 2xx, everybody an answer; afterwards everything is there, once.
    fail(&stack, "silent", ALL).await?;
    let mut waiting = tokio::task::JoinSet::new();
    let mut visitors = Vec::new();
    for number in 100..120 {
        let visitor = Visitor::arrive(&stack, number).await?;
        let (client, event) = (stack.client.clone(), visitor.event(1, &[line("heron-teapot", "Ink", 1, 7200)]));
        waiting.spawn(async move {
            let start = Instant::now();
            let answer = client.collect(&event).await;
            (answer, start.elapsed())
        });
        visitors.push(visitor);
    }
    for (answer, took) in waiting.join_all().await {
        let answer = answer?;
        ensure!(answer.status == 503 && took < ANSWERED_WITHIN, "{took:?} {answer:?}");
    }
    recover(&stack).await?;
    let before = stored(&stack).await?.len();
    for visitor in &visitors {
        send(&stack, visitor, 1).await?.0.expect_status(200)?;
    }
    ensure!(stored(&stack).await?.len() == before + visitors.len(), "not every cart is stored once");
    Ok(())
}

/// Cron meets the limit of the day: `/health` and the page of the day say so.
pub async fn a_used_up_day_is_told() -> Result<()> {
    let stack = Stack::start(Wishes { has_faults: true, ..Wishes::default() }).await?;
    stack.worker.cron(wait::now_ms()).await?;
    stack.client.open("/health").await?.expect_status(200)?;
    fail(&stack, "daily_limit", ALL).await?;
    stack.worker.cron(wait::now_ms()).await?;
    recover(&stack).await?;
    let health = stack.client.open("/health").await?.expect_status(503)?;
    ensure!(health.json()?["daily_limit"] == Value::Bool(true), "{health:?}");
    let today = stack.owner.page("/").await?.body;
    ensure!(today.contains("used up until midnight UTC"), "the page of the day says nothing of it");
    Ok(())
}

/// A tab is closed right after its event has left: the write goes on without anybody who waits for it.
pub async fn a_closed_tab_is_stored() -> Result<()> {
    let stack = Stack::start(Wishes { has_faults: true, ..Wishes::default() }).await?;
    let host = stack.worker.origin.trim_start_matches("http://").to_owned();
    for number in 1..=5 {
        let visitor = Visitor::arrive(&stack, number).await?;
        let event = visitor.event(1, &[line("heron-teapot", "Ink", 1, 7200)]).to_string();
        // The database takes a second, so that the connection is gone long before the write begins.
        fail(&stack, "late", 1).await?;
        let request = format!(
            "POST /v1/collect HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{event}",
            stack.storefront.origin,
            event.len(),
        );
        let mut tab = TcpStream::connect(host.replace("localhost", "127.0.0.1"))?;
        tab.write_all(request.as_bytes())?;
        drop(tab);
        let count = usize::try_from(number)?;
        wait::until("the closed tab's cart", ANSWERED_WITHIN, || async {
            Ok((stored(&stack).await?.len() == count).then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// A shopper in Chromium while the database is silent: the shop works, the page keeps what was not acknowledged, and
/// another page of the shop delivers it when the database is back.
pub async fn a_page_delivers_later() -> Result<()> {
    let day = Day::begin_with(Wishes { has_faults: true, ..Wishes::default() }).await?;
    let address = "ada@example.com";
    let shopper = day.shopper().await?;
    shopper.enter().await?;
    shopper.add(TEAPOT).await?;
    fail(&day.stack, "silent", ALL).await?;
    shopper.type_address(address).await?;
    shopper.agree().await?;
    // The Worker has answered when the page knows that it has to try again.
    let kept = shopper.browser.until("an event that waits", KEPT).await?;
    let kept = kept.as_str().context("the storage holds no text")?;
    ensure!(kept.contains("heron-teapot"), "the page keeps {kept}");
    ensure!(!kept.contains(address), "the page keeps an address in clear: {kept}");
    ensure!(stored(&day.stack).await?.is_empty(), "something was stored while the database was silent");
    day.saw("while the database is silent", "the page keeps cart and address");
    ensure!(shopper.lines().await? == ["heron-teapot/Ink × 1"], "the shop has lost its own cart");

    // The tab is closed and the database comes back; only another page of the shop can deliver now.
    shopper.browser.visit("about:blank").await?;
    recover(&day.stack).await?;
    ensure!(stored(&day.stack).await?.is_empty(), "delivered without a page");
    shopper.enter().await?;
    shopper.add(TEAPOT).await?;
    let row = wait::until("the kept event", DELIVERED_WITHIN, || async {
        let rows = stored(&day.stack).await?;
        Ok(rows.into_iter().find(|row| row.get("address").and_then(Value::as_str) == Some(address)))
    })
    .await?;
    day.saw("after it is back", format!("stored with {} pieces", row["items"]));
    ensure!(shopper.lines().await? == ["heron-teapot/Ink × 2"], "the shop has lost its own cart");
    shopper.leave().await
}

/// What the tracker keeps, once it holds an address that was not acknowledged.
const KEPT: &str = "const kept = Object.entries(localStorage).filter(([key]) => key.startsWith('cartwake')).map(([, text]) => text).join('\\n'); \
                    return kept.includes('\"email\":\"') ? kept : ''";
