//! The programs that `cargo xtask` set up, as it names them in the environment.
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Paths of Node and of the scripts it runs.
#[derive(Clone, Debug)]
pub struct Tools {
    pub(crate) node: PathBuf,
    pub(crate) wrangler: PathBuf,
    pub(crate) emulate: PathBuf,
}

impl Tools {
    /// Reads `CARTWAKE_NODE`, `CARTWAKE_WRANGLER` and `CARTWAKE_EMULATE`.
    pub fn from_environment() -> Result<Self> {
        Ok(Self {
            node: path("CARTWAKE_NODE")?,
            wrangler: path("CARTWAKE_WRANGLER")?,
            emulate: path("CARTWAKE_EMULATE")?,
        })
    }
}

/// A path that `cargo xtask` handed down.
pub(crate) fn path(variable: &str) -> Result<PathBuf> {
    let value = env::var_os(variable);
    value
        .map(PathBuf::from)
        .with_context(|| format!("{variable} is not set: start this through `cargo xtask test` or `cargo xtask demo`"))
}

/// The checkout.
pub fn checkout() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}
