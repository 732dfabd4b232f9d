//! `cargo xtask sim`: runs seeds, prints a table, shrinks the first failing seed; `--planted` looks for planted bugs.
#![expect(clippy::print_stdout, reason = "the table is told on standard output")]
#![expect(clippy::disallowed_methods, reason = "a tool reads the real clock, to say how long it took")]

use std::{process::ExitCode, time::Instant};

use anyhow::{Result, bail};
use cartwake_simulation::{
    ledger::Promise,
    plant::plants,
    run::script,
    shrink::{pasteable, shrink},
    story::tell,
    survey::survey,
};
use lexopt::prelude::*;
use mimalloc::MiMalloc;

/// Seeds each planted bug is looked for in, at most.
const SEEDS_A_BUG: u64 = 2_000;
/// A bug counts as found when so many seeds have failed.
const ENOUGH: usize = 3;

/// SQLite's small pieces of memory, and the mails', were a tenth of the time with the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match command() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<bool> {
    let (mut seeds, mut from, mut every, mut planted) = (10_000, 1, 1, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seeds") => seeds = parser.value()?.parse()?,
            Long("from") => from = parser.value()?.parse()?,
            // Only every so many seeds: those of one kind of world.
            Long("every") => every = parser.value()?.parse()?,
            Long("planted") => {
                planted = Some(parser.optional_value().map(lexopt::ValueExt::string).transpose()?.unwrap_or_default());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(missed) = plants().find_map(cartwake_simulation::plant::Plant::misses) {
        bail!("a planted bug does not apply any more: {missed}");
    }
    match planted {
        Some(name) => find_planted(&name),
        // Other seeds than the first are looked at for faults in the code, not in the simulation.
        None if from != 1 => run_seeds(from, every, seeds),
        None => Ok(run_seeds(from, every, seeds)? & find_planted("")?),
    }
}

fn run_seeds(from: u64, every: u64, seeds: u64) -> Result<bool> {
    let began = Instant::now();
    let survey = survey((from, every), seeds, None, 20)?;
    println!("{:>8} seeds in {:.1} s", survey.seeds, began.elapsed().as_secs_f64());
    println!("{:>8} operations", survey.operations);
    println!("{:>8} requests and runs, {} of them killed", survey.jobs, survey.killed);
    println!("{:>8} statements", survey.statements);
    println!("{:>8} mails", survey.mails);
    for (promise, word) in [
        (Promise::Doubled, "doubled"),
        (Promise::AfterStop, "after purchase, refusal, stop or pause"),
        (Promise::Lost, "lost"),
        (Promise::Stuck, "stuck"),
        (Promise::Capped, "over a cap"),
        (Promise::Crossed, "crossed"),
        (Promise::Fault, "faults"),
    ] {
        println!("{:>8} {word}", survey.count(promise));
    }
    for (what, (seeds, times)) in &survey.seen {
        println!("{times:>8} {what}, in {seeds} seeds");
    }
    let untried = survey.untried();
    for what in &untried {
        println!("{what}: in too few seeds to say anything");
    }
    for (seed, breach) in &survey.broken {
        println!("seed {seed}: {:?}: {}", breach.promise, breach.what);
    }
    if let Some((seed, breach)) = survey.broken.first_key_value() {
        let short = shrink(&tell(*seed), breach.promise, None)?;
        println!(
            "\nseed {seed} in {} operations:\n{}\n\n{}",
            short.operations.len(),
            script(&short),
            pasteable(&breach.what, &short)
        );
    }
    Ok(survey.broken.is_empty() && untried.is_empty())
}

/// Looks for the bugs whose name holds this text.
fn find_planted(name: &str) -> Result<bool> {
    let began = Instant::now();
    let plants: Vec<_> = plants().filter(|plant| plant.name.contains(name)).collect();
    let mut found = 0;
    for plant in &plants {
        let survey = survey(plant.seeds, SEEDS_A_BUG, Some(plant), ENOUGH)?;
        let first = survey.broken.values().next().map(|breach| format!("{:?}: {}", breach.promise, breach.what));
        found += usize::from(first.is_some());
        println!(
            "{:<52} {} of {} seeds   {}",
            plant.name,
            survey.broken.len(),
            survey.seeds,
            first.unwrap_or_else(|| "NOT FOUND".to_owned())
        );
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("\nplanted bugs found: {found} of {} in {seconds:.1} s", plants.len());
    Ok(found == plants.len())
}
