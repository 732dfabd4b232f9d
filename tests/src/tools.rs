//! Paths that `cargo xtask` hands down in the environment: the checkout and the programs that it set up.
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

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

/// The checkout whose files are used. It is found when the program runs and not when it is compiled: a copied or moved
/// checkout contains programs that were compiled elsewhere, and they must not serve the files of that other place.
///
/// `CARTWAKE_CHECKOUT` names it (`cargo xtask` sets it); without that variable it is the folder above the package that
/// `cargo run` or `cargo test` started, or above the present folder.
pub fn checkout() -> &'static Path {
    static CHECKOUT: LazyLock<PathBuf> = LazyLock::new(|| {
        let here = env::current_dir().unwrap_or_default();
        find_checkout(env::var_os("CARTWAKE_CHECKOUT"), env::var_os("CARGO_MANIFEST_DIR"), &here)
    });
    &CHECKOUT
}

/// The named folder, else the nearest folder above the package or above `here` that holds a whole checkout, else `here`.
fn find_checkout(named: Option<OsString>, package: Option<OsString>, here: &Path) -> PathBuf {
    if let Some(named) = named {
        return PathBuf::from(named);
    }
    let package = package.map_or_else(|| here.to_path_buf(), PathBuf::from);
    let is_checkout = |folder: &&Path| folder.join("edge/wrangler.jsonc").is_file();
    let above = package.ancestors().chain(here.ancestors());
    // The last ancestor of a relative path is empty: other folders could not find its files.
    above.filter(|folder| folder.is_absolute()).find(is_checkout).unwrap_or(here).to_path_buf()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_copied_checkout_uses_its_own_files() -> Result<()> {
        let folder = env::temp_dir().join(format!("cartwake-checkouts-{}", std::process::id()));
        let [original, copy] = ["original", "copy"].map(|name| folder.join(name));
        for checkout in [&original, &copy] {
            for part in ["edge", "tests/simulation"] {
                fs::create_dir_all(checkout.join(part))?;
            }
            fs::write(checkout.join("edge/wrangler.jsonc"), "{}")?;
        }
        let found = |named: Option<&Path>, package: Option<PathBuf>, here: &Path| {
            find_checkout(named.map(OsString::from), package.map(OsString::from), here)
        };
        let by_name = found(Some(&copy), Some(original.join("tests")), &original);
        let by_package = found(None, Some(copy.join("tests")), &original);
        let by_inner_package = found(None, Some(copy.join("tests/simulation")), &original);
        let by_place = found(None, None, &copy.join("edge"));
        let nowhere = found(None, None, Path::new("/"));
        let relative = found(None, Some(PathBuf::from("tests")), &copy);
        fs::remove_dir_all(&folder)?;
        assert_eq!([by_name, by_package, by_inner_package, by_place, relative], [&copy; 5].map(Clone::clone));
        assert_eq!(nowhere, Path::new("/"));
        Ok(())
    }

    #[test]
    fn this_program_uses_the_checkout_it_was_started_in() {
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
        assert!(package.starts_with(checkout()), "{} for {}", checkout().display(), package.display());
    }
}
