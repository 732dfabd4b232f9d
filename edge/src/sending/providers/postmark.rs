//! The Postmark API: what a request looks like and what an answer means (`POST /email`, `GET /messages/outbound`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_shared::{key, lenient::Lenient, reminder::Outcome, time::Span};
use serde::{Deserialize, Serialize};

use super::{
    Proof, Provider, Question,
    answer::{self, Answer},
};
use crate::{
    base::{
        json::{self, FieldError},
        mail::{LookUp, Message},
    },
    sending::provider_event::{Kind, Reported},
};

/// postmarkapp.com has no keys; sent mails are found by their metadata. Its batches have no key either, so a lost answer
/// would leave a whole batch unknown.
pub const PROVIDER: Provider = Provider {
    code: "postmark",
    host: "api.postmarkapp.com",
    needs_stream: true,
    retry_window: Span::ZERO,
    credential: |key| ("X-Postmark-Server-Token", key.to_owned()),
    path: "/email",
    key_header: None,
    body,
    outcome,
    batch: None,
    question: Some(Question { path: look_up, found }),
    reported: |event| json::read(event).and_then(reported),
    is_proven,
};

/// A mail as `POST /email` takes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mail<'a> {
    from: &'a str,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
    subject: &'a str,
    html_body: &'a str,
    text_body: &'a str,
    headers: Vec<Header<'a>>,
    tag: &'static str,
    metadata: Halves<'a>,
    message_stream: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Header<'a> {
    name: &'a str,
    value: &'a str,
}

/// A reference in two halves ([`halves`]).
#[derive(Serialize)]
struct Halves<'a> {
    first: &'a str,
    second: &'a str,
}

/// The body of the request as JSON; the same message always gives the same bytes.
///
/// `stream` must be a *broadcast* stream: Postmark pauses senders who mail promotions over a transactional one.
pub fn body(message: &Message, stream: &str) -> String {
    let (first, second) = halves(&message.reference);
    json::text(&Mail {
        from: &message.from,
        to: &message.to,
        reply_to: message.reply_to.as_deref(),
        subject: &message.subject,
        html_body: &message.html,
        text_body: &message.text,
        headers: message.headers.iter().map(|(name, value)| Header { name, value }).collect(),
        tag: "cart_reminder",
        metadata: Halves { first, second },
        message_stream: stream,
    })
}

/// A value of Postmark's metadata has at most 80 characters, so a reference is given in two. The first half holds the 128-bit
/// tag over all of it, so it is found by itself.
fn halves(reference: &str) -> (&str, &str) {
    reference.split_at_checked(HALF).unwrap_or((reference, ""))
}

/// Characters of the first half; a reference has 119.
const HALF: usize = 60;

/// Path and query that look a mail up. Without its stream only the transactional one would be searched.
pub fn look_up(reference: &str, stream: &str) -> String {
    let (first, _) = halves(reference);
    format!("/messages/outbound?count=10&offset=0&messagestream={stream}&metadata_first={first}")
}

/// What an answer said; only the fields that decide.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(rename = "ErrorCode")]
    code: Option<i64>,
    #[serde(rename = "MessageID")]
    id: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
}

/// Reads the answer to one mail. Codes: postmarkapp.com/developer/api/overview, error codes.
pub fn outcome(answer: &Answer) -> Outcome {
    let said: Said = json::read(&answer.body).unwrap_or_default();
    let sentence = said.message.unwrap_or_default();
    let detail = answer::told(answer, &sentence);
    match (answer.status, said.code) {
        (200..=299, Some(0)) => answer::accepted(answer, said.id),
        (200..=299, None) => answer::accepted(answer, None),
        // Down for maintenance.
        (_, Some(100)) => Outcome::Later { after: Span::minutes(5) },
        // The key; the sender is unknown or unconfirmed; no credit left; the account waits for approval or is closed; the
        // stream does not exist, is archived or may not be used.
        (_, Some(10 | 400 | 401 | 405 | 412 | 413 | 1_221..=1_236)) => Outcome::StopRun { detail },
        // The recipient bounced, complained or unsubscribed before.
        (_, Some(406)) => Outcome::BadRecipient { detail },
        (_, Some(300)) if sentence.contains("'To'") => Outcome::BadRecipient { detail },
        _ => answer::common(answer, &detail).unwrap_or(Outcome::BadRequest { detail }),
    }
}

/// What a search found.
#[derive(Debug, Deserialize)]
struct Search {
    #[serde(rename = "TotalCount")]
    total: i64,
    #[serde(rename = "Messages")]
    mails: Vec<FoundMail>,
}

#[derive(Debug, Deserialize)]
struct FoundMail {
    #[serde(rename = "MessageID")]
    id: String,
    #[serde(rename = "Metadata")]
    metadata: Option<Metadata>,
}

impl FoundMail {
    fn first(&self) -> &str {
        self.metadata.as_ref().map_or("", |metadata| metadata.first.as_str())
    }
}

/// The metadata of a mail, as [`body`] gave it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    first: String,
    second: String,
}

/// Reads the answer to a look-up. A search that gives other mails did not understand the question and tells nothing.
pub fn found(reference: &str, answer: &Answer) -> LookUp {
    let (first, _) = halves(reference);
    match json::read::<Search>(&answer.body) {
        Ok(Search { total, mails }) if answer.status == 200 => {
            match mails.into_iter().find(|mail| mail.first() == first) {
                Some(FoundMail { id, .. }) => LookUp::Sent { provider_id: id },
                None if total == 0 => LookUp::NeverSeen,
                None => LookUp::CannotTell,
            }
        }
        _ => LookUp::CannotTell,
    }
}

