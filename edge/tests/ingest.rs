//! Events fold into one cart in any order and number; bad input gets a clear error and loses nothing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use cartwake_edge::{
    base::{
        http::{Body, Method, Request, Response},
        ports::App,
    },
    native::world::{self, World, live},
};
use cartwake_shared::{
    cart::{MailBasis, parse},
    lifecycle::CartState,
    merge::Known,
    metric::Metric,
    time::Span,
    wire,
};
use proptest::prelude::*;

/// What the only cart holds, without the times of receipt.
#[derive(Debug, PartialEq)]
struct Held {
    version: String,
    total: i64,
    items: i64,
    lines: String,
    mailbox_hash: Option<String>,
    state: CartState,
    /// Basis and address of its contact.
    contact: Option<(Option<MailBasis>, Option<String>)>,
}

fn held(edge: &App<World>) -> Held {
    assert_eq!(edge.carts().len(), 1);
    let cart = edge.cart('A', 1);
    let contact = edge.contacts().into_iter().find(|contact| Some(&contact.mailbox_hash) == cart.mailbox_hash.as_ref());
    Held {
        version: cart.version,
        total: cart.total,
        items: cart.items,
        lines: cart.lines,
        mailbox_hash: cart.mailbox_hash,
        state: cart.state,
        contact: contact.map(|contact| (contact.basis, contact.address)),
    }
}

/// A shopper's events as facts: what each brings beside the cart.
fn journey(edge: &App<World>) -> Vec<wire::Collect> {
    let mut events: Vec<wire::Collect> = (1..=6).map(|seq| edge.event('A', 1, seq)).collect();
    for (place, event) in events.iter_mut().enumerate() {
        let quantity = u32::try_from(place).unwrap() + 1;
        let snapshot = event.snapshot.as_mut().unwrap();
        snapshot.lines[0].quantity = quantity;
        snapshot.total = Some(4_990 * i64::from(quantity));
    }
    events[2].email = Some("ada@exampel.com".into());
    events[4].email = Some("ada@example.com".into());
    events[3].consent = Some(wire::Consent {
        tracking: Some("granted".into()),
        mail: Some("express".into()),
        wording: Some("express-en-1".into()),
        source: Some("box".into()),
    });
    // The last but one only brings the address.
    events[4].snapshot = None;
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_and_any_doubling_of_events_ends_in_the_same_cart(order in prop::collection::vec(0_usize..6, 0..12), shuffle in Just((0..6).collect::<Vec<usize>>()).prop_shuffle()) {
        let straight = live();
        for event in journey(&straight) {
            prop_assert_eq!(straight.collect(&event).status, 200);
        }
        let mixed = live();
        let events = journey(&mixed);
        for place in order.into_iter().chain(shuffle) {
            prop_assert_eq!(mixed.collect(&events[place]).status, 200);
        }
        prop_assert_eq!(held(&straight), held(&mixed));
        // And it is what the domain's own fold says.
        let known = journey(&mixed).into_iter().fold(Known::default(), |known, body| known.fold(&parse(body, world::BEGINNING).unwrap().0));
        let (version, content) = known.content.unwrap();
        let held = held(&mixed);
        prop_assert_eq!((held.version, held.total, held.items), (version.to_text(), content.total.minor(), content.items()));
        let address = known.address.unwrap().1.as_str().to_owned();
        prop_assert_eq!(held.contact, Some((Some(MailBasis::Express), Some(address))));
    }
}

#[test]
fn an_event_is_one_statement_and_the_address_of_a_first_contact_two_more() {
    let edge = live();
    // Settings and salts come from the cache once it is warm.
    edge.leave_cart('B', 1, "bo@example.com");
    let statements = |edge: &App<World>| edge.ports.store.statements().values().sum::<u64>();
    for (event, expected) in journey(&edge).iter().zip([1, 1, 3, 2, 3, 1]) {
        let before = statements(&edge);
        assert_eq!(edge.collect(event).status, 200);
        assert_eq!(statements(&edge) - before, expected, "{}", event.seq);
    }
}

