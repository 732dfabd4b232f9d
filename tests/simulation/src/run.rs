//! Runs a story: requests and cron runs are futures, several in flight at once, polled in the order of seeded time.
//!
//! Dropping a future is a crash at the point it has come to. Cron ticks at which nothing could be due are left out:
//! they read two rows and write a heartbeat.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

mod operations;

use anyhow::Result;
use cartwake_edge::{
    base::{http::Request, ports::Store as _, store::Sql},
    handle::handle,
    house::cron,
    native::world,
};
use cartwake_shared::time::Span;

use crate::{
    chance::Chance,
    delivery::Delivery,
    deployment::{Deployment, Ground},
    ledger::{Breach, Ledger, Promise},
    operation::{Story, What},
    plant::Plant,
    platform::{Claims, Platform},
    provider_event, shares,
    twins::{self, Course},
};

/// When something is due next, and whether anybody waits for a site's share.
const NEXT_LOOK: Sql = Sql { name: "next_look", text: include_str!("../sql/next_look.sql") };

const MINUTE: i64 = 60_000;
/// The time of an erasure that nobody has been told of yet.
const NOT_YET: i64 = i64::MAX / 2;
/// What a browser or a shop's server waits before it sends again, in seconds; then it gives up.
const PATIENCE: [i64; 7] = [5, 30, 120, 600, 3_600, 21_600, 86_400];

/// What came of a story.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The promise that was broken, if any.
    pub breach: Option<Breach>,
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
    /// What happened how often.
    pub seen: BTreeMap<&'static str, u64>,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Operation(usize),
    Attempt(usize),
    Poll(usize),
    ProviderEvent(usize),
    Cron,
}

/// What a job came to.
enum Done {
    Answered(u16),
    Ticked,
    Erased { place: usize, address: u8, merchant: u8 },
}

struct Job {
    future: Pin<Box<dyn Future<Output = Done>>>,
    delivery: Option<usize>,
    /// Dies when it has been polled so often.
    dies_at: Option<u64>,
    polls: u64,
    answer_is_lost: bool,
    /// Decides between what happens at one moment, whatever else is in the world.
    salt: u64,
    /// What it has claimed, where it is a run.
    claims: Option<Claims>,
}

/// A world while it runs.
struct Run {
    deployment: Rc<Deployment>,
    queue: BinaryHeap<Reverse<(i64, u64, Next)>>,
    jobs: Vec<Option<Job>>,
    deliveries: Vec<Delivery>,
    provider_events: Vec<provider_event::ProviderEvent>,
    /// Whether strangers act in it.
    has_strangers: bool,
    cron_at: i64,
    /// When something is due next, as of when it was last asked.
    next_look: Option<i64>,
    waits: bool,
    no_cron_until: i64,
    end: i64,
    report: Report,
    ticks: u64,
}

/// Runs a story on a database and gives both the outcome and the database back; a story with strangers also without them, and
/// compares (`twins.rs`).
///
/// # Errors
/// When the database cannot be prepared.
pub fn run(ground: Ground, story: &Story, plant: Option<&'static Plant>) -> Result<(Report, Ground)> {
    let has_strangers = story.has_strangers();
    let (mut report, with, ground) = once(ground, story, plant, has_strangers)?;
    if !has_strangers || report.breach.is_some() {
        return Ok((report, ground));
    }
    let (alone, without, ground) = once(ground, story, plant, false)?;
    report.jobs += alone.jobs;
    report.killed += alone.killed;
    report.statements += alone.statements;
    report.breach = alone.breach.or_else(|| twins::difference(&with, &without));
    Ok((report, ground))
}

