//! Rows about floods: the platform's count of requests, the budget of rows, long steps.
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::field::{Field, pour};
use crate::fixtures::{Visitor, line};
use crate::stack::{Stack, Wishes};
use crate::wait;

/// Events that stop mails which `edge/wrangler.jsonc` permits a network in a minute.
const STOPS: usize = 600;

/// Row 16: the platform's count of a network's requests; what it refuses asks the database nothing.
pub(super) async fn requests(field: &Field) -> Result<String> {
    let health = field.stack.owner.any_page("/health").await?.json()?;
    ensure!(health["details"]["rate_limit"] == json!(true), "the limits are not bound: {health}");
    let shop = field.shop("16").await?;
    let stranger = shop.stranger("203.16.3.1", 1);
    let mut event = stranger.visitor.event(1, &[]);
    // An order without a version of the form is refused behind the count and before the database.
    event["v"] = json!(0);
    event["order"] = json!({ "id": "1" });
    // Where a minute ends in between, there are so many more.
    let (mut taken, mut is_refused) = (0, false);
    while !is_refused && taken <= 2 * STOPS {
        let answers = pour(vec![(stranger.client.clone(), event.clone()); 100]).await?;
        let of_flood = answers.iter().filter(|answer| answer.status == 429).collect::<Vec<_>>();
        ensure!(of_flood.iter().all(|answer| answer.header("retry-after") == Some("60")), "{of_flood:?}");
        (taken, is_refused) = (taken + answers.len() - of_flood.len(), !of_flood.is_empty());
    }
    ensure!(is_refused && taken >= STOPS, "{taken} were taken");
    let since = wait::now_ms();
    stranger.client.collect(&event).await?.expect_status(429)?;
    let calls = field.invocation_since(since, "/v1/collect").await?.calls;
    ensure!(calls == 0, "a refused event asked the database {calls} times");
    // Every class and every network has a counter of its own.
    let other = shop.arrive("203.16.3.1", 2).await?;
    other.say(&other.visitor.event(1, &[line("garden-tea", "", 1, 980)])).await?;
    let elsewhere = field.stack.client.from_network("203.16.4.1");
    ensure!(elsewhere.collect(&event).await?.status != 429, "another network is refused");
    Ok(format!(
        "after {taken} of one network the platform refuses, with 0 calls of the database; other events and networks are served"
    ))
}

/// Row 16: a Worker whose database may write 300 rows in a day. It starts for this row alone.
pub(super) async fn scarce_rows(_: &Field) -> Result<String> {
    const BUDGET: u32 = 300;
    let stack = Stack::start(Wishes { rows_per_day: Some(BUDGET), ..Wishes::default() }).await?;
    let tea = [line("garden-tea", "", 1, 980)];
    let known = Visitor::arrive(&stack, 1).await?;
    stack.client.collect(&known.identified(1, &tea, "known@sixteen.example.com")).await?.expect_status(200)?;
    // One network writes a fifth.
    let (mut taken, flood) = (0, stack.client.from_network("203.16.9.1"));
    for number in 0..400 {
        let visitor = Visitor::with(&stack.site.key, 1_000 + number, "");
        match flood.collect(&visitor.identified(1, &tea, &format!("made-up{number}@sixteen.example.com"))).await?.status
        {
            200 => taken += 1,
            429 => break,
            status => anyhow::bail!("{status}"),
        }
    }
    ensure!(taken < 100, "{taken} events of one network were taken");
    // Many networks reach the point where anonymous carts wait; a cart with an address is written on, an order always.
    let mut shed = None;
    for number in 0..400_u64 {
        let client = stack.client.from_network(&format!("203.17.{number}.1"));
        let answer = client.collect(&Visitor::with(&stack.site.key, 5_000 + number, "").event(1, &tea)).await?;
        if answer.status == 429 {
            ensure!(answer.header("retry-after").is_some(), "{answer:?}");
            shed = Some(number);
            break;
        }
    }
    let shed = shed.context("no anonymous cart was shed")?;
    stack.client.collect(&known.event(2, &tea)).await?.expect_status(200).context("a cart with an address")?;
    let mut order = known.event(3, &tea);
    order["order"] = json!({ "id": "1", "total": 980, "currency": "EUR" });
    stack.client.collect(&order).await?.expect_status(200).context("an order")?;
    stack.worker.cron(wait::now_ms()).await?;
    let health = stack.owner.any_page("/health").await?;
    let rows = health.json()?["details"]["rows"].clone();
    ensure!(health.status == 503 && rows["shedding"] == json!("anonymous"), "{health:?}");
    Ok(format!(
        "of {BUDGET} rows a network writes {taken} events, anonymous carts are shed after {shed} more; health: {rows}"
    ))
}

/// Row 17: steps of 8 KB and more.
pub(super) async fn steps(field: &Field) -> Result<String> {
    let shop = field.shop("17").await?;
    let person = shop.stranger("203.17.1.1", 1);
    let key = person.visitor.event(1, &[])["site"].as_str().unwrap_or_default().to_owned();
    let head = "1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\nc\t1764000000000\t7\t1\t9,90 €\tEUR\t0\t,\t1764000000000\n";
    let mut told = Vec::new();
    for length in [8 * 1_024, 8 * 1_024 + 1, 64 * 1_024] {
        let text = format!("{head}{}", "x".repeat(length - head.len()));
        let start = Instant::now();
        let answer = person.client.step(&key, &text).await?;
        ensure!((answer.status == 413) == (length > 8 * 1_024), "{length}: {answer:?}");
        told.push(format!("{length} bytes {} in {} ms", answer.status, start.elapsed().as_millis()));
    }
    Ok(told.join(", "))
}
