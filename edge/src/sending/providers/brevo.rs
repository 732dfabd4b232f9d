//! The Brevo API: what a request looks like and what an answer means (`POST /v3/smtp/email`, its events).

use cartwake_shared::reminder::Outcome;
use sha2::{Digest as _, Sha256};

use super::answer::{self, Answer};
use crate::base::json::{
    self, Object, Read,
    parse::Json,
    read::{FieldError, Fields},
};
use crate::base::mail::LookUp;
use crate::base::mail::Message;

/// The body of the request as JSON; the same message always gives the same bytes.
///
/// The key stands in the body, among the headers of the mail (developers.brevo.com, idempotent requests).
pub fn body(message: &Message) -> String {
    let mut headers = Object::new();
    headers.with("idempotencyKey", &uuid(&message.idempotency_key));
    for (name, value) in &message.headers {
        headers.with(name, value);
    }
    let (name, address) = sender(&message.from);
    let mailbox = |address: &str| Object::new().with("email", address).done();
    let mut body = Object::new();
    body.with("sender", &Object::new().with_filled("name", name).with("email", address).done());
    body.with("to", &json::list([mailbox(&message.to)]));
    body.with_some("replyTo", &message.reply_to.as_deref().map(mailbox));
    body.with("subject", &message.subject).with("htmlContent", &message.html).with("textContent", &message.text);
    body.with("headers", &headers.done()).with("tags", &json::list([&message.reference])).done().into()
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
#[derive(Debug, Default)]
struct Said {
    id: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

impl Read for Said {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            id: fields.optional("messageId")?,
            code: fields.optional("code")?,
            message: fields.optional("message")?,
        })
    }
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
#[derive(Debug)]
struct Report(Option<Vec<Event>>);

#[derive(Debug)]
struct Event {
    id: String,
    tag: String,
}

impl Read for Report {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        Ok(Self(Fields::of(json)?.optional("events")?))
    }
}

impl Read for Event {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { id: fields.or_default("messageId")?, tag: fields.or_default("tag")? })
    }
}

/// Reads the answer to a look-up. A report about other mails did not understand the question and tells nothing.
pub fn found(reference: &str, answer: &Answer) -> LookUp {
    match json::read::<Report>(&answer.body) {
        Ok(Report(events)) if answer.status == 200 => {
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
