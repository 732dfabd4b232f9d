//! The journey of a real browser through each fixture shop, with the Worker's expected data after each act.
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::ledger::Held;
use super::named::SELECTORS;
use super::{Choice, Counter, PLAIN, SISTER, Shop, Tag, VARIANT};
use crate::browser::{Browser, Driver, Window};
use crate::stack::{Stack, Wishes};
use crate::tap::Tap;
use crate::wait;

/// From an act to the row in the database: a pause in typing (0.6 s), a look at the cart, one request; the rest is for a
/// busy machine.
pub(super) const HELD_WITHIN: Duration = Duration::from_secs(12);

/// The box or notice that the tracker draws at the e-mail field.
pub(super) const CONSENT_BOX: &str = "[data-cartwake-ignore] input[type=checkbox]";

/// One thing a shopper does in the page.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Opens an address of the shop.
    Visit(&'static str),
    /// Clicks what the selector names, once it is there.
    Click(&'static str),
    /// The same in a frame: the frame's selector and that of what stands in it.
    Inside(&'static str, &'static str),
    /// Replaces what stands in a field.
    Fill(&'static str, &'static str),
    /// Chooses an option of a list by its value.
    Choose(&'static str, &'static str),
    /// Looks until it is there.
    See(&'static str),
}

/// What a shopper does for each part of the journey.
#[derive(Clone, Copy, Debug)]
pub struct Ways {
    /// Puts one piece of the product without variants into the basket.
    pub add: &'static [Act],
    /// Puts one piece of a variant in.
    pub add_variant: &'static [Act],
    /// Puts one piece of another variant of the same product in.
    pub add_sister: &'static [Act],
    /// Makes it three pieces of the product without variants.
    pub change: &'static [Act],
    /// Removes the first variant.
    pub remove: &'static [Act],
    /// Goes to where the address is asked for.
    pub checkout: &'static [Act],
    /// The checkout's e-mail field.
    pub email: &'static str,
    /// From there to the order.
    pub order: &'static [Act],
    /// What the confirmation page shows the order's number in.
    pub number: &'static str,
}

/// What is done, how, and what the shop's basket is afterwards.
pub(super) type Step = (&'static str, &'static [Act], &'static [(Choice, u32)]);

/// Everything that runs: Worker, the proxy before it, browsers.
pub struct Floor {
    /// The Worker with a site that has every fixture as a host.
    pub stack: Stack,
    /// What pages know as Cartwake's host.
    pub tap: Tap,
    /// Starts browsers.
    pub driver: Driver,
}

/// How a site may follow its shoppers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// Only after they agreed.
    Required,
    /// Until they refuse.
    Notice,
    /// Until they refuse, and the site names the parts of its pages.
    Named,
    /// Only after they agreed in a box of the shop's own.
    OwnBox,
    /// Until they refuse, and nothing is told without an address.
    Identified,
    /// Until they refuse, and a cookie of the Worker remembers them.
    Cookie,
}

impl Tracking {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Notice, Self::Required, Self::Named, Self::OwnBox, Self::Identified, Self::Cookie];

    /// The fields of the settings' form.
    fn fields(self) -> Vec<(&'static str, &'static str)> {
        let is_required = matches!(self, Self::Required | Self::OwnBox);
        let mut fields = vec![
            ("tracking", if is_required { "required" } else { "notice" }),
            ("memory", if self == Self::Cookie { "cookie" } else { "storage" }),
            ("capture", if self == Self::Identified { "identified" } else { "all" }),
        ];
        if matches!(self, Self::Named | Self::OwnBox) {
            fields.extend_from_slice(SELECTORS);
        }
        fields
    }
}

impl Floor {
    /// Starts everything; `fresh` is a folder with newer files of the tracker than those the Worker carries.
    pub async fn open(fresh: Option<PathBuf>) -> Result<Self> {
        let stack = Stack::start(Wishes::default()).await?;
        let tap = Tap::open(&stack.worker.origin, fresh).await?;
        let driver = Driver::start(stack.logs()).await?;
        Ok(Self { stack, tap, driver })
    }

    /// Opens shops as hosts of the one site, with its tag on every page.
    pub async fn open_shops(&self, shops: &[Shop], tracking: Tracking) -> Result<Vec<Counter>> {
        let mut counters = Vec::new();
        for shop in shops {
            let counter = Counter::open(*shop).await?;
            counter.put_up(Tag::From(self.tap.origin.clone(), self.stack.site.key.clone()));
            counters.push(counter);
        }
        let hosts: Vec<&str> = counters.iter().filter_map(|counter| counter.origin.split("://").nth(1)).collect();
        self.stack.owner.settle(&hosts.join(", "), &counters[0].origin, &tracking.fields()).await?;
        Ok(counters)
    }

    /// How many carts pages of a shop reported; pages of one browser report one.
    pub(super) fn carts(&self, counter: &Counter) -> usize {
        let events = self.tap.events(&counter.origin);
        events.iter().map(|event| format!("{}.{}", event["visitor"], event["cart"])).collect::<BTreeSet<_>>().len()
    }

    /// A browser that has never been anywhere.
    pub async fn browser(&self) -> Result<Browser> {
        self.driver.open(Window::Desk).await
    }

    /// The id of the newest cart that pages of a shop reported.
    pub(super) fn cart_id(&self, counter: &Counter) -> Option<String> {
        let event = self.tap.events(&counter.origin).pop()?;
        Some(format!("{}.{}", event["visitor"].as_str()?, event["cart"]))
    }

    /// Waits until the Worker holds exactly the cart that the shop shows, and this address if one was given.
    pub async fn holds(&self, counter: &Counter, address: Option<&str>, after: &str) -> Result<()> {
        let last = RefCell::new(vec!["nothing arrived".to_owned()]);
        let held = wait::until("the cart", HELD_WITHIN, || async {
            let Some(id) = self.cart_id(counter) else { return Ok(None) };
            let Some(held) = Held::read(&self.stack, &id).await? else { return Ok(None) };
            let found = held.differences(&counter.shown(), address);
            let same = found.is_empty().then_some(());
            *last.borrow_mut() = found;
            Ok(same)
        });
        match held.await {
            Ok(()) => Ok(()),
            Err(_) => {
                bail!("after {after} the Worker holds another cart than the page shows: {}", last.take().join("; "))
            }
        }
    }

    /// Waits until the Worker has the order of the confirmation page.
    async fn is_ordered(&self, counter: &Counter, id: &str, number: &str) -> Result<()> {
        let last = RefCell::new(None);
        let ordered = wait::until("the order", HELD_WITHIN, || async {
            let held = Held::read(&self.stack, id).await?;
            let is_ordered = held.as_ref().is_some_and(|held| held.is_ordered(number));
            *last.borrow_mut() = held;
            Ok(is_ordered.then_some(()))
        });
        match ordered.await {
            Ok(()) => Ok(()),
            Err(_) => bail!(
                "the order {number} was not told; the Worker holds {:?}, the last event of {} was {:?}",
                last.take(),
                counter.origin,
                self.tap.events(&counter.origin).pop()
            ),
        }
    }
}

/// The basket's part of the journey.
pub(super) fn steps(ways: &Ways) -> [Step; 5] {
    [
        ("adding a product", ways.add, &[(PLAIN, 1)]),
        ("adding a variant", ways.add_variant, &[(PLAIN, 1), (VARIANT, 1)]),
        ("adding its sister", ways.add_sister, &[(PLAIN, 1), (VARIANT, 1), (SISTER, 1)]),
        ("changing a quantity", ways.change, &[(PLAIN, 3), (VARIANT, 1), (SISTER, 1)]),
        ("removing a line", ways.remove, &[(PLAIN, 3), (SISTER, 1)]),
    ]
}

/// Does what the shopper does, one act after the other.
pub(super) async fn act(browser: &Browser, shop: &str, acts: &[Act]) -> Result<()> {
    for act in acts {
        let done = match act {
            Act::Visit(path) => browser.visit(&format!("{shop}{path}")).await,
            Act::Click(css) => browser.click(css).await,
            Act::Inside(frame, css) => browser.click_inside(frame, css).await,
            Act::Fill(css, text) => browser.fill(css, text).await,
            Act::Choose(css, value) => browser.click(&format!("{css} option[value=\"{value}\"]")).await,
            Act::See(css) => browser.find(css).await.map(drop),
        };
        done.with_context(|| format!("{act:?}"))?;
    }
    Ok(())
}

/// Waits until the shop's own basket is this one: the act has arrived.
pub(super) async fn basket_is(counter: &Counter, expected: &[(Choice, u32)]) -> Result<()> {
    let arrived = wait::until("the shop's basket", HELD_WITHIN, || async {
        Ok((counter.basket().lines == expected).then_some(()))
    });
    arrived.await.with_context(|| format!("the shop holds {:?}, not {expected:?}", counter.basket().lines))
}

/// Fills a basket, changes it, types an address and corrects it, and leaves; tracking needs no permission here, so that
/// the Worker can be asked after every act.
pub(super) async fn leave(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let browser = floor.browser().await?;
    let outcome = fill_and_leave(floor, shop, counter, &browser).await;
    ended(browser, outcome, floor, counter).await?;
    floor.holds(counter, Some(&address(shop, "example.com")), "leaving").await
}

async fn fill_and_leave(floor: &Floor, shop: &Shop, counter: &Counter, browser: &Browser) -> Result<()> {
    let ways = &shop.ways;
    for (what, acts, basket) in steps(ways) {
        act(browser, &counter.origin, acts).await.context(what)?;
        basket_is(counter, basket).await.context(what)?;
        floor.holds(counter, None, what).await?;
    }
    act(browser, &counter.origin, ways.checkout).await.context("going to the checkout")?;
    floor.holds(counter, None, "going to the checkout").await?;
    for (what, domain) in [("typing an address", "example.co"), ("correcting it", "example.com")] {
        let address = address(shop, domain);
        browser.fill(ways.email, &address).await?;
        floor.holds(counter, Some(&address), what).await?;
    }
    Ok(())
}

/// Fills a basket, types an address, agrees in the box, orders. Nothing may be stored or sent before the tick.
pub(super) async fn order(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let browser = floor.browser().await?;
    let outcome = fill_and_order(floor, shop, counter, &browser).await;
    ended(browser, outcome, floor, counter).await
}

async fn fill_and_order(floor: &Floor, shop: &Shop, counter: &Counter, browser: &Browser) -> Result<()> {
    let ways = &shop.ways;
    for acts in [ways.add, ways.add_variant] {
        act(browser, &counter.origin, acts).await?;
        basket_is(counter, if counter.basket().lines.len() < 2 { &[(PLAIN, 1)] } else { &[(PLAIN, 1), (VARIANT, 1)] })
            .await?;
    }
    act(browser, &counter.origin, ways.checkout).await.context("going to the checkout")?;
    let address = address(shop, "example.com");
    browser.fill(ways.email, &address).await?;
    browser.find(CONSENT_BOX).await.context("no consent box at the e-mail field")?;
    nothing_left(floor, counter, browser).await.context("before the shopper agreed")?;
    browser.click(CONSENT_BOX).await?;
    floor.holds(counter, Some(&address), "agreeing").await?;
    let id = floor.cart_id(counter).context("no event")?;
    act(browser, &counter.origin, ways.order).await.context("ordering")?;
    let number = browser.text(ways.number).await?;
    ensure!(counter.basket().order.is_some_and(|(known, _)| number.contains(&known)), "the shop has no order {number}");
    let (number, _) = counter.basket().order.context("no order")?;
    floor.is_ordered(counter, &id, &number).await
}

/// Lives through the whole journey without agreeing to anything, and leaves: nothing is stored or sent.
pub(super) async fn silence(floor: &Floor, shop: &Shop, counter: &Counter) -> Result<()> {
    let browser = floor.browser().await?;
    let outcome = disagree(floor, shop, counter, &browser).await;
    ended(browser, outcome, floor, counter).await?;
    // Leaving is the last moment at which something could have been sent.
    let sent = floor.tap.events(&counter.origin);
    ensure!(sent.is_empty(), "when leaving, without permission: {sent:?}");
    Ok(())
}

async fn disagree(floor: &Floor, shop: &Shop, counter: &Counter, browser: &Browser) -> Result<()> {
    let ways = &shop.ways;
    for (what, acts, basket) in steps(ways) {
        act(browser, &counter.origin, acts).await.context(what)?;
        basket_is(counter, basket).await.context(what)?;
        nothing_left(floor, counter, browser).await.context(what)?;
    }
    act(browser, &counter.origin, ways.checkout).await.context("going to the checkout")?;
    browser.until("the tag's script", "return Boolean(window.cartwake)").await?;
    browser.fill(ways.email, &address(shop, "example.com")).await?;
    nothing_left(floor, counter, browser).await.context("typing an address")
}

/// Nothing of the shopper has left the page, and nothing is kept in the browser.
pub(super) async fn nothing_left(floor: &Floor, counter: &Counter, browser: &Browser) -> Result<()> {
    for heard in floor.tap.heard(&counter.origin) {
        let is_impersonal = heard.body.is_empty() && !heard.target.contains("visitor");
        ensure!(is_impersonal, "{} was asked with {}", heard.target, heard.body);
    }
    let kept = browser.evaluate(include_str!("kept.js")).await?.to_string();
    let is_of_the_shop = !["cartwake", "ada.", "pk_"].iter().any(|mark| kept.contains(mark));
    ensure!(is_of_the_shop, "the browser keeps {kept}");
    Ok(())
}

/// Runs a part with a browser of its own and closes it.
pub(super) async fn with_browser(
    floor: &Floor,
    counter: &Counter,
    part: impl AsyncFn(&Browser) -> Result<()>,
) -> Result<()> {
    let browser = floor.browser().await?;
    let outcome = part(&browser).await;
    ended(browser, outcome, floor, counter).await
}

/// Closes the window; a failed journey tells what its page was and what was sent.
pub(super) async fn ended(browser: Browser, outcome: Result<()>, floor: &Floor, counter: &Counter) -> Result<()> {
    let Err(error) = outcome else { return browser.leave().await };
    let place = browser.address().await.unwrap_or_default();
    let words = browser.console().await.unwrap_or_default();
    let events = floor.tap.events(&counter.origin);
    let sent: Vec<Value> = events.iter().map(|event| event["snapshot"].clone()).collect();
    browser.leave().await?;
    bail!(
        "{error:#}\n    on {place}\n    {} events were sent, the last carts: {}\n    console: {}",
        events.len(),
        sent.iter().rev().take(2).map(Value::to_string).collect::<Vec<_>>().join(" after "),
        words.join("\n             ")
    )
}

/// The address of a shop's shopper; each has another, since an order closes every open cart of its address.
pub(super) fn address(shop: &Shop, domain: &str) -> String {
    format!("ada.{}@{domain}", shop.name)
}
