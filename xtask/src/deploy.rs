//! `cargo xtask deploy`: builds and hands the Worker to wrangler, but never with a demo's shortened times.
use std::env;
use std::fs;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::setup::Tools;
use crate::{build, children};

/// Settings that only a demo or a test may have; the Worker believes them wherever it runs.
const NEVER_DEPLOYED: [&str; 2] = ["CARTWAKE_DEMO_", "CARTWAKE_TEST_"];

/// Deploys, or asks wrangler only whether it would.
pub(crate) fn run(places: &Places, is_dry_run: bool) -> Result<()> {
    refuse_demo_settings(places)?;
    let tools = Tools::ready(places)?;
    build::all(places, &tools)?;
    let mut deploy = tools.command(&tools.node);
    deploy.arg(&tools.wrangler).arg("deploy").current_dir(places.edge()).env("CARTWAKE_PREBUILT", "1");
    if is_dry_run {
        deploy.arg("--dry-run").arg("--outdir").arg(places.built.join("bundle"));
    } else {
        // Asks before it replaces anything; with CI set it would not.
        deploy.env_remove("CI");
    }
    children::run(&mut deploy)
}

/// Looks wherever wrangler takes variables from.
fn refuse_demo_settings(places: &Places) -> Result<()> {
    for prefix in NEVER_DEPLOYED {
        if let Some((name, _)) = env::vars_os().find(|(name, _)| name.to_string_lossy().starts_with(prefix)) {
            bail!("{} is set in the environment: such settings are for the demo and for tests only", name.display());
        }
        for file in ["wrangler.jsonc", ".dev.vars", ".env", ".env.local"] {
            let path = places.edge().join(file);
            if fs::read_to_string(&path).is_ok_and(|text| text.contains(prefix)) {
                bail!("{} has a {prefix}… setting: those are for the demo and for tests only", places.shown(&path));
            }
        }
    }
    Ok(())
}
