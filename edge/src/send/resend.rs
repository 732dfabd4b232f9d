//! The Resend API: what a request looks like and what an answer means (`POST /emails`).

use cartwake_shared::{
    reminder::Outcome,
    time::{Span, Timestamp},
};

use super::message::Message;
use crate::json::{
    self, Object, Read,
    parse::Json,
    read::{Fields, Misfit},
};

/// Every request names its sender: workerd sends no `User-Agent` by itself, and Resend answers 403 without one.
pub const USER_AGENT: &str = concat!("cartwake/", env!("CARGO_PKG_VERSION"));
/// An attempt is given up after this many milliseconds; it may have been accepted then.
pub const TIME_OUT_MS: u32 = 10_000;
/// No more of an answer is read.
pub const MAX_ANSWER: usize = 64 * 1024;

/// The body of the request as JSON; the same message always gives the same bytes.
pub fn body(message: &Message) -> String {
    let mut headers = Object::new();
    for (name, value) in &message.headers {
        headers.with(name, value);
    }
    let kind = Object::new().with("name", "kind").with("value", "cart_reminder").done();
    let mut body = Object::new();
    body.with("from", &message.from).with("to", &json::list([&message.to])).with_some("reply_to", &message.reply_to);
    body.with("subject", &message.subject).with("html", &message.html).with("text", &message.text);
    body.with("headers", &headers.done()).with("tags", &json::list([kind])).done().into()
}

/// What an answer said; only the fields that decide.
#[derive(Debug, Default)]
struct Answer {
    id: Option<String>,
    name: Option<String>,
    message: Option<String>,
}

impl Read for Answer {
    fn read(json: &Json<'_>) -> Result<Self, Misfit> {
        let fields = Fields::of(json)?;
        Ok(Self { id: fields.optional("id")?, name: fields.optional("name")?, message: fields.optional("message")? })
    }
}

/// Reads an answer. `retry_after` is the header as sent, in seconds or as an HTTP date; `now_ms` reads the date.
pub fn outcome(status: u16, retry_after: Option<&str>, now_ms: i64, answer: &str) -> Outcome {
    let read: Answer = json::read(answer).unwrap_or_default();
    let name = read.name.unwrap_or_default();
    let said = cartwake_shared::text::plain(&read.message.unwrap_or_default(), 200);
    let detail = if said.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {said}") };
    match status {
        200..=299 => match read.id.filter(|id| !id.is_empty() && id.len() <= 200) {
            Some(provider_id) => Outcome::Accepted { provider_id },
            // A 2xx without an id is not Resend's; whatever answered may have passed it on.
            None => Outcome::Unknown { detail: format!("HTTP {status} without an id") },
        },
        // The key was rejected, the sender is not verified, or the account was stopped. A redirect (3xx) is never
        // followed, since the key would leak; nothing was accepted by Resend itself.
        300..=399 | 401 | 403 => Outcome::StopRun { detail },
        409 if name == "invalid_idempotent_request" => Outcome::BadRequest { detail },
        409 => Outcome::Later { after: Span::seconds(30) },
        429 if name.ends_with("quota_exceeded") => Outcome::StopRun { detail },
        429 => Outcome::Later { after: wait(retry_after, now_ms) },
        400 | 413 | 422 if speaks_of_recipient(&said) => Outcome::BadRecipient { detail },
        400..=499 => Outcome::BadRequest { detail },
        _ => Outcome::Unknown { detail },
    }
}

/// Resend has one error name, `validation_error`, for a bad recipient and for our own mistakes; the sentence tells.
fn speaks_of_recipient(sentence: &str) -> bool {
    sentence.contains("`to`")
}

fn wait(retry_after: Option<&str>, now_ms: i64) -> Span {
    let Some(text) = retry_after.map(str::trim) else { return Span::seconds(60) };
    if let Ok(seconds) = text.parse::<i64>() {
        return Span::seconds(seconds);
    }
    Timestamp::from_http_date(text).map_or(Span::seconds(60), |at| at.since(Timestamp::from_millis(now_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood() {
        let accepted = |id: &str| Outcome::Accepted { provider_id: id.to_owned() };
        let unknown = |detail: &str| Outcome::Unknown { detail: detail.to_owned() };
        let error = |name: &str, message: &str| format!(r#"{{"statusCode":0,"name":"{name}","message":"{message}"}}"#);
        // 2025-11-24T16:00:00Z
        let now = 1_764_000_000_000;
        for (status, retry_after, answer, expected) in [
            (200, None, r#"{"id":"abc"}"#.to_owned(), accepted("abc")),
            (200, None, "<html>".to_owned(), unknown("HTTP 200 without an id")),
            (200, None, String::new(), unknown("HTTP 200 without an id")),
            (401, None, error("missing_api_key", "no key"), Outcome::StopRun { detail: "HTTP 401: no key".into() }),
            (
                403,
                None,
                error("validation_error", "not verified"),
                Outcome::StopRun { detail: "HTTP 403: not verified".into() },
            ),
            (
                422,
                None,
                error("validation_error", "Invalid `to` field."),
                Outcome::BadRecipient { detail: "HTTP 422: Invalid `to` field.".into() },
            ),
            (
                422,
                None,
                error("validation_error", "Invalid `from` field."),
                Outcome::BadRequest { detail: "HTTP 422: Invalid `from` field.".into() },
            ),
            (
                409,
                None,
                error("invalid_idempotent_request", "other body"),
                Outcome::BadRequest { detail: "HTTP 409: other body".into() },
            ),
            (409, None, error("concurrent_idempotent_requests", "wait"), Outcome::Later { after: Span::seconds(30) }),
            (429, Some("7"), error("rate_limit_exceeded", "slow"), Outcome::Later { after: Span::seconds(7) }),
            (
                429,
                Some("Mon, 24 Nov 2025 16:00:30 GMT"),
                error("rate_limit_exceeded", "slow"),
                Outcome::Later { after: Span::seconds(30) },
            ),
            (429, Some("soon"), error("rate_limit_exceeded", "slow"), Outcome::Later { after: Span::seconds(60) }),
            (
                429,
                None,
                error("daily_quota_exceeded", "enough"),
                Outcome::StopRun { detail: "HTTP 429: enough".into() },
            ),
            (302, None, String::new(), Outcome::StopRun { detail: "HTTP 302".into() }),
            (500, None, String::new(), unknown("HTTP 500")),
            (503, None, String::new(), unknown("HTTP 503")),
        ] {
            assert_eq!(outcome(status, retry_after, now, &answer), expected, "{status} {answer}");
        }
    }

    #[test]
    fn the_same_message_gives_the_same_bytes() {
        let message = Message {
            idempotency_key: "cartwake/demo/x/1/s1".into(),
            from: "Shop <shop@shop.example>".into(),
            to: "ada@example.com".into(),
            reply_to: Some("help@shop.example".into()),
            subject: "s".into(),
            html: "h".into(),
            text: "t".into(),
            headers: vec![("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into())],
        };
        let first = body(&message);
        assert_eq!(first, body(&message.clone()));
        let read: serde_json::Value = serde_json::from_str(&first).unwrap();
        assert_eq!(read["to"][0], "ada@example.com");
        assert_eq!(read["reply_to"], "help@shop.example");
        assert_eq!(read["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
        assert!(!format!("{message:?}").contains("ada"));
    }
}
