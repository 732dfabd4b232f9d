//! Builds, in this order: the tracker's modules, the static files with their manifest, the Worker that embeds it.
mod assets;
mod edge;
pub(crate) mod tracker;

use anyhow::Result;

use crate::places::Places;
use crate::setup::Tools;
use crate::sizes;

/// Builds everything that is deployed and prints its sizes; steps whose inputs are unchanged are skipped.
pub(crate) fn all(places: &Places, tools: &Tools) -> Result<()> {
    let scripts = tracker::build(places, tools)?;
    assets::lay_out(places, tools, &scripts)?;
    edge::build(places, tools)?;
    for size in sizes::of_build(places, tools)? {
        eprintln!("build: {:<34} {:>7} bytes, brotli {:>6}, gzip {:>6}", size.name, size.raw, size.brotli, size.gzip);
    }
    Ok(())
}
