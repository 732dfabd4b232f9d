//! The Resend API: what a request looks like and what an answer means (`POST /emails`, `POST /emails/batch`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_shared::{lenient::Lenient, reminder::Outcome, time::Span};
use serde::{Deserialize, Serialize};

use super::{
    Batch, Proof, Provider,
    answer::{self, Answer},
};
use crate::{
    base::{
        json::{self, FieldError},
        mail::Message,
    },
    sending::provider_event::{Kind, Reported},
    shop::signed_call,
};

/// resend.com keeps keys for 24 h, also for a batch of at most 100 (resend.com/docs, idempotency keys); 20 h leaves room
/// for one stalled run. Sent mails are listed, but cannot be looked up by a tag.
pub const PROVIDER: Provider = Provider {
    code: "resend",
    host: "api.resend.com",
    needs_stream: false,
    retry_window: Span::hours(20),
    credential: |key| ("Authorization", format!("Bearer {key}")),
    path: "/emails",
    key_header: Some("Idempotency-Key"),
    body: |message, _| body(message),
    outcome,
    batch: Some(Batch {
        largest: 100,
        path: "/emails/batch",
        key_header: "Idempotency-Key",
        // An address that is refused takes none of the others with it.
        headers: &[("x-batch-validation", "permissive")],
        body: batch_body,
        outcomes: batch_outcomes,
    }),
    question: None,
    reported: |event| json::read(event).and_then(reported),
    is_proven,
};

/// A mail as `POST /emails` takes it.
#[derive(Serialize)]
struct Mail<'a> {
    from: &'a str,
    to: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    #[serde(serialize_with = "json::in_order")]
    headers: &'a [(&'static str, String)],
    tags: [Tag<'a>; 2],
}

/// A tag, which events about the mail repeat.
#[derive(Serialize)]
struct Tag<'a> {
    name: &'static str,
    value: &'a str,
}

/// The body of the request as JSON; the same message always gives the same bytes.
pub fn body(message: &Message) -> String {
    json::text(&mail(message))
}

/// The body of a batch: its mails in their order.
pub fn batch_body(messages: &[&Message]) -> String {
    json::text(&messages.iter().map(|message| mail(message)).collect::<Vec<_>>())
}

fn mail(message: &Message) -> Mail<'_> {
    Mail {
        from: &message.from,
        to: [&message.to],
        reply_to: message.reply_to.as_deref(),
        subject: &message.subject,
        html: &message.html,
        text: &message.text,
        headers: &message.headers,
        tags: [Tag { name: "kind", value: "cart_reminder" }, Tag { name: "reference", value: &message.reference }],
    }
}

/// What an answer said; only the fields that decide.
#[derive(Debug, Default, Deserialize)]
struct Said {
    id: Option<String>,
    name: Option<String>,
    message: Option<String>,
}

/// Reads the answer to one mail.
pub fn outcome(answer: &Answer) -> Outcome {
    let said: Said = json::read(&answer.body).unwrap_or_default();
    if (200..=299).contains(&answer.status) {
        return answer::accepted(answer, said.id);
    }
    let (name, sentence) = (said.name.unwrap_or_default(), said.message.unwrap_or_default());
    let detail = answer::told(answer, &sentence);
    match answer.status {
        409 if name == "invalid_idempotent_request" => Outcome::BadRequest { detail },
        409 => Outcome::Later { after: Span::seconds(30) },
        429 if name.ends_with("quota_exceeded") => Outcome::StopRun { detail },
        _ => match answer::common(answer, &detail) {
            Some(outcome) => outcome,
            None if speaks_of_recipient(&sentence) => Outcome::BadRecipient { detail },
            None => Outcome::BadRequest { detail },
        },
    }
}

/// What was said of a batch: the ids of the mails that were taken, in their order, and the refused ones by their place.
#[derive(Debug, Default, Deserialize)]
struct BatchAnswer {
    #[serde(rename = "data")]
    ids: Vec<Said>,
    #[serde(rename = "errors")]
    refused: Option<Vec<Refused>>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    #[serde(rename = "index")]
    place: u32,
    #[serde(rename = "message", default)]
    sentence: String,
}

