//! `cargo xtask bench tracker`, `start` and `attack`: measures and writes the figures down.

use std::env;

use anyhow::{Context, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let name = env::args().nth(1).context("name a benchmark: `tracker`, `start` or `attack`")?;
    cartwake_tests::bench::run(&name).await
}
