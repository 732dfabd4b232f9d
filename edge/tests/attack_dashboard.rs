//! Attacks on the dashboard and on what strangers may learn of the deployment; the numbers are those of the catalogue of attacks.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{
        config::Secret,
        http::{Body, Method, Request, Response},
        ports::App,
    },
    dashboard::pages::address::query_value,
    handle::route_name,
    native::world::{ADMIN_SECRET, ORIGIN, SHOP, World, add_site, live, shop_settings},
};
use cartwake_shared::{policy::SiteState, time::Span, wire};

/// A browser somewhere, with its cookies.
struct Browser<'e> {
    app: &'e App<World>,
    address: String,
    cookies: Vec<String>,
}

impl<'e> Browser<'e> {
    fn at(app: &'e App<World>, address: &str) -> Self {
        Self { app, address: address.to_owned(), cookies: Vec::new() }
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            address: Some(self.address.clone()),
            cookie: Some(self.cookies.join("; ")),
            ..self.app.request()
        }
    }

    fn get(&self, path: &str) -> Response {
        self.app.serve(&self.request(Method::Get, path))
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", query_value(value))).collect();
        self.app.serve(&Request {
            page_origin: Some(ORIGIN.to_owned()),
            content_type: Some("application/x-www-form-urlencoded".to_owned()),
            body: Body::Bytes(body.join("&").into_bytes()),
            ..self.request(Method::Post, path)
        })
    }

    /// Tries a secret, keeps the cookies, and gives the status.
    fn try_secret(&mut self, secret: &str) -> u16 {
        let answer = self.post("/login", &[("secret", secret)]);
        let set: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name == "Set-Cookie")
            .map(|(_, value)| value.split(';').next().unwrap().to_owned())
            .collect();
        if !set.is_empty() {
            self.cookies = set;
        }
        answer.status
    }

    /// Sends wrong secrets until one is not judged any more, and says how many were.
    fn guess_until_refused(&mut self) -> usize {
        let judged = (0..50).take_while(|n| self.try_secret(&format!("guess {n}")) == 401).count();
        assert!(judged < 50, "nothing refuses it");
        judged
    }

    /// The same browser after its session is over: what it keeps is its name.
    fn without_session(mut self) -> Self {
        self.cookies.retain(|cookie| cookie.starts_with("__Host-cartwake-browser="));
        self
    }

    fn send_form(&self, page: &str, path: &str) -> Response {
        let shown = self.get(page).body;
        let (_, rest) = shown.split_once("name=\"csrf\" value=\"").unwrap();
        self.post(path, &[("csrf", rest.split_once('"').unwrap().0)])
    }
}

#[test]
fn attack_13_two_thousand_wrong_secrets_end_after_ten_and_cost_nothing_more() {
    let app = live();
    let mut stranger = Browser::at(&app, "198.51.100.7");
    let statuses: Vec<u16> = (0..2_000).map(|n| stranger.try_secret(&format!("guess {n}"))).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10);
    assert!(statuses.iter().skip(10).all(|status| *status == 429));
    // Also the right one is not looked at, from anywhere in the network; and nothing is written.
    let before = app.everything();
    let answer = Browser::at(&app, "198.51.100.200").post("/login", &[("secret", ADMIN_SECRET)]);
    assert_eq!((answer.status, answer.header("Set-Cookie")), (429, None));
    assert_eq!(answer.header("Retry-After"), Some("3600"));
    assert!(answer.body.contains("Please wait 60 minutes"), "{}", answer.body);
    assert_eq!(app.everything(), before);
    app.wait(Span::minutes(59));
    let answer = stranger.post("/login", &[("secret", ADMIN_SECRET)]);
    assert_eq!((answer.status, answer.header("Retry-After")), (429, Some("60")));
    app.wait(Span::minutes(1));
    assert_eq!(stranger.try_secret("guess"), 401, "an hour later it may try again");
}

