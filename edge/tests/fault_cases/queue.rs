//! Cases 52 to 56: queues, alarms and shards, which this deployment lacks; the tests show what holds instead.

use cartwake_edge::{
    base::{
        ports::Store,
        store::sql::send::{ClaimReminders, CloseReminders, RecordAttempts},
    },
    native::{
        sqlite::Fault,
        world::{block_on, live},
    },
};
use cartwake_shared::{reminder::ReminderState::Claimed, time::Span};

use super::*;

/// There is no queue that could deliver a batch twice. In its place: the browser's own queue delivers everything again
/// after half of it was acknowledged, and no row is written for what was there.
#[test]
fn case_52_a_queue_delivered_again_writes_no_row() {
    let edge = live();
    let events: Vec<wire::Collect> = (1..=6).map(|seq| more(&edge, seq, seq)).collect();
    for event in &events {
        assert_eq!(edge.collect(event).status, 200);
    }
    let (before, written) = (edge.everything(), rows_written(&edge));
    for event in events.iter().chain(events.iter().rev().take(3)) {
        assert_eq!(edge.collect(event).status, 200);
    }
    assert_eq!((edge.everything(), rows_written(&edge)), (before, written));
}

/// There is no dead-letter queue. In its place: an event that the Worker can never take gets a 4xx, by which the browser
/// drops it, and one that it cannot take now gets a 503 for as long as it takes, then a 200.
#[test]
fn case_53_what_fails_four_times_is_taken_the_fifth() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    for _ in 0..4 {
        edge.ports.store.fail_at(1, Fault::BeforeCommit);
        assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 503);
    }
    assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 200);
    let hopeless = wire::Collect { v: 9, ..edge.event('A', 1, 2) };
    assert_eq!(edge.collect(&hopeless).status, 422, "never repeated: tracker/src/retry.rs");
}

/// There is no queue that could be full. In its place: the database that takes no more says so, and the answer is a 503
/// that asks for a minute, not a fallback to another store.
#[test]
fn case_54_too_many_requests_are_shed() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    let before = edge.everything();
    edge.ports.store.fail_all(Fault::Overloaded);
    for seq in 1..=5 {
        let answer = edge.collect(&edge.event('A', 1, seq));
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("60")));
    }
    edge.ports.store.recover();
    assert_eq!(edge.everything(), before);
}

/// There is no alarm. In its place: cron comes twice, fails six times in a row and dies in the middle, and the claim
/// keeps each reminder in one hand.
#[test]
fn case_55_a_cron_that_fails_six_times_sends_once() {
    let edge = planned();
    for n in 1..=6 {
        edge.ports.store.fail_at(n, Fault::BeforeCommit);
        let (mut first, mut second) = (Run::begin(&edge), Run::begin(&edge));
        for _ in 0..6 {
            let (one, other) = (first.goes_on(), second.goes_on());
            if one || other {
                break;
            }
        }
        drop((first, second));
        edge.wait(Span::minutes(1));
    }
    edge.ports.store.recover();
    edge.wait(Span::minutes(3));
    cron(&edge, 10);
    assert_eq!((sent(&edge), reminder(&edge)), (1, SENT));
}

/// There are no shards. In its place: of two owners only the one whose claim stands may write; the other's gate,
/// record and close find no row.
#[test]
fn case_56_a_row_has_one_owner() {
    let edge = planned();
    let now = edge.now();
    let claim = |owner: &str, now: cartwake_shared::time::Timestamp| {
        let lease = now.plus(Span::seconds(150));
        block_on(Store::rows(edge.store(), &ClaimReminders { owner, lease, now, most: 5, sites: r#"["shop"]"# }))
            .unwrap()
            .len()
    };
    assert_eq!((claim("first", now), claim("second", now)), (1, 0));
    assert_eq!(claim("second", now.plus(Span::seconds(151))), 1, "the lease has lapsed");
    let row = format!(
        r#"[{{"site":"shop","cart":"{CART}","cycle":1,"step":"s1","state":3,"reason":null,"detail":"","next":null,"provider":"x"}}]"#
    );
    let (reminders, owner) = (row.as_str(), "first");
    block_on(edge.store().done(&RecordAttempts { reminders, owner, now })).unwrap();
    block_on(edge.store().done(&CloseReminders { reminders, owner, now })).unwrap();
    let kept = edge.reminder();
    assert_eq!((kept.state, kept.owner.as_deref(), edge.reminders().len()), (Claimed, Some("second"), 1));
}
