//! Set-up and settings: what a form changes, and what a wrong one leaves as it was.

use cartwake_shared::{
    identifier::SiteId,
    policy::{Policy, Settings, SiteState},
    wire,
};

use super::{Browser, cart_id, database, form_with, right_form};
use crate::{
    base::site,
    native::world::{self, ORIGIN},
    shop::{customer, signed_call as shop_server},
};

#[test]
fn without_a_site_every_page_leads_to_the_set_up() {
    let app = world::empty();
    let browser = Browser::signed_in(&app);
    for path in ["/", "/carts", "/settings", &format!("/carts/{}", cart_id('A', 1))] {
        assert_eq!(browser.get(path).header("Location"), Some("/setup"), "{path}");
    }
    let page = browser.page("/setup");
    assert!(page.contains("value=\"test\" required checked") && page.contains("value=\"required\" required checked"));
}

#[test]
fn the_set_up_makes_a_site_that_works() {
    let app = world::empty();
    let browser = Browser::signed_in(&app);
    let answer = browser.send_form("/setup", &form_with("postal_address", "1 Quay\n20095 Hamburg"));
    assert_eq!((answer.status, answer.header("Location")), (303, Some("/settings")), "{}", answer.body);

    let ask = |sql: &str| app.ports.store.ask(sql).unwrap();
    assert_eq!(ask("SELECT id, name FROM merchant"), [["harbour-co", "Harbour & Co"]]);
    assert_eq!(
        ask("SELECT id, merchant, name, state, paused FROM site"),
        [["harbour-co", "harbour-co", "Harbour & Co", "test", "0"]]
    );
    assert_eq!(
        ask("SELECT settings ->> 'postal_address', settings ->> '$.hosts[0]' FROM site"),
        [["1 Quay, 20095 Hamburg", "shop.example"]]
    );
    assert_eq!(ask("SELECT origin FROM deployment"), [[ORIGIN]]);

    let settings = browser.page("/settings");
    let key = app.site_key("harbour-co");
    for expected in [
        format!("src=&quot;{ORIGIN}/cartwake.js&quot; data-site=&quot;{key}&quot;"),
        format!("{ORIGIN}/v1/orders?site=harbour-co"),
        "Harbour &amp; Co".to_owned(),
    ] {
        assert!(settings.contains(&expected), "{expected}");
    }
    assert!(browser.page("/").contains("Waiting for the first cart"));
    assert_eq!(
        app.post_from_page(
            "/v1/collect",
            &serde_json::to_string(&wire::Collect { site: key, ..app.event('A', 1, 1) }).unwrap()
        )
        .status,
        200
    );
    assert!(!browser.page("/").contains("Waiting for the first cart"));

    let before = database(&app);
    assert_eq!(browser.get("/setup").header("Location"), Some("/settings"));
    let again: Vec<_> = [("csrf", browser.token("/settings"))].into_iter().collect();
    let again: Vec<(&str, &str)> =
        again.iter().map(|(name, value)| (*name, value.as_str())).chain(form_with("name", "Another")).collect();
    assert_eq!(browser.send("/setup", &again).header("Location"), Some("/settings"));
    assert_eq!(database(&app), before);
}

