//! Mail providers: what each remembers, can be asked and takes at once, and so how an unknown attempt may go on.

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
    /// brevo.com keeps keys for 30 min, 15 in an older text of the same page (developers.brevo.com, idempotent requests).
    Brevo {
        code: "brevo",
        profile: Profile { code: "brevo", retry_window: Span::minutes(10), can_be_asked: true, largest_batch: 1 },
    }
}

/// What decides how a reminder goes on whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The provider's word; a reminder keeps that of its first attempt.
    pub code: &'static str,
    /// How long after its first attempt a reminder may be repeated under the same key: shorter than the provider's
    /// memory of keys, zero where it has none.
    pub retry_window: Span,
    /// Whether a sent mail can be looked up by our reference.
    pub can_be_asked: bool,
    /// How many mails fit into one call under one key; 1 where there is no such call.
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
