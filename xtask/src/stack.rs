//! Starts the programs of the `cartwake-tests` crate, which run the stack; xtask itself stays quick to compile.
use std::process::Command;

use crate::children;
use crate::places::Places;
use crate::setup::{Browser, Tools};

/// `cargo run` of one of those programs, with the paths of the tools and the browser in its environment.
pub(crate) fn program(places: &Places, tools: &Tools, browser: Option<&Browser>, name: &str) -> Command {
    let mut cargo = children::cargo(&places.root);
    cargo.args(["run", "--quiet", "--package", "cartwake-tests", "--bin", name, "--"]);
    lend(places, &mut cargo, tools, browser);
    cargo
}

/// The environment from which `cartwake-tests` reads its checkout and its tools.
pub(crate) fn lend(places: &Places, command: &mut Command, tools: &Tools, browser: Option<&Browser>) {
    tools.lend(command);
    command
        .env("CARTWAKE_CHECKOUT", &places.root)
        .env("CARTWAKE_NODE", &tools.node)
        .env("CARTWAKE_WRANGLER", &tools.wrangler)
        .env("CARTWAKE_EMULATE", &tools.emulate);
    if let Some(browser) = browser {
        browser.lend(command);
    }
}
