//! The Worker in workerd under `wrangler dev`, with its own database, settings store and secrets.
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::explorer::Explorer;
use crate::process::Server;
use crate::tools::{Tools, checkout};

/// The running Worker.
pub struct Worker {
    /// `http://localhost:<port>`.
    pub origin: String,
    /// Its database and costs.
    pub explorer: Explorer,
    http: reqwest::Client,
    server: Server,
}

/// What a run of the Worker is given.
pub(super) struct Settings<'a> {
    pub(super) port: u16,
    pub(super) mail_api: &'a str,
    pub(super) admin_secret: &'a str,
    /// So many seconds stand for an hour in every rule; none for real time.
    pub(super) hour_seconds: Option<u32>,
    /// Whether `/test/panic` panics.
    pub(super) has_faults: bool,
}

/// Keys of a stack that lives for minutes on one machine; the secrets of a deployment are random.
const KEYS: [(&str, &str); 3] = [
    ("CARTWAKE_ROOT_KEY", "b25seSBmb3IgdGhlIGRlbW86IHRoaXJ0eS10d28gYnk="),
    ("CARTWAKE_MAILBOX_KEY", "b25seSBmb3IgdGhlIGRlbW86IGEgc2Vjb25kIGtleSE="),
    ("MAIL_API_KEY", "re_demo"),
];

/// What the platform would know about the client. Left alone, the runtime says Texas, where another right to mail holds.
const PLACE: &str =
    r#"{ "country": "DE", "continent": "EU", "city": "Berlin", "timezone": "Europe/Berlin", "colo": "TXL" }"#;

impl Worker {
    /// Applies the migrations to a new database in `folder` and starts the Worker on it.
    pub(super) async fn start(
        tools: &Tools,
        http: &reqwest::Client,
        folder: &Path,
        settings: &Settings<'_>,
    ) -> Result<Self> {
        let edge = checkout().join("edge");
        let state = folder.join("state");
        migrate(tools, &edge, &state, folder)?;
        let place = folder.join("place.json");
        fs::write(&place, PLACE)?;

        // By name: browsers take `localhost` for a secure place, as the log-in's `__Host-` cookie asks for.
        let origin = format!("http://localhost:{}", settings.port);
        let mut script = vec![tools.wrangler.display().to_string()];
        let words = ["dev", "--ip", "127.0.0.1", "--inspector-port", "0", "--show-interactive-dev-session=false"];
        script.extend(words.map(str::to_owned));
        script.extend(["--port".to_owned(), settings.port.to_string()]);
        script.extend(["--persist-to".to_owned(), state.display().to_string()]);
        script.extend(["--var".to_owned(), format!("MAIL_API_URL:{}", settings.mail_api)]);
        if let Some(seconds) = settings.hour_seconds {
            script.extend(["--var".to_owned(), format!("CARTWAKE_DEMO_HOUR_SECONDS:{seconds}")]);
        }
        if settings.has_faults {
            script.extend(["--var".to_owned(), "CARTWAKE_TEST_FAULTS:1".to_owned()]);
        }
        let server = Server::start(tools, folder, "worker", &tools.node, &script, |command| {
            quiet(command, folder).current_dir(&edge);
            // The names in `secrets.required` are taken from the environment.
            command.env("CARTWAKE_ADMIN_SECRET", settings.admin_secret).envs(KEYS);
            // A fresh file of one's own is taken without asking the network.
            command.env_remove("CLOUDFLARE_CF_FETCH_ENABLED").env("CLOUDFLARE_CF_FETCH_PATH", &place);
        })?;
        let explorer = Explorer::new(http.clone(), &origin);
        let mut worker = Self { origin, explorer, http: http.clone(), server };
        // Any answer will do: until the first cron run the health path rightly says 503.
        worker.server.answers(http, &format!("{}/health", worker.origin)).await?;
        Ok(worker)
    }

    /// Runs the cron trigger as if it were scheduled for that moment (milliseconds since 1970 UTC).
    pub async fn cron(&self, at_ms: i64) -> Result<()> {
        let address = format!("{}/cdn-cgi/local/scheduled?cron=*+*+*+*+*&time={at_ms}&format=json", self.origin);
        let response = self.http.get(address).send().await?;
        let answer = response.text().await?;
        if !answer.contains(r#""outcome":"ok""#) {
            bail!("the cron run ended with {answer}; see {}", self.log().display());
        }
        Ok(())
    }

    /// Where the Worker's log lines are.
    pub fn log(&self) -> &Path {
        self.server.log()
    }
}

/// Brings an empty database to the schema of this checkout.
fn migrate(tools: &Tools, edge: &Path, state: &Path, folder: &Path) -> Result<()> {
    let mut command = Command::new(&tools.node);
    command.arg(&tools.wrangler).args(["d1", "migrations", "apply", "DB", "--local", "--persist-to"]).arg(state);
    let output = quiet(&mut command, folder).current_dir(edge).output().context("cannot start wrangler")?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("the migrations were not applied:\n{}", String::from_utf8_lossy(&said));
    }
    Ok(())
}

/// No metrics, no questions, no rebuild (the Worker was built before the stack is started), and nothing left in the
/// user's own folders.
fn quiet<'command>(command: &'command mut Command, folder: &Path) -> &'command mut Command {
    command
        .env("CI", "true")
        .env("CARTWAKE_PREBUILT", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("WRANGLER_LOG_PATH", folder.join("wrangler"))
        .env("WRANGLER_REGISTRY_PATH", folder.join("registry"))
}
