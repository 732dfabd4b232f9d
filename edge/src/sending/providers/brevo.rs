//! The Brevo API: what a request looks like and what an answer means (`POST /v3/smtp/email`, its events).

use cartwake_shared::{key, lenient::Lenient, reminder::Outcome, time::Span};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

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

/// brevo.com keeps keys for 30 min, 15 in an older text of the same page (developers.brevo.com, idempotent requests).
pub const PROVIDER: Provider = Provider {
    code: "brevo",
    host: "api.brevo.com",
    needs_stream: false,
    retry_window: Span::minutes(10),
    credential: |key| ("api-key", key.to_owned()),
    path: "/v3/smtp/email",
    key_header: None,
    body: |message, _| body(message),
    outcome,
    batch: None,
    question: Some(Question { path: |reference, _| look_up(reference), found }),
    reported: |event| json::read(event).and_then(reported),
    is_proven,
};

/// A mail as `POST /v3/smtp/email` takes it.
#[derive(Serialize)]
struct Mail<'a> {
    sender: Mailbox<'a>,
    to: [Mailbox<'a>; 1],
    #[serde(rename = "replyTo", skip_serializing_if = "Option::is_none")]
    reply_to: Option<Mailbox<'a>>,
    subject: &'a str,
    #[serde(rename = "htmlContent")]
    html: &'a str,
    #[serde(rename = "textContent")]
    text: &'a str,
    #[serde(serialize_with = "json::in_order")]
    headers: &'a [(&'static str, String)],
    tags: [&'a str; 1],
}

/// An address, perhaps with a name in front.
#[derive(Serialize)]
struct Mailbox<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    email: &'a str,
}

/// The body of the request as JSON; the same message always gives the same bytes.
///
/// The key stands in the body, among the headers of the mail (developers.brevo.com, idempotent requests).
pub fn body(message: &Message) -> String {
    let mut headers = vec![("idempotencyKey", uuid(&message.idempotency_key))];
    headers.extend(message.headers.iter().cloned());
    let (name, email) = sender(&message.from);
    json::text(&Mail {
        sender: Mailbox { name, email },
        to: [Mailbox { name: "", email: &message.to }],
        reply_to: message.reply_to.as_deref().map(|email| Mailbox { name: "", email }),
        subject: &message.subject,
        html: &message.html,
        text: &message.text,
        headers: &headers,
        tags: [&message.reference],
    })
}

/// Name and address of `"Name" <address>`.
fn sender(from: &str) -> (&str, &str) {
    match from.strip_suffix('>').and_then(|from| from.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", from),
    }
}

/// The UUID that stands for one of our keys. It is derived and not random, but has the form of version 4, which is the
/// one every check of a UUID knows.
fn uuid(key: &str) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in (0_u8..16).zip(Sha256::digest(key.as_bytes())) {
        let byte = match place {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => byte,
        };
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

/// What an answer said; only the fields that decide.
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(rename = "messageId")]
    id: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

/// Reads the answer to one mail.
pub fn outcome(answer: &Answer) -> Outcome {
    let said: Said = json::read(&answer.body).unwrap_or_default();
    if (200..=299).contains(&answer.status) {
        return answer::accepted(answer, said.id);
    }
    let (code, sentence) = (said.code.unwrap_or_default(), said.message.unwrap_or_default());
    let detail = answer::told(answer, &sentence);
    match code.as_str() {
        // The key is known: an attempt before this one got through, or is just getting through.
        "duplicate_request" => Outcome::Unknown { detail },
        "not_enough_credits" | "unauthorized" | "permission_denied" | "account_under_validation" => {
            Outcome::StopRun { detail }
        }
        _ => match answer::common(answer, &detail) {
            Some(outcome) => outcome,
            None if sentence.ends_with("in to") => Outcome::BadRecipient { detail },
            None => Outcome::BadRequest { detail },
        },
    }
}

/// Path and query that look a mail up by its tag; two days reach back further than any look-up.
pub fn look_up(reference: &str) -> String {
    // The tag as a JSON list, its brackets and quotes percent-encoded; a reference itself needs no encoding.
    format!("/v3/smtp/statistics/events?limit=10&days=2&tags=%5B%22{reference}%22%5D")
}

/// What a report of events gave; no field where there is none.
#[derive(Debug, Deserialize)]
struct Report {
    events: Option<Vec<ReportEvent>>,
}

#[derive(Debug, Deserialize)]
struct ReportEvent {
    #[serde(rename = "messageId", default)]
    id: String,
    #[serde(default)]
    tag: String,
}

