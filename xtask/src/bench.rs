//! `cargo xtask bench`: the tracker beside peers from npm, the cold start beside another Worker, the Worker under attack.
mod start;
mod tracker;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::setup::{Browser, Tools};
use crate::{build, children, stack};

/// Builds, fetches what the benchmark compares with, and runs it; it prints a table and writes its section of
/// `docs/benchmarks.md`.
pub(crate) fn run(places: &Places, name: Option<&str>) -> Result<()> {
    match name {
        Some("tracker") => {
            let tools = Tools::ready(places)?;
            let browser = Browser::ready()?;
            build::all(places, &tools)?;
            tracker::prepare(places, &tools)?;
            let mut program = stack::program(places, &tools, Some(&browser), "bench");
            children::run(program.arg("tracker").env("CARTWAKE_BENCH", &places.built))
        }
        Some("start") => {
            let tools = Tools::ready(places)?;
            build::all(places, &tools)?;
            let workerd = start::prepare(places, &tools)?;
            let mut program = stack::program(places, &tools, None, "bench");
            children::run(program.arg("start").env("CARTWAKE_BENCH", &places.built).env("CARTWAKE_WORKERD", workerd))
        }
        Some("attack") => {
            let tools = Tools::ready(places)?;
            build::all(places, &tools)?;
            children::run(stack::program(places, &tools, None, "bench").arg("attack"))
        }
        _ => bail!("`cargo xtask bench tracker`, `start` and `attack` are the benchmarks there are"),
    }
}
