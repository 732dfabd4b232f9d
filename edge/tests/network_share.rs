//! The share of a network: what raises it, and who gives a place back.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        views::{NetworkView, SENT, Standing, stands},
        world::{World, live},
    },
};
use cartwake_shared::{gate::Reason, reminder::ReminderState::Ready, share::NETWORK, time::Span, wire};

const CARRIER: &str = "100.64.1.7";
const WAITS: fn() -> Standing = || stands(Ready, Reason::NetworkShare);

fn visitor(number: usize) -> String {
    format!("01JD3Z5W4K8Q9RT2V6XY{number:06}")
}

/// A stranger or a guest behind the carrier says an address.
fn says(edge: &App<World>, number: usize, order: Option<&str>) {
    let event = wire::Collect {
        visitor: visitor(number),
        session: Some(edge.mint(&visitor(number), "")),
        email: Some(format!("shopper{number}@example.com")),
        consent: Some(wire::Consent {
            tracking: Some("granted".to_owned()),
            mail: Some("express".to_owned()),
            ..wire::Consent::default()
        }),
        order: order.map(|id| wire::PageOrder { id: id.to_owned(), ..wire::PageOrder::default() }),
        ..edge.event('A', 1, 1)
    };
    assert_eq!(edge.collect_from(CARRIER, &event).status, 200);
}

/// The shop's server tells an order of that shopper's cart.
fn tells(edge: &App<World>, order: &str, status: &str, number: usize) {
    let told = wire::ServerOrder {
        order: order.to_owned(),
        status: status.to_owned(),
        cart: Some(format!("{}.1", visitor(number))),
        ..wire::ServerOrder::default()
    };
    let body = serde_json::to_string(&told).unwrap();
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &body).status, 200);
}

/// Where first reminders stand after an hour and some minutes.
fn an_hour_later(edge: &App<World>) -> Vec<(usize, Standing)> {
    for _ in 0..80 {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
    edge.first_standings()
}

/// A world that mails a crowd in one tick.
fn shop() -> App<World> {
    let mut edge = live();
    edge.config.mails_per_tick = 50;
    edge
}

#[test]
fn a_paid_order_by_the_servers_word_gives_its_place_back_and_raises_the_share_by_five() {
    let edge = shop();
    // Five take the share; one of them buys, told twice.
    (0..5).for_each(|number| says(&edge, number, None));
    tells(&edge, "1001", "placed", 0);
    tells(&edge, "1001", "placed", 0);
    let [network]: [NetworkView; 1] = edge.ports.store.rows().try_into().unwrap();
    let places: Vec<serde_json::Value> = serde_json::from_str(&network.places).unwrap();
    let paid: Vec<(i64, String, i64)> = serde_json::from_str(&network.paid).unwrap();
    assert_eq!((places.len(), paid.len(), paid.first().unwrap().2), (4, 1, 1));
    // One place is free again and five are new: of seven more, one waits.
    (5..12).for_each(|number| says(&edge, number, None));
    assert_eq!(an_hour_later(&edge), [(1, WAITS()), (10, SENT)]);
}

#[test]
fn an_order_that_the_page_told_first_gives_its_place_back_too() {
    let edge = shop();
    (0..5).for_each(|number| says(&edge, number, (number == 0).then_some("1001")));
    tells(&edge, "1001", "placed", 0);
    let [network]: [NetworkView; 1] = edge.ports.store.rows().try_into().unwrap();
    let places: Vec<serde_json::Value> = serde_json::from_str(&network.places).unwrap();
    assert_eq!((places.len(), network.paid == "[]"), (4, false));
    (5..12).for_each(|number| says(&edge, number, None));
    assert_eq!(an_hour_later(&edge), [(1, WAITS()), (10, SENT)]);
}

#[test]
fn an_order_gives_back_the_place_of_the_day_before() {
    let edge = shop();
    while edge.now().day(0) == edge.now().plus(Span::minutes(30)).day(0) {
        edge.wait(Span::minutes(10));
    }
    (0..4).for_each(|number| says(&edge, number, None));
    edge.wait(Span::minutes(40));
    // The fifth takes its place on the new day; the order of one of the evening gives one back and five more.
    says(&edge, 4, None);
    tells(&edge, "1001", "placed", 0);
    (5..12).for_each(|number| says(&edge, number, None));
    assert_eq!(an_hour_later(&edge), [(1, WAITS()), (10, SENT)]);
}

#[test]
fn an_order_gives_a_place_back_while_a_reminder_is_planned() {
    let edge = shop();
    (0..5).for_each(|number| says(&edge, number, None));
    edge.wait(Span::minutes(62));
    // Sends nothing yet, and plans.
    edge.tick().unwrap();
    tells(&edge, "1001", "placed", 0);
    let [network]: [NetworkView; 1] = edge.ports.store.rows().try_into().unwrap();
    let places: Vec<serde_json::Value> = serde_json::from_str(&network.places).unwrap();
    assert_eq!((places.len(), network.paid == "[]"), (4, false));
}

#[test]
fn neither_a_pages_order_nor_an_unpaid_one_raises_a_share() {
    let edge = shop();
    (0..5).for_each(|number| says(&edge, number, Some(&format!("made-up-{number}"))));
    tells(&edge, "1001", "pending", 1);
    let [network]: [NetworkView; 1] = edge.ports.store.rows().try_into().unwrap();
    assert_eq!(network.paid, "[]");
    (5..8).for_each(|number| says(&edge, number, None));
    assert_eq!(an_hour_later(&edge), [(3, WAITS())]);
}

#[test]
fn however_many_orders_are_told_the_row_of_a_network_stays_small() {
    let edge = shop();
    for number in 0..100 {
        says(&edge, number, None);
        tells(&edge, &format!("{}", 1_000 + number), "placed", number);
    }
    let most = usize::try_from(NETWORK.at_most).unwrap();
    (100..most + 150).for_each(|number| says(&edge, number, None));
    let [network]: [NetworkView; 1] = edge.ports.store.rows().try_into().unwrap();
    let places: Vec<serde_json::Value> = serde_json::from_str(&network.places).unwrap();
    assert_eq!(places.len(), most);
}
