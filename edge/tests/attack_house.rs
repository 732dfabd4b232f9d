//! Row 15 of the attacks: what has reached its age goes, an erasure takes all of a person, and who comes back is a new person.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::{
        http::{Body, Method, Request},
        ports::App,
        store::Value,
    },
    house::{
        erase::erase,
        retention::{Progress, Table, progress},
    },
    native::{
        views::{CartView, ContactView, HeartbeatView, Record, SuppressionView},
        world::{ADMIN_SECRET, ORIGIN, World, block_on, live},
    },
};
use cartwake_shared::{
    email::EmailAddress, identifier::MerchantId, lifecycle::CartState, reminder::ReminderState, time::Span, wire,
};

/// Everything the database holds, as one text.
fn everything(edge: &App<World>) -> String {
    let values = edge.everything().into_values().flatten().flat_map(Record::into_values);
    let text = |value| match value {
        Value::Text(text) => text,
        Value::Integer(number) => number.to_string(),
        Value::Null => String::new(),
    };
    values.map(text).collect::<Vec<_>>().join("\n")
}

fn is_nowhere(edge: &App<World>, words: &[&str]) {
    let everything = everything(edge);
    for word in words {
        assert!(!everything.contains(word), "{word}: {everything}");
    }
}

/// So many days pass, and cron runs for three quarters of an hour.
fn days_go_by(edge: &App<World>, days: i64) {
    edge.wait(Span::days(days));
    for _ in 0..45 {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
}

fn erase_address(edge: &App<World>, address: &str) -> usize {
    let merchant = MerchantId::parse("merchant").unwrap();
    block_on(erase(edge, &merchant, &EmailAddress::parse(address).unwrap())).unwrap()
}

/// An event that says all that a page can say of a person.
fn telling(edge: &App<World>, visitor: char, cart: u32, seq: u32, address: Option<&str>) -> wire::Collect {
    let mut event = wire::Collect {
        session: Some(edge.session(visitor)),
        email: address.map(str::to_owned),
        customer: Some(format!("customer-{visitor}")),
        consent: address.map(|_| wish()),
        ..edge.event(visitor, cart, seq)
    };
    let snapshot = event.snapshot.as_mut().unwrap();
    snapshot.token = Some(format!("token-{visitor}-{cart}-{seq}"));
    "engraved: for Ada".clone_into(&mut snapshot.lines[0].options);
    event
}

fn wish() -> wire::Consent {
    wire::Consent {
        tracking: Some("granted".to_owned()),
        mail: Some("express".to_owned()),
        wording: Some("express-en-1".to_owned()),
        source: Some("box".to_owned()),
    }
}

fn say(edge: &App<World>, event: &wire::Collect) {
    assert_eq!(edge.collect(event).status, 200);
}

fn contacts(edge: &App<World>) -> Vec<ContactView> {
    edge.ports.store.rows()
}

/// The carts of this visitor's browser have come to the mails they come to.
fn mails_to(edge: &App<World>, address: &str) -> usize {
    edge.ports.provider.mails().iter().filter(|mail| mail.to == address).count()
}

fn progress_of(edge: &App<World>, table: Table) -> Progress {
    let all = block_on(progress(edge)).unwrap();
    all.into_iter().find(|(of, _)| *of == table).unwrap().1
}

#[test]
fn attack_15_what_has_reached_its_age_goes() {
    let edge = live();
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    say(&edge, &wire::Collect { customer: None, ..telling(&edge, 'B', 1, 1, None) });
    let order = r#"{"order":"7","status":"placed","email":"cy@example.com","customer":"customer-C","token":"token-C"}"#;
    assert_eq!(edge.post_from_server("/v1/orders", "shop", order).status, 200);
    for _ in 0..4 {
        edge.wait(Span::hours(1));
        edge.tick().unwrap();
    }
    assert_eq!(edge.reminders().iter().filter(|row| row.state == ReminderState::Sent).count(), 1);

    days_go_by(&edge, 15);
    let nobodys = edge.cart('B', 1);
    assert_eq!((nobodys.lines.as_str(), nobodys.token, nobodys.total), ("[]", None, 4_990), "the figures stay");
    assert_eq!(nobodys.state, CartState::Abandoned, "it can be woken");
    assert!(edge.cart('A', 1).lines.contains("engraved"));

    days_go_by(&edge, 77);
    is_nowhere(&edge, &["ada@example.com", "customer-A", "token-", "engraved", "Linen", "customer-C"]);
    let stripped = edge.cart('A', 1);
    assert_eq!((stripped.total, stripped.items, stripped.state), (4_990, 1, CartState::Expired));
    let proof = contacts(&edge).pop().unwrap();
    assert_eq!(
        (proof.address, proof.carts.as_str(), proof.basis_wording.as_deref()),
        (None, "[]", Some("express-en-1"))
    );
    assert!(edge.identities().is_empty());

    days_go_by(&edge, 310);
    assert_eq!((edge.carts().len(), edge.reminders().len(), edge.orders().len(), edge.metrics().len()), (0, 0, 0, 0));
    assert!(everything(&edge).contains("express-en-1"), "the proof of consent is kept for three years");
    days_go_by(&edge, 2 * 365 + 200);
    assert_eq!(contacts(&edge), []);
}

#[test]
fn attack_15_a_shopper_who_comes_back_wakes_a_stripped_cart() {
    let edge = live();
    say(&edge, &telling(&edge, 'B', 1, 1, None));
    edge.change_carts(|cart| cart.customer = None);
    edge.wait(Span::hours(2));
    edge.tick().unwrap();
    days_go_by(&edge, 15);
    assert_eq!(edge.cart('B', 1).lines, "[]");
    say(&edge, &edge.event('B', 1, 2));
    let woken = edge.cart('B', 1);
    assert_eq!((woken.state, woken.lines.contains("Linen shirt")), (CartState::Active, true));
}

#[test]
fn attack_15_an_erasure_takes_every_cart_of_the_visitor_and_addresses_corrected_before() {
    let edge = live();
    // Bought and closed; then another address; then no address at all; then mistyped first.
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    say(
        &edge,
        &wire::Collect {
            order: Some(wire::PageOrder { id: "9".into(), total: Some(4_990), currency: Some("EUR".into()) }),
            ..telling(&edge, 'A', 1, 2, None)
        },
    );
    say(&edge, &telling(&edge, 'A', 2, 1, Some("ada@work.example.com")));
    say(&edge, &telling(&edge, 'A', 3, 1, None));
    say(&edge, &telling(&edge, 'A', 4, 1, Some("ada@exmaple.com")));
    edge.wait(Span::seconds(5));
    say(&edge, &telling(&edge, 'A', 4, 2, Some("ada@example.com")));
    is_nowhere(&edge, &["ada@exmaple.com"]);
    say(&edge, &telling(&edge, 'B', 1, 1, Some("bob@example.com")));
    for _ in 0..3 {
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
    }
    assert_eq!(erase_address(&edge, "ada@example.com"), 1);
    is_nowhere(&edge, &["ada@", "customer-A", "token-A-1-2", "token-A-2", "token-A-3", "token-A-4-2"]);
    let carts: Vec<CartView> = edge.carts().into_iter().filter(|cart| cart.id.contains("ABCDA.")).collect();
    assert!(carts.len() == 4 && carts.iter().all(|cart| cart.lines == "[]"), "{carts:#?}");
    // Names that a cart had before its last one go with the next walk.
    days_go_by(&edge, 1);
    is_nowhere(&edge, &["token-A"]);
    let others = everything(&edge);
    assert!(others.contains("bob@example.com") && others.contains("customer-B") && others.contains("token-B-1-1"));
    assert_eq!(erase_address(&edge, "ada@example.com"), 0);
}

#[test]
fn attack_15_an_address_that_was_corrected_is_erased_with_the_visitor_who_typed_it() {
    let edge = live();
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    edge.wait(Span::seconds(5));
    say(&edge, &telling(&edge, 'A', 1, 2, Some("bob@example.com")));
    assert_eq!(
        erase_address(&edge, "ada@example.com"),
        1,
        "her contact knows the cart, although it let her address go"
    );
    is_nowhere(&edge, &["ada@", "bob@", "customer-A", "engraved"]);
}

#[test]
fn attack_15_what_an_erasure_could_not_find_goes_with_the_next_walk() {
    let edge = live();
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    say(&edge, &telling(&edge, 'B', 1, 1, Some("ada@example.com")));
    // A contact keeps the ids of its newest carts only.
    edge.ports
        .store
        .change(|contact: &mut ContactView| contact.carts = r#"["01JD3Z5W4K8Q9RT2V6XY7ABCDA.1"]"#.to_owned());
    erase_address(&edge, "ada@example.com");
    assert!(edge.cart('B', 1).lines.contains("engraved"));
    days_go_by(&edge, 0);
    is_nowhere(&edge, &["ada@", "engraved", "customer-"]);
}

#[test]
fn attack_15_a_person_who_comes_back_is_a_new_person() {
    for (before, mailed) in [(None, 1), (Some("unsubscribed"), 0), (Some("complained"), 0), (Some("not_me"), 0)] {
        let edge = live();
        say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
        let mailbox_hash = edge.cart('A', 1).mailbox_hash.unwrap();
        if let Some(reason) = before {
            edge.ports.store.insert(&SuppressionView {
                scope: "merchant".into(),
                mailbox_hash: mailbox_hash.clone(),
                reason: reason.into(),
                at: edge.now(),
                site: "shop".into(),
            });
        }
        edge.wait(Span::minutes(1));
        assert_eq!(erase_address(&edge, "ada@example.com"), 1);
        edge.wait(Span::minutes(1));
        // Without a wish she is not mailed.
        say(&edge, &wire::Collect { consent: None, ..telling(&edge, 'B', 1, 1, Some("ada@example.com")) });
        for _ in 0..3 {
            edge.wait(Span::minutes(61));
            edge.tick().unwrap();
        }
        assert_eq!(mails_to(&edge, "ada@example.com"), 0, "{before:?}");
        // She ticks the box; the page says the address only once.
        say(&edge, &wire::Collect { consent: None, ..telling(&edge, 'B', 2, 1, Some("ada@example.com")) });
        edge.wait(Span::seconds(9));
        say(&edge, &wire::Collect { consent: Some(wish()), ..telling(&edge, 'B', 2, 2, None) });
        for _ in 0..3 {
            edge.wait(Span::minutes(61));
            edge.tick().unwrap();
        }
        assert_eq!(mails_to(&edge, "ada@example.com"), mailed, "{before:?}: {:#?}", edge.reminders());
        let contact = contacts(&edge).pop().unwrap();
        assert_eq!((contact.address.as_deref(), contact.erased_at), (Some("ada@example.com"), None));
        assert_eq!(edge.suppressions().len(), usize::from(mailed == 0), "{before:?}");
    }
}

#[test]
fn attack_15_a_wish_from_before_the_erasure_brings_nobody_back() {
    let edge = live();
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    // It was said five minutes before the erasure, and comes five minutes after it.
    let age = Span::minutes(10).millis();
    let late = wire::Collect { age, ..telling(&edge, 'B', 1, 1, Some("ada@example.com")) };
    edge.wait(Span::minutes(5));
    erase_address(&edge, "ada@example.com");
    edge.wait(Span::minutes(5));
    say(&edge, &late);
    is_nowhere(&edge, &["ada@"]);
}

#[test]
fn attack_15_addresses_are_kept_for_a_suppression_that_the_owner_may_take_along() {
    let edge = live();
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    edge.ports.store.insert(&SuppressionView {
        scope: "merchant".into(),
        mailbox_hash: edge.cart('A', 1).mailbox_hash.unwrap(),
        reason: "unsubscribed".into(),
        at: edge.now(),
        site: "shop".into(),
    });
    days_go_by(&edge, 95);
    let contact = contacts(&edge).pop().unwrap();
    assert_eq!((contact.address.as_deref(), edge.cart('A', 1).mailbox_hash), (Some("ada@example.com"), None));
    assert_eq!(edge.suppressions().len(), 1);
}

#[test]
fn attack_15_each_job_tells_when_it_ran_and_what_it_removed() {
    let edge = live();
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    days_go_by(&edge, 1);
    let young = progress_of(&edge, Table::Carts);
    assert_eq!((young.last.looked, young.removed, young.last.oldest), (1, 0, Some(edge.cart('A', 1).active_at)));
    days_go_by(&edge, 95);
    let old = progress_of(&edge, Table::Carts);
    assert_eq!((old.removed, old.last.oldest), (1, None));
    assert!(edge.now().since(old.ended) < Span::hours(1));
    let jobs: Vec<HeartbeatView> = edge.ports.store.rows();
    assert_eq!(jobs.iter().filter(|job| job.job.starts_with("retention/")).count(), Table::ALL.len());
}

#[test]
fn attack_15_the_page_of_the_day_shows_each_job_and_the_oldest_thing_kept() {
    let edge = live();
    say(&edge, &telling(&edge, 'A', 1, 1, Some("ada@example.com")));
    days_go_by(&edge, 95);
    say(&edge, &telling(&edge, 'B', 1, 1, Some("bob@example.com")));
    days_go_by(&edge, 1);
    let form = |path: &str, body: String| Request {
        method: Method::Post,
        path: path.to_owned(),
        page_origin: Some(ORIGIN.to_owned()),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        body: Body::Bytes(body.into_bytes()),
        ..edge.request()
    };
    let signed_in = edge.serve(&form("/login", format!("secret={ADMIN_SECRET}")));
    let cookie = signed_in.header("Set-Cookie").and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
    let page = edge.serve(&Request { path: "/".to_owned(), cookie, ..edge.request() }).body;
    for text in ["What is kept", "until 90 days after", "E-mail addresses", "<td class=\"total\">1<", "27 Feb"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    let rows = page.matches("<td class=\"who\">").count();
    assert_eq!(rows, Table::ALL.len());
}
