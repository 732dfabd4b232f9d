//! Links in mails: a GET changes nothing, a button or one click does, and a forged link reads like an old one.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{
        http::{Body, Method, Request},
        ports::App,
    },
    native::{
        views::{ReminderView, standings, stands},
        world::{World, live},
    },
};
use cartwake_shared::{gate::Reason, metric::Metric, reminder::ReminderState, time::Span};

/// A shopper who left a cart and was mailed, and the three tokens of the mail.
fn mailed() -> (App<World>, [String; 3]) {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(62));
    edge.tick().unwrap();
    edge.tick().unwrap();
    let text = edge.ports.provider.mails().remove(0).text;
    let token = |path: &str| {
        let start = text.find(path).unwrap() + path.len();
        text.get(start..).unwrap().chars().take_while(|character| !character.is_whitespace()).collect::<String>()
    };
    let tokens = [token("/r/"), token("/u/"), token("/n/")];
    (edge, tokens)
}

#[test]
fn a_scanner_that_opens_every_link_changes_nothing() {
    let (edge, [restore, unsubscribe, not_me]) = mailed();
    let before = edge.everything();
    for _ in 0..20 {
        for (path, status) in
            [(format!("/r/{restore}"), 303), (format!("/u/{unsubscribe}"), 200), (format!("/n/{not_me}"), 200)]
        {
            assert_eq!(edge.get(&path).status, status);
            let head = edge.serve(&Request { method: Method::Head, path, ..edge.request() });
            assert_eq!((head.status, head.body.as_str()), (status, ""));
        }
    }
    assert_eq!(edge.everything(), before);
}

#[test]
fn one_click_and_the_button_stop_all_later_mails() {
    for (path, place, reason) in [("/u/", 1, "unsubscribed"), ("/n/", 2, "not_me")] {
        let (edge, tokens) = mailed();
        let answer = edge.serve(&Request {
            method: Method::Post,
            path: format!("{path}{}", tokens.get(place).unwrap()),
            content_type: Some("application/x-www-form-urlencoded".into()),
            body: Body::Bytes(b"List-Unsubscribe=One-Click".to_vec()),
            ..edge.request()
        });
        assert_eq!(answer.status, 200);
        assert_eq!(edge.suppressions(), [("merchant".to_owned(), reason.to_owned())]);
        edge.wait(Span::hours(25));
        edge.tick().unwrap();
        edge.tick().unwrap();
        assert_eq!(edge.ports.provider.mails().len(), 1);
        let second: Vec<ReminderView> = edge.reminders().into_iter().filter(|reminder| reminder.step == "s2").collect();
        assert_eq!(standings(&second), [(1, stands(ReminderState::Suppressed, Reason::Suppressed))]);
    }
}

#[test]
fn a_link_does_only_what_it_is_for() {
    let (edge, [restore, unsubscribe, not_me]) = mailed();
    let bent = format!("{}x", restore.get(..restore.len() - 1).unwrap());
    for path in [
        format!("/r/{unsubscribe}"),
        format!("/u/{restore}"),
        format!("/n/{unsubscribe}"),
        format!("/u/{not_me}"),
        format!("/r/{bent}"),
        "/r/x".to_owned(),
        "/r/".to_owned(),
    ] {
        let answer = edge.get(&path);
        assert!(answer.status == 404 && answer.body.contains("This link does not work"), "{path} {}", answer.status);
    }
}

#[test]
fn a_link_that_leads_nowhere_any_more_helps() {
    let (edge, [restore, ..]) = mailed();
    let ask = |edge: &App<World>| {
        edge.post_from_page("/v1/restore", &format!(r#"{{"site":"{}","token":"{restore}"}}"#, edge.site_key("shop")))
    };
    edge.post_from_server("/v1/orders", "shop", r#"{"order":"1","status":"placed","email":"ada@example.com"}"#);
    assert!(edge.get(&format!("/r/{restore}")).body.contains("already ordered"));
    assert!(ask(&edge).body.contains(r#""state":"ordered""#));

    let (edge, [restore, ..]) = mailed();
    edge.wait(Span::days(31));
    assert_eq!(edge.get(&format!("/r/{restore}")).status, 410);
    let answer =
        edge.post_from_page("/v1/restore", &format!(r#"{{"site":"{}","token":"{restore}"}}"#, edge.site_key("shop")));
    assert!(answer.body.contains(r#""state":"expired""#) && !answer.body.contains("lines"), "{}", answer.body);
}

#[test]
fn the_cart_is_given_to_the_shops_pages_only() {
    let (edge, [restore, ..]) = mailed();
    let body = format!(r#"{{"site":"{}","token":"{restore}"}}"#, edge.site_key("shop"));
    let mut request = Request {
        method: Method::Post,
        path: "/v1/restore".into(),
        page_origin: Some("https://evil.example".into()),
        body: Body::Bytes(body.into_bytes()),
        ..edge.request()
    };
    assert_eq!(edge.serve(&request).status, 403);
    request.page_origin = Some("https://shop.example".into());
    let answer = edge.serve(&request);
    assert_eq!(answer.status, 200);
    assert!(!answer.body.contains("ada@"), "no personal data: {}", answer.body);
    assert_eq!(edge.metric(Metric::Returned), 0);
    request.path = "/v1/visit".into();
    for _ in 0..2 {
        assert_eq!(edge.serve(&request).status, 204);
        assert_eq!(edge.metric(Metric::Returned), 1);
    }
    request.page_origin = Some("https://evil.example".into());
    assert_eq!(edge.serve(&request).status, 403);
}
