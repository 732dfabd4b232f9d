//! A mail API as configured: what is asked of it and what its answers mean, whichever provider it is.

use cartwake_shared::{
    provider::Profile,
    reminder::Outcome,
    time::{Span, Timestamp},
};

use super::Provider;
use crate::base::config::Secret;
use crate::{
    base::mail::{LookUp, Message},
    sending::providers,
};

/// Every request names its sender: workerd sends no `User-Agent` by itself, and Resend answers 403 without one.
pub const USER_AGENT: &str = concat!("cartwake/", env!("CARGO_PKG_VERSION"));
/// An attempt is given up after this many milliseconds; it may have been accepted then.
pub const TIME_OUT_MS: u32 = 10_000;
/// No more of an answer is read.
pub const MAX_ANSWER: usize = 64 * 1024;

/// Which provider is asked, where, and with what.
#[derive(Clone, Debug)]
pub struct MailApi {
    /// The provider; `None` where the configuration names none that is known.
    pub provider: Option<&'static Provider>,
    /// Its address without a slash at the end.
    pub address: String,
    /// The key to it.
    pub key: Secret,
    /// The stream of mails, where the provider needs its name; empty elsewhere.
    pub stream: String,
}

/// A request to a mail API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Path and query.
    pub path: String,
    /// Headers beside `User-Agent` and those of the body.
    pub headers: Vec<(&'static str, String)>,
    /// JSON to be posted; a GET where there is none.
    pub body: Option<String>,
}

/// An answer, its body cut at [`MAX_ANSWER`].
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header `Retry-After` as sent.
    pub retry_after: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// The body.
    pub body: String,
}

impl MailApi {
    /// A mail API from its settings; `address` may be empty for the provider's own.
    pub fn new(provider: Option<&'static Provider>, address: &str, key: Secret, stream: String) -> Self {
        let own = || ["https://", provider.unwrap_or(providers::USUAL).host].concat();
        let address = if address.is_empty() { own() } else { address.trim_end_matches('/').to_owned() };
        Self { provider, address, key, stream }
    }

    /// What the provider remembers, can be asked and takes at once.
    pub fn profile(&self) -> Profile {
        self.known().profile()
    }

    /// The bytes of a mail's request; the same mail always gives the same.
    pub fn body(&self, message: &Message) -> String {
        (self.known().body)(message, &self.stream)
    }

    /// The request that hands over one mail, or why none can be made: nothing is sent by a half-done configuration.
    pub fn send(&self, message: &Message) -> Result<Call, Outcome> {
        let provider = self.ready()?;
        let key = provider.key_header.map(|name| (name, message.idempotency_key.clone()));
        Ok(Call {
            path: provider.path.to_owned(),
            headers: [self.credential(provider)].into_iter().chain(key).collect(),
            body: Some(self.body(message)),
        })
    }

    /// What the answer to [`MailApi::send`] means.
    pub fn outcome(&self, answer: &Answer) -> Outcome {
        (self.known().outcome)(answer)
    }

    /// The request that hands over several mails under one key.
    pub fn send_batch(&self, key: &str, messages: &[&Message]) -> Result<Call, Outcome> {
        let provider = self.ready()?;
        let Some(batch) = &provider.batch else { return Err(stopped("this provider has no batch under one key")) };
        let mut headers = vec![self.credential(provider), (batch.key_header, key.to_owned())];
        headers.extend(batch.headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Ok(Call { path: batch.path.to_owned(), headers, body: Some((batch.body)(messages)) })
    }

    /// What the answer to [`MailApi::send_batch`] means for each of `size` mails, in their order.
    pub fn batch_outcomes(&self, answer: &Answer, size: usize) -> Vec<Outcome> {
        match &self.known().batch {
            Some(batch) => (batch.outcomes)(answer, size),
            None => vec![self.outcome(answer); size],
        }
    }

    /// The request that asks whether a mail was sent; `None` where that cannot be asked.
    pub fn look_up(&self, reference: &str) -> Option<Call> {
        let provider = self.ready().ok()?;
        let path = (provider.question.as_ref()?.path)(reference, &self.stream);
        Some(Call { path, headers: vec![self.credential(provider)], body: None })
    }

    /// What the answer to [`MailApi::look_up`] means.
    pub fn found(&self, reference: &str, answer: &Answer) -> LookUp {
        match self.provider.and_then(|provider| provider.question.as_ref()) {
            // Derived readers also take a list of fields; on a list nothing is built that decides about a second mail.
            Some(question) if answer.body.trim_start().starts_with('{') => (question.found)(reference, answer),
            Some(_) | None => LookUp::CannotTell,
        }
    }

    fn known(&self) -> &'static Provider {
        self.provider.unwrap_or(providers::USUAL)
    }

