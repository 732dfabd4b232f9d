//! Promises under `kill -9`: the built Worker is killed while it stores and while it sends, and nothing is lost or doubled.
//!
//! A failure is: an acknowledged event that its cart row does not reflect; half an event; two mails for one step of one
//! cart; a reminder that does not end in a named state; a retry with other bytes. No failure is: an event that was
//! stored though its answer never came, and a reminder that a rule stands against.
mod crons;
mod findings;
mod writers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use cartwake_shared::reminder::ReminderState;
use tokio::task::JoinSet;

use crate::fixtures::Visitor;
use crate::stack::{MailProxy, Moment, Stack, Wishes};
use crate::wait;
pub use crons::many_due;
use findings::Mailed;
use writers::{Count, EVENTS, Writer};

/// Each round kills three times: while events are stored, while reminders are planned, while mails are sent.
const ROUNDS: usize = 8;
/// Tasks that write at the same time.
const WRITERS: usize = 8;
/// Carts of one of them in one round.
const CARTS_EACH: usize = 3;
/// Carts of one round that are stored and planned while the Worker is killed.
const CARTS: usize = WRITERS * CARTS_EACH;
/// Carts of one round that are planned undisturbed, so that a killed run has something to send whatever the runs before
/// it got to.
const PLANNED: usize = 12;
/// Same seed, same moments of the kills.
const SEED: u64 = 0x0063_6172_7477_616b;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// A claim is taken again after 150 s (`LEASE` in `shared/src/reminder.rs`).
const PAST_THE_LEASE: i64 = 3 * MINUTE;
/// The longest of the default steps is due 72 h after the last change; the rest is for what is held.
const UNTIL_ALL_HAS_ENDED: i64 = 102;
/// Between two looks at what is due by then: a step may be 12 h late, so nothing gets stale between them.
const HOURS_BETWEEN: i64 = 3;

/// What came of it, as it is printed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How often the Worker was killed.
    pub kills: usize,
    /// Events answered by 200 before a kill.
    pub acknowledged: usize,
    /// Of these, the ones found in the database after it.
    pub stored: usize,
    /// Events found in the database that were never answered.
    pub unacknowledged: usize,
    /// Reminders that a killed run had claimed and not recorded.
    pub in_flight: usize,
    /// Mails accepted.
    pub mailed: usize,
    /// Reminders that took more than one attempt.
    pub retried: usize,
    /// Mails beyond one for each cart and step.
    pub doubled: usize,
    /// Reminders without an end of their own.
    pub lost: usize,
}

/// Kills the Worker three times a round, brings it back on the same folder, and looks at what is left.
pub async fn run() -> Result<Outcome> {
    let wishes = Wishes { has_mail_proxy: true, mails_per_tick: Some(200), ..Wishes::default() };
    let mut stack = Stack::start(wishes).await?;
    // Two hours on every cart of this test is abandoned and its first step due.
    let mut now = wait::now_ms() + 2 * HOUR;
    let zone = where_it_is_noon(now);
    let mut arrived = Vec::new();
    for number in 1..=ROUNDS * (CARTS + PLANNED) {
        arrived.push(Writer::new(Visitor::arrive(&stack, u64::try_from(number)?).await?, &zone));
    }

    let mut chance = Chance(SEED);
    let mut outcome = Outcome::default();
    let mut carts = Vec::new();
    for round in 1..=ROUNDS {
        let left = arrived.split_off(CARTS.min(arrived.len()));
        let mut round_carts =
            kill_while_storing(&mut stack, std::mem::replace(&mut arrived, left), &mut chance, &mut outcome)
                .await
                .with_context(|| format!("round {round}, storing"))?;
        carts.append(&mut round_carts);
        kill_while_planning(&mut stack, now, &mut chance).await.with_context(|| format!("round {round}, planning"))?;
        let left = arrived.split_off(PLANNED.min(arrived.len()));
        let mut planned = std::mem::replace(&mut arrived, left);
        writers::deliver_rest(&stack.client, &mut planned).await?;
        carts.append(&mut planned);
        writers::become_known(&stack).await?;
        // A tick sends first and plans then: this one sends what is left and plans what was just stored.
        stack.worker.cron(now).await?;
        now += MINUTE;
        outcome.in_flight += kill_while_sending(&mut stack, now, &mut chance)
            .await
            .with_context(|| format!("round {round}, sending"))?;
        outcome.kills += 3;
        now += 4 * MINUTE + PAST_THE_LEASE;
    }
    for _ in 0..UNTIL_ALL_HAS_ENDED / HOURS_BETWEEN {
        overlap(&stack, now, 2).await?;
        now += HOURS_BETWEEN * HOUR;
    }

    let kept = findings::kept(&stack, &carts).await?;
    ensure!(kept.stored == carts.len() * EVENTS, "{} of {} events kept", kept.stored, carts.len() * EVENTS);
    let found = findings::mailed(&stack, proxy(&stack)?, &carts).await?;
    outcome.judge(&found)?;
    Ok(outcome)
}

