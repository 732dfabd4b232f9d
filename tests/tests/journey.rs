//! The main job end to end, in workerd and Chromium: each story is a test with a stack of its own.
//!
//! Run by `cargo xtask test journey`, which builds the Worker first and names the tools.
use anyhow::Result;
use cartwake_tests::journey::{self, Day, HOUR_SECONDS};
use cartwake_tests::stack::Wishes;
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
fn a_shopper_beyond_the_shares_proves_to_be_a_person_and_is_mailed() -> Result<()> {
    Runtime::new()?.block_on(async {
        let wishes = Wishes { hour_seconds: Some(HOUR_SECONDS), has_challenge: true, ..Wishes::default() };
        journey::challenge(&Day::begin_with(wishes).await?).await
    })
}

#[test]
fn one_click_stops_the_mails_of_one_shopper_only() -> Result<()> {
    check(journey::unsubscribe)
}