#[test]
fn a_retry_after_a_lost_answer_changes_nothing() {
    let edge = live();
    let event = edge.event('A', 1, 1);
    edge.collect(&edge.event('B', 1, 1));
    edge.ports.store.fail_at(1, cartwake_edge::native::sqlite::Fault::AfterCommit);
    let lost = edge.collect(&event);
    assert_eq!((lost.status, lost.header("Retry-After")), (503, Some("20")));
    let before = edge.carts();
    assert_eq!(edge.collect(&event).status, 200);
    assert_eq!(edge.carts(), before);
}

#[test]
fn a_corrected_address_replaces_the_first_and_is_the_only_one_mailed() {
    let edge = live();
    for event in journey(&edge) {
        edge.collect(&event);
        edge.wait(Span::seconds(4));
    }
    edge.wait(Span::minutes(62));
    edge.tick().unwrap();
    edge.tick().unwrap();
    let to: Vec<String> = edge.ports.provider.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["ada@example.com"]);
}

#[test]
fn a_shopper_who_comes_back_is_active_again() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    assert_eq!(edge.cart('A', 1).state, CartState::Abandoned);
    let mut event = edge.event('A', 1, 5);
    event.snapshot.as_mut().unwrap().lines[0].quantity = 2;
    edge.collect(&event);
    let cart = edge.cart('A', 1);
    assert_eq!((cart.state, cart.items, edge.carts().len()), (CartState::Active, 2, 1));
}

#[test]
fn an_emptied_cart_is_never_due_until_it_is_filled_again() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let mut empty = edge.event('A', 1, 5);
    empty.snapshot = Some(wire::Snapshot { currency: "EUR".into(), total: Some(0), ..wire::Snapshot::default() });
    edge.collect(&empty);
    edge.wait(Span::hours(3));
    edge.tick().unwrap();
    let cart = edge.cart('A', 1);
    assert_eq!((cart.state, cart.due, edge.carts().len()), (CartState::Active, None, 1));
    edge.collect(&edge.event('A', 1, 6));
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.mails().len(), 1);
}

#[test]
fn a_refusal_wipes_the_browsers_carts_and_late_events_are_dropped() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let denied =
        wire::Consent { tracking: Some("denied".into()), source: Some("api".into()), ..wire::Consent::default() };
    let answer = edge.collect(&wire::Collect { consent: Some(denied), snapshot: None, ..edge.event('A', 1, 9) });
    assert_eq!(answer.status, 200);
    edge.collect(&edge.event('A', 1, 10));
    let cart = edge.cart('A', 1);
    assert_eq!((cart.state, cart.items, cart.lines.as_str()), (CartState::Discarded, 0, "[]"));
    assert_eq!((cart.mailbox_hash, edge.carts().len()), (None, 1));
}

#[test]
fn an_order_that_came_first_leaves_a_mark_that_drops_late_events() {
    let edge = live();
    let order = edge.post_from_server(
        "/v1/orders",
        "shop",
        r#"{"order":"1","status":"placed","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.1"}"#,
    );
    assert_eq!(order.status, 200);
    assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 200);
    assert!(edge.carts().is_empty());
}

fn post(edge: &App<World>, change: impl Fn(&mut Request)) -> Response {
    let mut request = Request {
        method: Method::Post,
        path: "/v1/collect".into(),
        page_origin: Some(world::SHOP.into()),
        content_type: Some("text/plain;charset=UTF-8".into()),
        body: Body::Bytes(serde_json::to_vec(&edge.event('A', 1, 7)).unwrap()),
        ..edge.request()
    };
    change(&mut request);
    edge.serve(&request)
}

