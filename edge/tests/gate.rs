//! The gate: each rule holds a reminder back for the reason it has, at the moment of sending, not of planning.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::type_complexity, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::world::{self, World, add_site, live, shop_settings},
};
use cartwake_shared::{
    gate::{QuietHours, Reason},
    policy::{Policy, Settings, SiteState},
    time::Span,
    wire,
};

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

fn reminders(edge: &App<World>) -> Vec<String> {
    let rows = edge
        .ports
        .store
        .ask("SELECT state, coalesce(reason, '-') FROM outbox ORDER BY planned_at, cart, position")
        .unwrap();
    rows.into_iter().map(|row| row.join(" ")).collect()
}

fn order(edge: &App<World>, body: &str) {
    let answer = edge.post_from_server("/v1/orders", "shop", body);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one case for every rule")]
fn each_rule_gives_its_reason_and_leads_where_it_should() {
    let cases: Vec<(Reason, Box<dyn Fn(&App<World>)>)> = vec![
        (
            Reason::Erased,
            Box::new(|edge| edge.ports.store.write("UPDATE contact SET erased_at = 1, address = NULL").unwrap()),
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
        (
            Reason::Suppressed,
            Box::new(|edge| {
                edge.ports
                    .store
                    .write(
                        "INSERT INTO suppression SELECT 'merchant', mailbox_hash, 'unsubscribed', 1, site FROM contact",
                    )
                    .unwrap();
            }),
        ),
        (
            Reason::Suppressed,
            Box::new(|edge| {
                edge.ports
                    .store
                    .write("INSERT INTO suppression SELECT '*', mailbox_hash, 'bounced', 1, site FROM contact")
                    .unwrap();
            }),
        ),
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
        (Reason::Paused, Box::new(|edge| edge.ports.store.write("UPDATE site SET paused = 1").unwrap())),
        (Reason::Paused, Box::new(|edge| edge.ports.store.write("UPDATE merchant SET paused = 1").unwrap())),
        (Reason::Paused, Box::new(|edge| edge.ports.store.write("UPDATE deployment SET paused = 1").unwrap())),
        (
            Reason::Breaker,
            Box::new(|edge| {
                let until = edge.now().plus(Span::hours(3)).millis();
                edge.ports
                    .store
                    .write(&format!(
                        "INSERT INTO breaker VALUES ('shop', 'bounces', 1, {until}, 5, 10, 0, 0, 0, 0, 0, 0)"
                    ))
                    .unwrap();
            }),
        ),
        (Reason::ShadowState, Box::new(|edge| edge.ports.store.write("UPDATE site SET state = 'shadow'").unwrap())),
        (Reason::TestState, Box::new(|edge| edge.ports.store.write("UPDATE site SET state = 'test'").unwrap())),
        (Reason::NoBasis, Box::new(|edge| edge.ports.store.write("UPDATE contact SET basis = NULL").unwrap())),
        (Reason::NoBasis, Box::new(|edge| edge.ports.store.write("UPDATE contact SET basis = 'notice'").unwrap())),
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
                let long_ago = edge.now().minus(Span::days(15)).millis();
                edge.ports.store.write(&format!("UPDATE cart SET created = {long_ago}")).unwrap();
            }),
        ),
        (Reason::Stale, Box::new(|edge| edge.wait(Span::hours(13)))),
        // Whatever holds a reminder, it does so for a day at most (P4).
        (
            Reason::Stale,
            Box::new(|edge| {
                edge.ports.store.write("UPDATE deployment SET paused = 1").unwrap();
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
        (
            Reason::UnprovenStep,
            Box::new(|edge| edge.ports.store.write("UPDATE outbox SET trust = 0, position = 1").unwrap()),
        ),
        (
            Reason::SilenceAfterOrder,
            Box::new(|edge| {
                edge.ports
                    .store
                    .write(&format!(
                        "INSERT INTO purchase SELECT site, 'mailbox:' || mailbox_hash, 'placed', '1', {} FROM contact",
                        world::BEGINNING.millis() - 1_000
                    ))
                    .unwrap();
            }),
        ),
        (Reason::CapWeek, Box::new(|edge| earlier_mails(edge, 3, Span::days(2), 1))),
        (Reason::CapMonth, Box::new(|edge| earlier_mails(edge, 8, Span::days(10), 1))),
        (
            Reason::CapUnproven,
            Box::new(|edge| {
                edge.ports.store.write("UPDATE outbox SET trust = 0").unwrap();
                earlier_mails(edge, 1, Span::days(10), 0);
            }),
        ),
        (Reason::Spacing, Box::new(|edge| earlier_mails(edge, 1, Span::hours(11), 1))),
        (Reason::Spacing, Box::new(|edge| earlier_mails(edge, 1, Span::hours(20), 1))),
    ];
    for (place, (reason, happen)) in cases.into_iter().enumerate() {
        let edge = planned();
        happen(&edge);
        edge.tick().unwrap();
        let expected = format!("{} {}", reason.leads_to().code(), reason.code());
        let now = edge
            .ports
            .store
            .ask("SELECT state, coalesce(reason, '-') FROM outbox WHERE cart LIKE '%A.1' AND step = 's1'")
            .unwrap();
        assert_eq!(now[0].join(" "), expected, "case {place}");
        assert_eq!(edge.ports.provider.calls(), 0, "case {place}");
        // Held reminders have a next look, ended ones have none.
        let next =
            edge.ports.store.ask("SELECT next IS NULL FROM outbox WHERE cart LIKE '%A.1' AND step = 's1'").unwrap();
        assert_eq!(next[0][0] == "1", reason.leads_to().code() != 0, "case {place}");
    }
}

/// Mails that went to the mailbox of the contact before now, of carts of another visitor.
fn earlier_mails(edge: &App<World>, count: u32, ago: Span, trust: u32) {
    for n in 0..count {
        let at = edge.now_for_tests().minus(ago).millis();
        edge.ports
            .store
            .write(&format!(
                "INSERT INTO outbox (site, cart, cycle, step, position, mailbox_hash, trust, state, scheduled, planned_at, counted_at, ended_at)
                 SELECT site, 'older.{n}', 1, 's1', 0, mailbox_hash, {trust}, 3, {at}, {at}, {at}, {at} FROM contact"
            ))
            .unwrap();
    }
}

trait Now {
    fn now_for_tests(&self) -> cartwake_shared::time::Timestamp;
}

impl Now for App<World> {
    fn now_for_tests(&self) -> cartwake_shared::time::Timestamp {
        self.now()
    }
}

#[test]
fn nothing_stands_against_an_honest_reminder() {
    let edge = planned();
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), ["3 -"]);
    assert_eq!(edge.ports.provider.mails().len(), 1);
}

