//! What a stranger tries on a shop's page, in Chromium, with the numbers of the attacks that were tried (docs/decisions/one-static-shim.md).
//!
//! Run by `cargo xtask test capture`, which names the browser.
use std::path::Path;

use anyhow::{Result, ensure};
use cartwake_tests::browser::{Browser, Driver, Window};
use cartwake_tests::pages::Pages;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Opens a page of `tests/pages` and lets a test drive it.
fn on(page: &str, story: impl AsyncFnOnce(&Browser) -> Result<()>) -> Result<()> {
    Runtime::new()?.block_on(async {
        let driver = Driver::start(Path::new(env!("CARGO_TARGET_TMPDIR"))).await?;
        let (pages, browser) = (Pages::open().await?, driver.open(Window::Desk).await?);
        browser.visit(&format!("{}/tests/pages/{page}", pages.origin)).await?;
        browser.until("the page of the test", "return window.isReady").await?;
        let outcome = story(&browser).await;
        browser.leave().await?;
        outcome
    })
}

/// What a script gives must be this.
async fn gives(browser: &Browser, script: &str, expected: Value) -> Result<()> {
    let found = browser.evaluate(script).await?;
    ensure!(found == expected, "{script}\n  expected {expected}\n  found    {found}");
    Ok(())
}

/// Every way in which a script can tick a box.
const FORGERIES: [&str; 6] = [
    "box.checked = true; box.dispatchEvent(new Event('change', { bubbles: true }))",
    "box.click()",
    "box.labels[0].click()",
    "box.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }))",
    "box.focus(); box.dispatchEvent(new KeyboardEvent('keydown', { key: ' ' })); box.dispatchEvent(new KeyboardEvent('keyup', { key: ' ' })); box.click()",
    "document.querySelector('#words').addEventListener('click', () => box.click(), { once: true }); document.querySelector('#words').click()",
];

#[test]
fn attack_10_a_script_cannot_tick_a_box_and_a_hand_can() -> Result<()> {
    on("wish.html", async |browser| {
        for id in ["drawn", "own"] {
            for forgery in FORGERIES {
                browser
                    .evaluate(&format!("const box = document.querySelector('#{id}'); box.checked = false; {forgery}"))
                    .await?;
                let granted = "return window.took.splice(0).filter((word) => word[0] == '1')";
                gives(browser, granted, json!([])).await?;
            }
            // What a hand does counts, with the mouse on the box, on its words, and with the keyboard.
            browser
                .evaluate(&format!("document.querySelector('#{id}').checked = false; window.took.length = 0"))
                .await?;
            browser.click(&format!("#{id}")).await?;
            browser.click(&format!("label:has(#{id})")).await?;
            browser.type_into(&format!("#{id}"), " ").await?;
            let source = if id == "own" { "shop-box" } else { "box" };
            let expected = [1, 0, 1].map(|granted| format!("{granted} {source}"));
            gives(browser, "return window.took.splice(0)", json!(expected)).await?;
            // What a script makes of it afterwards is the script's.
            browser.evaluate(&format!("const box = document.querySelector('#{id}'); box.click(); box.click()")).await?;
            gives(browser, "return window.took.splice(0).filter((word) => word[0] == '1')", json!([])).await?;
        }
        Ok(())
    })
}

#[test]
fn what_a_hand_ticked_is_taken_back_by_whatever_unticks_it() -> Result<()> {
    on("wish.html", async |browser| {
        let unticks = "own.checked = false; own.dispatchEvent(new Event('change', { bubbles: true }))";
        // Nobody has ticked anything: the page only makes its form ready.
        browser.evaluate(&format!("own.checked = true; {unticks}")).await?;
        gives(browser, "return window.took.splice(0)", json!([])).await?;
        browser.click("#own").await?;
        browser.evaluate(&format!("{unticks}; {unticks}")).await?;
        gives(browser, "return window.took.splice(0)", json!(["1 shop-box", "0 shop-box"])).await
    })
}

