//! Bugs that the simulation found, each as the shortest story that showed it; none may break a promise again.

use crate::{
    operation::{Event, Operation, Order, Story, Weather, What},
    provider::Kind,
};

fn event(at: i64, event: Event) -> Operation {
    Operation { at, what: What::Event(event) }
}

fn order(at: i64, order: Order) -> Operation {
    Operation { at, what: What::Order(order) }
}

/// A browser with a session that fills a cart.
fn browser(visitor: u8, cart: u32, seq: u32, tab: u8) -> Event {
    Event { visitor, cart, seq, tab, proven: true, ..Event::default() }
}

/// All of them by what went wrong.
pub fn all() -> Vec<(&'static str, Story)> {
    vec![
        ("a mail of another merchant held a reminder back for spacing", other_merchants_mail()),
        ("a logged-in shopper's checkout token made every further event fail", token_after_customer()),
        ("an order about a cart that was bought before did not stop the buyer's next cart", order_of_a_closed_cart()),
        ("an event between two others at an emptied cart was acknowledged and lost", event_between_two_statements()),
        ("a mail left long after its gate, the database's answer having stalled", stalled_gate()),
        ("an unpaid order took the mark of an earlier paid one away", unpaid_takes_marks()),
        ("after two answers of 429 a changed cart's reminder was given up", busy_twice_then_changed()),
    ]
}

fn other_merchants_mail() -> Story {
    let agreed = |event: Event, address| Event {
        items: Some(3),
        address: Some(address),
        wish: Some(true),
        token: true,
        ..event
    };
    Story {
        seed: 3,
        provider: Kind::Day,
        weather: Weather::CALM,
        operations: vec![
            event(720_131_954, agreed(browser(0, 2, 3, 3), 0)),
            event(730_589_523, Event { customer: true, ..agreed(browser(2, 2, 3, 6), 1) }),
        ],
    }
}

fn token_after_customer() -> Story {
    Story {
        seed: 1,
        provider: Kind::Day,
        weather: Weather::CALM,
        operations: vec![
            event(1_000, Event { items: Some(2), customer: true, ..browser(0, 1, 1, 0) }),
            event(
                60_000,
                Event {
                    items: Some(2),
                    customer: true,
                    token: true,
                    address: Some(4),
                    wish: Some(true),
                    ..browser(0, 1, 2, 0)
                },
            ),
        ],
    }
}

fn order_of_a_closed_cart() -> Story {
    Story {
        seed: 4_481,
        provider: Kind::Day,
        weather: Weather::CALM,
        operations: vec![
            event(
                36_000_000,
                Event { items: Some(1), address: Some(6), wish: Some(true), token: true, ..browser(5, 1, 3, 5) },
            ),
            event(36_000_000, Event { items: Some(2), address: Some(6), wish: Some(true), ..browser(11, 1, 3, 4) }),
            order(
                38_000_000,
                Order { site: 2, number: 1_004, status: "placed", cart: Some((11, 1)), ..Order::default() },
            ),
            event(140_000_000, Event { items: Some(1), address: Some(6), wish: Some(true), ..browser(8, 1, 1, 2) }),
            order(
                142_000_000,
                Order { site: 2, number: 1_006, status: "placed", cart: Some((11, 1)), ..Order::default() },
            ),
        ],
    }
}

fn event_between_two_statements() -> Story {
    let named = |event: Event| Event { token: true, customer: true, ..event };
    Story {
        seed: 50_292,
        provider: Kind::Day,
        weather: Weather { skew: true, store: true, ..Weather::CALM },
        operations: vec![
            event(117_182_796, named(Event { items: Some(0), ..browser(4, 1, 4, 7) })),
            event(
                127_893_693,
                named(Event { items: Some(4), address: Some(4), wish: Some(true), ..browser(4, 1, 5, 0) }),
            ),
            event(128_091_554, named(Event { address: Some(1), wish: Some(true), ..browser(4, 1, 6, 7) })),
        ],
    }
}

fn stalled_gate() -> Story {
    let named = |event: Event| Event { token: true, customer: true, ..event };
    Story {
        seed: 50_510,
        provider: Kind::Day,
        weather: Weather { skew: true, store: true, ..Weather::CALM },
        operations: vec![
            event(
                35_687_696,
                named(Event { items: Some(5), address: Some(1), wish: Some(true), ..browser(9, 1, 2, 5) }),
            ),
            event(122_270_725, named(Event { items: Some(6), wish: Some(false), ..browser(9, 1, 3, 5) })),
        ],
    }
}

fn unpaid_takes_marks() -> Story {
    let left = |event: Event, token| Event { items: Some(3), address: Some(1), wish: Some(true), token, ..event };
    let bought = |event: Event, number, token| Event { items: Some(3), order: Some(number), token, ..event };
    Story {
        seed: 509,
        provider: Kind::Day,
        weather: Weather::CALM,
        operations: vec![
            event(607_683_967, left(browser(10, 4, 4, 3), true)),
            event(698_479_102, left(browser(10, 3, 4, 3), false)),
            event(733_863_329, Event { via: Some(1), ..left(browser(13, 1, 1, 3), true) }),
            event(747_491_653, bought(browser(13, 1, 2, 0), 1_007, true)),
            event(957_711_385, Event { items: Some(6), ..browser(10, 3, 5, 5) }),
            event(1_049_719_632, bought(browser(10, 3, 6, 8), 1_006, false)),
            order(
                1_157_779_632,
                Order { site: 1, number: 1_006, status: "failed", cart: Some((10, 3)), ..Order::default() },
            ),
        ],
    }
}

fn busy_twice_then_changed() -> Story {
    let changed =
        |seq, tab, items| Event { items: Some(items), customer: true, proven: false, ..browser(10, 1, seq, tab) };
    Story {
        seed: 233,
        provider: Kind::Day,
        weather: Weather { skew: true, provider: true, ..Weather::CALM },
        operations: vec![
            event(2_102_307, changed(2, 8, 2)),
            event(2_653_232, Event { address: Some(0), wish: Some(true), ..changed(3, 7, 2) }),
            event(6_452_515, changed(4, 0, 4)),
        ],
    }
}
