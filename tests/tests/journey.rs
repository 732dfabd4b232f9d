//! The main job end to end, in workerd and Chromium: each story is a test with a stack of its own.
//!
//! Run by `cargo xtask test journey`, which builds the Worker first and names the tools.
use anyhow::Result;
use cartwake_tests::journey::{self, Day};
use tokio::runtime::Runtime;

fn check(story: impl AsyncFn(&Day) -> Result<()>) -> Result<()> {
    Runtime::new()?.block_on(async { story(&Day::begin().await?).await })
}

#[test]
fn an_abandoned_cart_comes_back_by_mail_and_its_order_counts_as_recovered() -> Result<()> {
    check(journey::recovery)
}

#[test]
fn an_order_between_abandonment_and_cron_stops_the_mail() -> Result<()> {
    check(journey::late_order)
}

#[test]
fn one_click_stops_the_mails_of_one_shopper_only() -> Result<()> {
    check(journey::unsubscribe)
}