/// Runs a story once.
fn once(
    ground: Ground,
    story: &Story,
    plant: Option<&'static Plant>,
    has_strangers: bool,
) -> Result<(Report, Course, Ground)> {
    let deployment = Rc::new(ground.begin(story.clone(), plant)?);
    let begin = deployment.now.get();
    let mut run = Run {
        queue: BinaryHeap::new(),
        jobs: Vec::new(),
        deliveries: Vec::new(),
        provider_events: Vec::new(),
        has_strangers,
        cron_at: i64::MAX,
        next_look: None,
        waits: false,
        no_cron_until: 0,
        // With strangers nothing is late but what waits for a share, and those worlds run twice.
        end: deployment.calm_from.get() + Span::hours(if story.has_strangers() { 6 } else { 60 }).millis(),
        report: Report::default(),
        ticks: 0,
        deployment,
    };
    for (place, operation) in story.operations.iter().enumerate() {
        run.push(begin + operation.at, Next::Operation(place));
    }
    run.deployment.ledger.borrow_mut().see(story.provider.word());
    run.go();
    let Run { deployment, mut report, jobs, .. } = run;
    drop(jobs);
    if deployment.ledger.borrow().breach.is_none() {
        deployment.audit_at_the_end();
    }
    let deployment = Rc::try_unwrap(deployment).map_err(|_| anyhow::anyhow!("a job outlived its world"))?;
    let mut course = Course::default();
    if deployment.ledger.borrow().breach.is_none() {
        course = deployment.course();
    }
    {
        let mut ledger = deployment.ledger.borrow_mut();
        if let Some(what) = shares::excess(&ledger) {
            ledger.breach(Promise::Capped, what);
        }
        report.breach = ledger.breach.take();
        report.seen = std::mem::take(&mut ledger.seen);
        report.mails = u64::try_from(ledger.mails.len())?;
        report.statements = ledger.statements;
    }
    Ok((report, course, deployment.end()?))
}

impl Run {
    fn push(&mut self, at: i64, next: Next) {
        // Things of one moment happen in an order that the seed decides, and each thing for itself.
        let about = match next {
            Next::Operation(place) => 1 << 56 | u64::try_from(place).unwrap_or(0),
            Next::Attempt(place) => self.deliveries[place].salt ^ 2 << 56,
            Next::Poll(place) => self.jobs[place].as_ref().map_or(0, |job| job.salt ^ job.polls << 48),
            Next::ProviderEvent(place) => self.provider_events[place].salt() ^ 3 << 56,
            Next::Cron => 4 << 56,
        };
        let tie = Chance::about(self.deployment.story.seed ^ at.unsigned_abs(), about).next();
        self.queue.push(Reverse((at, tie, next)));
    }

    fn go(&mut self) {
        while let Some(Reverse((at, _, next))) = self.queue.pop() {
            if at > self.end || self.deployment.ledger.borrow().breach.is_some() {
                return;
            }
            self.deployment.now.set(at.max(self.deployment.now.get()));
            match next {
                Next::Operation(place) => {
                    let operation = self.deployment.story.operations[place].clone();
                    if matches!(operation.what, What::Stranger(_)) && !self.has_strangers {
                        continue;
                    }
                    self.report.operations += 1;
                    self.happen(&operation);
                }
                Next::Attempt(delivery) => self.attempt(delivery),
                Next::Poll(job) => self.poll(job),
                Next::ProviderEvent(place) => self.tell(place),
                Next::Cron if at == self.cron_at => self.cron(at),
                Next::Cron => {}
            }
        }
    }

    /// What the provider will tell is put in order of time.
    fn queue_provider_events(&mut self) {
        for (at, event) in self.deployment.provider_events.take() {
            self.provider_events.push(event);
            self.push(at, Next::ProviderEvent(self.provider_events.len() - 1));
        }
    }

    fn tell(&mut self, place: usize) {
        let (deployment, event) = (Rc::clone(&self.deployment), self.provider_events[place].clone());
        let now = deployment.now.get();
        deployment.ledger.borrow_mut().see(event.kind());
        let delivery = Delivery::provider_event(&mut deployment.ledger.borrow_mut(), event, now);
        self.deliver(delivery);
    }

    fn deliver(&mut self, delivery: Delivery) {
        self.deliveries.push(delivery);
        self.attempt(self.deliveries.len() - 1);
    }

