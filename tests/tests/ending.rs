//! `cargo xtask demo`, ended in every way a person or a system ends it: afterwards no process that it started is left.
#![expect(clippy::print_stdout, reason = "one line for each way")]
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cartwake_tests::tools::checkout;
use cartwake_tests::wait;

/// From the command to the lines with the addresses; where nothing has to be built this takes seconds.
const UP_WITHIN: Duration = Duration::from_mins(10);
/// The supervisor of each server gives it two seconds before it is ended by force.
const GONE_WITHIN: Duration = Duration::from_secs(15);

/// Whom a signal is sent to.
#[derive(Clone, Copy)]
enum To {
    /// The process that was started as `cargo xtask demo`: cargo becomes xtask, and xtask becomes the demo.
    Program,
    /// Everything in its process group, as Ctrl-C and a closing terminal do.
    Group,
    /// The terminal it runs in, whose end the system tells the group.
    Terminal,
}

#[tokio::test]
async fn an_ended_demo_leaves_no_process() -> Result<()> {
    let ways = [
        ("SIGTERM", To::Program),
        ("SIGINT", To::Program),
        ("SIGHUP", To::Program),
        ("SIGKILL", To::Program),
        ("SIGINT", To::Group),
        ("SIGTERM", To::Group),
        ("SIGKILL", To::Group),
        ("SIGKILL", To::Terminal),
    ];
    for (number, (signal, to)) in ways.into_iter().enumerate() {
        let mut demo = Demo::start(number, matches!(to, To::Terminal))?;
        let started = demo.up().await?;
        // The program, the supervisors of Worker and inbox, both servers, and what wrangler starts.
        ensure!(started >= 6, "only {started} processes belong to the demo: the test does not see all of them");
        let process = demo.child.id();
        let (target, of) = match to {
            To::Program => (process.to_string(), "the program"),
            To::Group => (format!("-{process}"), "its group"),
            To::Terminal => (process.to_string(), "its terminal"),
        };
        send(signal, &target)?;
        demo.gone().await.with_context(|| format!("after {signal} to {of}"))?;
        println!("{signal} to {of}: {started} processes ended");
    }
    Ok(())
}

/// A running demo, in a process group of its own; dropping it ends what a failed test left.
struct Demo {
    child: Child,
    /// Stands in the environment of everything that the demo started, however far down.
    mark: String,
    printed: PathBuf,
}

impl Demo {
    fn start(number: usize, is_in_terminal: bool) -> Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let mark = format!("CARTWAKE_TEST_MARK={}-{number}", std::process::id());
        let printed = env::temp_dir().join(mark.replace('=', "-"));
        let cargo = env::var("CARGO").context("this test is run by cargo")?;
        // `exec`: the process that we know is cargo and not a shell around it.
        let words = format!("exec '{cargo}' xtask demo --shop-port 0 --worker-port 0 --inbox-port 0");
        let mut command = if is_in_terminal {
            let mut command = Command::new("script");
            command.args(["--quiet", "--flush", "--return", "--command", &words, "/dev/null"]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", &words]);
            command
        };
        let (name, value) = mark.split_once('=').context("a mark has a name and a value")?;
        command.env(name, value).current_dir(checkout()).process_group(0).stdin(Stdio::null());
        let output = fs::File::create(&printed)?;
        command.stderr(output.try_clone()?).stdout(output);
        let child = command.spawn().context("cannot start the demo")?;
        Ok(Self { child, mark, printed })
    }

    /// Waits until the demo tells its addresses, and counts its processes.
    async fn up(&mut self) -> Result<usize> {
        let (child, printed) = (&mut self.child, &self.printed);
        wait::until("the demo to tell its addresses", UP_WITHIN, || {
            let ended = child.try_wait();
            async move {
                let text = fs::read_to_string(printed)?;
                ensure!(ended?.is_none(), "the demo ended by itself: {text}");
                Ok(text.contains("Dashboard").then_some(()))
            }
        })
        .await?;
        Ok(self.processes()?.len())
    }

    /// Waits until no process is left.
    async fn gone(&mut self) -> Result<()> {
        let outcome = wait::until("all processes to end", GONE_WITHIN, || {
            // Takes note of its end, or the program would stay in the list of processes.
            let ended = self.child.try_wait();
            let left = ended.map_err(Into::into).and_then(|_| self.processes());
            async move { Ok(left?.is_empty().then_some(())) }
        });
        outcome.await.with_context(|| format!("left are {:?}", self.processes().unwrap_or_default()))
    }

    /// Number and command line of each process that has the mark.
    fn processes(&self) -> Result<Vec<(u32, String)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").context("this test reads the list of processes of Linux")? {
            let entry = entry?;
            let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // A process may end between the list and the look; those of other users do not show their environment.
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment.split(|byte| *byte == 0).any(|variable| variable == self.mark.as_bytes()) {
                let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                found.push((number, String::from_utf8_lossy(&words).replace('\0', " ")));
            }
        }
        Ok(found)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        for (number, _) in self.processes().unwrap_or_default() {
            let _ = send("SIGKILL", &number.to_string());
        }
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.printed);
    }
}

/// Sends a signal by the shell, which knows every name and every process group.
fn send(signal: &str, target: &str) -> Result<()> {
    let name = signal.trim_start_matches("SIG");
    let status = Command::new("sh").args(["-c", &format!("kill -s {name} -- {target}")]).status()?;
    ensure!(status.success(), "kill -s {name} {target} ended with {status}");
    Ok(())
}
