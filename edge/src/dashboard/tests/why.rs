//! Every cart that got no mail says why on its page, also where no reminder was ever planned; and the buttons that stop.

use cartwake_shared::{
    apart::Apart,
    gate::{QuietHours, Reason},
    policy::{Policy, Settings, SiteState},
    time::Span,
    wire,
};

use super::{Browser, between, cart_id};
use crate::native::world::{World, add_site, live, shop_settings};
use crate::ports::Edge;

fn consent(mail: &str) -> wire::Consent {
    wire::Consent { tracking: Some("granted".into()), mail: Some(mail.into()), ..wire::Consent::default() }
}

fn run(edge: &Edge<World>, minutes: i64) {
    for _ in 0..minutes {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
}

fn order(edge: &Edge<World>, status: &str) {
    let body = format!(r#"{{"order":"7","status":"{status}","cart":"{}"}}"#, cart_id('A', 1));
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &body).status, 200);
}

fn settle(edge: &Edge<World>, policy: Policy) {
    let settings = Settings { policy, ..shop_settings() };
    add_site(edge, "shop", "merchant", SiteState::Live, &settings).unwrap();
}

/// An address typed by nobody knows whom.
fn unproven(edge: &Edge<World>, visitor: char, cart: u32) {
    let email = format!("victim-{}-{cart}@example.com", visitor.to_ascii_lowercase());
    let event = wire::Collect { email: Some(email), consent: Some(consent("express")), ..edge.event(visitor, cart, 1) };
    assert_eq!(edge.collect(&event).status, 200);
}

/// What happens to cart `A.1`, and what its page must say then.
type Case = (&'static str, fn(&Edge<World>), &'static str);

const CASES: &[Case] = &[
    (
        "no address",
        |edge| {
            edge.collect(&edge.event('A', 1, 1));
        },
        "No e-mail address is known for this cart.",
    ),
    (
        "no basis",
        |edge| {
            edge.collect(&wire::Collect { email: Some("ada@example.com".into()), ..edge.event('A', 1, 1) });
        },
        Reason::NoBasis.sentence(),
    ),
    (
        "begun too long ago",
        |edge| {
            edge.collect(&edge.event('A', 1, 1));
            edge.wait(Span::days(15));
            edge.leave_cart('A', 1, "ada@example.com");
        },
        Reason::OldestCart.sentence(),
    ),
    (
        "emptied",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            let empty = wire::Snapshot { currency: "EUR".into(), total: Some(0), ..wire::Snapshot::default() };
            edge.collect(&wire::Collect { snapshot: Some(empty), ..edge.event('A', 1, 9) });
        },
        Reason::CartClosed.sentence(),
    ),
    (
        "mails refused",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            edge.collect(&wire::Collect { consent: Some(consent("denied")), ..edge.event('A', 1, 9) });
        },
        Reason::Refused.sentence(),
    ),
    (
        "tracking refused",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            let refusal = wire::Consent { tracking: Some("denied".into()), ..wire::Consent::default() };
            edge.collect(&wire::Collect { consent: Some(refusal), ..edge.event('A', 1, 9) });
        },
        Reason::Refused.sentence(),
    ),
    (
        "ordered",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            order(edge, "placed");
        },
        Reason::Ordered.sentence(),
    ),
    (
        "waiting for the payment",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            order(edge, "pending");
        },
        Reason::PaymentPending.sentence(),
    ),
    (
        "erased",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            let browser = Browser::signed_in(edge);
            let token = browser.token("/settings");
            assert_eq!(browser.send("/erase", &[("csrf", &token), ("address", "ada@example.com")]).status, 303);
        },
        Reason::Erased.sentence(),
    ),
    (
        "erased before it was begun",
        |edge| {
            edge.leave_cart('B', 1, "ada@example.com");
            let browser = Browser::signed_in(edge);
            let token = browser.token("/settings");
            assert_eq!(browser.send("/erase", &[("csrf", &token), ("address", "ada@example.com")]).status, 303);
            edge.leave_cart('A', 1, "ada@example.com");
        },
        Reason::Erased.sentence(),
    ),
    (
        "a newer cart",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            edge.leave_cart('B', 1, "ada@example.com");
        },
        Reason::Superseded.sentence(),
    ),
    (
        "paused",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            edge.ports.store.write("UPDATE merchant SET paused = 1").unwrap();
        },
        Reason::Paused.sentence(),
    ),
    (
        "shadow",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            edge.ports.store.write("UPDATE site SET state = 'shadow'").unwrap();
        },
        Reason::ShadowState.sentence(),
    ),
    (
        "test",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            edge.ports.store.write("UPDATE site SET state = 'test'").unwrap();
        },
        Reason::TestState.sentence(),
    ),
    ("the shop's own people", |edge| edge.leave_cart('A', 1, "anybody@shop.example"), Apart::Staff.sentence()),
    ("a crawler", |edge| edge.leave_cart('A', 1, "x@storebotmail.joonix.net"), Apart::Crawler.sentence()),
    (
        "a program",
        |edge| {
            let mut event = edge.event('A', 1, 1);
            event.context.bot = true;
            edge.collect(&event);
        },
        Apart::Program.sentence(),
    ),
    (
        "the breaker",
        |edge| {
            edge.leave_cart('A', 1, "ada@example.com");
            let until = edge.now().plus(Span::days(2)).millis();
            let fall = format!("INSERT INTO breaker VALUES ('shop', 'bounces', 1, {until}, 5, 10, 0, 0, 0, 0, 0, 0)");
            edge.ports.store.write(&fall).unwrap();
        },
        Reason::Breaker.sentence(),
    ),
    (
        "night",
        |edge| {
            // 17:00 in Berlin when it begins.
            settle(edge, Policy { quiet: Some(QuietHours { from: 17 * 60, to: 2 * 60 }), ..Policy::default() });
            edge.leave_cart('A', 1, "ada@example.com");
        },
        Reason::QuietHours.sentence(),
    ),
    (
        "nothing proves who typed it, and the site mails nobody then",
        |edge| {
            settle(edge, Policy { cap_unproven: 0, ..Policy::default() });
            unproven(edge, 'A', 1);
        },
        Reason::CapUnproven.sentence(),
    ),
    (
        "as many from this browser",
        |edge| {
            for cart in [3, 2, 1] {
                unproven(edge, 'A', cart);
                edge.wait(Span::minutes(2));
            }
        },
        Reason::CapSession.sentence(),
    ),
    (
        "as many from this network",
        |edge| {
            for visitor in ['F', 'E', 'D', 'C', 'B', 'A'] {
                unproven(edge, visitor, 1);
                edge.wait(Span::minutes(2));
            }
        },
        Reason::CapBlock.sentence(),
    ),
    (
        "not yet left",
        |edge| {
            edge.wait(Span::minutes(30));
            edge.collect(&edge.event('A', 1, 1));
            edge.wait(Span::minutes(5));
            settle(edge, Policy { abandoned_after: Span::hours(24), ..Policy::default() });
            edge.leave_cart('A', 1, "ada@example.com");
        },
        "Its time has not come.",
    ),
    (
        "expired",
        |edge| {
            edge.collect(&edge.event('A', 1, 1));
            run(edge, 61);
            edge.wait(Span::days(91));
        },
        Reason::CartClosed.sentence(),
    ),
];

