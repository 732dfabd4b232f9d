//! An open payment makes no reminder late, neither for the cart that waits nor for one that is reopened.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        views::{ReminderView, SENT, Standing, stands},
        world::{World, live},
    },
};
use cartwake_shared::{
    gate::Reason,
    lifecycle::CartState,
    reminder::ReminderState::{Ready, Stale},
    time::Span,
};

/// One left cart whose first reminder is planned and not yet sent.
fn planned() -> App<World> {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge
}

fn first(edge: &App<World>) -> ReminderView {
    edge.first_steps().into_iter().find(|reminder| reminder.is_about('A', 1)).unwrap()
}

fn order(edge: &App<World>, status: &str) {
    let body = format!(r#"{{"order":"1","status":"{status}","email":"ada@example.com"}}"#);
    let answer = edge.post_from_server("/v1/orders", "shop", &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Ticks for an hour and a half.
fn ticks(edge: &App<World>) -> Standing {
    for _ in 0..6 {
        edge.wait(Span::minutes(15));
        edge.tick().unwrap();
    }
    first(edge).standing()
}

#[test]
fn a_payment_that_fails_after_half_a_day_leaves_the_reminder_in_time() {
    let edge = planned();
    order(&edge, "pending");
    for _ in 0..9 {
        assert_eq!(ticks(&edge), stands(Ready, Reason::PaymentPending));
    }
    order(&edge, "failed");
    // Until after the night.
    ticks(&edge);
    assert_eq!(ticks(&edge), SENT);
}

#[test]
fn a_payment_that_stays_open_holds_the_reminder_for_a_day_at_most() {
    let edge = planned();
    order(&edge, "pending");
    for _ in 0..15 {
        assert_eq!(ticks(&edge), stands(Ready, Reason::PaymentPending));
    }
    ticks(&edge);
    assert_eq!(ticks(&edge), stands(Stale, Reason::Stale));
}

#[test]
fn a_cart_that_is_reopened_the_next_day_is_reminded_as_if_left_now() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    order(&edge, "placed");
    assert_eq!(edge.cart('A', 1).state, CartState::Ordered);
    edge.wait(Span::hours(22));
    order(&edge, "failed");
    let cart = edge.cart('A', 1);
    assert_eq!((cart.state, cart.active_at), (CartState::Active, edge.now()));
    assert_eq!(ticks(&edge), SENT);
}
