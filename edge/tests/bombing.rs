//! Mail bombing: unproven addresses of one browser or network get few mails, whichever shop they are typed into.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::{
        http::{Body, Method, Request},
        ports::App,
    },
    native::{
        views::{BreakerView, ReminderView, SENT, Standing, standings, stands},
        world::{SHOP, World, add_site, live, shop_settings},
    },
};
use cartwake_shared::{
    gate::Reason,
    policy::SiteState,
    reminder::ReminderState,
    time::{Span, Timestamp},
    trust::Trust,
    wire,
};

/// An event with an address, straight from a machine: no session, no pause, consent claimed.
fn bomb(edge: &App<World>, site: &str, network: &str, visitor: usize, cart: u32, seq: u32, address: &str) {
    let event = wire::Collect {
        site: edge.site_key(site),
        visitor: format!("01JD3Z5W4K8Q9RT2V6XY{visitor:06}"),
        email: Some(address.to_owned()),
        consent: Some(wire::Consent {
            tracking: Some("granted".to_owned()),
            mail: Some("express".to_owned()),
            ..wire::Consent::default()
        }),
        ..edge.event('A', cart, seq)
    };
    let answer = edge.serve(&Request {
        method: Method::Post,
        path: "/v1/collect".to_owned(),
        page_origin: Some(SHOP.to_owned()),
        content_type: Some("text/plain".to_owned()),
        address: Some(network.to_owned()),
        body: Body::Bytes(serde_json::to_string(&event).unwrap().into_bytes()),
        ..edge.request()
    });
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn run(edge: &App<World>, minutes: i64) {
    for _ in 0..minutes {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
}

/// How many reminders stand where, first steps only.
fn endings(edge: &App<World>) -> Vec<(usize, Standing)> {
    let reminders = edge.reminders();
    standings(reminders.iter().filter(|reminder| reminder.position == 0))
}

/// Refused by a limit.
fn capped(by: Reason) -> Standing {
    stands(ReminderState::Suppressed, by)
}

/// Rows that still hold the hash of a network: carts and reminders.
fn with_a_network(edge: &App<World>) -> (usize, usize) {
    let is_kept = |hash: &Option<String>| hash.as_ref().is_some_and(|hash| !hash.is_empty());
    let carts = edge.carts().iter().filter(|cart| is_kept(&cart.ip_prefix_hash)).count();
    (carts, edge.reminders().iter().filter(|reminder| is_kept(&reminder.ip_prefix_hash)).count())
}

#[test]
fn one_network_reaches_five_new_addresses_a_day_over_all_merchants() {
    let edge = live();
    add_site(&edge, "other", "stranger", SiteState::Live, &shop_settings()).unwrap();
    for n in 0..18 {
        let site = if n % 2 == 0 { "shop" } else { "other" };
        bomb(&edge, site, &format!("203.0.113.{n}"), n, 1, 1, &format!("victim{n}@example.com"));
    }
    run(&edge, 80);
    assert_eq!(endings(&edge), [(5, SENT), (13, capped(Reason::CapIpPrefix))]);
    // The page says why, and not from where.
    let refused = |reminder: &ReminderView| reminder.reason == Some(Reason::CapIpPrefix.into());
    assert!(edge.reminders().into_iter().filter(refused).all(|reminder| reminder.next.is_none()));

    // Another network has places of its own; the next day this one has new ones.
    bomb(&edge, "shop", "198.51.100.1", 30, 1, 1, "someone@example.com");
    run(&edge, 70);
    assert_eq!(edge.ports.provider.mails().len(), 6);
    edge.wait(Span::hours(23));
    for n in 40..47 {
        bomb(&edge, "shop", "203.0.113.9", n, 1, 1, &format!("victim{n}@example.com"));
    }
    run(&edge, 70);
    assert_eq!(edge.ports.provider.mails().len(), 11);
}

#[test]
fn mails_grow_with_the_networks_and_not_with_the_addresses() {
    for (addresses, networks) in [(120, 1), (120, 10), (120, 60)] {
        let mut edge = live();
        edge.config.mails_per_tick = 50;
        edge.wait(Span::minutes(1));
        for n in 0..addresses {
            let network = format!("203.0.{}.{}", n % networks, n % 200);
            bomb(&edge, "shop", &network, n, 1, 1, &format!("victim{n}@example.com"));
        }
        // The breaker trips too; staff, who are deceived, reset it.
        for _ in 0..3 {
            run(&edge, 31);
            edge.ports.store.change(|breaker: &mut BreakerView| breaker.until = Timestamp::from_millis(0));
        }
        let allowed = (networks * 5).min(addresses);
        assert_eq!(edge.ports.provider.mails().len(), allowed, "{networks}: {:?}", endings(&edge));
    }
}

#[test]
fn one_browser_reaches_two_addresses() {
    let edge = live();
    for cart in 1..=4 {
        bomb(&edge, "shop", &format!("203.0.{cart}.7"), 1, cart, 1, &format!("victim{cart}@example.com"));
    }
    run(&edge, 80);
    assert_eq!(endings(&edge), [(2, SENT), (2, capped(Reason::CapSession))]);
}

#[test]
fn a_corrected_address_counts_once() {
    let edge = live();
    // Corrected before anything left: the first one takes no place.
    bomb(&edge, "shop", "203.0.113.7", 1, 1, 1, "ada@exmaple.com");
    bomb(&edge, "shop", "203.0.113.7", 1, 1, 2, "ada@example.com");
    bomb(&edge, "shop", "203.0.113.7", 1, 2, 1, "bo@example.com");
    run(&edge, 70);
    assert_eq!(endings(&edge), [(2, SENT)]);
    // Corrected afterwards: the one it was makes room in this browser, its mail still counts for the network.
    bomb(&edge, "shop", "203.0.113.7", 1, 2, 2, "bob@example.com");
    bomb(&edge, "shop", "203.0.113.7", 1, 3, 1, "cy@example.com");
    bomb(&edge, "shop", "203.0.113.7", 1, 4, 1, "di@example.com");
    run(&edge, 70);
    assert_eq!(endings(&edge), [(3, SENT), (1, capped(Reason::CapSession))]);
}

#[test]
fn five_hundred_shoppers_behind_one_network_are_all_mailed() {
    let mut edge = live();
    edge.config.mails_per_tick = 50;
    let visitor = |n: usize| format!("01JD3Z5W4K8Q9RT2V6XY{n:06}");
    let sessions: Vec<String> = (0..500)
        .map(|n| {
            let answer = edge.get(&format!("/v1/boot?site={}&visitor={}", edge.site_key("shop"), visitor(n)));
            let read: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            read["session"].as_str().unwrap().to_owned()
        })
        .collect();
    edge.wait(Span::seconds(3));
    for (n, session) in sessions.into_iter().enumerate() {
        let event = wire::Collect {
            visitor: visitor(n),
            session: Some(session),
            email: Some(format!("shopper{n}@example.com")),
            consent: Some(wire::Consent {
                tracking: Some("granted".to_owned()),
                mail: Some("express".to_owned()),
                ..wire::Consent::default()
            }),
            ..edge.event('A', 1, 1)
        };
        assert_eq!(edge.collect(&event).status, 200);
    }
    run(&edge, 80);
    assert_eq!(endings(&edge), [(500, SENT)]);
    assert!(edge.reminders().iter().all(|reminder| reminder.trust == Trust::Attested));
}

#[test]
fn who_takes_a_persons_time_is_not_counted_and_leaves_no_network_behind() {
    let edge = live();
    for n in 0..8_u8 {
        edge.leave_cart(char::from(b'A' + n), 1, &format!("shopper{n}@example.com"));
    }
    assert!(edge.carts().iter().all(|cart| cart.ip_prefix_hash.is_none()));
    run(&edge, 70);
    assert_eq!(endings(&edge), [(8, SENT)]);
    assert!(edge.reminders().iter().all(|reminder| reminder.ip_prefix_hash.is_none()));
}

#[test]
fn a_hashed_network_is_gone_after_a_day_wherever_it_was() {
    let edge = live();
    // Mailed, refused, held, not yet due, and never looked at with anything in the cart.
    for n in 0..7 {
        bomb(&edge, "shop", "203.0.113.7", n, 1, 1, &format!("victim{n}@example.com"));
    }
    edge.wait(Span::minutes(30));
    bomb(&edge, "shop", "198.51.100.7", 20, 1, 1, "late@example.com");
    let empty = wire::Snapshot { currency: "EUR".into(), total: Some(0), ..wire::Snapshot::default() };
    bomb(&edge, "shop", "198.51.100.7", 21, 1, 1, "empty@example.com");
    edge.collect(&wire::Collect {
        visitor: "01JD3Z5W4K8Q9RT2V6XY000021".to_owned(),
        snapshot: Some(empty),
        ..edge.event('A', 1, 2)
    });
    run(&edge, 80);
    edge.pause_deployment(true);
    bomb(&edge, "shop", "192.0.2.7", 22, 1, 1, "held@example.com");
    run(&edge, 70);
    assert_ne!(with_a_network(&edge).1, 0);
    run(&edge, 23 * 60 + 30);
    assert_eq!(with_a_network(&edge), (0, 0));
}
