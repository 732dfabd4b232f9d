//! The paths of the checkout, of built files, and of the tools that are kept outside of the checkout.
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders every command works with.
pub(crate) struct Places {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Built files, to which the Worker's configuration points; always inside the checkout, wherever cargo's own target
    /// folder is.
    pub(crate) built: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// Tools that outlive a checkout, one folder per version.
    pub(crate) tools: PathBuf,
}

impl Places {
    /// Finds the folders from the environment that `cargo run` gives.
    pub(crate) fn find() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR").context("start this through `cargo xtask …`")?;
        let root = Path::new(&package).parent().context("xtask has no parent folder")?.to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { built: root.join("target/cartwake"), target, tools: cache()?.join("tools"), root })
    }

    /// The folder from which the platform's command line works.
    pub(crate) fn edge(&self) -> PathBuf {
        self.root.join("edge")
    }

    /// Static files as they are served.
    pub(crate) fn assets(&self) -> PathBuf {
        self.built.join("assets")
    }

    /// The manifest that the Worker embeds: the version and the addresses of the served files.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.built.join("manifest.json")
    }

    /// A path as people write it: relative to the checkout.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// `CARTWAKE_CACHE`, else the platform's cache folder.
fn cache() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("CARTWAKE_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    if let Some(folder) = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        return Ok(Path::new(&folder).join("cartwake"));
    }
    let home = env::var_os("HOME").context("no HOME: set CARTWAKE_CACHE to a folder for the tools")?;
    Ok(Path::new(&home).join(".cache/cartwake"))
}
