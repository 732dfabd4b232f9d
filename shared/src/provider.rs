//! Mail providers: whether a provider remembers keys, can be asked about a mail, and takes batches.

use crate::{codes, time::Span};

codes! {
    /// A mail provider whose API the Worker speaks.
    #[derive(Default)]
    pub enum Provider {
        /// The word in the configuration, in addresses and in the database.
        code: &'static str => from_code,
        /// What the provider remembers, whether it can be asked, and how much it takes at once.
        profile: Profile,
    }
    /// resend.com keeps keys for 24 h, also for a batch of at most 100 (resend.com/docs, idempotency keys); 20 h leaves
    /// room for one stalled run. Sent mails are listed, but cannot be looked up by a tag.
    #[default]
    Resend {
        code: "resend",
        profile: Profile { code: "resend", retry_window: Span::hours(20), can_be_asked: false, largest_batch: 100 },
    }
    /// postmarkapp.com has no keys; sent mails are found by their metadata. Its batches have no key either, so a lost
    /// answer would leave a whole batch unknown.
    Postmark {
        code: "postmark",
        profile: Profile { code: "postmark", retry_window: Span::ZERO, can_be_asked: true, largest_batch: 1 },
    }
    /// brevo.com keeps keys for 30 min, 15 in an older text of the same page (developers.brevo.com, idempotent
    /// requests).
    Brevo {
        code: "brevo",
        profile: Profile { code: "brevo", retry_window: Span::minutes(10), can_be_asked: true, largest_batch: 1 },
    }
}

/// The facts about a provider that decide how a reminder continues after a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The provider's code; a reminder keeps the code of its first attempt.
    pub code: &'static str,
    /// How long after its first attempt a reminder may be repeated under the same key: shorter than the provider
    /// remembers keys, zero if it does not know keys.
    pub retry_window: Span,
    /// Whether the provider can look up a sent mail by our reference.
    pub can_be_asked: bool,
    /// How many mails fit into one call under one key; 1 if the provider has no such call.
    pub largest_batch: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reminder::LEASE;

    #[test]
    fn a_crashed_run_is_taken_over_before_the_key_is_forgotten() {
        for provider in Provider::ALL {
            let Profile { code, retry_window, .. } = provider.profile();
            assert!(retry_window == Span::ZERO || retry_window > LEASE, "{code}");
            assert_eq!(Provider::from_code(code), Some(provider));
        }
        assert_eq!(Provider::from_code("carrier-pigeon"), None);
    }
}
