//! Every cart without a mail shows the reason on its page; the buttons that stop mails need a form of our own.

use cartwake_shared::{
    breaker::Cause,
    exclusion::ExclusionReason,
    gate::{QuietHours, Reason},
    policy::{Policy, Settings, SiteState},
    reminder::ReminderState,
    time::Span,
    trust::Audience,
    wire,
};

use super::{Browser, between, cart_id};
use crate::base::ports::App;
use crate::native::{
    views::{BreakerView, MerchantView, ReminderView},
    world::{World, add_site, live, shop_settings},
};

fn consent(mail: &str) -> wire::Consent {
    wire::Consent { tracking: Some("granted".into()), mail: Some(mail.into()), ..wire::Consent::default() }
}

fn run(app: &App<World>, minutes: i64) {
    for _ in 0..minutes {
        app.wait(Span::minutes(1));
        app.tick().unwrap();
    }
}

fn order(app: &App<World>, status: &str) {
    let body = format!(r#"{{"order":"7","status":"{status}","cart":"{}"}}"#, cart_id('A', 1));
    assert_eq!(app.post_from_server("/v1/orders", "shop", &body).status, 200);
}

fn settle(app: &App<World>, policy: Policy) {
    let settings = Settings { policy, ..shop_settings() };
    add_site(app, "shop", "merchant", SiteState::Live, &settings).unwrap();
}

/// A stranger types an address.
fn unproven(app: &App<World>, visitor: char, cart: u32) {
    let email = format!("victim-{}-{cart}@example.com", visitor.to_ascii_lowercase());
    let event = wire::Collect { email: Some(email), consent: Some(consent("express")), ..app.event(visitor, cart, 1) };
    assert_eq!(app.collect(&event).status, 200);
}

/// Six strangers behind one network, `A` the last of them.
fn unproven_from_one_network(app: &App<World>) {
    for visitor in ['F', 'E', 'D', 'C', 'B', 'A'] {
        let email = format!("victim-{}@example.com", visitor.to_ascii_lowercase());
        let event = wire::Collect { email: Some(email), consent: Some(consent("express")), ..app.event(visitor, 1, 1) };
        assert_eq!(app.collect_from("203.0.113.7", &event).status, 200);
        app.wait(Span::minutes(2));
    }
}

/// What happens to cart `A.1`, and what its page must say then.
type Case = (&'static str, fn(&App<World>), &'static str);

const CASES: &[Case] = &[
    (
        "no address",
        |app| {
            app.collect(&app.event('A', 1, 1));
        },
        "No e-mail address is known for this cart.",
    ),
    (
        "no basis",
        |app| {
            app.collect(&wire::Collect { email: Some("ada@example.com".into()), ..app.event('A', 1, 1) });
        },
        Reason::NoBasis.sentence(),
    ),
    (
        "begun too long ago",
        |app| {
            app.collect(&app.event('A', 1, 1));
            app.wait(Span::days(15));
            app.leave_cart('A', 1, "ada@example.com");
        },
        Reason::OldestCart.sentence(),
    ),
    (
        "emptied",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            let empty = wire::Snapshot { currency: "EUR".into(), total: Some(0), ..wire::Snapshot::default() };
            app.collect(&wire::Collect { snapshot: Some(empty), ..app.event('A', 1, 9) });
        },
        Reason::CartClosed.sentence(),
    ),
    (
        "mails refused",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            app.collect(&wire::Collect { consent: Some(consent("denied")), ..app.event('A', 1, 9) });
        },
        Reason::Refused.sentence(),
    ),
    (
        "tracking refused",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            let refusal = wire::Consent { tracking: Some("denied".into()), ..wire::Consent::default() };
            app.collect(&wire::Collect { consent: Some(refusal), ..app.event('A', 1, 9) });
        },
        Reason::Refused.sentence(),
    ),
    (
        "ordered",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            order(app, "placed");
        },
        Reason::Ordered.sentence(),
    ),
    (
        "waiting for the payment",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            order(app, "pending");
        },
        Reason::PaymentPending.sentence(),
    ),
    (
        "erased",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            let browser = Browser::signed_in(app);
            let token = browser.token("/settings");
            assert_eq!(browser.send("/erase", &[("csrf", &token), ("address", "ada@example.com")]).status, 303);
        },
        Reason::Erased.sentence(),
    ),
    (
        "erased before it was begun",
        |app| {
            app.leave_cart('B', 1, "ada@example.com");
            let browser = Browser::signed_in(app);
            let token = browser.token("/settings");
            assert_eq!(browser.send("/erase", &[("csrf", &token), ("address", "ada@example.com")]).status, 303);
            app.leave_cart('A', 1, "ada@example.com");
        },
        Reason::Erased.sentence(),
    ),
    (
        "a newer cart",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            app.leave_cart('B', 1, "ada@example.com");
        },
        Reason::Superseded.sentence(),
    ),
    (
        "paused",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            app.pause_merchants(true);
        },
        Reason::Paused.sentence(),
    ),
    (
        "shadow",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            app.change_sites(|site| site.state = SiteState::Shadow);
        },
        Reason::ShadowState.sentence(),
    ),
    (
        "test",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            app.change_sites(|site| site.state = SiteState::Test);
        },
        Reason::TestState.sentence(),
    ),
    ("the shop's own people", |app| app.leave_cart('A', 1, "anybody@shop.example"), ExclusionReason::Staff.sentence()),
    ("a crawler", |app| app.leave_cart('A', 1, "x@storebotmail.joonix.net"), ExclusionReason::Crawler.sentence()),
    (
        "a program",
        |app| {
            let mut event = app.event('A', 1, 1);
            event.context.bot = true;
            app.collect(&event);
        },
        ExclusionReason::Program.sentence(),
    ),
    (
        "the breaker",
        |app| {
            app.leave_cart('A', 1, "ada@example.com");
            app.trip(&BreakerView::tripped(
                "shop",
                Audience::FirstContacts,
                Cause::Bounces,
                app.now().plus(Span::days(2)),
                5,
                10,
            ));
        },
        Reason::Breaker.sentence(),
    ),
    (
        "night",
        |app| {
            // 17:00 in Berlin when it begins.
            settle(app, Policy { quiet: Some(QuietHours { from: 17 * 60, to: 2 * 60 }), ..Policy::default() });
            app.leave_cart('A', 1, "ada@example.com");
        },
        Reason::QuietHours.sentence(),
    ),
    (
        "nothing proves who typed it, and staff refused its network",
        |app| {
            unproven_from_one_network(app);
            run(app, 70);
            app.change_reminders(|reminder| (reminder.released, reminder.next) = (Some(3), Some(app.now())));
        },
        Reason::TurnedDown.sentence(),
    ),
    (
        "as many from this browser",
        |app| {
            for cart in [3, 2, 1] {
                unproven(app, 'A', cart);
                app.wait(Span::minutes(2));
            }
        },
        Reason::NetworkShare.sentence(),
    ),
    ("as many from this network", unproven_from_one_network, Reason::NetworkShare.sentence()),
    (
        "not yet left",
        |app| {
            app.wait(Span::minutes(30));
            app.collect(&app.event('A', 1, 1));
            app.wait(Span::minutes(5));
            settle(app, Policy { abandoned_after: Span::hours(24), ..Policy::default() });
            app.leave_cart('A', 1, "ada@example.com");
        },
        "Its time has not come.",
    ),
    (
        "expired",
        |app| {
            app.collect(&app.event('A', 1, 1));
            run(app, 61);
            app.wait(Span::days(91));
        },
        Reason::CartClosed.sentence(),
    ),
];

