//! Who waits honestly is not given up: a turn that was given, a breaker and an open payment make no reminder late.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        views::{BreakerView, ReminderView, SENT, Standing, stands},
        world::{World, live},
    },
};
use cartwake_shared::{
    breaker::Cause,
    gate::Reason,
    lifecycle::CartState,
    reminder::ReminderState::{Ready, Stale},
    time::Span,
    trust::Audience,
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

/// The reminder began to wait for the site's share so long ago, and is looked at now.
fn waits(edge: &App<World>, ago: Span, released: Option<i64>) {
    edge.change_reminders(|reminder| {
        (reminder.waits_for, reminder.waits_since) = (Some(1), Some(edge.now().minus(ago)));
        (reminder.released, reminder.next) = (released, Some(edge.now()));
    });
}

#[test]
fn a_turn_that_was_given_is_no_flood_when_the_mail_leaves_after_a_day() {
    for (released, standing) in [(Some(1), SENT), (None, stands(Reason::Flood.leads_to(), Reason::Flood))] {
        let edge = planned();
        waits(&edge, Span::hours(27), released);
        edge.tick().unwrap();
        assert_eq!(first(&edge).standing(), standing);
    }
}

#[test]
fn a_turn_without_a_free_place_is_over_and_the_wait_goes_on() {
    let edge = planned();
    waits(&edge, Span::hours(3), Some(1));
    edge.change_contacts(|contact| contact.place_at = None);
    edge.tick().unwrap();
    let held = first(&edge);
    assert_eq!((held.standing(), held.released), (stands(Ready, Reason::NetworkShare), None));
    assert_eq!(held.waits_since, Some(edge.now().minus(Span::hours(3))));
}

#[test]
fn a_wait_begins_anew_where_a_breaker_held_the_reminder_meanwhile() {
    let edge = planned();
    waits(&edge, Span::hours(20), Some(1));
    let until = edge.now().plus(Span::hours(6));
    edge.ports.store.insert(&BreakerView::tripped("shop", Audience::FirstContacts, Cause::Bounces, until, 100, 50));
    edge.tick().unwrap();
    assert_eq!(first(&edge).standing(), stands(Ready, Reason::Breaker));
    // The place is gone by the time the breaker ends.
    edge.change_contacts(|contact| contact.place_at = None);
    edge.wait(Span::hours(6));
    assert_eq!(ticks(&edge), stands(Ready, Reason::NetworkShare));
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
