//! What a reminder must know of a mail provider: whether it remembers keys, can be asked about a mail, and takes batches.
//!
//! The providers themselves stand in `edge/src/sending/providers.rs`.

use crate::time::Span;

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
pub(crate) mod samples {
    //! Profiles of the three sorts of providers.
    use super::*;

    /// Remembers keys for a day and takes batches.
    pub(crate) const DAY: Profile =
        Profile { code: "day", retry_window: Span::hours(20), can_be_asked: false, largest_batch: 100 };
    /// Remembers keys for minutes and can be asked.
    pub(crate) const MINUTES: Profile =
        Profile { code: "minutes", retry_window: Span::minutes(10), can_be_asked: true, largest_batch: 1 };
    /// Knows no keys and can be asked.
    pub(crate) const LOG: Profile =
        Profile { code: "log", retry_window: Span::ZERO, can_be_asked: true, largest_batch: 1 };
}
