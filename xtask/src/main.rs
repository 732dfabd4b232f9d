//! The build language of the project: `cargo xtask <command>`. Each command sets up what it needs by itself.
#![expect(clippy::print_stdout, reason = "a command line answers on standard output")]

mod bench;
mod budgets;
mod build;
mod children;
mod demo;
mod deploy;
mod mail;
mod map;
mod places;
mod setup;
mod shop;
mod sim;
mod sizes;
mod stack;
mod stamp;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::*;

use crate::places::Places;
use crate::setup::Tools;

const HELP: &str = "\
cargo xtask <command>

  demo               the whole thing on this machine: shop, Worker, mailbox, dashboard
    --journey        a scripted shopper does it all in headless Chromium and checks every step
    --shop-port N    port of the shop            (default 8780; 0 takes a free one)
    --worker-port N  port of Worker and dashboard (default 8787)
    --inbox-port N   port of the mailbox          (default 8790)
  test [layer]       everything, or one layer: fmt, lints, supply, tidy, unit, sim, load, build, budgets, capture,
                     edge, attacks, ending, kills, outage, journey, shops; ends with a table of layers and minutes
  test quick         after a change, below four minutes: fmt, lints, supply, tidy, unit and use cases on SQLite, 500 seeds
  ci                 the same as test
  shop [name]        fixture shops in Chromium with the tracker's files as they stand; the Worker is not built again
  build              tracker, static files and Worker into target/cartwake and edge/build
  budgets            every counted budget with figure, target and gate
  sim                seeded worlds in which everything goes wrong; a failing one is made short;
                     with the first seeds, the bugs put in on purpose must be found too
    --seeds N        how many                     (default 20000)
    --from S         the first one                (default 1)
    --planted        looks only for the bugs put in on purpose
  bench tracker      the tracker beside its peers in one run of Chromium; writes docs/benchmarks.md
  bench start        the Worker's cold start beside that of a TypeScript Worker; writes the same page
  bench attack       1, 10 and 100 networks against one site: who is mailed, who waits; writes the same page
  map [word]         each source file with its first line, by room; or those with the word in path or line
  tidy               the map of rooms (docs/ARCHITECTURE.md) and the house rules against the tree
  mail [--check]     compiles the mails' MJML into the templates the Worker carries
  deploy [--dry-run] builds and hands the Worker to wrangler
  setup              only installs what the other commands would

First use installs the wasm target, three cargo tools (into ~/.cache/cartwake, or CARTWAKE_CACHE), npm packages
and, on Debian as root, Chromium. CARTWAKE_CHROMIUM and CARTWAKE_CHROMEDRIVER name a browser and driver by hand.
";

fn main() -> ExitCode {
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        // Its report is the last thing to be read.
        Err(error) if error.is::<test::NotPassed>() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\ncargo xtask: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  because {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The words and options of the command line.
#[derive(Default)]
struct Typed {
    command: Option<String>,
    layer: Option<String>,
    is_journey: bool,
    is_dry_run: bool,
    is_check: bool,
    ports: demo::Ports,
    worlds: sim::Worlds,
}

fn command() -> Result<()> {
    let typed = parse(lexopt::Parser::from_env())?;
    let places = Places::find()?;
    match typed.command.as_deref() {
        Some("demo") => demo::run(&places, typed.is_journey, &typed.ports),
        Some("test" | "ci") => test::run(&places, typed.layer.as_deref()),
        Some("shop") => shop::run(&places, typed.layer.as_deref()),
        Some("build") => build::all(&places, &Tools::ready(&places)?),
        Some("budgets") => budgets::run(&places, &Tools::ready(&places)?),
        Some("sim") => sim::run(&places, &typed.worlds),
        Some("bench") => bench::run(&places, typed.layer.as_deref()),
        Some("map") => map::run(&places, typed.layer.as_deref()),
        Some("tidy") => tidy::run(&places),
        Some("mail") => mail::compile(&places.root, typed.is_check),
        Some("deploy") => deploy::run(&places, typed.is_dry_run),
        Some("setup") => Tools::ready(&places)
            .and_then(|_| setup::cargo_deny(&places))
            .and_then(|_| setup::Browser::ready())
            .map(|_| ()),
        Some("help") | None => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => bail!("no command {other}; `cargo xtask help` lists them"),
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Typed> {
    let mut typed = Typed::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("journey") => typed.is_journey = true,
            Long("dry-run") => typed.is_dry_run = true,
            Long("check") => typed.is_check = true,
            Long("shop-port") => typed.ports.shop = parser.value()?.parse()?,
            Long("worker-port") => typed.ports.worker = parser.value()?.parse()?,
            Long("inbox-port") => typed.ports.inbox = parser.value()?.parse()?,
            Long("seeds") => typed.worlds.seeds = parser.value()?.parse()?,
            Long("from") => typed.worlds.from = parser.value()?.parse()?,
            Long("planted") => typed.worlds.are_planted = true,
            Short('h') | Long("help") => typed.command = Some("help".to_owned()),
            Value(word) if typed.command.is_none() => typed.command = Some(word.string()?),
            Value(word) if typed.layer.is_none() => typed.layer = Some(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if typed.layer.is_some() && !matches!(typed.command.as_deref(), Some("test" | "ci" | "shop" | "bench" | "map")) {
        bail!("only `test`, `shop`, `bench` and `map` take a second word");
    }
    Ok(typed)
}
