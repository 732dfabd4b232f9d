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
    check_mail(&configuration["vars"], &mail_providers(places)?)?;
    check_challenge(&configuration["vars"])?;
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

/// What the settings of a mail provider are checked by.
struct MailProvider {
    code: String,
    host: String,
    needs_stream: bool,
    has_batches: bool,
}

/// Reads the providers from their own files, `edge/src/sending/providers/<code>.rs`: this program is compiled before the
/// Worker and does not depend on it.
fn mail_providers(places: &Places) -> Result<Vec<MailProvider>> {
    let folder = places.edge().join("src/sending/providers");
    let mut providers = Vec::new();
    for file in fs::read_dir(&folder)? {
        let source = fs::read_to_string(file?.path())?;
        let Some((_, provider)) = source.split_once("pub const PROVIDER: Provider = Provider {") else { continue };
        let fact = |name: &str| {
            let line = provider.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
            let value = line.map(|value| value.trim_end_matches(',').trim_matches('"').to_owned());
            value.with_context(|| format!("a provider in {} has no {name}", places.shown(&folder)))
        };
        providers.push(MailProvider {
            code: fact("code")?,
            host: fact("host")?,
            needs_stream: fact("needs_stream")? == "true",
            has_batches: fact("batch")? != "None",
        });
    }
    providers.sort_by(|one, other| one.code.cmp(&other.code));
    Ok(providers)
}

/// Settings of the mail provider that the Worker would only find wrong when the first mail is due.
fn check_mail(variables: &Value, providers: &[MailProvider]) -> Result<()> {
    let text = |name: &str| variables[name].as_str().unwrap_or_default();
    let code = Some(text("CARTWAKE_MAIL_PROVIDER")).filter(|word| !word.is_empty()).unwrap_or("resend");
    let codes = |is_meant: fn(&&MailProvider) -> bool| {
        providers.iter().filter(is_meant).map(|provider| provider.code.as_str()).collect::<Vec<_>>().join(", ")
    };
    let provider = providers.iter().find(|provider| provider.code == code);
    let provider = provider
        .with_context(|| format!("CARTWAKE_MAIL_PROVIDER is {code:?}; known providers are {}", codes(|_| true)))?;
    ensure!(
        !provider.needs_stream || !text("CARTWAKE_MAIL_STREAM").is_empty(),
        "{code} needs CARTWAKE_MAIL_STREAM, the name of a broadcast stream: it pauses senders of promotions elsewhere"
    );
    for other in providers {
        // The key of one provider must not be sent to another.
        ensure!(
            other.code == code || !text("MAIL_API_URL").contains(&other.host),
            "MAIL_API_URL is that of {}, but CARTWAKE_MAIL_PROVIDER is {code}",
            other.code
        );
    }
    let batch = text("CARTWAKE_MAILS_PER_BATCH");
    ensure!(
        matches!(batch, "" | "1") || provider.has_batches,
        "CARTWAKE_MAILS_PER_BATCH is {batch}, but {code} has no batches under one key (providers that have: {})",
        codes(|provider| provider.has_batches)
    );
    Ok(())
}

/// Settings of the challenge that give a secret away, or that leave it unprotected on its way.
fn check_challenge(variables: &Value) -> Result<()> {
    const SECRET: &str = "CARTWAKE_TURNSTILE_SECRET";
    ensure!(
        variables[SECRET].is_null(),
        "{SECRET} is a secret: `npx wrangler secret put {SECRET}`, and nothing in `vars`"
    );
    let address = variables["CARTWAKE_TURNSTILE_URL"].as_str().unwrap_or_default();
    let is_here = ["http://127.0.0.1", "http://localhost"].iter().any(|here| address.starts_with(here));
    ensure!(
        address.is_empty() || address.starts_with("https://") || is_here,
        "CARTWAKE_TURNSTILE_URL is {address}: the secret goes there, so it begins with https://"
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
    fn the_secret_of_the_challenge_is_no_variable_and_leaves_encrypted() {
        for (variables, works) in [
            ("{}", true),
            (r#"{"CARTWAKE_TURNSTILE_SITE_KEY":"0x4AAA"}"#, true),
            (r#"{"CARTWAKE_TURNSTILE_SITE_KEY":"0x4AAA","CARTWAKE_TURNSTILE_SECRET":"0x4BBB"}"#, false),
            (r#"{"CARTWAKE_TURNSTILE_URL":"https://proxy.example/turnstile/v0"}"#, true),
            (r#"{"CARTWAKE_TURNSTILE_URL":"http://proxy.example/turnstile/v0"}"#, false),
        ] {
            assert_eq!(check_challenge(&serde_json::from_str(variables).unwrap()).is_ok(), works, "{variables}");
        }
    }

    #[test]
    fn mail_settings_that_cannot_work_are_refused_before_anything_is_deployed() {
        let providers = mail_providers(&Places::find().unwrap()).unwrap();
        let hosts: Vec<&str> = providers.iter().map(|provider| provider.host.as_str()).collect();
        for host in ["api.brevo.com", "api.postmarkapp.com", "api.resend.com"] {
            assert!(hosts.contains(&host), "{hosts:?}");
        }
        for (variables, works) in [
            ("{}", true),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"brevo"}"#, true),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"nobody"}"#, false),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"postmark"}"#, false),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"postmark","CARTWAKE_MAIL_STREAM":"broadcast"}"#, true),
            (r#"{"CARTWAKE_MAIL_PROVIDER":"brevo","MAIL_API_URL":"https://api.resend.com"}"#, false),
            (r#"{"MAIL_API_URL":"https://api.resend.com"}"#, true),
            (r#"{"MAIL_API_URL":"http://127.0.0.1:4100"}"#, true),
            (r#"{"CARTWAKE_MAILS_PER_BATCH":"50"}"#, true),
            (r#"{"CARTWAKE_MAILS_PER_BATCH":"50","CARTWAKE_MAIL_PROVIDER":"brevo"}"#, false),
        ] {
            let variables: Value = serde_json::from_str(variables).unwrap();
            assert_eq!(check_mail(&variables, &providers).is_ok(), works, "{variables}");
        }
    }
}