/// The event of the world with one piece of JSON in the place of another.
fn with(edge: &App<World>, old: &str, new: &str) -> Body {
    let text = serde_json::to_string(&edge.event('A', 1, 7)).unwrap();
    assert!(text.contains(old), "{old} is not in {text}");
    Body::Bytes(text.replace(old, new).into_bytes())
}

#[test]
fn bad_input_gets_a_clear_error_and_loses_nothing() {
    type Change = Box<dyn Fn(&App<World>, &mut Request)>;
    let body = |old: &'static str, new: &'static str| -> Change {
        Box::new(move |edge, request| request.body = with(edge, old, new))
    };
    let raw = |text: &'static str| -> Change {
        Box::new(move |_, request| request.body = Body::Bytes(text.as_bytes().to_vec()))
    };
    let nested = "[".repeat(10_000);
    let cases: Vec<(&str, u16, &str, Change)> = vec![
        ("too long", 413, "too_long", Box::new(|_, request| request.body = Body::TooLong)),
        ("no body", 400, "malformed", Box::new(|_, request| request.body = Body::Empty)),
        ("broken JSON", 400, "malformed", raw("{\"v\":1,")),
        ("not JSON", 400, "malformed", raw("v=1&site=x")),
        ("a list of fields", 400, "malformed", raw("[1,\"pk\",null,\"v\",1,1,\"i\",0]")),
        (
            "deep nesting",
            400,
            "malformed",
            Box::new(move |_, request| request.body = Body::Bytes(nested.clone().into_bytes())),
        ),
        ("not UTF-8", 400, "malformed", Box::new(|_, request| request.body = Body::Bytes(vec![0xff, 0xfe, 0x00]))),
        ("lone surrogate", 400, "malformed", body("Linen shirt", "\\ud800")),
        ("duplicate key", 400, "malformed", body("\"v\":1", "\"v\":1,\"v\":1")),
        ("NaN", 400, "malformed", body("4990", "NaN")),
        ("1e400", 400, "malformed", body("\"quantity\":1", "\"quantity\":1e400")),
        ("fraction of a cent", 400, "malformed", body("4990", "49.9")),
        ("text for a number", 400, "malformed", body("4990", "\"12abc\"")),
        ("wire of the future", 422, "event_unusable", body("\"v\":1", "\"v\":2")),
        ("negative price", 422, "event_unusable", body("\"price\":4990", "\"price\":-1")),
        ("quantity zero", 422, "event_unusable", body("\"quantity\":1", "\"quantity\":0")),
        ("2^53", 422, "event_unusable", body("\"total\":4990", "\"total\":9007199254740993")),
        ("unknown currency", 422, "event_unusable", body("EUR", "XYZ")),
        ("bad visitor", 422, "event_unusable", body("01JD3Z5W4K8Q9RT2V6XY7ABCDA", "../../etc/passwd")),
        ("unknown site", 404, "not_found", body("\"pk_shop_", "\"pk_shop2_")),
        ("forged site key", 404, "not_found", body("\"pk_shop_", "\"pk_shop_A")),
        (
            "other host",
            403,
            "foreign_origin",
            Box::new(|_, request| request.page_origin = Some("https://evil.example".into())),
        ),
        ("null origin", 403, "foreign_origin", Box::new(|_, request| request.page_origin = Some("null".into()))),
        ("no origin", 403, "foreign_origin", Box::new(|_, request| request.page_origin = None)),
        (
            "look-alike host",
            403,
            "foreign_origin",
            Box::new(|_, request| request.page_origin = Some("https://shop.example.evil.example".into())),
        ),
        (
            "media type",
            415,
            "media_type",
            Box::new(|_, request| request.content_type = Some("multipart/form-data".into())),
        ),
        ("compressed", 415, "media_type", Box::new(|_, request| request.content_type = Some("compressed".into()))),
        ("other method", 405, "method_not_allowed", Box::new(|_, request| request.method = Method::Other)),
    ];
    for (what, status, code, change) in cases {
        let edge = live();
        edge.leave_cart('A', 1, "ada@example.com");
        let before = edge.carts();
        let answer = post(&edge, |request| change(&edge, request));
        let read: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, read["error"]["code"].as_str()), (status, Some(code)), "{what}: {}", answer.body);
        assert!(read["error"]["message"].as_str().is_some_and(|sentence| sentence.len() > 10), "{what}");
        assert!(!answer.body.contains("ada@"), "{what}");
        assert_eq!(edge.carts(), before, "{what}");
        // And the next honest event is taken.
        assert_eq!(edge.collect(&edge.event('A', 1, 8)).status, 200, "{what}");
    }
}

