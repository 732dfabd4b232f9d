//! Cases 37 to 47: what a mail provider can answer, or not answer, or answer late.

use cartwake_edge::{
    native::fakes::Answer,
    send::{api, resend},
};
use cartwake_shared::{reminder::Outcome, time::Span};

use super::*;

/// Answers of the provider in their own words, read as the adapter reads them.
fn says(edge: &Edge<World>, status: u16, retry_after: Option<&str>, body: &str) -> Answer {
    let retry_after = retry_after.map(str::to_owned);
    Answer::Say(resend::outcome(&api::Answer { status, retry_after, at: edge.now(), body: body.to_owned() }))
}

/// Accepts, then times out, resets or answers 500: repeated under the same key with the same bytes, one mail.
/// Counted in workerd by `cargo xtask test kills`.
#[test]
fn case_37_accepted_without_an_answer_is_one_mail() {
    for lost in 1..=5 {
        let edge = planned();
        edge.ports.provider.plan((0..lost).map(|_| Answer::AcceptSilently));
        cron(&edge, 60);
        assert_eq!((sent(&edge), reminder(&edge).as_str()), (1, "3 -"), "{lost}");
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
                let wait: i64 = value(&edge, "SELECT next - reason_at FROM outbox").parse().unwrap();
                assert!((1_000..=3_600_000).contains(&wait), "{retry_after}: {wait} ms");
            }
            edge.wait(Span::minutes(1));
        }
        edge.ports.provider.withdraw();
        cron(&edge, 61);
        assert_eq!((sent(&edge), reminder(&edge).as_str()), (1, "3 -"), "{retry_after}");
    }
}

/// The key is revoked: the run stops after its first group, reminders wait with the reason, no attempt is used up, and
/// with a new key everything leaves.
#[test]
fn case_39_a_revoked_key_holds_everything() {
    for status in [401, 403] {
        let edge = planned();
        let refused = says(&edge, status, None, r#"{"name":"invalid_api_key","message":"API key is invalid"}"#);
        for _ in 0..4 {
            edge.ports.provider.plan([refused.clone()]);
            edge.tick().unwrap();
            assert_eq!(reminder(&edge), "0 provider_stopped", "{status}");
            assert_eq!(value(&edge, "SELECT first IS NULL, counted_at IS NULL FROM outbox"), "11", "{status}");
            edge.wait(Span::minutes(6));
        }
        cron(&edge, 10);
        assert_eq!((sent(&edge), reminder(&edge).as_str()), (1, "3 -"), "{status}");
    }
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
    let ends = value(
        &edge,
        "SELECT group_concat(state || ':' || n, ' ') FROM (SELECT state, count(*) AS n FROM outbox GROUP BY state ORDER BY state)",
    );
    assert_eq!((ends.as_str(), edge.ports.provider.calls(), sent(&edge)), ("3:4 7:1", 5, 4));
    assert_eq!(value(&edge, "SELECT count(*) FROM suppression"), "1");
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
        assert_eq!(reminder(&edge), "0 answer_lost");
        cron(&edge, 5);
        assert_eq!((sent(&edge), reminder(&edge).as_str()), (1, "3 -"));
    }
    let limits = (api::MAX_ANSWER, api::TIME_OUT_MS);
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
    assert_eq!(reminder(&edge), "7 request_refused");
    let edge = planned();
    edge.ports.provider.plan([Answer::AcceptSilently]);
    edge.tick().unwrap();
    assert_eq!(edge.collect(&more(&edge, 9, 3)).status, 200);
    cron(&edge, 5);
    assert_eq!((edge.ports.provider.calls(), reminder(&edge).as_str()), (1, "8 not_the_same_mail"));
}

/// «A request with this key is in progress»: asked again later.
#[test]
fn case_43_a_key_in_progress_is_asked_again() {
    let edge = planned();
    let busy = says(&edge, 409, None, r#"{"name":"concurrent_idempotent_requests","message":"in progress"}"#);
    edge.ports.provider.plan([busy.clone(), busy]);
    edge.tick().unwrap();
    assert_eq!(reminder(&edge), "0 provider_busy");
    cron(&edge, 5);
    assert_eq!((sent(&edge), reminder(&edge).as_str()), (1, "3 -"));
}

/// A redirect is not followed, since the key would go along: it stops the run as a wrong address of the API does.
#[test]
fn case_44_a_redirect_is_not_followed() {
    assert!(include_str!("../../src/cloudflare/mail_api.rs").contains(r#"("redirect", text("manual"))"#));
    for status in [301, 302, 303, 307, 308] {
        let edge = planned();
        edge.ports.provider.plan([says(&edge, status, None, "")]);
        edge.tick().unwrap();
        assert_eq!((sent(&edge), reminder(&edge).as_str()), (0, "0 provider_stopped"), "{status}");
    }
}