    fn ready(&self) -> Result<&'static Provider, Outcome> {
        match self.provider {
            None => Err(stopped("CARTWAKE_MAIL_PROVIDER names no provider that is known")),
            Some(provider) if provider.needs_stream && self.stream.is_empty() => {
                Err(stopped("CARTWAKE_MAIL_STREAM is missing"))
            }
            Some(provider) => Ok(provider),
        }
    }

    fn credential(&self, provider: &Provider) -> (&'static str, String) {
        (provider.credential)(self.key.reveal())
    }
}

fn stopped(detail: &str) -> Outcome {
    Outcome::StopRun { detail: detail.to_owned() }
}

/// The outcome of the classes that mean the same at every provider; `None` where its own words decide.
pub(super) fn common(answer: &Answer, detail: &str) -> Option<Outcome> {
    let detail = detail.to_owned();
    match answer.status {
        // The key was refused or the account stopped. A redirect is never followed, since the key would leak; nothing
        // was accepted by the provider itself.
        300..=399 | 401..=403 => Some(Outcome::StopRun { detail }),
        429 => Some(Outcome::Later { after: wait(answer) }),
        // 408 says that the request was not read to its end; like every 5xx it does not say what was done with it.
        0..=199 | 408 | 500.. => Some(Outcome::Unknown { detail }),
        _ => None,
    }
}

/// What is told of an answer: its status and the provider's own sentence.
pub(super) fn told(answer: &Answer, sentence: &str) -> String {
    let said = cartwake_shared::text::plain(sentence, 200);
    let status = answer.status;
    if said.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {said}") }
}

/// An accepted mail, or *unknown* where a 2xx has no id: whatever answered then may have passed the mail on.
pub(super) fn accepted(answer: &Answer, id: Option<String>) -> Outcome {
    match id.filter(|id| !id.is_empty() && id.len() <= 200) {
        Some(provider_id) => Outcome::Accepted { provider_id },
        None => Outcome::Unknown { detail: format!("HTTP {} without an id", answer.status) },
    }
}

/// How long the provider asks to wait, in seconds or until an HTTP date; a minute where it says nothing readable.
fn wait(answer: &Answer) -> Span {
    let Some(text) = answer.retry_after.as_deref().map(str::trim) else { return Span::minutes(1) };
    if let Ok(seconds) = text.parse::<i64>() {
        return Span::seconds(seconds);
    }
    Timestamp::from_http_date(text).map_or(Span::minutes(1), |at| at.since(answer.at))
}

#[cfg(test)]
pub(super) mod samples {
    //! Answers and a mail for the tests of the adapters.
    use super::*;

