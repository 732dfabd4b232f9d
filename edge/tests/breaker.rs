//! The breaker: what trips it, that nothing leaves while it is tripped, how it is reset, and that counters count once.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::{App, Store as _},
    native::{
        fakes::Answer,
        views::{DeliveryView, HeartbeatView, SENT, UnprovenHourView, standings, stands},
        world::{World, add_site, block_on, live, shop_settings},
    },
    sending::breaker::{self, MailEvent},
};
use cartwake_shared::{
    breaker::Cause,
    gate::Reason,
    identifier::SiteId,
    policy::SiteState,
    reminder::{
        Outcome,
        ReminderState::{Dead, Ready, Stale, Suppressed},
    },
    time::Span,
    wire,
};

fn shop() -> SiteId {
    SiteId::parse("shop").unwrap()
}

/// `sent` mails of the site, of which so many came back or were called spam, as a provider would tell.
fn count(edge: &App<World>, sent: usize, bounced: usize, complained: usize) {
    let site = shop();
    let of = |event, count| core::iter::repeat_n((&site, event, edge.now()), count);
    let events =
        of(MailEvent::Sent, sent).chain(of(MailEvent::Bounced, bounced)).chain(of(MailEvent::Complained, complained));
    block_on(edge.store().execute(breaker::count(events))).unwrap();
    block_on(breaker::check(edge, vec![shop()])).unwrap();
}

fn planned(edge: &App<World>) {
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
}

#[test]
fn what_comes_back_stops_the_site_and_no_other() {
    for (sent, bounced, complained, cause) in
        [(100, 4, 2, None), (100, 5, 0, Some(Cause::Bounces)), (100, 0, 3, Some(Cause::Complaints)), (300, 5, 0, None)]
    {
        let edge = live();
        add_site(&edge, "other", "merchant", SiteState::Live, &shop_settings()).unwrap();
        planned(&edge);
        count(&edge, sent, bounced, complained);
        let tripped: Vec<_> = edge.breakers().into_iter().map(|breaker| (breaker.site, breaker.cause)).collect();
        assert_eq!(tripped, cause.map(|cause| ("shop".to_owned(), cause)).as_slice());
        edge.tick().unwrap();
        let standing = if cause.is_some() { stands(Ready, Reason::Breaker) } else { SENT };
        assert_eq!(standings(&edge.reminders()), [(1, standing)], "{sent} {bounced} {complained}");
        // Monitors learn of it, without learning which site.
        let health = edge.get("/health");
        assert_eq!(health.status, if cause.is_some() { 503 } else { 200 });
        assert!(health.body.contains(&format!(r#""breakers":{}"#, u8::from(cause.is_some()))), "{}", health.body);
    }
}

#[test]
fn a_held_reminder_is_looked_at_again_and_given_up_after_a_day() {
    let edge = live();
    planned(&edge);
    count(&edge, 10, 5, 0);
    for _ in 0..25 {
        edge.tick().unwrap();
        edge.wait(Span::hours(1));
    }
    edge.tick().unwrap();
    assert_eq!(edge.first_standings(), [(1, stands(Stale, Reason::Stale))]);
    assert_eq!(edge.ports.provider.calls(), 0);
}

#[test]
fn it_resets_by_itself_when_its_time_is_over_and_counts_anew() {
    let edge = live();
    count(&edge, 10, 5, 0);
    edge.wait(Span::days(7));
    planned(&edge);
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.mails().len(), 1);
    count(&edge, 0, 4, 0);
    assert!(edge.breakers().iter().all(|breaker| breaker.until <= breaker.since.plus(Span::days(7))));
    assert_eq!(edge.breakers().len(), 1);
    assert_eq!(edge.get("/health").status, 200, "what was before does not count");
    count(&edge, 0, 1, 0);
    assert_eq!(edge.get("/health").status, 503);
}

#[test]
fn staff_reset_it_and_it_counts_anew() {
    let edge = live();
    planned(&edge);
    count(&edge, 10, 5, 3);
    edge.tick().unwrap();
    block_on(breaker::reset(&edge, &shop())).unwrap();
    count(&edge, 0, 4, 2);
    edge.wait(Span::minutes(15));
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.mails().len(), 1);
    count(&edge, 0, 0, 1);
    let tripped: Vec<_> = edge.breakers().iter().map(|breaker| (breaker.cause, breaker.counted)).collect();
    assert_eq!(tripped, [(Cause::Complaints, 3)]);
}

#[test]
fn recipients_that_the_provider_refuses_count_as_returned() {
    let edge = live();
    let visitors = ["A", "B", "C", "D", "E", "F", "G", "H"];
    for visitor in visitors {
        let visitor = visitor.chars().next().unwrap();
        edge.leave_cart(visitor, 1, &format!("nobody-{}@example.com", visitor.to_ascii_lowercase()));
    }
    edge.wait(Span::minutes(62));
    edge.tick().unwrap();
    let refused = || Answer::Say(Outcome::BadRecipient { detail: "HTTP 422".to_owned() });
    edge.ports.provider.plan(visitors.map(|_| refused()));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.calls(), 5, "the first group, then the breaker");
    let in_state = |state| edge.reminders().iter().filter(|reminder| reminder.state == state).count();
    assert_eq!((in_state(Ready), in_state(Dead), edge.reminders().len()), (3, 5, 8));
}

