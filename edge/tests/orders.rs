//! Orders: matched by any name, counted once, overruled by the stronger word, and never followed by a mail.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        sqlite::Fault,
        world::{World, block_on, live},
    },
};
use cartwake_shared::{metric::Metric, time::Span, wire};

const CART: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDA.1";

fn metrics(edge: &App<World>) -> String {
    let rows = edge
        .ports
        .store
        .ask("SELECT name, currency, value FROM metric WHERE value <> 0 ORDER BY name, currency")
        .unwrap();
    let texts: Vec<String> = rows
        .iter()
        .map(|row| row.iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(texts.join(", "), recomputed(edge), "metrics follow from what is stored");
    texts.join(", ")
}

/// The same metrics from what is stored of carts and reminders (promise P9).
fn recomputed(edge: &App<World>) -> String {
    let ask = |sql: &str| edge.ports.store.ask(sql).unwrap().concat().concat();
    let counts = Metric::ALL.into_iter().filter_map(|metric| {
        let count = match metric {
            Metric::Notified => ask("SELECT count(DISTINCT cart) FROM outbox WHERE state = 3"),
            Metric::Revenue => {
                ask("SELECT coalesce(sum(order_total), 0) FROM cart WHERE recovered AND order_confirmed")
            }
            _ => ask(&format!("SELECT count(*) FROM cart WHERE counted & {}", metric.bit())),
        };
        let currency = if metric == Metric::Revenue { " EUR" } else { "" };
        (count != "0").then(|| format!("{}{currency} {count}", metric.code()))
    });
    let mut counts: Vec<String> = counts.collect();
    counts.sort();
    counts.join(", ")
}

fn carts(edge: &App<World>) -> String {
    let rows = edge.ports.store.ask("SELECT state, coalesce(order_number, '-'), coalesce(order_total, '-'), order_confirmed, recovered FROM cart ORDER BY created, id").unwrap();
    rows.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join(", ")
}

fn server(edge: &App<World>, body: &str) {
    let answer = edge.post_from_server("/v1/orders", "shop", body);
    assert_eq!(answer.status, 200, "{body}: {}", answer.body);
}

fn page(edge: &App<World>, number: &str) {
    let order = wire::PageOrder { id: number.into(), total: Some(4_990), currency: Some("EUR".into()) };
    assert_eq!(edge.collect(&wire::Collect { order: Some(order), ..edge.event('A', 1, 8) }).status, 200);
}

/// A shopper with a checkout token and a customer id who left a cart, was mailed and came back by the link.
fn returned() -> App<World> {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let mut named = edge.event('A', 1, 3);
    named.customer = Some("c-7".into());
    named.snapshot.as_mut().unwrap().token = Some("t-9".into());
    edge.collect(&named);
    edge.wait(Span::minutes(62));
    edge.tick().unwrap();
    edge.tick().unwrap();
    let mail = edge.ports.provider.mails().remove(0);
    let start = mail.text.find("/r/").unwrap() + 3;
    let token: String =
        mail.text.get(start..).unwrap().chars().take_while(|character| !character.is_whitespace()).collect();
    let answer =
        edge.post_from_page("/v1/restore", &format!(r#"{{"site":"{}","token":"{token}"}}"#, edge.site_key("shop")));
    assert_eq!(answer.status, 200, "{}", answer.body);
    edge
}

const BEFORE: &str = "abandoned 1, contactable 1, identified 1, notified 1, returned 1, tracked 1";

#[test]
fn an_order_is_matched_by_any_name_of_its_buyer() {
    for name in [
        format!(r#""cart":"{CART}""#),
        r#""checkout_token":"t-9""#.to_owned(),
        r#""customer":"c-7""#.to_owned(),
        r#""email":"ADA+tag@Example.com""#.to_owned(),
    ] {
        let edge = returned();
        assert_eq!(metrics(&edge), BEFORE);
        server(&edge, &format!(r#"{{"order":"1","status":"placed",{name},"total":"49.90","currency":"EUR"}}"#));
        assert_eq!(carts(&edge), "2 1 4990 1 1", "{name}");
        assert_eq!(
            metrics(&edge),
            "abandoned 1, contactable 1, identified 1, notified 1, ordered 1, recovered 1, returned 1, revenue EUR 4990, tracked 1",
            "{name}"
        );
    }
}

#[test]
fn the_same_order_five_times_counts_once() {
    let edge = returned();
    for _ in 0..5 {
        server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    }
    assert!(metrics(&edge).contains("recovered 1, returned 1, revenue EUR 4990"), "{}", metrics(&edge));
}

#[test]
fn the_same_order_at_the_same_moment_counts_once() {
    let edge = returned();
    let request = edge.signed(
        "/v1/orders",
        "shop",
        r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#,
    );
    let answers =
        block_on(futures_util::future::join_all((0..3).map(|_| cartwake_edge::handle::handle(&edge, &request))));
    assert!(answers.iter().all(|(answer, _)| answer.status == 200));
    assert!(metrics(&edge).contains("recovered 1, returned 1, revenue EUR 4990"), "{}", metrics(&edge));
}

#[test]
fn an_order_whose_answer_was_lost_is_reported_again_and_counts_once() {
    for (fault, n) in
        [(Fault::BeforeCommit, 2), (Fault::AfterCommit, 2), (Fault::AfterCommit, 3), (Fault::BeforeCommit, 3)]
    {
        let edge = returned();
        edge.ports.store.fail_at(n, fault);
        let body = r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#;
        assert_eq!(edge.post_from_server("/v1/orders", "shop", body).status, 503, "{fault:?} {n}");
        server(&edge, body);
        assert!(
            metrics(&edge).contains("recovered 1, returned 1, revenue EUR 4990"),
            "{fault:?} {n} {}",
            metrics(&edge)
        );
    }
}

#[test]
fn a_page_stops_the_mails_and_the_servers_word_makes_it_count() {
    let edge = returned();
    page(&edge, "1");
    assert_eq!(carts(&edge), "2 1 4990 0 1");
    assert_eq!(metrics(&edge), format!("{BEFORE}, unconfirmed 1"));
    // The server knows it under a number of its own, with another total.
    server(&edge, r#"{"order":"2026-1","status":"placed","checkout_token":"t-9","total":"54.90","currency":"EUR"}"#);
    assert_eq!(carts(&edge), "2 2026-1 5490 1 1");
    assert!(
        metrics(&edge).contains("ordered 1, recovered 1, returned 1, revenue EUR 5490, tracked 1"),
        "{}",
        metrics(&edge)
    );
    // A page that repeats itself afterwards changes nothing.
    page(&edge, "1");
    assert_eq!(carts(&edge), "2 2026-1 5490 1 1");
    assert!(!metrics(&edge).contains("unconfirmed"), "{}", metrics(&edge));
}

#[test]
fn refunds_are_taken_off_once() {
    let edge = returned();
    server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    for total in ["10.00", "10.00", "15.00"] {
        server(
            &edge,
            &format!(r#"{{"order":"1","status":"refunded","customer":"c-7","total":"{total}","currency":"EUR"}}"#),
        );
    }
    assert!(metrics(&edge).contains("ordered 1, recovered 1, returned 1, revenue EUR 3490"), "{}", metrics(&edge));
}

#[test]
fn a_cancelled_order_earned_nothing_and_its_cart_stays_closed() {
    let edge = returned();
    server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    server(&edge, r#"{"order":"1","status":"cancelled","customer":"c-7"}"#);
    assert_eq!(metrics(&edge), BEFORE);
    assert_eq!(carts(&edge), "2 1 0 1 0");
}

#[test]
fn an_unpaid_order_opens_the_cart_again() {
    let edge = returned();
    server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    server(&edge, r#"{"order":"1","status":"failed","customer":"c-7"}"#);
    assert_eq!(metrics(&edge), BEFORE);
    assert_eq!(carts(&edge), "1 - - 0 0");
    edge.wait(Span::hours(25));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.mails().len(), 2, "the second step leaves");
}

#[test]
fn an_order_of_another_browser_and_address_is_no_business_of_this_cart() {
    let edge = returned();
    server(&edge, r#"{"order":"1","status":"placed","email":"eve@example.com","total":"1.00","currency":"EUR"}"#);
    assert_eq!(metrics(&edge), BEFORE);
    assert_eq!(carts(&edge), "1 - - 0 0");
}

#[test]
fn a_cart_of_the_same_browser_under_another_address_only_stops() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.leave_cart('A', 2, "bob@example.com");
    server(
        &edge,
        &format!(
            r#"{{"order":"1","status":"placed","cart":"{}","total":"49.90","currency":"EUR"}}"#,
            CART.replace(".1", ".2")
        ),
    );
    assert_eq!(carts(&edge), "0 - - 0 0, 2 1 4990 1 0");
    edge.wait(Span::hours(2));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.calls(), 0);
}

#[test]
fn a_late_click_earns_nothing() {
    let edge = returned();
    edge.wait(Span::hours(24 * 5 + 1));
    server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    assert_eq!(carts(&edge), "2 1 4990 1 0");
    assert!(!metrics(&edge).contains("recovered"), "{}", metrics(&edge));
}

#[test]
fn bad_orders_are_refused_in_words() {
    for (body, status, code) in [
        ("{", 400, "malformed"),
        (r#"{"order":"1","status":"placed"}"#, 422, "order_unusable"),
        (r#"{"order":"1","status":"paid","email":"ada@example.com"}"#, 422, "order_unusable"),
        (
            r#"{"order":"1","status":"placed","email":"ada@example.com","total":"-1","currency":"EUR"}"#,
            422,
            "order_unusable",
        ),
        (
            r#"{"order":"1","status":"placed","email":"ada@example.com","total":"1","currency":"XXX"}"#,
            422,
            "order_unusable",
        ),
    ] {
        let edge = live();
        let answer = edge.post_from_server("/v1/orders", "shop", body);
        assert!(answer.status == status && answer.body.contains(code), "{body}: {} {}", answer.status, answer.body);
    }
    for (site, path) in [("other", "/v1/orders"), ("shop", "/v1/products")] {
        let edge = live();
        let mut request = edge.signed(path, "shop", r#"{"products":[]}"#);
        request.query = format!("site={site}");
        assert_eq!(edge.serve(&request).status, if site == "shop" { 200 } else { 401 }, "{site} {path}");
    }
}
