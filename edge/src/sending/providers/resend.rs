//! The Resend API: what a request looks like and what an answer means (`POST /emails`, `POST /emails/batch`).

use cartwake_shared::{reminder::Outcome, time::Span};

use super::answer::{self, Answer};
use crate::base::json::{
    self, Document, Object, Read,
    parse::Json,
    read::{FieldError, Fields},
};
use crate::base::mail::Message;

/// The body of the request as JSON; the same message always gives the same bytes.
pub fn body(message: &Message) -> String {
    mail(message).into()
}

/// The body of a batch: its mails in their order.
pub fn batch_body(messages: &[&Message]) -> String {
    json::list(messages.iter().map(|message| mail(message))).into()
}

fn mail(message: &Message) -> Document {
    let mut headers = Object::new();
    for (name, value) in &message.headers {
        headers.with(name, value);
    }
    let tag = |name: &str, value: &str| Object::new().with("name", name).with("value", value).done();
    let tags = json::list([tag("kind", "cart_reminder"), tag("reference", &message.reference)]);
    let mut body = Object::new();
    body.with("from", &message.from).with("to", &json::list([&message.to])).with_some("reply_to", &message.reply_to);
    body.with("subject", &message.subject).with("html", &message.html).with("text", &message.text);
    body.with("headers", &headers.done()).with("tags", &tags).done()
}

/// What an answer said; only the fields that decide.
#[derive(Debug, Default)]
struct Said {
    id: Option<String>,
    name: Option<String>,
    message: Option<String>,
}

impl Read for Said {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { id: fields.optional("id")?, name: fields.optional("name")?, message: fields.optional("message")? })
    }
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
#[derive(Debug, Default)]
struct Batch {
    ids: Vec<Said>,
    refused: Vec<Refused>,
}

#[derive(Debug)]
struct Refused {
    place: u32,
    sentence: String,
}

impl Read for Batch {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { ids: fields.needed("data")?, refused: fields.optional("errors")?.unwrap_or_default() })
    }
}

impl Read for Refused {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { place: fields.needed("index")?, sentence: fields.or_default("message")? })
    }
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
    let batch: Batch = json::read(&answer.body).unwrap_or_default();
    let unknown = || Outcome::Unknown { detail: format!("HTTP {} does not tell all mails apart", answer.status) };
    if batch.ids.len().saturating_add(batch.refused.len()) != size {
        return vec![unknown(); size];
    }
    let mut ids = batch.ids.into_iter();
    (0_u32..)
        .take(size)
        .map(|place| match batch.refused.iter().find(|refused| refused.place == place) {
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