#[test]
fn a_flood_of_addresses_nobody_vouched_for_stops_the_site_before_the_first_is_mailed() {
    for (addresses, trips) in [(20, false), (21, true)] {
        let edge = live();
        for n in 0..addresses {
            let event = wire::Collect {
                visitor: format!("01JD3Z5W4K8Q9RT2V6XY{n:06}"),
                email: Some(format!("victim{n}@example.com")),
                ..edge.event('A', 1, 1)
            };
            assert_eq!(edge.collect(&event).status, 200);
        }
        edge.wait(Span::minutes(60));
        edge.tick().unwrap();
        let hours: Vec<UnprovenHourView> = edge.ports.store.rows();
        assert_eq!(hours.iter().map(|hour| hour.addresses).collect::<Vec<_>>(), [addresses]);
        assert_eq!(edge.breakers().len(), usize::from(trips));
        edge.tick().unwrap();
        let is_held = edge.reminders().iter().any(|reminder| reminder.reason == Some(Reason::Breaker.into()));
        assert_eq!(is_held, trips, "{:?}", standings(&edge.reminders()));
        // The hour is over, what was held is judged by the rules for each.
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        assert_eq!(edge.get("/health").status, 200);
    }
}

/// A flood that tripped the breaker, and a shopper of whom more is known; then its hour is over, or staff reset it.
fn after_a_flood(is_reset_by_staff: bool) -> App<World> {
    let edge = live();
    edge.leave_cart('B', 1, "ada@example.com");
    for n in 0..21 {
        let event = wire::Collect {
            visitor: format!("01JD3Z5W4K8Q9RT2V6XY{n:06}"),
            email: Some(format!("victim{n}@example.com")),
            consent: Some(wire::Consent { mail: Some("express".into()), ..wire::Consent::default() }),
            ..edge.event('A', 1, 1)
        };
        assert_eq!(edge.collect(&event).status, 200);
    }
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    assert_eq!(edge.breakers().iter().map(|breaker| breaker.cause).collect::<Vec<_>>(), [Cause::Unproven]);
    assert_eq!(edge.ports.provider.calls(), 0);
    if is_reset_by_staff {
        block_on(breaker::reset(&edge, &shop())).unwrap();
    }
    for _ in 0..10 {
        edge.wait(Span::minutes(16));
        edge.tick().unwrap();
    }
    edge
}

#[test]
fn what_a_flood_brought_is_not_mailed_when_its_hour_is_over_but_others_and_what_staff_lets_go_are() {
    let by_itself = after_a_flood(false);
    assert_eq!(by_itself.first_standings(), [(1, SENT), (21, stands(Suppressed, Reason::Flood))]);
    assert_eq!(by_itself.ports.provider.mails().len(), 1);
    // Of the 21, which came from one network, as many are mailed as the limits for each let through.
    let reset = after_a_flood(true);
    assert_eq!(reset.first_standings(), [(6, SENT), (16, stands(Suppressed, Reason::CapIpPrefix))]);
}

#[test]
fn mails_are_counted_beside_the_heartbeat_and_rolled_up_once() {
    let edge = live();
    for visitor in "ABC".chars() {
        edge.leave_cart(visitor, 1, &format!("shopper-{}@example.com", visitor.to_ascii_lowercase()));
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
        edge.tick().unwrap();
    }
    assert_eq!(edge.counted_mails(), 3);
    // As many ticks that sent something as fill a thousand characters; the next one that has anything to do rolls them up.
    let day = edge.now().millis() / 86_400_000;
    let noted = vec![format!(r#"["shop",{day},1]"#); 80].join(",");
    edge.ports.store.change(|heartbeat: &mut HeartbeatView| {
        if heartbeat.job == "cron" {
            heartbeat.sent = format!("[{noted}]");
        }
    });
    edge.leave_cart('D', 1, "shopper-d@example.com");
    edge.wait(Span::minutes(61));
    for _ in 0..60 {
        edge.tick().unwrap();
        edge.wait(Span::minutes(1));
    }
    assert_eq!(edge.counted_mails(), 81);
    assert_eq!(edge.deliveries().iter().map(|day| day.sent).sum::<i64>(), 80);
}

#[test]
fn counters_leave_when_nothing_asks_for_them_any_more() {
    let edge = live();
    let (hour, day) = (edge.now().millis() / 3_600_000, edge.now().millis() / 86_400_000);
    let site = || "shop".to_owned();
    for ago in [0, 167, 169] {
        edge.ports.store.insert(&UnprovenHourView { site: site(), hour: hour - ago, addresses: 1 });
    }
    for ago in [0, 399, 401] {
        edge.ports.store.insert(&DeliveryView { site: site(), day: day - ago, sent: 1, bounced: 0, complained: 0 });
    }
    for _ in 0..31 {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
    assert_eq!(edge.ports.store.rows::<UnprovenHourView>().len(), 2);
    assert_eq!(edge.deliveries().len(), 2);
}
