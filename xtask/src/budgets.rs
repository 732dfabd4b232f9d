//! `cargo xtask budgets`: compares counts (bytes and rows, never seconds) with their targets and gates.
use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::places::Places;
use crate::setup::Tools;
use crate::sizes::{self, Size};
use crate::test::Tally;
use crate::{build, children, stack};

/// A count with its limits.
struct Budget {
    what: &'static str,
    figure: f64,
    /// The most that we want.
    target: f64,
    /// The most that does not fail the build.
    gate: f64,
}

/// No target, or no gate: a part of a sum, printed so that one sees where the sum grew.
const NONE: f64 = f64::INFINITY;
/// The most that a shop loads that states its cart.
const CAPTURE: f64 = 9_216.0;
/// The most that is loaded on top where a cart has to be searched for.
const DISCOVERY: f64 = 65_536.0;

/// Builds, counts, prints, and is an error when a gate is broken.
pub(crate) fn run(places: &Places, tools: &Tools) -> Result<()> {
    build::all(places, tools)?;
    if check(places, tools)?.failed > 0 {
        bail!("a budget is broken");
    }
    Ok(())
}

/// Counts the last build and prints a line for each budget.
pub(crate) fn check(places: &Places, tools: &Tools) -> Result<Tally> {
    let mut budgets = bytes(&sizes::of_build(places, tools)?)?;
    budgets.extend(rows(places, tools)?);
    let mut tally = Tally::default();
    println!("{:<52} {:>9} {:>9} {:>9}", "budget", "figure", "target", "gate");
    for budget in &budgets {
        let is_kept = budget.figure <= budget.gate;
        let verdict = if !is_kept {
            "BROKEN"
        } else if budget.figure <= budget.target {
            "ok"
        } else {
            "over target"
        };
        let number = |value: f64| match value {
            _ if value.is_infinite() => "-".to_owned(),
            _ if value.fract() == 0.0 => format!("{value}"),
            _ => format!("{value:.2}"),
        };
        println!(
            "{:<52} {:>9} {:>9} {:>9}  {verdict}",
            budget.what,
            number(budget.figure),
            number(budget.target),
            number(budget.gate)
        );
        tally.count(is_kept);
    }
    Ok(tally)
}

/// Sizes; the limits are those of the specification's tracker and quality pages. A gate is there to notice growth and
/// leaves room for what is planned, so that nobody makes a source harder to read for the sake of bytes.
fn bytes(sizes: &[Size]) -> Result<Vec<Budget>> {
    let size =
        |name: &str| sizes.iter().find(|size| size.name == name).with_context(|| format!("{name} was not built"));
    let brotli = |what, names: &[&str], target, gate| -> Result<Budget> {
        let mut figure = 0.0;
        for name in names {
            figure += exact(size(name)?.brotli);
        }
        Ok(Budget { what, figure, target, gate })
    };
    let gzip = exact(size("index_bg.wasm")?.gzip);
    Ok(vec![
        brotli("shim, brotli bytes", &["cartwake.js"], 1_536.0, 1_800.0)?,
        brotli("capture glue, brotli bytes", &["capture.js"], NONE, NONE)?,
        brotli("capture wasm, brotli bytes", &["capture.wasm"], NONE, NONE)?,
        brotli("shim + capture, brotli bytes", &["cartwake.js", "capture.js", "capture.wasm"], 8_192.0, CAPTURE)?,
        brotli(
            "the same in a shop nobody knows, brotli bytes",
            &["cartwake.js", "capture.js", "capture.wasm", "finders.js"],
            NONE,
            CAPTURE + DISCOVERY,
        )?,
        // What these are for and why they stand apart: docs/decisions/string-boundary.md.
        brotli("a checkout's field and box, brotli bytes", &["checkout.js"], 1_536.0, 2_048.0)?,
        brotli("the question whether a person is there, brotli bytes", &["challenge.js"], 768.0, 1_280.0)?,
        brotli("which order a page confirms, brotli bytes", &["thanks.js"], 1_024.0, 1_536.0)?,
        brotli("consent tools, brotli bytes", &["permission.js"], 768.0, 1_280.0)?,
        brotli("debug panel, brotli bytes", &["panel.js"], 1_536.0, 2_560.0)?,
        brotli("restore module with its glue, brotli bytes", &["restore.js", "restore.wasm"], 32_768.0, 40_960.0)?,
        Budget { what: "edge wasm, gzip bytes", figure: gzip, target: NONE, gate: 900_000.0 },
    ])
}

/// Database rows, counted by the runtime itself while the built Worker lives through a fixed journey.
fn rows(places: &Places, tools: &Tools) -> Result<Vec<Budget>> {
    let printed = children::read(&mut stack::program(places, tools, None, "rows"))?;
    let figures: Value = serde_json::from_str(&printed).context("the program `rows` prints JSON")?;
    let limits = [
        ("rows written per event, a known shopper's journey", "written_per_event", 1.34, 1.34),
        ("the same of a first contact", "written_per_event_of_contact", 1.6, 1.6),
        ("database calls per event, the most", "calls_per_event", 1.0, 2.0),
        ("rows written per reminder (second step)", "written_per_reminder", 8.0, 8.0),
        (
            "rows written per abandonment, with the first reminder of a first contact",
            "written_per_abandonment_and_reminder",
            11.0,
            12.0,
        ),
        ("rows read by a tick with nothing due", "read_by_idle_tick", 1.0, 3.0),
        // Four minutes of thirty: one search a site, for what is past its time.
        ("the same with a job of housekeeping, the most", "read_by_house_tick", 4.0, 12.0),
        ("rows read by a step of retention, where there is next to nothing", "read_by_retention_tick", 50.0, 100.0),
        ("rows written by a doubled event", "written_by_double", 0.0, 0.0),
        ("database calls of a rejected request", "calls_of_rejected", 0.0, 0.0),
    ];
    let budget = |(what, key, target, gate): (&'static str, &str, f64, f64)| -> Result<Budget> {
        let figure = figures[key].as_f64().with_context(|| format!("the program `rows` gave no {key}"))?;
        Ok(Budget { what, figure, target, gate })
    };
    limits.into_iter().map(budget).collect()
}

/// A count of bytes as a figure; all are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "files of this project are far smaller than 2^53 bytes")]
fn exact(bytes: u64) -> f64 {
    bytes as f64
}
