//! Bots and staff are excluded with a reason, never mailed and in no metric; a shopper never is excluded.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        views::{CartView, MetricView, standings, stands},
        world::{World, add_site, empty, live, shop_settings},
    },
};
use cartwake_shared::{
    exclusion::ExclusionReason,
    gate::Reason,
    lifecycle::CartState::{self, Abandoned, Active, Discarded},
    policy::{Settings, SiteState},
    reminder::ReminderState,
    time::{Span, Timestamp},
    wire,
};

/// A cart of the shop's own people.
const STAFF: (CartState, Option<ExclusionReason>) = (Discarded, Some(ExclusionReason::Staff));

/// A day of ticks, an hour apart.
fn pass_a_day(edge: &App<World>) {
    for _ in 0..25 {
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        edge.tick().unwrap();
    }
}

/// State and exclusion of every cart, in the order of their ids.
fn carts(edge: &App<World>) -> Vec<(CartState, Option<ExclusionReason>)> {
    edge.carts().iter().map(|cart| (cart.state, cart.exclusion)).collect()
}

fn mailed(edge: &App<World>) -> usize {
    edge.ports.provider.mails().len()
}

fn counted(edge: &App<World>) -> Vec<MetricView> {
    edge.ports.store.rows()
}

/// All carts but the first of browser A ended long ago.
fn end_the_others(edge: &App<World>) {
    edge.change_carts(|cart| {
        if !cart.is('A', 1) {
            (cart.due, cart.state, cart.since) = (None, Discarded, Timestamp::from_millis(1));
        }
    });
}

/// Every change at one moment: three contents of a cart and an address.
fn at_machine_speed(edge: &App<World>, pieces: &[u32], address: &str) {
    for (seq, quantity) in (1..).zip(pieces) {
        let mut event = edge.event('A', 1, seq);
        event.snapshot.as_mut().unwrap().lines.iter_mut().for_each(|line| line.quantity = *quantity);
        edge.collect(&event);
    }
    let consent = wire::Consent { mail: Some("express".into()), ..wire::Consent::default() };
    let email = Some(address.to_owned());
    edge.collect(&wire::Collect { snapshot: None, email, consent: Some(consent), ..edge.event('A', 1, 90) });
}

