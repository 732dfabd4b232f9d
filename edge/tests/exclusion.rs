//! Bots and staff: who is no shopper is excluded with a reason, never mailed and in no metric; a shopper never is.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::world::{World, add_site, empty, live, shop_settings},
};
use cartwake_shared::{
    exclusion::ExclusionReason,
    policy::{Settings, SiteState},
    time::Span,
    wire,
};

/// A day of ticks, an hour exclusion.
fn pass_a_day(edge: &App<World>) {
    for _ in 0..25 {
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        edge.tick().unwrap();
    }
}

/// `state reason` of every cart, in the order of their ids.
fn carts(edge: &App<World>) -> Vec<String> {
    let rows = edge.ports.store.ask("SELECT state, coalesce(exclusion, '-') FROM cart ORDER BY id").unwrap();
    rows.into_iter().map(|row| row.join(" ")).collect()
}

fn mailed(edge: &App<World>) -> usize {
    edge.ports.provider.mails().len()
}

fn counted(edge: &App<World>) -> Vec<Vec<String>> {
    edge.ports.store.ask("SELECT name, value FROM metric ORDER BY name").unwrap()
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
    ("one address from five browsers within minutes", Some(ExclusionReason::Repetition), |edge| {
        for visitor in ['B', 'C', 'D', 'E', 'A'] {
            edge.leave_cart(visitor, 1, "ada@example.com");
        }
        edge.ports.store.write("UPDATE cart SET due = NULL, state = 4, since = 1 WHERE id NOT LIKE '%A.1'").unwrap();
    }),
    ("one address from four browsers", None, |edge| {
        for visitor in ['B', 'C', 'D', 'A'] {
            edge.leave_cart(visitor, 1, "ada@example.com");
        }
        edge.ports.store.write("UPDATE cart SET due = NULL, state = 4, since = 1 WHERE id NOT LIKE '%A.1'").unwrap();
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
        let cart = edge
            .ports
            .store
            .ask("SELECT state, coalesce(exclusion, '-'), due IS NULL FROM cart WHERE mailbox_hash IS NOT NULL AND id NOT GLOB '*[B-E].1'")
            .unwrap();
        match expected {
            None => {
                assert_eq!(cart.first().unwrap().first().map(String::as_str), Some("1"), "{what}");
                assert!(mailed(&edge) > 0, "{what}");
            }
            Some(exclusion) => {
                assert_eq!(cart, [["4", exclusion.code(), "1"]], "{what}");
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
    assert_eq!((carts(&edge), mailed(&edge)), (vec!["1 -".to_owned()], 2));
}

#[test]
fn a_reserved_name_is_mailed_only_where_mail_stays_on_the_machine() {
    for (stays_here, expected) in [(true, "1 -"), (false, "4 reserved_name")] {
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
    assert_eq!(edge.ports.store.ask("SELECT state, reason FROM outbox").unwrap(), [["5", "staff"]]);
    assert_eq!(mailed(&edge), 0);
}

#[test]
fn a_cart_kept_apart_is_judged_anew_when_its_shopper_comes_back() {
    let edge = live();
    edge.leave_cart('A', 1, "new@shop.example");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    assert_eq!(carts(&edge), ["4 staff"]);
    // The colleague hands the machine to a customer, who types another address.
    let session = Some(edge.session('A'));
    edge.wait(Span::seconds(5));
    let email = Some("ada@example.com".to_owned());
    edge.collect(&wire::Collect { session, email, ..edge.event('A', 1, 7) });
    assert_eq!(carts(&edge), ["0 -"]);
    pass_a_day(&edge);
    assert_eq!(carts(&edge), ["1 -"]);
    // What a program put there stays what it is.
    let mut event = edge.event('B', 1, 1);
    event.context.bot = true;
    edge.collect(&event);
    edge.collect(&edge.event('B', 1, 2));
    assert_eq!(carts(&edge), ["1 -", "4 program"]);
}

#[test]
fn what_is_kept_apart_goes_after_two_weeks_with_its_names_and_nothing_else_does() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.leave_cart('B', 1, "new@shop.example");
    let mut event = edge.event('C', 1, 1);
    event.context.bot = true;
    edge.collect(&event);
    edge.ports.store.write("UPDATE cart SET token = 'T' || id, customer = 'K' || id").unwrap();
    pass_a_day(&edge);
    let names = || edge.ports.store.ask("SELECT count(*) FROM identity").unwrap();
    assert_eq!((carts(&edge).len(), names()), (3, vec![vec!["6".to_owned()]]));
    let day_of_house = |days| {
        edge.wait(Span::days(days));
        for _ in 0..30 {
            edge.wait(Span::minutes(1));
            edge.tick().unwrap();
        }
    };
    day_of_house(12);
    assert_eq!(carts(&edge), ["1 -", "4 staff", "4 program"]);
    day_of_house(2);
    assert_eq!(carts(&edge), ["1 -"]);
    assert_eq!(names(), [["2"]]);
}
