//! An order placed between abandonment and cron: no mail leaves.
use std::time::Duration;

use anyhow::{Result, ensure};
use cartwake_shared::lifecycle::CartState;

use super::{Choice, Day, HOUR_SECONDS};
use crate::wait;

const ADDRESS: &str = "grace@example.com";
const MUG: Choice = Choice { product: "dune-mug", variant: "Moss", sku: "FH-102-MOSS" };

/// Lives through the story; the error says which promise was broken.
pub async fn late_order(day: &Day) -> Result<()> {
    let grace = day.shopper().await?;
    grace.enter().await?;
    grace.add(MUG).await?;
    grace.type_address(ADDRESS).await?;
    grace.agree().await?;
    grace.set_quantity(MUG, 2).await?;
    let cart = day.cart(ADDRESS, CartState::Active).await?;
    day.saw("Grace leaves a cart behind", &cart.id);

    let due = cart.active_at + i64::from(HOUR_SECONDS) * 1000;
    wait::until(
        "the cart to be due",
        Duration::from_mins(1),
        || async move { Ok((wait::now_ms() > due).then_some(())) },
    )
    .await?;
    grace.type_address(ADDRESS).await?;
    let order = grace.order().await?;
    day.cart(ADDRESS, CartState::Ordered).await?;
    day.saw("she comes back and orders before cron has run", format!("order {order}"));

    for _ in 0..3 {
        day.cron().await?;
    }
    day.cron_after(cart.active_at, 25, 3).await?;
    let mails = day.stack.mailbox.to(ADDRESS).await?;
    ensure!(mails.is_empty(), "{} mails after the order: {:?}", mails.len(), mails.first().map(|mail| &mail.subject));
    day.saw("cron runs, now and a day later", "no mail");
    grace.leave().await
}
