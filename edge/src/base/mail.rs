//! One mail as any provider takes it, and what a provider can say of it later.

/// A mail to one recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The same on every attempt; at most 256 characters (Resend's limit).
    pub idempotency_key: String,
    /// Comes back in the provider's events and finds the reminder (`token::reference`).
    pub reference: String,
    /// `Name <address>`.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// Where replies go; may be missing.
    pub reply_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// HTML part.
    pub html: String,
    /// Plain-text part.
    pub text: String,
    /// Further headers, such as `List-Unsubscribe`.
    pub headers: Vec<(&'static str, String)>,
}

/// Neither recipient nor content, so that neither gets into a log.
impl core::fmt::Debug for Message {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Message({})", self.idempotency_key)
    }
}

/// What a provider knows of a reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// It has the mail.
    Sent {
        /// Its id of the mail.
        provider_id: String,
    },
    /// It never had it.
    NeverSeen,
    /// Its answer says neither.
    CannotTell,
}
