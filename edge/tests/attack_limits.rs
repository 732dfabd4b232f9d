//! Attacks of cases/trust.md that are met by limits: floods of requests (16), rows of the day (16), long steps (17).
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{
        config::Config,
        http::{Body, Method, Request, Response},
        ports::App,
        rate_limit::Class,
    },
    native::world::{ADMIN_SECRET, SHOP, World, live},
};
use cartwake_shared::{time::Span, wire};
use serde_json::Value;

/// A shop whose database may write so many rows in a day.
fn shop_with(rows: u32) -> App<World> {
    let App { ports, config } = live();
    App { ports, config: Config { rows_per_day: Some(rows), ..config } }
}

/// A request of a page of the shop in a network.
fn post(edge: &App<World>, path: &str, network: &str, body: &str) -> Response {
    edge.serve(&Request {
        method: Method::Post,
        path: path.to_owned(),
        query: format!("site={}", edge.site_key("shop")),
        page_origin: Some(SHOP.to_owned()),
        body: Body::Bytes(body.as_bytes().to_vec()),
        address: Some(network.to_owned()),
        ..edge.request()
    })
}

fn send(edge: &App<World>, network: &str, event: &wire::Collect) -> Response {
    post(edge, "/v1/collect", network, &serde_json::to_string(event).unwrap())
}

fn denied() -> wire::Consent {
    wire::Consent { tracking: Some("denied".into()), ..wire::Consent::default() }
}

fn ordered() -> wire::PageOrder {
    wire::PageOrder { id: "1001".into(), total: Some(4_990), currency: Some("EUR".into()) }
}

/// What the health page tells a monitor of limits and rows.
fn health(edge: &App<World>) -> Value {
    let body: Value = serde_json::from_str(&edge.health_for_monitor().body).unwrap();
    body["details"].clone()
}

/// Writes changes of carts until the health page says that this is shed; the visitor is a letter.
fn write_until(edge: &App<World>, shedding: &str) {
    for seq in 1..500 {
        // Every visitor in a network of its own, so that none exceeds its share.
        for visitor in 0..8_u8 {
            let mut event = edge.event(char::from(b'0' + visitor), 1, seq);
            event.email = Some(format!("{visitor}@example.com"));
            send(edge, &format!("198.51.{visitor}.7"), &event);
        }
        if health(edge)["rows"]["shedding"] == shedding {
            return;
        }
    }
    panic!("{}", health(edge));
}

#[test]
fn attack_16_a_flood_of_one_network_asks_the_database_nothing() {
    let edge = live();
    edge.ports.limits.permit(Class::Pages, 3);
    let boot = |address: &str| {
        edge.serve(&Request {
            path: "/v1/boot".into(),
            query: format!("site={}", edge.site_key("shop")),
            page_origin: Some(SHOP.into()),
            address: Some(address.into()),
            ..edge.request()
        })
    };
    for seq in 1..=3 {
        assert_eq!(send(&edge, "203.0.113.7", &edge.event('A', 1, seq)).status, 200);
    }
    let (calls, rows) = (edge.ports.store.calls(), edge.ports.store.rows_written());
    // Another address of the same network, another visitor.
    let refused = send(&edge, "203.0.113.99", &edge.event('B', 1, 1));
    assert_eq!((refused.status, refused.header("Retry-After")), (429, Some("60")), "{}", refused.body);
    assert_eq!(refused.header("Access-Control-Allow-Origin"), Some(SHOP), "the page may read why and when");
    assert!(refused.header("Access-Control-Expose-Headers").is_some_and(|names| names.contains("Retry-After")));
    assert_eq!(boot("203.0.113.8").status, 429);
    assert_eq!(post(&edge, "/v1/restore", "203.0.113.8", "{}").status, 429);
    assert_eq!(post(&edge, "/v1/check", "203.0.113.8", "{}").status, 429);
    assert_eq!((edge.ports.store.calls(), edge.ports.store.rows_written()), (calls, rows));
    // Other networks and the next minute are served.
    assert_eq!(send(&edge, "203.0.114.7", &edge.event('B', 1, 1)).status, 200);
    edge.ports.limits.end_window();
    assert_eq!(send(&edge, "203.0.113.99", &edge.event('B', 1, 1)).status, 200);
}

#[test]
fn attack_16_a_flood_at_the_log_in_asks_the_database_nothing() {
    let edge = live();
    let type_in = |secret: &str, cookie: Option<&str>| {
        edge.serve(&Request {
            method: Method::Post,
            path: "/login".into(),
            content_type: Some("application/x-www-form-urlencoded".into()),
            cookie: cookie.map(str::to_owned),
            body: Body::Bytes(format!("secret={secret}").into_bytes()),
            ..edge.request()
        })
    };
    let signed_in = type_in(ADMIN_SECRET, None);
    let set = signed_in.headers.iter().filter(|(name, _)| *name == "Set-Cookie").map(|(_, value)| value.as_str());
    let browser =
        set.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.contains("-browser=")).unwrap();
    edge.ports.limits.permit(Class::SignIns, 3);
    let guesses: Vec<u16> = (0..3).map(|_| type_in("wrong", None).status).collect();
    assert_eq!(guesses, [401; 3]);
    let calls = edge.ports.store.calls();
    let refused = type_in("wrong", None);
    assert_eq!((refused.status, refused.header("Retry-After")), (429, Some("60")), "{}", refused.body);
    assert_eq!(edge.ports.store.calls(), calls);
    assert_eq!(type_in(ADMIN_SECRET, Some(browser)).status, 303, "a browser that signed in before is not kept out");
}

