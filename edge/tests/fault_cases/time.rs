//! Cases 48 to 51: clocks that jump, browsers that lie about the time, wall clocks, and the last second of a token.

use cartwake_edge::native::world::live;
use cartwake_shared::{
    identifier::{SiteId, VisitorId},
    key::{Keyring, Purpose},
    time::{Span, Timestamp},
    token::Session,
    wire,
};

use super::*;

/// The clock goes back an hour, forward ten days, or differs by two minutes between runs: nothing leaves early because
/// of it, nothing twice.
#[test]
fn case_48_a_jumping_clock_doubles_and_hurries_nothing() {
    for jumps in [vec![-60, 60], vec![-2, 4, -2], vec![-60, 62, -30, 90], vec![14_400, -14_400]] {
        let edge = planned();
        for jump in &jumps {
            edge.wait(Span::minutes(*jump));
            cron(&edge, 2);
        }
        edge.wait(Span::hours(2));
        cron(&edge, 10);
        let first: Vec<String> = edge.ports.provider.mails().into_iter().map(|mail| mail.idempotency_key).collect();
        let first = first.iter().filter(|key| key.ends_with("/s1")).count();
        assert!(first <= 1, "{jumps:?}: {first}");
        let times = |edge: &App<World>| edge.heartbeats().iter().map(|job| job.at).collect::<Vec<_>>();
        let heartbeats = times(&edge);
        edge.wait(Span::hours(-5));
        cron(&edge, 1);
        assert_eq!(times(&edge), heartbeats, "the heartbeat never goes back");
    }
    // Nothing is early: a clock an hour behind plans nothing, and an hour later it is in time.
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(-60));
    cron(&edge, 100);
    assert_eq!(sent(&edge), 0);
    cron(&edge, 25);
    assert_eq!(sent(&edge), 1);
}

/// A browser whose clock shows 1970 or 2100, or a local time as text: the receipt's time counts.
#[test]
fn case_49_a_browsers_clock_decides_nothing() {
    let ends = [0, i64::MIN, -4_102_444_800_000].map(|age| {
        let edge = live();
        assert_eq!(edge.collect(&wire::Collect { age, ..edge.event('A', 1, 1) }).status, 200);
        assert_eq!(edge.carts().len(), 1);
        let cart = edge.cart('A', 1);
        (cart.active_at, cart.created, cart.due, cart.day)
    });
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    // 1970 is older than any event is taken to be.
    let edge = live();
    assert_eq!(edge.collect(&wire::Collect { age: 1_764_000_000_000, ..edge.event('A', 1, 1) }).status, 200);
    assert!(edge.now().since(edge.cart('A', 1).active_at) <= Span::days(7));
    let text = serde_json::to_string(&edge.event('A', 1, 2)).unwrap();
    let local = text.replace("\"v\":1,", "\"v\":1,\"age\":\"Mon Nov 24 2025 17:00:00 GMT+0100\",");
    assert_eq!(edge.post_from_page("/v1/collect", &local).status, 400);
}

/// Summer time, 29 February, a night over midnight, a zone that does not exist: wall clocks by the table, and an
/// unknown zone is as UTC.
#[test]
fn case_50_days_are_the_shops_and_an_unknown_zone_is_utc() {
    for (zone, at, day) in [
        // The hour that does not exist, and the hour that exists twice; offsets come from the runtime's Intl.
        ("Europe/Berlin", "Sun, 29 Mar 2026 00:59:59 GMT", 20_260_329),
        ("Europe/Berlin", "Mon, 24 Nov 2025 22:59:59 GMT", 20_251_124),
        ("Europe/Berlin", "Mon, 24 Nov 2025 23:00:00 GMT", 20_251_125),
        ("America/New_York", "Tue, 25 Nov 2025 04:59:59 GMT", 20_251_124),
        ("Asia/Tokyo", "Mon, 28 Feb 2028 15:00:00 GMT", 20_280_229),
        ("Asia/Tokyo", "Tue, 29 Feb 2028 15:00:00 GMT", 20_280_301),
        ("Mars/Olympus", "Tue, 29 Feb 2028 23:59:59 GMT", 20_280_229),
    ] {
        let edge = live();
        let start = Timestamp::from_http_date(at).unwrap();
        edge.wait(start.since(edge.now()));
        edge.change_settings(|settings| zone.clone_into(&mut settings.zone));
        assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 200);
        assert_eq!((edge.cart('A', 1).day, edge.carts().len()), (day, 1), "{zone} {at}");
    }
}

/// A token in the very second of its end is on the side that is written down: a session of twelve hours ends with the
/// twelfth, a link lives through the last millisecond of its life.
#[test]
fn case_51_the_last_second_of_a_token_has_a_side() {
    let edge = mailed();
    let path = format!("/r/{}", token(&edge, "/r/"));
    let life = cartwake_shared::policy::Policy::default().link_life;
    for (pause, status) in [(life, 303), (Span::millis_of(1), 410)] {
        edge.wait(pause);
        assert_eq!(edge.get(&path).status, status, "{pause:?}");
    }
    // A session token has no end of its own, only a sender: another key's is none.
    let keys = Keyring::new("another-root-key-of-at-least-thirty-two", None).unwrap();
    let session = Session {
        site: SiteId::parse("shop").unwrap(),
        visitor: VisitorId::parse("01JD3Z5W4K8Q9RT2V6XY7ABCDA").unwrap(),
        minted: edge.now(),
        nonce: "k3v9q2m7x0k3v9q2m7x0k3".to_owned(),
    };
    assert!(Session::read(&edge.config.keys, &session.to_token(&keys)).is_none());
    assert!(Session::read(&edge.config.keys, &session.to_token(&edge.config.keys)).is_some());
    assert_ne!(edge.config.keys.sign(Purpose::Dashboard, "x"), keys.sign(Purpose::Dashboard, "x"));
}
