//! Stored batches: many mails leave in one call, which is repeated with the same bytes or not at all.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use cartwake_edge::{
    base::ports::App,
    native::{
        fakes::Answer,
        sqlite::Fault,
        views::{SENT, Standing, Why, stands},
        world::{World, live},
    },
};
use cartwake_shared::{
    gate::Reason,
    reminder::{
        Outcome,
        ReminderState::{Cancelled, Dead, Ready, Sent, Suppressed, Unknown},
    },
    time::{Span, Timestamp},
};

const SHOPPERS: &str = "ABCDEFGH";

/// Eight left carts whose first reminders are due, where eight mails leave in one call.
fn due() -> App<World> {
    let mut edge = live();
    edge.config.mails_per_batch = 8;
    edge.config.mails_per_tick = 50;
    for visitor in SHOPPERS.chars() {
        edge.leave_cart(visitor, 1, &format!("shopper-{}@example.com", visitor.to_ascii_lowercase()));
    }
    edge.wait(Span::minutes(62));
    edge.tick().unwrap();
    edge
}

/// The same, after a first call that came to `answer`.
fn tried(answer: Answer) -> App<World> {
    let edge = due();
    edge.ports.provider.plan([answer]);
    edge.tick().unwrap();
    edge
}

fn pass(edge: &App<World>, minutes: u32) {
    for _ in 0..minutes {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
}

/// How many reminders of the first step stand where.
fn states(edge: &App<World>) -> Vec<(usize, Standing)> {
    edge.first_standings()
}

fn mails(edge: &App<World>) -> (u64, usize) {
    (edge.ports.provider.calls(), edge.ports.provider.mails().len())
}

fn unknown() -> Outcome {
    Outcome::Unknown { detail: "no answer".to_owned() }
}

/// Something that happens to the deployment, by name, and where its reminders stand behind it.
type Case = (&'static str, fn(&App<World>), [(usize, Standing); 2]);

#[test]
fn mails_that_passed_the_gate_together_leave_in_one_call() {
    let edge = tried(Answer::Accept);
    assert_eq!((states(&edge), mails(&edge)), (vec![(8, SENT)], (1, 8)));
    let reminders = edge.reminders();
    let batches: BTreeSet<_> = reminders.iter().filter_map(|reminder| reminder.batch.as_ref()).collect();
    let ids: BTreeSet<_> = reminders.iter().filter_map(|reminder| reminder.provider_id.as_ref()).collect();
    let in_batches = reminders.iter().filter(|reminder| reminder.batch.is_some()).count();
    assert_eq!((batches.len(), in_batches, ids.len()), (1, 8, 8));
}

#[test]
fn where_it_is_not_asked_for_mails_leave_one_by_one() {
    let mut edge = due();
    edge.config.mails_per_batch = 1;
    edge.tick().unwrap();
    assert_eq!((states(&edge), mails(&edge)), (vec![(8, SENT)], (8, 8)));
    assert!(edge.reminders().iter().all(|reminder| reminder.batch.is_none()));
}

#[test]
fn a_lost_answer_repeats_the_same_batch_under_the_same_key() {
    // The answer is lost three times; the provider knows the key and sends once. `false`: it had nothing at first.
    for answer in [Answer::AcceptSilently, Answer::Say(unknown())] {
        let edge = tried(answer.clone());
        assert_eq!(states(&edge), [(8, stands(Ready, Why::AnswerLost))]);
        edge.ports.provider.plan([answer.clone(), answer.clone()]);
        pass(&edge, 10);
        assert_eq!((states(&edge), mails(&edge)), (vec![(8, SENT)], (4, 8)), "{answer:?}");
    }
}

#[test]
fn a_batch_comes_back_whole_even_where_single_calls_are_asked_for_since() {
    let mut edge = tried(Answer::AcceptSilently);
    edge.config.mails_per_batch = 1;
    edge.config.mails_per_tick = 3;
    pass(&edge, 3);
    assert_eq!((states(&edge), mails(&edge)), (vec![(8, SENT)], (2, 8)));
}

#[test]
fn a_batch_of_which_a_member_may_not_leave_again_is_not_repeated_in_another_form() {
    let torn = stands(Unknown, Reason::BatchTorn);
    let cases: [Case; 4] = [
        (
            "the shopper refuses",
            |edge| {
                let refused = edge.reminder().mailbox_hash;
                edge.change_contacts(|contact| {
                    if contact.mailbox_hash == refused {
                        contact.refused_at = Some(Timestamp::from_millis(1));
                    }
                });
            },
            [(1, stands(Suppressed, Reason::Refused)), (7, torn)],
        ),
        (
            "the cart is emptied",
            |edge| edge.change_carts(|cart| cart.items = if cart.is('A', 1) { 0 } else { cart.items }),
            [(1, stands(Cancelled, Reason::CartClosed)), (7, torn)],
        ),
        (
            "the mail would be another",
            |edge| {
                edge.change_reminders(|reminder| {
                    if reminder.is_about('A', 1) {
                        reminder.hash = Some("other".to_owned());
                    }
                });
            },
            [(1, stands(Unknown, Reason::NotTheSameMail)), (7, torn)],
        ),
        (
            "it has ended otherwise, for example by an event of the provider",
            |edge| {
                edge.change_reminders(|reminder| {
                    if reminder.is_about('A', 1) {
                        (reminder.state, reminder.reason, reminder.next) = (Sent, None, None);
                    }
                });
            },
            [(1, SENT), (7, torn)],
        ),
    ];
    for (what, change, expected) in cases {
        for answer in [Answer::AcceptSilently, Answer::Say(unknown())] {
            let edge = tried(answer);
            change(&edge);
            pass(&edge, 30);
            assert_eq!(states(&edge), expected, "{what}");
            assert_eq!(edge.ports.provider.calls(), 1, "{what}");
        }
    }
}

#[test]
fn a_batch_waits_whole_while_one_of_its_members_is_held() {
    let edge = tried(Answer::AcceptSilently);
    let order = |status: &str| format!(r#"{{"order":"7","status":"{status}","email":"shopper-a@example.com"}}"#);
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &order("pending")).status, 200);
    pass(&edge, 3);
    assert_eq!(states(&edge), [(1, stands(Ready, Reason::PaymentPending)), (7, stands(Ready, Why::AnswerLost))]);
    assert_eq!(edge.ports.provider.calls(), 1);
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &order("failed")).status, 200);
    pass(&edge, 40);
    assert_eq!((states(&edge), mails(&edge)), (vec![(8, SENT)], (2, 8)));
}

