//! Decides which carts an order closes, which reminders it stops, and whether a mail earned the revenue.

use super::{
    CandidateCart, CartChange, MetricChange, Order, OrderSource, OrderState, OrderStatus, Settlement, TOLD_BY_A_PAGE,
};
use crate::{identifier::CartId, lifecycle::CartState, metric::Metric, policy::Policy, time::Timestamp};

/// Decides which carts an order closes, reopens or stops, and how the metrics change.
///
/// `candidates` are all carts that share an id with the order, and the carts from which those were rebuilt. Those of an order
/// that a page tells are its own visitor's: what it says about others only stops or holds their mails.
pub fn settle(
    order: &Order,
    state: &OrderState,
    candidates: &[CandidateCart],
    policy: &Policy,
    now: Timestamp,
) -> Settlement {
    if order.source == OrderSource::Page && state.confirmed {
        return behind_the_server(order, state, candidates);
    }
    let belongs = |cart: &CandidateCart| cart.number.as_deref() == Some(order.number.as_str());
    // A page may know the order under another number than the shop's server: the server's number replaces it.
    let replaceable = |cart: &CandidateCart| {
        cart.state == CartState::Ordered && !cart.confirmed && state.confirmed && cart.strength >= 3
    };
    let primary = candidates
        .iter()
        .filter(|cart| cart.strength >= 1 && (belongs(cart) || replaceable(cart) || is_open(cart) || is_expired(cart)))
        // The cart that the server called this order's; else the surest, where a name that anybody could have typed counts
        // less than a proven address; else the one of which a page said this number; else the newest with a piece in it.
        .max_by_key(|cart| {
            (
                belongs(cart) && cart.confirmed && cart.worth.is_some(),
                cart.strength.max(2),
                cart.proof,
                cart.strength,
                belongs(cart) && cart.worth.is_some(),
                cart.items > 0,
                cart.created,
                cart.number.is_some(),
            )
        });
    if state.status == OrderStatus::Failed {
        return reopen(order, candidates, primary, policy, now);
    }
    let mut settlement = match (primary, state.status) {
        // The ordered cart is not known, and may never be, if its events come too late. The browser's other carts stop.
        (None, OrderStatus::Placed) => {
            let stopped = candidates.iter().filter(|cart| cart.strength == 0 && (is_open(cart) || is_expired(cart)));
            let carts = order.cart.as_ref().map(|bought| stopped.map(|cart| stop(cart, bought)).collect());
            Settlement { carts: carts.unwrap_or_default(), ..Settlement::default() }
        }
        (None, _) => Settlement::default(),
        (Some(primary), OrderStatus::Pending) => {
            Settlement { primary: Some(primary.id.clone()), ..Settlement::default() }
        }
        (Some(primary), _) => close(order, state, candidates, primary, policy, now),
    };
    if order.source == OrderSource::Server {
        take_number_away(order, candidates, &mut settlement);
    }
    settlement
}

fn is_open(cart: &CandidateCart) -> bool {
    matches!(cart.state, CartState::Active | CartState::Abandoned)
}

fn is_expired(cart: &CandidateCart) -> bool {
    cart.state == CartState::Expired
}

/// What a page says of an order that the shop's server told before: the mails of its own carts stop, and nothing is counted.
fn behind_the_server(order: &Order, state: &OrderState, candidates: &[CandidateCart]) -> Settlement {
    if matches!(state.status, OrderStatus::Pending | OrderStatus::Failed) {
        return Settlement::default();
    }
    let is_about = |cart: &CandidateCart| cart.strength >= 1;
    let carts = candidates.iter().filter(|cart| cart.strength >= 0 && is_open(cart)).filter_map(|cart| {
        if is_about(cart) {
            let number = Some(order.number.clone());
            return Some(CartChange { state: CartState::Ordered, due: None, number, ..unchanged(cart) });
        }
        order.cart.as_ref().map(|bought| stop(cart, bought))
    });
    Settlement { carts: carts.collect(), ..Settlement::default() }
}

/// The shop's server told of which carts an order is; whatever a page called the order's besides counts no more.
fn take_number_away(order: &Order, candidates: &[CandidateCart], settlement: &mut Settlement) {
    for cart in candidates {
        let is_claimed = cart.state == CartState::Ordered
            && !cart.confirmed
            && cart.number.as_deref() == Some(order.number.as_str())
            && (cart.worth.is_some() || cart.counted & Metric::Unconfirmed.bit() != 0);
        if !is_claimed || settlement.carts.iter().any(|change| change.id == cart.id) {
            continue;
        }
        let mut counted = cart.counted;
        if counted & Metric::Unconfirmed.bit() != 0 {
            counted ^= Metric::Unconfirmed.bit();
            let day = chain_of(cart, candidates).last().map_or(cart.day, |origin| origin.day);
            settlement.metrics.push(MetricChange { day, metric: Metric::Unconfirmed, currency: None, value: -1 });
        }
        let number = cart.number.clone().filter(|_| cart.strength > TOLD_BY_A_PAGE);
        settlement.carts.push(CartChange { number, worth: None, counted, ..unchanged(cart) });
    }
}

/// The carts that were rebuilt one from the other; the cart in which the purchase began stands last.
fn chain_of<'a>(cart: &'a CandidateCart, candidates: &'a [CandidateCart]) -> Vec<&'a CandidateCart> {
    let find = |id: &str| candidates.iter().find(|cart| cart.id.to_string() == id);
    let mut chain = vec![cart];
    while let Some(origin) = chain.last().and_then(|cart| cart.rebuilt_from.as_deref()).and_then(find) {
        if chain.iter().any(|cart| cart.id == origin.id) {
            break;
        }
        chain.push(origin);
    }
    chain
}

