//! A workerd process with one Worker in it, and the database and settings store that stand outside of it.
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::project::{Project, SECRET};
use crate::tools::{self, Tools};

/// `tests/bench/cold/store.mjs`, running.
pub(super) struct Store {
    port: u16,
    /// Ends when its standard input closes.
    _process: Child,
}

impl Store {
    /// Opens an empty one with the Worker's schema.
    pub(super) async fn open(root: &Path, project: &Project) -> Result<Self> {
        let mut command = Command::new(Tools::from_environment()?.node);
        command.arg("--disable-warning=ExperimentalWarning").arg(root.join("tests/bench/cold/store.mjs"));
        command.args(&project.migrations).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().context("cannot start the store")?;
        let port = lines(&mut process)?.next_line().await?.context("the store ended at once")?.parse()?;
        Ok(Self { port, _process: process })
    }
}

/// A Worker ready to be started.
pub(super) struct Bench {
    workerd: PathBuf,
    folder: PathBuf,
    _store: Store,
}

/// A Worker that answers; dropping it ends its process.
pub(super) struct Running {
    /// `http://127.0.0.1:<port>`.
    pub(super) origin: String,
    /// From the start of the process until it listens.
    pub(super) listening: Duration,
    _process: Child,
}

impl Bench {
    /// Writes workerd's configuration beside the bundle.
    pub(super) fn lay_out(project: &Project, bundle: &Path, store: Store) -> Result<Self> {
        fs::write(bundle.join("config.capnp"), configuration(project, store.port)?)?;
        Ok(Self { workerd: tools::path("CARTWAKE_WORKERD")?, folder: bundle.to_owned(), _store: store })
    }

    /// Starts a fresh process.
    pub(super) async fn start(&self) -> Result<Running> {
        let log = self.folder.join("workerd.log");
        let mut command = Command::new(&self.workerd);
        command.args(["serve", "--control-fd=1", "config.capnp"]).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?).kill_on_drop(true);
        let begun = Instant::now();
        let mut process = command.spawn().context("cannot start workerd")?;
        let mut lines = lines(&mut process)?;
        while let Some(line) = lines.next_line().await? {
            let listening = begun.elapsed();
            let event: Value = serde_json::from_str(&line)?;
            if let Some(port) = event["port"].as_u64() {
                return Ok(Running { origin: format!("http://127.0.0.1:{port}"), listening, _process: process });
            }
        }
        anyhow::bail!("workerd ended:\n{}", fs::read_to_string(log).unwrap_or_default())
    }
}

fn lines(process: &mut Child) -> Result<Lines<BufReader<ChildStdout>>> {
    Ok(BufReader::new(process.stdout.take().context("no standard output")?).lines())
}

/// workerd's own configuration, with D1 and KV bound to the store.
fn configuration(project: &Project, store: u16) -> Result<String> {
    let mut text = format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n  \
         services = [\n    \
         (name = \"worker\", worker = .worker),\n    \
         (name = \"store\", external = (address = \"127.0.0.1:{store}\", http = ())),\n  ],\n  \
         sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"worker\")],\n);\n\
         const worker :Workerd.Worker = (\n  compatibilityDate = \"{}\",\n  modules = [\n",
        project.compatibility_date
    );
    for module in &project.modules {
        let name = module.file_name().and_then(|name| name.to_str()).context("a module's name is no text")?;
        let kind = if module.extension() == Some("wasm".as_ref()) { "wasm" } else { "esModule" };
        writeln!(text, "    (name = \"{name}\", {kind} = embed \"{name}\"),")?;
    }
    text.push_str("  ],\n  bindings = [\n");
    for name in &project.databases {
        let inner = "[(name = \"fetcher\", service = \"store\")]";
        writeln!(
            text,
            "    (name = \"{name}\", wrapped = (moduleName = \"cloudflare-internal:d1-api\", innerBindings = {inner})),"
        )?;
    }
    for name in &project.namespaces {
        writeln!(text, "    (name = \"{name}\", kvNamespace = \"store\"),")?;
    }
    for name in &project.secrets {
        writeln!(text, "    (name = \"{name}\", text = \"{SECRET}\"),")?;
    }
    text.push_str("  ],\n);\n");
    Ok(text)
}
