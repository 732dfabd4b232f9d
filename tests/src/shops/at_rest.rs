//! What lies in the browser of somebody who typed an address, what a script can make of the box, and the Worker's question.
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::journey::{self, CONSENT_BOX, act, address, nothing_left, with_browser};
use super::{Counter, Floor, Shop};
use crate::wait;

/// Returns true once an address is kept for good, in whatever form.
pub(super) const KEPT: &str =
    r#"return Object.entries(localStorage).some(([key, text]) => /^cartwake/.test(key) && /"email":"/.test(text))"#;

/// Everything that this browser keeps of the shop, the records of its databases too, as text.
const LONG: &str = r"return (async () => {
    const records = [];
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((go) => (indexedDB.open(name).onsuccess = ({ target }) => go(target.result)));
        for (const store of database.objectStoreNames) {
            const asked = database.transaction(store).objectStore(store).getAll();
            for (const record of await new Promise((go) => (asked.onsuccess = () => go(asked.result)))) {
                const raw = await crypto.subtle.exportKey('raw', record.key).catch(() => 'locked');
                records.push([name, record, record.key.extractable, raw]);
            }
        }
        database.close();
    }
    return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, records]);
})()";

/// What this page has as globals and an empty one has not.
const GLOBALS: &str = "const frame = document.body.appendChild(document.createElement('iframe')); \
    const usual = Object.getOwnPropertyNames(frame.contentWindow); frame.remove(); \
    return Object.getOwnPropertyNames(window).filter((name) => !usual.includes(name) && !/^(cdc|ret_nodes|se_|\\d)/.test(name)).sort()";

/// The tag's script is there.
const IS_HERE: &str = "return typeof window.cartwake == 'function'";

/// Typed, told, kept for the next cart: nobody who opens the storage reads the address, and a refusal leaves nothing.
pub(super) async fn sealed(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        browser.fill(shop.ways.email, address).await?;
        floor.holds(counter, Some(address), "typing an address").await?;
        browser.until("the address to be kept", KEPT).await?;
        let long = browser.evaluate(LONG).await?;
        let long = long.as_str().context("no text")?;
        let name = address.split('@').next().unwrap_or_default();
        ensure!(!long.contains(name), "an address lies in clear: {long}");
        ensure!(long.contains(r#"false,"locked"]"#), "a script can read the key: {long}");
        // The next cart of this browser has it again.
        act(browser, &counter.origin, shop.ways.order).await.context("ordering")?;
        browser.find(shop.ways.number).await?;
        let first = floor.cart_id(counter);
        act(browser, &counter.origin, shop.ways.add_variant).await?;
        wait::until("the next cart with its address", journey::HELD_WITHIN, || async {
            let event = floor.tap.events(&counter.origin).pop().unwrap_or_default();
            Ok((floor.cart_id(counter) != first && event["email"] == address.as_str()).then_some(()))
        })
        .await?;
        browser.evaluate("cartwake('consent', 'denied')").await?;
        let is_gone = "return indexedDB.databases().then((all) => all.length == 0 && !/email/.test(Object.values(localStorage).join()))";
        browser.until("key and address to go", is_gone).await.map(drop)
    })
    .await
}

/// Typed just before the tab closes, and never answered: the next page of this browser sends it.
pub(super) async fn closed_tab(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        floor.holds(counter, None, "opening the checkout").await?;
        floor.tap.never_answer_next(&counter.origin);
        browser.fill(shop.ways.email, address).await?;
        browser.until("the address to be kept", KEPT).await?;
        browser.visit("about:blank").await?;
        browser.visit(&counter.origin).await?;
        floor.holds(counter, Some(address), "coming back to another page").await
    })
    .await
}

/// From here on the page gets neither a key to seal an address with nor an answer to who its visitor is.
const NEVER: &str = "const { fetch } = window; const never = () => new Promise(() => {}); \
    SubtleCrypto.prototype.generateKey = never; \
    window.fetch = (...asked) => (/boot.*visitor/.test(asked[0]) ? never() : fetch(...asked))";

