//! Finds or installs Chromium and its driver, for the journey and the browser tests.
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::children;

/// Chromium and the driver that speaks `WebDriver` for it.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

const BROWSERS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/// Where macOS keeps it, out of `PATH`.
const MAC_BROWSERS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const DRIVERS: [&str; 1] = ["chromedriver"];

const WHAT_TO_DO: &str = "Install Chromium and its driver: Debian `sudo apt-get install chromium chromium-driver`, \
     Fedora `sudo dnf install chromium chromedriver`, macOS `brew install --cask google-chrome chromedriver`. \
     Elsewhere: any Chrome or Chromium and the chromedriver of the same version, named by \
     CARTWAKE_CHROMIUM and CARTWAKE_CHROMEDRIVER.";

impl Browser {
    /// Finds the pair; on Debian as root it is installed when missing.
    pub(crate) fn ready() -> Result<Self> {
        if let Some(found) = Self::find()? {
            return Ok(found);
        }
        let debian_root = Path::new("/etc/debian_version").exists()
            && children::ask("id", &["-u"]).as_deref() == Some("0")
            && children::on_path(&["apt-get"]).is_some();
        if !debian_root {
            bail!("No browser was found. {WHAT_TO_DO}");
        }
        eprintln!("setup: installing chromium and chromium-driver from Debian");
        let apt = |arguments: &[&str]| {
            children::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
        };
        apt(&["update", "-q"])
            .and_then(|()| apt(&["install", "-y", "-q", "--no-install-recommends", "chromium", "chromium-driver"]))
            .with_context(|| format!("The browser could not be installed. {WHAT_TO_DO}"))?;
        Self::find()?.with_context(|| format!("Debian's packages brought no browser. {WHAT_TO_DO}"))
    }

    fn find() -> Result<Option<Self>> {
        let chromium = named("CARTWAKE_CHROMIUM")?
            .or_else(|| children::on_path(&BROWSERS))
            .or_else(|| MAC_BROWSERS.iter().map(PathBuf::from).find(|path| path.is_file()));
        let driver = named("CARTWAKE_CHROMEDRIVER")?.or_else(|| children::on_path(&DRIVERS));
        Ok(chromium.zip(driver).map(|(chromium, driver)| Self { chromium, driver }))
    }

    /// Tells the test library which pair to use.
    pub(crate) fn lend(&self, command: &mut Command) {
        command.env("CARTWAKE_CHROMIUM", &self.chromium).env("CARTWAKE_CHROMEDRIVER", &self.driver);
    }
}

/// A path given by hand, which must be right.
fn named(variable: &str) -> Result<Option<PathBuf>> {
    let Some(path) = env::var_os(variable).map(PathBuf::from) else { return Ok(None) };
    if !path.is_file() {
        bail!("{variable} names {}, which is no file", path.display());
    }
    Ok(Some(path))
}