/// A mail API that accepts each mail and holds its first answer beyond the Worker's time-out.
pub async fn accept_and_time_out() -> Result<()> {
    let stack = Stack::start(Wishes { has_mail_proxy: true, ..Wishes::default() }).await?;
    let now = wait::now_ms() + 2 * HOUR;
    let zone = where_it_is_noon(now);
    let mut carts = Vec::new();
    for number in 1..=5 {
        carts.push(Writer::new(Visitor::arrive(&stack, number).await?, &zone));
    }
    writers::deliver_rest(&stack.client, &mut carts).await?;
    writers::become_known(&stack).await?;
    proxy(&stack)?.hold_first_answers();
    stack.worker.cron(now).await?;
    // Ten seconds of real time: the Worker's own time-out for one attempt. Two runs at once, one has nothing to do.
    overlap(&stack, now + MINUTE, 2).await?;
    let mails = stack.mailbox.all().await?.len();
    ensure!(mails == carts.len(), "{mails} mails accepted of {}", carts.len());
    // The first back-off is a minute.
    overlap(&stack, now + 3 * MINUTE, 2).await?;

    for reminder in findings::reminders(&stack).await? {
        let is_sent_at_the_second = (reminder.state, reminder.tries) == (ReminderState::Sent, 2);
        ensure!(is_sent_at_the_second, "expected sent at the second attempt: {reminder:?}");
    }
    let found = findings::mailed(&stack, proxy(&stack)?, &carts).await?;
    ensure!(found.lost.is_empty() && found.doubled == 0 && found.mails == carts.len(), "{found:?}");
    Ok(())
}

/// Events from several writers at once; after so many answers the Worker is killed, then the rest is delivered.
async fn kill_while_storing(
    stack: &mut Stack,
    mut carts: Vec<Writer>,
    chance: &mut Chance,
    outcome: &mut Outcome,
) -> Result<Vec<Writer>> {
    let count = Count::up_to(chance.within(4, CARTS * EVENTS - 2 * WRITERS));
    let mut tasks = JoinSet::new();
    while !carts.is_empty() {
        let mine = carts.split_off(carts.len().saturating_sub(CARTS_EACH));
        tasks.spawn(writers::write(stack.client.clone(), mine, Arc::clone(&count)));
    }
    within("enough acknowledged events", count.reached()).await?;
    stack.worker.kill().await?;
    let mut carts: Vec<Writer> = tasks.join_all().await.into_iter().flatten().collect();
    ensure!(carts.iter().any(|cart| cart.acknowledged < EVENTS), "the kill came when everything was written");
    stack.worker.restart().await?;

    let acknowledged: usize = carts.iter().map(|cart| cart.acknowledged).sum();
    let kept = findings::kept(stack, &carts).await?;
    ensure!(kept.stored == acknowledged, "{acknowledged} events acknowledged, {} of them stored", kept.stored);
    outcome.acknowledged += acknowledged;
    outcome.stored += kept.stored;
    outcome.unacknowledged += kept.unacknowledged;
    writers::deliver_rest(&stack.client, &mut carts).await?;
    Ok(carts)
}