#[test]
fn attack_16_no_flood_of_other_requests_keeps_out_what_stops_a_mail() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.ports.limits.permit(Class::Pages, 0);
    edge.ports.limits.permit(Class::Steps, 0);
    edge.ports.limits.permit(Class::SignIns, 0);
    edge.ports.limits.permit(Class::Stops, 3);
    assert_eq!(send(&edge, "203.0.113.7", &edge.event('A', 1, 3)).status, 429);
    let order = wire::Collect { order: Some(ordered()), ..edge.event('A', 1, 4) };
    assert_eq!(send(&edge, "203.0.113.7", &order).status, 200);
    let no_mail = wire::Consent { mail: Some("denied".into()), ..wire::Consent::default() };
    let refusal = wire::Collect { consent: Some(no_mail), snapshot: None, ..edge.event('A', 1, 5) };
    assert_eq!(send(&edge, "203.0.113.7", &refusal).status, 200);
    let refusal = wire::Collect { consent: Some(denied()), snapshot: None, ..edge.event('A', 1, 6) };
    assert_eq!(send(&edge, "203.0.113.7", &refusal).status, 200);
    // Their own limit holds a flood of them off the database, too.
    let calls = edge.ports.store.calls();
    assert_eq!(
        send(&edge, "203.0.113.7", &wire::Collect { order: Some(ordered()), ..edge.event('B', 1, 1) }).status,
        429
    );
    assert_eq!(edge.ports.store.calls(), calls);
    // Links of mails, the shop's server, the provider and health have no class at all.
    for path in ["/u/token", "/n/token", "/v1/orders", "/v1/products", "/v1/provider-events/resend", "/v1/forget"] {
        assert_ne!(post(&edge, path, "203.0.113.7", "").status, 429, "{path}");
    }
    assert_ne!(edge.get("/health").status, 429);
}

#[test]
fn attack_16_a_deployment_without_the_binding_serves_and_says_so() {
    let edge = live();
    for seq in 1..=50 {
        assert_eq!(send(&edge, "203.0.113.7", &edge.event('A', 1, seq)).status, 200);
    }
    assert_eq!(health(&edge)["rate_limit"], false);
    edge.ports.limits.permit(Class::Pages, 50);
    assert_eq!(health(&edge)["rate_limit"], true);
}

#[test]
fn attack_16_one_network_writes_a_fifth_of_the_rows_of_a_day() {
    let edge = shop_with(2_000);
    let before = edge.ports.store.rows_written();
    let mut refused = 0;
    for number in 0..800_u32 {
        // Every post is another cart with another address: the dearest that a stranger can send.
        let mut event = edge.event(char::from(b'0' + u8::try_from(number % 10).unwrap()), number / 10 + 1, 1);
        event.email = Some(format!("made-up-{number}@example.com"));
        let answer = send(&edge, "203.0.113.7", &event);
        refused += u32::from(answer.status == 429);
        // The isolate is renewed often, as on the platform.
        if number % 200 == 199 {
            edge.ports.limits.forget_rows();
        }
    }
    let written = edge.ports.store.rows_written() - before;
    // A new isolate writes up to a hundred rows before it knows what others wrote.
    assert!((400..=400 + 4 * 120).contains(&written) && refused > 300, "{written} rows, {refused} refused");
    // Somebody else is served, and the next day the network is, too.
    assert_eq!(send(&edge, "203.0.114.7", &edge.event('Z', 1, 1)).status, 200);
    edge.wait(Span::hours(24));
    assert_eq!(send(&edge, "203.0.113.7", &edge.event('Y', 1, 1)).status, 200);
}

#[test]
fn attack_16_orders_are_no_way_around_the_part_of_a_network() {
    let edge = shop_with(2_000);
    let network = "203.0.113.7";
    let before = edge.ports.store.rows_written();
    assert_eq!(send(&edge, network, &edge.event('A', 1, 1)).status, 200);
    let mut refused = 0;
    for number in 0..800_u32 {
        // A made-up order of a made-up shopper each time.
        let mut event = edge.event(char::from(b'1' + u8::try_from(number % 9).unwrap()), number / 9 + 1, 1);
        event.email = Some(format!("made-up-{number}@example.com"));
        event.order = Some(wire::PageOrder { id: format!("{number}"), ..ordered() });
        refused += u32::from(send(&edge, network, &event).status == 429);
    }
    let written = edge.ports.store.rows_written() - before;
    assert!((400..=520).contains(&written) && refused > 500, "{written} rows, {refused} refused");
    // What stops the mails of an open cart of this browser is taken, once: then nothing is left to stop.
    assert_eq!(send(&edge, network, &edge.event('A', 1, 2)).status, 429);
    let order = wire::Collect { order: Some(ordered()), ..edge.event('A', 1, 2) };
    assert_eq!(send(&edge, network, &order).status, 200);
    let again =
        wire::Collect { order: Some(wire::PageOrder { id: "1002".into(), ..ordered() }), ..edge.event('A', 1, 3) };
    assert_eq!(send(&edge, network, &again).status, 429);
}