/// An event of Postmark (postmarkapp.com/developer/webhooks).
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "RecordType")]
    record: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Metadata", default)]
    metadata: Lenient<Option<Metadata>>,
    #[serde(rename = "MessageID", default)]
    id: Lenient<String>,
}

/// Reads an event; `None` where it says nothing that counts, and then nothing else of it is read.
fn reported(event: Event) -> Result<Option<Reported>, FieldError> {
    let kind = match (event.record.as_str(), event.kind.as_deref().unwrap_or_default()) {
        ("Delivery", _) => Kind::Delivered,
        ("Bounce", "HardBounce" | "BadEmailAddress") => Kind::Bounced,
        ("Bounce", "SpamComplaint") | ("SpamComplaint", _) => Kind::Complained,
        ("Bounce", _) => Kind::Accepted,
        _ => return Ok(None),
    };
    let Metadata { first, second } = event.metadata.needed("Metadata")?.unwrap_or_default();
    Ok(Some(Reported { reference: first + &second, kind, provider_id: event.id.needed("MessageID")? }))
}

/// Postmark only repeats the `user:password` that it was given.
fn is_proven(proof: &Proof<'_>) -> bool {
    proof.authorization("Basic ").is_some_and(|given| key::secrets_match(given, &STANDARD.encode(proof.secret)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::answer::samples::{answer, message},
        *,
    };

    #[test]
    fn answers_are_understood() {
        let said = |code: i64, message: &str| format!(r#"{{"ErrorCode":{code},"Message":"{message}"}}"#);
        let stop = |detail: &str| Outcome::StopRun { detail: detail.to_owned() };
        for (status, body, expected) in [
            (
                200,
                r#"{"To":"a","SubmittedAt":"x","MessageID":"b7bc","ErrorCode":0,"Message":"OK"}"#.to_owned(),
                Outcome::Accepted { provider_id: "b7bc".to_owned() },
            ),
            // A failure can stand in a 200.
            (200, said(406, "inactive"), Outcome::BadRecipient { detail: "HTTP 200: inactive".into() }),
            (200, said(300, "x"), Outcome::BadRequest { detail: "HTTP 200: x".into() }),
            (401, said(10, "bad token"), stop("HTTP 401: bad token")),
            (422, said(400, "no signature"), stop("HTTP 422: no signature")),
            (422, said(405, "no credit"), stop("HTTP 422: no credit")),
            (422, said(412, "pending"), stop("HTTP 422: pending")),
            (422, said(1_235, "no such stream"), stop("HTTP 422: no such stream")),
            (422, said(406, "inactive"), Outcome::BadRecipient { detail: "HTTP 422: inactive".into() }),
            (
                422,
                said(300, "Error parsing 'To': Illegal email address"),
                Outcome::BadRecipient { detail: "HTTP 422: Error parsing 'To': Illegal email address".into() },
            ),
            (422, said(300, "Invalid 'From'"), Outcome::BadRequest { detail: "HTTP 422: Invalid 'From'".into() }),
            (422, said(402, "JSON"), Outcome::BadRequest { detail: "HTTP 422: JSON".into() }),
            (413, String::new(), Outcome::BadRequest { detail: "HTTP 413".into() }),
            (503, said(100, "Maintenance"), Outcome::Later { after: Span::minutes(5) }),
            (503, String::new(), Outcome::Unknown { detail: "HTTP 503".into() }),
            (500, said(0, ""), Outcome::Unknown { detail: "HTTP 500".into() }),
        ] {
            assert_eq!(outcome(&answer(status, &body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_look_up_says_never_only_when_postmark_does() {
        let reference = message().reference;
        let mail = |first: &str| format!(r#"{{"MessageID":"b7bc","Metadata":{{"first":"{first}","second":"x"}}}}"#);
        let (ours, _) = halves(&reference);
        let sent = LookUp::Sent { provider_id: "b7bc".to_owned() };
        for (status, body, expected) in [
            (200, format!(r#"{{"TotalCount":1,"Messages":[{}]}}"#, mail(ours)), sent),
            (200, r#"{"TotalCount":0,"Messages":[]}"#.to_owned(), LookUp::NeverSeen),
            // The filter was not understood: these are other mails.
            (200, format!(r#"{{"TotalCount":9,"Messages":[{}]}}"#, mail("x")), LookUp::CannotTell),
            (200, r#"{"TotalCount":1,"Messages":[{"MessageID":"b7bc"}]}"#.to_owned(), LookUp::CannotTell),
            (200, "{}".to_owned(), LookUp::CannotTell),
            (200, "<html>".to_owned(), LookUp::CannotTell),
            (401, r#"{"TotalCount":0,"Messages":[]}"#.to_owned(), LookUp::CannotTell),
            (500, String::new(), LookUp::CannotTell),
        ] {
            assert_eq!(found(&reference, &answer(status, &body)), expected, "{status} {body}");
        }
        assert!(look_up(&reference, "broadcast").ends_with(&format!("messagestream=broadcast&metadata_first={ours}")));
    }

    #[test]
    fn a_mail_s_fields_stand_where_postmark_reads_them() {
        let read: serde_json::Value = serde_json::from_str(&body(&message(), "broadcast")).unwrap();
        assert_eq!((&read["To"], &read["MessageStream"]), (&"ada@example.com".into(), &"broadcast".into()));
        assert_eq!(read["Headers"][0]["Name"], "List-Unsubscribe-Post");
        let of = |name: &str| read["Metadata"][name].as_str().unwrap().to_owned();
        assert_eq!(of("first") + &of("second"), message().reference);
        // Limits of Postmark's metadata: 80 characters a value.
        let longest = "m".repeat(119);
        let (first, second) = halves(&longest);
        assert!(first.len() <= 80 && second.len() <= 80, "{} {}", first.len(), second.len());
    }
}