#[test]
fn every_cart_that_got_no_mail_says_why_on_its_page() {
    for (what, happen, sentence) in CASES {
        let app = live();
        happen(&app);
        run(&app, 70);
        let is_mailed = |reminder: &ReminderView| reminder.is_about('A', 1) && reminder.state == ReminderState::Sent;
        assert!(!app.reminders().iter().any(is_mailed), "{what}");
        let page = Browser::signed_in(&app).page(&format!("/carts/{}", cart_id('A', 1)));
        let reminders = between(&page, "id=\"decisions-title\"", "</section>");
        // The first of the three steps; `maud` escapes apostrophes in none of the sentences asked for.
        assert!(reminders.contains(sentence), "{what}: {reminders}");
        assert_eq!(reminders.matches("<details class=\"trace\"").count(), 3, "{what}: {reminders}");
    }
}

#[test]
fn the_second_mail_to_an_unproven_address_says_why_it_is_none() {
    let app = live();
    unproven(&app, 'A', 1);
    run(&app, 70);
    app.wait(Span::hours(23));
    run(&app, 10);
    let page = Browser::signed_in(&app).page(&format!("/carts/{}", cart_id('A', 1)));
    assert_eq!(app.ports.provider.mails().len(), 1);
    assert!(page.contains(Reason::BareStep.sentence()), "{page}");
}

