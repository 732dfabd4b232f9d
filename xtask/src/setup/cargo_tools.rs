//! Installs command-line tools from crates.io, in one folder per version outside the checkout.
use std::fs;
use std::path::PathBuf;
use std::process;

use anyhow::{Context, Result};

use crate::children;
use crate::places::Places;

/// A tool that `cargo install` makes.
pub(super) struct CargoTool {
    /// Its name on crates.io.
    package: &'static str,
    /// The program we call.
    binary: &'static str,
    /// The crate whose version in `Cargo.lock` the tool must have.
    follows: &'static str,
    /// Whether it is built with the dependency versions its authors released it with.
    locked: bool,
    /// What a first use has to wait for, measured on two cores.
    minutes: &'static str,
}

/// Makes a Worker of the edge crate.
pub(super) const WORKER_BUILD: CargoTool =
    CargoTool { package: "worker-build", binary: "worker-build", follows: "worker", locked: true, minutes: "5 to 12" };

/// Makes JavaScript bindings; a difference in the last digit is enough for them not to fit the module.
pub(super) const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    binary: "wasm-bindgen",
    follows: "wasm-bindgen",
    // The lock file of 0.2.130 names webpki-roots 1.0.11; on 2026-12-01 the registry still ended at 1.0.10.
    locked: false,
    minutes: "3 to 7",
};

/// The path of the tool, installed if it is neither on `PATH` nor in the cache.
pub(super) fn ready(places: &Places, tool: &CargoTool) -> Result<PathBuf> {
    let version = locked_version(places, tool.follows)?;
    if let Some(found) = children::on_path(&[tool.binary]).filter(|found| has_version(found, &version)) {
        return Ok(found);
    }
    let home = places.tools.join(format!("{}-{version}", tool.package));
    let binary = home.join("bin").join(tool.binary);
    if binary.is_file() {
        return Ok(binary);
    }
    eprintln!(
        "setup: building {} {version} into {} (once; {} minutes on two cores)",
        tool.package,
        home.display(),
        tool.minutes
    );
    // Built beside its place and moved there when whole, so that a broken install is never taken for a good one.
    let unfinished = places.tools.join(format!("{}-{version}.unfinished-{}", tool.package, process::id()));
    let wanted = ["install", tool.package, "--version", &version];
    let locked = if tool.locked { &["--locked"][..] } else { &[] };
    let mut install = children::cargo(&places.root);
    install.args(wanted).args(locked).arg("--root").arg(&unfinished);
    let installed = children::run(&mut install).with_context(|| {
        format!(
            "{} {version} could not be installed. It comes from crates.io and needs a network and a C linker. \
             Without a network: run `cargo {} {} --root {home}` on a machine that has one, and copy that folder here.",
            tool.package,
            wanted.join(" "),
            locked.join(" "),
            home = home.display(),
        )
    });
    if let Err(error) = installed {
        // The folder is a leftover either way; the reason that matters is the one above.
        let _ = fs::remove_dir_all(&unfinished);
        return Err(error);
    }
    // Absent unless an earlier, incomplete folder lies there.
    let _ = fs::remove_dir_all(&home);
    fs::rename(&unfinished, &home).with_context(|| format!("cannot move {} into place", tool.package))?;
    Ok(binary)
}

/// Whether a program says this version of itself (`wasm-bindgen 0.2.130`).
pub(super) fn has_version(program: &PathBuf, version: &str) -> bool {
    children::ask(program, &["--version"]).is_some_and(|said| said.split_whitespace().any(|word| word == version))
}

/// The version of a crate in `Cargo.lock`.
fn locked_version(places: &Places, package: &str) -> Result<String> {
    let path = places.root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in(&lock, package).with_context(|| format!("Cargo.lock names no package {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_its_own_package() {
        let lock = "[[package]]\nname = \"worker-macros\"\nversion = \"0.8.1\"\n\n[[package]]\nname = \"worker\"\nversion = \"0.8.7\"\n";
        assert_eq!(version_in(lock, "worker").as_deref(), Some("0.8.7"));
        assert_eq!(version_in(lock, "work"), None);
    }
}
