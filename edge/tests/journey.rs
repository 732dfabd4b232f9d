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

    // Opening the link changes nothing; the page's script confirms the visit and gets the cart.
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
    assert_eq!(restored.cart.as_ref().unwrap().lines[0].product, "P1");

    // Another browser continues; the shop's server reports the order.
    edge.collect(&wire::Collect { via: Some(token), snapshot: restored.cart, ..edge.event('B', 1, 1) });
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
fn a_shopper_who_agrees_in_the_last_moment_is_attested_by_the_page_seen_before() {
    for (stamped, pause, trust) in
        [(true, 3, Trust::Attested), (true, 2, Trust::Unproven), (false, 30, Trust::Unproven)]
    {
        let edge = live();
        let key = edge.site_key("shop");
        // The checkout opens: settings only, nothing about the shopper.
        let settings: serde_json::Value =
            serde_json::from_str(&edge.get(&format!("/v1/boot?site={key}")).body).unwrap();
        assert_eq!(settings["session"], serde_json::Value::Null);
        edge.wait(Span::seconds(pause));
        // Address and tick come together, and are all that is ever sent.
        let seen = if stamped { settings["seen"].as_str().unwrap() } else { "" };
        let visitor = edge.event('A', 1, 1).visitor;
        let minted: serde_json::Value =
            serde_json::from_str(&edge.get(&format!("/v1/boot?site={key}&visitor={visitor}&seen={seen}")).body)
                .unwrap();
        edge.collect(&wire::Collect {
            session: minted["session"].as_str().map(str::to_owned),
            email: Some("ada@example.com".into()),
            consent: Some(wire::Consent {
                tracking: Some("granted".into()),
                mail: Some("express".into()),
                ..wire::Consent::default()
            }),
            ..edge.event('A', 1, 1)
        });
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        assert_eq!((edge.reminder().trust, edge.reminders().len()), (trust, 1), "{stamped} {pause}");
    }
}
