//! Builds the Worker with worker-build: the edge crate with the manifest inside, linked in `edge/worker`.
use std::fs;

use anyhow::Result;

use crate::children;
use crate::places::Places;
use crate::setup::Tools;
use crate::stamp::Stamp;

/// Builds `edge/build/` if one of its inputs has changed.
pub(super) fn build(places: &Places, tools: &Tools) -> Result<()> {
    let edge = places.edge();
    let inputs = ["Cargo.toml", "Cargo.lock", "shared", "tracker"].map(|path| places.root.join(path));
    let own = ["Cargo.toml", "build.rs", "worker", "src", "sql", "mail", "migrations"].map(|path| edge.join(path));
    let all = [&inputs[..], &own[..], &[places.manifest()]].concat();
    let also = children::ask("rustc", &["--version"]).unwrap_or_default() + include_str!("edge.rs");
    let stamp = Stamp::of(places.built.join("stamps/edge"), &all, &also)?;
    if stamp.holds() && edge.join("build/index.js").is_file() {
        return Ok(());
    }
    eprintln!("build: cartwake-edge (worker-build)");
    let mut build = tools.command(&tools.worker_build);
    // Started inside the crate: the paths it writes are relative to it (workers-rs #880).
    let crate_of_its_own = edge.join("worker");
    build.args(["--release", "--out-dir", "../build"]).current_dir(crate_of_its_own);
    build.env("CARTWAKE_ASSETS", fs::canonicalize(places.manifest())?);
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        build.env_remove(variable);
    }
    children::run(&mut build)?;
    strip_names(places, tools)?;
    stamp.keep()
}

/// Takes the functions' names out of the module and keeps the named one beside: they are 145 KB, 41 KB gzipped, of
/// what every cold start loads. `target/cartwake/index_bg.named.wasm` turns the offsets of a trace into names again.
fn strip_names(places: &Places, tools: &Tools) -> Result<()> {
    let (module, named) = (places.edge().join("build/index_bg.wasm"), places.built.join("index_bg.named.wasm"));
    fs::copy(&module, &named)?;
    let mut strip = tools.command(&tools.wasm_opt);
    children::run(strip.args(["--all-features", "--strip-debug"]).arg(&named).arg("-o").arg(&module))
}