#[test]
fn every_cart_that_got_no_mail_says_why_on_its_page() {
    for (what, happen, sentence) in CASES {
        let edge = live();
        happen(&edge);
        run(&edge, 70);
        let mailed = edge.ports.store.ask("SELECT count(*) FROM outbox WHERE cart LIKE '%A.1' AND state = 3").unwrap();
        assert_eq!(mailed, [["0"]], "{what}");
        let page = Browser::signed_in(&edge).page(&format!("/carts/{}", cart_id('A', 1)));
        let reminders = between(&page, "id=\"decisions-title\"", "</section>");
        // The first of the three steps; `maud` escapes apostrophes in none of the sentences asked for.
        assert!(reminders.contains(sentence), "{what}: {reminders}");
        assert_eq!(reminders.matches("<details class=\"trace\"").count(), 3, "{what}: {reminders}");
    }
}

#[test]
fn the_second_mail_to_an_unproven_address_says_why_it_is_none() {
    let edge = live();
    unproven(&edge, 'A', 1);
    run(&edge, 70);
    edge.wait(Span::hours(23));
    run(&edge, 10);
    let page = Browser::signed_in(&edge).page(&format!("/carts/{}", cart_id('A', 1)));
    assert_eq!(edge.ports.provider.mails().len(), 1);
    assert!(page.contains(Reason::UnprovenStep.sentence()), "{page}");
}

#[test]
fn buttons_that_stop_need_a_form_of_our_own() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let stored = || {
        edge.ports.store.ask("SELECT (SELECT paused FROM merchant), (SELECT paused FROM deployment), (SELECT count(*) FROM contact WHERE address IS NULL)").unwrap()
    };
    let forms: [(&str, &[(&str, &str)]); 3] = [
        ("/pause", &[("scope", "merchant"), ("paused", "on")]),
        ("/erase", &[("address", "ada@example.com")]),
        ("/breaker", &[]),
    ];
    let browser = Browser::signed_in(&edge);
    let token = browser.token("/settings");
    for (path, fields) in forms {
        let untouched = stored();
        // Without a session, without its token, from another page, and by GET.
        assert_eq!(Browser::new(&edge).send(path, fields).header("Location"), Some("/login"), "{path}");
        assert_eq!(browser.send(path, fields).status, 403, "{path}");
        let with_token: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        let mut foreign = browser.form(path, &with_token);
        foreign.page_origin = Some("https://evil.example".to_owned());
        assert_eq!(edge.serve(&foreign).status, 403, "{path}");
        assert_eq!(browser.get(path).status, 405, "{path}");
        assert_eq!(stored(), untouched, "{path}");
        assert_eq!(edge.serve(&browser.form(path, &with_token)).status, 303, "{path}");
    }
    assert_eq!(stored(), [["1", "0", "1"]]);
    for (scope, paused) in [("site", "on"), ("merchant", ""), ("", "off")] {
        let answer = browser.send("/pause", &[("csrf", &token), ("scope", scope), ("paused", paused)]);
        assert_eq!(answer.status, 400, "{scope} {paused}");
    }
    let page = browser.page("/settings");
    assert!(page.contains("Let all sites of this merchant send again") && page.contains("Pause the whole deployment"));
}

#[test]
fn the_breaker_is_told_on_every_page_until_staff_open_it() {
    let edge = live();
    let until = edge.now().plus(Span::days(2)).millis();
    let fall = format!("INSERT INTO breaker VALUES ('shop', 'complaints', 1, {until}, 4, 900, 0, 0, 0, 0, 0, 0)");
    edge.ports.store.write(&fall).unwrap();
    let browser = Browser::signed_in(&edge);
    for path in ["/", "/carts", "/settings"] {
        let page = browser.page(path);
        assert!(page.contains("4 complaints about 900 mails") && page.contains("Send again now"), "{path}");
    }
    let token = browser.token("/settings");
    assert_eq!(browser.send("/breaker", &[("csrf", &token)]).status, 303);
    assert!(!browser.page("/").contains("Send again now"));
}
