//! Tests that a shop with the tag behaves like the shop without it while the tag's host fails.
use std::cell::RefCell;
use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::journey::{self, address};
use super::{Counter, Floor, Request, Shop, Tag};
use crate::browser::Browser;
use crate::tap::Mood;
use crate::wait;

/// A page that is drawn by its script has settled long before; the rest is for a busy machine.
const SETTLED_WITHIN: Duration = Duration::from_secs(25);

/// How often the shop is walked through where something moved further: what a tag does it does each time, while a busy machine
/// draws a shop's own answer to a key later than the half second in which it is no shift.
const WALKS: usize = 3;

/// What one walk through the shop showed.
struct Walk {
    /// After each act: what was done, and the page.
    pages: Vec<(&'static str, Value)>,
    /// What the shop was asked, sorted, since a browser may ask for two things at once.
    requests: Vec<Request>,
    /// Where something moved further than in the walk it was compared with.
    moved: Option<String>,
    /// What was written into the console, but for the browser's own lines about requests to the failing host.
    console: Vec<String>,
}

/// Walks through the shop without the tag, then with it while nothing listens at its host and while only the script is
/// answered, everything behind it with 503: DOM, storage, `dataLayer`, requests, console and layout shift are equal.
pub(super) async fn equal(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    counter.put_up(Tag::Absent);
    let without = walk(floor, shop, counter, None).await.context("without the tag")?;
    // Bound and given back at once: nothing listens there.
    let closed = format!("http://localhost:{}", TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port());
    let host = floor.tap.another().await?;
    host.set_mood(Mood::Hollow);
    let failures = [("nothing listens", &closed), ("only the script is answered", &host.origin)];
    for (what, origin) in failures {
        counter.put_up(Tag::From(origin.clone(), floor.stack.site.key.clone()));
        let compared = || async {
            walk(floor, shop, counter, Some((&without, origin))).await.with_context(|| format!("while {what}"))
        };
        let mut with = compared().await?;
        for _ in 1..WALKS {
            if with.moved.is_some() {
                with = compared().await?;
            }
        }
        ensure!(with.moved.is_none(), "while {what}, {WALKS} times: {}", with.moved.unwrap_or_default());
        let only = |these: &[Request], those: &[Request]| these.iter().find(|one| !those.contains(one)).cloned();
        ensure!(
            with.requests == without.requests,
            "while {what} the shop was asked otherwise: only with the tag {:?}, only without {:?}",
            only(&with.requests, &without.requests),
            only(&without.requests, &with.requests)
        );
        ensure!(
            with.console == without.console,
            "while {what} the console has {:?}, without the tag {:?}",
            with.console,
            without.console
        );
    }
    Ok(())
}

/// The whole journey in one browser; with another walk to compare with, each page must become what it was there.
async fn walk(floor: &Floor, shop: &Shop, counter: &Counter, compared: Option<(&Walk, &str)>) -> Result<Walk> {
    let before = counter.requests().len();
    let browser = floor.browser().await?;
    let outcome = pages(shop, counter, &browser, compared.map(|(walk, _)| walk)).await;
    let host = compared.map_or("no host", |(_, host)| host);
    let mut console = browser.console().await?;
    console.retain(|line| !line.contains(host));
    browser.leave().await?;
    let mut requests = counter.requests().split_off(before);
    requests.sort_by(|one, other| (&one.target, &one.body).cmp(&(&other.target, &other.body)));
    let pages = outcome?;
    let before = compared.map_or(&[][..], |(walk, _)| &walk.pages);
    let moved = before.iter().zip(&pages).find_map(|((what, without), (_, with))| {
        let (with, without) = (moved(with), moved(without));
        (with > without).then(|| format!("after {what} things moved by {with}, without the tag by {without}"))
    });
    Ok(Walk { pages, requests, moved, console })
}

async fn pages(
    shop: &Shop,
    counter: &Counter,
    browser: &Browser,
    compared: Option<&Walk>,
) -> Result<Vec<(&'static str, Value)>> {
    let ways = &shop.ways;
    let mut pages = Vec::new();
    for (what, acts, basket) in journey::steps(ways) {
        journey::act(browser, &counter.origin, acts).await.context(what)?;
        journey::basket_is(counter, basket).await.context(what)?;
        pages.push(look(browser, what, compared, pages.len()).await?);
    }
    journey::act(browser, &counter.origin, ways.checkout).await.context("going to the checkout")?;
    browser.fill(ways.email, &address(shop, "example.com")).await?;
    pages.push(look(browser, "typing an address", compared, pages.len()).await?);
    journey::act(browser, &counter.origin, ways.order).await.context("ordering")?;
    browser.find(ways.number).await?;
    pages.push(look(browser, "ordering", compared, pages.len()).await?);
    Ok(pages)
}

/// The page once it no longer changes; beside another walk, once it is also the page that was there.
async fn look(
    browser: &Browser,
    what: &'static str,
    compared: Option<&Walk>,
    place: usize,
) -> Result<(&'static str, Value)> {
    let expected = compared.and_then(|walk| walk.pages.get(place)).map(|(_, page)| still(page));
    let last = RefCell::new(Value::Null);
    let settled = wait::until("the page to settle", SETTLED_WITHIN, || async {
        let page = browser.evaluate(include_str!("observe.js")).await?;
        let before = last.replace(page.clone());
        let is_expected = expected.as_ref().is_none_or(|expected| *expected == still(&page));
        Ok((before == page && is_expected).then_some(page))
    });
    match (settled.await, &expected) {
        (Ok(page), _) => Ok((what, page)),
        (Err(error), None) => Err(error.context(what)),
        (Err(_), Some(expected)) => bail!("after {what}: {}", difference(expected, &still(&last.take()))),
    }
}

/// How far things moved on a page, as its layout shift.
fn moved(page: &Value) -> f64 {
    page["moved"].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::INFINITY)
}

/// A page but for what moved on it.
fn still(page: &Value) -> Value {
    let mut page = page.clone();
    page["moved"] = Value::Null;
    page
}

/// The first field of an observation that differs, from where it differs.
fn difference(expected: &Value, observed: &Value) -> String {
    for (name, expected) in expected.as_object().into_iter().flatten() {
        let (expected, observed) = (expected.to_string(), observed[name].to_string());
        if expected != observed {
            let same = expected.chars().zip(observed.chars()).take_while(|(one, other)| one == other).count();
            let from = |text: &str| text.chars().skip(same.saturating_sub(60)).take(300).collect::<String>();
            return format!("{name} is …{}…, without the tag …{}…", from(&observed), from(&expected));
        }
    }
    "nothing differs any more".to_owned()
}
