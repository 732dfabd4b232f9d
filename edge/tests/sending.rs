//! Every outcome of an attempt, and what follows from it: never a second mail, never a lost one.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        fakes::Answer,
        sqlite::Fault,
        views::{SENT, Standing, Why, stands},
        world::{World, live},
    },
    sending::providers::postmark,
};
use cartwake_shared::{
    gate::Reason,
    reminder::{
        Outcome,
        ReminderState::{Cancelled, Dead, Ready, Stale, Unknown},
    },
    time::{Span, Timestamp},
};

fn planned() -> App<World> {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge
}

/// Where the reminder stands, and how often it was tried.
fn reminder(edge: &App<World>) -> (Standing, i64) {
    let reminder = edge.reminder();
    (reminder.standing(), reminder.tries)
}

/// What an attempt leaves behind while it may have been accepted: its time, when it began to count, its text's hash.
fn frozen(edge: &App<World>) -> (Option<Timestamp>, Option<Timestamp>, Option<String>) {
    assert_eq!(edge.reminders().len(), 1);
    let reminder = edge.reminder();
    (reminder.first, reminder.counted_at, reminder.hash)
}

#[test]
fn an_accepted_mail_whose_answer_was_lost_is_repeated_under_the_same_key_only() {
    let edge = planned();
    edge.ports.provider.plan([Answer::AcceptSilently, Answer::AcceptSilently]);
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (stands(Ready, Why::AnswerLost), 1));
    for _ in 0..10 {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
    assert_eq!(reminder(&edge), (SENT, 3));
    assert_eq!((edge.ports.provider.calls(), edge.ports.provider.mails().len()), (3, 1));
}

#[test]
fn without_a_memory_of_keys_a_lost_answer_is_not_repeated() {
    let edge = planned();
    edge.ports.provider.become_like(postmark::PROVIDER.profile());
    edge.ports.provider.plan([Answer::AcceptSilently]);
    edge.tick().unwrap();
    edge.wait(Span::minutes(5));
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (stands(Unknown, Why::AnswerLost), 1));
    assert_eq!((edge.ports.provider.calls(), edge.ports.provider.mails().len()), (1, 1));
}

#[test]
fn a_cart_changed_after_a_lost_answer_is_not_mailed_in_other_words() {
    let edge = planned();
    edge.ports.provider.plan([Answer::AcceptSilently]);
    edge.tick().unwrap();
    let mut event = edge.event('A', 1, 9);
    if let Some(line) = event.snapshot.as_mut().and_then(|snapshot| snapshot.lines.first_mut()) {
        line.quantity = 3;
    }
    assert_eq!(edge.collect(&event).status, 200);
    edge.wait(Span::minutes(2));
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (stands(Unknown, Reason::NotTheSameMail), 1));
    assert_eq!(edge.ports.provider.calls(), 1);
}

#[test]
fn an_order_after_a_lost_answer_stops_the_repetition() {
    let edge = planned();
    edge.ports.provider.plan([Answer::Say(Outcome::Unknown { detail: String::new() })]);
    edge.tick().unwrap();
    edge.post_from_server("/v1/orders", "shop", r#"{"order":"1","status":"placed","email":"ada@example.com"}"#);
    edge.wait(Span::minutes(2));
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (stands(Cancelled, Reason::Ordered), 1));
    assert_eq!(edge.ports.provider.calls(), 1);
}

#[test]
fn a_busy_provider_burns_no_attempt() {
    let edge = planned();
    edge.ports.provider.plan([Answer::Say(Outcome::Later { after: Span::seconds(90) })]);
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (stands(Ready, Why::ProviderBusy), 1));
    assert_eq!(frozen(&edge), (None, None, None));
    edge.wait(Span::seconds(90));
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (SENT, 2));
}

