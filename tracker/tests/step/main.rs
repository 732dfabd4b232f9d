//! The step against a model of page, storage and Worker: each change arrives, and nothing leaves without permission.

mod page;
mod properties;

use cartwake_tracker::{may_leave, state::kept, text::Text, word};
use page::{KEPT, Page};

#[test]
fn an_unchanged_cart_is_said_once() {
    let mut shop = Page::open(false, false);
    for _ in 0..3 {
        shop.cart("P1", "2");
        shop.drain();
    }
    assert_eq!(shop.sent.len(), 1);
}

#[test]
fn what_was_seen_before_consent_leaves_with_it() {
    let mut shop = Page::open(true, false);
    shop.cart("P1", "2");
    shop.email("ada@example.com");
    shop.drain();
    assert!(shop.sent.is_empty() && shop.stored.is_empty() && shop.minted.is_empty());
    assert_eq!(shop.numbers, [0; KEPT]);
    shop.consent("1", "box");
    shop.drain();
    assert_eq!(shop.sent.len(), 1);
    for text in ["ada@example.com", "\"P1\"", "\"mail\":\"express\"", "\"source\":\"box\""] {
        assert_eq!(shop.said(text), 1, "{text}");
    }
}

#[test]
fn a_refusal_reaches_the_worker_and_leaves_nothing_behind() {
    let mut shop = Page::open(true, false);
    shop.cart("P1", "2");
    shop.consent("1", "box");
    shop.drain();
    shop.cart("P1", "3");
    shop.consent("0", "box");
    assert!(!shop.stored.last().unwrap().contains("P1"));
    shop.drain();
    for text in ["\"tracking\":\"denied\"", "\"mail\":\"denied\""] {
        assert_eq!(shop.said(text), 1, "{text}");
    }
    assert_eq!(shop.said("\"quantity\":3"), 0);
    assert!(shop.visitor.is_none() && shop.said.is_empty() && shop.queue.is_empty());
    assert_eq!(shop.numbers[kept::TRACKING + 1..], [0; KEPT - 1]);
}

#[test]
fn an_order_closes_the_cart_and_is_reported_once() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    for _ in 0..2 {
        shop.order("1001");
    }
    shop.emptied();
    shop.cart("P2", "1");
    shop.drain();
    assert_eq!(shop.said("\"order\":{\"id\":\"1001\",\"total\":12980}"), 1);
    assert_eq!((shop.sent.len(), shop.said("\"cart\":1,"), shop.said("\"cart\":2,")), (2, 1, 1));
}

#[test]
fn a_restored_cart_is_a_new_one_and_names_its_reminder() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.drain();
    shop.tell("v", &["r1.token"], &[]);
    shop.drain();
    assert_eq!(shop.sent.len(), 1, "a token alone is no event");
    shop.cart("P1", "1");
    shop.drain();
    assert!(
        shop.sent[1].contains("\"cart\":2,")
            && shop.sent[1].contains("\"seq\":1,")
            && shop.sent[1].contains("\"via\":\"r1.token\""),
        "{:?}",
        shop.sent
    );
}

#[test]
fn a_cart_untouched_for_a_fortnight_begins_anew() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.drain();
    shop.now += 15 * 24 * 3_600_000;
    shop.cart("P1", "1");
    shop.drain();
    assert_eq!(shop.said("\"cart\":2,"), 1);
}

#[test]
fn a_refused_cart_does_not_take_the_address_along() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.email("ada@example.com");
    shop.send("200");
    shop.send("413");
    shop.drain();
    assert_eq!((shop.said("ada@example.com"), shop.said("P1")), (1, 0));
}

#[test]
fn the_server_s_pause_is_kept_and_a_lost_network_is_not_waited_for() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.send("200");
    let id = shop.queue[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::SEND);
    shop.tell("a", &["503", "60", "0", &id], &[]);
    shop.tell("l", &[], &[]);
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::WAIT, "asked for by the server");
    shop.now += 120_000;
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::SEND);
    shop.tell("a", &["0", "0", "0", &id], &[]);
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::WAIT);
    shop.tell("l", &[], &[]);
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::SEND, "online again");
}

#[test]
fn a_cart_that_came_to_be_before_the_known_one_is_not_taken() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "2");
    let earlier = (shop.now - 1_000).to_string();
    shop.tell("c", &["1", "", "EUR", "0", ".", &earlier], &["P1\t\t\t\t\t\t\t1\t5.00"]);
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("\"quantity\":2")), (1, 1));
    // A clock that was set back is no reason to take nothing any more.
    shop.now -= 3_600_000;
    shop.cart("P1", "3");
    shop.drain();
    assert_eq!(shop.said("\"quantity\":3"), 1);
}

