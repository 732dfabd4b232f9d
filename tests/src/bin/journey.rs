//! `cargo xtask demo --journey`: scripted shoppers recover, order and unsubscribe; the first broken promise ends it.
#![expect(clippy::print_stdout, reason = "the journey is told on standard output")]

use std::process::ExitCode;

use anyhow::Result;
use cartwake_tests::journey::{self, Day};
use cartwake_tests::process::ending;

#[tokio::main]
async fn main() -> ExitCode {
    let told = tokio::select! {
        told = tell() => told,
        signal = ending::asked() => signal.and_then(|name| Err(anyhow::anyhow!("ended by {name}"))),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("  ✗ {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn tell() -> Result<()> {
    println!("Starting mailbox, Worker, shop and browser");
    let day = Day::begin().await?;
    println!("  logs: {}", day.stack.logs().display());
    println!("A cart comes back");
    journey::recovery(&day).await?;
    println!("An order before cron");
    journey::late_order(&day).await?;
    println!("One click to stop");
    journey::unsubscribe(&day).await?;
    println!("Everything went as promised. Pictures: {}", day.album().display());
    Ok(())
}
