//! `cargo xtask deploy`: builds the Worker, checks its settings and hands it to wrangler.
//!
//! It refuses a demo's shortened times, and a mail provider that cannot be asked as it is configured.
use std::env;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::places::Places;
use crate::setup::Tools;
use crate::tidy::bindings::without_comments;
use crate::{build, children};

/// Settings that only a demo or a test may have; the Worker believes them wherever it runs.
const NEVER_DEPLOYED: [&str; 2] = ["CARTWAKE_DEMO_", "CARTWAKE_TEST_"];

/// Deploys; a dry run only lets wrangler check configuration and bundle.
pub(crate) fn run(places: &Places, is_dry_run: bool) -> Result<()> {
    refuse_demo_settings(places)?;
    let configuration = fs::read_to_string(places.edge().join("wrangler.jsonc"))?;
    let configuration: Value =
        serde_json::from_str(&without_comments(&configuration)).context("edge/wrangler.jsonc")?;
    check_mail(&configuration["vars"])?;
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

/// Hosts of the providers' mail APIs, by the words of `CARTWAKE_MAIL_PROVIDER` (`shared/src/provider.rs`).
const MAIL_APIS: [(&str, &str); 3] =
    [("resend", "api.resend.com"), ("postmark", "api.postmarkapp.com"), ("brevo", "api.brevo.com")];

/// Settings of the mail provider that the Worker would only find wrong when the first mail is due.
fn check_mail(variables: &Value) -> Result<()> {
    let text = |name: &str| variables[name].as_str().unwrap_or_default();
    let provider = Some(text("CARTWAKE_MAIL_PROVIDER")).filter(|word| !word.is_empty()).unwrap_or("resend");
    ensure!(
        MAIL_APIS.iter().any(|(word, _)| *word == provider),
        "CARTWAKE_MAIL_PROVIDER is {provider:?}; known are resend, postmark and brevo"
    );
    ensure!(
        provider != "postmark" || !text("CARTWAKE_MAIL_STREAM").is_empty(),
        "Postmark needs CARTWAKE_MAIL_STREAM, the name of a broadcast stream: it pauses senders of promotions elsewhere"
    );
    for (word, host) in MAIL_APIS {
        // The key of one provider must not be sent to another.
        ensure!(
            word == provider || !text("MAIL_API_URL").contains(host),
            "MAIL_API_URL is that of {word}, but CARTWAKE_MAIL_PROVIDER is {provider}"
        );
    }
    let batch = text("CARTWAKE_MAILS_PER_BATCH");
    ensure!(
        matches!(batch, "" | "1") || provider == "resend",
        "CARTWAKE_MAILS_PER_BATCH is {batch}, but of the providers only resend has batches under one key"
    );
    Ok(())
}

/// Searches every place from which wrangler takes variables.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_settings_that_cannot_work_are_refused_before_anything_is_deployed() {
        for (variables, works) in [
            ("{}", true),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"brevo"}"#, true),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"pigeon"}"#, false),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"postmark"}"#, false),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"postmark","CARTWAKE_MAIL_STREAM":"broadcast"}"#, true),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"brevo","MAIL_API_URL":"https://api.resend.com"}"#, false),
            (r#"{"MAIL_API_URL":"https://api.resend.com"}"#, true),
            (r#"{"MAIL_API_URL":"http://127.0.0.1:4100"}"#, true),
            (r#"{"CARTWAKE_MAILS_PER_BATCH":"50"}"#, true),
            (r#"{"CARTWAKE_MAILS_PER_BATCH":"50","CARTWAKE_MAIL_PROVIDER":"brevo"}"#, false),
        ] {
            let variables: Value = serde_json::from_str(variables).unwrap();
            assert_eq!(check_mail(&variables).is_ok(), works, "{variables}");
        }
    }
}
