//! Weighs files compressed by Node, as the budgets do.
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::tools::{self, Tools};

/// Sums of bytes over some files.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    /// As the files lie on disk.
    pub(super) raw: u64,
    /// Each file as brotli, quality 11.
    pub(super) brotli: u64,
    /// Each file as gzip, level 9.
    pub(super) gzip: u64,
}

impl Weight {
    /// Weighs these files.
    pub(super) fn of(files: &[PathBuf]) -> Result<Self> {
        let tools = Tools::from_environment()?;
        let script = tools::checkout().join("xtask/src/sizes.mjs");
        let answer = Command::new(&tools.node).arg(script).args(files).output()?;
        let sizes: Vec<Value> = serde_json::from_slice(&answer.stdout).context("sizes.mjs prints JSON")?;
        let sum = |key: &str| sizes.iter().filter_map(|size| size[key].as_u64()).sum();
        Ok(Self { raw: sum("raw"), brotli: sum("brotli"), gzip: sum("gzip") })
    }
}
