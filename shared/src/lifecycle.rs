//! Decides when a cart becomes abandoned and which step of the sequence is due.

use crate::{codes, identifier::StepId, policy::Policy, time::Timestamp};

codes! {
    /// The state of a cart. *Recovered* is not a state: it is an ordered cart that a reminder brought back.
    pub enum CartState {
        /// The form in the database.
        code: i64 => from_code,
        /// The word on pages and in the API.
        word: &'static str => from_word,
    }
    /// The shopper was active within the site's time.
    Active { code: 0, word: "active" }
    /// The shopper has not been active for the site's time.
    Abandoned { code: 1, word: "abandoned" }
    /// The cart was bought.
    Ordered { code: 2, word: "ordered" }
    /// The cart is older than the site keeps open carts.
    Expired { code: 3, word: "expired" }
    /// The shopper gave the cart up, or another cart took over.
    Discarded { code: 4, word: "discarded" }
}

/// The facts by which the planner decides about a cart.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The state of the cart.
    pub state: CartState,
    /// The number of pieces in the cart.
    pub items: i64,
    /// Whether an address is known.
    pub has_address: bool,
    /// When the cart was made.
    pub created: Timestamp,
    /// When the shopper last changed the cart.
    pub active_at: Timestamp,
    /// The steps of the current cycle that have a row in the outbox.
    pub planned: Vec<StepId>,
}

/// A step that goes into the outbox now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The step.
    pub step: StepId,
    /// When the step should leave; may lie in the past.
    pub scheduled: Timestamp,
}

/// What the planner does with a cart now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the cart becomes abandoned.
    pub abandon: bool,
    /// The step that is planned, if any.
    pub plan: Option<Due>,
    /// When the planner decides about the cart again; `None` if time alone changes nothing more.
    pub next_decision: Option<Timestamp>,
}

/// Decides about one cart. A decision plans at most one step, so that late steps never leave in a bunch.
pub fn decide(facts: &Facts, policy: &Policy, now: Timestamp) -> Decision {
    let rest = Decision { abandon: false, plan: None, next_decision: None };
    if facts.items <= 0 {
        // Empty carts never become due.
        return rest;
    }
    let abandoned_at = facts.active_at.plus(policy.abandoned_after);
    let abandon = match facts.state {
        CartState::Active if now < abandoned_at => return Decision { next_decision: Some(abandoned_at), ..rest },
        CartState::Active => true,
        CartState::Abandoned => false,
        CartState::Ordered | CartState::Expired | CartState::Discarded => return rest,
    };
    if !facts.has_address || now.since(facts.created) > policy.oldest_cart {
        return Decision { abandon, ..rest };
    }
    let mut open = policy
        .steps
        .iter()
        .filter(|step| !facts.planned.contains(&step.id))
        .map(|step| Due { step: step.id.clone(), scheduled: facts.active_at.plus(policy.delay_of(step)) });
    match open.next() {
        None => Decision { abandon, ..rest },
        Some(due) if due.scheduled > now => Decision { abandon, plan: None, next_decision: Some(due.scheduled) },
        Some(due) => {
            // The delay of the next step counts from the activity too, but this step comes first.
            let next_decision = open.next().map(|next| next.scheduled.max(now));
            Decision { abandon, plan: Some(due), next_decision }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(1_764_000_000_000).plus(Span::hours(hours))
    }

    fn step(id: &str) -> StepId {
        StepId::parse(id).unwrap()
    }

    fn facts() -> Facts {
        Facts {
            state: CartState::Active,
            items: 2,
            has_address: true,
            created: at(0),
            active_at: at(0),
            planned: vec![],
        }
    }

    fn decision(abandon: bool, plan: Option<(&str, i64)>, next_decision: Option<i64>) -> Decision {
        Decision {
            abandon,
            plan: plan.map(|(id, hours)| Due { step: step(id), scheduled: at(hours) }),
            next_decision: next_decision.map(at),
        }
    }

    #[test]
    fn a_cart_moves_through_its_life() {
        let abandoned = Facts { state: CartState::Abandoned, ..facts() };
        let planned = |ids: &[&str]| Facts { planned: ids.iter().map(|id| step(id)).collect(), ..abandoned.clone() };
        for (what, facts, now, expected) in [
            ("still active", facts(), 0, decision(false, None, Some(1))),
            ("due exactly at the hour", facts(), 1, decision(true, Some(("s1", 1)), Some(24))),
            ("found late", facts(), 5, decision(true, Some(("s1", 1)), Some(24))),
            ("empty", Facts { items: 0, ..facts() }, 5, decision(false, None, None)),
            ("no address", Facts { has_address: false, ..facts() }, 5, decision(true, None, None)),
            ("too old to mail", Facts { created: at(-24 * 15), ..facts() }, 5, decision(true, None, None)),
            ("second step", planned(&["s1"]), 24, decision(false, Some(("s2", 24)), Some(72))),
            ("between steps", planned(&["s1"]), 23, decision(false, None, Some(24))),
            ("last step", planned(&["s1", "s2"]), 72, decision(false, Some(("s3", 72)), None)),
            ("done", planned(&["s1", "s2", "s3"]), 99, decision(false, None, None)),
            ("after an outage steps do not bunch", planned(&["s1"]), 80, decision(false, Some(("s2", 24)), Some(80))),
            (
                "shopper came back, the rest counts anew",
                Facts { active_at: at(10), ..planned(&["s1"]) },
                24,
                decision(false, None, Some(34)),
            ),
            ("ordered", Facts { state: CartState::Ordered, ..facts() }, 5, decision(false, None, None)),
        ] {
            assert_eq!(decide(&facts, &Policy::default(), at(now)), expected, "{what}");
        }
    }

    #[test]
    fn states_are_read_back() {
        for state in CartState::ALL {
            assert_eq!(CartState::from_code(state.code()), Some(state));
            assert_eq!(CartState::from_word(state.word()), Some(state));
        }
    }
}
