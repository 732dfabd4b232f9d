//! Many due carts and several cron runs at once: every mail leaves once, whichever run sends it.
use std::fmt;
use std::sync::Arc;

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::writers::{self, Count, Writer};
use super::{HOUR, MINUTE, WRITERS, findings, overlap, proxy, where_it_is_noon};
use crate::fixtures::Visitor;
use crate::stack::{Stack, Wishes};
use crate::wait;

/// Carts that are due at the same moment.
const DUE: usize = 500;
/// Runs of the planner until all of them are planned; it looks at 200 carts in a run.
const PLANNING_RUNS: i64 = 3;

/// What so many runs at once came to.
#[derive(Clone, Copy, Debug)]
struct Overlap {
    /// Cron runs at the same moment.
    runs: usize,
    /// Moments at which they ran: a run sends 200 mails at most.
    moments: usize,
    /// Requests to the provider.
    attempts: usize,
    /// Mails it accepted.
    mailed: usize,
    /// Mails beyond one for each cart.
    doubled: usize,
    /// Carts whose reminder did not end as sent.
    lost: usize,
}

/// For each of these, so many runs at once over 500 due carts, again and again until nothing is due; the tables of what
/// came of it. All on one stack: starting one takes longer than what is tried on it.
pub async fn many_due(all_runs: &[usize]) -> Result<()> {
    let wishes = Wishes { has_mail_proxy: true, mails_per_tick: Some(200), ..Wishes::default() };
    let stack = Stack::start(wishes).await?;
    let mut now = wait::now_ms() + 2 * HOUR;
    let zone = where_it_is_noon(now);
    let mut carts = Vec::new();
    for &runs in all_runs {
        let (mails, attempts) = (carts.len(), proxy(&stack)?.attempts().len());
        carts.append(&mut leave(&stack, mails, &zone).await?);

        // Planned while sending is paused, so that all of them are due at one moment.
        pause(&stack, true).await?;
        for _ in 0..PLANNING_RUNS {
            stack.worker.cron(now).await?;
            now += MINUTE;
        }
        ensure!(proxy(&stack)?.attempts().len() == attempts, "a mail left while sending was paused");
        pause(&stack, false).await?;

        // What was held for the pause is looked at within an hour (`HELD_LATE` in edge/src/sending/record.rs).
        now += HOUR + MINUTE;
        let mut moments = 0;
        while stack.mailbox.all().await?.len() < mails + DUE && moments < DUE.div_ceil(200) {
            overlap(&stack, now, runs).await?;
            moments += 1;
            now += MINUTE;
        }
        let found = findings::mailed(&stack, proxy(&stack)?, &carts).await?;
        let overlap = Overlap {
            runs,
            moments,
            attempts: proxy(&stack)?.attempts().len() - attempts,
            mailed: found.mails - mails,
            doubled: found.doubled,
            lost: found.lost.len(),
        };
        println!("{overlap}");
        ensure!(overlap.mailed == DUE && overlap.attempts == DUE, "{overlap:?}");
        ensure!(overlap.doubled == 0 && found.lost.is_empty(), "{overlap:?} {:#?}", found.lost);
    }
    Ok(())
}

/// Five hundred more shoppers, behind so many that came before, leave their carts, several at a time.
async fn leave(stack: &Stack, before: usize, zone: &str) -> Result<Vec<Writer>> {
    let mut arrived = Vec::with_capacity(DUE);
    for number in before + 1..=before + DUE {
        arrived.push(Writer::new(Visitor::arrive(stack, u64::try_from(number)?).await?, zone));
    }
    let count = Count::up_to(usize::MAX);
    let mut tasks = JoinSet::new();
    while !arrived.is_empty() {
        let mine = arrived.split_off(arrived.len().saturating_sub(DUE.div_ceil(WRITERS)));
        tasks.spawn(writers::write(stack.client.clone(), mine, Arc::clone(&count)));
    }
    let mut carts: Vec<Writer> = tasks.join_all().await.into_iter().flatten().collect();
    writers::deliver_rest(&stack.client, &mut carts).await?;
    writers::become_known(stack).await?;
    Ok(carts)
}

/// Pauses the whole deployment, or lets it go on.
async fn pause(stack: &Stack, is_paused: bool) -> Result<()> {
    let paused = if is_paused { "1" } else { "0" };
    stack.worker.explorer.rows(include_str!("pause.sql"), &[paused]).await.map(drop)
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in [
            ("cron runs at once", self.runs),
            ("moments", self.moments),
            ("due carts", DUE),
            ("attempts", self.attempts),
            ("mailed", self.mailed),
            ("doubled", self.doubled),
            ("lost", self.lost),
        ] {
            writeln!(f, "{what:<24}{count:>6}")?;
        }
        Ok(())
    }
}