/// Reads the answer to a batch of `size` mails: an outcome for each, in their order.
///
/// Where the ids cannot be told apart with certainty, all of them are *unknown*.
pub fn batch_outcomes(answer: &Answer, size: usize) -> Vec<Outcome> {
    if !(200..=299).contains(&answer.status) {
        // Nobody in particular is refused by an answer to all.
        let of_all = match outcome(answer) {
            Outcome::BadRecipient { detail } => Outcome::BadRequest { detail },
            other => other,
        };
        return vec![of_all; size];
    }
    let batch: BatchAnswer = json::read(&answer.body).unwrap_or_default();
    let unknown = || Outcome::Unknown { detail: format!("HTTP {} does not tell all mails apart", answer.status) };
    let refused = batch.refused.unwrap_or_default();
    if batch.ids.len().saturating_add(refused.len()) != size {
        return vec![unknown(); size];
    }
    let mut ids = batch.ids.into_iter();
    (0_u32..)
        .take(size)
        .map(|place| match refused.iter().find(|refused| refused.place == place) {
            Some(Refused { sentence, .. }) => {
                let detail = answer::told(answer, sentence);
                if speaks_of_recipient(sentence) {
                    Outcome::BadRecipient { detail }
                } else {
                    Outcome::BadRequest { detail }
                }
            }
            None => ids.next().map_or_else(unknown, |said| answer::accepted(answer, said.id)),
        })
        .collect()
}

/// Resend has one error name, `validation_error`, for a bad recipient and for our own mistakes; the sentence tells.
fn speaks_of_recipient(sentence: &str) -> bool {
    sentence.contains("`to`")
}

/// An event of Resend (resend.com/docs/dashboard/webhooks/event-types).
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    /// Present for `email.` events; what the others are about is not read.
    data: Option<Lenient<EventMail>>,
}

/// The mail that an event is about.
#[derive(Debug, Deserialize)]
struct EventMail {
    #[serde(default)]
    email_id: String,
    tags: Option<EventTags>,
    bounce: Option<Bounce>,
}

#[derive(Debug, Deserialize)]
struct EventTags {
    #[serde(default)]
    reference: String,
}

/// How a mail came back.
#[derive(Debug, Deserialize)]
struct Bounce {
    #[serde(rename = "type", default)]
    kind: String,
}

/// Reads an event; `None` where it is about no mail or says nothing that counts.
fn reported(event: Event) -> Result<Option<Reported>, FieldError> {
    if !event.kind.starts_with("email.") {
        return Ok(None);
    }
    let mail = event.data.ok_or_else(|| FieldError::missing("data"))?.needed("data")?;
    // `Transient` and `Undetermined` may be over tomorrow.
    let is_permanent = mail.bounce.is_some_and(|bounce| bounce.kind == "Permanent");
    let kind = match event.kind.as_str() {
        "email.delivered" => Kind::Delivered,
        "email.bounced" if is_permanent => Kind::Bounced,
        "email.sent" | "email.delivery_delayed" | "email.bounced" => Kind::Accepted,
        "email.complained" => Kind::Complained,
        _ => return Ok(None),
    };
    let reference = mail.tags.map_or_else(String::new, |tags| tags.reference);
    Ok(Some(Reported { reference, kind, provider_id: mail.email_id }))
}