type Case = (&'static str, Option<ExclusionReason>, fn(&App<World>));

const CASES: &[Case] = &[
    ("a shopper", None, |edge| edge.leave_cart('A', 1, "ada@example.com")),
    ("an owner", Some(ExclusionReason::Staff), |edge| edge.leave_cart('A', 1, "Owner+try@shop.example")),
    ("somebody at the sender's domain", Some(ExclusionReason::Staff), |edge| {
        edge.leave_cart('A', 1, "new@shop.example");
    }),
    ("where answers go", Some(ExclusionReason::Staff), |edge| edge.leave_cart('A', 1, "people@shop.example")),
    ("an agency", Some(ExclusionReason::Staff), |edge| edge.leave_cart('A', 1, "dev@agency.example")),
    ("a crawler", Some(ExclusionReason::Crawler), |edge| edge.leave_cart('A', 1, "john@storebotmail.joonix.net")),
    ("a throw-away mailbox", None, |edge| edge.leave_cart('A', 1, "ada@mailinator.com")),
    ("three contents and an address at once", Some(ExclusionReason::Pace), |edge| {
        at_machine_speed(edge, &[1, 2, 3], "ada@example.com");
    }),
    ("a page that states its cart again and again, and a prefilled address", None, |edge| {
        at_machine_speed(edge, &[2, 2, 2, 3, 3, 2], "ada@example.com");
    }),
    ("the twelfth cart of a browser in a day", Some(ExclusionReason::Repetition), |edge| {
        for cart in 1..=11 {
            edge.collect(&wire::Collect { snapshot: Some(empty_cart()), ..edge.event('A', cart, 1) });
        }
        edge.leave_cart('A', 12, "ada@example.com");
    }),
    ("the twelfth cart of a browser in a year", None, |edge| edge.leave_cart('A', 12, "ada@example.com")),
    ("one address from five browsers within minutes, which others may have typed", None, |edge| {
        for visitor in ['B', 'C', 'D', 'E', 'A'] {
            edge.leave_cart(visitor, 1, "ada@example.com");
        }
        end_the_others(edge);
    }),
];

fn empty_cart() -> wire::Snapshot {
    wire::Snapshot { currency: "EUR".into(), ..wire::Snapshot::default() }
}

fn shop_with_an_agency(state: SiteState) -> App<World> {
    let edge = empty();
    let settings = Settings { staff: vec!["@agency.example".into()], ..shop_settings() };
    add_site(&edge, "shop", "merchant", state, &settings).unwrap();
    edge
}

#[test]
fn who_is_no_shopper_is_kept_apart_never_mailed_and_in_no_figure() {
    for (what, expected, happen) in CASES {
        let edge = shop_with_an_agency(SiteState::Live);
        happen(&edge);
        pass_a_day(&edge);
        let is_another = |cart: &CartView| ['B', 'C', 'D', 'E'].iter().any(|visitor| cart.is(*visitor, 1));
        let judged: Vec<CartView> =
            edge.carts().into_iter().filter(|cart| cart.mailbox_hash.is_some() && !is_another(cart)).collect();
        match expected {
            None => {
                assert_eq!(judged.first().unwrap().state, Abandoned, "{what}");
                assert!(mailed(&edge) > 0, "{what}");
            }
            Some(exclusion) => {
                let found: Vec<_> = judged.iter().map(|cart| (cart.state, cart.exclusion, cart.due)).collect();
                assert_eq!(found, [(Discarded, Some(*exclusion), None)], "{what}");
                assert_eq!(mailed(&edge), 0, "{what}");
                assert!(counted(&edge).is_empty(), "{what} {:?}", counted(&edge));
            }
        }
    }
}

#[test]
fn in_test_everything_is_tried_by_the_shops_own_people() {
    let edge = shop_with_an_agency(SiteState::Test);
    edge.leave_cart('A', 1, "owner@shop.example");
    pass_a_day(&edge);
    assert_eq!((carts(&edge), mailed(&edge)), (vec![(Abandoned, None)], 2));
}

#[test]
fn a_reserved_name_is_mailed_only_where_mail_stays_on_the_machine() {
    for (stays_here, expected) in [(true, (Abandoned, None)), (false, (Discarded, Some(ExclusionReason::ReservedName)))]
    {
        let mut edge = live();
        edge.config.mail_stays_here = stays_here;
        edge.leave_cart('A', 1, "ada@example.com");
        pass_a_day(&edge);
        assert_eq!(carts(&edge), [expected]);
        assert_eq!(mailed(&edge) > 0, stays_here);
    }
}

#[test]
fn who_is_named_after_planning_is_stopped_at_the_gate() {
    let edge = live();
    edge.leave_cart('A', 1, "dev@agency.example");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    let settings = Settings { staff: vec!["dev@agency.example".into()], ..shop_settings() };
    add_site(&edge, "shop", "merchant", SiteState::Live, &settings).unwrap();
    edge.tick().unwrap();
    assert_eq!(standings(&edge.reminders()), [(1, stands(ReminderState::Suppressed, Reason::Staff))]);
    assert_eq!(mailed(&edge), 0);
}

#[test]
fn a_cart_kept_apart_is_judged_anew_when_its_shopper_comes_back() {
    let edge = live();
    edge.leave_cart('A', 1, "new@shop.example");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    assert_eq!(carts(&edge), [STAFF]);
    // The colleague hands the machine to a customer, who types another address.
    let session = Some(edge.session('A'));
    edge.wait(Span::seconds(5));
    let email = Some("ada@example.com".to_owned());
    edge.collect(&wire::Collect { session, email, ..edge.event('A', 1, 7) });
    assert_eq!(carts(&edge), [(Active, None)]);
    pass_a_day(&edge);
    assert_eq!(carts(&edge), [(Abandoned, None)]);
    // What a program put there stays what it is.
    let mut event = edge.event('B', 1, 1);
    event.context.bot = true;
    edge.collect(&event);
    edge.collect(&edge.event('B', 1, 2));
    assert_eq!(carts(&edge), [(Abandoned, None), (Discarded, Some(ExclusionReason::Program))]);
}

#[test]
fn what_is_kept_apart_goes_after_two_weeks_with_its_names_and_nothing_else_does() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.leave_cart('B', 1, "new@shop.example");
    let mut event = edge.event('C', 1, 1);
    event.context.bot = true;
    edge.collect(&event);
    edge.change_carts(|cart| {
        cart.token = Some(format!("T{}", cart.id));
        cart.customer = Some(format!("K{}", cart.id));
    });
    pass_a_day(&edge);
    let names = || edge.identities().len();
    assert_eq!((carts(&edge).len(), names()), (3, 6));
    let day_of_house = |days| {
        edge.wait(Span::days(days));
        for _ in 0..30 {
            edge.wait(Span::minutes(1));
            edge.tick().unwrap();
        }
    };
    day_of_house(12);
    assert_eq!(carts(&edge), [(Abandoned, None), STAFF, (Discarded, Some(ExclusionReason::Program))]);
    day_of_house(2);
    assert_eq!(carts(&edge), [(Abandoned, None)]);
    assert_eq!(names(), 2);
}
