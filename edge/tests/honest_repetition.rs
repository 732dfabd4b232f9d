//! What staff or the gate decided once holds, and what a page says again is no news.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{
        ports::{App, Store as _},
        store::sql::share::DecideWaiting,
    },
    native::{
        views::{ReminderView, SENT, stands},
        world::{World, block_on, live, shop_settings},
    },
};
use cartwake_shared::{
    gate::Reason, identifier::SiteId, policy::Settings, reminder::ReminderState::Ready, time::Span, wire,
};

/// A network with five places, and the sixth who waits.
fn sixth_waits() -> App<World> {
    let edge = live();
    for (visitor, number) in "ABCDEF".chars().zip(0..) {
        leave(&edge, visitor, 1, &format!("person{number}@example.com"));
    }
    run(&edge, 70);
    assert_eq!(of(&edge, 'F', 1, "s1").standing(), stands(Ready, Reason::NetworkShare));
    edge
}

/// A shopper behind the one network leaves a cart.
fn leave(edge: &App<World>, visitor: char, cart: u32, address: &str) {
    let event = wire::Collect {
        session: Some(edge.session(visitor)),
        email: Some(address.to_owned()),
        consent: Some(wire::Consent { mail: Some("express".into()), ..wire::Consent::default() }),
        ..edge.event(visitor, cart, 1)
    };
    assert_eq!(edge.collect_from("203.0.113.7", &event).status, 200);
}

fn release_all(edge: &App<World>) {
    let site = SiteId::parse("shop").unwrap();
    let (now, most) = (edge.now(), 1_000);
    let all = DecideWaiting { site: &site, operator: None, domain: None, released: 2, now, most };
    block_on(edge.store().done(&all)).unwrap();
}

fn run(edge: &App<World>, minutes: i64) {
    for _ in 0..minutes {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
}

fn of(edge: &App<World>, visitor: char, cart: u32, step: &str) -> ReminderView {
    edge.reminders().into_iter().find(|one| one.is_about(visitor, cart) && one.step == step).unwrap()
}

#[test]
fn a_mailbox_that_staff_released_has_a_place_for_its_next_cart() {
    let edge = sixth_waits();
    release_all(&edge);
    let contact = edge.contacts().into_iter().find(|contact| contact.place_at == Some(edge.now())).unwrap();
    assert!(contact.place_cart.unwrap().ends_with("F.1"));
    run(&edge, 5);
    assert_eq!(of(&edge, 'F', 1, "s1").standing(), SENT);
    edge.wait(Span::days(3));
    // Its network is full again.
    for (visitor, number) in "GHJKM".chars().zip(6..) {
        leave(&edge, visitor, 1, &format!("person{number}@example.com"));
    }
    leave(&edge, 'F', 2, "person5@example.com");
    run(&edge, 70);
    assert_eq!(of(&edge, 'F', 2, "s1").standing(), SENT);
}

#[test]
fn a_step_keeps_the_grant_of_its_run_when_the_sequence_has_changed() {
    let edge = sixth_waits();
    release_all(&edge);
    run(&edge, 5);
    assert_eq!(of(&edge, 'F', 1, "s1").standing(), SENT);
    // The first step is removed, so that the second is planned at the place that the first had.
    let mut settings: Settings = shop_settings();
    settings.policy.steps.remove(0);
    let settings = serde_json::to_string(&settings).unwrap();
    edge.change_sites(|site| site.settings.clone_from(&settings));
    edge.change_contacts(|contact| contact.place_at = None);
    run(&edge, 24 * 60);
    let second = of(&edge, 'F', 1, "s2");
    assert_eq!((second.position, second.standing()), (0, SENT));
}

#[test]
fn an_address_that_every_page_says_again_keeps_no_reminder_waiting() {
    let edge = live();
    let say = |seq: u32, address: &str| {
        let event = wire::Collect {
            snapshot: None,
            session: Some(edge.session('A')),
            email: Some(address.to_owned()),
            ..edge.event('A', 1, seq)
        };
        assert_eq!(edge.collect(&event).status, 200);
        edge.cart('A', 1)
    };
    edge.leave_cart('A', 1, "ada@example.com");
    let left = edge.cart('A', 1);
    for seq in 3..6 {
        run(&edge, 10);
        let again = say(seq, "Ada@example.com");
        assert_eq!((again.active_at, again.history), (left.active_at, left.history.clone()));
    }
    // Another address is news.
    assert_eq!(say(7, "ada@example.org").active_at, edge.now());
}