#[test]
fn buttons_that_stop_need_a_form_of_our_own() {
    let app = live();
    app.leave_cart('A', 1, "ada@example.com");
    let stored = || {
        let merchants: Vec<MerchantView> = app.ports.store.rows();
        let paused: Vec<bool> = merchants.iter().map(|merchant| merchant.paused).collect();
        let erased = app.contacts().iter().filter(|contact| contact.address.is_none()).count();
        (paused, app.deployment().paused, erased)
    };
    let forms: [(&str, &[(&str, &str)]); 3] = [
        ("/pause", &[("scope", "merchant"), ("paused", "on")]),
        ("/erase", &[("address", "ada@example.com")]),
        ("/breaker", &[("audience", "1")]),
    ];
    let browser = Browser::signed_in(&app);
    let token = browser.token("/settings");
    for (path, fields) in forms {
        let untouched = stored();
        // Without a session, without its token, from another page, and by GET.
        assert_eq!(Browser::new(&app).send(path, fields).header("Location"), Some("/login"), "{path}");
        assert_eq!(browser.send(path, fields).status, 403, "{path}");
        let with_token: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        let mut foreign = browser.form(path, &with_token);
        foreign.page_origin = Some("https://evil.example".to_owned());
        assert_eq!(app.serve(&foreign).status, 403, "{path}");
        assert_eq!(browser.get(path).status, 405, "{path}");
        assert_eq!(stored(), untouched, "{path}");
        assert_eq!(app.serve(&browser.form(path, &with_token)).status, 303, "{path}");
    }
    assert_eq!(stored(), (vec![true], false, 1));
    for (scope, paused) in [("site", "on"), ("merchant", ""), ("", "off")] {
        let answer = browser.send("/pause", &[("csrf", &token), ("scope", scope), ("paused", paused)]);
        assert_eq!(answer.status, 400, "{scope} {paused}");
    }
    let page = browser.page("/settings");
    assert!(page.contains("Let all sites of this merchant send again") && page.contains("Pause the whole deployment"));
}

#[test]
fn the_breaker_is_shown_on_every_page_until_staff_reset_it() {
    let app = live();
    let until = app.now().plus(Span::days(2));
    app.trip(&BreakerView::tripped("shop", Audience::Proven, Cause::Complaints, until, 4, 900));
    let browser = Browser::signed_in(&app);
    for path in ["/", "/carts", "/settings"] {
        let page = browser.page(path);
        assert!(page.contains("4 complaints about 900 mails") && page.contains("Send again now"), "{path}");
    }
    let token = browser.token("/settings");
    assert_eq!(browser.send("/breaker", &[("csrf", &token), ("audience", "1")]).status, 303);
    assert!(!browser.page("/").contains("Send again now"));
}
