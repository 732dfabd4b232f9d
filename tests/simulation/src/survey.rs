//! Runs many seeds on all cores and adds them up: what ran, which mails left, which promises were broken.

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
    story::{is_long, tell},
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

/// Operations and faults that must have happened; a survey without them has shown nothing about them.
pub const TRIED: [&str; 77] = [
    "a breaker tripped",
    "fault: answer lost on its way to the browser",
    "fault: cron doubled",
    "fault: cron missed",
    "fault: cron tripled",
    "fault: database silent after the commit",
    "fault: database silent before the commit",
    "fault: database stalled",
    "fault: request killed",
    "fault: run killed",
    "operation: address given",
    "operation: cap changed",
    "operation: cart changed",
    "operation: clocks jump ahead",
    "operation: clocks jump back",
    "operation: erasure",
    "operation: another provider",
    "operation: link followed",
    "operation: many mails come back",
    "operation: provider event forged",
    "operation: mail refused",
    "operation: no cron",
    "operation: not me",
    "operation: order by a page",
    "operation: order cancelled",
    "operation: order failed",
    "operation: order pending",
    "operation: order placed",
    "operation: order refunded",
    "operation: pause of a merchant",
    "operation: pause of a site",
    "operation: pause of everything",
    "operation: provider busy for long",
    "operation: provider key revoked",
    "operation: quiet hours changed",
    "operation: rebuilt cart",
    "operation: sender changed",
    "operation: site state changed",
    "operation: steps changed",
    "operation: tracking refused",
    "operation: two versions side by side",
    "operation: signed address given",
    "operation: staff releases who waits",
    "operation: unsubscribed",
    "stranger: claims an order",
    "stranger: follows an own link",
    "stranger: guesses a link",
    "stranger: names somebody",
    "stranger: posts as somebody else",
    "stranger: refuses for somebody",
    "stranger: says that somebody wants no mails",
    "stranger: shows an own signature",
    "stranger: types a made-up address",
    "stranger: types an own address",
    "stranger: types somebody's address",
    "flood",
    "provider: accepted",
    "provider: accepted, no answer in time",
    "provider: busy",
    "provider: failed before it accepted",
    "provider: key revoked",
    "provider: recipient refused",
    "provider: request refused",
    "provider: batches",
    "provider: its log does not answer",
    "provider: its log does not have the mail",
    "provider: its log has the mail",
    "provider: keys for a day",
    "provider: keys for minutes",
    "provider: neither keys nor a log",
    "provider: no keys, but a log",
    "provider: several mails in one call",
    "provider event: complained",
    "provider event: bounced",
    "provider event: delivered",
    "breaker",
    "raced: bought between the gate and the provider",
];
/// Of so many seeds one at least must have tried each of them.
const ONE_OF: u64 = 4_000;

impl Survey {
    /// What did not happen in enough seeds; nothing is asked of a short survey.
    pub fn untried(&self) -> Vec<&'static str> {
        let enough = self.seeds / ONE_OF;
        let seeds = |what: &&str| self.seen.get(what).map_or(0, |(seeds, _)| *seeds);
        TRIED.into_iter().filter(|what| seeds(what) < enough).collect()
    }

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

/// Runs so many seeds from the first on, each so many behind the one before; with `enough`, stops soon after so many have failed.
/// A bug that is not of one kind of world is looked for in the worlds that are short.
///
/// # Errors
/// When a database cannot be prepared.
pub fn survey((from, every): (u64, u64), seeds: u64, plant: Option<&'static Plant>, enough: usize) -> Result<Survey> {
    let next = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let parts: Vec<Result<Survey>> = thread::scope(|scope| {
        let work = || {
            let mut ground = Ground::new()?;
            let mut part = Survey::default();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let seed = from + place * every;
                if place >= seeds || failed.load(Ordering::Relaxed) >= u64::try_from(enough)? {
                    return Ok(part);
                }
                if plant.is_some() && every == 1 && is_long(seed) {
                    continue;
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