/// Fault case 40.
#[test]
fn one_refused_address_takes_none_of_the_others_with_it() {
    let refused = Outcome::BadRecipient { detail: "HTTP 200: Invalid `to`.".to_owned() };
    let edge = tried(Answer::AcceptBut(vec![2], refused));
    assert_eq!(states(&edge), [(7, SENT), (1, stands(Dead, Why::RecipientRefused))]);
    pass(&edge, 30);
    assert_eq!(mails(&edge), (1, 7));
    assert_eq!(edge.suppressions().len(), 1);
}

#[test]
fn one_unclear_mail_of_an_answered_batch_is_not_repeated_without_the_others() {
    let edge = tried(Answer::AcceptBut(vec![2], unknown()));
    pass(&edge, 30);
    assert_eq!(
        (states(&edge), edge.ports.provider.calls()),
        (vec![(7, SENT), (1, stands(Unknown, Reason::BatchTorn))], 1)
    );
}

#[test]
fn a_batch_refused_as_a_whole_leaves_one_by_one() {
    let refused = || Answer::Say(Outcome::BadRequest { detail: "HTTP 422".to_owned() });
    let edge = due();
    // Only the one that is really wrong is given up.
    edge.ports.provider.plan([refused(), refused()]);
    pass(&edge, 3);
    assert_eq!((states(&edge), mails(&edge)), (vec![(7, SENT), (1, stands(Dead, Why::RequestRefused))], (9, 7)));
}

#[test]
fn a_batch_that_was_surely_not_accepted_is_forgotten() {
    for outcome in [Outcome::Later { after: Span::seconds(60) }, Outcome::StopRun { detail: "HTTP 401".to_owned() }] {
        let edge = tried(Answer::Say(outcome));
        for reminder in edge.reminders() {
            assert_eq!((reminder.batch, reminder.first), (None, None));
            assert_eq!((reminder.counted_at, reminder.provider), (None, None));
        }
        pass(&edge, 6);
        assert_eq!((states(&edge), mails(&edge)), (vec![(8, SENT)], (2, 8)));
    }
}

#[test]
fn two_mails_to_one_mailbox_never_stand_in_one_batch() {
    let edge = due();
    edge.leave_cart('J', 1, "Shopper-A@example.com");
    edge.wait(Span::minutes(61));
    pass(&edge, 3);
    assert_eq!(
        edge.ports.provider.mails().iter().filter(|mail| mail.to.to_lowercase() == "shopper-a@example.com").count(),
        1
    );
}

#[test]
fn whichever_call_of_a_run_fails_each_mail_of_a_batch_leaves_once() {
    for fault in [Fault::BeforeCommit, Fault::AfterCommit] {
        for n in 1..=8 {
            let edge = due();
            edge.ports.store.fail_at(n, fault);
            for _ in 0..12 {
                // A failed tick is told and left; the next one goes on.
                let _ = edge.tick();
                edge.wait(Span::minutes(1));
            }
            assert_eq!((states(&edge), edge.ports.provider.mails().len()), (vec![(8, SENT)], 8), "{fault:?} {n}");
        }
    }
}

#[test]
fn overlapping_runs_repeat_a_batch_whole() {
    let edge = tried(Answer::AcceptSilently);
    for _ in 0..8 {
        edge.wait(Span::minutes(1));
        cartwake_edge::native::world::block_on(async {
            let runs = (0..3).map(|_| cartwake_edge::house::cron::run(&edge));
            for done in futures_util::future::join_all(runs).await {
                done.unwrap();
            }
        });
    }
    assert_eq!((states(&edge), edge.ports.provider.mails().len()), (vec![(8, SENT)], 8));
}
