//! `cargo xtask test`: every layer in the order of what fails fastest, a table of them, and one line of truth at the end.
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::setup::{self, Browser, Tools};
use crate::{budgets, build, children, sim, stack, tidy};

/// How many tests passed and failed; a tidy rule and a budget count like a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// What could not be checked here, and why; said below the table.
    pub(crate) not_checked: Option<&'static str>,
}

impl Tally {
    /// So many, and nothing left unchecked.
    pub(crate) fn new(passed: u64, failed: u64) -> Self {
        Self { passed, failed, not_checked: None }
    }

    /// One more.
    pub(crate) fn count(&mut self, has_passed: bool) {
        if has_passed { self.passed += 1 } else { self.failed += 1 }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// A layer by the word that selects it.
struct Layer {
    name: &'static str,
    run: fn(&Places) -> Result<Tally>,
}

/// The word for the layers that a maintainer runs after a change.
const QUICK: &str = "quick";
/// Formatting, lints, dependencies, house rules, every test that needs neither Worker nor browser (use cases on SQLite among them),
/// and a few hundred simulated worlds.
const QUICK_LAYERS: [Layer; 6] = [
    Layer { name: "fmt", run: fmt },
    Layer { name: "lints", run: lints },
    Layer { name: "supply", run: supply },
    Layer { name: "tidy", run: tidy::check },
    Layer { name: "unit", run: unit },
    Layer { name: "sim", run: few_worlds },
];
/// Seeds of the quick layers; the whole runs 10,000.
const FEW_SEEDS: u64 = 500;

const LAYERS: [Layer; 17] = [
    Layer { name: "fmt", run: fmt },
    Layer { name: "lints", run: lints },
    Layer { name: "supply", run: supply },
    Layer { name: "tidy", run: tidy::check },
    Layer { name: "unit", run: unit },
    Layer { name: "sim", run: worlds },
    Layer { name: "load", run: load },
    Layer { name: "build", run: |places| build::all(places, &Tools::ready(places)?).map(|()| Tally::default()) },
    Layer { name: "budgets", run: |places| budgets::check(places, &Tools::ready(places)?) },
    Layer { name: "capture", run: capture },
    Layer { name: "edge", run: edge },
    Layer { name: "attacks", run: attacks },
    Layer { name: "ending", run: ending },
    Layer { name: "kills", run: kills },
    Layer { name: "outage", run: outage },
    Layer { name: "journey", run: journey },
    Layer { name: "shops", run: shops },
];

/// The layers ran and were told of, but not everything passed: nothing is left to say after the closing line.
#[derive(Debug)]
pub(crate) struct NotPassed;

impl fmt::Display for NotPassed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not everything passed")
    }
}

impl std::error::Error for NotPassed {}

/// A layer that ran.
struct Ran {
    name: &'static str,
    tally: Tally,
    took: Duration,
}

/// Tests of the use cases that take minutes; edge/Cargo.toml leaves them out of the layer `unit`.
const LONG_TESTS: [&str; 3] = ["load", "honest_crowd", "nth_failure"];

/// Runs every layer, the quick ones, or the one named; a broken layer does not keep the later ones from being seen.
pub(crate) fn run(places: &Places, only: Option<&str>) -> Result<()> {
    let layers = if only == Some(QUICK) { &QUICK_LAYERS[..] } else { &LAYERS[..] };
    let is_chosen = |layer: &&Layer| only.is_none_or(|word| word == layer.name || word == QUICK);
    let chosen: Vec<&Layer> = layers.iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        let names = LAYERS.map(|layer| layer.name).join(", ");
        bail!("no layer {}; there are {QUICK}, {names}", only.unwrap_or_default());
    }
    if only.is_none() {
        // First, so that a missing tool is told before minutes of compiling.
        Tools::ready(places)?;
        Browser::ready()?;
    }
    let ran: Vec<Ran> = chosen.into_iter().map(|layer| run_layer(places, layer)).collect();
    print!("\n{}", report(&ran));
    if ran.iter().any(|layer| layer.tally.failed > 0) {
        return Err(NotPassed.into());
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a layer's minutes are told; the ban is for the Worker and the page")]
fn run_layer(places: &Places, layer: &Layer) -> Ran {
    let name = layer.name;
    println!("== {name}");
    let start = Instant::now();
    let tally = (layer.run)(places).unwrap_or_else(|error| {
        println!("{error:#}");
        // A layer that could not run to its end is one failure, however many tests it would have had.
        Tally::new(0, 1)
    });
    println!("== {name}: {} passed, {} failed", tally.passed, tally.failed);
    Ran { name, tally, took: start.elapsed() }
}

/// A table of the layers with their minutes and seconds, and below it the closing line.
fn report(ran: &[Ran]) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{:<10} {:>7} {:>7} {:>8}\n", "layer", "passed", "failed", "min:s");
    let mut line = |name: &str, tally: Tally, took: Duration| {
        let seconds = took.as_secs();
        let clock = format!("{}:{:02}", seconds / 60, seconds % 60);
        let _ = writeln!(text, "{name:<10} {:>7} {:>7} {clock:>8}", tally.passed, tally.failed);
    };
    let (mut sum, mut took) = (Tally::default(), Duration::ZERO);
    for layer in ran {
        line(layer.name, layer.tally, layer.took);
        sum.add(layer.tally);
        took += layer.took;
    }
    line("together", sum, took);
    for Ran { name, tally, .. } in ran {
        if let Some(what) = tally.not_checked {
            let _ = writeln!(text, "\n{name}: NOT CHECKED: {what}.");
        }
    }
    let _ = writeln!(text, "\n{} passed, {} failed", sum.passed, sum.failed);
    text
}