#[test]
fn in_test_state_the_owner_is_mailed() {
    let edge = live();
    edge.ports.store.write("UPDATE site SET state = 'test'").unwrap();
    edge.leave_cart('A', 1, "owner+try@shop.example");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), ["3 -"]);
}

#[test]
fn caps_hold_over_the_sites_of_a_merchant_and_not_over_merchants() {
    for (merchant, state) in [("merchant", "5 cap_week"), ("stranger", "3 -")] {
        let edge = planned();
        add_site(&edge, "other", merchant, SiteState::Live, &shop_settings()).unwrap();
        earlier_mails(&edge, 3, Span::days(2), 1);
        edge.ports.store.write("UPDATE outbox SET site = 'other' WHERE cart LIKE 'older%'").unwrap();
        edge.tick().unwrap();
        let now = edge.ports.store.ask("SELECT state, coalesce(reason, '-') FROM outbox WHERE site = 'shop'").unwrap();
        assert_eq!(now[0].join(" "), state, "{merchant}");
    }
}

#[test]
fn a_held_reminder_leaves_when_the_reason_is_gone() {
    let edge = planned();
    edge.ports.store.write("UPDATE site SET paused = 1").unwrap();
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), ["0 paused"]);
    edge.ports.store.write("UPDATE site SET paused = 0").unwrap();
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.calls(), 0, "the next look is in five minutes");
    edge.wait(Span::minutes(5));
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), ["3 -"]);
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
    assert_eq!(reminders(&edge), ["0 payment_pending"]);
    order(&edge, r#"{"order":"7","status":"failed","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.1"}"#);
    edge.wait(Span::minutes(16));
    edge.tick().unwrap();
    assert_eq!(reminders(&edge), ["3 -"]);
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
        (r#"{"order":"1","status":"placed","customer":"c-9"}"#, "4 ordered", "2"),
        (r#"{"order":"1","status":"placed","customer":"c-8"}"#, "3 -", "1"),
        // The same browser bought under another name: the cart is not bought, its mails stop.
        (
            r#"{"order":"1","status":"placed","cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.2","email":"bo@example.com"}"#,
            "4 superseded",
            "1",
        ),
    ] {
        let edge = live();
        with_customer(&edge);
        edge.leave_cart('A', 2, "bo@example.com");
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        order(&edge, order_body);
        edge.tick().unwrap();
        let ask = |sql| edge.ports.store.ask(sql).unwrap()[0].join(" ");
        assert_eq!(ask("SELECT state, coalesce(reason, '-') FROM outbox WHERE cart LIKE '%A.1'"), gate, "{order_body}");
        assert_eq!(ask("SELECT state FROM cart WHERE id LIKE '%A.1'"), cart, "{order_body}");
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
        let minted = edge.now().minus(Span::minutes(5)).millis();
        edge.ports.store.write(&format!("UPDATE cart SET session_minted = {minted}")).unwrap();
        for _ in 0..26 {
            edge.wait(Span::hours(1));
            edge.tick().unwrap();
            edge.tick().unwrap();
        }
    }
    assert_eq!(edge.ports.store.ask("SELECT count(DISTINCT mailbox_hash) FROM outbox").unwrap(), [["1"]]);
    assert_eq!(edge.ports.provider.mails().len(), 3, "as many as in seven days");
    let capped = edge.ports.store.ask("SELECT count(*) > 0 FROM outbox WHERE reason = 'cap_week'").unwrap();
    assert_eq!(capped, [["1"]]);
}

#[test]
fn a_suppression_holds_in_its_scope_and_no_further() {
    for (scope, expected) in [("merchant", "5 suppressed"), ("*", "5 suppressed"), ("stranger", "3 -"), ("shop", "3 -")]
    {
        let edge = planned();
        let sql = format!("INSERT INTO suppression SELECT '{scope}', mailbox_hash, 'complained', 1, site FROM contact");
        edge.ports.store.write(&sql).unwrap();
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
        edge.ports
            .store
            .write(&format!("UPDATE cart SET zone = {}", zone.map_or("NULL".to_owned(), |zone| format!("'{zone}'"))))
            .unwrap();
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        edge.tick().unwrap();
        match expected {
            None => assert_eq!(reminders(&edge), ["3 -"], "{zone:?} {site_zone}"),
            Some(hour) => {
                assert_eq!(reminders(&edge), ["0 quiet_hours"], "{zone:?} {site_zone}");
                let next = edge.ports.store.ask("SELECT next / 3600000 % 24, next / 60000 % 60 FROM outbox").unwrap();
                assert_eq!(next, [[hour.to_string(), "0".to_owned()]], "{zone:?} {site_zone}");
                edge.wait(Span::hours(6));
                edge.tick().unwrap();
                assert_eq!(reminders(&edge), ["3 -"], "{zone:?} {site_zone}");
            }
        }
    }
}
