//! The main job: a cart is left behind, a mail brings it back on another device, the order counts as recovered.
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cartwake_shared::lifecycle::CartState;

use super::{Choice, Day};
use crate::browser::Window;
use crate::mailbox::Mail;
use crate::wait;

const ADDRESS: &str = "ada@example.com";
const TEAPOT: Choice = Choice { product: "heron-teapot", variant: "Ink", sku: "FH-101-INK" };
const TEA: Choice = Choice { product: "garden-tea", variant: "", sku: "FH-303" };

/// One teapot in ink at 72.00 € and two bags of tea at 9.80 €.
const TOTAL: i64 = 9160;
const TOTAL_SHOWN: &str = "91.60";

/// For what a page or the Worker does by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lives through the story; the error says which promise was broken.
pub async fn recovery(day: &Day) -> Result<()> {
    let ada = day.shopper().await?;
    ada.enter().await?;
    day.photograph(&ada.browser, "1-shop").await?;
    ada.add(TEAPOT).await?;
    ada.add(TEA).await?;
    day.saw("Ada fills a cart", ada.lines().await?.join(", "));

    ada.type_address(ADDRESS).await?;
    ada.agree().await?;
    day.photograph(&ada.browser, "2-checkout").await?;
    day.saw("she types her address at the checkout and ticks the box", ADDRESS);
    ada.set_quantity(TEA, 2).await?;
    let left_behind = ada.lines().await?;
    ada.leave().await?;
    let cart = wait::until("the Worker to know the whole cart", PATIENCE, || async {
        let cart = day.cart(ADDRESS, CartState::Active).await?;
        Ok((cart.items == 3).then_some(cart))
    })
    .await?;
    ensure!((cart.total, cart.currency.as_str()) == (TOTAL, "EUR"), "the cart was stored as {cart:?}");
    day.saw(
        "she takes a second bag of tea and leaves; the Worker knows",
        format!("cart {}, {TOTAL_SHOWN} EUR", cart.id),
    );

    let mail = day.first_mail(ADDRESS).await?;
    check_mail(day, &mail)?;
    day.cart(ADDRESS, CartState::Abandoned).await?;
    day.saw("the cart is abandoned, cron sends one mail", format!("“{}” from {}", mail.subject, mail.from));
    let inbox = day.window(Window::Desk).await?;
    inbox.visit(&day.stack.mailbox.page()).await?;
    day.photograph(&inbox, "3-inbox").await?;
    let page = day.album().join("4-mail.html");
    fs::write(&page, mail.html.as_deref().unwrap_or_default())?;
    inbox.visit(&format!("file://{}", page.display())).await?;
    day.photograph(&inbox, "4-mail").await?;
    inbox.leave().await?;

    for _ in 0..5 {
        day.cron().await?;
    }
    let mails = day.stack.mailbox.to(ADDRESS).await?;
    ensure!(mails.len() == 1, "{} mails after five more cron runs", mails.len());
    day.saw("cron runs five times more", "still one mail");

    let link =
        mail.link(&format!("{}/r/", day.stack.worker.origin)).context("no recovery link in the text part")?.to_owned();
    let elsewhere = day.shopper().await?;
    elsewhere.browser.visit(&link).await?;
    wait::until("the cart to come back", PATIENCE, || async {
        Ok((elsewhere.lines().await? == left_behind).then_some(()))
    })
    .await
    .with_context(|| format!("left behind: {left_behind:?}"))?;
    elsewhere.browser.find(".line").await?;
    let named = |text: &str| text.contains("1 × Heron teapot, Ink") && text.contains("2 × Garden herb tea");
    let notice = "[role=status][data-cartwake-ignore]";
    let said = elsewhere.browser.text_when(notice, "the notice with the catalogue's names", named).await?;
    day.saw("a notice says what came back", said.replace('\n', " "));
    // Looking is no visit: the touch that closes the notice is.
    elsewhere.browser.click(&format!("{notice} button")).await?;
    day.photograph(&elsewhere.browser, "5-restored").await?;
    day.saw("the link opens in another browser, the cart is back", elsewhere.lines().await?.join(", "));

    elsewhere.type_address(ADDRESS).await?;
    let order = elsewhere.order().await?;
    let placed = day.stack.storefront.orders().into_iter().find(|placed| placed.order == order);
    let placed = placed.with_context(|| format!("the shop knows no order {order}"))?;
    ensure!(placed.total == TOTAL_SHOWN, "the shop reckoned {}", placed.total);
    elsewhere.leave().await?;
    let cart = day.cart(ADDRESS, CartState::Ordered).await?;
    ensure!(cart.order.as_deref() == Some(order.as_str()), "closed by another order: {cart:?}");
    ensure!(cart.is_recovered, "the order was not counted as recovered: {cart:?}");
    day.saw(
        "she orders there, the cart is closed and recovered",
        format!("order {order}, {} {}", placed.total, placed.currency),
    );

    dashboard(day, &cart.id).await
}

/// Items, money, a way to answer and two ways to stop.
fn check_mail(day: &Day, mail: &Mail) -> Result<()> {
    let (html, text) = (mail.html.as_deref().unwrap_or_default(), mail.text.as_deref().unwrap_or_default());
    for part in [html, text] {
        for expected in ["Heron teapot", "Garden herb tea", "€72.00", "€9.80"] {
            ensure!(part.contains(expected), "{expected} is missing in:\n{part}");
        }
    }
    ensure!(mail.reply_to == ["help@fennholm.example"], "replies go to {:?}", mail.reply_to);
    let unsubscribe = mail.header("List-Unsubscribe").context("no List-Unsubscribe header")?;
    ensure!(unsubscribe.contains(&format!("<{}/u/", day.stack.worker.origin)), "List-Unsubscribe is {unsubscribe}");
    ensure!(
        mail.header("List-Unsubscribe-Post") == Some("List-Unsubscribe=One-Click"),
        "no one-click header (RFC 8058)"
    );
    ensure!(html.len() < 102 * 1024, "Gmail cuts a mail of {} bytes", html.len());
    Ok(())
}

/// The owner logs in and sees the recovery, at a desk and on a phone.
async fn dashboard(day: &Day, cart: &str) -> Result<()> {
    for (window, name) in [(Window::Desk, "desk"), (Window::Phone, "phone")] {
        let owner = day.window(window).await?;
        owner.visit(&format!("{}/login", day.stack.worker.origin)).await?;
        owner.type_into("#secret", &day.stack.admin_secret).await?;
        owner.click("button[type=submit]").await?;
        let shown = owner.text_when("main", "the recovered amount", |text| text.contains(TOTAL_SHOWN)).await?;
        ensure!(shown.to_lowercase().contains("recovered"), "today's page says nothing of a recovery:\n{shown}");
        day.photograph(&owner, &format!("6-dashboard-{name}")).await?;
        owner.visit(&format!("{}/carts/{cart}", day.stack.worker.origin)).await?;
        owner.text_when("main", "the cart's lines", |text| text.contains("Heron teapot")).await?;
        day.photograph(&owner, &format!("7-cart-{name}")).await?;
        owner.leave().await?;
    }
    day.saw("the dashboard shows it", format!("recovered €{TOTAL_SHOWN}"));
    Ok(())
}
