//! `cargo xtask bench tracker`: measures the tracker beside its peers and writes the figures down.

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    cartwake_tests::bench::run().await
}
