//! Events of a mail provider are taken once, in any order, if they are proven and about a mail of ours.
#![expect(clippy::unwrap_used, reason = "tests")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_edge::{
    base::{
        config::Secret,
        http::{Body, Method, Request},
        ports::App,
    },
    native::{
        fakes::Answer,
        views::{Marks, SENT, Standing, Why},
        world::{World, live},
    },
    sending::providers::{PROVIDERS, Provider, brevo, postmark, resend},
};
use cartwake_shared::{
    identifier::{CartId, ReminderId, SiteId, StepId},
    key,
    metric::Metric,
    reminder::{Outcome, ReminderState},
    time::{Span, Timestamp},
    token,
};

/// Secret of Resend, user and password of Postmark, token of Brevo: all stand there while a provider is changed.
const SECRETS: [&str; 3] = [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "postmark:a-password-of-some-length",
    "a-token-of-some-length-for-brevo",
];

/// A reminder whose first attempt came to `answer`, and the reference it left with.
fn tried(answer: Answer) -> (App<World>, String) {
    let mut edge = live();
    edge.config.webhook_secrets = SECRETS.iter().map(|secret| Secret::new((*secret).to_owned())).collect();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
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

fn request(edge: &App<World>, path: &str, body: &str) -> Request {
    Request {
        method: Method::Post,
        path: path.to_owned(),
        content_type: Some("application/json".to_owned()),
        body: Body::Bytes(body.as_bytes().to_vec()),
        ..edge.request()
    }
}

/// As Resend sends it: signed, with the time it was sent.
fn from_resend(edge: &App<World>, body: &str, sent: Timestamp) -> Request {
    let secret = STANDARD.decode(SECRETS[0].trim_start_matches("whsec_")).unwrap();
    let seconds = (sent.millis() / 1_000).to_string();
    let signature = STANDARD.encode(key::mac(&secret, format!("msg_1.{seconds}.{body}").as_bytes()));
    Request {
        webhook: Some(("msg_1".to_owned(), seconds, format!("v1,{signature}"))),
        ..request(edge, "/v1/provider-events/resend", body)
    }
}

fn resend(kind: &str, reference: &str, more: &str) -> String {
    format!(
        r#"{{"type":"email.{kind}","created_at":"2025-11-24T16:00:00Z","data":{{"email_id":"re_1","to":["x"],"tags":{{"kind":"cart_reminder","reference":"{reference}"}}{more}}}}}"#
    )
}

fn tell(edge: &App<World>, body: &str) -> u16 {
    edge.serve(&from_resend(edge, body, edge.now())).status
}

/// Where the reminder stands, and what the provider said of it afterwards.
fn state(edge: &App<World>) -> (Standing, Marks) {
    let reminder = edge.reminder();
    (reminder.standing(), reminder.marks())
}

/// Nothing was said afterwards.
const NOTHING: Marks = Marks { is_delivered: false, is_bounced: false, is_complained: false };
/// Sent, with nothing said of it.
const PLAIN: (Standing, Marks) = (SENT, NOTHING);
const DELIVERED: (Standing, Marks) = (SENT, Marks { is_delivered: true, ..NOTHING });
const BOUNCED: (Standing, Marks) = (SENT, Marks { is_bounced: true, ..NOTHING });
const COMPLAINED: (Standing, Marks) = (SENT, Marks { is_complained: true, ..NOTHING });
/// Its answer is still lost, since the event says nothing of it.
const STILL_LOST: (Standing, Marks) = (Standing { state: ReminderState::Ready, why: Some(Why::AnswerLost) }, NOTHING);

/// The body of an event about a reference.
type EventBody<'a> = Box<dyn Fn(&str) -> String + 'a>;

const LOST: fn() -> Answer = || Answer::AcceptSilently;

#[test]
fn each_event_leaves_its_mark_whatever_the_provider() {
    let postmark = |record: &str, kind: &str, reference: &str| {
        let (first, second) = reference.split_at(60);
        format!(
            r#"{{"RecordType":"{record}","Type":"{kind}","MessageID":"pm-1","Metadata":{{"first":"{first}","second":"{second}"}}}}"#
        )
    };
    let brevo = |event: &str, reference: &str| {
        format!(r#"{{"event":"{event}","message-id":"<b>","tags":["{reference}"],"email":"x"}}"#)
    };
    let permanent = r#","bounce":{"type":"Permanent","subType":"General","message":"no"}"#;
    let transient = r#","bounce":{"type":"Transient","subType":"MailboxFull","message":"full"}"#;
    let cases: Vec<(&Provider, EventBody<'_>, (Standing, Marks))> = vec![
        (&resend::PROVIDER, Box::new(|r| resend("sent", r, "")), PLAIN),
        (&resend::PROVIDER, Box::new(|r| resend("delivered", r, "")), DELIVERED),
        (&resend::PROVIDER, Box::new(|r| resend("bounced", r, permanent)), BOUNCED),
        (&resend::PROVIDER, Box::new(|r| resend("bounced", r, transient)), PLAIN),
        (&resend::PROVIDER, Box::new(|r| resend("complained", r, "")), COMPLAINED),
        (&resend::PROVIDER, Box::new(|r| resend("clicked", r, "")), STILL_LOST),
        (&resend::PROVIDER, Box::new(|_| r#"{"type":"contact.created","data":{"id":"1"}}"#.to_owned()), STILL_LOST),
        (&postmark::PROVIDER, Box::new(move |r| postmark("Delivery", "", r)), DELIVERED),
        (&postmark::PROVIDER, Box::new(move |r| postmark("Bounce", "HardBounce", r)), BOUNCED),
        (&postmark::PROVIDER, Box::new(move |r| postmark("Bounce", "Transient", r)), PLAIN),
        (&postmark::PROVIDER, Box::new(move |r| postmark("SpamComplaint", "SpamComplaint", r)), COMPLAINED),
        (&postmark::PROVIDER, Box::new(move |r| postmark("Open", "", r)), STILL_LOST),
        (&brevo::PROVIDER, Box::new(move |r| brevo("request", r)), PLAIN),
        (&brevo::PROVIDER, Box::new(move |r| brevo("delivered", r)), DELIVERED),
        (&brevo::PROVIDER, Box::new(move |r| brevo("hard_bounce", r)), BOUNCED),
        (&brevo::PROVIDER, Box::new(move |r| brevo("spam", r)), COMPLAINED),
        (&brevo::PROVIDER, Box::new(move |r| brevo("opened", r)), STILL_LOST),
    ];
    for (provider, body, expected) in cases {
        let (edge, reference) = tried(LOST());
        let body = body(&reference);
        let path = format!("/v1/provider-events/{}", provider.code);
        let sent = match provider.code {
            "resend" => from_resend(&edge, &body, edge.now()),
            "postmark" => Request {
                authorization: Some(format!("Basic {}", STANDARD.encode(SECRETS[1]))),
                ..request(&edge, &path, &body)
            },
            "brevo" => {
                Request { authorization: Some(format!("Bearer {}", SECRETS[2])), ..request(&edge, &path, &body) }
            }
            other => panic!("no events of {other}"),
        };
        assert_eq!(edge.serve(&sent).status, 200, "{body}");
        assert_eq!(state(&edge), expected, "{} {body}", provider.code);
    }
}

#[test]
fn case_45_a_forged_or_replayed_event_changes_nothing() {
    let (edge, reference) = tried(LOST());
    let body = resend("bounced", &reference, r#","bounce":{"type":"Permanent"}"#);
    let now = edge.now();
    let signed = from_resend(&edge, &body, now);
    let other = body.replace("Permanent", "Transient");
    let statements = edge.ports.store.calls();
    for (what, sent) in [
        ("no signature", request(&edge, "/v1/provider-events/resend", &body)),
        ("another body", Request { body: Body::Bytes(other.into_bytes()), ..signed.clone() }),
        ("six minutes old", from_resend(&edge, &body, now.minus(Span::minutes(6)))),
        ("from the future", from_resend(&edge, &body, now.plus(Span::minutes(6)))),
        (
            "a password at Resend",
            Request { webhook: None, authorization: Some(format!("Bearer {}", SECRETS[2])), ..signed.clone() },
        ),
        (
            "a wrong password",
            Request {
                authorization: Some(format!("Basic {}", STANDARD.encode("postmark:guess"))),
                ..request(&edge, "/v1/provider-events/postmark", &body)
            },
        ),
        (
            "a wrong token",
            Request {
                authorization: Some("Bearer guess".to_owned()),
                ..request(&edge, "/v1/provider-events/brevo", &body)
            },
        ),
        ("no token", request(&edge, "/v1/provider-events/brevo", &body)),
    ] {
        assert_eq!(edge.serve(&sent).status, 401, "{what}");
    }
    assert_eq!(edge.ports.store.calls(), statements, "a refused event asks the database nothing");
    assert_eq!(state(&edge), STILL_LOST);

    let mut silent = edge;
    silent.config.webhook_secrets.clear();
    assert_eq!(silent.serve(&signed).status, 401, "without a secret none is taken");
}

#[test]
fn case_45_a_repeated_event_counts_once_and_an_unknown_one_not_at_all() {
    let (edge, reference) = tried(Answer::Accept);
    let bounced = resend("bounced", &reference, r#","bounce":{"type":"Permanent"}"#);
    let unknown = [
        resend("delivered", &format!("{}x", &reference[1..]), ""),
        resend("delivered", "somebody-else", ""),
        resend("delivered", "", ""),
        r#"{"type":"email.delivered","data":{"email_id":"x"}}"#.to_owned(),
    ];
    for body in &unknown {
        let before = edge.ports.store.calls();
        assert_eq!((tell(&edge, body), edge.ports.store.calls()), (200, before), "{body}");
    }
    for _ in 0..3 {
        assert_eq!(tell(&edge, &bounced), 200);
    }
    assert_eq!(state(&edge), BOUNCED);
    let counted: Vec<_> = edge.deliveries().iter().map(|day| (day.bounced, day.complained)).collect();
    assert_eq!(counted, [(1, 0)]);
    assert_eq!(edge.metric(Metric::Notified), 1);
    assert_eq!(tell(&edge, "{"), 400);
}

#[test]
fn a_hard_bounce_stops_everybody_and_a_complaint_the_merchant() {
    for (body, expected) in [
        (r#","bounce":{"type":"Permanent"}"#, Some(("*", "bounced"))),
        (r#","bounce":{"type":"Transient"}"#, None),
        ("", Some(("merchant", "complained"))),
    ] {
        let (edge, reference) = tried(Answer::Accept);
        let kind = if body.is_empty() { "complained" } else { "bounced" };
        assert_eq!(tell(&edge, &resend(kind, &reference, body)), 200);
        let expected = expected.map(|(scope, reason)| (scope.to_owned(), reason.to_owned()));
        assert_eq!(edge.suppressions(), expected.as_slice(), "{kind} {body}");
    }
}

#[test]
fn case_46_events_may_come_in_any_order_and_before_our_own_mark() {
    let (edge, reference) = tried(LOST());
    assert_eq!(tell(&edge, &resend("complained", &reference, "")), 200);
    assert_eq!(tell(&edge, &resend("delivered", &reference, "")), 200);
    assert_eq!(tell(&edge, &resend("sent", &reference, "")), 200);
    assert_eq!(state(&edge), (SENT, Marks { is_delivered: true, is_complained: true, ..NOTHING }));
    assert_eq!(edge.metric(Metric::Notified), 1, "it counts as mailed, once");
    for _ in 0..5 {
        edge.wait(Span::minutes(2));
        edge.tick().unwrap();
    }
    assert_eq!(edge.ports.provider.calls(), 1, "nothing is repeated any more");

    // The run still waits for its answer when the event comes: what it records then finds nothing of its own.
    let (edge, reference) = tried(LOST());
    edge.change_reminders(|reminder| {
        (reminder.state, reminder.owner) = (ReminderState::Sending, Some("a run".to_owned()));
        reminder.lease = Some(edge.now().plus(Span::days(1)));
        reminder.next = Some(Timestamp::from_millis(1));
    });
    assert_eq!(tell(&edge, &resend("delivered", &reference, "")), 200);
    assert_eq!(state(&edge), DELIVERED);
    let reminder = edge.reminder();
    assert_eq!((reminder.next, reminder.owner, reminder.lease), (None, None, None));
}

#[test]
fn a_late_event_resolves_what_was_unknown_with_any_provider() {
    for provider in PROVIDERS {
        let (edge, reference) = {
            let (edge, reference) = tried(Answer::Say(Outcome::Unknown { detail: String::new() }));
            edge.ports.provider.become_like(provider.profile());
            edge.change_reminders(|reminder| {
                (reminder.state, reminder.next) = (ReminderState::Unknown, None);
                reminder.ended_at = Some(Timestamp::from_millis(1));
            });
            (edge, reference)
        };
        assert_eq!(tell(&edge, &resend("delivered", &reference, "")), 200);
        assert_eq!(state(&edge), DELIVERED, "{}", provider.code);
    }
}

#[test]
fn an_unknown_provider_has_no_address() {
    let (edge, reference) = tried(LOST());
    let body = resend("delivered", &reference, "");
    assert_eq!(edge.serve(&request(&edge, "/v1/provider-events/nobody", &body)).status, 404);
    assert_eq!(state(&edge), STILL_LOST);
}
