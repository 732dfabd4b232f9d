//! The built Worker in workerd under `kill -9` and under a mail API that accepts and does not answer.
//!
//! Run by `cargo xtask test kills`, which builds the Worker first and names the tools.
use anyhow::{Result, ensure};
use cartwake_tests::kills;
use tokio::runtime::Runtime;

#[test]
fn killed_while_storing_and_sending_it_loses_and_doubles_nothing() -> Result<()> {
    let outcome = Runtime::new()?.block_on(kills::run())?;
    let is_in_the_middle = outcome.in_flight > 0 && outcome.retried > 0;
    ensure!(outcome.kills >= 20 && outcome.mailed > 0 && is_in_the_middle, "too little was tried: {outcome:?}");
    Ok(())
}

#[test]
fn overlapping_runs_over_500_due_carts_send_500_mails() -> Result<()> {
    Runtime::new()?.block_on(kills::many_due(&[2, 5]))
}

#[test]
fn a_mail_accepted_without_an_answer_is_sent_once_at_the_second_attempt() -> Result<()> {
    Runtime::new()?.block_on(kills::accept_and_time_out())
}
