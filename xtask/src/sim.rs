//! `cargo xtask sim`: builds the simulation for speed and runs seeds, or looks for the planted bugs.
use anyhow::Result;

use crate::children;
use crate::places::Places;

/// Each thread has a database of its own: locks and memory accounts shared by all of them cost a third of the time.
const SQLITE: &str = "-DSQLITE_DEFAULT_MEMSTATUS=0 -USQLITE_THREADSAFE -DSQLITE_THREADSAFE=2";

/// The worlds to run.
pub(crate) struct Worlds {
    pub(crate) seeds: u64,
    pub(crate) from: u64,
    pub(crate) are_planted: bool,
}

impl Default for Worlds {
    fn default() -> Self {
        Self { seeds: 10_000, from: 1, are_planted: false }
    }
}

/// Ends without an error only when every promise held, or every planted bug was found.
pub(crate) fn run(places: &Places, worlds: &Worlds) -> Result<()> {
    let mut cargo = children::cargo(&places.root);
    cargo.env("LIBSQLITE3_FLAGS", SQLITE);
    cargo.args(["run", "--quiet", "--profile", "simulation", "--package", "cartwake-simulation", "--"]);
    if worlds.are_planted {
        cargo.arg("--planted");
    } else {
        cargo.args(["--seeds", &worlds.seeds.to_string(), "--from", &worlds.from.to_string()]);
    }
    children::run(&mut cargo)
}