#[test]
fn attack_13_the_owner_gets_in_whatever_strangers_do() {
    let app = live();
    let mut known = Browser::at(&app, "203.0.113.7");
    assert_eq!(known.try_secret(ADMIN_SECRET), 303);
    let mut known = known.without_session();
    // A thousand networks guess all they can, one of them the owner's own.
    let guesses: usize = (0..1_000_u32)
        .map(|n| {
            let mut stranger = Browser::at(&app, &format!("10.{}.{}.1", n / 250, n % 250));
            stranger.guess_until_refused()
        })
        .sum();
    assert!(guesses <= 100 + 10 + 2 * 512, "{guesses} guesses were judged");
    let mut neighbour = Browser::at(&app, "203.0.113.250");
    neighbour.guess_until_refused();
    assert_eq!(neighbour.try_secret(ADMIN_SECRET), 429);
    assert_eq!(known.try_secret(ADMIN_SECRET), 303, "a browser that signed in before has a count of its own");
    let rows: usize =
        app.everything().iter().filter(|(table, _)| *table == "sign_in_attempt").map(|(_, rows)| rows.len()).sum();
    assert!(rows <= 512 + 2, "{rows} rows");

    // A stolen name of a browser gives ten guesses an hour and nothing else.
    let mut thief = Browser { app: &app, address: "192.0.2.1".to_owned(), cookies: known.without_session().cookies };
    assert_eq!(thief.get("/").header("Location"), Some("/login"));
    assert_eq!(thief.guess_until_refused(), 10);
}

#[test]
fn attack_13_a_new_secret_lets_in_at_once() {
    let mut app = live();
    let mut stranger = Browser::at(&app, "203.0.113.250");
    stranger.guess_until_refused();
    app.config.admin_secret = Secret::new("another-admin-secret".to_owned());
    assert_eq!(Browser::at(&app, "203.0.113.7").try_secret("another-admin-secret"), 303);
    let attempts = app.everything().remove("sign_in_attempt").unwrap_or_default();
    assert!(attempts.is_empty(), "what was counted before is deleted");
}

#[test]
fn attack_13_a_network_that_guessed_in_a_flood_is_judged_twice() {
    let app = live();
    for n in 0..10_u8 {
        let mut stranger = Browser::at(&app, &format!("10.0.{n}.1"));
        stranger.guess_until_refused();
    }
    let mut owner = Browser::at(&app, "203.0.113.7");
    assert_eq!(owner.try_secret("a typing error"), 401);
    assert_eq!(owner.try_secret(ADMIN_SECRET), 303, "the right one, from a network that was quiet");
    let mut other = Browser::at(&app, "203.0.114.7");
    assert_eq!([1, 2, 3].map(|_| other.try_secret("guess")), [401, 401, 429]);
}

#[test]
fn attack_13_right_secrets_use_nothing_up() {
    let app = live();
    for n in 0..30 {
        assert_eq!(Browser::at(&app, "203.0.113.7").try_secret(ADMIN_SECRET), 303, "{n}");
    }
    app.wait(Span::hours(13));
    assert_eq!(Browser::at(&app, "203.0.113.7").try_secret(ADMIN_SECRET), 303);
    assert_eq!(app.everything().remove("dashboard_session").unwrap().len(), 1, "sessions that are over are deleted");
}

#[test]
fn attack_13_a_stolen_cookie_is_dead_after_the_log_out() {
    for (path, page, ends_others) in [("/logout", "/", false), ("/logout-everywhere", "/settings", true)] {
        let app = live();
        let mut owner = Browser::at(&app, "203.0.113.7");
        owner.try_secret(ADMIN_SECRET);
        let thief = Browser { app: &app, address: "192.0.2.1".to_owned(), cookies: owner.cookies.clone() };
        let mut elsewhere = Browser::at(&app, "203.0.113.8");
        elsewhere.try_secret(ADMIN_SECRET);
        assert_eq!((thief.get("/carts").status, elsewhere.get("/carts").status), (200, 200));
        assert_eq!(owner.send_form(page, path).header("Location"), Some("/login"));
        for path in ["/", "/carts", "/settings", "/setup"] {
            assert_eq!(thief.get(path).header("Location"), Some("/login"), "{path}");
        }
        assert_eq!(elsewhere.get("/carts").status, if ends_others { 303 } else { 200 });
        // The database holds nothing that a cookie could be made of.
        let kept = format!("{:?}", app.everything().remove("dashboard_session"));
        assert!(
            elsewhere.cookies.iter().all(|cookie| !kept.contains(cookie.split('.').nth(2).unwrap_or("…"))),
            "{kept}"
        );
    }
}

#[test]
fn attack_14_a_log_line_names_the_route_and_nothing_that_was_sent() {
    use Method::{Get, Head, Options, Post};
    for (method, path, expected) in [
        (Post, "/v1/collect", "/v1/collect"),
        (Options, "/v1/collect", "preflight"),
        (Post, "/v1/provider-events/resend", "/v1/provider-events/{provider}"),
        (Get, "/r/r1.token", "/r/{token}"),
        (Get, "/u/u1.token", "/u/{token}"),
        (Post, "/n/n1.token", "/n/{token}"),
        (Head, "/", "/"),
        (Get, "/carts/01JD3Z5W4K8Q9RT2V6XY7ABCDA.1", "/carts/{id}"),
        (Get, "/carts/ada@example.com", "/carts/{id}"),
        (Post, "/login", "/login"),
        (Get, "/logout", "unknown"),
        (Post, "/r/r1.token", "unknown"),
        (Get, "/ada@example.com", "unknown"),
        (Get, "/v1/ada@example.com", "unknown"),
        (Get, &format!("/{}", "x".repeat(9_000)), "unknown"),
        (Get, "/carts/x/y", "unknown"),
        (Get, "", "unknown"),
    ] {
        assert_eq!(route_name(method, path), expected, "{method:?} {path}");
    }
}

