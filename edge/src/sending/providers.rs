//! Mail providers: how each is asked and what its answers mean.

pub mod answer;
pub mod brevo;
pub mod postmark;
pub mod resend;