fn fmt(places: &Places) -> Result<Tally> {
    children::run(children::cargo(&places.root).args(["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` sets it right")?;
    Ok(Tally::default())
}

/// Clippy twice: natively for everything, and for wasm, where the Worker's adapters and the page's exports exist.
fn lints(places: &Places) -> Result<Tally> {
    let native = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    children::run(children::cargo(&places.root).args(native))?;
    for package in [&["cartwake-edge"][..], &["cartwake-tracker", "--features", "wasm"], &["cartwake-restore"]] {
        let mut clippy = children::cargo(&places.root);
        clippy.args(["clippy", "--quiet", "--target", "wasm32-unknown-unknown", "--package"]).args(package);
        children::run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(Tally::default())
}

/// What the project depends on: licences, bans, sources, and known vulnerabilities as far as their list can be had. The
/// list is a git repository that no package registry serves; where it cannot be fetched, the layer says what it left out.
fn supply(places: &Places) -> Result<Tally> {
    let deny = setup::cargo_deny(places)?;
    let command = |words: &[&str]| {
        let mut command = Command::new(&deny);
        command.args(words).current_dir(&places.root);
        command
    };
    children::run(&mut command(&["check", "bans", "licenses", "sources"]))?;
    let fetched = command(&["fetch", "db"]).output().context("cannot start cargo-deny")?;
    if !fetched.status.success() {
        println!("{}", String::from_utf8_lossy(&fetched.stderr).trim());
        return Ok(Tally { not_checked: Some(NO_ADVISORIES), ..Tally::new(1, 0) });
    }
    children::run(&mut command(&["check", "--disable-fetch", "advisories"]))?;
    Ok(Tally::new(2, 0))
}

/// What `supply` leaves out where only the package registries answer.
const NO_ADVISORIES: &str = "known vulnerabilities and yanked versions of the crates: the advisory database of RustSec could \
                             not be fetched. Run `cargo xtask test supply` where it can";

/// Everything that needs no Worker and no browser.
fn unit(places: &Places) -> Result<Tally> {
    cargo_test(children::cargo(&places.root).args(["test", "--workspace", "--no-fail-fast"]))
}

/// Whole deployments in which everything goes wrong, and the planted bugs.
fn worlds(places: &Places) -> Result<Tally> {
    sim::run(places, &sim::Worlds::default())?;
    Ok(Tally::new(1, 0))
}

/// Enough worlds to show a broken promise that a change touches often.
fn few_worlds(places: &Places) -> Result<Tally> {
    sim::run(places, &sim::Worlds { seeds: FEW_SEEDS, ..sim::Worlds::default() })?;
    Ok(Tally::new(1, 0))
}

/// The tracker's modules in Chromium, as they lie in the checkout.
fn capture(places: &Places) -> Result<Tally> {
    let mut test = children::cargo(&places.root);
    test.args(["test", "--package", "cartwake-tests", "--test", "capture", "--test", "attacks", "--no-fail-fast"]);
    stack::lend(places, &mut test, &Tools::ready(places)?, Some(&Browser::ready()?));
    test.env("RUST_BACKTRACE", "0");
    cargo_test(&mut test)
}

/// A hundred thousand reminders at once, an honest crowd for weeks, and the n-th database call that fails for every n; optimised,
/// since an unoptimised build would need many minutes.
fn load(places: &Places) -> Result<Tally> {
    let mut test = children::cargo(&places.root);
    test.args(["test", "--profile", "simulation", "--package", "cartwake-edge", "--no-fail-fast"]);
    test.args(LONG_TESTS.iter().flat_map(|name| ["--test", name])).args(["--", "--nocapture"]);
    cargo_test(&mut test)
}

/// The built Worker in workerd, spoken to over HTTP.
fn edge(places: &Places) -> Result<Tally> {
    with_stack(places, None, "refusals", &[])
}

/// What strangers tried, against the built Worker; each row prints what it measured.
fn attacks(places: &Places) -> Result<Tally> {
    with_stack(places, None, "strangers", &[])
}

/// The demo, ended in every way; the test prints a line for each, so nothing is captured.
fn ending(places: &Places) -> Result<Tally> {
    with_stack(places, None, "ending", &["--nocapture"])
}

/// The Worker killed while it stores and sends; its table is shown, so nothing is captured.
fn kills(places: &Places) -> Result<Tally> {
    with_stack(places, None, "kills", &["--nocapture", "--test-threads=1"])
}

/// A failing database under the Worker and a browser; its table is shown.
fn outage(places: &Places) -> Result<Tally> {
    with_stack(places, Some(&Browser::ready()?), "outage", &["--nocapture", "--test-threads=1"])
}

/// The journeys through workerd and Chromium.
fn journey(places: &Places) -> Result<Tally> {
    with_stack(places, Some(&Browser::ready()?), "journey", &[])
}

/// Shops without any configuration, with the tag alone.
fn shops(places: &Places) -> Result<Tally> {
    with_stack(places, Some(&Browser::ready()?), "shops", &[])
}

fn with_stack(places: &Places, browser: Option<&Browser>, file: &str, flags: &[&str]) -> Result<Tally> {
    let tools = Tools::ready(places)?;
    build::all(places, &tools)?;
    let mut test = children::cargo(&places.root);
    test.args(["test", "--package", "cartwake-tests", "--test", file, "--no-fail-fast", "--"]).args(flags);
    stack::lend(places, &mut test, &tools, browser);
    // An error tells which promise was broken; where in the runtime it passed through helps nobody.
    test.env("RUST_BACKTRACE", "0");
    cargo_test(&mut test)
}

/// Runs `cargo test`, shows what it prints and adds up its result lines.
fn cargo_test(command: &mut Command) -> Result<Tally> {
    let line = children::line(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {line}"))?;
    let output = child.stdout.take().context("standard output was piped")?;
    let mut tally = Tally::default();
    for printed in BufReader::new(output).lines() {
        let printed = printed?;
        println!("{printed}");
        tally.add(result_of(&printed).unwrap_or_default());
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        bail!("{line} ended with {status}");
    }
    Ok(tally)
}

/// `test result: ok. 12 passed; 0 failed; …`
fn result_of(printed: &str) -> Option<Tally> {
    let (_, counts) = printed.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        let part = counts.split("; ").find(|part| part.ends_with(word))?;
        part.split(' ').next()?.parse().ok()
    };
    Some(Tally::new(count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_ends_with_the_closing_line() {
        let ran = |name, passed, failed, seconds| Ran {
            name,
            tally: Tally::new(passed, failed),
            took: Duration::from_secs(seconds),
        };
        let expected = "\
layer       passed  failed    min:s
unit           800       0     1:05
shops           12       1    12:00
together       812       1    13:05

812 passed, 1 failed
";
        assert_eq!(report(&[ran("unit", 800, 0, 65), ran("shops", 12, 1, 720)]), expected);
    }

    #[test]
    fn what_was_not_checked_is_said_above_the_closing_line() {
        let tally = Tally { not_checked: Some("the moon"), ..Tally::new(1, 0) };
        let report = report(&[Ran { name: "supply", tally, took: Duration::ZERO }]);
        assert!(report.ends_with("\nsupply: NOT CHECKED: the moon.\n\n1 passed, 0 failed\n"), "{report}");
    }

    #[test]
    fn result_lines_are_counted_and_others_are_not() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(result_of(line), Some(Tally::new(12, 3)));
        assert_eq!(result_of("test money::adds ... ok"), None);
    }
}
