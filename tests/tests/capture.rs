//! What the tracker's modules find in pages, in Chromium: carts in markup and in data, orders, e-mail fields, hostile values.
//!
//! Run by `cargo xtask test capture`, which names the browser. The cases are the pages in `tests/pages`.
use std::path::Path;

use anyhow::{Result, bail, ensure};
use cartwake_tests::browser::{Driver, Window};
use cartwake_tests::pages::{Outcome, Pages};
use serde_json::json;
use tokio::runtime::Runtime;

/// Opens a page of cases and compares; `fewest` cases must be there, so that a page that breaks early does not pass.
fn check(page: &str, fewest: usize) -> Result<()> {
    Runtime::new()?.block_on(async {
        let driver = Driver::start(Path::new(env!("CARGO_TARGET_TMPDIR"))).await?;
        let (pages, browser) = (Pages::open().await?, driver.open(Window::Desk).await?);
        browser.visit(&format!("{}/tests/pages/{page}.html", pages.origin)).await?;
        let outcomes = match browser.until("the outcomes of the page", "return window.outcomes").await {
            Ok(outcomes) => outcomes,
            Err(error) => bail!("{error:#}; the console: {}", browser.console().await?.join("\n")),
        };
        browser.leave().await?;
        let outcomes: Vec<Outcome> = serde_json::from_value(outcomes)?;
        let wrong: Vec<String> = outcomes
            .iter()
            .filter(|Outcome(_, expected, found)| expected != found)
            .map(|Outcome(title, expected, found)| format!("{title}\n  expected {expected}\n  found    {found}"))
            .collect();
        ensure!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), outcomes.len(), wrong.join("\n"));
        ensure!(outcomes.len() >= fewest, "only {} cases ran", outcomes.len());
        Ok(())
    })
}

#[test]
fn carts_are_found_in_markup() -> Result<()> {
    check("markup", 34)
}

#[test]
fn carts_and_orders_are_found_in_data_and_hostile_values_do_no_harm() -> Result<()> {
    check("data", 56)
}

#[test]
fn a_cart_is_read_by_the_selectors_of_the_settings() -> Result<()> {
    check("chosen", 22)
}

#[test]
fn only_what_the_shopper_did_with_the_shops_own_box_counts() -> Result<()> {
    check("box", 18)
}

#[test]
fn the_checkouts_field_is_told_from_every_other() -> Result<()> {
    check("field", 37)
}

#[test]
fn a_field_that_was_left_before_anybody_listened_is_told_as_left() -> Result<()> {
    check("left", 6)
}

#[test]
fn a_customer_whom_the_shop_signs_anew_on_every_page_is_said_once_a_day() -> Result<()> {
    check("customer", 10)
}

#[test]
fn consent_tools_are_heard_and_never_speak_over_the_shopper() -> Result<()> {
    check("permission", 28)
}

#[test]
fn attack_09_a_page_behind_a_link_says_what_came_back_and_only_a_touch_confirms_the_visit() -> Result<()> {
    check("restore", 10)?;
    Runtime::new()?.block_on(async {
        let driver = Driver::start(Path::new(env!("CARGO_TARGET_TMPDIR"))).await?;
        let (pages, browser) = (Pages::open().await?, driver.open(Window::Desk).await?);
        browser.visit(&format!("{}/tests/pages/restore.html", pages.origin)).await?;
        browser.until("the outcomes of the page", "return window.outcomes").await?;
        let mut told = Vec::new();
        // The Worker is away at first; once it has answered, no further touch is told.
        for (status, visits) in [(503, 1), (204, 2), (204, 2)] {
            browser.evaluate(&format!("window.answers({status})")).await?;
            browser.click("#touched").await?;
            let enough = format!("return window.confirmed().length >= {visits} && window.confirmed()");
            told = serde_json::from_value::<Vec<String>>(browser.until("the visit to be told", &enough).await?)?;
            ensure!(told.len() == visits, "after {status}: {told:?}");
        }
        let expected = r#"POST https://w.example/v1/visit {"site":"pk_1","token":"abc_-1"} kept alive"#;
        ensure!(told.iter().all(|visit| visit == expected), "{told:?}");
        browser.leave().await
    })
}

/// The callback of a shop leads to another page before anybody touched the first: the visit is told from there, also to a screen
/// reader's click.
#[test]
fn a_visit_is_confirmed_on_a_later_page_of_the_tab() -> Result<()> {
    check("visit", 4)?;
    Runtime::new()?.block_on(async {
        let driver = Driver::start(Path::new(env!("CARGO_TARGET_TMPDIR"))).await?;
        let (pages, browser) = (Pages::open().await?, driver.open(Window::Desk).await?);
        for query in ["", "?click"] {
            browser.visit(&format!("{}/tests/pages/visit.html{query}", pages.origin)).await?;
            browser.until("the outcomes of the page", "return window.outcomes").await?;
            browser.evaluate("document.querySelector('#touched').click()").await?;
            ensure!(
                browser.evaluate("return window.confirmed()").await? == json!([]),
                "a script's click told the visit"
            );
            for _ in 0..2 {
                browser.click("#touched").await?;
            }
            let told = browser.until("the visit", "return !window.waits() && window.confirmed()").await?;
            let expected = json!([r#"POST https://w.example/v1/visit {"site":"pk_later","token":"abc_-1"}"#]);
            ensure!(told == expected, "{query}: {told}");
        }
        browser.leave().await
    })
}

#[test]
fn a_page_keeps_sends_and_believes_what_it_should() -> Result<()> {
    check("sender", 24)
}

#[test]
fn attack_21_the_debug_panel_shows_what_happened_and_masks_who_it_was() -> Result<()> {
    check("panel", 16)
}

#[test]
fn attack_11_only_the_tag_itself_says_where_the_tracker_comes_from() -> Result<()> {
    check("elsewhere", 7)
}

#[test]
fn attack_12_only_a_carts_own_address_is_asked_and_never_with_a_query() -> Result<()> {
    check("links", 12)
}
