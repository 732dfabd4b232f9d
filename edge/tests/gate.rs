//! The gate: each rule stops a reminder for its own reason at the moment of sending, not of planning.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::type_complexity, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        views::{BreakerView, PurchaseView, ReminderView, SENT, SiteShareView, Standing, stands},
        world::{self, World, add_site, live, shop_settings},
    },
};
use cartwake_shared::{
    breaker::Cause,
    cart::MailBasis,
    exclusion::ExclusionReason,
    gate::{QuietHours, Reason},
    lifecycle::CartState,
    order::PurchaseStatus,
    policy::{Policy, Settings, SiteState},
    reminder::ReminderState::{Cancelled, Ready, Sent, Suppressed},
    time::{Span, Timestamp},
    trust::{Audience, Trust},
    wire,
};

/// The codes that the statement itself gives, in the order of its rules; a code that two rules give stands at the last.
fn codes_of_the_statement() -> Vec<&'static str> {
    let mut codes: Vec<&str> = Vec::new();
    for rule in include_str!("../sql/gate.sql").split("THEN '").skip(1) {
        let code = rule.split_once('\'').unwrap().0;
        codes.retain(|earlier| *earlier != code);
        codes.push(code);
    }
    codes
}

#[test]
fn the_statement_gives_every_declared_reason_and_no_other() {
    // These come into the statement as `j.again` and `j.exclusion`: against a second attempt, and about an address.
    let against_repeating = [Reason::RetryWindowOver, Reason::NotTheSameMail, Reason::OtherProvider, Reason::BatchTorn];
    let is_asked_before =
        |reason: &Reason| against_repeating.contains(reason) || ExclusionReason::from_code(reason.code()).is_some();
    let declared: Vec<&str> =
        Reason::ALL.into_iter().filter(|reason| !is_asked_before(reason)).map(Reason::code).collect();
    let found: Vec<&str> = codes_of_the_statement().into_iter().filter(|code| !code.is_empty()).collect();
    assert_eq!(found, declared);
}

/// One left cart whose first reminder is planned and not yet sent.
fn planned() -> App<World> {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    // Planned in this tick, sent in the next.
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.calls(), 0);
    edge
}

/// Where each reminder stands, in the order of their planning.
fn reminders(edge: &App<World>) -> Vec<Standing> {
    let mut reminders = edge.reminders();
    reminders.sort_by_key(|reminder| (reminder.planned_at, reminder.cart.clone(), reminder.position));
    reminders.iter().map(ReminderView::standing).collect()
}

/// The reminder for the first step of the cart that [`planned`] leaves.
fn of_ada(edge: &App<World>) -> ReminderView {
    edge.first_steps().into_iter().find(|reminder| reminder.is_about('A', 1)).unwrap()
}

