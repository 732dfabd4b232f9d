//! The Workers whose starts are compared, bundled by wrangler as it would deploy them: ours, ours padded, TypeScript.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::children;
use crate::places::Places;
use crate::setup::Tools;
use crate::stamp::{Stamp, files_below};

/// The gate that the padded Worker reaches, in bytes of gzip.
const GATE: u64 = 900_000;

/// Lays `ours`, `padded` and `theirs` into `target/cartwake/bench/start`; returns the native workerd.
pub(super) fn prepare(places: &Places, tools: &Tools) -> Result<PathBuf> {
    let folder = places.built.join("bench/start");
    if folder.is_dir() {
        fs::remove_dir_all(&folder)?;
    }
    bundle(tools, &places.edge(), &folder.join("ours"))?;
    pad(places, tools, &folder)?;
    bundle(tools, &typescript(places)?, &folder.join("theirs"))?;
    workerd(places)
}

/// What wrangler would upload for the Worker that is configured in `project`.
fn bundle(tools: &Tools, project: &Path, into: &Path) -> Result<()> {
    let mut wrangler = tools.command(&tools.node);
    wrangler.arg(&tools.wrangler).args(["deploy", "--dry-run", "--outdir"]).arg(into);
    // Our Worker was built before; wrangler's own banner and list of bindings say nothing new.
    wrangler.current_dir(project).env("CARTWAKE_PREBUILT", "1").env("WRANGLER_LOG", "error");
    children::run(&mut wrangler)
}

/// Ours once more, with so many copies of its own code beside it that it reaches the gate: real code that no request
/// of the benchmark calls, as the code of most features is.
fn pad(places: &Places, tools: &Tools, folder: &Path) -> Result<()> {
    let (ours, padded) = (folder.join("ours"), folder.join("padded"));
    fs::create_dir_all(&padded)?;
    for file in files_below(&ours)? {
        let to = padded.join(file.file_name().context("a bundle's file has no name")?);
        if file.extension() != Some("wasm".as_ref()) {
            fs::copy(&file, &to)?;
            continue;
        }
        let mut copies = 1;
        loop {
            let mut merge = tools.command(&places.root.join("node_modules/.bin/wasm-merge"));
            // Two ways of writing that V8 does not read yet.
            merge.args(["--all-features", "--disable-compact-imports", "--disable-custom-descriptors"]);
            merge.arg("--rename-export-conflicts").arg(&file).arg("worker");
            for copy in 1..=copies {
                merge.arg(&file).arg(format!("copy{copy}"));
            }
            children::run(merge.arg("-o").arg(&to))?;
            if gzipped(places, tools, &to)? >= GATE {
                break;
            }
            copies += 1;
        }
    }
    Ok(())
}

/// What a file weighs, compressed as the budgets compress it.
fn gzipped(places: &Places, tools: &Tools, file: &Path) -> Result<u64> {
    let mut node = tools.command(&tools.node);
    node.arg(places.root.join("xtask/src/sizes.mjs")).arg(file);
    let sizes: Value = serde_json::from_str(&children::read(&mut node)?).context("sizes.mjs prints JSON")?;
    sizes[0]["gzip"].as_u64().context("sizes.mjs gave no gzip")
}

/// A copy of the TypeScript Worker with its packages, which are installed once for each lock file.
fn typescript(places: &Places) -> Result<PathBuf> {
    let (source, copy) = (places.root.join("tests/bench/worker-ts"), places.built.join("bench/worker-ts"));
    for file in files_below(&source)? {
        let to = copy.join(file.strip_prefix(&source)?);
        fs::create_dir_all(to.parent().context("a file lies in no folder")?)?;
        fs::copy(&file, &to)?;
    }
    let stamp = Stamp::of(copy.join("node_modules/.cartwake-stamp"), &[source.join("package-lock.json")], "")?;
    if !stamp.holds() {
        eprintln!("bench: installing the TypeScript Worker's npm packages");
        let npm = children::on_path(&["npm"]).context("npm is not on PATH; `cargo xtask setup` says what to do")?;
        let mut install = Command::new(npm);
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&copy);
        children::run(&mut install)?;
        stamp.keep()?;
    }
    Ok(copy)
}

/// The native binary that wrangler brings.
fn workerd(places: &Places) -> Result<PathBuf> {
    let platforms = places.root.join("node_modules/@cloudflare");
    let mut found = fs::read_dir(&platforms)
        .with_context(|| format!("cannot list {}", platforms.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin/workerd"));
    found.find(|binary| binary.is_file()).context("npm installed no workerd binary for this machine")
}