#[test]
fn sources_that_name_a_line_differently_state_the_same_cart() {
    let mut shop = Page::open(false, false);
    let (now, full) = (shop.now.to_string(), "10\tM\t\tTS-M\tShirt\t\t\t2\t39.90");
    for rows in [&[full][..], &["\t\t\tTS-M\t\t\t\t2\t39,90 €", full], &["10\t\t\t\tTee\t\t\t2\t39.9", full]] {
        // A row without a product gets the SKU in its place, as www/tracker/cart.js gives it.
        let first = if rows[0].starts_with('\t') { format!("TS-M{}", rows[0]) } else { rows[0].to_owned() };
        let rows: Vec<&str> = [&first].into_iter().map(String::as_str).chain(rows[1..].iter().copied()).collect();
        shop.tell("c", &["1", "", "EUR", "0", ",", &now], &rows);
    }
    shop.drain();
    assert_eq!(shop.sent.len(), 1, "{:?}", shop.sent);
}

#[test]
fn the_next_person_is_not_the_last_one() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.email("ada@example.com");
    shop.drain();
    shop.tell("q", &[], &[]);
    shop.cart("P1", "1");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("ada@example.com")), (2, 1));
    assert!(shop.minted[0] != shop.minted[1]);
    let mut shop = Page::open(true, false);
    shop.consent("1", "box");
    shop.tell("q", &[], &[]);
    assert!(!shop.is_permitted(), "the permission was the other's");
}

#[test]
fn another_person_does_not_permit_what_the_last_one_typed() {
    let mut shop = Page::open(true, false);
    shop.email("ada@example.com");
    shop.tell("q", &[], &[]);
    shop.cart("P1", "1");
    shop.consent("1", "box");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("ada@example.com"), shop.said("P1")), (1, 0, 1));
}

#[test]
fn without_an_address_nothing_leaves_where_the_site_wants_none_and_with_it_the_whole_cart() {
    for required in [false, true] {
        let mut shop = Page::identified(required);
        if required {
            shop.consent("1", "box");
        }
        shop.cart("P1", "1");
        shop.cart("P2", "3");
        shop.tell("i", &["customer-7"], &[]);
        shop.drain();
        assert!(shop.sent.is_empty() && shop.minted.is_empty(), "{:?}", shop.sent);
        shop.email("ada@example.com");
        shop.drain();
        assert_eq!((shop.sent.len(), shop.minted.len()), (1, 1), "{:?}", shop.sent);
        for text in ["ada@example.com", "\"P2\"", "\"quantity\":3", "customer-7"] {
            assert_eq!(shop.said(text), 1, "{text}");
        }
        assert_eq!(shop.said("\"source\":\"box\""), usize::from(required));
        // From here on like everywhere else.
        shop.cart("P3", "1");
        shop.drain();
        assert_eq!(shop.sent.len(), 2);
    }
}

#[test]
fn a_customer_who_was_said_already_is_no_news() {
    let mut shop = Page::open(false, false);
    for (page, sent) in [("42 ada@example.com 20417", 1), ("42 ada@example.com 20418", 2)] {
        for _ in 0..10 {
            shop.tell("i", &[page, "ada@example.com"], &[]);
            shop.drain();
        }
        assert_eq!(shop.sent.len(), sent);
    }
}

#[test]
fn a_cart_that_nobody_claimed_is_forgotten_with_its_order_and_the_consent_is_not() {
    let mut shop = Page::identified(true);
    shop.consent("1", "box");
    shop.cart("P1", "1");
    shop.order("1001");
    assert!(shop.queue.is_empty(), "{:?}", shop.queue);
    shop.cart("P2", "1");
    shop.email("ada@example.com");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("P1"), shop.said("1001"), shop.said("P2")), (1, 0, 0, 1));
    assert_eq!(shop.said("\"source\":\"box\""), 1);
}

#[test]
fn a_cart_behind_a_recovery_link_is_somebodys() {
    let mut shop = Page::identified(false);
    shop.tell("v", &["r1.token"], &[]);
    shop.cart("P1", "1");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("r1.token")), (1, 1));
}

#[test]
fn the_worker_runs_no_step_that_speaks_of_a_cart_nobody_claimed() {
    let known = format!("1,1,1,0,0,0,0,0,0,{}", [0, 7, 0, 0, 0, 0].map(|digest| digest.to_string()).join(","));
    for (state, kind, leaves) in [
        ("", "c", false),
        ("", "i", false),
        ("", "n", false),
        ("", "e", true),
        ("", "v", true),
        ("", "p", true),
        ("", "q", true),
        (known.as_str(), "c", true),
        (known.as_str(), "n", true),
    ] {
        let input = format!("{state}\n{kind}\t0\t0\tx");
        assert_eq!(may_leave(Text(input.as_bytes()), false, true), leaves, "{kind} {state}");
        assert!(may_leave(Text(input.as_bytes()), false, false), "{kind} {state}");
        let before_consent = may_leave(Text(input.as_bytes()), true, true);
        assert_eq!(before_consent, kind == "p" || !state.is_empty(), "{kind} {state}");
    }
}