/// Several cron runs that plan the same carts; the Worker is killed when some of them, or none yet, have been answered.
/// What is left is a whole plan or none for each cart, and planning again adds or loses nothing.
async fn kill_while_planning(stack: &mut Stack, now: i64, chance: &mut Chance) -> Result<()> {
    let count = chance.within(3, 5);
    let mut runs = start_runs(stack, now, count);
    for _ in 0..chance.within(0, count - 1) {
        runs.join_next().await.context("a cron run is missing")???;
    }
    stack.worker.kill().await?;
    // How the interrupted runs were answered is of no interest.
    drop(runs.join_all().await);
    stack.worker.restart().await?;
    let halves = findings::half_planned(stack).await?;
    ensure!(halves.is_empty(), "half a plan: {halves:#?}");
    Ok(())
}

/// Two to five cron runs at once; the Worker is killed at some mail of theirs. Then runs after the lease.
/// Answers how many reminders the killed runs had in hand.
async fn kill_while_sending(stack: &mut Stack, now: i64, chance: &mut Chance) -> Result<usize> {
    let ready = findings::ready(stack).await?;
    ensure!(ready >= PLANNED, "{ready} reminders are ready of {PLANNED} that were planned");
    let moment = [Moment::Arrived, Moment::Accepted, Moment::Answered][chance.within(0, 2)];
    // The first half, so that runs are in the middle of their work.
    proxy(stack)?.set_trap(moment, chance.within(1, PLANNED / 2));
    let runs = start_runs(stack, now, chance.within(2, 5));
    within("the mail to be killed at", proxy(stack)?.sprung()).await?;
    stack.worker.kill().await?;
    drop(runs.join_all().await);
    stack.worker.restart().await?;
    let in_flight = findings::in_flight(stack).await?;
    overlap(stack, now + PAST_THE_LEASE, chance.within(2, 5)).await?;
    Ok(in_flight)
}

/// So many cron runs at once, all for the same moment.
fn start_runs(stack: &Stack, at: i64, count: usize) -> JoinSet<Result<()>> {
    let mut runs = JoinSet::new();
    for _ in 0..count {
        let trigger = stack.worker.trigger();
        runs.spawn(async move { trigger.run(at).await });
    }
    runs
}

/// So many cron runs at once, all of which must end well.
async fn overlap(stack: &Stack, at: i64, count: usize) -> Result<()> {
    start_runs(stack, at, count).join_all().await.into_iter().collect()
}

fn proxy(stack: &Stack) -> Result<&MailProxy> {
    stack.mail_proxy.as_ref().context("the stack was started without a mail proxy")
}

async fn within(what: &str, event: impl Future<Output = ()>) -> Result<()> {
    const DEADLINE: Duration = Duration::from_secs(30);
    match tokio::time::timeout(DEADLINE, event).await {
        Ok(()) => Ok(()),
        Err(_) => bail!("waited {} s for {what}", DEADLINE.as_secs()),
    }
}

/// A zone whose clocks show noon then, far from any quiet hours. `Etc/GMT-3` is three hours ahead of UTC.
pub(crate) fn where_it_is_noon(at_ms: i64) -> String {
    match 12 - at_ms.div_euclid(HOUR).rem_euclid(24) {
        0 => "Etc/GMT".to_owned(),
        ahead @ 1.. => format!("Etc/GMT-{ahead}"),
        behind => format!("Etc/GMT+{}", -behind),
    }
}

/// Numbers from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    /// One of `low..=high`.
    fn within(&mut self, low: usize, high: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let span = high - low + 1;
        low + usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default() % span
    }
}

impl Outcome {
    fn judge(&mut self, found: &Mailed) -> Result<()> {
        (self.mailed, self.doubled, self.lost) = (found.mails, found.doubled, found.lost.len());
        self.retried = found.retried;
        println!("{self}\nreminders by state and reason: {:?}", found.ends);
        ensure!(self.doubled == 0, "mails were doubled");
        ensure!(found.lost.is_empty(), "reminders were lost: {:#?}", found.lost);
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in [
            ("kill -9 rounds", self.kills),
            ("acknowledged", self.acknowledged),
            ("stored", self.stored),
            ("stored, never answered", self.unacknowledged),
            ("in flight at a kill", self.in_flight),
            ("mailed", self.mailed),
            ("retried", self.retried),
            ("doubled", self.doubled),
            ("lost", self.lost),
        ] {
            writeln!(f, "{what:<24}{count:>6}")?;
        }
        Ok(())
    }
}
