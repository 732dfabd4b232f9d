//! The budget of a tick: mails, statements and time, so that it ends before the platform ends it.

use cartwake_shared::time::{Span, Timestamp};

use crate::sending::claim::GROUP;

/// A deployment that sends at most this many mails in a tick counts as one on the free plan.
const MAILS_ON_THE_FREE_PLAN: u32 = 5;
/// Queries of D1 in one invocation (developers.cloudflare.com/d1/platform/limits). The limits on requests to elsewhere
/// are the same numbers, and mails are fewer.
const STATEMENTS_FREE: u32 = 50;
const STATEMENTS_PAID: u32 = 1_000;
/// The rest of a tick: 2 to begin, 2 to read the sites, 1 for a database put back in time, 1 for a provider that stops, 6
/// to plan, 3 to check breakers and 1 for a breaker that trips, 4 for housekeeping, 1 to end.
const STATEMENTS_OF_THE_REST: u32 = 21;
/// The breaker of each further site may trip.
const STATEMENTS_OF_A_SITE: u32 = 1;
/// Claim 1, load 2.
const STATEMENTS_OF_A_GROUP: u32 = 3;
/// The rest of a stored batch 2.
const STATEMENTS_OF_A_BATCH: u32 = 2;
/// Gate 1, close 1, record at most 5.
const STATEMENTS_OF_A_CHUNK: u32 = 7;
/// A chunk of one reminder is either closed or recorded, by 4 statements at most.
const STATEMENTS_OF_ONE: u32 = 5;
/// No group is begun later than this. The next tick begins 35 s later, and a lease (150 s) has time for a last group
/// whose provider keeps silent for 10 s.
const BEGINS_WITHIN: Span = Span::seconds(25);

/// The budget that is left in a tick.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    mails: u32,
    statements: u32,
    until: Timestamp,
}

impl Budget {
    /// The budget of a tick that began at `began`.
    pub const fn new(mails_per_tick: u32, began: Timestamp) -> Self {
        let statements = if mails_per_tick <= MAILS_ON_THE_FREE_PLAN { STATEMENTS_FREE } else { STATEMENTS_PAID };
        Self {
            mails: mails_per_tick,
            statements: statements.saturating_sub(STATEMENTS_OF_THE_REST),
            until: began.plus(BEGINS_WITHIN),
        }
    }

    /// How many reminders the next group may have, at most `size`; 0 when the tick has to stop.
    pub fn next_group(&self, size: u32, now: Timestamp) -> u32 {
        if now >= self.until {
            return 0;
        }
        let of_group = STATEMENTS_OF_A_GROUP.saturating_add(if size > GROUP { STATEMENTS_OF_A_BATCH } else { 0 });
        // In the worst case all members share a mailbox, and each is a chunk of its own.
        let carried = self.statements.saturating_sub(of_group).div_euclid(STATEMENTS_OF_ONE);
        self.mails.min(size).min(carried)
    }

    /// For how many sites carts can be planned with the rest of the budget. Each may have its breaker checked.
    pub fn sites(&self) -> usize {
        usize::try_from(self.statements.div_euclid(STATEMENTS_OF_A_SITE)).unwrap_or(0).saturating_add(1)
    }

    /// Subtracts what a group used.
    pub fn spend(&mut self, mails: usize, chunks: usize) {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let of_chunks =
            count(chunks).saturating_mul(if mails > chunks { STATEMENTS_OF_A_CHUNK } else { STATEMENTS_OF_ONE });
        let statements = STATEMENTS_OF_A_GROUP.saturating_add(STATEMENTS_OF_A_BATCH).saturating_add(of_chunks);
        self.mails = self.mails.saturating_sub(count(mails));
        self.statements = self.statements.saturating_sub(statements);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_stops_when_any_part_of_its_budget_is_used() {
        let began = Timestamp::from_millis(1_764_000_000_000);
        let late = began.plus(Span::seconds(25));
        for (what, mails_per_tick, groups, now, expected) in [
            ("at the beginning", 200, &[][..], began, 5),
            ("the last mails", 7, &[(5, 1)], began, 2),
            ("mails are used up", 5, &[(5, 1)], began, 0),
            ("what the statements of the free plan carry", 5, &[(1, 1)], began, 3),
            ("as many mails as the paid plan permits", 200, &[(5, 1); 39], began, 5),
            ("statements of the paid plan are used up", 200, &[(5, 5); 33], began, 0),
            ("time is used up", 200, &[], late, 0),
        ] {
            let mut budget = Budget::new(mails_per_tick, began);
            for (mails, chunks) in groups {
                budget.spend(*mails, *chunks);
            }
            assert_eq!(budget.next_group(5, now), expected, "{what}");
        }
    }

    #[test]
    fn what_sending_left_is_for_planning() {
        let began = Timestamp::from_millis(1_764_000_000_000);
        for (mails_per_tick, groups, expected) in [
            (5, &[][..], 30),
            (5, &[(5, 1)], 18),
            (5, &[(5, 5)], 1),
            (200, &[(5, 1); 40], 500),
            (200, &[(5, 5); 29], 110),
        ] {
            let mut budget = Budget::new(mails_per_tick, began);
            for (mails, chunks) in groups {
                budget.spend(*mails, *chunks);
            }
            assert_eq!(budget.sites(), expected, "{mails_per_tick} {groups:?}");
        }
    }
}
