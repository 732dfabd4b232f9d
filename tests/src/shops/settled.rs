//! The settings of a site that concern its tracker, tried in a browser.
//!
//! Named parts, a box of the shop's own, only carts with an address, devices that several people share.
use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::journey::{self, act, address, basket_is, nothing_left, steps, with_browser};
use super::named::WORDS;
use super::{Act, Counter, Floor, PLAIN, Shop, Tag, VARIANT};
use crate::browser::Browser;

/// The last line goes: what the settings call the sign of an empty cart is one.
pub(super) async fn emptied(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        floor.holds(counter, None, "adding a product").await?;
        act(browser, &counter.origin, &[Act::Click("#weg-BECHER-01"), Act::See(".nichts")]).await?;
        floor.holds(counter, None, "removing the only line").await?;
        ensure!(floor.carts(counter) == 1, "one browser reported {} carts", floor.carts(counter));
        Ok(())
    })
    .await
}

/// The shop's own box permits and refuses; a box that the page ticked says nothing, and none is drawn.
pub(super) async fn own_box(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.add_variant).await?;
        basket_is(counter, &[(PLAIN, 1), (VARIANT, 1)]).await?;
        for path in ["/korb/angaben?vorbelegt=1", "/korb/angaben"] {
            browser.visit(&format!("{}{path}", counter.origin)).await?;
            let is_loaded = "return [...document.scripts].some(({ src }) => src.includes('/checkout.js'))";
            browser.until("the checkout's script", is_loaded).await?;
            browser.fill(shop.ways.email, address).await?;
            let drawn = browser.evaluate("return document.querySelectorAll('[data-cartwake-ignore]').length").await?;
            ensure!(drawn == 0, "{path}: a box is drawn beside the shop's own");
            nothing_left(floor, counter, browser).await.with_context(|| format!("{path} before the tick"))?;
        }
        browser.click("#erinnern").await?;
        floor.holds(counter, Some(address), "ticking the shop's own box").await?;
        let events = floor.tap.events(&counter.origin);
        let said = events.iter().rev().map(|event| &event["consent"]).find(|consent| consent.is_object());
        let said = said.context("no event with a consent")?;
        for (name, expected) in
            [("source", "shop-box"), ("mail", "express"), ("tracking", "granted"), ("wording", WORDS)]
        {
            ensure!(said[name] == expected, "{name} of the consent is {}", said[name]);
        }
        browser.click("#erinnern").await?;
        let heard = crate::wait::until("the refusal", journey::HELD_WITHIN, || async {
            let events = floor.tap.events(&counter.origin);
            Ok(events.iter().any(|event| event["consent"]["tracking"] == "denied").then_some(()))
        });
        heard.await?;
        browser
            .until("an empty storage", "return !JSON.stringify(Object.entries(localStorage)).includes('cartwake')")
            .await?;
        Ok(())
    })
    .await
}

/// Nothing leaves before an address is known; then the whole cart does, and whoever typed it is taken for a person.
pub(super) async fn identified(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        for (what, acts, basket) in steps(&shop.ways) {
            act(browser, &counter.origin, acts).await.context(what)?;
            basket_is(counter, basket).await.context(what)?;
            silent(floor, counter).context(what)?;
        }
        act(browser, &counter.origin, shop.ways.checkout).await.context("going to the checkout")?;
        browser
            .until("the tag's script", "return [...document.scripts].some(({ src }) => src.includes('/capture.js'))")
            .await?;
        silent(floor, counter).context("going to the checkout")?;
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address").await?;
        let first = floor.tap.events(&counter.origin).into_iter().next().context("no event")?;
        ensure!(first["email"] == address.as_str(), "the first event has no address: {first}");
        Ok(())
    })
    .await
}

/// Nothing but settings was asked for, and that without a word about anybody.
fn silent(floor: &Floor, counter: &Counter) -> Result<()> {
    for heard in floor.tap.heard(&counter.origin) {
        let is_impersonal = heard.body.is_empty() && !heard.target.contains("visitor");
        ensure!(is_impersonal, "{} was asked with {}", heard.target, heard.body);
    }
    Ok(())
}

/// A device that several people share: what is known ends with the tab, and the next one begins as somebody else.
pub(super) async fn shared_device(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    counter.put_up(Tag::Shared(floor.tap.origin.clone(), floor.stack.site.key.clone()));
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address").await?;
        let kept = "const has = (storage) => JSON.stringify(Object.entries(storage)).includes('cartwake'); \
                    return [has(localStorage), has(sessionStorage)]";
        let kept = browser.evaluate(kept).await?;
        ensure!(kept == Value::from(vec![false, true]), "kept for good and for the tab: {kept}");
        browser.open_tab().await?;
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        floor.holds(counter, None, "adding in another tab").await?;
        let visitors: std::collections::BTreeSet<String> =
            floor.tap.events(&counter.origin).iter().map(|event| event["visitor"].to_string()).collect();
        ensure!(visitors.len() == 2, "the tabs told of {} visitors", visitors.len());
        Ok(())
    })
    .await
}

/// The browser's storage is emptied, and the same visitor goes on with another cart; a refusal takes the cookie away.
pub(super) async fn first_party_id(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address").await?;
        let before = floor.tap.events(&counter.origin).pop().context("no event")?;
        let kept = cookie(browser).await?.context("no cookie was set")?;
        ensure!(
            kept["httpOnly"] == true && kept["secure"] == true,
            "scripts can read it, or it travels in the clear: {kept}"
        );
        // What Safari does after a week.
        act(browser, &counter.origin, &[Act::Visit("/")]).await?;
        browser.evaluate("localStorage.clear()").await?;
        act(browser, &counter.origin, shop.ways.add_variant).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        floor.holds(counter, None, "coming back").await?;
        let after = floor.tap.events(&counter.origin).pop().context("no event")?;
        ensure!(after["visitor"] == before["visitor"], "the visitor is another one");
        ensure!(after["cart"].as_u64() > before["cart"].as_u64(), "the cart {} is no new one", after["cart"]);
        browser.evaluate("cartwake('consent', 'denied')").await?;
        let gone = crate::wait::until("the cookie to go", journey::HELD_WITHIN, || async {
            Ok(cookie(browser).await?.is_none().then_some(()))
        });
        gone.await
    })
    .await
}

/// The cookie by which the Worker remembers the visitor, as the browser keeps it.
async fn cookie(browser: &Browser) -> Result<Option<Value>> {
    let kept = browser.tool("Storage.getCookies", &serde_json::json!({})).await?;
    let cookies = kept["cookies"].as_array().cloned().unwrap_or_default();
    Ok(cookies.into_iter().find(|cookie| cookie["name"].as_str().is_some_and(|name| name.starts_with("cartwake_"))))
}
