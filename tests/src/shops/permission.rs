//! Tests of consent tools and the debug panel on a whole page with the tag, its modules and the Worker.
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::journey::{self, act, basket_is, nothing_left};
use super::{Counter, Floor, PLAIN, Shop};
use crate::browser::{Browser, Window};
use crate::wait;

/// From a choice to what the Worker was told of it.
const TOLD_WITHIN: std::time::Duration = std::time::Duration::from_secs(12);

/// A tool as it stands in a page, and what happens there when the shopper chooses.
struct Tool {
    /// Runs before the page's own scripts: nothing was chosen yet.
    stands: &'static str,
    permits: &'static str,
    refuses: &'static str,
    /// How the wire names it.
    source: &'static str,
}

const TCF: Tool = Tool {
    stands: "const heard = []; let told = { eventStatus: 'cmpuishown', gdprApplies: true, purpose: { consents: {} } }; \
        window.__tcfapi = (command, version, callback) => { if (command == 'addEventListener') { heard.push(callback); callback(told, true); } }; \
        window.choose = (granted) => { told = { ...told, eventStatus: 'useractioncomplete', purpose: { consents: { 1: granted } } }; \
        for (const callback of heard) callback(told, true); };",
    permits: "choose(true)",
    refuses: "choose(false)",
    source: "cmp",
};

const ONE_TRUST: Tool = Tool {
    stands: "let closed = false; window.OneTrust = { IsAlertBoxClosed: () => closed }; window.OnetrustActiveGroups = ',C0001,'; \
        window.choose = (groups) => { closed = true; OnetrustActiveGroups = groups; dispatchEvent(new CustomEvent('OneTrustGroupsUpdated')); };",
    permits: "choose(',C0001,C0002,')",
    refuses: "choose(',C0001,')",
    source: "cmp",
};

const COOKIEBOT: Tool = Tool {
    stands: "window.Cookiebot = { hasResponse: false, consent: { statistics: false } }; \
        window.choose = (statistics, name) => { window.Cookiebot = { hasResponse: true, consent: { statistics } }; dispatchEvent(new Event(name)); };",
    permits: "choose(true, 'CookiebotOnAccept')",
    refuses: "choose(false, 'CookiebotOnDecline')",
    source: "cmp",
};

const USERCENTRICS: Tool = Tool {
    stands: "let all = false; window.UC_UI = { areAllConsentsAccepted: () => all }; \
        window.choose = (type) => { all = type == 'ACCEPT_ALL'; dispatchEvent(new CustomEvent('UC_UI_CMP_EVENT', { detail: { type } })); };",
    permits: "choose('ACCEPT_ALL')",
    refuses: "choose('DENY_ALL')",
    source: "cmp",
};

const CONSENT_MODE: Tool = Tool {
    stands: "window.dataLayer = []; window.gtag = function () { dataLayer.push(arguments); }; \
        gtag('consent', 'default', { analytics_storage: 'denied', ad_storage: 'denied' });",
    permits: "gtag('consent', 'update', { analytics_storage: 'granted' })",
    refuses: "gtag('consent', 'update', { analytics_storage: 'denied' })",
    source: "consent-mode",
};

pub(super) async fn framework(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    chosen(floor, shop, counter, &TCF).await
}

pub(super) async fn one_trust(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    chosen(floor, shop, counter, &ONE_TRUST).await
}

pub(super) async fn cookiebot(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    chosen(floor, shop, counter, &COOKIEBOT).await
}

pub(super) async fn usercentrics(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    chosen(floor, shop, counter, &USERCENTRICS).await
}

pub(super) async fn consent_mode(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    chosen(floor, shop, counter, &CONSENT_MODE).await
}

