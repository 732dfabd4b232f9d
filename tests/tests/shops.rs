//! Every fixture shop through its journey in Chromium, against the built Worker: one test and one line a shop.
//!
//! Run by `cargo xtask test shops`, which builds the Worker first and names the tools; `cargo xtask shop <name>` runs
//! one with the scripts as they stand. All share one stack, so this file has its own list of tests and its own result line.
#![expect(clippy::print_stdout, reason = "the results are read from standard output")]

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use cartwake_tests::shops::{Course, Floor, courses};
use tokio::runtime::Runtime;

/// What this layer promises: each word stands in the names of the tests it runs. Any test can be named on the command line.
const PROMISED: [&str; 19] = [
    " silence",
    " absence",
    "form-posts",
    "fragments",
    "json-api",
    "late-analytics",
    "redefined-layer",
    "throwing-layer",
    "differences",
    "graphql",
    "locale",
    "server-actions",
    "strict-policy",
    "named",
    "shared device",
    "first-party id",
    "crowded-page",
    "web-components",
    "frames",
];

fn main() -> ExitCode {
    let wanted: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    match Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(run(&wanted))) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what was asked for, everything without a word, and returns how many failed.
async fn run(wanted: &[String]) -> Result<usize> {
    let is_wanted = |course: &Course| {
        if wanted.is_empty() {
            PROMISED.iter().any(|word| course.name().contains(word))
        } else {
            wanted.iter().any(|word| course.name().contains(word.as_str()))
        }
    };
    let chosen: Vec<Course> = courses().into_iter().filter(is_wanted).collect();
    let fresh = env::var_os("CARTWAKE_FRESH_TRACKER").map(Into::into);
    let floor = Floor::open(fresh).await?;
    let failed = floor.run(&chosen).await?;
    let passed = chosen.len() - failed;
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out");
    Ok(failed)
}
