//! Drives one tracker in one fresh profile: it loads, is typed into, and is shown a hundred carts.
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::OURS;
use super::shelf::Shelf;
use crate::browser::{Browser, Driver, Window};
use crate::wait;

/// Keys typed into each field at a stretch, and how often: the best counts.
const KEYS: u32 = 2_000;
const BATCHES: u32 = 5;
/// Carts told.
const CARTS: u32 = 60;
/// Instances made of the module.
const INSTANCES: u32 = 40;
/// A tracker that has not told anything by then counts as silent.
const PATIENCE: Duration = Duration::from_secs(15);

/// How fast the machine seems to the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditions {
    /// Times slower than it is.
    pub(crate) speed: u32,
}

/// What one visit costs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    /// Main-thread CPU of scripts on a page where nothing is told, until it is quiet, milliseconds.
    pub(crate) idle: f64,
    /// The same on a page with a cart.
    pub(crate) script: f64,
    /// Synchronous work a key in a search field, microseconds.
    pub(crate) key: f64,
    /// The same in the e-mail field.
    pub(crate) email_key: f64,
    /// Main-thread CPU a change of the cart, all that follows included, microseconds.
    pub(crate) cart: f64,
    /// Compiling and instantiating the module, milliseconds; nought without one.
    pub(crate) instantiate: f64,
    /// Requests until the page is quiet.
    pub(crate) requests: f64,
    /// Requests for a hundred changes of the cart.
    pub(crate) cart_requests: f64,
    /// Tasks of 50 ms and more.
    pub(crate) long_tasks: f64,
    /// Cumulative layout shift.
    pub(crate) shift: f64,
}

impl Measured {
    /// Each figure by itself, its lower quartile over the rounds.
    pub(crate) fn lower_quartile(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(figure).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 4).copied().unwrap_or_default()
        };
        Self {
            idle: of(|one| one.idle),
            script: of(|one| one.script),
            key: of(|one| one.key),
            email_key: of(|one| one.email_key),
            cart: of(|one| one.cart),
            instantiate: of(|one| one.instantiate),
            requests: of(|one| one.requests),
            cart_requests: of(|one| one.cart_requests),
            long_tasks: of(|one| one.long_tasks),
            shift: of(|one| one.shift),
        }
    }

    /// What a page without a tracker costs is taken off; never below nought.
    pub(crate) fn without(self, nothing: &Self) -> Self {
        let less = |with: f64, without: f64| (with - without).max(0.0);
        Self {
            idle: less(self.idle, nothing.idle),
            script: less(self.script, nothing.script),
            key: less(self.key, nothing.key),
            email_key: less(self.email_key, nothing.email_key),
            cart: less(self.cart, nothing.cart),
            long_tasks: less(self.long_tasks, nothing.long_tasks),
            shift: less(self.shift, nothing.shift),
            ..self
        }
    }
}

/// Visits both pages of a tracker, each in a profile of its own.
pub(super) async fn measure(driver: &Driver, shelf: &Shelf, name: &str, conditions: Conditions) -> Result<Measured> {
    let called = if name == "Cartwake" { OURS } else { name };
    let browser = open(driver, shelf, &format!("/story/{called}"), conditions).await?;
    settle(&browser).await?;
    let idle = metrics(&browser).await?;
    browser.leave().await?;

    shelf.count();
    let browser = open(driver, shelf, &format!("/checkout/{called}"), conditions).await?;
    // Started is who has told something; the page alone never does, and neither do we before there is a cart.
    if name != "none" {
        browser.evaluate("tellCart(1)").await?;
        let told =
            wait::until("the tracker to tell something", PATIENCE, || async { Ok((shelf.told() > 0).then_some(())) });
        if let Err(error) = told.await {
            bail!("{error}; the page's console: {}", browser.console().await?.join(" | "));
        }
    }
    settle(&browser).await?;
    let number = |value: Value| value.as_f64().context("a figure");
    let loaded = metrics(&browser).await?;
    let first = shelf.count();
    let long_tasks = async || number(browser.evaluate("return drive.longTasks").await?);
    let long_at_start = long_tasks().await?;

    let keys = |field: &str| format!("return drive.keystrokes('{field}', {KEYS}, {BATCHES})");
    let key = number(browser.evaluate(&keys("#search")).await?)?;
    let email_key = number(browser.evaluate(&keys("#email")).await?)?;

    shelf.count();
    // Typing so much at a stretch is a long task of ours, not of the tracker.
    settle(&browser).await?;
    let long_before = long_tasks().await?;
    let before = metrics(&browser).await?;
    browser.evaluate(&format!("drive.carts({CARTS}).then(() => (drive.done = 1))")).await?;
    browser.until("the carts to be told", "return drive.done").await?;
    settle(&browser).await?;
    let after = metrics(&browser).await?;
    let long_tasks = long_at_start + long_tasks().await? - long_before;
    let carts = shelf.count();

    let instantiate = if name == "Cartwake" {
        let begin = format!(
            "fetch('/v1/boot').then((answer) => answer.json()).then(({{ modules }}) => \
             drive.instantiate(modules.capture.wasm, {INSTANCES})).then((time) => (drive.time = time))"
        );
        browser.evaluate(&begin).await?;
        number(browser.until("the module to be compiled", "return drive.time").await?)?
    } else {
        0.0
    };
    let shift = number(browser.evaluate("return drive.shift").await?)?;
    browser.leave().await?;
    let count = |number: u64| u32::try_from(number).map_or(0.0, f64::from);
    Ok(Measured {
        idle: idle.script * 1_000.0,
        script: loaded.script * 1_000.0,
        key,
        email_key,
        cart: (after.task - before.task) * 1_000_000.0 / f64::from(CARTS),
        instantiate,
        requests: count(first.requests),
        cart_requests: count(carts.told) * 100.0 / f64::from(CARTS),
        long_tasks,
        shift,
    })
}

/// A fresh profile on a page that has loaded.
async fn open(driver: &Driver, shelf: &Shelf, path: &str, conditions: Conditions) -> Result<Browser> {
    let browser = driver.open(Window::Desk).await?;
    browser.tool("Performance.enable", &json!({ "timeDomain": "threadTicks" })).await?;
    browser.tool("Emulation.setCPUThrottlingRate", &json!({ "rate": conditions.speed })).await?;
    browser.visit(&format!("{}{path}", shelf.origin)).await?;
    browser.until("the page's own script", "return typeof drive == 'object'").await?;
    Ok(browser)
}

/// Waits until the page has had an idle moment twice.
async fn settle(browser: &Browser) -> Result<()> {
    let idle = "drive.idle = 0; requestIdleCallback(() => requestIdleCallback(() => (drive.idle = 1)))";
    browser.evaluate(idle).await?;
    browser.until("an idle page", "return drive.idle").await?;
    Ok(())
}

/// Seconds of the main thread so far.
struct Metrics {
    script: f64,
    task: f64,
}

async fn metrics(browser: &Browser) -> Result<Metrics> {
    let answer = browser.tool("Performance.getMetrics", &json!({})).await?;
    let metrics = answer["metrics"].as_array().context("the browser gives no metrics")?;
    let of = |name: &str| {
        let found = metrics.iter().find(|metric| metric["name"] == name);
        found.and_then(|metric| metric["value"].as_f64()).with_context(|| format!("no metric {name}"))
    };
    Ok(Metrics { script: of("ScriptDuration")?, task: of("TaskDuration")? })
}
