//! The benchmarks of `cargo xtask bench`: the tracker beside peers, the cold start beside another Worker, the Worker under attack.
mod attack;
mod section;
mod start;
mod tracker;
mod weight;

use anyhow::{Result, bail};

/// Runs the benchmark of this name; it prints a table and writes its section of `docs/benchmarks.md`.
pub async fn run(name: &str) -> Result<()> {
    match name {
        "tracker" => tracker::run().await,
        "start" => start::run().await,
        "attack" => attack::run().await,
        _ => bail!("no benchmark {name}; there are `tracker`, `start` and `attack`"),
    }
}