/// Nothing is stored or sent before the choice; then the Worker holds the cart, without a right to mail; a refusal is told
/// and takes everything out of the browser.
async fn chosen(floor: &Floor, shop: &Shop, counter: &Counter, tool: &Tool) -> Result<()> {
    let browser = open(floor, tool.stands).await?;
    let outcome = async {
        act(&browser, &counter.origin, shop.ways.add).await?;
        basket_is(counter, &[(PLAIN, 1)]).await?;
        browser.until("the script that hears tools", HEARS_TOOLS).await?;
        nothing_left(floor, counter, &browser).await.context("before the choice")?;
        browser.evaluate(tool.permits).await?;
        floor.holds(counter, None, "the tool's permission").await?;
        let said = consents(floor, counter);
        let expected = json!({ "tracking": "granted", "source": tool.source });
        ensure!(said == [expected.clone()], "the tool's permission was told as {said:?}, not {expected}");
        browser.evaluate(tool.refuses).await?;
        let told = wait::until("the refusal", TOLD_WITHIN, || async {
            Ok(consents(floor, counter).into_iter().find(|consent| consent["tracking"] == "denied"))
        });
        let told = told.await?;
        ensure!(told == json!({ "tracking": "denied", "source": tool.source }), "the refusal was told as {told}");
        browser
            .until("an empty storage", "return !Object.keys(localStorage).some((key) => /cartwake/.test(key))")
            .await?;
        Ok(())
    };
    let outcome = outcome.await;
    journey::ended(browser, outcome, floor, counter).await
}

/// The script is there once a tool was met; it asks the tool as soon as it runs.
const HEARS_TOOLS: &str =
    "return performance.getEntriesByType('resource').some(({ name }) => /\\/permission/.test(name))";

/// What was said of consent so far.
fn consents(floor: &Floor, counter: &Counter) -> Vec<Value> {
    let mut said: Vec<Value> = Vec::new();
    for event in floor.tap.events(&counter.origin) {
        let consent = event["consent"].clone();
        if consent.is_object() && said.last() != Some(&consent) {
            said.push(consent);
        }
    }
    said
}

async fn open(floor: &Floor, script: &str) -> Result<Browser> {
    let browser = floor.driver.open(Window::Desk).await?;
    // In a block of its own, so that its names are not the page's.
    let source = format!("{{ {script} }}");
    browser.tool("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source })).await?;
    Ok(browser)
}

/// Opens the shadow of what is put on the page, which the panel closes.
const OPEN_SHADOWS: &str = "const { attachShadow } = Element.prototype; \
    Element.prototype.attachShadow = function (options) { return attachShadow.call(this, { ...options, mode: 'open' }); };";

/// The panel of the debug mode on a whole page: its lamps are what the Worker has seen, its lines what was seen and sent.
pub(super) async fn debug_panel(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let browser = open(floor, OPEN_SHADOWS).await?;
    let outcome = async {
        act(&browser, &counter.origin, shop.ways.add).await?;
        floor.holds(counter, None, "adding a product").await?;
        ensure!(browser.evaluate(PANEL).await?.is_null(), "the panel is there though nobody asked for it");
        browser.visit(&format!("{}/checkout?cartwake_debug", counter.origin)).await?;
        let lamps =
            "const text = (() => { PANEL })(); return text && /✓ Tag/.test(text) && /✓ Cart/.test(text) && text";
        browser.until("the lamps of tag and cart", &lamps.replace("PANEL", PANEL)).await?;
        browser.fill(shop.ways.email, &journey::address(shop, "example.com")).await?;
        floor.holds(counter, Some(&journey::address(shop, "example.com")), "typing an address").await?;
        let sent = "const text = (() => { PANEL })(); return /seen field/.test(text) && /sent \\{\"v\":1/.test(text) && /✓ E-mail address/.test(text)";
        browser.until("what was seen and sent, and the lamp of the address", &sent.replace("PANEL", PANEL)).await?;
        Ok(())
    };
    let outcome = outcome.await;
    journey::ended(browser, outcome, floor, counter).await
}

/// The text of the panel; nothing where there is none.
const PANEL: &str = "return [...document.querySelectorAll('body > [data-cartwake-ignore]')].map(({ shadowRoot }) => shadowRoot?.textContent)[0] ?? null";
