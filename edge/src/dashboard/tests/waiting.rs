//! First contacts that wait: the page shows from where they come, and its buttons release or refuse them.

use cartwake_shared::{
    gate::Reason,
    reminder::ReminderState::{Ready, Suppressed},
    time::Span,
    wire,
};

use super::Browser;
use crate::base::challenge::Widget;
use crate::native::{
    views::{SENT, standings, stands},
    world::live,
};

#[test]
fn staff_releases_and_refuses_by_operator_and_domain() {
    let app = live();
    for (visitor, number) in "ABCDEFGHJK".chars().zip(0..) {
        let domain = if number < 7 { "example.com" } else { "other.example" };
        let consent = wire::Consent {
            tracking: Some("granted".into()),
            mail: Some("express".into()),
            ..wire::Consent::default()
        };
        let event = wire::Collect {
            email: Some(format!("person{number}@{domain}")),
            consent: Some(consent),
            ..app.event(visitor, 1, 1)
        };
        assert_eq!(app.collect_from("203.0.113.7", &event).status, 200);
    }
    let run = || {
        for _ in 0..70 {
            app.wait(Span::minutes(1));
            app.tick().unwrap();
        }
    };
    run();
    let first = || standings(app.reminders().iter().filter(|reminder| reminder.position == 0));
    assert_eq!(first(), [(5, stands(Ready, Reason::NetworkShare)), (5, SENT)]);
    let browser = Browser::signed_in(&app);
    assert!(browser.page("/").contains("5 first contacts wait"));
    let page = browser.page("/waiting");
    assert!(page.contains("<td>example.com</td>") && page.contains("<td>other.example</td>"), "{page}");
    for (verdict, domain, status) in
        [("release", "other.example", 303), ("refuse", "example.com", 303), ("forget", "example.com", 400)]
    {
        let answer = browser.send_form("/waiting", &[("verdict", verdict), ("operator", ""), ("domain", domain)]);
        assert_eq!(answer.status, status, "{verdict}");
    }
    run();
    assert_eq!(first(), [(8, SENT), (2, stands(Suppressed, Reason::TurnedDown))]);
    assert!(!browser.page("/").contains("first contacts wait"));
}

#[test]
fn a_group_that_is_not_named_is_decided_alone_and_the_star_decides_all() {
    let app = live();
    for (visitor, number) in "ABCDEFGHJKMN".chars().zip(0..) {
        let event = wire::Collect {
            email: Some(format!("person{number}@example.com")),
            consent: Some(wire::Consent { mail: Some("express".into()), ..wire::Consent::default() }),
            ..app.event(visitor, 1, 1)
        };
        assert_eq!(app.collect_from("203.0.113.7", &event).status, 200);
    }
    app.change_carts(|cart| {
        let is_named = matches!(cart.id.as_bytes().get(25), Some(b'M' | b'N'));
        cart.operator = is_named.then(|| "AS64500 Example".to_owned());
    });
    let run = || {
        for _ in 0..70 {
            app.wait(Span::minutes(1));
            app.tick().unwrap();
        }
    };
    run();
    let first = || standings(app.reminders().iter().filter(|reminder| reminder.position == 0));
    assert_eq!(first(), [(7, stands(Ready, Reason::NetworkShare)), (5, SENT)]);
    let browser = Browser::signed_in(&app);
    assert!(browser.page("/waiting").contains("<td>not named</td>"));
    let decide = |verdict, operator, domain| {
        let answer = browser.send_form("/waiting", &[("verdict", verdict), ("operator", operator), ("domain", domain)]);
        assert_eq!(answer.status, 303);
        run();
    };
    decide("release", "*", "");
    assert_eq!(first(), [(7, stands(Ready, Reason::NetworkShare)), (5, SENT)], "every address has a domain");
    decide("refuse", "", "example.com");
    let refused = (5, stands(Suppressed, Reason::TurnedDown));
    assert_eq!(first(), [(2, stands(Ready, Reason::NetworkShare)), (5, SENT), refused], "of nobody who is named");
    decide("release", "*", "*");
    assert_eq!(first(), [(7, SENT), refused]);
}

#[test]
fn waiting_and_settings_say_whether_the_challenge_is_on() {
    let mut app = live();
    for (keys, word) in
        [(None, "The challenge is off"), (Widget::new("0x1".into(), "0x2".into(), ""), "The challenge is on")]
    {
        app.config.challenge = keys;
        let browser = Browser::signed_in(&app);
        for path in ["/waiting", "/settings"] {
            let page = browser.page(path);
            assert!(page.contains(word) && !page.contains("0x2"), "{path}: {page}");
        }
    }
}