#[test]
fn a_wrong_form_is_shown_again_with_what_was_typed() {
    for (app, path) in [(world::empty(), "/setup"), (world::live(), "/settings")] {
        let browser = Browser::signed_in(&app);
        let before = database(&app);
        for (name, value, shown) in [
            ("hosts", "https://shop.example/cart", "value=\"https://shop.example/cart\""),
            ("zone", "Mars/Olympus", "value=\"Mars/Olympus\""),
            ("name", "\"><script>alert(1)</script>", "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""),
            ("currency", "'); DROP TABLE site; --", "value=\"'); DROP TABLE site; --\""),
            ("state", "everything", "Choose one of the three."),
        ] {
            // A hostile name alone is a fine name; another mistake shows that it is escaped when it comes back.
            let mut fields = form_with(name, value);
            if name == "name" {
                fields.retain(|(name, _)| *name != "reply_to");
            }
            let answer = browser.send_form(path, &fields);
            assert_eq!(answer.status, 422, "{path} {name}");
            assert!(
                answer.body.contains(shown) && answer.body.contains("role=\"alert\""),
                "{path} {name}: {}",
                answer.body
            );
            assert!(!answer.body.contains("<script>"));
        }
        assert_eq!(database(&app), before, "{path}");
    }
}

#[test]
fn settings_are_changed_and_the_cache_learns_of_it() {
    let app = world::live();
    let policy = Policy { cap_week: 1, ..Policy::default() };
    world::add_site(
        &app,
        "shop",
        "merchant",
        SiteState::Live,
        &Settings { policy: policy.clone(), ..world::shop_settings() },
    )
    .unwrap();
    app.get(&format!("/v1/boot?site={}", app.site_key("shop")));
    let browser = Browser::signed_in(&app);
    let fields: Vec<_> = form_with("name", "O'Hara; DROP TABLE cart").into_iter().chain([("paused", "on")]).collect();
    let answer = browser.send_form("/settings", &fields);
    assert_eq!((answer.status, answer.header("Location")), (303, Some("/settings?saved=1")), "{}", answer.body);
    let page = browser.page("/settings?saved=1");
    assert!(page.contains("Saved.") && page.contains("Paused") && page.contains("O'Hara; DROP TABLE cart"));
    let id = SiteId::parse("shop").unwrap();
    let cached = world::block_on(site::by_id(&app, &id)).unwrap();
    assert!(cached.paused && cached.settings.policy == policy && cached.state == SiteState::Test);
    let stored = world::block_on(site::fresh(&app, &id)).unwrap();
    assert_eq!(stored, cached);
    // The form without the switch sets sending free again.
    assert_eq!(browser.send_form("/settings", &right_form()).status, 303);
    assert!(!world::block_on(site::fresh(&app, &id)).unwrap().paused);
}

#[test]
fn what_the_owner_names_of_the_shops_pages_reaches_the_tracker_at_once() {
    let app = world::live();
    let key = app.site_key("shop");
    let browser = Browser::signed_in(&app);
    assert!(app.get(&format!("/v1/boot?site={key}")).body.contains(r#""email":{"selector":null}"#));
    let named = [("capture", "identified"), ("selector_email", "#mail"), ("selector_row", ".row")];
    let fields: Vec<_> = right_form().into_iter().filter(|(name, _)| *name != "capture").chain(named).collect();
    let answer = browser.send_form("/settings", &fields);
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains(r#"id="selector_name-error""#) && answer.body.contains(r##"value="#mail""##));
    let rest = [("selector_name", ".name"), ("selector_quantity", ".count"), ("selector_price", ".price")];
    let fields: Vec<_> = fields.into_iter().chain(rest).collect();
    assert_eq!(browser.send_form("/settings", &fields).status, 303);
    let boot = app.get(&format!("/v1/boot?site={key}")).body;
    for told in [
        r#""capture":"identified""#,
        r##""email":{"selector":"#mail"}"##,
        r#""cart":{"page":"/cart","row":".row","name":".name","quantity":".count","price":".price"}"#,
    ] {
        assert!(boot.contains(told), "{told}: {boot}");
    }
    assert!(browser.page("/settings").contains(r##"name="selector_email" type="text" value="#mail""##));
}

#[test]
fn the_origin_is_set_once() {
    let app = world::live();
    app.ports.store.write("UPDATE deployment SET origin = ''").unwrap();
    let browser = Browser::signed_in(&app);
    assert!(browser.page("/settings").contains(&format!("{ORIGIN}/v1/orders")));
    let origin = || app.ports.store.ask("SELECT origin FROM deployment").unwrap();
    assert_eq!(origin(), [[""]]);
    browser.send_form("/settings", &right_form());
    assert_eq!(origin(), [[ORIGIN]]);
    app.ports.store.write("UPDATE deployment SET origin = 'https://first.example'").unwrap();
    browser.send_form("/settings", &right_form());
    assert_eq!(origin(), [["https://first.example"]]);
}

#[test]
fn the_customers_key_is_shown_when_asked_for_and_changed_by_hand() {
    let app = world::live();
    let browser = Browser::signed_in(&app);
    let key = |number| customer::key(&app.config.keys, &SiteId::parse("shop").unwrap(), number);
    for (path, is_shown) in
        [("/settings", false), ("/settings?secret=show", false), ("/settings?secret=customers", true)]
    {
        assert_eq!(browser.page(path).contains(&key(0)), is_shown, "{path}");
    }
    let token = browser.token("/settings");
    let answer = browser.send("/customer-key", &[("csrf", token.as_str())]);
    assert_eq!(answer.header("Location"), Some("/settings?saved=1#customers"), "{}", answer.body);
    let page = browser.page("/settings?secret=customers");
    assert!(page.contains(&key(1)) && !page.contains(&key(0)));
    assert_ne!(browser.send("/customer-key", &[("csrf", "another")]).status, 303);
    // Saving the form leaves the key as it is.
    assert_eq!(browser.send_form("/settings", &right_form()).status, 303);
    assert!(browser.page("/settings?secret=customers").contains(&key(1)));
}

#[test]
fn the_webhook_secret_is_shown_only_when_asked_for() {
    let app = world::live();
    let browser = Browser::signed_in(&app);
    let secret = shop_server::secret(&app.config.keys, &SiteId::parse("shop").unwrap());
    for (path, is_shown) in [("/settings", false), ("/settings?secret=1", false), ("/settings?secret=show", true)] {
        assert_eq!(browser.page(path).contains(&secret), is_shown, "{path}");
    }
}
