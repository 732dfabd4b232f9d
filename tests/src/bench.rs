//! The benchmarks of `cargo xtask bench`: the tracker beside its peers, and the Worker's cold start beside another's.
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
        _ => bail!("no benchmark {name}; there are `tracker` and `start`"),
    }
}