    pub(in crate::sending::providers) fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, at: Timestamp::from_millis(1_764_000_000_000), body: body.to_owned() }
    }

    pub(in crate::sending::providers) fn message() -> Message {
        Message {
            idempotency_key: "cartwake/demo/01JD3Z5W4K8Q9RT2V6XY7ABCDE.1/1/s1".into(),
            reference: "demo_01JD3Z5W4K8Q9RT2V6XY7ABCDE_1_1_s1_aaaaaaaaaaaaaaaaaaaaaa".into(),
            from: "\"The Shop\" <hello@shop.example>".into(),
            to: "ada@example.com".into(),
            reply_to: Some("people@shop.example".into()),
            subject: "You left something".into(),
            html: "<p>h</p>".into(),
            text: "t".into(),
            headers: vec![("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        samples::{answer, message},
        *,
    };
    use crate::sending::providers::{PROVIDERS, brevo, postmark, resend};

    fn api(provider: Option<&'static Provider>, stream: &str) -> MailApi {
        MailApi::new(provider, "", Secret::new("key".to_owned()), stream.to_owned())
    }

    #[test]
    fn an_answer_that_is_no_object_tells_nothing_of_a_mail() {
        for provider in PROVIDERS.iter().copied() {
            for body in ["[]", "[null]", "[0,[]]", " [ null ]", "null", "0", ""] {
                let found = api(Some(provider), "outbound").found("demo_1_1_s1_a", &answer(200, body));
                assert_eq!(found, LookUp::CannotTell, "{} {body}", provider.code);
            }
        }
    }

    #[test]
    fn the_classes_that_all_providers_share_are_understood() {
        let stop = |status: u16| Outcome::StopRun { detail: format!("HTTP {status}") };
        let unknown = |detail: &str| Outcome::Unknown { detail: detail.to_owned() };
        let later = |seconds| Outcome::Later { after: Span::seconds(seconds) };
        let no_id = || unknown("HTTP 200 without an id");
        let long = "x".repeat(MAX_ANSWER);
        for provider in PROVIDERS.iter().copied() {
            for (status, retry_after, body, expected) in [
                (401, None, "", stop(401)),
                (403, None, "", stop(403)),
                (302, None, "", stop(302)),
                (429, Some("7"), "", later(7)),
                (429, Some(" Mon, 24 Nov 2025 16:00:30 GMT"), "", later(30)),
                (429, Some("soon"), "", later(60)),
                (429, Some("315360000"), "", later(315_360_000)),
                (429, Some("-5"), "", later(-5)),
                (429, None, "", later(60)),
                (500, None, "", unknown("HTTP 500")),
                (502, None, "<html>", unknown("HTTP 502")),
                (504, None, "", unknown("HTTP 504")),
                (200, None, "<html>", no_id()),
                (200, None, "", no_id()),
                (200, None, "{}", no_id()),
                (200, None, long.as_str(), no_id()),
            ] {
                let answer = Answer { retry_after: retry_after.map(str::to_owned), ..answer(status, body) };
                let got = api(Some(provider), "broadcast").outcome(&answer);
                assert_eq!(got, expected, "{} {status} {retry_after:?}", provider.code);
            }
        }
    }

    #[test]
    fn a_half_done_configuration_stops_the_run_and_sends_nothing() {
        for (provider, stream, ready) in [
            (None, "", false),
            (Some(&postmark::PROVIDER), "", false),
            (Some(&postmark::PROVIDER), "broadcast", true),
            (Some(&brevo::PROVIDER), "", true),
            (Some(&resend::PROVIDER), "", true),
        ] {
            let asked = api(provider, stream).send(&message());
            assert_eq!(asked.is_ok(), ready, "{:?} {stream:?}", provider.map(|provider| provider.code));
            assert!(ready || matches!(asked, Err(Outcome::StopRun { .. })));
        }
        assert!(api(Some(&postmark::PROVIDER), "broadcast").send_batch("k", &[]).is_err());
    }

    #[test]
    fn each_provider_gets_its_key_at_its_own_address_and_the_mail_s_bytes() {
        for (provider, address, path, headers) in [
            (
                &resend::PROVIDER,
                "https://api.resend.com",
                "/emails",
                vec![
                    ("Authorization", "Bearer key"),
                    ("Idempotency-Key", "cartwake/demo/01JD3Z5W4K8Q9RT2V6XY7ABCDE.1/1/s1"),
                ],
            ),
            (&postmark::PROVIDER, "https://api.postmarkapp.com", "/email", vec![("X-Postmark-Server-Token", "key")]),
            (&brevo::PROVIDER, "https://api.brevo.com", "/v3/smtp/email", vec![("api-key", "key")]),
        ] {
            let api = api(Some(provider), "broadcast");
            let call = api.send(&message()).unwrap();
            let given: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!((api.address.as_str(), call.path.as_str(), given), (address, path, headers));
            assert_eq!(call.body.as_deref(), Some(api.body(&message()).as_str()));
            assert_eq!(api.body(&message()), api.body(&message().clone()), "the same mail, the same bytes");
        }
    }
}
