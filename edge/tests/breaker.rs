//! The breaker: what trips it, that nothing leaves while it is tripped, how it is reset, and that counters count once.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::{App, Store as _},
    native::{
        fakes::Answer,
        views::{DeliveryView, HeartbeatView, SENT, standings, stands},
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
        ReminderState::{Dead, Ready},
    },
    time::Span,
    trust::Audience,
};

fn shop() -> SiteId {
    SiteId::parse("shop").unwrap()
}

/// `sent` mails of the site, of which so many came back or were called spam, as a provider would tell.
fn count(edge: &App<World>, sent: usize, bounced: usize, complained: usize) {
    let site = shop();
    let of = |event, count| core::iter::repeat_n((&site, Audience::FirstContacts, event, edge.now()), count);
    let events =
        of(MailEvent::Sent, sent).chain(of(MailEvent::Bounced, bounced)).chain(of(MailEvent::Complained, complained));
    block_on(edge.store().execute(breaker::count(events))).unwrap();
    block_on(breaker::check(edge, vec![(shop(), Audience::FirstContacts)])).unwrap();
}

fn planned(edge: &App<World>) {
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
}

#[test]
fn what_comes_back_stops_the_site_and_no_other() {
    for (sent, bounced, complained, cause) in [
        (100, 4, 1, None),
        (100, 4, 2, Some(Cause::ComplaintsRising)),
        (100, 5, 0, Some(Cause::Bounces)),
        (100, 0, 3, Some(Cause::Complaints)),
        (300, 5, 0, None),
    ] {
        let edge = live();
        add_site(&edge, "other", "merchant", SiteState::Live, &shop_settings()).unwrap();
        planned(&edge);
        count(&edge, sent, bounced, complained);
        let tripped: Vec<_> = edge.breakers().into_iter().map(|breaker| (breaker.site, breaker.cause)).collect();
        assert_eq!(tripped, cause.map(|cause| ("shop".to_owned(), cause)).as_slice());
        edge.tick().unwrap();
        let is_tripped = cause.is_some_and(|cause| cause != Cause::ComplaintsRising);
        let standing = if is_tripped { stands(Ready, Reason::Breaker) } else { SENT };
        assert_eq!(standings(&edge.reminders()), [(1, standing)], "{sent} {bounced} {complained}");
        // The deployment's monitor learns of it, without learning which site; strangers do not.
        assert!(!edge.get("/health").body.contains("breaker"));
        let health = edge.health_for_monitor();
        assert_eq!(health.status, 200);
        assert!(health.body.contains(&format!(r#""breakers":{}"#, u8::from(is_tripped))), "{}", health.body);
    }
}

#[test]
fn a_held_reminder_is_looked_at_again_and_is_not_too_late_for_it() {
    let edge = live();
    planned(&edge);
    count(&edge, 10, 5, 0);
    for _ in 0..25 {
        edge.tick().unwrap();
        edge.wait(Span::hours(1));
    }
    edge.tick().unwrap();
    assert_eq!(edge.first_standings(), [(1, stands(Ready, Reason::Breaker))]);
    assert_eq!(edge.ports.provider.calls(), 0);
    // Staff resets it, and the mail is not too late for having been held.
    block_on(breaker::reset(&edge, &shop(), Audience::FirstContacts)).unwrap();
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    assert_eq!(edge.first_standings(), [(1, SENT)]);
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
    let tripped = || edge.health_for_monitor().body.contains(r#""breakers":1"#);
    assert!(!tripped(), "what was before does not count");
    count(&edge, 0, 1, 0);
    assert!(tripped());
}

#[test]
fn staff_reset_it_and_it_counts_anew() {
    let edge = live();
    planned(&edge);
    count(&edge, 10, 5, 3);
    edge.tick().unwrap();
    block_on(breaker::reset(&edge, &shop(), Audience::FirstContacts)).unwrap();
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
    let noted = vec![format!(r#"["shop",0,{day},1]"#); 80].join(",");
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
    let day = edge.now().millis() / 86_400_000;
    for ago in [0, 399, 401] {
        for audience in Audience::ALL {
            edge.ports.store.insert(&DeliveryView {
                site: "shop".to_owned(),
                audience,
                day: day - ago,
                sent: 1,
                bounced: 0,
                complained: 0,
            });
        }
    }
    for _ in 0..31 {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
    assert_eq!(edge.deliveries().len(), 4);
}
