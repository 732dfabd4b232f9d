//! Counts the rows that the built Worker reads and writes, for `cargo xtask budgets`; prints one JSON object.
#![expect(clippy::print_stdout, reason = "the figures are read from standard output")]

use std::time::Duration;

use anyhow::{Result, ensure};
use cartwake_tests::fixtures::{Visitor, line};
use cartwake_tests::stack::{Invocation, Stack, Wishes};
use cartwake_tests::wait;
use serde_json::{Value, json};

/// The carts that get a reminder each; with five the costs that a tick has anyway do not hide in the rounding.
const SHOPPERS: u64 = 5;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Minutes of every half hour in which a tick does a job of housekeeping (`edge/src/house/housekeeping.rs`).
const HOUSE_MINUTES: [i64; 8] = [1, 3, 5, 7, 12, 17, 22, 27];
/// A minute in which retention looks through rows, however many there are (`edge/src/house/retention.rs`).
const RETENTION_MINUTE: i64 = 4;
/// From planning to the last record; a tick sends first and plans then.
const TICKS: u64 = 4;
/// Spans are written down after the answer; they are there within milliseconds.
const RECORDED_WITHIN: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<()> {
    let stack = Stack::start(Wishes::default()).await?;

    // The first tick of a deployment has something to write down; the second is idle.
    ticks(&stack, wait::now_ms(), 1).await?;
    let idle = ticks(&stack, in_minute(2), 1).await?;
    let mut house = Vec::new();
    for minute in HOUSE_MINUTES {
        house.extend(ticks(&stack, in_minute(minute), 1).await?);
    }

    let retention = ticks(&stack, in_minute(RETENTION_MINUTE), 1).await?;

    let mut journeys = Vec::new();
    for number in 0..SHOPPERS {
        journeys.push(journey(&stack, number, &format!("shopper{number}@example.com")).await?);
    }
    let mut costs = Vec::new();
    for events in &journeys {
        costs.extend(count(&stack, "/v1/collect", 6, send(&stack, events)).await?);
    }
    let doubled = count(&stack, "/v1/collect", 6, send(&stack, &journeys[0])).await?;
    let rejected = count(&stack, "/v1/collect", 1, reject(&stack)).await?;

    // The first step shares rows with the abandonment; the second is a reminder and nothing else.
    let now = wait::now_ms();
    // No job of these minutes writes anything where nothing went wrong.
    let first = ticks(&stack, quiet_minutes_after(now + HOUR_MS), TICKS).await?;
    let mails = u64::try_from(stack.mailbox.all().await?.len())?;
    ensure!(mails == SHOPPERS, "{mails} first reminders were sent to {SHOPPERS} shoppers");
    let second = ticks(&stack, quiet_minutes_after(now + 24 * HOUR_MS), TICKS).await?;
    let mails = u64::try_from(stack.mailbox.all().await?.len())? - mails;
    ensure!(mails == SHOPPERS, "{mails} second reminders were sent to {SHOPPERS} shoppers");

    // Shoppers of whom the shop's server told an order before take no place in a share.
    let mut known = Vec::new();
    for number in SHOPPERS..2 * SHOPPERS {
        let address = format!("buyer{number}@example.com");
        let order = json!({ "order": format!("B{number}"), "status": "placed", "email": address, "total": "9.80", "currency": "EUR" });
        stack.client.signed("/v1/orders", &stack.site.id, &stack.site.secret, &order).await?.expect_status(200)?;
        known.push(journey(&stack, number, &address).await?);
    }
    let mut known_costs = Vec::new();
    for events in &known {
        known_costs.extend(count(&stack, "/v1/collect", 6, send(&stack, events)).await?);
    }

    let of_mails = |costs: &[Invocation]| written(costs).saturating_sub(written(&idle) * TICKS);
    println!(
        "{}",
        json!({
            "written_per_event": ratio(written(&known_costs), SHOPPERS * 6),
            "written_per_event_of_contact": ratio(written(&costs), SHOPPERS * 6),
            "calls_per_event": costs.iter().map(|cost| cost.calls).max(),
            "written_per_abandonment_and_reminder": ratio(of_mails(&first), SHOPPERS),
            "written_per_reminder": ratio(of_mails(&second), SHOPPERS),
            "read_by_idle_tick": idle.iter().map(|cost| cost.rows_read).sum::<u64>(),
            "read_by_house_tick": house.iter().map(|cost| cost.rows_read).max(),
            "read_by_retention_tick": retention.iter().map(|cost| cost.rows_read).sum::<u64>(),
            "written_by_idle_tick": written(&idle),
            "written_by_double": written(&doubled),
            "calls_of_rejected": rejected.iter().map(|cost| cost.calls).sum::<u64>(),
        })
    );
    Ok(())
}

