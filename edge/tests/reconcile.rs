//! Lost answers of providers that forget keys: asked about, then sent, tried anew or left unknown; never a second mail.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        fakes::Answer,
        world::{World, live},
    },
};
use cartwake_shared::{provider::Provider, reminder::Outcome, time::Span};

fn lost(provider: Provider, answer: Answer) -> App<World> {
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

fn reminder(edge: &App<World>) -> String {
    let asked = "SELECT state, coalesce(reason, '-'), tries, look_up_at IS NOT NULL FROM outbox WHERE step = 's1'";
    edge.ports.store.ask(asked).unwrap()[0].join(" ")
}

#[test]
fn the_log_decides_after_half_an_hour() {
    for (provider, answer, then, mails) in [
        (Provider::Postmark, Answer::AcceptSilently, "3 - 1 0", 1),
        (Provider::Postmark, never(), "3 - 2 0", 1),
        // Repeated after 1, 3 and 7 minutes under the same key, which is remembered for half an hour.
        (Provider::Brevo, Answer::AcceptSilently, "3 - 2 0", 1),
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
    let profile = cartwake_shared::provider::Profile { can_be_asked: false, ..Provider::Postmark.profile() };
    let edge = lost(Provider::Postmark, never());
    edge.ports.provider.become_like(profile);
    edge.ports.store.write("UPDATE outbox SET look_up_at = NULL").unwrap();
    pass(&edge, 60);
    assert_eq!((reminder(&edge), edge.ports.provider.look_ups()), ("8 answer_lost 1 0".to_owned(), 0));
}

#[test]
fn without_a_clear_answer_it_is_asked_for_a_day_and_stays_unknown() {
    let edge = lost(Provider::Postmark, Answer::AcceptSilently);
    edge.ports.provider.keep_silent(true);
    pass(&edge, 60);
    assert_eq!(reminder(&edge), "8 answer_lost 1 1");
    pass(&edge, 25 * 60);
    assert_eq!(reminder(&edge), "8 answer_lost 1 0");
    let asked = edge.ports.provider.look_ups();
    assert!((40..=60).contains(&asked), "{asked} questions in a day");
    assert_eq!(edge.ports.provider.mails().iter().filter(|mail| mail.reference.contains("_s1_")).count(), 1);
}

#[test]
fn a_new_attempt_passes_the_whole_gate() {
    for (change, then) in [
        ("UPDATE cart SET items = 0", "4 cart_closed 1 0"),
        ("UPDATE contact SET refused_at = 1", "5 refused 1 0"),
        (
            "UPDATE outbox SET scheduled = scheduled - 100000000; UPDATE cart SET active_at = active_at - 100000000",
            "6 stale 1 0",
        ),
    ] {
        let edge = lost(Provider::Postmark, never());
        edge.ports.store.write(change).unwrap();
        pass(&edge, 40);
        assert_eq!(reminder(&edge), then);
        assert_eq!(edge.ports.provider.calls(), 1, "{change}");
    }
}

#[test]
fn two_runs_that_ask_at_once_allow_one_new_attempt() {
    let edge = lost(Provider::Postmark, never());
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
    assert_eq!((reminder(&edge), edge.ports.provider.mails().len()), ("3 - 2 0".to_owned(), 1));
}

#[test]
fn many_lost_answers_are_asked_about_a_few_at_a_time() {
    let edge = lost(Provider::Postmark, Answer::AcceptSilently);
    for n in 2..=40 {
        edge.ports
            .store
            .write(&format!(
                "INSERT INTO outbox (site, cart, cycle, step, position, mailbox_hash, trust, state, scheduled, planned_at, tries, look_up_at, provider)
                 SELECT site, '01JD3Z5W4K8Q9RT2V6XY7ABCDB.{n}', 1, 's1', 0, mailbox_hash, 1, 8, scheduled, planned_at, 1, look_up_at, provider
                 FROM outbox WHERE step = 's1' AND cart LIKE '%A.1'"
            ))
            .unwrap();
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
        (never(), "8 other_provider 1 1", 1),
        // Surely not accepted: nobody has it.
        (Answer::Say(Outcome::Later { after: Span::seconds(60) }), "3 - 2 0", 2),
        (Answer::Say(Outcome::StopRun { detail: "HTTP 401".to_owned() }), "3 - 2 0", 2),
    ] {
        let edge = lost(Provider::Resend, answer);
        edge.ports.provider.become_like(Provider::Postmark.profile());
        pass(&edge, 8);
        assert_eq!((reminder(&edge).as_str(), edge.ports.provider.calls()), (then, calls));
    }
    // The second provider is not asked about the first one's mails; their events still count.
    let edge = lost(Provider::Resend, never());
    edge.ports.provider.become_like(Provider::Postmark.profile());
    pass(&edge, 50);
    assert_eq!((reminder(&edge).as_str(), edge.ports.provider.look_ups()), ("8 other_provider 1 1", 0));
}
