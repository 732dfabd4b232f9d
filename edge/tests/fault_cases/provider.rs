//! Cases 37 to 47: what a mail provider can answer, fail to answer, or answer late.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_edge::{
    base::{
        config::Secret,
        http::{Body, Method, Request, Response},
    },
    native::{
        fakes::Answer,
        world::{ADMIN_SECRET, ORIGIN},
    },
    sending::providers::{answer, postmark, resend},
};
use cartwake_shared::{
    identifier::{CartId, ReminderId, SiteId, StepId},
    key,
    reminder::Outcome,
    time::Span,
    token,
};

use super::*;

/// Answers of the provider in their own words, read as the adapter reads them.
fn says(edge: &App<World>, status: u16, retry_after: Option<&str>, body: &str) -> Answer {
    let retry_after = retry_after.map(str::to_owned);
    Answer::Say(resend::outcome(&answer::Answer { status, retry_after, at: edge.now(), body: body.to_owned() }))
}

/// Accepts, then times out, resets or answers 500: repeated under the same key with the same bytes, one mail.
/// Counted in workerd by `cargo xtask test kills`.
#[test]
fn case_37_accepted_without_an_answer_is_one_mail() {
    for lost in 1..=5 {
        let edge = planned();
        edge.ports.provider.plan((0..lost).map(|_| Answer::AcceptSilently));
        cron(&edge, 60);
        assert_eq!((sent(&edge), reminder(&edge)), (1, SENT), "{lost}");
        assert_eq!(edge.ports.provider.calls(), lost + 1, "{lost}");
    }
}

