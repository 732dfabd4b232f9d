//! Makes a failing story short: fewer operations and better weather, as long as the same promise is broken.

use anyhow::Result;

use crate::{
    deployment::Ground,
    ledger::Promise,
    operation::{Story, Weather},
    plant::Plant,
    run::run,
};

/// The shortest story found that breaks the promise.
///
/// # Errors
/// When a database cannot be prepared.
pub fn shrink(story: &Story, promise: Promise, plant: Option<&'static Plant>) -> Result<Story> {
    let mut ground = Some(Ground::new()?);
    let mut breaks = |story: &Story| -> Result<bool> {
        let taken = match ground.take() {
            Some(ground) => ground,
            None => Ground::new()?,
        };
        let (report, back) = run(taken, story, plant)?;
        ground = Some(back);
        Ok(report.breach.is_some_and(|breach| breach.promise == promise))
    };
    let mut best = story.clone();
    // Whole stretches first, then one operation at a time, until nothing more can go.
    let mut stretch = best.operations.len().div_ceil(2);
    while stretch > 0 {
        let mut from = 0;
        let mut has_shrunk = false;
        while from < best.operations.len() {
            let mut shorter = best.clone();
            shorter.operations.drain(from..(from + stretch).min(best.operations.len()));
            if breaks(&shorter)? {
                best = shorter;
                has_shrunk = true;
            } else {
                from += stretch;
            }
        }
        if !has_shrunk || stretch > 1 {
            stretch /= 2;
        }
    }
    let better: [fn(Weather) -> Weather; 6] = [
        |_| Weather::CALM,
        |weather| Weather { skew: false, ..weather },
        |weather| Weather { store: false, ..weather },
        |weather| Weather { crashes: false, ..weather },
        |weather| Weather { provider: false, ..weather },
        |weather| Weather { cron: false, ..weather },
    ];
    for change in better {
        let better = Story { weather: change(best.weather), ..best.clone() };
        if breaks(&better)? {
            best = better;
        }
    }
    Ok(best)
}

/// A story as Rust, to be pasted into `tests/simulation/src/reproductions.rs`.
pub fn pasteable(name: &str, story: &Story) -> String {
    use std::fmt::Write as _;
    let mut text = format!("/// {name}\nfn {}() -> Story {{\n    Story {{\n", "reproduction");
    let _ = writeln!(
        text,
        "        seed: {},\n        provider: Kind::{:?},\n        weather: {:?},\n        operations: vec![",
        story.seed, story.provider, story.weather
    );
    for operation in &story.operations {
        let _ = writeln!(
            text,
            "            Operation {{ at: {}, what: What::{} }},",
            operation.at,
            short(&format!("{:?}", operation.what))
        );
    }
    text.push_str("        ],\n    }\n}\n");
    text
}

/// Leaves out of an event or order what is as usual.
fn short(debug: &str) -> String {
    let kept: Vec<&str> = debug
        .split(", ")
        .filter(|part| {
            !["None", "false"]
                .iter()
                .any(|usual| part.trim_end_matches(&[' ', '}', ')'][..]).ends_with(&format!(": {usual}")))
                || part.contains("not_me")
                || part.contains("on: ")
        })
        .collect();
    let mut text = kept.join(", ");
    let is_struct = ["Event(", "Order("].iter().any(|kind| text.starts_with(kind));
    if is_struct {
        let inner = text.trim_end_matches(&[' ', '}', ')'][..]).to_owned();
        let name = if text.starts_with("Event(") { "Event" } else { "Order" };
        // `cart: Some((1, 2))` lost its own closing brackets to the trimming.
        let open = inner.matches('(').count().saturating_sub(inner.matches(')').count() + 1);
        text = format!("{inner}{}, ..{name}::default() }})", ")".repeat(open));
    }
    text
}
