//! A network whose share is used up: the next shopper proves to be a person and is mailed; who cannot prove it waits.
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cartwake_shared::lifecycle::CartState;
use serde_json::Value;

use super::{Choice, Day};
use crate::fixtures::{Visitor, line};
use crate::stack::turnstile;
use crate::wait;

const MUG: Choice = Choice { product: "dune-mug", variant: "Moss", sku: "FH-102-MOSS" };
const ADDRESS: &str = "ida@example.com";
const UNPROVEN: &str = "una@example.com";
/// Places of one network (shared/src/share.rs).
const PLACES: u64 = 5;
/// For what page, widget and Worker do by themselves.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lives through the story; the error says which promise was broken.
pub async fn challenge(day: &Day) -> Result<()> {
    let provider = day.stack.turnstile.as_ref().context("this day has no challenge")?;
    for number in 1..=PLACES {
        let stranger = Visitor::arrive(&day.stack, number).await?;
        let lines = [line("dune-mug", "Moss", 1, 1_800)];
        let event = stranger.identified(1, &lines, &format!("stranger{number}@example.com"));
        let answer = day.stack.client.collect(&event).await?.expect_status(200)?.json()?;
        ensure!(answer.get("challenge").is_none(), "stranger {number} is asked: {answer}");
    }
    day.saw("strangers use up the share of the network", format!("{PLACES} places, nobody was asked"));

    leave_cart(day, ADDRESS).await?;
    wait::until("the challenge to prove the address", PATIENCE, || async {
        Ok((proof(day, ADDRESS).await? == Some(2)).then_some(()))
    })
    .await?;
    ensure!((provider.scripts(), provider.verifications()) == (1, 1), "loaded and verified more than once");
    day.saw("Ida types her address; her page asks, she solves it, the Worker verifies it", "challenged");

    // The provider is down: the event is kept, and nobody is mailed by it.
    provider.be_away(true);
    leave_cart(day, UNPROVEN).await?;
    let cart = day.cart(UNPROVEN, CartState::Active).await?;
    let mail = day.first_mail(ADDRESS).await?;
    day.saw("Ida is mailed", format!("“{}”", mail.subject));
    wait::until("the other one to wait", Duration::from_mins(1), || async {
        day.cron().await?;
        let reminders = day.reminders(&cart).await?;
        Ok(reminders.iter().any(|reminder| reminder.reason.as_deref() == Some("network_share")).then_some(()))
    })
    .await?;
    ensure!(day.stack.mailbox.to(UNPROVEN).await?.is_empty(), "mailed without a proof");
    day.saw("the provider was down when Una solved hers", "her cart is kept, and she waits");

    let waiting = day.stack.owner.page("/waiting").await?.body;
    ensure!(waiting.contains("the provider did not answer"), "the owner is not told:\n{waiting}");
    let log = fs::read_to_string(day.stack.worker.log())?;
    let canaries = [vec![turnstile::SECRET.to_owned()], provider.tokens()].concat();
    ensure!(
        canaries.len() >= 3 && canaries.iter().all(|canary| !log.contains(canary)),
        "the Worker's log has a secret or a token"
    );
    day.saw("the owner reads of it", "the log has neither secret nor token");
    Ok(())
}

/// A shopper fills a cart, types an address, agrees, stays until the page has been answered, and leaves.
async fn leave_cart(day: &Day, address: &str) -> Result<()> {
    let provider = day.stack.turnstile.as_ref().context("this day has no challenge")?;
    let (loaded, verified) = (provider.scripts(), provider.verifications());
    let shopper = day.shopper().await?;
    shopper.enter().await?;
    shopper.add(MUG).await?;
    shopper.type_address(address).await?;
    ensure!(provider.scripts() == loaded, "something was loaded before anybody agreed");
    shopper.agree().await?;
    wait::until("the Worker to ask about the token", PATIENCE, || async {
        Ok((provider.verifications() > verified).then_some(()))
    })
    .await?;
    shopper.leave().await
}

/// What proves the address of a cart.
async fn proof(day: &Day, address: &str) -> Result<Option<i64>> {
    let rows = day.stack.worker.explorer.rows(include_str!("proof.sql"), &[address]).await?;
    Ok(rows.first().and_then(|row| row.get("proof")).and_then(Value::as_i64))
}
