//! The rows of the measured attacks against the built Worker over HTTP: one test and its figures a row.
//!
//! Run by `cargo xtask test attacks`, which builds the Worker first and names the tools; words on the command line choose rows. All
//! share one stack, so this file has its own list of tests and its own result line.
#![expect(clippy::print_stdout, reason = "the results are read from standard output")]

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use cartwake_tests::strangers;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let wanted: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let ran: Result<_> =
        Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(strangers::run(&wanted)));
    match ran {
        Ok((passed, failed)) => {
            let word = if failed == 0 { "ok" } else { "FAILED" };
            println!("\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out");
            if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