    /// A request leaves its browser or server.
    fn attempt(&mut self, place: usize) {
        let deployment = Rc::clone(&self.deployment);
        let now = deployment.now.get();
        let delivery = &mut self.deliveries[place];
        delivery.attempts += 1;
        delivery.note_tried(&mut deployment.ledger.borrow_mut(), now);
        let Some(request) = delivery.request(&deployment, now) else { return };
        let salt = delivery.salt.wrapping_mul(64).wrapping_add(delivery.attempts);
        let mut chance = Chance::about(deployment.story.seed, salt ^ 0x5EED);
        let is_rough = deployment.is_rough(deployment.story.weather.crashes);
        let dies_at = (is_rough && chance.happens(50)).then(|| chance.below(8));
        let answer_is_lost = is_rough && chance.happens(50);
        let edge = Platform::beginning(&deployment, salt);
        let future = Box::pin(async move { Done::Answered(served(&edge, request).await) });
        self.start(Job { future, delivery: Some(place), dies_at, polls: 0, answer_is_lost, salt, claims: None });
    }

    fn cron(&mut self, at: i64) {
        self.cron_at = i64::MAX;
        if at < self.no_cron_until {
            let resumed = self.no_cron_until.div_euclid(MINUTE) * MINUTE + MINUTE;
            self.cron_at = resumed;
            self.push(resumed, Next::Cron);
            return;
        }
        // What was due when this minute was chosen may be dealt with by now.
        if self.due().is_none_or(|due| due >= at) && !self.waits {
            self.look_ahead();
            return;
        }
        let deployment = Rc::clone(&self.deployment);
        let minute = u64::try_from(at / MINUTE).unwrap_or(0);
        let mut chance = Chance::about(deployment.story.seed, minute ^ 0xC407);
        let runs = match chance.below(100) {
            _ if !deployment.is_rough(deployment.story.weather.cron) => 1,
            0..5 => 0,
            5..17 => 2,
            17..20 => 3,
            _ => 1,
        };
        let word = ["fault: cron missed", "", "fault: cron doubled", "fault: cron tripled"]
            [usize::try_from(runs).unwrap_or(1)];
        if runs == 0 {
            deployment.ledger.borrow_mut().troubled(word, at, &Claims::default());
        } else if !word.is_empty() {
            deployment.ledger.borrow_mut().see(word);
        }
        for run in 0..runs {
            let is_rough = deployment.is_rough(deployment.story.weather.crashes);
            let dies_at = (is_rough && chance.happens(60)).then(|| chance.below(24));
            let salt = minute.wrapping_mul(8).wrapping_add(run) ^ 0xC407_0000_0000;
            let edge = Platform::beginning(&deployment, salt);
            let claims = Some(edge.ports.claims());
            let future = Box::pin(async move {
                // A failed run is told in the log; the next one goes on.
                let _ = cron::run(&edge).await;
                Done::Ticked
            });
            self.start(Job { future, delivery: None, dies_at, polls: 0, answer_is_lost: false, salt, claims });
        }
        self.look_ahead();
    }

    fn start(&mut self, job: Job) {
        self.report.jobs += 1;
        let place = self.jobs.iter().position(Option::is_none).unwrap_or(self.jobs.len());
        if place == self.jobs.len() {
            self.jobs.push(None);
        }
        self.jobs[place] = Some(job);
        self.push(self.deployment.now.get(), Next::Poll(place));
    }

    fn poll(&mut self, place: usize) {
        let Some(job) = self.jobs[place].as_mut() else { return };
        if job.dies_at == Some(job.polls) {
            let (delivery, claims) = (job.delivery, job.claims.take());
            self.jobs[place] = None;
            self.report.killed += 1;
            let word = if delivery.is_some() { "fault: request killed" } else { "fault: run killed" };
            let now = self.deployment.now.get();
            self.deployment.ledger.borrow_mut().troubled(word, now, &claims.unwrap_or_default());
            // The other side waits for an answer that does not come.
            self.finished(delivery, None);
            return;
        }
        job.polls += 1;
        self.deployment.wake.set(i64::MAX);
        let polled = job.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.queue_provider_events();
        let Some(job) = self.jobs[place].as_ref() else { return };
        match polled {
            Poll::Pending => {
                let wake = self.deployment.wake.get();
                self.push(wake, Next::Poll(place));
            }
            Poll::Ready(done) => {
                let (delivery, lost) = (job.delivery, job.answer_is_lost);
                self.jobs[place] = None;
                match done {
                    Done::Answered(status) => {
                        if lost {
                            self.deployment.ledger.borrow_mut().see("fault: answer lost on its way to the browser");
                        }
                        self.finished(delivery, Some(status).filter(|_| !lost));
                    }
                    Done::Erased { place, address, merchant } => {
                        self.deployment.ledger.borrow_mut().erasures[place].2 = self.deployment.now.get();
                        self.deployment.audit_erased(address, merchant);
                        self.finished(None, None);
                    }
                    Done::Ticked => {
                        self.ticks += 1;
                        if self.ticks.is_multiple_of(8) {
                            self.deployment.audit();
                        }
                        self.finished(None, None);
                    }
                }
            }
        }
    }

