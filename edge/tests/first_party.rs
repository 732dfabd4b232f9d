//! The visitor cookie on the shop's own domain is set only if the site wants it and the shopper permits it.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{
        http::{Method, Request, Response},
        ports::App,
    },
    native::world::{SHOP, World, live},
};
use serde_json::Value;

const ADA: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDA";
const BO: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDB";

/// A shop that wants the cookie, or one that does not.
fn shop(wants: bool) -> App<World> {
    let edge = live();
    edge.change_settings(|settings| settings.cookie = wants);
    edge
}

/// A page of the shop asks the Worker on a host for its settings.
fn boot(edge: &App<World>, host: &str, more: &str, cookie: Option<&str>) -> (Value, Response) {
    let answer = edge.serve(&Request {
        origin: host.to_owned(),
        path: "/v1/boot".to_owned(),
        query: format!("site={}{more}", edge.site_key("shop")),
        page_origin: Some(SHOP.to_owned()),
        cookie: cookie.map(str::to_owned),
        ..edge.request()
    });
    assert_eq!(answer.status, 200, "{}", answer.body);
    (serde_json::from_str(&answer.body).unwrap(), answer)
}

fn cookie(answer: &Response) -> Option<String> {
    answer.header("Set-Cookie").map(|set| set.split(';').next().unwrap().to_owned())
}

#[test]
fn the_cookie_is_set_where_the_site_wants_it_on_its_own_domain_and_with_permission() {
    for (wants, host, is_told) in [
        (true, "https://carts.shop.example", true),
        (true, "https://shop.example", true),
        (true, "https://cartwake.workers.dev", false),
        (false, "https://carts.shop.example", false),
    ] {
        let edge = shop(wants);
        let (settings, answer) = boot(&edge, host, "", None);
        assert_eq!(settings["credentials"] == "include", is_told, "{wants} {host}");
        assert_eq!(cookie(&answer), None, "without permission: {wants} {host}");
        let (settings, answer) = boot(&edge, host, &format!("&visitor={ADA}&new=1"), None);
        assert_eq!(settings["visitor"], ADA);
        assert_eq!(cookie(&answer).is_some(), is_told, "{wants} {host}");
        if is_told {
            let set = answer.header("Set-Cookie").unwrap();
            assert!(set.ends_with("; Max-Age=34560000; Path=/v1/; HttpOnly; Secure; SameSite=Lax"), "{set}");
            assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(SHOP));
            assert_eq!(answer.header("Access-Control-Allow-Credentials"), Some("true"));
        }
    }
}

#[test]
fn a_browser_that_forgot_goes_on_as_the_visitor_it_was_and_one_that_knows_stays_who_it_is() {
    let edge = shop(true);
    let host = "https://carts.shop.example";
    let (_, answer) = boot(&edge, host, &format!("&visitor={ADA}&new=1"), None);
    let kept = cookie(&answer).unwrap();
    let other = format!("other=1; {kept}; more=2");
    let forged = kept.replace(ADA, BO);
    for (what, more, cookie, visitor) in [
        ("forgot", "&new=1", Some(other.as_str()), ADA),
        ("knows", "", Some(kept.as_str()), BO),
        ("forged", "&new=1", Some(forged.as_str()), BO),
        ("of another site", "&new=1", Some("cartwake_other=x"), BO),
        ("no cookie", "&new=1", None, BO),
    ] {
        let (settings, answer) = boot(&edge, host, &format!("&visitor={BO}{more}"), cookie);
        assert_eq!(settings["visitor"], visitor, "{what}");
        assert!(settings["session"].as_str().unwrap().contains(visitor), "{what}");
        assert!(self::cookie(&answer).unwrap().contains(visitor), "{what}");
    }
    // A Worker elsewhere takes no cookie, whoever sends it one.
    let (settings, _) = boot(&edge, "https://cartwake.workers.dev", &format!("&visitor={BO}&new=1"), Some(&kept));
    assert_eq!(settings["visitor"], BO);
    assert!(edge.carts().is_empty());
}

#[test]
fn forgetting_takes_the_cookie_and_asks_nobody_for_it() {
    let edge = shop(true);
    let forget = |key: String, origin: &str, method| {
        edge.serve(&Request {
            method,
            path: "/v1/forget".to_owned(),
            query: format!("site={key}"),
            page_origin: Some(origin.to_owned()),
            ..edge.request()
        })
    };
    let answer = forget(edge.site_key("shop"), SHOP, Method::Post);
    assert_eq!(answer.status, 204);
    assert!(answer.header("Set-Cookie").unwrap().starts_with("cartwake_shop=; Max-Age=0; Path=/v1/;"));
    assert_eq!(forget(edge.site_key("shop"), "https://evil.example", Method::Post).status, 403);
    assert_eq!(forget("pk_shop_x".to_owned(), SHOP, Method::Post).status, 404);
    assert_eq!(forget(edge.site_key("shop"), SHOP, Method::Get).status, 405);
}