#[test]
fn attack_10_a_box_in_a_shadow_root_hears_a_hand_and_no_script() -> Result<()> {
    on("wish.html", async |browser| {
        let field = "document.querySelector('#host').shadowRoot.querySelector('#inner')";
        let inner = "document.querySelector('#host').shadowRoot.querySelector('[data-cartwake-ignore] input')";
        browser
            .evaluate(&format!("drawn.closest('div').remove(); window.modules[1].show({field}); {inner}.click()"))
            .await?;
        gives(browser, "return window.took.splice(0)", json!([])).await?;
        browser.evaluate(&format!("{inner}.checked = false; {inner}.focus()")).await?;
        // To where the focus is, as a hand on the keyboard does.
        for event in ["keyDown", "keyUp"] {
            let key = json!({ "type": event, "key": " ", "code": "Space", "text": " ", "windowsVirtualKeyCode": 32 });
            browser.tool("Input.dispatchKeyEvent", &key).await?;
        }
        gives(browser, "return window.took.splice(0)", json!(["1 box"])).await
    })
}

#[test]
fn attack_10_nothing_internal_is_reachable_from_the_page() -> Result<()> {
    on("wish.html", async |browser| {
        gives(browser, "return window.keys", json!([])).await?;
        gives(
            browser,
            "return [typeof cartwake.io, window.before ?? null, cartwakeLends() ?? null]",
            json!(["undefined", null, null]),
        )
        .await?;
        gives(browser, "return [lies.length, lies[0] ?? null]", json!([1, null])).await?;
        // Our own script got it once.
        gives(browser, "return [typeof window.lent.io.consent, window.lent.again ?? null]", json!(["function", null]))
            .await?;
        // Neither a lie about the script that runs nor a copy of ours is lent anything, and what lends cannot be replaced.
        let lies = "Object.defineProperty(document, 'currentScript', { configurable: true, get: () => document.querySelector('script[src*=lent]') }); \
            const first = cartwakeLends(); delete document.currentScript; \
            const copy = document.querySelector('script[src*=lent]'); const tag = Object.assign(document.createElement('script'), { src: copy.src }); window.lent = 0; document.head.append(tag); \
            const replaced = Reflect.defineProperty(window, 'cartwakeLends', { value: 0 }); \
            return new Promise((go) => (tag.onload = () => go([first ?? null, window.lent.io ?? null, replaced])))";
        gives(browser, lies, json!([null, null, false])).await?;
        // Nor is a script of the page that takes the address and the hash of ours while it runs.
        let disguise = "for (const name of ['src', 'integrity', 'crossorigin']) { \
            const ours = document.querySelector('script[src*=lent]'); \
            if (ours.hasAttribute(name)) document.currentScript.setAttribute(name, ours.getAttribute(name)); } \
            window.disguised = cartwakeLends() ?? null";
        let script = format!(
            "window.waiting = Object.assign(document.createElement('script'), {{ text: {} }}); \
             document.head.append(waiting); return [disguised, waiting.src.includes('lent')]",
            json!(disguise)
        );
        gives(browser, &script, json!([null, true])).await?;
        // Words of ours that are no call of the page's interface are none.
        gives(browser, "return ['via', 'field', 'consent_mode', 'page', 'io', '__proto__'].map((name) => cartwake(name, ['x'])).every((answer) => answer === undefined)", json!(true)).await
    })
}

#[test]
fn attack_10_a_call_never_overrules_global_privacy_control() -> Result<()> {
    on("wish.html?gpc", async |browser| {
        browser.evaluate("cartwake('consent', 'granted')").await?;
        gives(browser, "return [window.lent.io.permitted(), window.lent.io.said()]", json!([false, "g"])).await?;
        gives(browser, "return window.asked.filter((asked) => /visitor|collect/.test(asked))", json!([])).await
    })
}