fn order(edge: &App<World>, body: &str) {
    let answer = edge.post_from_server("/v1/orders", "shop", body);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Everybody has bought something, by this number.
fn bought(edge: &App<World>, number: &str, status: PurchaseStatus, at: Timestamp) {
    for contact in edge.contacts() {
        let key = format!("mailbox:{}", contact.mailbox_hash);
        let number = number.to_owned();
        edge.ports.store.insert(&PurchaseView { site: contact.site, key, number, status, at, told: false });
    }
}

/// What was said of mail with the cart, and by another visitor with the same address.
fn agreed(edge: &App<World>, own: Option<&str>, others: Option<MailBasis>) {
    edge.change_carts(|cart| cart.consent = own.map(|mail| format!(r#"{{"mail":"{mail}"}}"#)));
    edge.change_contacts(|contact| (contact.basis, contact.said_by) = (others, Some("another".to_owned())));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one case for every rule")]
fn each_rule_gives_its_reason_and_leads_where_it_should() {
    let cases: Vec<(Reason, Box<dyn Fn(&App<World>)>)> = vec![
        (
            Reason::Erased,
            Box::new(|edge| {
                edge.change_contacts(|contact| {
                    (contact.erased_at, contact.address) = (Some(Timestamp::from_millis(1)), None);
                });
            }),
        ),
        (
            Reason::Ordered,
            Box::new(|edge| order(edge, r#"{"order":"1","status":"placed","email":"ADA+x@example.com"}"#)),
        ),
        (
            Reason::Ordered,
            Box::new(|edge| order(edge, r#"{"order":"1","status":"placed","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.1"}"#)),
        ),
        (
            Reason::Refused,
            Box::new(|edge| {
                let consent = wire::Consent {
                    mail: Some("denied".into()),
                    source: Some("box".into()),
                    ..wire::Consent::default()
                };
                assert_eq!(
                    edge.collect(&wire::Collect { consent: Some(consent), ..edge.event('A', 1, 9) }).status,
                    200
                );
            }),
        ),
        (
            Reason::Refused,
            Box::new(|edge| {
                let consent = wire::Consent { tracking: Some("denied".into()), ..wire::Consent::default() };
                assert_eq!(
                    edge.collect(&wire::Collect { consent: Some(consent), ..edge.event('A', 1, 9) }).status,
                    200
                );
            }),
        ),
        (Reason::Suppressed, Box::new(|edge| edge.suppress_contacts("merchant", "unsubscribed"))),
        (Reason::Suppressed, Box::new(|edge| edge.suppress_contacts("*", "bounced"))),
        (
            Reason::CartClosed,
            Box::new(|edge| {
                let empty = wire::Snapshot { currency: "EUR".into(), total: Some(0), ..wire::Snapshot::default() };
                assert_eq!(edge.collect(&wire::Collect { snapshot: Some(empty), ..edge.event('A', 1, 9) }).status, 200);
            }),
        ),
        (Reason::Superseded, Box::new(|edge| edge.leave_cart('A', 2, "ada@example.com"))),
        (
            Reason::AddressChanged,
            Box::new(|edge| {
                assert_eq!(
                    edge.collect(&wire::Collect { email: Some("ada@example.org".into()), ..edge.event('A', 1, 9) })
                        .status,
                    200
                );
            }),
        ),
        (
            Reason::PaymentPending,
            Box::new(|edge| order(edge, r#"{"order":"1","status":"pending","email":"ada@example.com"}"#)),
        ),
        (Reason::Paused, Box::new(|edge| edge.pause_sites(true))),
        (Reason::Paused, Box::new(|edge| edge.pause_merchants(true))),
        (Reason::Paused, Box::new(|edge| edge.pause_deployment(true))),
        (
            Reason::Breaker,
            Box::new(|edge| {
                let until = edge.now().plus(Span::hours(3));
                edge.trip(&BreakerView::tripped("shop", Audience::FirstContacts, Cause::Bounces, until, 5, 10));
            }),
        ),
        (Reason::ShadowState, Box::new(|edge| edge.change_sites(|site| site.state = SiteState::Shadow))),
        (Reason::TestState, Box::new(|edge| edge.change_sites(|site| site.state = SiteState::Test))),
        (Reason::NoBasis, Box::new(|edge| agreed(edge, None, None))),
        // Another visitor's word for the same mailbox.
        (Reason::NoBasis, Box::new(|edge| agreed(edge, None, Some(MailBasis::Express)))),
        (Reason::NoBasis, Box::new(|edge| agreed(edge, Some("notice"), Some(MailBasis::Notice)))),
        (
            Reason::ActiveAgain,
            Box::new(|edge| {
                edge.wait(Span::minutes(1));
                let mut event = edge.event('A', 1, 9);
                event.snapshot.as_mut().unwrap().lines[0].quantity = 2;
                assert_eq!(edge.collect(&event).status, 200);
            }),
        ),
        (
            Reason::OldestCart,
            Box::new(|edge| {
                edge.change_carts(|cart| cart.created = edge.now().minus(Span::days(15)));
            }),
        ),
        (Reason::Stale, Box::new(|edge| edge.wait(Span::hours(13)))),
        // Whatever holds a reminder, it does so for a day at most (P4).
        (
            Reason::Stale,
            Box::new(|edge| {
                edge.pause_deployment(true);
                edge.wait(Span::hours(25));
            }),
        ),
        (
            Reason::Stale,
            Box::new(|edge| {
                order(edge, r#"{"order":"1","status":"pending","email":"ada@example.com"}"#);
                edge.wait(Span::hours(25));
            }),
        ),
        (Reason::TurnedDown, Box::new(|edge| edge.change_reminders(|reminder| reminder.released = Some(3)))),
        (
            Reason::Flood,
            Box::new(|edge| {
                edge.change_reminders(|reminder| {
                    reminder.waits_since = Some(edge.now().minus(Span::hours(24)));
                });
            }),
        ),
        (
            Reason::BareStep,
            Box::new(|edge| {
                edge.change_carts(|cart| cart.session_minted = None);
                edge.change_reminders(|reminder| reminder.position = 1);
            }),
        ),
        (Reason::OrderClaimed, Box::new(|edge| bought(edge, "", PurchaseStatus::Claimed, edge.now()))),
        (
            Reason::SilenceAfterOrder,
            Box::new(|edge| bought(edge, "1", PurchaseStatus::Placed, world::BEGINNING.minus(Span::seconds(1)))),
        ),
        (Reason::CapWeek, Box::new(|edge| earlier_mails(edge, 3, Span::days(2), Trust::FirstContact))),
        (Reason::CapMonth, Box::new(|edge| earlier_mails(edge, 8, Span::days(10), Trust::FirstContact))),
        (Reason::Spacing, Box::new(|edge| earlier_mails(edge, 1, Span::hours(11), Trust::FirstContact))),
        (Reason::Spacing, Box::new(|edge| earlier_mails(edge, 1, Span::hours(20), Trust::FirstContact))),
        (Reason::NetworkShare, Box::new(|edge| edge.change_contacts(|contact| contact.place_at = None))),
        (
            Reason::SiteShare,
            Box::new(|edge| {
                let quarter = edge.now().millis() / 900_000;
                edge.ports.store.insert(&SiteShareView {
                    site: "shop".to_owned(),
                    quarters: format!("[[{quarter},50]]"),
                    days: "[]".to_owned(),
                    usual: 0,
                    usual_day: 0,
                    last_operator: String::new(),
                });
            }),
        ),
    ];
    for (place, (reason, happen)) in cases.into_iter().enumerate() {
        let edge = planned();
        happen(&edge);
        edge.tick().unwrap();
        assert_eq!(of_ada(&edge).standing(), stands(reason.leads_to(), reason), "case {place}");
        assert_eq!(edge.ports.provider.calls(), 0, "case {place}");
        // Held reminders have a next look, ended ones have none.
        assert_eq!(of_ada(&edge).next.is_none(), reason.leads_to() != Ready, "case {place}");
    }
}

/// Mails that went to the mailbox of the contact before now, of carts of another visitor.
fn earlier_mails(edge: &App<World>, count: u32, ago: Span, trust: Trust) {
    let at = edge.now().minus(ago);
    for contact in edge.contacts() {
        for n in 0..count {
            let mail =
                ReminderView::planned(&contact.site, &format!("older.{n}"), &contact.mailbox_hash, Some(trust), at);
            edge.ports.store.insert(&ReminderView {
                state: Sent,
                next: None,
                counted_at: Some(at),
                ended_at: Some(at),
                ..mail
            });
        }
    }
}

#[test]
fn nothing_stands_against_an_honest_reminder() {
    let edge = planned();
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), [SENT]);
    assert_eq!(edge.ports.provider.mails().len(), 1);
}

#[test]
fn in_test_state_the_owner_is_mailed() {
    let edge = live();
    edge.change_sites(|site| site.state = SiteState::Test);
    edge.leave_cart('A', 1, "owner+try@shop.example");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), [SENT]);
}

#[test]
fn caps_hold_over_the_sites_of_a_merchant_and_not_over_merchants() {
    for (merchant, state) in [("merchant", stands(Suppressed, Reason::CapWeek)), ("stranger", SENT)] {
        let edge = planned();
        add_site(&edge, "other", merchant, SiteState::Live, &shop_settings()).unwrap();
        earlier_mails(&edge, 3, Span::days(2), Trust::FirstContact);
        edge.change_reminders(|reminder| {
            if reminder.cart.starts_with("older") {
                "other".clone_into(&mut reminder.site);
            }
        });
        edge.tick().unwrap();
        let of_shop = edge.reminders().into_iter().find(|reminder| reminder.site == "shop").unwrap();
        assert_eq!(of_shop.standing(), state, "{merchant}");
    }
}

#[test]
fn a_held_reminder_leaves_when_the_reason_is_gone() {
    let edge = planned();
    edge.pause_sites(true);
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), [stands(Ready, Reason::Paused)]);
    edge.pause_sites(false);
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.calls(), 0, "the next look is in five minutes");
    edge.wait(Span::minutes(5));
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), [SENT]);
}

#[test]
fn a_shopper_who_comes_back_is_reminded_of_the_newest_cart_when_they_leave_again() {
    let edge = planned();
    let mut event = edge.event('A', 1, 9);
    event.snapshot.as_mut().unwrap().lines[0].quantity = 2;
    edge.collect(&event);
    for (minutes, mails) in [(1, 0), (58, 0), (2, 1), (60, 1)] {
        edge.wait(Span::minutes(minutes));
        edge.tick().unwrap();
        edge.tick().unwrap();
        assert_eq!(edge.ports.provider.mails().len(), mails, "{minutes}");
    }
    assert!(edge.ports.provider.mails()[0].subject.contains("2 items"));
}

#[test]
fn a_payment_that_failed_lets_the_cart_be_reminded_again() {
    let edge = planned();
    order(&edge, r#"{"order":"7","status":"pending","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.1"}"#);
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), [stands(Ready, Reason::PaymentPending)]);
    order(&edge, r#"{"order":"7","status":"failed","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.1"}"#);
    edge.wait(Span::minutes(16));
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), [SENT]);
}

#[test]
fn two_carts_of_one_address_in_one_group_do_not_both_leave() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.leave_cart('B', 1, "a.da+x@example.com");
    edge.leave_cart('C', 1, "Ada@example.com");
    edge.wait(Span::minutes(62));
    for _ in 0..4 {
        edge.tick().unwrap();
    }
    assert_eq!(edge.ports.provider.mails().len(), 2, "a.da@ is another mailbox outside Gmail");
}

