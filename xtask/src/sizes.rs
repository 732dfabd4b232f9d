//! The sizes of the built files, plain and compressed.
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::children;
use crate::places::Places;
use crate::setup::Tools;

/// One file's sizes in bytes.
pub(crate) struct Size {
    /// Its name in the build.
    pub(crate) name: &'static str,
    /// Uncompressed.
    pub(crate) raw: u64,
    /// Brotli, quality 11.
    pub(crate) brotli: u64,
    /// Gzip, level 9.
    pub(crate) gzip: u64,
}

/// The files whose size is watched, below `target/cartwake` and `edge`.
const TRACKER: [&str; 14] = [
    "cartwake.js",
    "capture.js",
    "capture.wasm",
    "finders.js",
    "chosen.js",
    "cookie.js",
    "far.js",
    "checkout.js",
    "challenge.js",
    "thanks.js",
    "permission.js",
    "panel.js",
    "restore.js",
    "restore.wasm",
];
const EDGE: [&str; 2] = ["index.js", "index_bg.wasm"];

/// Weighs the last build; Node compresses, so that no compressor has to be compiled before the first command runs.
pub(crate) fn of_build(places: &Places, tools: &Tools) -> Result<Vec<Size>> {
    let tracker = TRACKER.map(|name| (name, places.built.join("tracker").join(name)));
    let edge = EDGE.map(|name| (name, places.edge().join("build").join(name)));
    let files: Vec<(&str, PathBuf)> = tracker.into_iter().chain(edge).collect();
    let mut node = tools.command(&tools.node);
    node.arg(places.root.join("xtask/src/sizes.mjs")).args(files.iter().map(|(_, path)| path));
    let answer: Vec<Value> = serde_json::from_str(&children::read(&mut node)?).context("sizes.mjs prints JSON")?;
    let sized = files.iter().zip(answer).map(|((name, _), size)| {
        let count = |key: &str| size[key].as_u64().with_context(|| format!("sizes.mjs gave no {key} for {name}"));
        Ok(Size { name, raw: count("raw")?, brotli: count("brotli")?, gzip: count("gzip")? })
    });
    sized.collect()
}
