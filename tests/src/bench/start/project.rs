//! Reads a Worker's `wrangler.jsonc` and the modules that wrangler bundled.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Stands for every secret: 32 bytes in base64 serve as a key, and any text as a password.
pub(super) const SECRET: &str = "b25seSBmb3IgdGhlIGRlbW86IHRoaXJ0eS10d28gYnk=";

/// A Worker as wrangler would deploy it.
pub(super) struct Project {
    pub(super) compatibility_date: String,
    /// Names of the D1 bindings, the KV bindings and the secrets.
    pub(super) databases: Vec<String>,
    pub(super) namespaces: Vec<String>,
    pub(super) secrets: Vec<String>,
    /// The schema in its order.
    pub(super) migrations: Vec<PathBuf>,
    /// The bundle's scripts and modules; the main script comes first.
    pub(super) modules: Vec<PathBuf>,
}

impl Project {
    /// Reads the configuration in `folder` and what lies in `bundle`.
    pub(super) fn read(folder: &Path, bundle: &Path) -> Result<Self> {
        let path = folder.join("wrangler.jsonc");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let configuration: Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        let bindings = |list: &str| -> Vec<String> {
            let list = configuration[list].as_array().into_iter().flatten();
            list.filter_map(|one| one["binding"].as_str().map(str::to_owned)).collect()
        };
        let secrets = configuration["secrets"]["required"].as_array().into_iter().flatten();
        let date = configuration["compatibility_date"].as_str().context("no compatibility_date")?;
        let migrations = configuration["d1_databases"][0]["migrations_dir"].as_str().unwrap_or("migrations");
        let mut modules = files(bundle, &["js", "wasm"])?;
        modules.sort_by_key(|module| module.file_stem() != Some("index".as_ref()));
        ensure!(!modules.is_empty(), "{} holds no bundle", bundle.display());
        Ok(Self {
            compatibility_date: date.to_owned(),
            databases: bindings("d1_databases"),
            namespaces: bindings("kv_namespaces"),
            secrets: secrets.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            migrations: files(&folder.join(migrations), &["sql"])?,
            modules,
        })
    }
}

/// The files of a folder with one of these endings, by name.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
