//! `cargo xtask demo`: builds, then hands over to the program that runs the stack.
use anyhow::Result;

use crate::places::Places;
use crate::setup::{Browser, Tools};
use crate::{build, children, stack};

/// Ports of the demo; 0 takes a free one.
pub(crate) struct Ports {
    pub(crate) shop: u16,
    pub(crate) worker: u16,
    pub(crate) inbox: u16,
}

impl Default for Ports {
    /// Fixed, so that an open tab still works after a restart.
    fn default() -> Self {
        Self { shop: 8780, worker: 8787, inbox: 8790 }
    }
}

/// Becomes the demo, which runs until it is asked to end, or the journey, which ends by itself. Both end the servers that
/// they started; a parent that waits for them could be killed and leave them running.
pub(crate) fn run(places: &Places, is_journey: bool, ports: &Ports) -> Result<()> {
    let tools = Tools::ready(places)?;
    let browser = if is_journey { Some(Browser::ready()?) } else { None };
    build::all(places, &tools)?;
    eprintln!("demo: compiling the stack's own programs (a minute at first)");
    let mut program = stack::program(places, &tools, browser.as_ref(), if is_journey { "journey" } else { "demo" });
    if !is_journey {
        program.args(["--shop-port", &ports.shop.to_string()]);
        program.args(["--worker-port", &ports.worker.to_string()]);
        program.args(["--inbox-port", &ports.inbox.to_string()]);
    }
    children::become_it(&mut program)
}
