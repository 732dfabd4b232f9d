//! Attacks on links and visitors (cases/trust.md, rows 8, 9 and 20): what a link shows, what it changes, who a visitor is.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::{
        http::{Method, Request},
        ports::App,
    },
    native::{
        views::CartView,
        world::{SHOP, World, live},
    },
};
use cartwake_shared::{
    lifecycle::CartState,
    metric::Metric,
    time::Span,
    token::{self, LinkPurpose, Session},
    wire,
};
use serde_json::{Value, json};

const ADA: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDA";
const SCAM: &str = "Your card was charged EUR 499, call +1 555 0100";

/// A shopper left a cart, with the shop's own token, and was mailed; the mail's restore token.
fn mailed() -> (App<World>, String) {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let mut named = edge.event('A', 1, 3);
    named.snapshot.as_mut().unwrap().token = Some("checkout-token-of-the-shop".to_owned());
    edge.collect(&named);
    remind(&edge);
    let token = restore_token(&edge);
    (edge, token)
}

fn remind(edge: &App<World>) {
    edge.wait(Span::minutes(62));
    edge.tick().unwrap();
    edge.tick().unwrap();
}

fn restore_token(edge: &App<World>) -> String {
    let text = edge.ports.provider.mails().remove(0).text;
    text.split_once("/r/").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

fn ask(edge: &App<World>, path: &str, token: &str) -> (u16, String) {
    let answer = edge.post_from_page(path, &json!({ "site": edge.site_key("shop"), "token": token }).to_string());
    (answer.status, answer.body)
}

fn restored(edge: &App<World>, token: &str) -> Value {
    serde_json::from_str(&ask(edge, "/v1/restore", token).1).unwrap()
}

fn catalogue(edge: &App<World>) {
    let entry = json!({ "id": "P1", "variant": "M", "sku": "P1-M", "name": "Linen shirt", "price": "49.90", "currency": "EUR",
        "url": "https://shop.example/p/1", "image": "https://shop.example/i/1.png" });
    let body = json!({ "products": [entry] }).to_string();
    assert_eq!(edge.post_from_server("/v1/products", "shop", &body).status, 200);
}

fn refusal() -> wire::Consent {
    wire::Consent { tracking: Some("denied".to_owned()), mail: Some("denied".to_owned()), ..wire::Consent::default() }
}

#[test]
fn attack_08_a_mail_and_its_links_do_not_name_the_visitor() {
    let (edge, token) = mailed();
    let mail = edge.ports.provider.mails().remove(0);
    let headers = format!("{:?}", mail.headers);
    for text in [&mail.text, &mail.html, &mail.subject, &mail.reference, &headers] {
        assert!(!text.contains(ADA), "{text}");
    }
    assert_eq!((token.len(), mail.reference.len()), (119, 119));
    let landing = edge.get(&format!("/r/{token}"));
    assert!(!landing.header("Location").unwrap().contains(ADA));
    assert!(!ask(&edge, "/v1/restore", &token).1.contains(ADA));
}

#[test]
fn attack_08_a_link_shows_nothing_of_the_shops_own_tokens() {
    let (edge, token) = mailed();
    let (status, body) = ask(&edge, "/v1/restore", &token);
    assert_eq!((status, edge.cart('A', 1).token.as_deref()), (200, Some("checkout-token-of-the-shop")));
    assert!(!body.contains("checkout-token"), "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let cart: Vec<&String> = answer["cart"].as_object().unwrap().keys().collect();
    assert_eq!(cart, ["currency", "lines"]);
}

#[test]
fn attack_08_a_link_writes_nothing_but_the_confirmed_visit() {
    let (edge, token) = mailed();
    let before = edge.everything();
    // A mail scanner opens the link and runs the page's scripts.
    for _ in 0..3 {
        assert_eq!(edge.get(&format!("/r/{token}")).status, 303);
        assert_eq!(ask(&edge, "/v1/restore", &token).0, 200);
    }
    assert_eq!(edge.everything(), before);
    assert_eq!(edge.contacts()[0].known_at, None);

    // The shopper touches the page.
    assert_eq!(ask(&edge, "/v1/visit", &token).0, 204);
    let visited = edge.now();
    assert_eq!((edge.metric(Metric::Returned), edge.contacts()[0].known_at), (1, Some(visited)));
    assert_eq!((edge.cart('A', 1).returned_at, edge.reminder().visited_at), (Some(visited), Some(visited)));
    // The same day again writes nothing, a later day is noted.
    let before = edge.everything();
    edge.wait(Span::hours(3));
    assert_eq!(ask(&edge, "/v1/visit", &token).0, 204);
    assert_eq!(edge.everything(), before);
    edge.wait(Span::hours(22));
    assert_eq!(ask(&edge, "/v1/visit", &token).0, 204);
    assert_eq!((edge.metric(Metric::Returned), edge.contacts()[0].known_at), (1, Some(edge.now())));
}

#[test]
fn attack_08_only_a_restore_link_confirms_a_visit_and_only_on_the_shops_pages() {
    let (edge, token) = mailed();
    let reminder = token::read_link_token(&edge.config.keys, LinkPurpose::Restore, &token).unwrap();
    let before = edge.everything();
    for other in [LinkPurpose::Unsubscribe, LinkPurpose::NotMe] {
        assert_eq!(ask(&edge, "/v1/visit", &token::link_token(&edge.config.keys, other, &reminder)).0, 404);
    }
    assert_eq!(ask(&edge, "/v1/visit", &token::reference(&edge.config.keys, &reminder)).0, 404);
    assert_eq!(edge.get("/v1/visit").status, 405);
    assert_eq!(edge.everything(), before);
}

#[test]
fn attack_08_a_restored_cart_takes_over_once_its_visit_is_confirmed() {
    for touched_first in [false, true] {
        let (edge, token) = mailed();
        let rebuilt = wire::Collect { via: Some(token.clone()), ..edge.event('B', 1, 1) };
        if touched_first {
            ask(&edge, "/v1/visit", &token);
        }
        edge.collect(&rebuilt);
        let (origin, copy) = (edge.cart('A', 1), edge.cart('B', 1));
        assert_eq!((origin.superseded_by.is_some(), copy.via_at.is_some()), (touched_first, touched_first));
        ask(&edge, "/v1/visit", &token);
        let (origin, copy) = (edge.cart('A', 1), edge.cart('B', 1));
        assert_eq!((origin.superseded_by.as_deref(), copy.via_at), (Some(copy.id.as_str()), Some(edge.now())));
    }
}

/// What a cart says to whoever looks at it.
fn told(cart: &CartView) -> (String, String, CartState, i64, Option<String>, Option<String>) {
    let CartView { version, lines, state, items, mailbox_hash, consent, .. } = cart.clone();
    (version, lines, state, items, mailbox_hash, consent)
}

#[test]
fn attack_08_who_knows_a_visitor_changes_nothing_of_its_carts() {
    let (edge, link) = mailed();
    let before = told(&edge.cart('A', 1));
    let stranger = edge.mint(ADA, "");
    let forged = edge.session('B');
    let (carts, contacts) = (edge.carts(), edge.contacts());
    for session in [Some(stranger.clone()), Some(forged), Some("s1.shop.x".to_owned()), None] {
        for cart in [1, 2, 999_999_999] {
            for event in [
                wire::Collect { seq: u32::MAX, ..edge.event('A', cart, 5) },
                wire::Collect {
                    snapshot: Some(wire::Snapshot { currency: "EUR".into(), ..Default::default() }),
                    ..edge.event('A', cart, 6)
                },
                wire::Collect { email: Some("mallory@example.com".into()), snapshot: None, ..edge.event('A', cart, 7) },
                wire::Collect { email: Some("ADA+x@example.com".into()), snapshot: None, ..edge.event('A', cart, 7) },
                wire::Collect { consent: Some(refusal()), snapshot: None, ..edge.event('A', cart, 8) },
                wire::Collect { via: Some(link.clone()), ..edge.event('A', cart, 9) },
                wire::Collect {
                    order: Some(wire::PageOrder { id: "1001".into(), ..wire::PageOrder::default() }),
                    snapshot: None,
                    ..edge.event('A', cart, 10)
                },
            ] {
                let event = wire::Collect { session: session.clone(), ..event };
                assert_eq!(edge.collect_as_is(&event).status, 200, "{event:?}");
                assert_eq!((edge.carts(), edge.contacts()), (carts.clone(), contacts.clone()), "{event:?}");
            }
        }
    }
    assert_eq!(told(&edge.cart('A', 1)), before);
    // The honest browser goes on: with the next number, a new cart, and its own refusal at last.
    let mut changed = edge.event('A', 1, 4);
    changed.snapshot.as_mut().unwrap().lines[0].quantity = 7;
    edge.collect(&changed);
    assert_eq!(edge.cart('A', 1).items, 7);
    edge.collect(&edge.event('A', 2, 1));
    assert_eq!(edge.carts().len(), 2);
    edge.collect(&wire::Collect { consent: Some(refusal()), snapshot: None, ..edge.event('A', 2, 2) });
    assert!(edge.carts().iter().all(|cart| cart.state == CartState::Discarded));
}

#[test]
fn attack_08_a_session_is_renewed_with_its_proof_and_ends_after_twelve_hours() {
    let edge = live();
    let keys = &edge.config.keys;
    let first = edge.session('A');
    edge.wait(Span::days(20));
    let nonce = |token: &str| Session::read(keys, token).unwrap().nonce;
    let renewed = edge.mint(ADA, &first);
    assert_eq!(nonce(&renewed), nonce(&first));
    // Another visitor's token, another site's and a changed one prove nothing.
    let elsewhere = Session { site: "other".to_owned().try_into().unwrap(), ..Session::read(keys, &first).unwrap() };
    for shown in [String::new(), edge.session('B'), elsewhere.to_token(keys), first.replacen("ABCDA", "ABCDB", 1)] {
        assert_ne!(nonce(&edge.mint(ADA, &shown)), nonce(&first), "{shown}");
    }
    // A token of twenty days ago is no session any more, but still the proof of its visitor.
    edge.collect_as_is(&wire::Collect { session: Some(renewed), ..edge.event('A', 1, 1) });
    assert!(edge.cart('A', 1).session_minted.is_some());
    edge.collect_as_is(&wire::Collect { session: Some(first.clone()), ..edge.event('A', 2, 1) });
    assert_eq!((edge.cart('A', 2).session_minted, edge.cart('A', 2).session), (None, Some(nonce(&first))));
}

#[test]
fn attack_08_a_browser_that_lost_its_storage_goes_on_by_its_cookie_and_nobody_else_does() {
    let edge = live();
    edge.change_settings(|settings| settings.cookie = true);
    let boot = |visitor: &str, more: &str, cookie: Option<&str>| {
        let answer = edge.serve(&Request {
            method: Method::Get,
            path: "/v1/boot".to_owned(),
            query: format!("site={}&visitor={visitor}{more}", edge.site_key("shop")),
            page_origin: Some(SHOP.to_owned()),
            cookie: cookie.map(str::to_owned),
            ..edge.request()
        });
        let settings: Value = serde_json::from_str(&answer.body).unwrap();
        let set = answer.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned();
        (settings["session"].as_str().unwrap().to_owned(), settings["visitor"].as_str().unwrap().to_owned(), set)
    };
    let (session, _, cookie) = boot(ADA, "&new=1", None);
    let collect = |session: String, cart| {
        edge.collect_as_is(&wire::Collect { session: Some(session), ..edge.event('A', cart, 1) });
        edge.carts().len()
    };
    assert_eq!(collect(session, 1), 1);
    // A new id after the storage was emptied: the cookie makes it the visitor it was, with the proof.
    let (session, visitor, _) = boot("01JD3Z5W4K8Q9RT2V6XY7ABCDZ", "&new=1", Some(&cookie));
    assert_eq!((visitor.as_str(), collect(session, 2)), (ADA, 2));
    // The name alone, or a cookie with another name in it, proves nothing.
    let (session, ..) = boot(ADA, "&new=1", None);
    assert_eq!(collect(session, 3), 2);
    let (_, _, other) = boot("01JD3Z5W4K8Q9RT2V6XY7ABCDB", "&new=1", None);
    let (session, ..) = boot(ADA, "&new=1", Some(&other.replace("ABCDB", "ABCDA")));
    assert_eq!(collect(session, 3), 2);
}

#[test]
fn attack_08_a_number_far_ahead_is_the_next_one() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let with = |quantity: u32, seq: u32| {
        let mut event = wire::Collect { seq, ..edge.event('A', 1, quantity) };
        event.snapshot.as_mut().unwrap().lines[0].quantity = quantity;
        event
    };
    edge.collect(&with(50, u32::MAX));
    assert_eq!((edge.cart('A', 1).items, edge.cart('A', 1).version.get(..10)), (50, Some("0000000003")));
    // Said again it stays what it was.
    let before = edge.everything();
    edge.collect(&with(50, u32::MAX));
    assert_eq!(edge.everything(), before);
    // The browser's next event counts, and so does one of a cart that really has more than a thousand events.
    edge.collect(&with(4, 4));
    assert_eq!(edge.cart('A', 1).items, 4);
    for (seq, quantity) in [(1_004, 5), (2_004, 6), (2_003, 7)] {
        edge.collect(&with(quantity, seq));
    }
    assert_eq!((edge.cart('A', 1).items, edge.cart('A', 1).version.get(..10)), (6, Some("0000002004")));
    // A new cart begins at the first number.
    edge.collect(&wire::Collect { seq: 4_000_000_000, ..edge.event('A', 2, 9) });
    assert_eq!(edge.cart('A', 2).version.get(..10), Some("0000000001"));
}

#[test]
fn attack_09_the_restored_cart_has_words_of_the_catalogue_only() {
    let edge = live();
    catalogue(&edge);
    edge.leave_cart('A', 1, "ada@example.com");
    let line = |product: &str, variant: &str, options: &str| wire::Line {
        product: product.to_owned(),
        variant: variant.to_owned(),
        sku: "S-1".to_owned(),
        options: options.to_owned(),
        name: SCAM.to_owned(),
        quantity: 2,
        price: Some(49_900),
        url: "https://evil.example/pay".to_owned(),
        image: "https://evil.example/scam.png".to_owned(),
    };
    let mut event = edge.event('A', 1, 3);
    event.snapshot.as_mut().unwrap().lines = vec![line("P1", "M", ""), line("P9", "L", "engraved: A")];
    edge.collect(&event);
    remind(&edge);
    let answer = restored(&edge, &restore_token(&edge));
    assert_eq!(
        answer["cart"]["lines"],
        json!([
            { "product": "P1", "variant": "M", "sku": "S-1", "quantity": 2, "name": "Linen shirt, M", "price": 4_990,
              "url": "https://shop.example/p/1", "image": "https://shop.example/i/1.png" },
            { "product": "P9", "variant": "L", "sku": "S-1", "options": "engraved: A", "quantity": 2 },
        ])
    );
    let text = answer.to_string();
    assert!(!text.contains("charged") && !text.contains("evil"), "{text}");
}

#[test]
fn attack_20_a_count_that_no_shopper_has_is_not_said() {
    for in_catalogue in [false, true] {
        for (pieces, is_said) in [(98, true), (107, false), (1_000_000, false)] {
            let edge = live();
            if in_catalogue {
                catalogue(&edge);
            }
            edge.leave_cart('A', 1, "ada@example.com");
            let mut event = edge.event('A', 1, 3);
            let snapshot = event.snapshot.as_mut().unwrap();
            snapshot.lines[0].quantity = pieces;
            snapshot.total = Some(i64::from(pieces) * 4_990);
            edge.collect(&event);
            remind(&edge);
            let mail = edge.ports.provider.mails().remove(0);
            let [html, text] = [mail.html, mail.text];
            // Addresses are random letters; a number in them says nothing.
            let has = |part: &str| {
                part.split(['"', '\n']).any(|said| !said.starts_with("https:") && said.contains(&pieces.to_string()))
            };
            let says = [has(&mail.subject) || in_catalogue, has(&html) && has(&text)];
            let total = format!("EUR {}", f64::from(pieces) * 49.9);
            if is_said {
                assert_eq!(says, [true, true], "{}\n{text}", mail.subject);
            } else {
                assert!(!has(&mail.subject) && !has(&text), "{}\n{text}", mail.subject);
                assert!(
                    !html.contains(&format!("{pieces} items")) && !html.contains(&format!("Quantity: {pieces}")),
                    "{html}"
                );
                assert!(!text.contains(&total) && !html.contains(&total), "{text}");
                let expected = if in_catalogue { "Linen shirt, M" } else { "something" };
                assert!(mail.subject.contains(expected), "{}", mail.subject);
            }
        }
    }
}
