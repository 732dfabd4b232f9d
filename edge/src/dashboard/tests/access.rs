//! Access: signing in, how long a session lasts, and which forms the dashboard accepts.

use cartwake_shared::time::Span;

use super::{Browser, busy, cart_id, right_form};
use crate::{
    base::{
        config::Secret,
        http::{Method, Request},
    },
    dashboard::Page,
    native::world::{self, ADMIN_SECRET, ORIGIN, SHOP},
};

#[test]
fn the_secret_lets_in_and_nothing_else_does() {
    for (secret, status) in [
        (ADMIN_SECRET.to_owned(), 303),
        (format!("{ADMIN_SECRET}\n"), 303),
        (String::new(), 401),
        (ADMIN_SECRET.to_uppercase(), 401),
        (ADMIN_SECRET.chars().skip(1).collect(), 401),
        (format!("{ADMIN_SECRET}x"), 401),
        ("' OR '1'='1".to_owned(), 401),
        ("<script>alert(1)</script>".to_owned(), 401),
    ] {
        let app = world::live();
        let answer = Browser::new(&app).send("/login", &[("secret", &secret)]);
        assert_eq!(answer.status, status, "{secret:?}");
        assert_eq!(answer.header("Set-Cookie").is_some(), status == 303, "{secret:?}");
        assert!(!answer.body.contains("<script>alert") && !answer.body.contains("OR '1"), "{secret:?}");
    }
}