#[test]
fn the_whole_sequence_leaves_step_by_step() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    let mut mails = Vec::new();
    for _ in 0..(80 * 12) {
        edge.wait(Span::minutes(5));
        edge.tick().unwrap();
        mails.push(edge.ports.provider.mails().len());
    }
    assert_eq!(mails.last(), Some(&3));
    // One hour, a day, three days after the last activity; a tick plans and the next one sends.
    let hours: Vec<usize> = (1..=3).map(|count| mails.iter().position(|sent| *sent == count).unwrap() / 12).collect();
    assert_eq!(hours, [1, 24, 72]);
    let subjects: Vec<String> = edge.ports.provider.mails().into_iter().map(|mail| mail.subject).collect();
    assert!(subjects[0] != subjects[1] && subjects[1] != subjects[2], "{subjects:?}");
}

#[test]
fn an_order_stops_by_customer_id_and_one_of_the_same_browser_only_stops_its_mails() {
    let with_customer = |edge: &App<World>| {
        edge.leave_cart('A', 1, "ada@example.com");
        edge.collect(&wire::Collect { customer: Some("c-9".into()), ..edge.event('A', 1, 5) });
    };
    for (order_body, gate, cart) in [
        (r#"{"order":"1","status":"placed","customer":"c-9"}"#, stands(Cancelled, Reason::Ordered), CartState::Ordered),
        (r#"{"order":"1","status":"placed","customer":"c-8"}"#, SENT, CartState::Abandoned),
        // The same browser bought under another name: the cart is not bought, its mails stop.
        (
            r#"{"order":"1","status":"placed","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.2","email":"bo@example.com"}"#,
            stands(Cancelled, Reason::Superseded),
            CartState::Abandoned,
        ),
    ] {
        let edge = live();
        with_customer(&edge);
        edge.leave_cart('A', 2, "bo@example.com");
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        order(&edge, order_body);
        edge.tick().unwrap();
        assert_eq!((of_ada(&edge).standing(), edge.cart('A', 1).state), (gate, cart), "{order_body}");
    }
}

#[test]
fn one_mailbox_has_one_cap_under_all_its_spellings_and_on_all_sites_of_the_merchant() {
    let edge = live();
    add_site(&edge, "other", "merchant", SiteState::Live, &shop_settings()).unwrap();
    let spellings =
        ["ada.b@gmail.com", "A.d.a.b@googlemail.com", "adab+one@gmail.com", "ADAB@gmail.com", "a.dab+two@gmail.com"];
    // A cart a day, by turns at both sites; each time the newest takes over.
    for (n, address) in spellings.into_iter().enumerate() {
        let site = if n % 2 == 0 { "shop" } else { "other" };
        let event = wire::Collect {
            site: edge.site_key(site),
            visitor: format!("01JD3Z5W4K8Q9RT2V6XY7ABC{n:02}"),
            email: Some(address.to_owned()),
            consent: Some(wire::Consent {
                tracking: Some("granted".into()),
                mail: Some("express".into()),
                ..wire::Consent::default()
            }),
            ..edge.event('A', 1, 1)
        };
        assert_eq!(edge.collect(&event).status, 200);
        // What is asked here are the caps of proven addresses.
        edge.change_carts(|cart| cart.session_minted = Some(edge.now().minus(Span::minutes(5))));
        for _ in 0..26 {
            edge.wait(Span::hours(1));
            edge.tick().unwrap();
            edge.tick().unwrap();
        }
    }
    let reminders = edge.reminders();
    assert!(reminders.iter().all(|reminder| reminder.mailbox_hash == reminders[0].mailbox_hash));
    assert_eq!(edge.ports.provider.mails().len(), 3, "as many as in seven days");
    assert!(reminders.iter().any(|reminder| reminder.reason == Some(Reason::CapWeek.into())));
}

#[test]
fn a_suppression_holds_in_its_scope_and_no_further() {
    let suppressed = stands(Suppressed, Reason::Suppressed);
    for (scope, expected) in [("merchant", suppressed), ("*", suppressed), ("stranger", SENT), ("shop", SENT)] {
        let edge = planned();
        edge.suppress_contacts(scope, "complained");
        edge.tick().unwrap();
        assert_eq!(reminders(&edge), [expected], "{scope}");
    }
}

#[test]
fn it_is_quiet_where_the_shopper_is() {
    // The world begins at 16:00 UTC and the reminder is due at 17:01: 18:01 in Berlin, 02:01 in Tokyo, 12:01 in New York.
    for (zone, site_zone, expected) in [
        (Some("Asia/Tokyo"), "Europe/Berlin", Some(23)),
        (Some("America/New_York"), "Europe/Berlin", None),
        // The browser named none, or one that nobody knows: the shop's clock.
        (None, "Asia/Tokyo", Some(23)),
        (Some("Mars/Base"), "Asia/Tokyo", Some(23)),
        // Nor does the shop name one: UTC.
        (None, "Mars/Base", None),
    ] {
        let edge = live();
        let quiet = Some(QuietHours { from: 21 * 60, to: 8 * 60 });
        let settings =
            Settings { zone: site_zone.to_owned(), policy: Policy { quiet, ..Policy::default() }, ..shop_settings() };
        add_site(&edge, "shop", "merchant", SiteState::Live, &settings).unwrap();
        edge.leave_cart('A', 1, "ada@example.com");
        edge.change_carts(|cart| cart.zone = zone.map(str::to_owned));
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        edge.tick().unwrap();
        match expected {
            None => assert_eq!(reminders(&edge), [SENT], "{zone:?} {site_zone}"),
            Some(hour) => {
                assert_eq!(reminders(&edge), [stands(Ready, Reason::QuietHours)], "{zone:?} {site_zone}");
                let next = edge.reminder().next.unwrap().rfc3339();
                assert_eq!(next.get(11..16), Some(format!("{hour}:00").as_str()), "{zone:?} {site_zone}");
                edge.wait(Span::hours(6));
                edge.tick().unwrap();
                assert_eq!(reminders(&edge), [SENT], "{zone:?} {site_zone}");
            }
        }
    }
}