/// Reads the answer to a look-up. A report about other mails did not understand the question and tells nothing.
pub fn found(reference: &str, answer: &Answer) -> LookUp {
    match json::read::<Report>(&answer.body) {
        Ok(Report { events }) if answer.status == 200 => {
            let events = events.unwrap_or_default();
            match events.iter().find(|event| event.tag.contains(reference)) {
                Some(event) => LookUp::Sent { provider_id: event.id.clone() },
                None if events.is_empty() => LookUp::NeverSeen,
                None => LookUp::CannotTell,
            }
        }
        _ => LookUp::CannotTell,
    }
}

/// An event of Brevo (developers.brevo.com/docs/transactional-webhooks).
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "event")]
    kind: String,
    #[serde(default)]
    tags: Lenient<Option<Vec<String>>>,
    #[serde(rename = "message-id", default)]
    id: Lenient<String>,
}

/// Reads an event; `None` where it says nothing that counts, and then nothing else of it is read.
fn reported(event: Event) -> Result<Option<Reported>, FieldError> {
    let kind = match event.kind.as_str() {
        "request" | "deferred" | "soft_bounce" => Kind::Accepted,
        "delivered" => Kind::Delivered,
        "hard_bounce" | "invalid_email" => Kind::Bounced,
        "spam" => Kind::Complained,
        _ => return Ok(None),
    };
    let tags = event.tags.needed("tags")?.unwrap_or_default();
    Ok(Some(Reported {
        reference: tags.into_iter().next().unwrap_or_default(),
        kind,
        provider_id: event.id.needed("message-id")?,
    }))
}

/// Brevo only repeats the token that it was given.
fn is_proven(proof: &Proof<'_>) -> bool {
    proof.authorization("Bearer ").is_some_and(|given| key::secrets_match(given, proof.secret))
}

#[cfg(test)]
mod tests {
    use super::{
        super::answer::samples::{answer, message},
        *,
    };

    #[test]
    fn answers_are_understood() {
        let said = |code: &str, message: &str| format!(r#"{{"code":"{code}","message":"{message}"}}"#);
        let stop = |detail: &str| Outcome::StopRun { detail: detail.to_owned() };
        for (status, body, expected) in [
            (201, r#"{"messageId":"<1@b>"}"#.to_owned(), Outcome::Accepted { provider_id: "<1@b>".to_owned() }),
            (400, said("not_enough_credits", "buy"), stop("HTTP 400: buy")),
            (402, said("not_enough_credits", "buy"), stop("HTTP 402: buy")),
            (401, said("unauthorized", "key"), stop("HTTP 401: key")),
            (
                400,
                said("invalid_parameter", "email is not valid in to"),
                Outcome::BadRecipient { detail: "HTTP 400: email is not valid in to".into() },
            ),
            (
                400,
                said("invalid_parameter", "sender is missing"),
                Outcome::BadRequest { detail: "HTTP 400: sender is missing".into() },
            ),
            (400, said("duplicate_request", "known"), Outcome::Unknown { detail: "HTTP 400: known".into() }),
            (503, String::new(), Outcome::Unknown { detail: "HTTP 503".into() }),
        ] {
            assert_eq!(outcome(&answer(status, &body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_look_up_says_never_only_when_brevo_does() {
        let reference = message().reference;
        let sent = LookUp::Sent { provider_id: "<1@b>".to_owned() };
        let event = |tag: &str| format!(r#"{{"events":[{{"email":"a","messageId":"<1@b>","tag":"{tag}"}}]}}"#);
        for (status, body, expected) in [
            (200, event(&reference), sent.clone()),
            (200, event(&format!(r#"[\"{reference}\"]"#)), sent),
            (200, event("other"), LookUp::CannotTell),
            (200, "{}".to_owned(), LookUp::NeverSeen),
            (200, r#"{"events":[]}"#.to_owned(), LookUp::NeverSeen),
            (200, "<html>".to_owned(), LookUp::CannotTell),
            (401, "{}".to_owned(), LookUp::CannotTell),
            (429, "{}".to_owned(), LookUp::CannotTell),
        ] {
            assert_eq!(found(&reference, &answer(status, &body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_mail_s_fields_stand_where_brevo_reads_them() {
        let read: serde_json::Value = serde_json::from_str(&body(&message())).unwrap();
        assert_eq!(read["sender"], serde_json::json!({"name": "The Shop", "email": "hello@shop.example"}));
        assert_eq!(read["to"][0]["email"], "ada@example.com");
        assert_eq!(read["replyTo"]["email"], "people@shop.example");
        assert_eq!(read["tags"][0], message().reference.as_str());
        assert_eq!(sender("hello@shop.example"), ("", "hello@shop.example"));
    }

    #[test]
    fn a_key_stands_for_one_uuid() {
        let one = uuid("cartwake/demo/x/1/s1");
        assert_eq!(one, uuid("cartwake/demo/x/1/s1"));
        assert_ne!(one, uuid("cartwake/demo/x/1/s2"));
        let parts: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(one.chars().nth(14) == Some('4') && "89ab".contains(one.chars().nth(19).unwrap()), "{one}");
    }
}
