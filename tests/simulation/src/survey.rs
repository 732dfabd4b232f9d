//! Many seeds on all cores, added up: what ran, what left, which promises were broken.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use anyhow::{Result, anyhow};

use crate::{
    deployment::Ground,
    ledger::{Breach, Promise},
    plant::Plant,
    run::run,
    story::tell,
};

/// What came of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Seeds run.
    pub seeds: u64,
    /// Operations that happened.
    pub operations: u64,
    /// Mails accepted.
    pub mails: u64,
    /// Requests and runs.
    pub jobs: u64,
    /// Requests and runs that were killed.
    pub killed: u64,
    /// Statements committed.
    pub statements: u64,
    /// What happened, in how many seeds, how often.
    pub seen: BTreeMap<&'static str, (u64, u64)>,
    /// Seeds that broke a promise, in order.
    pub broken: BTreeMap<u64, Breach>,
}

impl Survey {
    fn see(&mut self, seen: impl IntoIterator<Item = (&'static str, (u64, u64))>) {
        for (what, (seeds, times)) in seen {
            let known = self.seen.entry(what).or_default();
            *known = (known.0 + seeds, known.1 + times);
        }
    }

    /// Seeds that broke this promise.
    pub fn count(&self, promise: Promise) -> usize {
        self.broken.values().filter(|breach| breach.promise == promise).count()
    }
}

/// Runs the seeds `from..from + seeds`; with `enough`, stops soon after so many have failed.
///
/// # Errors
/// When a database cannot be prepared.
pub fn survey(from: u64, seeds: u64, plant: Option<&'static Plant>, enough: usize) -> Result<Survey> {
    let next = AtomicU64::new(from);
    let failed = AtomicU64::new(0);
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let parts: Vec<Result<Survey>> = thread::scope(|scope| {
        let work = || {
            let mut ground = Ground::new()?;
            let mut part = Survey::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= from + seeds || failed.load(Ordering::Relaxed) >= u64::try_from(enough)? {
                    return Ok(part);
                }
                let (report, back) = run(ground, &tell(seed), plant)?;
                ground = back;
                part.seeds += 1;
                part.operations += report.operations;
                part.mails += report.mails;
                part.jobs += report.jobs;
                part.killed += report.killed;
                part.statements += report.statements;
                part.see(report.seen.into_iter().map(|(what, times)| (what, (1, times))));
                if let Some(breach) = report.breach {
                    failed.fetch_add(1, Ordering::Relaxed);
                    part.broken.insert(seed, breach);
                }
            }
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a world panicked"))?).collect()
    });
    let mut all = Survey::default();
    for part in parts {
        let part = part?;
        all.seeds += part.seeds;
        all.operations += part.operations;
        all.mails += part.mails;
        all.jobs += part.jobs;
        all.killed += part.killed;
        all.statements += part.statements;
        all.see(part.seen);
        all.broken.extend(part.broken);
    }
    Ok(all)
}
