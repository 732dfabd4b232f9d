//! The trackers that ours is compared with, fetched from npm and minified.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::children;
use crate::places::Places;
use crate::setup::Tools;

/// Lays each peer's script into `target/cartwake/bench`.
pub(super) fn prepare(places: &Places, tools: &Tools) -> Result<()> {
    let scripts = places.built.join("bench");
    fs::create_dir_all(&scripts)?;
    let peers: Vec<Value> = serde_json::from_slice(&fs::read(places.root.join("tests/bench/peers.json"))?)?;
    for peer in &peers {
        script(places, tools, peer, &scripts).with_context(|| format!("{} could not be fetched", peer["name"]))?;
    }
    Ok(())
}

/// One peer's script, minified, as `<name>.js`; its package is fetched once a version.
fn script(places: &Places, tools: &Tools, peer: &Value, scripts: &Path) -> Result<()> {
    let text = |key: &str| peer[key].as_str().with_context(|| format!("peers.json gives no {key}"));
    let folder = package(places, text("package")?, text("version")?)?;
    let mut minify = tools.command(&tools.esbuild);
    minify.arg(folder.join(text("file")?)).args(["--minify", "--log-level=error"]);
    if peer["module"] == true {
        minify.args(["--bundle", "--format=iife", "--global-name=peer"]);
    }
    let file = scripts.join(format!("{}.js", text("name")?.to_lowercase()));
    children::run(minify.arg(format!("--outfile={}", file.display())))
}

/// Unpacks a package into the tools' folder. Its dependencies are not needed: the files measured are whole scripts.
fn package(places: &Places, name: &str, version: &str) -> Result<PathBuf> {
    let folder = places.tools.join(format!("bench-{}-{version}", name.replace('/', "-")));
    let unpacked = folder.join("package");
    if unpacked.is_dir() {
        return Ok(unpacked);
    }
    let npm = children::on_path(&["npm"]).context("npm is not on PATH; `cargo xtask setup` says what to do")?;
    fs::create_dir_all(&folder)?;
    eprintln!("bench: fetching {name} {version}");
    let mut pack = Command::new(npm);
    pack.args(["pack", "--silent", "--pack-destination"]).arg(&folder).arg(format!("{name}@{version}"));
    let archive = children::read(pack.current_dir(&folder))?;
    let archive = archive.lines().last().context("npm packed nothing")?;
    let mut tar = Command::new("tar");
    children::run(tar.arg("xzf").arg(folder.join(archive)).arg("-C").arg(&folder))?;
    Ok(unpacked)
}
