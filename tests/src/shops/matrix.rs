//! One checkout under each restriction, interruption and peculiarity of browsers.
//!
//! A product and a variant are put into the basket, the checkout is opened, an address is given; in the end the Worker
//! holds exactly that. The strict policy, client-side routing and a spoiled `dataLayer` are shops of their own.
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::at_rest::KEPT;
use super::journey::{self, act, address, basket_is};
use super::{Counter, Floor, PLAIN, Shop, Tag, VARIANT};
use crate::browser::{Browser, Window};
use crate::wait;

/// What is done to every page before its own scripts run, and a script that returns true where it holds.
#[derive(Clone, Copy, Debug)]
struct Condition {
    script: &'static str,
    check: &'static str,
}

/// A browser as it is.
const USUAL: Condition = Condition { script: "", check: "return true" };

const WITHOUT_WASM: Condition =
    Condition { script: "delete globalThis.WebAssembly;", check: "return typeof WebAssembly === 'undefined'" };

/// Reading or writing either storage throws, as where a browser blocks them for the site.
const STORAGE_BLOCKED: Condition = Condition {
    script: "for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) \
    Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });",
    check: "try { return !localStorage } catch { return true }",
};

/// Writing throws, as where the origin's share is used up.
const STORAGE_FULL: Condition = Condition {
    script: "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; \
    const write = { set: () => Storage.prototype.setItem(), get: (storage, name) => Reflect.get(storage, name) }; \
    const full = new Proxy(window.localStorage, write); \
    Object.defineProperty(window, 'localStorage', { get: () => full });",
    check: "try { localStorage.any = 1; return false } catch { return true }",
};

/// The browser says when something is removed from the storage.
const STORAGE_WATCHED: Condition = Condition {
    script: "const storage = window.localStorage; \
    const watched = new Proxy(storage, { deleteProperty: (of, name) => (window.wasRemoved = true) && delete of[name] }); \
    Object.defineProperty(window, 'localStorage', { get: () => watched });",
    check: "return !window.wasRemoved && Object.keys(localStorage).some((name) => /^cartwake/.test(name))",
};

/// What is kept is replaced and never removed in between: a tab that reads in that moment would take everything for wiped.
pub(super) async fn replaced_at_once(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    let browser = open(floor, STORAGE_WATCHED).await?;
    let outcome = async {
        to_checkout(shop, counter, &browser).await?;
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address").await?;
        ensure!(browser.evaluate(STORAGE_WATCHED.check).await? == true, "what is kept was removed for a moment");
        Ok(())
    };
    let outcome = outcome.await;
    journey::ended(browser, outcome, floor, counter).await
}

/// The engine has no WebAssembly at all.
pub(super) async fn wasm_blocked(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    plain_checkout(floor, shop, counter, WITHOUT_WASM).await
}

pub(super) async fn storage_blocked(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    plain_checkout(floor, shop, counter, STORAGE_BLOCKED).await
}

pub(super) async fn storage_full(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    plain_checkout(floor, shop, counter, STORAGE_FULL).await
}

/// The tracker's host is another site than the shop, and no cookie of it is kept.
pub(super) async fn third_party_cookies_blocked(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let host = floor.tap.origin.replace("localhost", "127.0.0.1");
    counter.put_up(Tag::From(host, floor.stack.site.key.clone()));
    plain_checkout(floor, shop, counter, USUAL).await
}

/// Opens a browser under a condition, fills a basket, types an address.
async fn plain_checkout(floor: &Floor, shop: &Shop, counter: &Counter, condition: Condition) -> Result<()> {
    let browser = open(floor, condition).await?;
    let outcome = async {
        to_checkout(shop, counter, &browser).await?;
        ensure!(browser.evaluate(condition.check).await? == true, "the condition does not hold in the page");
        browser.fill(shop.ways.email, &address(shop, "example.com")).await?;
        floor.holds(counter, Some(&address(shop, "example.com")), "typing an address").await
    };
    let outcome = outcome.await;
    journey::ended(browser, outcome, floor, counter).await
}

async fn open(floor: &Floor, condition: Condition) -> Result<Browser> {
    let blocked = json!({ "profile": { "cookie_controls_mode": 1, "block_third_party_cookies": true } });
    let browser = floor.driver.open_with(Window::Desk, &blocked).await?;
    browser.tool("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": condition.script })).await?;
    Ok(browser)
}

async fn to_checkout(shop: &Shop, counter: &Counter, browser: &Browser) -> Result<()> {
    let ways = &shop.ways;
    for (acts, basket) in [(ways.add, &[(PLAIN, 1)][..]), (ways.add_variant, &[(PLAIN, 1), (VARIANT, 1)])] {
        act(browser, &counter.origin, acts).await?;
        basket_is(counter, basket).await?;
    }
    act(browser, &counter.origin, ways.checkout).await.context("going to the checkout")
}

/// Runs a part with a usual browser and closes it.
async fn with_browser(floor: &Floor, counter: &Counter, part: impl AsyncFn(&Browser) -> Result<()>) -> Result<()> {
    let browser = open(floor, USUAL).await?;
    let outcome = part(&browser).await;
    journey::ended(browser, outcome, floor, counter).await
}

