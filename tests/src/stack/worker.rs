//! Runs the Worker in workerd under `wrangler dev`, with its own database, settings store and secrets.
use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::explorer::Explorer;
use super::turnstile;
use crate::process::{self, Server};
use crate::tools::{Tools, checkout};
use crate::wait;

/// The running Worker.
pub struct Worker {
    /// `http://localhost:<port>`.
    pub origin: String,
    /// Its database and costs.
    pub explorer: Explorer,
    http: reqwest::Client,
    launch: Launch,
    server: Server,
}

/// The options of a run of the Worker.
pub(super) struct Settings {
    pub(super) port: u16,
    pub(super) mail_api: String,
    /// Where the provider of the challenge is, if there is one.
    pub(super) challenge: Option<String>,
    pub(super) admin_secret: String,
    /// So many seconds stand for an hour in every rule; `None` for real time.
    pub(super) hour_seconds: Option<u32>,
    /// Most mails of one tick; `None` for the Worker's own number.
    pub(super) mails_per_tick: Option<u32>,
    /// Rows that the database may write in a day; `None` for the Worker's own number.
    pub(super) rows_per_day: Option<u32>,
    /// Whether `/test/…` breaks things.
    pub(super) has_faults: bool,
    /// Whether the mail provider's events are taken, proven by [`WEBHOOK_SECRET`].
    pub(super) has_webhook: bool,
}

/// Everything needed to start the same Worker again on the same folder.
struct Launch {
    tools: Tools,
    folder: PathBuf,
    settings: Settings,
}

/// The cron trigger of a Worker, for tasks of their own.
#[derive(Clone, Debug)]
pub struct Trigger {
    http: reqwest::Client,
    origin: String,
    log: PathBuf,
}

/// The kernel frees the port when the last thread of the killed runtime is gone, usually within milliseconds.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// Derives every other key of a stack.
pub const ROOT_KEY: &str = "b25seSBmb3IgdGhlIGRlbW86IHRoaXJ0eS10d28gYnk=";
/// What the mail provider's events are proven by.
pub const WEBHOOK_SECRET: &str = "whsec_b25seSBmb3IgdGVzdHM6IGV2ZW50cyBvZiBtYWls";

/// Keys of a stack that lives for minutes on one machine; the secrets of a deployment are random.
const KEYS: [(&str, &str); 3] = [
    ("CARTWAKE_ROOT_KEY", ROOT_KEY),
    ("CARTWAKE_MAILBOX_KEY", "b25seSBmb3IgdGhlIGRlbW86IGEgc2Vjb25kIGtleSE="),
    ("MAIL_API_KEY", "re_demo"),
];

/// The client's place, as the platform would know it. By default the runtime says Texas, where other law on mail holds.
const PLACE: &str =
    r#"{ "country": "DE", "continent": "EU", "city": "Berlin", "timezone": "Europe/Berlin", "colo": "TXL" }"#;

impl Worker {
    /// Applies the migrations to a new database in `folder` and starts the Worker on it.
    pub(super) async fn start(
        tools: &Tools,
        http: &reqwest::Client,
        folder: &Path,
        settings: Settings,
    ) -> Result<Self> {
        migrate(tools, &checkout().join("edge"), &folder.join("state"), folder)?;
        fs::write(folder.join("place.json"), PLACE)?;
        // By name: browsers take `localhost` for a secure place, as the log-in's `__Host-` cookie asks for.
        let origin = format!("http://localhost:{}", settings.port);
        let launch = Launch { tools: tools.clone(), folder: folder.to_owned(), settings };
        let server = launch.run(http, &origin).await?;
        let explorer = Explorer::new(http.clone(), &origin);
        Ok(Self { origin, explorer, http: http.clone(), launch, server })
    }

    /// Runs the cron trigger as if it were scheduled for that moment (milliseconds since 1970 UTC).
    pub async fn cron(&self, at_ms: i64) -> Result<()> {
        self.trigger().run(at_ms).await
    }

    /// The cron trigger, for runs that overlap or outlive the Worker.
    pub fn trigger(&self) -> Trigger {
        Trigger { http: self.http.clone(), origin: self.origin.clone(), log: self.log().to_owned() }
    }

