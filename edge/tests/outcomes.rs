//! A provider that is silent for a day, and one that stops: how the reminder ends and how its owner learns of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::{mail::Message, ports::App},
    native::{
        fakes::Answer,
        views::{Why, stands},
        world::{World, live},
    },
};
use cartwake_shared::{
    reminder::{Outcome, ReminderState},
    time::Span,
    token,
};

fn planned() -> App<World> {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge
}

#[test]
fn an_accepted_mail_whose_answers_never_come_is_one_mail_and_ends_unknown() {
    let edge = planned();
    edge.ports.provider.plan((0..200).map(|_| Answer::AcceptSilently));
    for _ in 0..24 * 12 {
        edge.wait(Span::minutes(5));
        edge.tick().unwrap();
    }
    let reminder = edge.reminder();
    assert_eq!(reminder.standing(), stands(ReminderState::Unknown, Why::AnswerLost));
    assert!(reminder.first.is_some() && reminder.counted_at.is_some(), "{reminder:#?}");
    let is_first = |mail: &Message| {
        token::read_reference(&edge.config.keys, &mail.reference).is_some_and(|reminder| reminder.step.as_str() == "s1")
    };
    let first_steps = edge.ports.provider.mails().into_iter().filter(is_first).count();
    assert_eq!(first_steps, 1);
}

/// Mail cannot tell that mail does not work.
#[test]
fn the_owner_learns_by_other_ways_than_mail_that_the_provider_stopped_the_run() {
    let edge = planned();
    assert_eq!(edge.get("/health").status, 200);
    let stop = || Answer::Say(Outcome::StopRun { detail: "HTTP 401: key <b>revoked</b>".to_owned() });
    edge.ports.provider.plan([stop(), stop()]);
    edge.tick().unwrap();
    edge.wait(Span::minutes(5));
    edge.tick().unwrap();

    let health = edge.get("/health");
    assert_eq!(health.status, 503);
    assert!(health.body.contains("\"mail\":false") && !health.body.contains("2025-11-24"), "{}", health.body);
    let told = edge.health_for_monitor().body;
    assert!(told.contains("\"mail_stopped_since\":\"2025-11-24T17:01:05.000Z\""), "{told}");
    for body in [health.body, told] {
        assert!(!body.contains("revoked"), "only the dashboard tells what the provider said");
    }
    let heartbeats = edge.heartbeats();
    assert!(heartbeats[0].note.contains("key <b>revoked</b>"), "{heartbeats:?}");
    // What the dashboard shows is in `edge/src/dashboard/tests/reading.rs`.

    // As soon as it takes mails again, nobody is told any more.
    edge.wait(Span::minutes(5));
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.mails().len(), 1);
    assert_eq!(edge.get("/health").status, 200);
}