/// Resend signs as Standard Webhooks does, within five minutes.
fn is_proven(proof: &Proof<'_>) -> bool {
    let Some((id, timestamp, signatures)) = &proof.request.webhook else { return false };
    STANDARD.decode(proof.secret.strip_prefix("whsec_").unwrap_or(proof.secret)).is_ok_and(|secret| {
        secret.len() >= 16 && signed_call::is_signed(&secret, id, timestamp, signatures, proof.body, proof.now)
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::answer::samples::{answer, message},
        *,
    };

    #[test]
    fn answers_are_understood() {
        let error = |name: &str, message: &str| format!(r#"{{"statusCode":0,"name":"{name}","message":"{message}"}}"#);
        let stop = |detail: &str| Outcome::StopRun { detail: detail.to_owned() };
        for (status, body, expected) in [
            (200, r#"{"id":"abc"}"#.to_owned(), Outcome::Accepted { provider_id: "abc".to_owned() }),
            (401, error("missing_api_key", "no key"), stop("HTTP 401: no key")),
            (403, error("validation_error", "not verified"), stop("HTTP 403: not verified")),
            (
                422,
                error("validation_error", "Invalid `to` field."),
                Outcome::BadRecipient { detail: "HTTP 422: Invalid `to` field.".into() },
            ),
            (
                422,
                error("validation_error", "Invalid `from` field."),
                Outcome::BadRequest { detail: "HTTP 422: Invalid `from` field.".into() },
            ),
            (
                409,
                error("invalid_idempotent_request", "other body"),
                Outcome::BadRequest { detail: "HTTP 409: other body".into() },
            ),
            (409, error("concurrent_idempotent_requests", "wait"), Outcome::Later { after: Span::seconds(30) }),
            (409, error("resource_locked", "wait"), Outcome::Later { after: Span::seconds(30) }),
            (429, error("rate_limit_exceeded", "slow"), Outcome::Later { after: Span::seconds(60) }),
            (429, error("daily_quota_exceeded", "enough"), stop("HTTP 429: enough")),
            (429, error("monthly_quota_exceeded", "enough"), stop("HTTP 429: enough")),
            (503, String::new(), Outcome::Unknown { detail: "HTTP 503".into() }),
        ] {
            assert_eq!(outcome(&answer(status, &body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn each_mail_of_a_batch_has_its_own_outcome_or_none_is_known() {
        let words = |outcomes: Vec<Outcome>| {
            let word = |outcome: &Outcome| match outcome {
                Outcome::Accepted { provider_id } => provider_id.clone(),
                Outcome::BadRecipient { .. } => "recipient".to_owned(),
                Outcome::BadRequest { .. } => "request".to_owned(),
                Outcome::StopRun { .. } => "stop".to_owned(),
                Outcome::Later { .. } => "later".to_owned(),
                Outcome::Unknown { .. } => "unknown".to_owned(),
            };
            outcomes.iter().map(word).collect::<Vec<_>>().join(" ")
        };
        for (status, body, expected) in [
            (200, r#"{"data":[{"id":"a"},{"id":"b"},{"id":"c"}]}"#, "a b c"),
            (
                200,
                r#"{"data":[{"id":"a"},{"id":"c"}],"errors":[{"index":1,"message":"Invalid `to`."}]}"#,
                "a recipient c",
            ),
            (200, r#"{"data":[{"id":"a"},{"id":"c"}],"errors":[{"index":0,"message":"Too long."}]}"#, "request a c"),
            (200, r#"{"data":[{"id":"a"}]}"#, "unknown unknown unknown"),
            (200, r#"{"data":[{"id":"a"},{"id":""},{"id":"c"}]}"#, "a unknown c"),
            (200, r#"{"data":[{"id":"a"},{"id":"c"}],"errors":[{"index":7,"message":"?"}]}"#, "a c unknown"),
            (200, "<html>", "unknown unknown unknown"),
            (422, r#"{"name":"validation_error","message":"Invalid `to`."}"#, "request request request"),
            (401, "", "stop stop stop"),
            (429, "", "later later later"),
            (500, "", "unknown unknown unknown"),
        ] {
            assert_eq!(words(batch_outcomes(&answer(status, body), 3)), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_mail_s_fields_stand_where_resend_reads_them() {
        let read: serde_json::Value = serde_json::from_str(&body(&message())).unwrap();
        assert_eq!(read["to"][0], "ada@example.com");
        assert_eq!(read["reply_to"], "people@shop.example");
        assert_eq!(read["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
        assert_eq!(read["tags"][1]["value"], message().reference.as_str());
        let batch = batch_body(&[&message(), &message()]);
        assert_eq!(batch, format!("[{0},{0}]", body(&message())));
        assert!(!format!("{:?}", message()).contains("ada"));
    }
}
