//! The Worker's cold start beside that of a TypeScript Worker of the usual libraries, both in real workerd.
//!
//! Every start is a workerd process of its own with one Worker in it, so that nothing compiled before is used again;
//! the Workers take turns, so that a slow minute of the machine meets all of them. An empty Worker tells what the
//! process costs by itself.
mod project;
mod report;
mod shopper;
mod workerd;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::weight::Weight;
use crate::client::Client;
use crate::stack::Owner;
use crate::tools;
use project::{Project, SECRET};
use shopper::{SHOP, Shopper};
use workerd::{Bench, Store};

/// Fresh isolates of each Worker.
const ROUNDS: usize = 20;
/// Requests to a started Worker; their median is what a request costs without a start.
const WARM: usize = 7;

/// What one start took.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// From the start of the process until it listens; the Worker's code is loaded and run before that.
    listening: Duration,
    /// The first request, an event that is stored.
    first: Duration,
    /// A later request of the same kind.
    warm: Duration,
}

impl Start {
    /// The cold start: all that passes before the first answer, less what any request costs.
    fn cold(&self) -> Duration {
        (self.listening + self.first).saturating_sub(self.warm)
    }
}

/// One Worker under measurement.
struct Contender {
    name: String,
    source: String,
    weight: Weight,
    bench: Bench,
    shopper: Shopper,
    starts: Vec<Start>,
}

/// Measures, prints the table, writes its section of `docs/benchmarks.md`; an error where the bound is broken.
pub(super) async fn run() -> Result<()> {
    let root = tools::checkout();
    let folder = tools::path("CARTWAKE_BENCH")?.join("bench/start");
    let mut contenders = contenders(root, &folder).await?;
    for round in 0..=ROUNDS {
        for contender in &mut contenders {
            let start = contender.start().await.with_context(|| format!("{} did not start", contender.name))?;
            // The first round fills the system's file cache and is not counted.
            if round > 0 {
                contender.starts.push(start);
            }
        }
        println!("round {round} of {ROUNDS}");
    }
    report::write(root, &contenders)
}

/// The empty Worker, ours, ours with more code, theirs; in this order in the report.
async fn contenders(root: &Path, folder: &Path) -> Result<Vec<Contender>> {
    let empty = folder.join("empty");
    fs::create_dir_all(&empty)?;
    fs::copy(root.join("tests/bench/cold/empty.js"), empty.join("index.js"))?;
    let (edge, typescript) = (root.join("edge"), root.join("tests/bench/worker-ts"));
    let theirs = "hono, zod, drizzle-orm; tests/bench/worker-ts, minified by wrangler";
    let list = [
        ("an empty Worker", "tests/bench/cold/empty.js", &edge, empty),
        ("Cartwake", "the Worker of this build", &edge, folder.join("ours")),
        (
            "Cartwake, padded",
            "the same with copies of its own code until its module is past the gate",
            &edge,
            folder.join("padded"),
        ),
        ("TypeScript Worker", theirs, &typescript, folder.join("theirs")),
    ];
    let mut contenders = Vec::new();
    for (name, source, configured, bundle) in list {
        let project = Project::read(configured, &bundle)?;
        let store = Store::open(root, &project).await?;
        let bench = Bench::lay_out(&project, &bundle, store)?;
        let shopper =
            if name.starts_with("Cartwake") { set_up(&bench).await? } else { Shopper::unknown("pk_fennholm") };
        let weight = Weight::of(&project.modules)?;
        let (name, source) = (name.to_owned(), source.to_owned());
        contenders.push(Contender { name, source, weight, bench, shopper, starts: Vec::new() });
    }
    for contender in contenders.iter_mut().skip(1) {
        contender.shopper.arrive(&contender.bench).await.with_context(|| contender.name.clone())?;
    }
    Ok(contenders)
}

/// Sets our Worker up as an owner would; what is stored then outlives the process.
async fn set_up(bench: &Bench) -> Result<Shopper> {
    let running = bench.start().await?;
    let owner = Owner::log_in(Client::new(&running.origin, SHOP)?, SECRET).await?;
    let site = owner.set_up(SHOP).await?;
    Ok(Shopper::unknown(&site.key))
}

impl Contender {
    /// One fresh process: until it listens, the first event, more events.
    async fn start(&mut self) -> Result<Start> {
        let running = self.bench.start().await?;
        let client = Client::new(&running.origin, SHOP)?;
        let first = self.event(&client).await?;
        let mut warm = Vec::with_capacity(WARM);
        for _ in 0..WARM {
            warm.push(self.event(&client).await?);
        }
        warm.sort();
        let warm = warm.get(WARM / 2).copied().unwrap_or_default();
        Ok(Start { listening: running.listening, first, warm })
    }

    /// Sends the shopper's next event and takes the time until its answer.
    async fn event(&mut self, client: &Client) -> Result<Duration> {
        let event = self.shopper.next_event();
        let begun = Instant::now();
        let answer = client.collect(&event).await?;
        let taken = begun.elapsed();
        answer.expect_status(200)?;
        Ok(taken)
    }
}
