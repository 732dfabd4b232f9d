//! Mail providers: the port that each of them fills in, and the table of all of them.
//!
//! A provider is one file in this folder and one line in [`PROVIDERS`]. Nothing else asks for a provider by name:
//! configuration, addresses, deliveries, look-ups, events and `cargo xtask deploy` go by what its [`Provider`] says.

use cartwake_shared::{
    provider::Profile,
    reminder::Outcome,
    time::{Span, Timestamp},
};

use self::answer::Answer;
use super::provider_event::Reported;
use crate::base::{
    http::Request,
    json::FieldError,
    mail::{LookUp, Message},
};

pub mod answer;
pub mod brevo;
pub mod postmark;
pub mod resend;

/// Every provider.
#[rustfmt::skip] // One line each.
pub const PROVIDERS: &[&Provider] = &[
    &resend::PROVIDER,
    &postmark::PROVIDER,
    &brevo::PROVIDER,
];

/// The provider that is asked where the configuration names none.
pub const USUAL: &Provider = &resend::PROVIDER;

/// A mail provider whose API the Worker speaks: its facts, and the functions that write requests and read answers.
#[derive(Debug)]
pub struct Provider {
    /// The word in the configuration, in addresses and in the database.
    pub code: &'static str,
    /// The host of its API.
    pub host: &'static str,
    /// Whether a mail needs the name of a stream. Such a provider has one for transactional mails too, where promotions
    /// get an account paused.
    pub needs_stream: bool,
    /// How long after its first attempt a reminder may be repeated under the same key: shorter than the provider
    /// remembers keys, zero if it does not know keys.
    pub retry_window: Span,
    /// The header that carries the key of the API.
    pub credential: fn(&str) -> (&'static str, String),
    /// The path that takes one mail.
    pub path: &'static str,
    /// The header that carries the key of a mail; `None` if the body carries it, or the provider does not know keys.
    pub key_header: Option<&'static str>,
    /// The body of the request for one mail and the stream's name; the same mail always gives the same bytes.
    pub body: fn(&Message, &str) -> String,
    /// What the answer to one mail means.
    pub outcome: fn(&Answer) -> Outcome,
    /// How several mails are handed over under one key.
    pub batch: Option<Batch>,
    /// How the provider is asked about a mail.
    pub question: Option<Question>,
    /// Reads an event; `None` where it says nothing that counts.
    pub reported: fn(&str) -> Result<Option<Reported>, FieldError>,
    /// Whether the provider itself sent this event.
    pub is_proven: fn(&Proof<'_>) -> bool,
}

/// The call of a provider that takes several mails under one key.
#[derive(Debug)]
pub struct Batch {
    /// How many mails fit into it.
    pub largest: u32,
    /// Its path.
    pub path: &'static str,
    /// The header that carries the key, and further headers.
    pub key_header: &'static str,
    /// Headers beside credential and key.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body of the request: the mails in their order.
    pub body: fn(&[&Message]) -> String,
    /// What the answer means for each of so many mails, in their order.
    pub outcomes: fn(&Answer, usize) -> Vec<Outcome>,
}

/// The call of a provider that tells whether it had a mail.
#[derive(Debug)]
pub struct Question {
    /// Path and query that look a mail up by its reference, and by the stream's name.
    pub path: fn(&str, &str) -> String,
    /// What the answer means for the mail of this reference.
    pub found: fn(&str, &Answer) -> LookUp,
}

/// What an event is proven by.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The request that brought the event.
    pub request: &'a Request,
    /// Its body as it was sent.
    pub body: &'a [u8],
    /// What the configuration has to prove it by.
    pub secret: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl Proof<'_> {
    /// What follows the scheme (`Basic `, `Bearer `) in the header `Authorization`.
    pub(super) fn authorization(&self, scheme: &str) -> Option<&str> {
        self.request.authorization.as_deref().and_then(|given| given.strip_prefix(scheme))
    }
}

impl Provider {
    /// What the provider remembers, whether it can be asked, and how much it takes at once.
    pub const fn profile(&self) -> Profile {
        Profile {
            code: self.code,
            retry_window: self.retry_window,
            can_be_asked: self.question.is_some(),
            largest_batch: match &self.batch {
                Some(batch) => batch.largest,
                None => 1,
            },
        }
    }
}

/// The provider of this code.
pub fn named(code: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cartwake_shared::reminder::LEASE;

    #[test]
    fn a_crashed_run_is_taken_over_before_the_key_is_forgotten() {
        for provider in PROVIDERS {
            let Profile { code, retry_window, .. } = provider.profile();
            assert!(retry_window == Span::ZERO || retry_window > LEASE, "{code}");
            assert_eq!(named(code).map(|found| found.host), Some(provider.host));
        }
        assert!(named("carrier-pigeon").is_none());
    }

    #[test]
    fn profiles_say_what_the_providers_document() {
        for (code, retry_window, can_be_asked, largest_batch) in [
            ("resend", Span::hours(20), false, 100),
            ("postmark", Span::ZERO, true, 1),
            ("brevo", Span::minutes(10), true, 1),
        ] {
            let expected = Profile { code, retry_window, can_be_asked, largest_batch };
            assert_eq!(named(code).map(Provider::profile), Some(expected));
        }
    }

    #[test]
    fn every_file_of_the_folder_is_in_the_table() {
        // Cargo starts tests in the folder of their package.
        let folder = "src/sending/providers";
        let files = std::fs::read_dir(folder).unwrap();
        for file in files {
            let name = file.unwrap().file_name().into_string().unwrap();
            let code = name.trim_end_matches(".rs");
            assert!(code == "answer" || named(code).is_some(), "{name} is not in the table");
        }
    }
}