/// The address is typed in one tab while the cart grows in another: one cart with both.
pub(super) async fn two_tabs(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        floor.holds(counter, None, "opening the checkout in the first tab").await?;
        browser.open_tab().await?;
        act(browser, &counter.origin, shop.ways.add_variant).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        floor.holds(counter, None, "opening the checkout in the second tab").await?;
        browser.switch_to_tab(0).await?;
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address in the first tab").await?;
        ensure!(floor.carts(counter) == 1, "two tabs of one browser reported {} carts", floor.carts(counter));
        Ok(())
    })
    .await
}

/// A page is left while its event has no answer, and the browser keeps the page as it was: the next page sends all the same.
pub(super) async fn left_while_sending(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        floor.tap.never_answer_next(&counter.origin);
        act(browser, &counter.origin, shop.ways.add).await?;
        wait::until("the first event", journey::HELD_WITHIN, || async {
            Ok((!floor.tap.events(&counter.origin).is_empty()).then_some(()))
        })
        .await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address on the next page").await
    })
    .await
}

/// Another tab that did not see an address yet writes its own state over it: the address is sent nevertheless.
pub(super) async fn written_over(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        to_checkout(shop, counter, browser).await?;
        floor.holds(counter, None, "opening the checkout").await?;
        browser.evaluate("window.before = Object.entries(localStorage)").await?;
        set_offline(browser, true).await?;
        browser.fill(shop.ways.email, address).await?;
        browser.until("the address to wait", KEPT).await?;
        // In one script, for the tracker may rightly write again as soon as it has its turn.
        let over = format!("for (const [key, text] of window.before) localStorage[key] = text; {KEPT}");
        ensure!(browser.evaluate(&over).await? == false, "the address still stands there");
        set_offline(browser, false).await?;
        floor.holds(counter, Some(address), "another tab wrote").await
    })
    .await
}

/// The checkout is left, and comes back as it was left, without being loaded: the address typed then counts.
pub(super) async fn back_forward_cache(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        to_checkout(shop, counter, browser).await?;
        floor.holds(counter, None, "opening the checkout").await?;
        ensure!(
            left_and_back(browser, &counter.origin).await?,
            "the browser never kept the page: {}",
            browser.evaluate(WHY_LOADED).await?
        );
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address after going back").await?;
        ensure!(floor.carts(counter) == 1, "one browser reported {} carts", floor.carts(counter));
        Ok(())
    })
    .await
}

/// What the browser says of a page that going back had to load.
const WHY_LOADED: &str = "return JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)";

/// Leaves for another page and goes back, until the page was kept meanwhile; false when it never was.
///
/// The browser loads a page anew that held a lock or a request in the very moment it was left (one tab sends at a time); a
/// page that looks again after each change has such moments.
async fn left_and_back(browser: &Browser, origin: &str) -> Result<bool> {
    const TRIES: usize = 5;
    let is_idle = "return navigator.locks.query().then(({ held, pending }) => held.length + pending.length === 0)";
    for _ in 0..TRIES {
        browser.until("an idle page", is_idle).await?;
        browser.evaluate("window.wasLeft = true").await?;
        act(browser, origin, &[super::Act::Click("header a")]).await?;
        browser.until("another page", "return !window.wasLeft && document.readyState === 'complete'").await?;
        browser.evaluate("window.isTheOther = true").await?;
        browser.back().await?;
        browser.until("the first page", "return !window.isTheOther && document.readyState === 'complete'").await?;
        if browser.evaluate("return window.wasLeft === true").await? == true {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The network goes before the address is typed and comes back later: it waits, and is sent by itself.
pub(super) async fn offline_then_online(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        to_checkout(shop, counter, browser).await?;
        floor.holds(counter, None, "opening the checkout").await?;
        let sent = floor.tap.events(&counter.origin).len();
        set_offline(browser, true).await?;
        browser.fill(shop.ways.email, address).await?;
        browser.until("the address to wait in the storage", KEPT).await?;
        ensure!(floor.tap.events(&counter.origin).len() == sent, "something was sent without a network");
        set_offline(browser, false).await?;
        floor.holds(counter, Some(address), "coming back online").await
    })
    .await
}

async fn set_offline(browser: &Browser, is_offline: bool) -> Result<()> {
    browser.tool("Network.enable", &json!({})).await?;
    let conditions = json!({ "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.tool("Network.emulateNetworkConditions", &conditions).await.map(drop)
}

/// The browser fills the field in by itself: its value changes and only `change` is fired.
pub(super) async fn autofill(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        to_checkout(shop, counter, browser).await?;
        browser.find(shop.ways.email).await?;
        let script = format!(
            "const field = document.querySelector({});
             Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, {});
             field.dispatchEvent(new Event('change', {{ bubbles: true }}))",
            Value::from(shop.ways.email),
            Value::from(address.as_str())
        );
        browser.evaluate(&script).await?;
        floor.holds(counter, Some(address), "autofill").await
    })
    .await
}