/// Runs the trigger so many times, a minute apart.
async fn ticks(stack: &Stack, from_ms: i64, times: u64) -> Result<Vec<Invocation>> {
    count(stack, "scheduled", usize::try_from(times)?, async {
        for tick in 0..i64::try_from(times)? {
            stack.worker.cron(from_ms + tick * MINUTE_MS).await?;
        }
        Ok(())
    })
    .await
}

/// The next time in the coming hour that this minute of every half hour comes.
fn in_minute(minute: i64) -> i64 {
    let now = wait::now_ms() / MINUTE_MS + 1;
    (now + (minute - now).rem_euclid(30)) * MINUTE_MS
}

/// The 27th minute of the half hour after a moment; from it on four minutes have no job that writes.
fn quiet_minutes_after(at: i64) -> i64 {
    let half_hour = 30 * MINUTE_MS;
    at.div_euclid(half_hour) * half_hour + half_hour + 27 * MINUTE_MS
}

fn written(costs: &[Invocation]) -> u64 {
    costs.iter().map(|cost| cost.rows_written).sum()
}

/// The fixed journey: first product, second product, quantity, checkout, address with consent, one thing less.
async fn journey(stack: &Stack, number: u64, address: &str) -> Result<Vec<Value>> {
    let visitor = Visitor::arrive(stack, number).await?;
    let (pot, tea, teas) =
        (line("heron-teapot", "Ink", 1, 7200), line("garden-tea", "", 1, 980), line("garden-tea", "", 2, 980));
    let mut checkout = visitor.event(4, &[pot.clone(), teas.clone()]);
    checkout["context"]["step"] = json!("checkout");
    Ok(vec![
        visitor.event(1, std::slice::from_ref(&pot)),
        visitor.event(2, &[pot.clone(), tea]),
        visitor.event(3, &[pot.clone(), teas.clone()]),
        checkout,
        visitor.identified(5, &[pot.clone(), teas], address),
        visitor.event(6, &[pot]),
    ])
}

async fn send(stack: &Stack, events: &[Value]) -> Result<()> {
    for event in events {
        stack.client.collect(event).await?.expect_status(200)?;
    }
    Ok(())
}

async fn reject(stack: &Stack) -> Result<()> {
    let body =
        json!({ "v": 1, "site": "pk_demo_forged", "visitor": "01JD0000000000000000000000", "cart": 1, "seq": 1 });
    let answer = stack.client.collect(&body).await?;
    ensure!((400..500).contains(&answer.status), "a forged site key got {}", answer.status);
    Ok(())
}

/// Runs `act` and returns the invocations with this trigger that it caused, once all are recorded.
async fn count(
    stack: &Stack,
    trigger: &str,
    expected: usize,
    act: impl Future<Output = Result<()>>,
) -> Result<Vec<Invocation>> {
    let explorer = &stack.worker.explorer;
    let of_trigger = || async {
        let all = explorer.invocations(0).await?;
        anyhow::Ok(all.into_iter().filter(|one| one.trigger == trigger).collect::<Vec<_>>())
    };
    let before = of_trigger().await?.len();
    act.await?;
    wait::until("the runtime to record its spans", RECORDED_WITHIN, || async {
        let all = of_trigger().await?;
        Ok((all.len() >= before + expected).then(|| all.into_iter().skip(before).collect()))
    })
    .await
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few hundred rows")]
fn ratio(sum: u64, of: u64) -> f64 {
    sum as f64 / of as f64
}
