//! Orders are matched by any name, count once, yield to the stronger source, and are never followed by a mail.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use cartwake_edge::{
    base::ports::App,
    native::{
        sqlite::Fault,
        views::CartView,
        world::{World, block_on, live},
    },
};
use cartwake_shared::{lifecycle::CartState, metric::Metric, reminder::ReminderState, time::Span, wire};

const CART: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDA.1";

/// The metrics that are not 0, which follow from what is stored.
fn metrics(edge: &App<World>) -> Vec<(Metric, i64)> {
    let metrics = edge.metrics();
    for (metric, currency, _) in &metrics {
        assert_eq!(currency, if *metric == Metric::Revenue { "EUR" } else { "" }, "{metric:?}");
    }
    let metrics: Vec<_> = metrics.into_iter().map(|(metric, _, value)| (metric, value)).collect();
    assert_eq!(metrics, recomputed(edge), "metrics follow from what is stored");
    metrics
}

/// The same metrics from what is stored of carts and reminders (promise P9).
fn recomputed(edge: &App<World>) -> Vec<(Metric, i64)> {
    let (carts, reminders) = (edge.carts(), edge.reminders());
    let count = |number: usize| i64::try_from(number).unwrap();
    let value = |metric: Metric| match metric {
        Metric::Notified => {
            let mailed = reminders.iter().filter(|reminder| reminder.state == ReminderState::Sent);
            count(mailed.map(|reminder| &reminder.cart).collect::<BTreeSet<_>>().len())
        }
        Metric::Revenue => {
            let earned = carts.iter().filter(|cart| cart.recovered && cart.order_confirmed);
            earned.filter_map(|cart| cart.order_total).sum()
        }
        _ => count(carts.iter().filter(|cart| cart.counted & metric.bit() != 0).count()),
    };
    Metric::ALL.into_iter().map(|metric| (metric, value(metric))).filter(|(_, value)| *value != 0).collect()
}

/// What a cart knows of its order.
#[derive(Debug, PartialEq)]
struct Bought {
    state: CartState,
    number: Option<String>,
    total: Option<i64>,
    is_confirmed: bool,
    is_recovered: bool,
}

/// A cart that was bought by this order, in cents.
fn bought(number: &str, total: i64, is_confirmed: bool, is_recovered: bool) -> Bought {
    Bought {
        state: CartState::Ordered,
        number: Some(number.to_owned()),
        total: Some(total),
        is_confirmed,
        is_recovered,
    }
}

/// A cart without an order.
fn not_bought(state: CartState) -> Bought {
    Bought { state, number: None, total: None, is_confirmed: false, is_recovered: false }
}

/// The carts in the order in which they were made.
fn carts(edge: &App<World>) -> Vec<Bought> {
    let mut carts = edge.carts();
    carts.sort_by_key(|cart| (cart.created, cart.id.clone()));
    let view = |cart: CartView| Bought {
        state: cart.state,
        number: cart.order_number,
        total: cart.order_total,
        is_confirmed: cart.order_confirmed,
        is_recovered: cart.recovered,
    };
    carts.into_iter().map(view).collect()
}

/// The metrics of a cart that was mailed and came back, and these.
fn with(more: &[(Metric, i64)]) -> Vec<(Metric, i64)> {
    let mut metrics: Vec<_> = BEFORE.map(|metric| (metric, 1)).into_iter().chain(more.iter().copied()).collect();
    metrics.sort_unstable();
    metrics
}