#[test]
fn a_rejected_request_asks_the_database_nothing() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    let calls = edge.ports.store.calls();
    for body in ["", "{", r#"{"v":1,"site":"pk_shop_AAAAAAAA","visitor":"x","cart":1,"seq":1,"id":"x"}"#] {
        assert!(edge.post_from_page("/v1/collect", body).status >= 400);
    }
    assert!(edge.post_from_server("/v1/orders", "shop", "{").status == 400 || edge.ports.store.calls() > calls);
    let mut forged = edge.signed("/v1/orders", "shop", "{}");
    forged.body = Body::Bytes(b"{\"order\":\"1\"}".to_vec());
    let calls = edge.ports.store.calls();
    assert_eq!(edge.serve(&forged).status, 401);
    assert_eq!(edge.ports.store.calls(), calls);
}

#[test]
fn hostile_texts_are_kept_as_data_and_bad_places_are_named() {
    for name in [
        "<img src=x onerror=alert(1)>",
        "'; DROP TABLE cart; --",
        "{{7*7}}",
        "=HYPERLINK(\"http://evil\")",
        "\u{202e}gnp.exe",
        "Visit evil.example",
    ] {
        let edge = live();
        let mut event = edge.event('A', 1, 1);
        event.snapshot.as_mut().unwrap().lines[0].name = name.to_owned();
        event.snapshot.as_mut().unwrap().lines[0].url = "javascript:alert(1)".to_owned();
        event.snapshot.as_mut().unwrap().token = Some(name.to_owned());
        event.customer = Some(name.to_owned());
        event.context = wire::Context {
            locale: Some(name.to_owned()),
            zone: Some("Mars/Olympus".into()),
            step: Some(name.to_owned()),
            page: Some(name.to_owned()),
            bot: false,
        };
        event.email = Some("victim@example.com\r\nBcc: everybody@example.com".into());
        let answer = edge.collect(&event);
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        let read: wire::Collected = serde_json::from_str(&answer.body).unwrap();
        let ignored: Vec<&str> = read.ignored.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(ignored, ["email", "context.locale"], "{name}");
        let kept = edge.cart('A', 1);
        let lines: serde_json::Value = serde_json::from_str(&kept.lines).unwrap();
        assert_eq!((kept.mailbox_hash, kept.zone, edge.carts().len()), (None, None, 1), "{name}");
        assert!(lines[0]["url"].is_null(), "{name}: {lines}");
        // A text from a browser never gets into a mail (promise P7): the mail counts, and names nothing.
        edge.leave_cart('A', 1, "ada@example.com");
        let mut again = edge.event('A', 1, 9);
        again.snapshot.as_mut().unwrap().lines[0].name = name.to_owned();
        edge.collect(&again);
        edge.wait(Span::minutes(62));
        edge.tick().unwrap();
        edge.tick().unwrap();
        let mails = edge.ports.provider.mails();
        assert_eq!(mails.len(), 1, "{name}");
        for part in [&mails[0].subject, &mails[0].html, &mails[0].text] {
            assert!(!part.contains(name) && !part.contains("evil") && !part.contains("Linen"), "{name}");
        }
    }
}

