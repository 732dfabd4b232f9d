//! Attacks on the right to mail: what strangers make the shop mail stays within the shares, and they stop nobody else's mails.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::{
        http::{Body, Method, Request},
        ports::{App, Store as _},
    },
    native::{
        views::{NetworkView, ReminderView, SENT, SaltView, SiteShareView, Standing, standings, stands},
        world::{SHOP, World, add_site, block_on, live, shop_settings},
    },
    sending::breaker::{self, MailEvent},
};
use cartwake_shared::{
    gate::Reason,
    identifier::SiteId,
    policy::SiteState,
    reminder::ReminderState::{Ready, Sent, Suppressed},
    share,
    time::Span,
    trust::{Audience, Trust},
    wire,
};

fn holds_network() -> Standing {
    stands(Ready, Reason::NetworkShare)
}

fn consent() -> wire::Consent {
    wire::Consent { tracking: Some("granted".into()), mail: Some("express".into()), ..wire::Consent::default() }
}

fn visitor(number: usize) -> String {
    format!("01JD3Z5W4K8Q9RT2V6XY{number:06}")
}

/// A session of any visitor, from a client of that network.
fn session(edge: &App<World>, number: usize) -> Option<String> {
    let path = format!("/v1/boot?site={}&visitor={}", edge.site_key("shop"), visitor(number));
    let read: serde_json::Value = serde_json::from_str(&edge.get(&path).body).unwrap();
    read["session"].as_str().map(str::to_owned)
}

/// An address straight from a machine: consent claimed, with a session where it asked for one.
fn bomb(edge: &App<World>, network: &str, number: usize, has_session: bool, address: &str) {
    let event = wire::Collect {
        visitor: visitor(number),
        session: if has_session { session(edge, number) } else { None },
        email: Some(address.to_owned()),
        consent: Some(consent()),
        ..edge.event('A', 1, 1)
    };
    let answer = edge.collect_from(network, &event);
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
    standings(edge.reminders().iter().filter(|reminder| reminder.position == 0))
}

#[test]
fn attack_01_one_network_reaches_five_strangers_a_day_whatever_sessions_it_makes() {
    let mut edge = live();
    edge.config.mails_per_tick = 50;
    for n in 0..200 {
        bomb(&edge, &format!("203.0.113.{n}"), n, n % 2 == 0, &format!("victim{n}@example.com"));
    }
    run(&edge, 80);
    assert_eq!(endings(&edge), [(195, holds_network()), (5, SENT)]);
    // Another network has places of its own, and a day later this one has new ones, by the clock and not by the calendar.
    bomb(&edge, "198.51.100.1", 300, true, "someone@example.com");
    run(&edge, 70);
    assert_eq!(edge.ports.provider.mails().len(), 6);
    let others = |edge: &App<World>| edge.reminders().iter().filter(|reminder| reminder.state == Sent).count();
    edge.wait(Span::hours(20));
    for n in 400..410 {
        bomb(&edge, "203.0.113.9", n, false, &format!("victim{n}@example.com"));
    }
    run(&edge, 70);
    assert_eq!(others(&edge), 6, "a new calendar day is no new share");
    edge.wait(Span::hours(3));
    for n in 500..510 {
        bomb(&edge, "203.0.113.9", n, false, &format!("victim{n}@example.com"));
    }
    run(&edge, 70);
    assert!(edge.reminders().iter().filter(|reminder| reminder.position == 0 && reminder.state == Sent).count() == 11);
}

#[test]
fn attack_01_over_many_networks_the_share_of_the_site_holds() {
    for (addresses, networks) in [(120, 1), (120, 10), (120, 60)] {
        let mut edge = live();
        edge.config.mails_per_tick = 50;
        for n in 0..addresses {
            let network = format!("203.0.{}.{}", n % networks, n % 200);
            bomb(&edge, &network, n, true, &format!("victim{n}@example.com"));
        }
        run(&edge, 23 * 60);
        let first = edge.reminders().iter().filter(|reminder| reminder.position == 0 && reminder.state == Sent).count();
        let allowed = (networks * 5).min(usize::try_from(share::SITE_AT_LEAST).unwrap());
        assert_eq!(first, allowed.min(addresses), "{networks}: {:?}", endings(&edge));
        // Whoever waits a day is given up, with a reason.
        run(&edge, 150);
        assert!(edge.reminders().iter().all(|reminder| reminder.next.is_none() || reminder.position > 0));
    }
}

