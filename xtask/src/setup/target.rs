//! Installs the compiler's wasm target.
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::children;
use crate::places::Places;

const TARGET: &str = "wasm32-unknown-unknown";

/// Adds the target when the compiler in use does not have it.
pub(super) fn ready(places: &Places) -> Result<()> {
    let sysroot = children::ask("rustc", &["--print", "sysroot"]).context("rustc is not on PATH")?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    eprintln!("setup: adding the compiler target {TARGET}");
    children::run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(&places.root)).with_context(|| {
        format!(
            "The Rust compiler has no {TARGET} target. With rustup and a network: `rustup target add {TARGET}`. \
             Where Rust comes from a distribution, install its package for that target (Debian: libstd-rust-dev-wasm32)."
        )
    })
}