    /// Ends wrangler and workerd at once by `SIGKILL`.
    pub async fn kill(&mut self) -> Result<()> {
        self.server.kill()?;
        let port = self.launch.settings.port;
        wait::until("the killed Worker's port", GONE_WITHIN, || async move {
            Ok(TcpListener::bind(("127.0.0.1", port)).ok().map(drop))
        })
        .await
    }

    /// Starts the killed Worker again: same folder, same port, same secrets.
    pub async fn restart(&mut self) -> Result<()> {
        self.server = self.launch.run(&self.http, &self.origin).await?;
        Ok(())
    }

    /// Where the Worker's log lines are.
    pub fn log(&self) -> &Path {
        self.server.log()
    }
}

impl Trigger {
    /// Runs the Worker's cron as if it were scheduled for that moment (milliseconds since 1970 UTC).
    pub async fn run(&self, at_ms: i64) -> Result<()> {
        let address = format!("{}/cdn-cgi/local/scheduled?cron=*+*+*+*+*&time={at_ms}&format=json", self.origin);
        let response = self.http.get(address).send().await?;
        let answer = response.text().await?;
        if !answer.contains(r#""outcome":"ok""#) {
            bail!("the cron run ended with {answer}; see {}", self.log.display());
        }
        Ok(())
    }
}

impl Launch {
    /// Starts `wrangler dev` and waits until the Worker answers.
    async fn run(&self, http: &reqwest::Client, origin: &str) -> Result<Server> {
        let Self { tools, folder, settings } = self;
        let mut script = vec![tools.wrangler.display().to_string()];
        let words = ["dev", "--ip", "127.0.0.1", "--inspector-port", "0", "--show-interactive-dev-session=false"];
        script.extend(words.map(str::to_owned));
        script.extend(["--port".to_owned(), settings.port.to_string()]);
        script.extend(["--persist-to".to_owned(), folder.join("state").display().to_string()]);
        let mut variables = vec![("MAIL_API_URL", settings.mail_api.clone())];
        variables.extend(settings.hour_seconds.map(|seconds| ("CARTWAKE_DEMO_HOUR_SECONDS", seconds.to_string())));
        variables.extend(settings.mails_per_tick.map(|mails| ("CARTWAKE_MAILS_PER_TICK", mails.to_string())));
        variables.extend(settings.rows_per_day.map(|rows| ("CARTWAKE_ROWS_PER_DAY", rows.to_string())));
        if settings.has_webhook {
            variables.push(("CARTWAKE_MAIL_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()));
        }
        if let Some(address) = &settings.challenge {
            variables.push(("CARTWAKE_TURNSTILE_URL", address.clone()));
            variables.push(("CARTWAKE_TURNSTILE_SITE_KEY", turnstile::SITE_KEY.to_owned()));
            // A secret elsewhere; here a word that everybody may read.
            variables.push(("CARTWAKE_TURNSTILE_SECRET", turnstile::SECRET.to_owned()));
        }
        if settings.has_faults {
            variables.push(("CARTWAKE_TEST_FAULTS", "1".to_owned()));
        }
        for (name, value) in variables {
            script.extend(["--var".to_owned(), format!("{name}:{value}")]);
        }
        let mut server = Server::start(tools, folder, "worker", &tools.node, &script, |command| {
            quiet(command, folder).current_dir(checkout().join("edge"));
            // The names in `secrets.required` are taken from the environment.
            command.env("CARTWAKE_ADMIN_SECRET", &settings.admin_secret).envs(KEYS);
            // A fresh file of one's own is taken without asking the network.
            command.env_remove("CLOUDFLARE_CF_FETCH_ENABLED");
            command.env("CLOUDFLARE_CF_FETCH_PATH", folder.join("place.json"));
        })?;
        // Any answer will do: until the first cron run the health path rightly says 503.
        server.answers(http, &format!("{origin}/health")).await?;
        Ok(server)
    }
}

/// Brings an empty database to the schema of this checkout.
fn migrate(tools: &Tools, edge: &Path, state: &Path, folder: &Path) -> Result<()> {
    let words = ["d1", "migrations", "apply", "DB", "--local", "--persist-to"].map(OsStr::new);
    let script = [&[tools.wrangler.as_os_str()], &words[..], &[state.as_os_str()]].concat();
    let output = process::output(tools, &tools.node, &script, |command| {
        quiet(command, folder).current_dir(edge);
    })?;
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