#[test]
fn attack_01_one_network_has_twenty_five_places_over_all_sites() {
    let edge = live();
    for n in 0..7 {
        add_site(&edge, &format!("s{n}"), &format!("m{n}"), SiteState::Live, &shop_settings()).unwrap();
    }
    for n in 0..70 {
        let event = wire::Collect {
            site: edge.site_key(&format!("s{}", n % 7)),
            visitor: visitor(n),
            email: Some(format!("victim{n}@example.com")),
            consent: Some(consent()),
            ..edge.event('A', 1, 1)
        };
        assert_eq!(edge.collect_from("203.0.113.7", &event).status, 200);
    }
    run(&edge, 80);
    assert_eq!(endings(&edge), [(45, holds_network()), (25, SENT)]);
}

#[test]
fn one_mailbox_is_a_first_contact_of_three_sites_at_most() {
    let edge = live();
    for n in 0..6 {
        let site = format!("s{n}");
        add_site(&edge, &site, &format!("m{n}"), SiteState::Live, &shop_settings()).unwrap();
        let event = wire::Collect {
            site: edge.site_key(&site),
            visitor: visitor(n),
            email: Some("victim@example.com".to_owned()),
            consent: Some(consent()),
            ..edge.event('A', 1, 1)
        };
        assert_eq!(edge.collect_from(&format!("10.0.{n}.1"), &event).status, 200);
    }
    run(&edge, 80);
    assert_eq!(endings(&edge), [(3, SENT), (3, stands(Suppressed, Reason::CapMonth))]);
}

#[test]
fn attack_02_a_session_ends_and_gives_no_right_to_mail() {
    let edge = live();
    // Five places are taken; a session, however old or new, changes nothing for the sixth.
    for n in 0..5 {
        bomb(&edge, "203.0.113.7", n, true, &format!("victim{n}@example.com"));
    }
    let old = session(&edge, 9).unwrap();
    edge.wait(Span::hours(13));
    let event = wire::Collect {
        visitor: visitor(9),
        session: Some(old),
        email: Some("victim9@example.com".to_owned()),
        consent: Some(consent()),
        ..edge.event('A', 1, 1)
    };
    assert_eq!(edge.collect_from("203.0.113.7", &event).status, 200);
    assert!(edge.carts().iter().any(|cart| cart.session_minted.is_none()), "a session of yesterday is none");
    run(&edge, 80);
    let ninth = edge.reminders().into_iter().find(|reminder| reminder.cart.starts_with(&visitor(9))).unwrap();
    assert_eq!(ninth.standing(), holds_network());
}

#[test]
fn one_visitor_has_two_addresses_and_a_corrected_one_counts_once() {
    let edge = live();
    let say = |cart: u32, seq: u32, address: &str| {
        let event =
            wire::Collect { email: Some(address.to_owned()), consent: Some(consent()), ..edge.event('A', cart, seq) };
        assert_eq!(edge.collect(&event).status, 200);
    };
    // Corrected before anything left: the first one gives its place to the second.
    say(1, 1, "ada@exmaple.com");
    say(1, 2, "ada@example.com");
    say(2, 1, "bo@example.com");
    say(3, 1, "cy@example.com");
    run(&edge, 70);
    assert_eq!(endings(&edge), [(1, holds_network()), (2, SENT)]);
}

#[test]
fn a_mailbox_holds_its_place_for_a_month() {
    let edge = live();
    let mut taken = Vec::new();
    for cart in 1..=4 {
        edge.leave_cart('A', cart, "ada@example.com");
        run(&edge, 70);
        let share: SiteShareView = edge.ports.store.rows().remove(0);
        taken.push((edge.contacts()[0].place_at, share.quarters));
        edge.wait(Span::hours(25));
    }
    assert_eq!(edge.ports.provider.mails().len(), 3, "as many carts are mailed as the cap permits");
    taken.dedup();
    assert_eq!(taken.len(), 1, "{taken:?}");
}