    /// A request is over: acknowledged, refused, or without an answer, in which case it is sent again.
    fn finished(&mut self, delivery: Option<usize>, status: Option<u16>) {
        let deployment = Rc::clone(&self.deployment);
        let now = deployment.now.get();
        if let Some(place) = delivery {
            let delivery = &self.deliveries[place];
            match status {
                Some(200..=299) => {
                    delivery.note_acknowledged(&deployment, now);
                }
                Some(503) | None => {
                    let waited = usize::try_from(delivery.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
                    if let Some(seconds) = PATIENCE.get(waited) {
                        self.push(now + seconds * 1_000, Next::Attempt(place));
                    }
                }
                // A signature of another time, while clocks are wrong.
                Some(401) if deployment.ledger.borrow().jumped => self.push(now + 30 * MINUTE, Next::Attempt(place)),
                Some(401) if delivery.is_forged() => {}
                // Refused, or led nowhere; only an accident of ours would be a fault.
                Some(300..500) if delivery.is_of_stranger() => {}
                // A link to something that is gone; a rebuilt cart that cannot be had.
                Some(404 | 410) if delivery.may_be_unknown() => {}
                Some(status) => {
                    deployment.ledger.borrow_mut().fault(format!("{:?} was answered with {status}", delivery.kind()));
                }
            }
        }
        self.look_ahead();
    }

    /// When something is due next for the clock of the next run.
    fn due(&mut self) -> Option<i64> {
        if !self.deployment.is_settled.replace(true) {
            let asked = world::block_on(self.deployment.base.ports.store.execute(NEXT_LOOK.with([])));
            let row = asked.ok().and_then(|rows| rows.into_iter().next());
            (self.next_look, self.waits) = row.map_or((None, false), |mut row| {
                (row.take::<Option<i64>>().unwrap_or_default(), row.take::<i64>().is_ok_and(|waits| waits > 0))
            });
        }
        let next = self.next_look?;
        // Most runs come when it is due by the true clock; some come when only a fast clock says so.
        let mut chance = Chance::about(self.deployment.story.seed, next.unsigned_abs());
        let early = if chance.happens(120) { MINUTE } else { 0 };
        // All clocks may be off for a while.
        let (off, until) = self.deployment.clock_off.get();
        Some(match next - early {
            by_right if self.deployment.now.get() >= until => by_right,
            by_right => (by_right - off).min(by_right.max(until)),
        })
    }

    /// Sets cron to the next minute at which something is due.
    fn look_ahead(&mut self) {
        let now = self.deployment.now.get();
        if self.cron_at <= now.div_euclid(MINUTE) * MINUTE + MINUTE {
            return;
        }
        let due = self.due();
        // Who waits for a site's share gets a turn each fifth minute (edge/src/house/housekeeping.rs).
        let turn = self.waits.then(|| (now / MINUTE + 4).div_euclid(5) * 5 * MINUTE);
        let Some(due) = due.into_iter().chain(turn).min() else { return };
        let minute = due.max(now).div_euclid(MINUTE) * MINUTE + MINUTE;
        if minute < self.cron_at {
            self.cron_at = minute;
            self.push(minute, Next::Cron);
        }
    }
}

/// Serves a request as the Worker does.
async fn served(edge: &cartwake_edge::base::ports::App<Platform>, request: Request) -> u16 {
    handle(edge, &request).await.0.status
}

/// A story's operations as text, for people.
pub fn script(story: &Story) -> String {
    let begin = world::BEGINNING.millis();
    let lines = story
        .operations
        .iter()
        .map(|operation| format!("{} {:?}", Ledger::clock(begin + operation.at), operation.what));
    lines.collect::<Vec<_>>().join("\n")
}
