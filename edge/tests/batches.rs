//! Stored batches: one call for many mails, repeated with the same bytes or not at all; never a second mail.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        fakes::Answer,
        sqlite::Fault,
        world::{World, live},
    },
};
use cartwake_shared::{reminder::Outcome, time::Span};

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

/// How many reminders stand where: `3 -` sent, `8 batch_torn` …
fn states(edge: &App<World>) -> Vec<String> {
    let asked =
        "SELECT count(*), state, coalesce(reason, '-') FROM outbox WHERE step = 's1' GROUP BY 2, 3 ORDER BY 2, 3";
    edge.ports.store.ask(asked).unwrap().into_iter().map(|row| row.join(" ")).collect()
}

fn mails(edge: &App<World>) -> (u64, usize) {
    (edge.ports.provider.calls(), edge.ports.provider.mails().len())
}

fn unknown() -> Outcome {
    Outcome::Unknown { detail: "no answer".to_owned() }
}

#[test]
fn mails_that_passed_the_gate_together_leave_in_one_call() {
    let edge = tried(Answer::Accept);
    assert_eq!((states(&edge), mails(&edge)), (vec!["8 3 -".to_owned()], (1, 8)));
    let stored = edge
        .ports
        .store
        .ask("SELECT count(DISTINCT batch), count(batch), count(DISTINCT provider_id) FROM outbox")
        .unwrap();
    assert_eq!(stored, [["1", "8", "8"]]);
}

#[test]
fn where_it_is_not_asked_for_mails_leave_one_by_one() {
    let mut edge = due();
    edge.config.mails_per_batch = 1;
    edge.tick().unwrap();
    assert_eq!((states(&edge), mails(&edge)), (vec!["8 3 -".to_owned()], (8, 8)));
    assert_eq!(edge.ports.store.ask("SELECT count(batch) FROM outbox").unwrap(), [["0"]]);
}

#[test]
fn a_lost_answer_repeats_the_same_batch_under_the_same_key() {
    // The answer is lost three times; the provider knows the key and sends once. `false`: it had nothing at first.
    for answer in [Answer::AcceptSilently, Answer::Say(unknown())] {
        let edge = tried(answer.clone());
        assert_eq!(states(&edge), ["8 0 answer_lost"]);
        edge.ports.provider.plan([answer.clone(), answer.clone()]);
        pass(&edge, 10);
        assert_eq!((states(&edge), mails(&edge)), (vec!["8 3 -".to_owned()], (4, 8)), "{answer:?}");
    }
}

#[test]
fn a_batch_comes_back_whole_even_where_single_calls_are_asked_for_since() {
    let mut edge = tried(Answer::AcceptSilently);
    edge.config.mails_per_batch = 1;
    edge.config.mails_per_tick = 3;
    pass(&edge, 3);
    assert_eq!((states(&edge), mails(&edge)), (vec!["8 3 -".to_owned()], (2, 8)));
}

#[test]
fn a_batch_of_which_a_member_may_not_leave_again_is_not_repeated_in_another_form() {
    for (change, expected) in [
        (
            "UPDATE contact SET refused_at = 1 WHERE mailbox_hash = (SELECT mailbox_hash FROM outbox LIMIT 1)",
            ["1 5 refused", "7 8 batch_torn"],
        ),
        ("UPDATE cart SET items = 0 WHERE id LIKE '%A.1'", ["1 4 cart_closed", "7 8 batch_torn"]),
        ("UPDATE outbox SET hash = 'other' WHERE cart LIKE '%A.1'", ["7 8 batch_torn", "1 8 not_the_same_mail"]),
        // One has ended otherwise, for example by an event of the provider.
        ("UPDATE outbox SET state = 3, reason = NULL, next = NULL WHERE cart LIKE '%A.1'", ["1 3 -", "7 8 batch_torn"]),
    ] {
        for answer in [Answer::AcceptSilently, Answer::Say(unknown())] {
            let edge = tried(answer);
            edge.ports.store.write(change).unwrap();
            pass(&edge, 30);
            assert_eq!(states(&edge), expected, "{change}");
            assert_eq!(edge.ports.provider.calls(), 1, "{change}");
        }
    }
}

#[test]
fn a_batch_waits_whole_while_one_of_its_members_is_held() {
    let edge = tried(Answer::AcceptSilently);
    let order = |status: &str| format!(r#"{{"order":"7","status":"{status}","email":"shopper-a@example.com"}}"#);
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &order("pending")).status, 200);
    pass(&edge, 3);
    assert_eq!(states(&edge), ["7 0 answer_lost", "1 0 payment_pending"]);
    assert_eq!(edge.ports.provider.calls(), 1);
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &order("failed")).status, 200);
    pass(&edge, 40);
    assert_eq!((states(&edge), mails(&edge)), (vec!["8 3 -".to_owned()], (2, 8)));
}

/// Fault case 40.
#[test]
fn one_refused_address_takes_none_of_the_others_with_it() {
    let refused = Outcome::BadRecipient { detail: "HTTP 200: Invalid `to`.".to_owned() };
    let edge = tried(Answer::AcceptBut(vec![2], refused));
    assert_eq!(states(&edge), ["7 3 -", "1 7 recipient_refused"]);
    pass(&edge, 30);
    assert_eq!(mails(&edge), (1, 7));
    assert_eq!(edge.ports.store.ask("SELECT count(*) FROM suppression").unwrap(), [["1"]]);
}

#[test]
fn one_unclear_mail_of_an_answered_batch_is_not_repeated_without_the_others() {
    let edge = tried(Answer::AcceptBut(vec![2], unknown()));
    pass(&edge, 30);
    assert_eq!(
        (states(&edge), edge.ports.provider.calls()),
        (vec!["7 3 -".to_owned(), "1 8 batch_torn".to_owned()], 1)
    );
}

#[test]
fn a_batch_refused_as_a_whole_leaves_one_by_one() {
    let refused = || Answer::Say(Outcome::BadRequest { detail: "HTTP 422".to_owned() });
    let edge = due();
    // Only the one that is really wrong is given up.
    edge.ports.provider.plan([refused(), refused()]);
    pass(&edge, 3);
    assert_eq!((states(&edge), mails(&edge)), (vec!["7 3 -".to_owned(), "1 7 request_refused".to_owned()], (9, 7)));
}

#[test]
fn a_batch_that_was_surely_not_accepted_is_forgotten() {
    for outcome in [Outcome::Later { after: Span::seconds(60) }, Outcome::StopRun { detail: "HTTP 401".to_owned() }] {
        let edge = tried(Answer::Say(outcome));
        let left = edge
            .ports
            .store
            .ask("SELECT count(batch), count(first), count(counted_at), count(provider) FROM outbox")
            .unwrap();
        assert_eq!(left, [["0", "0", "0", "0"]]);
        pass(&edge, 6);
        assert_eq!((states(&edge), mails(&edge)), (vec!["8 3 -".to_owned()], (2, 8)));
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
            assert_eq!(
                (states(&edge), edge.ports.provider.mails().len()),
                (vec!["8 3 -".to_owned()], 8),
                "{fault:?} {n}"
            );
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
    assert_eq!((states(&edge), edge.ports.provider.mails().len()), (vec!["8 3 -".to_owned()], 8));
}