#[test]
fn who_waits_leaves_in_turn_by_operator() {
    let edge = live();
    // One operator floods with three hundred networks; three shoppers of two other operators come later.
    let post = |operator: &str, network: &str, number: usize| {
        let event = wire::Collect {
            visitor: visitor(number),
            session: session(&edge, number),
            email: Some(format!("person{number}@example.com")),
            consent: Some(consent()),
            ..edge.event('A', 1, 1)
        };
        let request = Request {
            method: Method::Post,
            path: "/v1/collect".to_owned(),
            page_origin: Some(SHOP.to_owned()),
            content_type: Some("text/plain".to_owned()),
            address: Some(network.to_owned()),
            operator: Some(operator.to_owned()),
            body: Body::Bytes(serde_json::to_vec(&event).unwrap()),
            ..edge.request()
        };
        assert_eq!(edge.serve(&request).status, 200);
    };
    for n in 0..300 {
        post("AS64500 Flood", &format!("203.{}.{}.1", n / 200, n % 200), n);
    }
    edge.wait(Span::minutes(45));
    for n in 900..903 {
        post(if n == 900 { "AS64501 One" } else { "AS64502 Two" }, &format!("198.51.{}.1", n - 900), n);
    }
    run(&edge, 120);
    let sent = |edge: &App<World>, from: usize| {
        let is_of = |reminder: &&ReminderView| reminder.cart >= visitor(from) && reminder.position == 0;
        edge.reminders().iter().filter(is_of).filter(|reminder| reminder.state == Sent).count()
    };
    assert_eq!((sent(&edge, 0), sent(&edge, 900)), (50, 0), "the share was used up before they came");
    // A day later places become free, and the three have their turn before the flood that has waited longer.
    run(&edge, 24 * 60);
    assert_eq!(sent(&edge, 900), 3, "{:?}", endings(&edge));
}

#[test]
fn attack_04_a_flood_stops_itself_only() {
    let mut edge = live();
    edge.config.mails_per_tick = 50;
    for n in 0..400 {
        bomb(&edge, &format!("203.{}.{}.1", n / 100, n % 100), n, true, &format!("made-up{n}@example.com"));
    }
    // A shopper whom the shop's server knows, and one whom nothing proves, come while the flood waits.
    edge.leave_cart('K', 1, "known@example.com");
    edge.change_contacts(|contact| {
        if contact.address.as_deref() == Some("known@example.com") {
            contact.known_at = Some(edge.now());
        }
    });
    run(&edge, 72);
    let of_known = edge.reminders().into_iter().find(|reminder| reminder.is_about('K', 1)).unwrap();
    assert_eq!((of_known.state, of_known.trust), (Sent, Some(Trust::Returned)));
    let delay = of_known.ended_at.unwrap().since(of_known.scheduled);
    assert!(delay <= Span::minutes(10), "{delay:?}");
    // Half of the flood's mails bounce, which stops mails to first contacts and nothing else.
    run(&edge, 1);
    let site = SiteId::parse("shop").unwrap();
    let bounced = core::iter::repeat_n((&site, Audience::FirstContacts, MailEvent::Bounced, edge.now()), 25);
    block_on(edge.store().execute(breaker::count(bounced))).unwrap();
    block_on(breaker::check(&edge, vec![(site.clone(), Audience::FirstContacts)])).unwrap();
    edge.leave_cart('N', 1, "other@example.com");
    edge.change_contacts(|contact| {
        if contact.address.as_deref() == Some("other@example.com") {
            contact.known_at = Some(edge.now());
        }
    });
    run(&edge, 70);
    let of_other = edge.reminders().into_iter().find(|reminder| reminder.is_about('N', 1)).unwrap();
    assert_eq!(of_other.state, Sent);
    // What a breaker held is not stale when it is reset after three days. Nobody waits for a share by then.
    for _ in 0..26 {
        edge.wait(Span::hours(1));
        edge.tick().unwrap();
    }
    edge.leave_cart('M', 1, "third@example.com");
    run(&edge, 70);
    let third = |edge: &App<World>| {
        edge.reminders().into_iter().find(|reminder| reminder.is_about('M', 1) && reminder.position == 0).unwrap()
    };
    assert_eq!(third(&edge).standing(), stands(Ready, Reason::Breaker));
    // With a tick an hour, each has to ask the gate for all that the breaker holds.
    edge.config.mails_per_tick = 200;
    for _ in 0..3 * 24 {
        for _ in 0..3 {
            edge.tick().unwrap();
        }
        edge.wait(Span::hours(1));
    }
    block_on(breaker::reset(&edge, &site, Audience::FirstContacts)).unwrap();
    run(&edge, 61);
    assert_eq!(third(&edge).standing(), SENT, "held for three days, and not too late for it");
}

#[test]
fn salts_are_written_before_their_day_and_deleted_behind_it() {
    let edge = live();
    bomb(&edge, "203.0.113.7", 1, true, "ada@example.com");
    for _ in 0..4 * 48 {
        run(&edge, 30);
        let salts: Vec<SaltView> = edge.ports.store.rows();
        let today = share::salt_day(edge.now());
        let days: Vec<i64> = salts.iter().map(|salt| salt.day).collect();
        assert!(days.iter().all(|day| (today - 2..=today + 1).contains(day)) && days.contains(&today), "{days:?}");
    }
    assert_eq!(edge.ports.store.rows::<NetworkView>(), []);
    assert!(edge.reminders().iter().all(|reminder| reminder.network.is_none()));
}