/// The page of a cart whose one line has these addresses, with the entry of the catalogue for it.
fn cart_page(line: wire::Line, catalogue: Option<&str>) -> Response {
    let app = live();
    if let Some(image) = catalogue {
        let product = serde_json::json!({ "id": "P9", "variant": "", "sku": "", "name": "Cup", "price": "4.00", "currency": "EUR", "url": format!("{SHOP}/p/9"), "image": image, "available": true });
        let body = serde_json::json!({ "products": [product] }).to_string();
        assert_eq!(app.post_from_server("/v1/products", "shop", &body).status, 200);
    }
    let mut event = app.event('A', 1, 1);
    event.snapshot.as_mut().unwrap().lines = vec![wire::Line { product: "P1".to_owned(), quantity: 1, ..line }];
    assert_eq!(app.collect(&event).status, 200);
    let mut owner = Browser::at(&app, "203.0.113.7");
    owner.try_secret(ADMIN_SECRET);
    let answer = owner.get("/carts/01JD3Z5W4K8Q9RT2V6XY7ABCDA.1");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

#[test]
fn attack_19_a_cart_shows_no_permission_that_another_visitor_gave() {
    let app = live();
    let consent =
        wire::Consent { mail: Some("express".to_owned()), source: Some("box".to_owned()), ..wire::Consent::default() };
    let named = |visitor, consent| wire::Collect {
        email: Some("ada@example.com".to_owned()),
        consent,
        ..app.event(visitor, 1, 1)
    };
    assert_eq!(app.collect(&named('A', Some(consent))).status, 200);
    assert_eq!(app.collect(&named('B', None)).status, 200);
    let mut owner = Browser::at(&app, "203.0.113.7");
    owner.try_secret(ADMIN_SECRET);
    for (visitor, has_basis) in [('A', true), ('B', false)] {
        let page = owner.get(&format!("/carts/01JD3Z5W4K8Q9RT2V6XY7ABCD{visitor}.1")).body;
        assert_eq!(
            !page.contains(r#"<dt>Mail basis</dt><dd><span class="nobody">none"#),
            has_basis,
            "{visitor}: {page}"
        );
    }
}

#[test]
fn attack_18_the_dashboard_loads_and_links_known_hosts_only() {
    let line =
        |image: &str, url: &str| wire::Line { image: image.to_owned(), url: url.to_owned(), ..wire::Line::default() };
    let cdn = "https://cdn.example/9.png";
    for (image, catalogue, policy) in [
        ("https://elsewhere.example/pixel.png", None, "img-src 'self';"),
        ("https://shop.example.elsewhere.example/pixel.png", None, "img-src 'self';"),
        ("https://shop.example@elsewhere.example/pixel.png", None, "img-src 'self';"),
        ("http://127.0.0.1:8080/pixel.png", None, "img-src 'self';"),
        (cdn, None, "img-src 'self';"),
        (cdn, Some(cdn), "img-src 'self' https://cdn.example;"),
        ("https://shop.example/i/1.png", None, "img-src 'self' https://shop.example;"),
        ("https://elsewhere.example/pixel.png", Some(cdn), "img-src 'self';"),
    ] {
        let answer = cart_page(line(image, image), catalogue);
        let is_known = policy.contains("https");
        assert_eq!(answer.body.contains(&format!("src=\"{image}\"")), is_known, "{image} {catalogue:?}");
        assert_eq!(answer.body.contains(&format!("href=\"{image}\"")), is_known, "{image} {catalogue:?}");
        assert!(is_known || !answer.body.contains("elsewhere"), "{image}");
        assert!(answer.header("Content-Security-Policy").unwrap().contains(policy), "{image}: {:?}", answer.headers);
    }
}

#[test]
fn attack_22_pages_of_the_deployment_admit_its_own_host_only() {
    let app = live();
    let mut owner = Browser::at(&app, "203.0.113.7");
    owner.try_secret(ADMIN_SECRET);
    for path in ["/", "/carts", "/settings", "/login?x", "/nowhere", "/u/nothing", "/r/nothing"] {
        let answer = owner.get(path);
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        if answer.status != 303 {
            let policy = header("Content-Security-Policy");
            assert!(
                !policy.contains("localhost") && !policy.contains("https:") && !policy.contains("data:"),
                "{policy}"
            );
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("img-src 'self';"), "{path} {policy}");
            assert_eq!(header("Cross-Origin-Opener-Policy"), "same-origin", "{path}");
            assert!(header("Permissions-Policy").contains("camera=()"), "{path}");
            assert!(!header("Referrer-Policy").is_empty(), "{path}");
        }
        assert_eq!(header("Strict-Transport-Security"), "max-age=31536000", "{path}");
        assert_eq!(header("X-Content-Type-Options"), "nosniff", "{path}");
    }
    let plain = Request { origin: "http://localhost:8787".to_owned(), ..owner.request(Method::Get, "/login") };
    assert_eq!(app.serve(&plain).header("Strict-Transport-Security"), None);
}

#[test]
fn attack_22_an_answer_that_depends_on_the_origin_says_so() {
    let app = live();
    add_site(&app, "other", "merchant", SiteState::Live, &shop_settings()).unwrap();
    let key = app.site_key("shop");
    for origin in [Some(SHOP), Some("https://elsewhere.example"), Some("null"), Some("\u{e9}"), None] {
        for (method, path, body) in [
            (Method::Get, "/v1/boot", ""),
            (Method::Post, "/v1/collect", "{}"),
            (Method::Post, "/v1/collect", ""),
            (Method::Post, "/v1/restore", "{"),
            (Method::Post, "/v1/check", "{}"),
            (Method::Post, "/v1/step", ""),
            (Method::Post, "/v1/forget", ""),
            (Method::Options, "/v1/collect", ""),
            (Method::Post, "/login", "secret=x"),
            (Method::Post, "/logout", ""),
        ] {
            for query in [format!("site={key}"), "site=pk_nobody".to_owned()] {
                let answer = app.serve(&Request {
                    method,
                    path: path.to_owned(),
                    query,
                    page_origin: origin.map(str::to_owned),
                    body: Body::Bytes(body.as_bytes().to_vec()),
                    ..app.request()
                });
                assert_eq!(answer.header("Vary"), Some("Origin"), "{origin:?} {path} {}", answer.status);
            }
        }
    }
}

#[test]
fn attack_04_health_tells_strangers_nothing_of_the_breaker() {
    let flooded = live();
    for n in 0..40 {
        let event = wire::Collect {
            visitor: format!("01JD3Z5W4K8Q9RT2V6XY{n:06}"),
            email: Some(format!("victim{n}@example.com")),
            ..flooded.event('A', 1, 1)
        };
        flooded.collect(&event);
    }
    let calm = live();
    for app in [&flooded, &calm] {
        app.wait(Span::minutes(61));
        app.tick().unwrap();
        app.tick().unwrap();
    }
    let (health, calm_health) = (flooded.get("/health"), calm.get("/health"));
    assert_eq!(
        (health.status, health.body.as_str()),
        (200, r#"{"ok":true,"cron":true,"mail":true,"daily_limit":false}"#)
    );
    assert_eq!(health, calm_health, "a flood does not show");
    assert!(flooded.health_for_monitor().body.contains(r#""breakers":"#));

    // Only the token and a session show more.
    let mut owner = Browser::at(&flooded, "203.0.113.7");
    owner.try_secret(ADMIN_SECRET);
    assert!(owner.get("/health").body.contains("cron_age_s"));
    let shown = owner.get("/settings?secret=monitor").body;
    let token = shown.split_once("mon_").map(|(_, rest)| format!("mon_{}", rest.get(..22).unwrap())).unwrap();
    assert!(!owner.get("/settings").body.contains(&token));
    for (header, sees) in [
        (format!("Bearer {token}"), true),
        (format!("Bearer {}", token.replacen("mon_", "", 1)), false),
        (token.clone(), false),
        (format!("Bearer {token}x"), false),
        (format!("Bearer {ADMIN_SECRET}"), false),
        ("Bearer mon_".to_owned(), false),
    ] {
        let request = Request { path: "/health".to_owned(), authorization: Some(header.clone()), ..flooded.request() };
        assert_eq!(flooded.serve(&request).body.contains("cron_age_s"), sees, "{header}");
    }
    // What an operator must act on turns it red.
    flooded.wait(Span::minutes(6));
    assert_eq!((flooded.get("/health").status, flooded.get("/health").body.contains(r#""cron":false"#)), (503, true));
}