#[test]
fn a_provider_that_is_busy_again_and_again_leaves_nothing_behind_either() {
    let edge = planned();
    let busy = || Answer::Say(Outcome::Later { after: Span::seconds(60) });
    edge.ports.provider.plan((0..3).map(|_| busy()));
    for tries in 1..=3 {
        edge.tick().unwrap();
        assert_eq!(reminder(&edge), (stands(Ready, Why::ProviderBusy), tries));
        assert_eq!(frozen(&edge), (None, None, None), "{tries}");
        edge.wait(Span::minutes(1));
    }
    // Nobody has it, so it may still be written anew from what the cart holds now.
    let mut event = edge.event('A', 1, 9);
    if let Some(line) = event.snapshot.as_mut().and_then(|snapshot| snapshot.lines.first_mut()) {
        line.quantity = 3;
    }
    edge.collect(&event);
    for _ in 0..3 {
        edge.wait(Span::minutes(61));
        edge.tick().unwrap();
    }
    assert_eq!(reminder(&edge), (SENT, 4));
    assert!(edge.ports.provider.mails()[0].subject.contains("3 items"));
}

#[test]
fn a_busy_provider_does_not_make_an_attempt_without_an_answer_forgotten() {
    let edge = planned();
    edge.ports.provider.plan([Answer::AcceptSilently, Answer::Say(Outcome::Later { after: Span::seconds(60) })]);
    edge.tick().unwrap();
    let of_the_first = frozen(&edge);
    edge.wait(Span::minutes(1));
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (stands(Ready, Why::ProviderBusy), 2));
    assert_eq!(frozen(&edge), of_the_first);
    edge.wait(Span::minutes(1));
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (SENT, 3));
    assert_eq!(edge.ports.provider.mails().len(), 1);
}

#[test]
fn a_provider_that_stays_busy_ends_with_a_reminder_that_is_too_late() {
    let edge = planned();
    let busy = || Answer::Say(Outcome::Later { after: Span::hours(1) });
    edge.ports.provider.plan((0..30).map(|_| busy()));
    for _ in 0..14 {
        edge.tick().unwrap();
        edge.wait(Span::minutes(61));
    }
    assert_eq!(edge.reminder().standing(), stands(Stale, Reason::Stale));
}

#[test]
fn a_revoked_key_stops_the_run_and_holds_everything() {
    let edge = live();
    for visitor in "ABCDEFGH".chars() {
        edge.leave_cart(visitor, 1, &format!("shopper-{}@example.com", visitor.to_ascii_lowercase()));
    }
    edge.wait(Span::minutes(62));
    edge.tick().unwrap();
    let stop = || Answer::Say(Outcome::StopRun { detail: "HTTP 401".to_owned() });
    edge.ports.provider.plan((0..5).map(|_| stop()));
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.calls(), 5, "one group, then the run stops");
    edge.wait(Span::minutes(5));
    for _ in 0..3 {
        edge.tick().unwrap();
    }
    assert_eq!(edge.ports.provider.mails().len(), 8);
}

#[test]
fn a_refused_recipient_is_not_written_to_again() {
    let edge = planned();
    edge.ports.provider.plan([Answer::Say(Outcome::BadRecipient { detail: "HTTP 422".to_owned() })]);
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), (stands(Dead, Why::RecipientRefused), 1));
    assert_eq!(edge.suppressions(), [("*".to_owned(), "bounced".to_owned())]);
}

#[test]
fn whichever_call_of_a_tick_fails_the_mail_leaves_once() {
    for fault in [Fault::BeforeCommit, Fault::AfterCommit] {
        for n in 1..=12 {
            let edge = live();
            edge.leave_cart('A', 1, "ada@example.com");
            edge.wait(Span::minutes(61));
            edge.ports.store.fail_at(n, fault);
            for _ in 0..12 {
                // A failed tick is told and left; the next one goes on.
                let _ = edge.tick();
                edge.wait(Span::minutes(1));
            }
            assert_eq!(edge.ports.provider.mails().len(), 1, "{fault:?} {n}");
            assert_eq!(edge.reminder().standing(), SENT, "{fault:?} {n}");
        }
    }
}

#[test]
fn overlapping_runs_send_each_mail_once() {
    let edge = live();
    for visitor in "ABCDEFGHJKMNPQRSTVWXYZ".chars() {
        edge.leave_cart(visitor, 1, &format!("shopper-{}@example.com", visitor.to_ascii_lowercase()));
    }
    edge.wait(Span::minutes(65));
    for _ in 0..3 {
        cartwake_edge::native::world::block_on(async {
            let runs = (0..4).map(|_| cartwake_edge::house::cron::run(&edge));
            for done in futures_util::future::join_all(runs).await {
                done.unwrap();
            }
        });
    }
    assert_eq!((edge.ports.provider.calls(), edge.ports.provider.mails().len()), (22, 22));
}