/// Ticked, and the page left before the address could be sealed and a session came: it is told all the same, once, and the next
/// page goes on with that cart.
pub(super) async fn left_at_once(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        browser.fill(shop.ways.email, address).await?;
        browser.find(CONSENT_BOX).await?;
        browser.evaluate(NEVER).await?;
        nothing_left(floor, counter, browser).await.context("before the shopper agreed")?;
        browser.click(CONSENT_BOX).await?;
        browser.visit("about:blank").await?;
        floor.holds(counter, Some(address), "ticking and leaving").await?;
        let events = floor.tap.events(&counter.origin);
        let [told] = events.as_slice() else { bail!("not told once: {events:?}") };
        ensure!(told["session"].is_null() && told["consent"]["source"] == "box", "the page left with {told}");

        act(browser, &counter.origin, shop.ways.add_variant).await?;
        floor.holds(counter, Some(address), "going on with another page").await?;
        let events = floor.tap.events(&counter.origin);
        let is_same = |event: &Value| ["visitor", "cart"].iter().all(|name| event[name] == told[name]);
        ensure!(events.iter().all(is_same), "another cart was begun: {events:?}");
        let again = events.iter().filter(|event| event["seq"] == told["seq"]);
        ensure!(again.clone().all(|event| event["id"] == told["id"]), "told as another event: {events:?}");
        ensure!(events.last().is_some_and(|event| event["session"].is_string()), "no session came: {events:?}");
        Ok(())
    })
    .await
}

/// Row 10 of the attacks on the built Worker: a script ticks the drawn box in its ways, and nothing of it is a wish.
pub(super) async fn attack_10(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let address = &address(shop, "example.com");
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        browser.fill(shop.ways.email, address).await?;
        let css = CONSENT_BOX;
        browser.find(css).await?;
        for forgery in [
            "box.checked = true; box.dispatchEvent(new Event('change', { bubbles: true }))",
            "box.checked = false; box.click()",
            "box.checked = false; box.closest('label').click()",
            "cartwake.io?.consent(true, 'box')",
            "box.checked = false; cartwake('consent_mode', ['update', { analytics_storage: 'granted' }])",
        ] {
            browser.evaluate(&format!("const box = document.querySelector('{css}'); {forgery}")).await?;
            nothing_left(floor, counter, browser).await.with_context(|| forgery.to_owned())?;
        }
        browser.click(css).await?;
        floor.holds(counter, Some(address), "ticking by hand").await?;
        // Everything of ours is loaded by now, and none of it is a global of the page.
        let globals = browser.evaluate(GLOBALS).await?;
        ensure!(globals == json!(["cartwake", "cartwakeLends", "dataLayer", "gtag"]), "globals of the page: {globals}");
        // The first word that left is the hand's.
        let first = floor.tap.events(&counter.origin).into_iter().next().unwrap_or_default();
        ensure!(first["consent"]["source"] == "box", "the first event was {first}");
        Ok(())
    })
    .await
}

/// The Worker asks whether a person is there: the script that it names is loaded then and no sooner, and what is solved is told.
pub(super) async fn challenge(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    // What a page sees of Cloudflare's script.
    let script = "data:text/javascript,window.widgets=[];window.turnstile={render(place,given){widgets.push(given);place.append('Are you there?');return 1},remove(){widgets.gone=1}}";
    with_browser(floor, counter, async |browser| {
        act(browser, &counter.origin, shop.ways.add).await?;
        act(browser, &counter.origin, shop.ways.checkout).await?;
        floor.holds(counter, None, "opening the checkout").await?;
        browser.until("the tag's script", IS_HERE).await?;
        ensure!(browser.evaluate("return !window.turnstile").await? == true, "something was loaded unasked");
        let asks = json!({ "ok": true, "challenge": { "sitekey": "0x1", "script": script, "data": "bound" } });
        floor.tap.answer_next(&counter.origin, &asks);
        browser.fill(shop.ways.email, &address(shop, "example.com")).await?;
        browser.until("the question", "return window.widgets?.length == 1").await?;
        let cart = floor.tap.events(&counter.origin).pop().unwrap_or_default();
        let seen = "const [{ sitekey, action, cData, appearance, theme, language, 'response-field': field }] = widgets; \
            const place = [...document.querySelectorAll('[data-cartwake-ignore]')].find((place) => /Are you there/.test(place.textContent)); \
            return [sitekey, action, cData, appearance, theme, language, field, Boolean(place.closest('form'))]";
        let expected = json!(["0x1", "cartwake", "bound", "interaction-only", "auto", "en-AU", false, true]);
        let seen = browser.evaluate(seen).await?;
        ensure!(seen == expected, "the question is put as {seen}");
        browser.evaluate("widgets[0].callback('solved.1')").await?;
        let told = wait::until("the answer", journey::HELD_WITHIN, || async {
            Ok(floor.tap.events(&counter.origin).into_iter().find(|event| event["challenge"] == "solved.1"))
        });
        let told: Value = told.await?;
        ensure!(told["cart"] == cart["cart"], "it is told of another cart: {told}");
        ensure!(told["seq"].as_u64() > cart["seq"].as_u64(), "it is told as something old: {told}");
        ensure!(browser.evaluate("return widgets.gone === 1 && !/Are you there/.test(document.body.innerText)").await? == true, "the question stays");
        Ok(())
    })
    .await
}