/// The metrics after a recovered order that earned so many cents.
fn recovered(revenue: i64) -> Vec<(Metric, i64)> {
    with(&[(Metric::Ordered, 1), (Metric::Recovered, 1), (Metric::Revenue, revenue)])
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
        edge.post_from_page("/v1/visit", &format!(r#"{{"site":"{}","token":"{token}"}}"#, edge.site_key("shop")));
    assert_eq!(answer.status, 204, "{}", answer.body);
    edge
}

const BEFORE: [Metric; 6] =
    [Metric::Tracked, Metric::Identified, Metric::Abandoned, Metric::Contactable, Metric::Notified, Metric::Returned];

#[test]
fn an_order_is_matched_by_any_name_of_its_buyer() {
    for name in [
        format!(r#""cart":"{CART}""#),
        r#""checkout_token":"t-9""#.to_owned(),
        r#""customer":"c-7""#.to_owned(),
        r#""email":"ADA+tag@Example.com""#.to_owned(),
    ] {
        let edge = returned();
        assert_eq!(metrics(&edge), with(&[]));
        server(&edge, &format!(r#"{{"order":"1","status":"placed",{name},"total":"49.90","currency":"EUR"}}"#));
        assert_eq!(carts(&edge), [bought("1", 4_990, true, true)], "{name}");
        assert_eq!(metrics(&edge), recovered(4_990), "{name}");
    }
}

#[test]
fn the_same_order_five_times_counts_once() {
    let edge = returned();
    for _ in 0..5 {
        server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    }
    assert_eq!(metrics(&edge), recovered(4_990));
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
    assert_eq!(metrics(&edge), recovered(4_990));
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
        assert_eq!(metrics(&edge), recovered(4_990), "{fault:?} {n}");
    }
}

#[test]
fn a_page_stops_the_mails_and_the_servers_word_makes_it_count() {
    let edge = returned();
    page(&edge, "1");
    assert_eq!(carts(&edge), [bought("1", 4_990, false, true)]);
    assert_eq!(metrics(&edge), with(&[(Metric::Unconfirmed, 1)]));
    // The server knows it under a number of its own, with another total.
    server(&edge, r#"{"order":"2026-1","status":"placed","checkout_token":"t-9","total":"54.90","currency":"EUR"}"#);
    assert_eq!(carts(&edge), [bought("2026-1", 5_490, true, true)]);
    assert_eq!(metrics(&edge), recovered(5_490));
    // A page that repeats itself afterwards changes nothing.
    page(&edge, "1");
    assert_eq!(carts(&edge), [bought("2026-1", 5_490, true, true)]);
    assert_eq!(metrics(&edge), recovered(5_490));
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
    assert_eq!(metrics(&edge), recovered(3_490));
}

#[test]
fn a_cancelled_order_earned_nothing_and_its_cart_stays_closed() {
    let edge = returned();
    server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    server(&edge, r#"{"order":"1","status":"cancelled","customer":"c-7"}"#);
    assert_eq!(metrics(&edge), with(&[]));
    assert_eq!(carts(&edge), [bought("1", 0, true, false)]);
}

#[test]
fn an_unpaid_order_opens_the_cart_again() {
    let edge = returned();
    server(&edge, r#"{"order":"1","status":"placed","customer":"c-7","total":"49.90","currency":"EUR"}"#);
    server(&edge, r#"{"order":"1","status":"failed","customer":"c-7"}"#);
    assert_eq!(metrics(&edge), with(&[]));
    assert_eq!(carts(&edge), [not_bought(CartState::Abandoned)]);
    edge.wait(Span::hours(25));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.mails().len(), 2, "the second step leaves");
}

#[test]
fn an_order_of_another_browser_and_address_is_no_business_of_this_cart() {
    let edge = returned();
    server(&edge, r#"{"order":"1","status":"placed","email":"eve@example.com","total":"1.00","currency":"EUR"}"#);
    assert_eq!(metrics(&edge), with(&[]));
    assert_eq!(carts(&edge), [not_bought(CartState::Abandoned)]);
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
    assert_eq!(carts(&edge), [not_bought(CartState::Active), bought("1", 4_990, true, false)]);
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
    assert_eq!(carts(&edge), [bought("1", 4_990, true, false)]);
    assert_eq!(metrics(&edge), with(&[(Metric::Ordered, 1)]));
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
