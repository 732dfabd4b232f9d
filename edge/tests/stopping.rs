//! Stopping by hand: pauses of every scope, and erasing an address, also while its reminder is on the way.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    house::{
        erase::erase,
        pause::{self, Scope},
    },
    native::world::{World, add_site, block_on, live, shop_settings},
};
use cartwake_shared::{
    email::EmailAddress,
    identifier::{MerchantId, SiteId},
    policy::SiteState,
    time::Span,
    wire,
};

fn ask(edge: &App<World>, sql: &str) -> Vec<String> {
    edge.ports.store.ask(sql).unwrap().into_iter().map(|row| row.join(" ")).collect()
}

/// Everything the database holds, as one text.
fn everything(edge: &App<World>) -> String {
    let tables = ask(edge, "SELECT name FROM sqlite_master WHERE type = 'table'");
    let rows = tables.iter().flat_map(|table| ask(edge, &format!("SELECT * FROM {table}")));
    rows.collect::<Vec<_>>().join("\n")
}

fn merchant() -> MerchantId {
    MerchantId::parse("merchant").unwrap()
}

fn erase_ada(edge: &App<World>) -> usize {
    block_on(erase(edge, &merchant(), &EmailAddress::parse("Ada+shop@example.com").unwrap())).unwrap()
}

/// A cart full of what tells a person exclusion: token, customer, variant, address.
fn telling(edge: &App<World>, site: &str, visitor: char) {
    let session = Some(edge.session(visitor));
    let mut event = wire::Collect {
        site: edge.site_key(site),
        session: if site == "shop" { session } else { None },
        email: Some("ada@example.com".to_owned()),
        customer: Some("customer-77".to_owned()),
        consent: Some(wire::Consent {
            tracking: Some("granted".into()),
            mail: Some("express".into()),
            ..wire::Consent::default()
        }),
        ..edge.event(visitor, 1, 1)
    };
    let snapshot = event.snapshot.as_mut().unwrap();
    snapshot.token = Some("token-of-ada".to_owned());
    "engraved: for Ada".clone_into(&mut snapshot.lines[0].options);
    assert_eq!(edge.collect(&event).status, 200);
}

#[test]
fn every_pause_holds_and_ends() {
    let shop = SiteId::parse("shop").unwrap();
    let merchant = merchant();
    for scope in [Scope::Site(&shop), Scope::Merchant(&merchant), Scope::Deployment] {
        let edge = live();
        edge.leave_cart('A', 1, "ada@example.com");
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        block_on(pause::set(&edge, scope, true)).unwrap();
        edge.tick().unwrap();
        assert_eq!(ask(&edge, "SELECT state, reason FROM outbox"), ["0 paused"], "{scope:?}");
        block_on(pause::set(&edge, scope, false)).unwrap();
        edge.wait(Span::minutes(5));
        edge.tick().unwrap();
        assert_eq!(ask(&edge, "SELECT state FROM outbox"), ["3"], "{scope:?}");
    }
}

#[test]
fn fault_74_what_is_erased_is_found_nowhere_and_late_events_bring_nothing_back() {
    let edge = live();
    add_site(&edge, "second", "merchant", SiteState::Live, &shop_settings()).unwrap();
    add_site(&edge, "other", "stranger", SiteState::Live, &shop_settings()).unwrap();
    for (site, visitor) in [("shop", 'A'), ("second", 'B'), ("other", 'C')] {
        telling(&edge, site, visitor);
    }
    let order = r#"{"order":"5","status":"placed","email":"ada@example.com","customer":"customer-77","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDZ.9"}"#;
    assert_eq!(edge.post_from_server("/v1/orders", "shop", order).status, 200);
    // The other merchant's data stays where it is.
    let others = "SELECT address, erased_at FROM contact WHERE site = 'other'";
    let before = ask(&edge, others);
    assert_eq!(erase_ada(&edge), 2);
    assert_eq!(ask(&edge, others), before);
    edge.ports.store.write("DELETE FROM cart WHERE site = 'other'; DELETE FROM contact WHERE site = 'other'; DELETE FROM identity WHERE site = 'other'").unwrap();
    for word in ["ada@example.com", "customer-77", "token-of-ada", "engraved"] {
        assert!(!everything(&edge).contains(word), "{word}: {}", everything(&edge));
    }
    assert_eq!(ask(&edge, "SELECT scope, reason FROM suppression"), ["merchant erased"]);

    // A late event of the same cart, and a new cart with the same address.
    for (cart, seq) in [(1, 9), (2, 1)] {
        let late = wire::Collect { email: Some("ada@example.com".to_owned()), ..edge.event('A', cart, seq) };
        assert_eq!(edge.collect(&late).status, 200);
    }
    assert!(!everything(&edge).contains("ada@example.com"));
    assert_eq!(ask(&edge, "SELECT state, lines FROM cart WHERE site = 'shop' AND id LIKE '%A.1'"), ["2 []"]);
    assert_eq!(erase_ada(&edge), 0, "once is enough");
}

#[test]
fn fault_74_a_reminder_that_waits_ends_as_erased() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    assert_eq!(erase_ada(&edge), 1);
    edge.tick().unwrap();
    assert_eq!(ask(&edge, "SELECT state, reason FROM outbox"), ["5 erased"]);
    for _ in 0..80 {
        edge.wait(Span::hours(1));
        edge.tick().unwrap();
    }
    assert_eq!((ask(&edge, "SELECT count(*) FROM outbox"), edge.ports.provider.calls()), (vec!["1".to_owned()], 0));
}

#[test]
fn an_erased_shopper_is_taken_out_of_the_cart_rebuilt_from_a_mail() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    let text = edge.ports.provider.mails()[0].text.clone();
    let token = text.split("/r/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let mut rebuilt = wire::Collect { via: Some(token), customer: Some("customer-77".into()), ..edge.event('B', 1, 1) };
    "engraved".clone_into(&mut rebuilt.snapshot.as_mut().unwrap().lines[0].options);
    assert_eq!(edge.collect(&rebuilt).status, 200);
    assert_eq!(erase_ada(&edge), 1);
    for word in ["customer-77", "engraved"] {
        assert!(!ask(&edge, "SELECT lines, customer FROM cart").join(" ").contains(word), "{word}");
    }
    // The first mail was sent; its link still stops mails and shows nothing.
    assert_eq!(ask(&edge, "SELECT state FROM outbox"), ["3"]);
}

#[test]
fn a_mail_that_an_order_overtakes_between_gate_and_provider_is_counted_once() {
    for (overtaken, expected) in [(true, vec!["1"]), (false, vec![])] {
        let edge = live();
        edge.leave_cart('A', 1, "ada@example.com");
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        if overtaken {
            // Committed right behind the gate, before the provider has answered.
            edge.ports
                .store
                .write(
                    "CREATE TRIGGER buys AFTER UPDATE OF state ON outbox WHEN NEW.state = 2 BEGIN
                       INSERT INTO purchase VALUES (NEW.site, 'mailbox:' || NEW.mailbox_hash, 'placed', '1001', NEW.reason_at);
                     END",
                )
                .unwrap();
        }
        for _ in 0..3 {
            edge.tick().unwrap();
        }
        assert_eq!(edge.ports.provider.mails().len(), 1);
        let raced = edge.ports.store.ask("SELECT value FROM metric WHERE name = 'raced'").unwrap();
        assert_eq!(raced.concat(), expected);
    }
}