/// Four hours of 429, asking for seconds, a date, nonsense or ten years: waited for a second to an hour, nothing lost.
#[test]
fn case_38_a_storm_of_429_is_waited_for_and_loses_nothing() {
    let asked = ["30", "Mon, 24 Nov 2025 17:30:00 GMT", "soon", "315360000", "-5", "0", "", "9999999999999999999"];
    for retry_after in asked {
        let edge = planned();
        let busy = says(&edge, 429, Some(retry_after), r#"{"name":"rate_limit_exceeded","message":"slow down"}"#);
        let Answer::Say(Outcome::Later { .. }) = busy else { panic!("{busy:?}") };
        let storm_ends = edge.now().plus(Span::hours(4));
        while edge.now() < storm_ends {
            edge.ports.provider.plan([busy.clone()]);
            let calls = edge.ports.provider.calls();
            edge.tick().unwrap();
            if edge.ports.provider.calls() == calls {
                edge.ports.provider.withdraw();
            } else {
                let held = edge.reminder();
                let wait = held.next.unwrap().since(held.reason_at.unwrap());
                assert!((Span::seconds(1)..=Span::hours(1)).contains(&wait), "{retry_after}: {wait:?}");
            }
            edge.wait(Span::minutes(1));
        }
        edge.ports.provider.withdraw();
        cron(&edge, 61);
        assert_eq!((sent(&edge), reminder(&edge)), (1, SENT), "{retry_after}");
    }
}

/// The key is revoked: the run stops after its first group, reminders wait with the reason, no attempt is used up, the
/// owner is told by the health path and the page of the day, and with a new key everything leaves.
#[test]
fn case_39_a_revoked_key_holds_everything() {
    for status in [401, 403] {
        let edge = planned();
        let refused = says(&edge, status, None, r#"{"name":"invalid_api_key","message":"API key is invalid"}"#);
        assert_eq!(told_of(&edge), (200, false), "{status}");
        let since = edge.now().rfc3339();
        for _ in 0..4 {
            edge.ports.provider.plan([refused.clone()]);
            edge.tick().unwrap();
            assert_eq!(reminder(&edge), stands(Ready, Why::ProviderStopped), "{status}");
            assert_eq!((edge.reminder().first, edge.reminder().counted_at), (None, None), "{status}");
            assert_eq!(edge.reminders().len(), 1, "{status}");
            assert_eq!(told_of(&edge), (503, true), "{status}");
            let told = format!(r#""mail_stopped_since":"{since}""#);
            assert!(edge.health_for_monitor().body.contains(&told), "{status}");
            edge.wait(Span::minutes(6));
        }
        cron(&edge, 10);
        assert_eq!((sent(&edge), reminder(&edge)), (1, SENT), "{status}");
        assert_eq!(told_of(&edge), (200, false), "{status}");
    }
}

/// What the owner is told of a provider that stopped, by ways that are not mail: the status of the health path, and
/// whether the page of the day says so.
fn told_of(edge: &App<World>) -> (u16, bool) {
    let answer = edge.serve(&Request {
        method: Method::Post,
        path: "/login".to_owned(),
        page_origin: Some(ORIGIN.to_owned()),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        body: Body::Bytes(format!("secret={ADMIN_SECRET}").into_bytes()),
        ..edge.request()
    });
    let cookie = answer.header("Set-Cookie").unwrap().split(';').next().map(str::to_owned);
    let Response { body, .. } = edge.serve(&Request { path: "/".to_owned(), cookie, ..edge.request() });
    (edge.get("/health").status, body.contains("API key is invalid"))
}

/// One address of a group is refused: that reminder is dead and the address stopped; the others are sent once.
#[test]
fn case_40_one_bad_address_ends_alone() {
    let edge = cartwake_edge::native::world::live();
    for (visitor, name) in [('A', "ada"), ('B', "bob"), ('C', "cy"), ('D', "di"), ('E', "eve")] {
        edge.leave_cart(visitor, 1, &format!("{name}@example.com"));
    }
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    let bad = says(&edge, 422, None, r#"{"name":"validation_error","message":"Invalid `to` field."}"#);
    edge.ports.provider.plan([Answer::Accept, bad, Answer::Accept]);
    cron(&edge, 20);
    let in_state = |state| edge.reminders().iter().filter(|reminder| reminder.state == state).count();
    assert_eq!((in_state(Sent), in_state(Dead), edge.reminders().len()), (4, 1, 5));
    assert_eq!((edge.ports.provider.calls(), sent(&edge)), (5, 4));
    assert_eq!(edge.suppressions().len(), 1);
}

/// 200 with a web page, with nothing, with two megabytes, or cut off: not taken for an acceptance and not for a
/// refusal. The bound on time and size is `send::resend`'s, kept by `cloudflare/mail_api.rs`.
#[test]
fn case_41_an_answer_that_says_nothing_is_unknown() {
    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(2_000_000));
    for body in ["<html><body>OK</body></html>", "", "{", "[]", "{\"id\":\"\"}", "{\"id\":7}", long.as_str()] {
        let edge = planned();
        let answer = says(&edge, 200, None, body);
        let Answer::Say(Outcome::Unknown { .. }) = answer else { panic!("{answer:?}") };
        edge.ports.provider.plan([answer]);
        edge.tick().unwrap();
        assert_eq!(reminder(&edge), stands(Ready, Why::AnswerLost));
        cron(&edge, 5);
        assert_eq!((sent(&edge), reminder(&edge)), (1, SENT));
    }
    let limits = (answer::MAX_ANSWER, answer::TIME_OUT_MS);
    assert!(limits.0 <= 64 * 1024 && limits.1 <= 10_000, "{limits:?}");
}

/// «The key was used for another mail»: our request is refused for good. It cannot come from a retry of ours, whose
/// bytes are frozen at the first attempt: what would be written otherwise now is not sent.
#[test]
fn case_42_a_retry_has_the_same_bytes() {
    let edge = planned();
    let reused = says(&edge, 409, None, r#"{"name":"invalid_idempotent_request","message":"other payload"}"#);
    edge.ports.provider.plan([reused]);
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), stands(Dead, Why::RequestRefused));
    let edge = planned();
    edge.ports.provider.plan([Answer::AcceptSilently]);
    edge.tick().unwrap();
    assert_eq!(edge.collect(&more(&edge, 9, 3)).status, 200);
    cron(&edge, 5);
    assert_eq!((edge.ports.provider.calls(), reminder(&edge)), (1, stands(Unknown, Reason::NotTheSameMail)));
}

/// «A request with this key is in progress»: asked again later.
#[test]
fn case_43_a_key_in_progress_is_asked_again() {
    let edge = planned();
    let busy = says(&edge, 409, None, r#"{"name":"concurrent_idempotent_requests","message":"in progress"}"#);
    edge.ports.provider.plan([busy.clone(), busy]);
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), stands(Ready, Why::ProviderBusy));
    cron(&edge, 5);
    assert_eq!((sent(&edge), reminder(&edge)), (1, SENT));
}

/// A redirect is not followed, since the key would go along: it stops the run as a wrong address of the API does.
#[test]
fn case_44_a_redirect_is_not_followed() {
    assert!(include_str!("../../src/cloudflare/outgoing.rs").contains(r#"("redirect", text("manual"))"#));
    for status in [301, 302, 303, 307, 308] {
        let edge = planned();
        edge.ports.provider.plan([says(&edge, status, None, "")]);
        edge.tick().unwrap();
        assert_eq!((sent(&edge), reminder(&edge)), (0, stands(Ready, Why::ProviderStopped)), "{status}");
    }
}

/// What Resend signs with in these cases.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A reminder whose first attempt came to `answer`, in a deployment that takes Resend's events; and its reference.
fn attempted(answer: Answer) -> (App<World>, String) {
    let mut edge = planned();
    edge.config.webhook_secrets = vec![Secret::new(SECRET.to_owned())];
    edge.ports.provider.plan([answer]);
    edge.tick().unwrap();
    let id = ReminderId {
        site: SiteId::parse("shop").unwrap(),
        cart: CartId::parse("01JD3Z5W4K8Q9RT2V6XY7ABCDA.1").unwrap(),
        cycle: 1,
        step: StepId::parse("s1").unwrap(),
    };
    let reference = token::reference(&edge.config.keys, &id);
    (edge, reference)
}

/// An event as Resend sends it, signed so many minutes ago with this secret; the status it is answered with.
fn event(edge: &App<World>, kind: &str, reference: &str, minutes_ago: i64, secret: &str) -> u16 {
    let body = format!(
        r#"{{"type":"email.{kind}","data":{{"email_id":"re_1","tags":{{"reference":"{reference}"}},"bounce":{{"type":"Permanent"}}}}}}"#
    );
    let seconds = (edge.now().minus(Span::minutes(minutes_ago)).millis() / 1_000).to_string();
    let secret = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let signature = STANDARD.encode(key::mac(&secret, format!("msg_1.{seconds}.{body}").as_bytes()));
    edge.serve(&Request {
        method: Method::Post,
        path: "/v1/provider-events/resend".to_owned(),
        content_type: Some("application/json".to_owned()),
        webhook: Some(("msg_1".to_owned(), seconds, format!("v1,{signature}"))),
        body: Body::Bytes(body.into_bytes()),
        ..edge.request()
    })
    .status
}

/// A bounce that is forged, older than five minutes, said twice, out of order or about an unknown mail: only the proven
/// one counts, once. Every provider's form of it is in `provider_events.rs`.
#[test]
fn case_45_an_event_counts_once_and_only_when_it_is_proven() {
    let (edge, reference) = attempted(Answer::Accept);
    let calls = edge.ports.store.calls();
    assert_eq!(event(&edge, "bounced", &reference, 0, "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="), 401);
    assert_eq!(event(&edge, "bounced", &reference, 6, SECRET), 401);
    assert_eq!(event(&edge, "bounced", "of-nobody", 0, SECRET), 200);
    assert_eq!(edge.ports.store.calls(), calls, "none of these asks the database anything");
    for kind in ["bounced", "complained", "bounced", "delivered", "bounced"] {
        assert_eq!(event(&edge, kind, &reference, 0, SECRET), 200, "{kind}");
    }
    let counted: Vec<_> = edge.deliveries().iter().map(|day| (day.bounced, day.complained)).collect();
    assert_eq!(counted, [(1, 1)]);
    assert_eq!(reminder(&edge), SENT);
    edge.wait(Span::hours(80));
    cron(&edge, 5);
    assert_eq!(sent(&edge), 1, "the address is not written to again");
}

/// *Delivered* arrives before our own mark: it resolves the lost answer, and nothing is repeated.
#[test]
fn case_46_an_event_before_our_mark_resolves_it() {
    let (edge, reference) = attempted(Answer::AcceptSilently);
    assert_eq!(reminder(&edge), stands(Ready, Why::AnswerLost));
    assert_eq!(event(&edge, "delivered", &reference, 0, SECRET), 200);
    assert_eq!(reminder(&edge), SENT);
    cron(&edge, 60);
    assert_eq!((edge.ports.provider.calls(), sent(&edge)), (1, 1));
}

/// Another provider is configured: it gets only what was never tried; an attempt without an answer ends as unknown.
#[test]
fn case_47_another_provider_takes_only_what_was_never_tried() {
    let unanswered = Answer::Say(Outcome::Unknown { detail: "time-out".to_owned() });
    let (edge, _) = attempted(unanswered);
    edge.leave_cart('B', 1, "bob@example.com");
    edge.wait(Span::minutes(61));
    edge.ports.provider.become_like(postmark::PROVIDER.profile());
    cron(&edge, 30);
    assert_eq!(reminder(&edge), stands(Unknown, Reason::OtherProvider));
    let to: Vec<String> = edge.ports.provider.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["bob@example.com"]);
}