#[test]
fn attack_16_scarce_rows_are_shed_in_their_order() {
    let edge = shop_with(2_000);
    let network = "203.0.113.7";
    let known = |seq| wire::Collect { email: Some("ada@example.com".into()), ..edge.event('A', 1, seq) };
    assert_eq!(send(&edge, network, &known(1)).status, 200);
    assert_eq!(send(&edge, network, &edge.event('B', 1, 1)).status, 200);

    // From 60 % on an anonymous cart is written once in five minutes; the first of its events always is.
    write_until(&edge, "coalescing");
    let asked = edge.ports.store.rows_written();
    let refused = send(&edge, network, &edge.event('B', 1, 2));
    let wait: i64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!(refused.status == 429 && (1..=300).contains(&wait), "{refused:?}");
    assert_eq!(edge.ports.store.rows_written(), asked);
    assert_eq!(send(&edge, network, &edge.event('C', 1, 1)).status, 200);
    assert_eq!(send(&edge, network, &edge.event('A', 1, 2)).status, 200, "a cart with an address is not coalesced");
    edge.wait(Span::seconds(wait));
    assert_eq!(send(&edge, network, &edge.event('B', 1, 2)).status, 200);

    // From 80 % on anonymous carts wait; carts with an address are written.
    write_until(&edge, "anonymous");
    assert_eq!(edge.get("/health").status, 503, "the operator is told");
    edge.wait(Span::minutes(10));
    assert_eq!(send(&edge, network, &edge.event('B', 1, 3)).header("Retry-After"), Some("3600"));
    assert_eq!(send(&edge, network, &edge.event('D', 1, 1)).status, 429);
    assert_eq!(send(&edge, network, &edge.event('A', 1, 3)).status, 200);

    // From 95 % on all changes wait; what stops mails never does.
    write_until(&edge, "identified");
    assert_eq!(send(&edge, network, &edge.event('A', 1, 4)).status, 429);
    let order = wire::Collect { order: Some(ordered()), ..edge.event('A', 1, 5) };
    assert_eq!(send(&edge, network, &order).status, 200);
    let refusal = wire::Collect { consent: Some(denied()), snapshot: None, ..edge.event('B', 1, 6) };
    assert_eq!(send(&edge, network, &refusal).status, 200);
    edge.tick().unwrap();

    // The day is over at midnight UTC.
    edge.wait(Span::hours(24));
    assert_eq!(send(&edge, network, &edge.event('D', 1, 2)).status, 200);
    assert_eq!(health(&edge)["rows"]["shedding"], "nothing");
}

#[test]
fn attack_16_counting_costs_one_row_in_a_hundred() {
    let edge = shop_with(100_000);
    let before = edge.ports.store.rows_written();
    for seq in 1..=500 {
        assert_eq!(send(&edge, "203.0.113.7", &edge.event('A', 1, seq)).status, 200);
    }
    let written = edge.ports.store.rows_written() - before;
    let told = *edge.ports.store.statements().get("row_budget/count_rows").unwrap();
    assert!(told * 100 <= written, "{told} of {written}");
    let counted = health(&edge)["rows"]["written"].as_u64().unwrap();
    assert_eq!(counted, written, "every row is counted, also those of the counting");
}

#[test]
fn attack_17_a_long_step_is_refused_before_any_work() {
    let edge = live();
    let text = |length: usize| {
        let head = "1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\nc\t1764000000000\t7\t1\t9,90 €\tEUR\t0\t,\t1764000000000\n";
        format!("{head}{}", "x".repeat(length - head.len()))
    };
    let calls = edge.ports.store.calls();
    for length in [8 * 1_024 + 1, 60_000] {
        let answer = post(&edge, "/v1/step", "203.0.113.7", &text(length));
        assert_eq!(answer.status, 413, "{length}");
    }
    assert_eq!(edge.ports.store.calls(), calls);
    assert_ne!(post(&edge, "/v1/step", "203.0.113.7", &text(8 * 1_024)).status, 413);
    edge.ports.limits.permit(Class::Steps, 2);
    let statuses: Vec<u16> = (0..4).map(|_| post(&edge, "/v1/step", "203.0.113.7", &text(200)).status).collect();
    assert!(statuses[..2].iter().all(|status| *status != 429) && statuses[2..] == [429, 429], "{statuses:?}");
}
