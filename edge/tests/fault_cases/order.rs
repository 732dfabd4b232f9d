//! Cases 13 to 21: orders before, after and beside their carts, repeated and in another order.

use cartwake_edge::native::world::live;
use cartwake_shared::{metric::Metric, time::Span, wire};
use proptest::prelude::*;

use super::*;

const EMPTY: &str = r#"{"currency":"EUR","total":0,"lines":[]}"#;

/// The metrics that a recovery counts in: orders, recovered orders, revenue.
fn recovered(edge: &App<World>) -> [i64; 3] {
    [Metric::Ordered, Metric::Recovered, Metric::Revenue].map(|metric| edge.metric(metric))
}

/// A purchase that arrives before any event of its cart leaves a mark; the late events never schedule anything.
#[test]
fn case_13_an_order_before_its_cart_leaves_a_tombstone() {
    let edge = live();
    report(&edge, &format!(r#"{{"order":"1","status":"placed","cart":"{CART}"}}"#));
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::hours(80));
    cron(&edge, 5);
    assert_eq!((sent(&edge), edge.reminders().len()), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Events in any order: the same final cart.
    #[test]
    fn case_14_in_any_order_the_same_cart(order in Just((1_u32..=7).collect::<Vec<_>>()).prop_shuffle()) {
        let ends = [(1..=7).collect(), order].map(|order: Vec<u32>| {
            let edge = live();
            for seq in order {
                let mut event = more(&edge, seq, seq);
                event.email = (seq % 3 == 0).then(|| format!("ada{seq}@example.com"));
                assert_eq!(edge.collect(&event).status, 200);
            }
            assert_eq!(edge.carts().len(), 1);
            let cart = edge.cart('A', 1);
            (cart.version, cart.items, cart.total, cart.lines, cart.mailbox_hash, cart.state)
        });
        prop_assert_eq!(&ends[0], &ends[1]);
        prop_assert_eq!(ends[0].1, 7);
    }
}

/// The same webhook five times counts one recovery.
#[test]
fn case_15_five_times_the_same_order_is_one_recovery() {
    let edge = mailed();
    let body = format!(r#"{{"site":"{}","token":"{}"}}"#, edge.site_key("shop"), token(&edge, "/r/"));
    assert_eq!(edge.post_from_page("/v1/visit", &body).status, 204);
    for _ in 0..5 {
        report(
            &edge,
            &format!(r#"{{"order":"1","status":"placed","cart":"{CART}","total":"49.90","currency":"EUR"}}"#),
        );
    }
    assert_eq!(recovered(&edge), [1, 1, 4_990]);
}

/// A guest's cart, and then an order by somebody logged in whose address is written in another way: any name matches.
#[test]
fn case_16_an_order_is_matched_by_any_name() {
    for name in [
        format!(r#""cart":"{CART}""#),
        r#""checkout_token":"t-9""#.to_owned(),
        r#""customer":"c-7""#.to_owned(),
        r#""email":"ADA@Example.com""#.to_owned(),
        r#""email":"ada+shop@example.com","customer":"c-9""#.to_owned(),
    ] {
        let edge = live();
        edge.leave_cart('A', 1, "ada@example.com");
        let mut named = edge.event('A', 1, 3);
        named.customer = Some("c-7".into());
        named.snapshot.as_mut().unwrap().token = Some("t-9".into());
        assert_eq!(edge.collect(&named).status, 200);
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        report(&edge, &format!(r#"{{"order":"1","status":"placed",{name}}}"#));
        cron(&edge, 10);
        assert_eq!((sent(&edge), reminder(&edge)), (0, stands(Cancelled, Reason::Ordered)), "{name}");
    }
}

/// After an order that was cancelled or refunded, a new cart has a schedule of its own; the old one is never mailed.
#[test]
fn case_17_a_new_cart_after_a_cancelled_order_is_a_new_one() {
    for status in ["cancelled", "refunded"] {
        let edge = planned();
        report(
            &edge,
            &format!(r#"{{"order":"1","status":"placed","cart":"{CART}","total":"49.90","currency":"EUR"}}"#),
        );
        report(
            &edge,
            &format!(r#"{{"order":"1","status":"{status}","cart":"{CART}","total":"49.90","currency":"EUR"}}"#),
        );
        // Silence after an order is a rule of its own; past it, the new cart is like any other.
        edge.wait(Span::days(8));
        edge.leave_cart('A', 2, "ada@example.com");
        edge.wait(Span::minutes(61));
        cron(&edge, 5);
        let keys: Vec<String> = edge.ports.provider.mails().into_iter().map(|mail| mail.idempotency_key).collect();
        assert_eq!(keys, ["cartwake/shop/01JD3Z5W4K8Q9RT2V6XY7ABCDA.2/1/s1"], "{status}");
    }
}

/// Two carts of one address: one sequence. The older cart's reminder gives way to the newer one's.
#[test]
fn case_18_two_carts_of_one_address_are_one_sequence() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.leave_cart('B', 1, "Ada@example.com");
    edge.wait(Span::minutes(61));
    cron(&edge, 30);
    assert_eq!((sent(&edge), reminder(&edge)), (1, stands(Cancelled, Reason::Superseded)));
}

/// An address that was corrected in the checkout is never mailed.
#[test]
fn case_19_a_corrected_address_is_never_mailed() {
    let edge = planned();
    assert_eq!(
        edge.collect(&wire::Collect { email: Some("ada@example.org".into()), ..edge.event('A', 1, 9) }).status,
        200
    );
    for _ in 0..30 {
        edge.wait(Span::hours(3));
        cron(&edge, 2);
    }
    let mails = edge.ports.provider.mails();
    assert!(mails.iter().all(|mail| mail.to == "ada@example.org"), "{:?}", mails.len());
    assert_eq!(reminder(&edge), stands(Cancelled, Reason::AddressChanged));
}

/// An emptied cart has no due time any more, and what was planned for it is cancelled.
#[test]
fn case_20_an_emptied_cart_is_not_due() {
    let edge = planned();
    let empty: wire::Snapshot = serde_json::from_str(EMPTY).unwrap();
    assert_eq!(edge.collect(&wire::Collect { snapshot: Some(empty), ..edge.event('A', 1, 9) }).status, 200);
    edge.wait(Span::hours(2));
    cron(&edge, 5);
    assert_eq!((sent(&edge), reminder(&edge)), (0, stands(Cancelled, Reason::CartClosed)));
    assert_eq!((edge.cart('A', 1).due, edge.carts().len()), (None, 1));
}

/// Two of three items are bought: the cart counts as bought and is not mailed.
#[test]
fn case_21_a_partial_purchase_stops_the_reminders() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    assert_eq!(edge.collect(&more(&edge, 5, 3)).status, 200);
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    report(&edge, &format!(r#"{{"order":"1","status":"placed","cart":"{CART}","total":"99.80","currency":"EUR"}}"#));
    edge.wait(Span::hours(80));
    cron(&edge, 5);
    assert_eq!((sent(&edge), reminder(&edge)), (0, stands(Cancelled, Reason::Ordered)));
}
