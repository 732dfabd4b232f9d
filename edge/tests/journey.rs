//! The main job, natively: a cart is left and mailed, rebuilt elsewhere, and its order counts as recovered.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::native::world::{self, live};
use cartwake_shared::{lifecycle::CartState, metric::Metric, time::Span, trust::Trust, wire};

/// The token behind `/r/` in a mail.
fn restore_token(text: &str) -> String {
    let start = text.find("/r/").unwrap() + 3;
    text[start..].chars().take_while(|character| !character.is_whitespace()).collect()
}

#[test]
fn a_left_cart_is_mailed_once_rebuilt_and_recovered() {
    let edge = live();
    let stored = edge.post_from_server(
        "/v1/products",
        "shop",
        r#"{"products":[{"id":"P1","variant":"M","name":"Linen shirt","price":"49.90","currency":"EUR","url":"https://shop.example/p/1","image":"https://shop.example/i/1.png"}]}"#,
    );
    assert_eq!(stored.status, 200, "{}", stored.body);
    edge.leave_cart('A', 1, "ada@example.com");

    // Nothing is due before an hour has passed.
    edge.wait(Span::minutes(59));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert!(edge.ports.provider.mails().is_empty());

    // Then one mail leaves, and no second one however often cron runs.
    edge.wait(Span::minutes(2));
    for _ in 0..10 {
        edge.tick().unwrap();
    }
    let mails = edge.ports.provider.mails();
    assert_eq!(mails.len(), 1, "{:?}", edge.reminders());
    assert_eq!(edge.ports.provider.calls(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, "ada@example.com");
    assert!(mail.html.contains("Linen shirt, M") && mail.html.contains("EUR 49.90"), "{}", mail.text);
    assert!(
        mail.headers
            .iter()
            .any(|(name, value)| *name == "List-Unsubscribe-Post" && value == "List-Unsubscribe=One-Click")
    );

    // Opening the link changes nothing, and neither does the page's script, which gets the cart.
    let token = restore_token(&mail.text);
    let landing = edge.get(&format!("/r/{token}"));
    assert_eq!(
        (landing.status, landing.header("Location")),
        (303, Some(format!("{}/cart#cw={token}", world::SHOP).as_str()))
    );
    assert!(edge.carts().iter().all(|cart| cart.returned_at.is_none()));
    let restored =
        edge.post_from_page("/v1/restore", &format!(r#"{{"site":"{}","token":"{token}"}}"#, edge.site_key("shop")));
    let restored: wire::Restored = serde_json::from_str(&restored.body).unwrap();
    assert_eq!(restored.state, "open");
    let cart = restored.cart.unwrap();
    assert_eq!((cart.lines[0].product.as_str(), cart.lines[0].name.as_deref()), ("P1", Some("Linen shirt, M")));
    assert!(edge.carts().iter().all(|cart| cart.returned_at.is_none()));

    // Another browser continues. Once the shopper touches the page, the visit counts; the shop's server reports the order.
    edge.collect(&wire::Collect { via: Some(token.clone()), ..edge.event('B', 1, 1) });
    assert!(edge.carts().iter().all(|cart| cart.superseded_by.is_none()));
    let touched =
        edge.post_from_page("/v1/visit", &format!(r#"{{"site":"{}","token":"{token}"}}"#, edge.site_key("shop")));
    assert_eq!(touched.status, 204);
    assert_eq!(edge.cart('A', 1).superseded_by.as_deref(), Some("01JD3Z5W4K8Q9RT2V6XY7ABCDB.1"));
    edge.wait(Span::minutes(3));
    let order = edge.post_from_server(
        "/v1/orders",
        "shop",
        r#"{"order":"1001","status":"placed","email":"Ada+x@Example.com","total":"49.90","currency":"EUR"}"#,
    );
    assert_eq!(order.status, 200, "{}", order.body);
    let count = |metric| (metric, String::new(), 1);
    assert_eq!(
        edge.metrics(),
        [
            count(Metric::Tracked),
            count(Metric::Identified),
            count(Metric::Abandoned),
            count(Metric::Contactable),
            count(Metric::Notified),
            count(Metric::Returned),
            count(Metric::Ordered),
            count(Metric::Recovered),
            (Metric::Revenue, "EUR".to_owned(), 4_990),
        ]
    );

    // Both carts are closed, and no further step leaves.
    edge.wait(Span::hours(30));
    for _ in 0..3 {
        edge.tick().unwrap();
    }
    assert_eq!(edge.ports.provider.mails().len(), 1);
    assert!(edge.carts().iter().all(|cart| cart.state == CartState::Ordered), "{:?}", edge.carts());
}

#[test]
fn a_first_contact_with_a_session_gets_every_step_and_one_without_only_the_first() {
    for (has_session, trust, mails) in [(true, Trust::FirstContact, 3), (false, Trust::Bare, 1)] {
        let edge = live();
        let event = wire::Collect {
            session: has_session.then(|| edge.session('A')),
            email: Some("ada@example.com".into()),
            consent: Some(wire::Consent {
                tracking: Some("granted".into()),
                mail: Some("express".into()),
                ..wire::Consent::default()
            }),
            ..edge.event('A', 1, 1)
        };
        edge.collect(&event);
        for _ in 0..300 {
            edge.wait(Span::minutes(15));
            edge.tick().unwrap();
        }
        assert_eq!(edge.first_steps().first().and_then(|reminder| reminder.trust), Some(trust));
        assert_eq!(edge.ports.provider.mails().len(), mails, "{has_session}");
    }
}
