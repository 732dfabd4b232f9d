//! Stopping by hand: pauses of every scope, and erasing an address while its reminder is on the way.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::{ports::App, store::Value},
    house::{
        erase::erase,
        pause::{self, Scope},
    },
    native::{
        views::{CartView, ContactView, IdentityView, Record, SENT, standings, stands},
        world::{World, add_site, block_on, live, shop_settings},
    },
};
use cartwake_shared::{
    email::EmailAddress,
    gate::Reason,
    identifier::{MerchantId, SiteId},
    lifecycle::CartState,
    metric::Metric,
    policy::SiteState,
    reminder::ReminderState::{Ready, Suppressed},
    time::Span,
    wire,
};

/// Everything the database holds, as one text.
fn everything(edge: &App<World>) -> String {
    let values = edge.everything().into_values().flatten().flat_map(Record::into_values);
    let texts = values.filter_map(|value| match value {
        Value::Text(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Null => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The contacts of the other merchant's site.
fn others(edge: &App<World>) -> Vec<ContactView> {
    edge.contacts().into_iter().filter(|contact| contact.site == "other").collect()
}

fn merchant() -> MerchantId {
    MerchantId::parse("merchant").unwrap()
}

fn erase_ada(edge: &App<World>) -> usize {
    block_on(erase(edge, &merchant(), &EmailAddress::parse("Ada+shop@example.com").unwrap())).unwrap()
}

/// A cart full of what tells one person from another: token, customer, variant, address.
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
        assert_eq!(standings(&edge.reminders()), [(1, stands(Ready, Reason::Paused))], "{scope:?}");
        block_on(pause::set(&edge, scope, false)).unwrap();
        edge.wait(Span::minutes(5));
        edge.tick().unwrap();
        assert_eq!(standings(&edge.reminders()), [(1, SENT)], "{scope:?}");
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
    let before = others(&edge);
    assert_eq!(erase_ada(&edge), 2);
    assert_eq!(others(&edge), before);
    edge.ports.store.remove(|cart: &CartView| cart.site == "other");
    edge.ports.store.remove(|contact: &ContactView| contact.site == "other");
    edge.ports.store.remove(|identity: &IdentityView| identity.site == "other");
    for word in ["ada@example.com", "customer-77", "token-of-ada", "engraved"] {
        assert!(!everything(&edge).contains(word), "{word}: {}", everything(&edge));
    }
    assert_eq!(edge.suppressions(), [("merchant".to_owned(), "erased".to_owned())]);

    // A late event of the same cart, and a new cart with the same address.
    for (cart, seq) in [(1, 9), (2, 1)] {
        let late = wire::Collect { email: Some("ada@example.com".to_owned()), ..edge.event('A', cart, seq) };
        assert_eq!(edge.collect(&late).status, 200);
    }
    assert!(!everything(&edge).contains("ada@example.com"));
    let cart = edge.cart('A', 1);
    assert_eq!((cart.site.as_str(), cart.state, cart.lines.as_str()), ("shop", CartState::Ordered, "[]"));
    assert_eq!(erase_ada(&edge), 0, "once is enough");
}

/// The refusal comes after the order, and the order is not paid in the end.
#[test]
fn a_refusal_counts_at_a_cart_that_an_order_has_closed() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let order = r#"{"order":"1001","status":"placed","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.1"}"#;
    assert_eq!(edge.post_from_server("/v1/orders", "shop", order).status, 200);
    let consent = wire::Consent { mail: Some("denied".to_owned()), ..wire::Consent::default() };
    let refusal = wire::Collect { snapshot: None, consent: Some(consent), ..edge.event('A', 1, 9) };
    assert_eq!(edge.collect(&refusal).status, 200);
    let order = order.replace("placed", "failed");
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &order).status, 200);
    assert_eq!(edge.cart('A', 1).state, CartState::Active);
    for _ in 0..30 {
        edge.wait(Span::hours(1));
        edge.tick().unwrap();
    }
    assert_eq!(edge.ports.provider.calls(), 0);
}

#[test]
fn fault_74_a_reminder_that_waits_ends_as_erased() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    assert_eq!(erase_ada(&edge), 1);
    edge.tick().unwrap();
    assert_eq!(standings(&edge.reminders()), [(1, stands(Suppressed, Reason::Erased))]);
    for _ in 0..80 {
        edge.wait(Span::hours(1));
        edge.tick().unwrap();
    }
    assert_eq!((edge.reminders().len(), edge.ports.provider.calls()), (1, 0));
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
    for cart in edge.carts() {
        assert!(cart.customer.is_none() && !cart.lines.contains("engraved"), "{cart:#?}");
    }
    // The first mail was sent; its link still stops mails and shows nothing.
    assert_eq!(standings(&edge.reminders()), [(1, SENT)]);
}

#[test]
fn a_mail_that_an_order_overtakes_between_gate_and_provider_is_counted_once() {
    for (overtaken, expected) in [(true, 1), (false, 0)] {
        let edge = live();
        edge.leave_cart('A', 1, "ada@example.com");
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        if overtaken {
            edge.ports.store.write(include_str!("stopping/order_behind_the_gate.sql")).unwrap();
        }
        for _ in 0..3 {
            edge.tick().unwrap();
        }
        assert_eq!(edge.ports.provider.mails().len(), 1);
        assert_eq!(edge.metric(Metric::Raced), expected);
    }
}