#[test]
fn the_cookie_is_bound_to_the_host_and_no_two_are_alike() {
    let app = world::live();
    let cookies: Vec<String> = (0..2)
        .map(|_| {
            Browser::new(&app).send("/login", &[("secret", ADMIN_SECRET)]).header("Set-Cookie").unwrap().to_owned()
        })
        .collect();
    assert_ne!(cookies[0], cookies[1]);
    assert!(cookies[0].starts_with("__Host-cartwake=d1."));
    assert!(cookies[0].ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200"), "{}", cookies[0]);
    assert!(!cookies[0].contains(ADMIN_SECRET));
}

#[test]
fn a_login_leads_to_the_set_up_until_there_is_a_site() {
    for (app, target) in [(world::empty(), "/setup"), (world::live(), "/")] {
        let answer = Browser::new(&app).send("/login", &[("secret", ADMIN_SECRET)]);
        assert_eq!(answer.header("Location"), Some(target));
        let browser = Browser::signed_in(&app);
        assert_eq!(browser.get("/login").header("Location"), Some("/"));
    }
}

#[test]
fn forms_of_other_pages_are_refused() {
    for (page_origin, fetch_site, login, other) in [
        (Some(ORIGIN), None, 303, 303),
        (Some("null"), Some("same-origin"), 303, 303),
        (None, Some("same-origin"), 303, 303),
        (None, None, 303, 403),
        (Some(SHOP), None, 403, 403),
        (Some(SHOP), Some("same-site"), 403, 403),
        (Some("null"), None, 403, 403),
        (Some("null"), Some("cross-site"), 403, 403),
        (None, Some("cross-site"), 403, 403),
    ] {
        let app = world::live();
        let browser = Browser::signed_in(&app);
        let token = browser.token("/settings");
        let settings: Vec<_> = [("csrf", token.as_str())].into_iter().chain(right_form()).collect();
        let mut before = app.everything();
        for (path, fields, status) in [
            ("/login", &[("secret", ADMIN_SECRET)] as &[_], login),
            ("/settings", &settings, other),
            ("/logout", &[("csrf", &token)], other),
        ] {
            let answer = app.serve(&Request {
                page_origin: page_origin.map(str::to_owned),
                fetch_site: fetch_site.map(str::to_owned),
                ..browser.form(path, fields)
            });
            assert_eq!(answer.status, status, "{path} {page_origin:?} {fetch_site:?}");
            assert_eq!(answer.body.contains("<code>foreign_form</code>"), status == 403, "{path}");
            if path == "/login" && status == 303 {
                // A session began, as it should.
                before = app.everything();
            }
        }
        assert_eq!(app.everything() == before, other == 403, "{page_origin:?} {fetch_site:?}");
    }
}

#[test]
fn a_form_needs_the_token_of_its_own_session() {
    let app = world::live();
    let (browser, other) = (Browser::signed_in(&app), Browser::signed_in(&app));
    let (own, foreign) = (browser.token("/settings"), other.token("/settings"));
    assert_ne!(own, foreign);
    let before = app.everything();
    for (what, token) in [
        ("none", ""),
        ("another session's", foreign.as_str()),
        ("changed", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("cut", &own[..21]),
    ] {
        for path in ["/settings", "/setup", "/logout"] {
            let fields: Vec<_> = [("csrf", token)].into_iter().chain(right_form()).collect();
            let answer = browser.send(path, &fields);
            assert_eq!((answer.status, answer.header("Set-Cookie")), (403, None), "{what} {path}");
        }
    }
    assert_eq!(app.everything(), before);
}

#[test]
fn who_is_not_signed_in_sees_nothing_and_changes_nothing() {
    let app = busy();
    let fine = Browser::signed_in(&app);
    let before = app.everything();
    let cookie = fine.cookie.clone().unwrap();
    let token = fine.token("/settings");
    let tampered = cookie.replacen("d1.1", "d1.2", 1);
    let check = |what: &str, cookie: Option<String>| {
        let browser = Browser { app: &app, cookie };
        for (page, method, path) in Page::TABLE.iter().filter(|(page, ..)| !matches!(page, Page::Login | Page::SignIn))
        {
            let answer =
                if *method == Method::Get { browser.get(path) } else { browser.send(path, &[("csrf", &token)]) };
            assert_eq!((answer.status, answer.header("Location")), (303, Some("/login")), "{what} {page:?}");
        }
        for path in [
            "/",
            "/carts",
            "/carts?fragment=1",
            "/settings?secret=show",
            "/setup",
            &format!("/carts/{}", cart_id('B', 1)),
        ] {
            let answer = browser.get(path);
            assert_eq!(
                (answer.status, answer.header("Location"), answer.body.as_str()),
                (303, Some("/login"), ""),
                "{what} {path}"
            );
        }
        for path in ["/settings", "/setup", "/logout"] {
            let fields: Vec<_> = [("csrf", token.as_str())].into_iter().chain(right_form()).collect();
            let answer = browser.send(path, &fields);
            assert_eq!((answer.status, answer.header("Location")), (303, Some("/login")), "{what} {path}");
        }
    };
    check("no cookie", None);
    check("empty", Some("__Host-cartwake=".to_owned()));
    check("tampered", Some(tampered));
    check("a form token", Some(format!("__Host-cartwake={token}")));
    check("another name", Some(cookie.replacen("__Host-", "", 1)));
    check("nonsense", Some("__Host-cartwake=d1.x.y.z; a=b; ;=".to_owned()));
    assert_eq!(Browser { app: &app, cookie: Some(format!("a=b; {cookie}")) }.get("/").status, 200);
    app.wait(Span::millis_of(43_199_999));
    assert_eq!(fine.get("/").status, 200, "a millisecond before its end");
    app.wait(Span::millis_of(1));
    check("expired", Some(cookie));
    assert_eq!(app.everything(), before);
}

#[test]
fn a_new_secret_ends_every_session() {
    let mut app = world::live();
    let cookie = Browser::signed_in(&app).cookie;
    app.config.admin_secret = Secret::new("another-admin-secret".to_owned());
    assert_eq!(Browser { app: &app, cookie }.get("/").header("Location"), Some("/login"));
}

#[test]
fn leaving_ends_the_session_and_clears_the_cookie() {
    let app = world::live();
    let (browser, other) = (Browser::signed_in(&app), Browser::signed_in(&app));
    let answer = browser.send("/logout", &[("csrf", &browser.token("/"))]);
    assert_eq!((answer.status, answer.header("Location")), (303, Some("/login")));
    assert_eq!(
        answer.header("Set-Cookie"),
        Some("__Host-cartwake=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
    );
    assert_eq!(browser.get("/").header("Location"), Some("/login"), "the old cookie is worth nothing");
    assert_eq!(other.get("/").status, 200, "another browser stays signed in");
}
