//! The settings that a starting tracker gets, and the shop's lamps that its debug mode shows.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::{http::Request, ports::App},
    native::world::{World, live},
};
use cartwake_shared::{policy::CaptureMode, time::Span};
use serde_json::{Value, json};

#[test]
fn the_words_at_the_field_are_in_the_language_of_the_page() {
    let edge = live();
    let key = edge.site_key("shop");
    for (locale, wording) in
        [("", "express-en-1"), ("&locale=de-AT", "express-de-1"), ("&locale=xx%0d", "express-en-1")]
    {
        let answer = edge.get(&format!("/v1/boot?site={key}{locale}"));
        let settings: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(settings["consent"]["wording"], wording, "{locale}");
    }
    assert!(edge.carts().is_empty());
}

#[test]
fn what_the_site_names_of_its_pages_is_told_and_its_own_box_stands_for_express_consent() {
    let edge = live();
    let boot = |edge: &App<World>| -> Value {
        let request = Request { country: Some("US".to_owned()), ..edge.request() };
        let query = format!("site={}", edge.site_key("shop"));
        serde_json::from_str(&edge.serve(&Request { path: "/v1/boot".to_owned(), query, ..request }).body).unwrap()
    };
    let settings = boot(&edge);
    assert_eq!(settings["capture"], "all");
    assert_eq!(
        [&settings["consent"]["selector"], &settings["email"]["selector"], &settings["cart"]],
        [&Value::Null, &Value::Null, &Value::Null]
    );
    assert_eq!(settings["consent"]["basis"], "notice");
    let selectors = r##"["#mail","#remind",".row",".name",".count",".price","","[data-id]","",""]"##;
    edge.change_settings(|settings| {
        settings.selectors = serde_json::from_str(selectors).unwrap();
        settings.capture = CaptureMode::Identified;
    });
    let settings = boot(&edge);
    assert_eq!(settings["capture"], "identified");
    assert_eq!(
        (&settings["email"]["selector"], &settings["consent"]["selector"]),
        (&json!("#mail"), &json!("#remind"))
    );
    let cart = json!({ "page": "/cart", "row": ".row", "name": ".name", "quantity": ".count", "price": ".price", "id": "[data-id]" });
    assert_eq!(settings["cart"], cart);
    assert_eq!(settings["consent"]["basis"], "express");
}

#[test]
fn the_install_check_turns_green_one_lamp_after_the_other() {
    let edge = live();
    let check = |edge: &App<World>| {
        let answer = edge.post_from_page("/v1/check", &format!(r#"{{"site":"{}"}}"#, edge.site_key("shop")));
        let lamps: Value = serde_json::from_str(&answer.body).unwrap();
        ["tag", "cart", "email", "consent", "order"].map(|lamp| lamps[lamp].as_bool().unwrap())
    };
    assert_eq!(check(&edge), [true, false, false, false, false]);
    edge.collect(&edge.event('A', 1, 1));
    assert_eq!(check(&edge), [true, true, false, false, false]);
    edge.leave_cart('B', 1, "ada@example.com");
    assert_eq!(check(&edge), [true, true, true, true, false]);
    edge.post_from_server("/v1/orders", "shop", r#"{"order":"1","status":"placed","email":"ada@example.com"}"#);
    assert_eq!(check(&edge), [true; 5]);
    // Written once, and by no page but the shop's own.
    let seen = edge.sites()[0].tag_seen;
    edge.wait(Span::minutes(1));
    check(&edge);
    assert_eq!(edge.sites()[0].tag_seen, seen);
    assert_eq!(edge.post_from_page("/v1/check", r#"{"site":"pk_shop_x"}"#).status, 404);
}
