//! The challenge, Cloudflare Turnstile: its keys, the call that verifies a solved one, and what the provider's answer means.

use serde::{Deserialize, Serialize};

use super::{config::Secret, json};

/// The provider's own address; widget and verification stand below it.
const USUAL: &str = "https://challenges.cloudflare.com/turnstile/v0";
/// A verification is given up after this many milliseconds: a page waits for it, and the event is kept anyway.
pub const TIME_OUT_MS: u32 = 4_000;
/// No more of the provider's answer is read; it has some hundred bytes.
pub const MAX_ANSWER: usize = 8 * 1024;
/// What the widget is put up for; the provider tells it with each solved challenge.
pub const ACTION: &str = "cartwake";

/// The deployment's widget at the provider.
#[derive(Clone, Debug)]
pub struct Widget {
    /// Its public key.
    pub site_key: String,
    /// The key to its verification.
    secret: Secret,
    /// Where it stands, if not at the provider's own address.
    elsewhere: Option<String>,
}

impl Widget {
    /// A widget from its settings; `None` unless it has both keys. `address` may be empty for the provider's own.
    pub fn new(site_key: String, secret: String, address: &str) -> Option<Self> {
        let elsewhere = Some(address.trim_end_matches('/').to_owned()).filter(|address| !address.is_empty());
        (!site_key.is_empty() && !secret.is_empty()).then(|| Self { site_key, secret: Secret::new(secret), elsewhere })
    }

    /// The address of the widget's script, where it is not the provider's own.
    pub fn script(&self) -> Option<String> {
        self.elsewhere.as_ref().map(|address| [address, "/api.js?render=explicit"].concat())
    }

    /// Where solved challenges are verified.
    pub fn verification(&self) -> String {
        [self.elsewhere.as_deref().unwrap_or(USUAL), "/siteverify"].concat()
    }

    /// The body of the call that verifies a solved challenge.
    pub fn body(&self, solved: &Solved<'_>) -> String {
        json::text(&SiteVerify {
            secret: self.secret.reveal(),
            response: solved.token,
            remoteip: solved.address,
            idempotency_key: &solved.key,
        })
    }
}

/// The body of `siteverify`.
#[derive(Serialize)]
struct SiteVerify<'a> {
    secret: &'a str,
    response: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remoteip: Option<&'a str>,
    idempotency_key: &'a str,
}

/// A challenge that a browser says it has solved.
#[derive(Clone, PartialEq, Eq)]
pub struct Solved<'a> {
    /// The widget's token, good for 300 seconds and for one verification.
    pub token: &'a str,
    /// The browser's IP address.
    pub address: Option<&'a str>,
    /// A UUID, the same for every repetition of the same verification.
    pub key: String,
}

/// Neither token nor address, so that neither gets into a log.
impl core::fmt::Debug for Solved<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Solved({})", self.key)
    }
}

/// What the provider says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A person solved it.
    Passed {
        /// The host of the page that had the widget.
        host: String,
        /// What the page put the widget up for.
        action: String,
        /// What the page gave the widget.
        data: String,
    },
    /// It is no token of ours, too old, or was verified before.
    Refused,
    /// The provider could not be asked, or not with this configuration.
    Unavailable,
}

impl Verdict {
    /// What an answer of the provider means.
    pub fn read(status: u16, body: &str) -> Self {
        let Ok(answer) = json::read::<Answer>(body) else { return Self::Unavailable };
        if status == 200 && answer.success {
            return Self::Passed { host: answer.hostname, action: answer.action, data: answer.cdata };
        }
        let is_of_token = |code: &String| OF_TOKEN.contains(&code.as_str());
        if !answer.codes.is_empty() && answer.codes.iter().all(is_of_token) { Self::Refused } else { Self::Unavailable }
    }
}

/// The provider's codes for a token that is not good. The others are its own trouble (`internal-error`) or ours
/// (`invalid-input-secret`, `bad-request`).
const OF_TOKEN: [&str; 3] = ["missing-input-response", "invalid-input-response", "timeout-or-duplicate"];

/// The provider's answer.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default, rename = "error-codes")]
    codes: Vec<String>,
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    cdata: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_of_the_provider_is_a_pass_and_its_trouble_is_no_refusal() {
        let passed = Verdict::Passed { host: "shop.example".into(), action: ACTION.into(), data: "d".into() };
        let yes = r#"{"success":true,"error-codes":[],"challenge_ts":"2026-12-01T05:00:00Z","hostname":"shop.example","action":"cartwake","cdata":"d","metadata":{"interactive":false}}"#;
        for (status, body, expected) in [
            (200, yes, passed),
            (503, yes, Verdict::Unavailable),
            (200, r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#, Verdict::Refused),
            (400, r#"{"success":false,"error-codes":["invalid-input-response"],"messages":[]}"#, Verdict::Refused),
            (200, r#"{"success":false,"error-codes":["internal-error"]}"#, Verdict::Unavailable),
            (400, r#"{"success":false,"error-codes":["invalid-input-secret"]}"#, Verdict::Unavailable),
            (200, r#"{"success":false}"#, Verdict::Unavailable),
            (200, "<html>", Verdict::Unavailable),
            (502, "", Verdict::Unavailable),
        ] {
            assert_eq!(Verdict::read(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_widget_has_both_keys_and_its_secret_is_in_the_body_of_the_call_alone() {
        for (site_key, secret) in [("", ""), ("0x1", ""), ("", "0x2")] {
            assert!(Widget::new(site_key.into(), secret.into(), "").is_none(), "{site_key} {secret}");
        }
        let own = Widget::new("0x1".into(), "0x-secret".into(), "").unwrap();
        assert_eq!((own.script(), own.verification()), (None, format!("{USUAL}/siteverify")));
        let other = Widget::new("0x1".into(), "0x-secret".into(), "http://127.0.0.1:9/t/").unwrap();
        assert_eq!(other.script().as_deref(), Some("http://127.0.0.1:9/t/api.js?render=explicit"));
        let solved = Solved { token: "the-token", address: Some("203.0.113.7"), key: "a-key".into() };
        assert_eq!(
            other.body(&solved),
            r#"{"secret":"0x-secret","response":"the-token","remoteip":"203.0.113.7","idempotency_key":"a-key"}"#
        );
        let shown = format!("{other:?} {solved:?} {}", other.verification());
        assert!(
            !shown.contains("0x-secret") && !shown.contains("the-token") && !shown.contains("203.0.113"),
            "{shown}"
        );
    }
}
