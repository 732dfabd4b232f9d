//! The story of one click that ends the mails: two shoppers get the first mail, and only the other gets the second.
use anyhow::{Context, Result, ensure};
use cartwake_shared::{lifecycle::CartState, reminder::ReminderState};

use super::{Cart, Choice, Day};

const STOPS: &str = "mary@example.com";
const STAYS: &str = "hedy@example.com";
const BOWL: Choice = Choice { product: "dune-mug", variant: "Oat", sku: "FH-102-OAT" };

/// Lives through the story; the error says which promise was broken.
pub async fn unsubscribe(day: &Day) -> Result<()> {
    let stops = leave_behind(day, STOPS).await?;
    let stays = leave_behind(day, STAYS).await?;
    let mail = day.first_mail(STOPS).await?;
    day.first_mail(STAYS).await?;
    day.saw("Mary and Hedy leave carts behind and get a mail each", &mail.subject);

    let header = mail.header("List-Unsubscribe").context("no List-Unsubscribe header")?;
    let address =
        header.split('<').nth(1).and_then(|rest| rest.split('>').next()).context("no address in the header")?;
    let path = address.strip_prefix(&day.stack.worker.origin).context("unsubscribing leads to a foreign host")?;
    // Mail scanners open every link; only the POST may count.
    day.stack.client.open(path).await?.expect_status(200)?;
    day.stack.client.one_click(address).await?.expect_status(200)?;
    day.saw("Mary's mail program unsubscribes her", "one POST, 200");

    day.cron_after(stops.active_at.max(stays.active_at), 25, 3).await?;
    let (of_mary, of_hedy) = (day.stack.mailbox.to(STOPS).await?.len(), day.stack.mailbox.to(STAYS).await?.len());
    ensure!((of_mary, of_hedy) == (1, 2), "a day later Mary has {of_mary} mails and Hedy {of_hedy}");
    let reminders = day.reminders(&stops).await?;
    let unsent: Vec<_> = reminders.iter().filter(|reminder| reminder.state != ReminderState::Sent).collect();
    let reason = unsent.iter().find_map(|reminder| reminder.reason.as_deref()).context("no reason was stored")?;
    day.saw("a day later Hedy gets the second step, Mary does not", format!("reason: {reason}"));

    let page = day.stack.owner.page(&format!("/carts/{}", stops.id)).await?.body;
    ensure!(page.to_lowercase().contains("unsubscribed"), "the cart's page does not say why");
    day.saw("the cart's page says why", "unsubscribed");
    Ok(())
}

async fn leave_behind(day: &Day, address: &str) -> Result<Cart> {
    let shopper = day.shopper().await?;
    shopper.enter().await?;
    shopper.add(BOWL).await?;
    shopper.type_address(address).await?;
    shopper.agree().await?;
    shopper.set_quantity(BOWL, 3).await?;
    let cart = day.cart(address, CartState::Active).await?;
    shopper.leave().await?;
    Ok(cart)
}
