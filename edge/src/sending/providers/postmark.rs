//! The Postmark API: what a request looks like and what an answer means (`POST /email`, `GET /messages/outbound`).

use cartwake_shared::{reminder::Outcome, time::Span};

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
/// `stream` must be a *broadcast* stream: Postmark pauses senders who mail promotions over a transactional one.
pub fn body(message: &Message, stream: &str) -> String {
    let headers =
        message.headers.iter().map(|(name, value)| Object::new().with("Name", *name).with("Value", value).done());
    let (cart, step) = halves(&message.reference);
    let mut body = Object::new();
    body.with("From", &message.from).with("To", &message.to).with_some("ReplyTo", &message.reply_to);
    body.with("Subject", &message.subject).with("HtmlBody", &message.html).with("TextBody", &message.text);
    body.with("Headers", &json::list(headers)).with("Tag", "cart_reminder");
    body.with("Metadata", &Object::new().with("cart", cart).with("step", step).done());
    body.with("MessageStream", stream).done().into()
}

/// A value of Postmark's metadata has at most 80 characters, so a reference is given in two: the cart it is about, and
/// what is told apart within it. The second half ends with the signature over both, so it is found by itself.
fn halves(reference: &str) -> (&str, &str) {
    let third = reference.match_indices('_').nth(2).map_or(0, |(place, _)| place);
    reference.split_at_checked(third).map_or(("", reference), |(cart, step)| (cart, step.trim_start_matches('_')))
}

/// The reference that [`halves`] was given.
pub(crate) fn whole(cart: &str, step: &str) -> String {
    [cart, "_", step].concat()
}

/// Path and query that look a mail up. Without its stream only the transactional one would be searched.
pub fn look_up(reference: &str, stream: &str) -> String {
    let (_, step) = halves(reference);
    format!("/messages/outbound?count=10&offset=0&messagestream={stream}&metadata_step={step}")
}

/// What an answer said; only the fields that decide.
#[derive(Debug, Default)]
struct Said {
    code: Option<i64>,
    id: Option<String>,
    message: Option<String>,
}

impl Read for Said {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self {
            code: fields.optional("ErrorCode")?,
            id: fields.optional("MessageID")?,
            message: fields.optional("Message")?,
        })
    }
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
#[derive(Debug)]
struct Search {
    total: i64,
    mails: Vec<Mail>,
}

#[derive(Debug)]
struct Mail {
    id: String,
    step: String,
}

impl Read for Search {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { total: fields.needed("TotalCount")?, mails: fields.needed("Messages")? })
    }
}

impl Read for Mail {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        let Metadata { step, .. } = fields.optional("Metadata")?.unwrap_or_default();
        Ok(Self { id: fields.needed("MessageID")?, step })
    }
}

/// The metadata of a mail, as [`body`] gave it.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) cart: String,
    pub(crate) step: String,
}

impl Read for Metadata {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        Ok(Self { cart: fields.or_default("cart")?, step: fields.or_default("step")? })
    }
}

/// Reads the answer to a look-up. A search that gives other mails did not understand the question and tells nothing.
pub fn found(reference: &str, answer: &Answer) -> LookUp {
    let (_, step) = halves(reference);
    match json::read::<Search>(&answer.body) {
        Ok(Search { total, mails }) if answer.status == 200 => match mails.into_iter().find(|mail| mail.step == step) {
            Some(Mail { id, .. }) => LookUp::Sent { provider_id: id },
            None if total == 0 => LookUp::NeverSeen,
            None => LookUp::CannotTell,
        },
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
        let mail = |step: &str| format!(r#"{{"MessageID":"b7bc","Metadata":{{"cart":"c","step":"{step}"}}}}"#);
        let ours = "1_s1_aaaaaaaaaaaaaaaaaaaaaa";
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
        assert!(look_up(&reference, "broadcast").ends_with(&format!("messagestream=broadcast&metadata_step={ours}")));
    }

    #[test]
    fn a_mail_s_fields_stand_where_postmark_reads_them() {
        let read: serde_json::Value = serde_json::from_str(&body(&message(), "broadcast")).unwrap();
        assert_eq!((&read["To"], &read["MessageStream"]), (&"ada@example.com".into(), &"broadcast".into()));
        assert_eq!(read["Headers"][0]["Name"], "List-Unsubscribe-Post");
        let of = |name: &str| read["Metadata"][name].as_str().unwrap().to_owned();
        assert_eq!(whole(&of("cart"), &of("step")), message().reference);
        // Limits of Postmark's metadata: 80 characters a value.
        let longest = format!(
            "{}_01JD3Z5W4K8Q9RT2V6XY7ABCDE_999999999_4294967295_{}_{}",
            "s".repeat(32),
            "t".repeat(16),
            "m".repeat(22)
        );
        let (cart, step) = halves(&longest);
        assert!(cart.len() <= 80 && step.len() <= 80, "{} {}", cart.len(), step.len());
    }
}