#[test]
fn carts_left_for_longer_than_their_site_keeps_them_expire() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::hours(2));
    edge.tick().unwrap();
    for (days, state) in [(89, CartState::Abandoned), (2, CartState::Expired)] {
        edge.wait(Span::days(days));
        // The job has its turn once in half an hour.
        for _ in 0..31 {
            edge.wait(Span::minutes(1));
            edge.tick().unwrap();
        }
        assert_eq!((edge.cart('A', 1).state, edge.carts().len()), (state, 1), "{days}");
    }
}

#[test]
fn the_worker_runs_the_step_where_the_page_may_not() {
    let edge = live();
    let post = |origin: &str, body: &str| {
        edge.serve(&Request {
            method: Method::Post,
            path: "/v1/step".into(),
            query: format!("site={}", edge.site_key("shop")),
            page_origin: Some(origin.into()),
            body: Body::Bytes(body.as_bytes().to_vec()),
            ..edge.request()
        })
    };
    let cart = "c\t1764000000000\t7\t1\t9,90 €\tEUR\t0\t,\t1764000000000\nP1\t\t\t\tMug\t\t\t2\t4,95 €";
    // What is expected are words of the step with their numbers: cartwake_tracker::word.
    for (tracking, gpc, signal, status, expected) in [
        (0, 0, cart, 403, "not_permitted"),
        (0, 0, "p\t1764000000000\t7\t1\tbox\t\texpress", 200, ",7,4,1,"),
        (0, 0, "p\t1764000000000\t7\t0\tbox", 200, "[13,1,0,"),
        (1, 0, cart, 200, "[1,2,496,2,0,0,3,0,991,5,0,0,7,1,1,"),
        (1, 1, cart, 403, "not_permitted"),
        (2, 1, cart, 200, ",7,1,1,"),
        (3, 0, "n\t1764000000000\t7", 200, "[11,0,0,"),
    ] {
        // The page says that its site asks for nothing; the Worker goes by the site's setting.
        let body = format!("{tracking},0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,{gpc}\n{signal}");
        let answer = post("https://shop.example", &body);
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.body.contains(expected), "{body}: {}", answer.body);
    }
    assert_eq!(post("https://elsewhere.example", "1\n").status, 403);
}

#[test]
fn what_a_program_puts_into_a_cart_is_kept_apart_and_never_mailed_or_counted() {
    let edge = live();
    for (visitor, other) in [('A', false), ('B', true)] {
        // A person's cart that a program goes on with stays the person's.
        if other {
            edge.leave_cart(visitor, 1, "ada@example.com");
        }
        let mut event = edge.event(visitor, 1, 7);
        event.context.bot = true;
        event.email = Some("robot@example.com".into());
        event.customer = Some("robot".into());
        event.order = Some(wire::PageOrder { id: "1001".into(), total: Some(4_990), currency: Some("EUR".into()) });
        for _ in 0..2 {
            assert_eq!(edge.collect(&event).status, 200);
        }
    }
    let (robot, person) = (edge.cart('A', 1), edge.cart('B', 1));
    assert_eq!((robot.state, robot.due, robot.mailbox_hash, robot.customer), (CartState::Discarded, None, None, None));
    assert_eq!((person.state, person.customer, edge.carts().len()), (CartState::Active, None, 2));
    assert!(person.due.is_some() && person.mailbox_hash.is_some());
    assert!(edge.orders().is_empty());
    for _ in 0..4 {
        edge.wait(Span::minutes(62));
        edge.tick().unwrap();
    }
    for metric in [Metric::Tracked, Metric::Abandoned, Metric::Identified] {
        assert_eq!(edge.metric(metric), 1, "{metric:?}");
    }
    let reminders = edge.reminders();
    let browsers: BTreeSet<_> = reminders.iter().filter_map(|reminder| reminder.cart.split('.').next()).collect();
    assert_eq!(browsers.len(), 1, "{browsers:?}");
}
