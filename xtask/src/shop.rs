//! `cargo xtask shop`: fixture shops with the tracker's files as they stand, for trying a change of capture in seconds.
use anyhow::{Result, ensure};

use crate::places::Places;
use crate::setup::{Browser, Tools};
use crate::{build, children, stack};

/// Builds the tracker alone and drives the shops whose names contain the word; the Worker is the one built last.
pub(crate) fn run(places: &Places, name: Option<&str>) -> Result<()> {
    let tools = Tools::ready(places)?;
    let browser = Browser::ready()?;
    ensure!(places.edge().join("build/index.js").is_file(), "no Worker yet: `cargo xtask build` makes it");
    let scripts = build::tracker::build(places, &tools)?;
    let mut test = children::cargo(&places.root);
    test.args(["test", "--quiet", "--package", "cartwake-tests", "--test", "shops", "--"]).args(name);
    stack::lend(places, &mut test, &tools, Some(&browser));
    children::run(test.env("CARTWAKE_FRESH_TRACKER", scripts).env("RUST_BACKTRACE", "0"))
}