fn close(
    order: &Order,
    state: &OrderState,
    candidates: &[CandidateCart],
    primary: &CandidateCart,
    policy: &Policy,
    now: Timestamp,
) -> Settlement {
    let mut settlement = Settlement { primary: Some(primary.id.clone()), ..Settlement::default() };
    let chain = chain_of(primary, candidates);
    let origin = chain.last().copied().unwrap_or(primary);
    let recovered = primary.recovered || chain.iter().any(|cart| is_attributed(cart.visited, now, policy));
    let earned = state.status != OrderStatus::Cancelled;

    for cart in candidates {
        let is_primary = cart.id == primary.id;
        let in_chain = chain.iter().any(|link| link.id == cart.id);
        let same_person =
            cart.strength >= 1 && (cart.number.is_none() || cart.number.as_deref() == Some(order.number.as_str()));
        let is_open = is_open(cart);
        if is_primary || ((in_chain || same_person) && is_open) {
            // The metrics count the cart in which the purchase began; a rebuilt cart is not counted again.
            let mut counted = cart.counted;
            let mut count = |metric: Metric, holds: bool, day: i64| {
                let is_counted = counted & metric.bit() != 0;
                if holds != is_counted {
                    counted ^= metric.bit();
                    settlement.metrics.push(MetricChange {
                        day,
                        metric,
                        currency: None,
                        value: if holds { 1 } else { -1 },
                    });
                }
            };
            if cart.rebuilt_from.is_none() {
                count(Metric::Tracked, true, cart.day);
                let identified = cart.mailbox_hash.is_some() || cart.counted & Metric::Identified.bit() != 0;
                count(Metric::Identified, identified, cart.day);
            }
            if is_primary {
                count(Metric::Unconfirmed, !state.confirmed && earned, origin.day);
                count(Metric::Ordered, state.confirmed && earned, origin.day);
                count(Metric::Recovered, state.confirmed && earned && recovered, origin.day);
            }
            let worth = if is_primary { state.worth() } else { None };
            settlement.carts.push(CartChange {
                id: cart.id.clone(),
                state: CartState::Ordered,
                due: None,
                number: Some(order.number.clone()),
                worth,
                confirmed: state.confirmed,
                recovered: is_primary && recovered && earned,
                counted,
                superseded_by: None,
            });
            let before = if cart.recovered && cart.confirmed { cart.worth } else { None };
            let after = if is_primary && recovered && state.confirmed { worth } else { None };
            for (amount, sign) in [(before, -1), (after, 1)] {
                if let Some(amount) = amount.filter(|amount| amount.minor() != 0) {
                    settlement.metrics.push(MetricChange {
                        day: origin.day,
                        metric: Metric::Revenue,
                        currency: Some(amount.currency()),
                        value: amount.minor().saturating_mul(sign),
                    });
                }
            }
        } else if cart.strength == 0 && is_open {
            settlement.carts.push(stop(cart, &primary.id));
        }
    }
    settlement
}

/// Stops the mails of a cart of the same browser with another address; nothing else about that cart changes.
fn stop(cart: &CandidateCart, bought: &CartId) -> CartChange {
    CartChange { due: None, superseded_by: Some(bought.clone()), ..unchanged(cart) }
}

/// A cart as it is; a due time is not kept.
fn unchanged(cart: &CandidateCart) -> CartChange {
    CartChange {
        id: cart.id.clone(),
        state: cart.state,
        due: None,
        number: cart.number.clone(),
        worth: cart.worth,
        confirmed: cart.confirmed,
        recovered: cart.recovered,
        counted: cart.counted,
        superseded_by: None,
    }
}

fn reopen(
    order: &Order,
    candidates: &[CandidateCart],
    primary: Option<&CandidateCart>,
    policy: &Policy,
    now: Timestamp,
) -> Settlement {
    let mut settlement = Settlement { primary: primary.map(|cart| cart.id.clone()), ..Settlement::default() };
    for cart in candidates {
        if cart.state != CartState::Ordered || cart.number.as_deref() != Some(order.number.as_str()) {
            continue;
        }
        let mut counted = cart.counted;
        for metric in [Metric::Ordered, Metric::Recovered, Metric::Unconfirmed] {
            if counted & metric.bit() != 0 {
                counted ^= metric.bit();
                settlement.metrics.push(MetricChange { day: cart.day, metric, currency: None, value: -1 });
            }
        }
        if let Some(worth) = cart.worth.filter(|worth| cart.recovered && cart.confirmed && worth.minor() != 0) {
            settlement.metrics.push(MetricChange {
                day: cart.day,
                metric: Metric::Revenue,
                currency: Some(worth.currency()),
                value: worth.minor().saturating_neg(),
            });
        }
        settlement.carts.push(CartChange {
            id: cart.id.clone(),
            state: if cart.was_abandoned { CartState::Abandoned } else { CartState::Active },
            due: Some(now.plus(policy.abandoned_after)),
            number: None,
            worth: None,
            confirmed: false,
            recovered: false,
            counted,
            superseded_by: None,
        });
    }
    settlement
}

/// Whether an order is attributed to a mail; `visited` is the confirmed visit through the mail's link.
pub fn is_attributed(visited: Option<Timestamp>, ordered: Timestamp, policy: &Policy) -> bool {
    visited.is_some_and(|visited| ordered >= visited && ordered.since(visited) <= policy.attribution)
}
