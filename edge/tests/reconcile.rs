//! Lost answers of providers that forget keys: we ask, and the mail is sent, tried anew or left unknown.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{mail::Message, ports::App},
    native::{
        fakes::Answer,
        views::{ReminderView, SENT, Standing, Why, stands},
        world::{World, live},
    },
    sending::providers::{Provider, brevo, postmark, resend},
};
use cartwake_shared::{
    gate::Reason,
    reminder::{
        Outcome,
        ReminderState::{Cancelled, Stale, Suppressed, Unknown},
    },
    time::{Span, Timestamp},
    token,
    trust::Trust,
};

fn lost(provider: &Provider, answer: Answer) -> App<World> {
    let edge = live();
    edge.ports.provider.become_like(provider.profile());
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.ports.provider.plan([answer]);
    edge.tick().unwrap();
    edge
}

fn never() -> Answer {
    Answer::Say(Outcome::Unknown { detail: "HTTP 500".to_owned() })
}

fn pass(edge: &App<World>, minutes: u32) {
    for _ in 0..minutes {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
}

/// Where the reminder stands, how often it was tried, and whether the provider is still to be asked about it.
type Asked = (Standing, i64, bool);

fn reminder(edge: &App<World>) -> Asked {
    let reminder = edge.reminder();
    (reminder.standing(), reminder.tries, reminder.look_up_at.is_some())
}

#[test]
fn the_log_decides_after_half_an_hour() {
    for (provider, answer, then, mails) in [
        (&postmark::PROVIDER, Answer::AcceptSilently, (SENT, 1, false), 1),
        (&postmark::PROVIDER, never(), (SENT, 2, false), 1),
        // Repeated after 1, 3 and 7 minutes under the same key, which is remembered for half an hour.
        (&brevo::PROVIDER, Answer::AcceptSilently, (SENT, 2, false), 1),
    ] {
        let edge = lost(provider, answer);
        pass(&edge, 28);
        assert_eq!(edge.ports.provider.look_ups(), 0, "its log may be late");
        pass(&edge, 10);
        assert_eq!(reminder(&edge), then, "{provider:?}");
        assert_eq!(edge.ports.provider.mails().len(), mails, "{provider:?}");
    }
}

#[test]
fn nothing_is_asked_of_a_provider_that_cannot_be_asked() {
    let profile = cartwake_shared::provider::Profile { can_be_asked: false, ..postmark::PROVIDER.profile() };
    let edge = lost(&postmark::PROVIDER, never());
    edge.ports.provider.become_like(profile);
    edge.change_reminders(|reminder| reminder.look_up_at = None);
    pass(&edge, 60);
    assert_eq!((reminder(&edge), edge.ports.provider.look_ups()), ((stands(Unknown, Why::AnswerLost), 1, false), 0));
}

#[test]
fn without_a_clear_answer_it_is_asked_for_a_day_and_stays_unknown() {
    let edge = lost(&postmark::PROVIDER, Answer::AcceptSilently);
    edge.ports.provider.keep_silent(true);
    pass(&edge, 60);
    assert_eq!(reminder(&edge), (stands(Unknown, Why::AnswerLost), 1, true));
    pass(&edge, 25 * 60);
    assert_eq!(reminder(&edge), (stands(Unknown, Why::AnswerLost), 1, false));
    let asked = edge.ports.provider.look_ups();
    assert!((40..=60).contains(&asked), "{asked} questions in a day");
    let is_first = |mail: &Message| {
        token::read_reference(&edge.config.keys, &mail.reference).is_some_and(|reminder| reminder.step.as_str() == "s1")
    };
    assert_eq!(edge.ports.provider.mails().iter().filter(|mail| is_first(mail)).count(), 1);
}

/// Something that happens to the deployment.
type Change = fn(&App<World>);

#[test]
fn a_new_attempt_passes_the_whole_gate() {
    let cases: [(Change, Standing); 3] = [
        (|edge| edge.change_carts(|cart| cart.items = 0), stands(Cancelled, Reason::CartClosed)),
        (
            |edge| edge.change_contacts(|contact| contact.refused_at = Some(Timestamp::from_millis(1))),
            stands(Suppressed, Reason::Refused),
        ),
        (
            |edge| {
                let ago = Span::seconds(100_000);
                edge.change_reminders(|reminder| reminder.scheduled = reminder.scheduled.minus(ago));
                edge.change_carts(|cart| cart.active_at = cart.active_at.minus(ago));
            },
            stands(Stale, Reason::Stale),
        ),
    ];
    for (change, then) in cases {
        let edge = lost(&postmark::PROVIDER, never());
        change(&edge);
        pass(&edge, 40);
        assert_eq!(reminder(&edge), (then, 1, false));
        assert_eq!(edge.ports.provider.calls(), 1, "{then:?}");
    }
}

#[test]
fn two_runs_that_ask_at_once_allow_one_new_attempt() {
    let edge = lost(&postmark::PROVIDER, never());
    edge.wait(Span::minutes(32));
    for _ in 0..10 {
        edge.wait(Span::minutes(1));
        cartwake_edge::native::world::block_on(async {
            let runs = (0..4).map(|_| cartwake_edge::house::cron::run(&edge));
            for done in futures_util::future::join_all(runs).await {
                done.unwrap();
            }
        });
    }
    assert_eq!((reminder(&edge), edge.ports.provider.mails().len()), ((SENT, 2, false), 1));
}

#[test]
fn many_lost_answers_are_asked_about_a_few_at_a_time() {
    let edge = lost(&postmark::PROVIDER, Answer::AcceptSilently);
    let first = edge.reminder();
    for n in 2..=40 {
        let cart = format!("01JD3Z5W4K8Q9RT2V6XY7ABCDB.{n}");
        edge.ports.store.insert(&ReminderView {
            state: Unknown,
            scheduled: first.scheduled,
            next: None,
            tries: 1,
            look_up_at: first.look_up_at,
            provider: first.provider.clone(),
            ..ReminderView::planned(
                &first.site,
                &cart,
                &first.mailbox_hash,
                Some(Trust::FirstContact),
                first.planned_at,
            )
        });
    }
    edge.wait(Span::minutes(31));
    for _ in 0..5 {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
    assert_eq!(edge.ports.provider.look_ups(), 5);
}

#[test]
fn case_47_another_provider_takes_only_what_was_never_tried() {
    for (answer, then, calls) in [
        // Lost: the first provider may have it.
        (never(), (stands(Unknown, Reason::OtherProvider), 1, true), 1),
        // Surely not accepted: nobody has it.
        (Answer::Say(Outcome::Later { after: Span::seconds(60) }), (SENT, 2, false), 2),
        (Answer::Say(Outcome::StopRun { detail: "HTTP 401".to_owned() }), (SENT, 2, false), 2),
    ] {
        let edge = lost(&resend::PROVIDER, answer);
        edge.ports.provider.become_like(postmark::PROVIDER.profile());
        pass(&edge, 8);
        assert_eq!((reminder(&edge), edge.ports.provider.calls()), (then, calls));
    }
    // The second provider is not asked about the first one's mails; their events still count.
    let edge = lost(&resend::PROVIDER, never());
    edge.ports.provider.become_like(postmark::PROVIDER.profile());
    pass(&edge, 50);
    assert_eq!(
        (reminder(&edge), edge.ports.provider.look_ups()),
        ((stands(Unknown, Reason::OtherProvider), 1, true), 0)
    );
}
