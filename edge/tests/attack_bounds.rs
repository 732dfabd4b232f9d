//! Attacks by numbers: whatever strangers write under one name, a request and a tick read no more than before.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::world::{World, live},
};
use cartwake_shared::{lifecycle::CartState, time::Span, wire};

const ADA: &str = "ada@example.com";

/// Carts of so many visitors, all with one customer id, and with one address where `address` says so. The first thirty come by
/// the page, which fills what is bounded; the others are copies.
fn flood(edge: &App<World>, carts: u32, address: bool) {
    for number in 0..30 {
        let event = wire::Collect {
            visitor: format!("01JD3Z5W4K8Q9RT2V6XZ{number:06}"),
            customer: Some("c-7".into()),
            email: address.then(|| ADA.to_owned()),
            ..edge.event('A', 1, 1)
        };
        assert_eq!(edge.collect(&event).status, 200);
    }
    edge.ports
        .store
        .write(&include_str!("attack_bounds/flood.sql").replace("{carts}", &(carts - 30).to_string()))
        .unwrap();
    assert_eq!(
        edge.carts().iter().filter(|cart| cart.customer.as_deref() == Some("c-7") && !cart.signed).count(),
        carts as usize
    );
}

/// The instructions that SQLite runs meanwhile.
fn steps_of(edge: &App<World>, act: impl FnOnce()) -> u64 {
    let before = edge.ports.store.steps();
    act();
    edge.ports.store.steps() - before
}

fn order(edge: &App<World>, body: &str) {
    assert_eq!(edge.post_from_server("/v1/orders", "shop", body).status, 200);
}

/// What each kind of request, and a tick, costs after a flood; the shopper's own cart is older than the flood.
fn costs(carts: u32, address: bool) -> Vec<(&'static str, u64)> {
    let edge = live();
    edge.collect(&edge.vouched(edge.event('B', 1, 1), "c-7", ADA));
    edge.change_carts(|cart| cart.proof = 5);
    flood(&edge, carts, address);
    let event = |seq: u32| wire::Collect { customer: Some("c-7".into()), ..edge.event('C', 1, seq) };
    let mut costs = vec![
        ("a new cart of the name", steps_of(&edge, || assert_eq!(edge.collect(&event(1)).status, 200))),
        (
            "an address",
            steps_of(&edge, || {
                edge.collect(&wire::Collect { email: Some(ADA.into()), ..event(2) });
            }),
        ),
        (
            "a cart that the shop vouches for",
            steps_of(&edge, || {
                edge.collect(&edge.vouched(edge.event('D', 1, 1), "c-7", ADA));
            }),
        ),
        (
            "a page's order",
            steps_of(&edge, || {
                let order = wire::PageOrder { id: "1".into(), total: None, currency: None };
                edge.collect(&wire::Collect { order: Some(order), email: Some(ADA.into()), ..event(3) });
            }),
        ),
        (
            "a refusal",
            steps_of(&edge, || {
                let consent = wire::Consent { tracking: Some("denied".into()), ..wire::Consent::default() };
                edge.collect(&wire::Collect { consent: Some(consent), ..edge.event('D', 1, 2) });
            }),
        ),
        (
            "an order of the shop's server",
            steps_of(&edge, || {
                order(
                    &edge,
                    r#"{"order":"2","status":"placed","customer":"c-7","email":"ada@example.com","total":"9.00","currency":"EUR"}"#,
                );
            }),
        ),
    ];
    // The shopper's own cart got the order, however many carts bear the same name.
    let own = edge.cart('B', 1);
    assert_eq!((own.state, own.order_total), (CartState::Ordered, Some(900)), "{carts}");
    edge.wait(Span::minutes(62));
    costs.push(("a tick", steps_of(&edge, || drop(edge.tick().unwrap()))));
    costs
}

#[test]
fn attack_07_strangers_carts_of_one_name_make_no_request_dearer() {
    for (carts, address) in [(3_000, true), (6_000, false)] {
        // More than the bound of 20, so that both have what the bound permits, and a full tick.
        let few = costs(400, address);
        let many = costs(carts, address);
        for ((what, few), (_, many)) in few.iter().zip(&many) {
            assert!(*many <= few + few / 4, "{what}: {few} with 400 carts, {many} with {carts}");
        }
    }
}

#[test]
fn attack_07_a_name_and_an_address_have_twenty_carts_the_proven_ones_first() {
    let edge = live();
    for visitor in ['A', 'B', 'C'] {
        edge.collect(&edge.vouched(edge.event(visitor, 1, 1), "c-7", ADA));
        edge.wait(Span::seconds(1));
    }
    edge.change_carts(|cart| cart.proof = 5);
    flood(&edge, 60, true);
    edge.wait(Span::seconds(1));
    edge.collect(&edge.vouched(edge.event('D', 1, 1), "c-7", ADA));
    let contact = edge.contacts().pop().unwrap();
    let listed: Vec<String> = serde_json::from_str(&contact.carts).unwrap();
    let named: Vec<String> = edge.identities().into_iter().map(|name| name.cart).collect();
    for (what, carts) in [("address", listed), ("name", named)] {
        assert_eq!(carts.len(), 20, "{what}");
        for visitor in ['A', 'B', 'C', 'D'] {
            assert!(carts.contains(&edge.cart(visitor, 1).id), "{what} {visitor}");
        }
    }
}

#[test]
fn a_name_that_is_full_costs_no_written_row() {
    let edge = live();
    flood(&edge, 31, false);
    let written = |visitor: char, customer: &str| {
        let before = edge.ports.store.rows_written();
        edge.collect(&wire::Collect { customer: Some(customer.into()), ..edge.event(visitor, 1, 1) });
        edge.ports.store.rows_written() - before
    };
    // SQLite counts the row, D1 its entry of an index too.
    assert_eq!((written('A', "c-8"), written('B', "c-7")), (2, 1));
}
