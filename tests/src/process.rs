//! Runs servers as child processes: log file, readiness, and an end that reaches the whole process group.
pub mod ending;

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::tools::{Tools, checkout};
use crate::wait;

/// A cold start of wrangler takes 4 s on two idle cores; ten times that covers a busy machine.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A running server; dropping it ends its whole process group.
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

/// A program under the supervisor. Its standard input is the supervisor's leash: once our end closes, the program ends.
fn supervised(tools: &Tools, program: &Path) -> Command {
    let mut command = Command::new(&tools.node);
    command.arg(checkout().join("tests/src/process/supervise.mjs")).arg(program).stdin(Stdio::piped());
    // A signal to our process group, SIGKILL among them, must not take the supervisor and leave its server behind.
    command.process_group(0);
    command
}

/// Runs a program under the supervisor to its end and returns its output.
pub(crate) fn output<A: AsRef<OsStr>>(
    tools: &Tools,
    program: &Path,
    arguments: &[A],
    set_up: impl FnOnce(&mut Command),
) -> Result<Output> {
    let mut command = supervised(tools, program);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    set_up(&mut command);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    // `wait_with_output` would close it and so end the program.
    let leash = child.stdin.take();
    let output = child.wait_with_output().with_context(|| format!("cannot wait for {}", program.display()));
    drop(leash);
    output
}

impl Server {
    /// Starts a program under the supervisor, its output at the end of `<folder>/<name>.log`.
    pub(crate) fn start<A: AsRef<OsStr>>(
        tools: &Tools,
        folder: &Path,
        name: &'static str,
        program: &Path,
        arguments: &[A],
        set_up: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = supervised(tools, program);
        command.args(arguments).stderr(output.try_clone()?).stdout(output);
        set_up(&mut command);
        let child = command.spawn().with_context(|| format!("cannot start {}", tools.node.display()))?;
        Ok(Self { name, child, log })
    }

    /// Waits until the address answers at all.
    pub(crate) async fn answers(&mut self, http: &reqwest::Client, address: &str) -> Result<()> {
        let (name, child) = (self.name, &mut self.child);
        let what = format!("{name} to answer");
        let ready = wait::until(&what, READY_WITHIN, || {
            let ended = child.try_wait();
            let request = http.get(address).send();
            async move {
                if let Some(status) = ended? {
                    bail!("{name} ended with {status}");
                }
                Ok(request.await.ok().map(drop))
            }
        });
        let outcome = ready.await;
        outcome.with_context(|| format!("{} ends with:\n{}", self.log.display(), self.tail()))
    }

    /// Ends the whole process group by `SIGKILL` and waits until it is gone.
    pub(crate) fn kill(&mut self) -> Result<()> {
        let (name, child) = (self.name, &mut self.child);
        // Kept open until the end: closing it would ask the group to end by itself.
        let mut input = child.stdin.take().with_context(|| format!("{name} was ended before"))?;
        input.write_all(b"kill").with_context(|| format!("{name} ended by itself"))?;
        child.wait().with_context(|| format!("cannot wait for {name}"))?;
        Ok(())
    }

    /// The log file.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    fn tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.split_at(lines.len().saturating_sub(20)).1.join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing standard input is the sign to end; waiting keeps the folder's files from changing under its removal.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
