//! The challenger port: one call of the provider's verification.

use super::outgoing::{Call, ask};
use crate::base::{
    challenge::{MAX_ANSWER, Solved, TIME_OUT_MS, Verdict, Widget},
    ports::Challenger,
};

/// The configured widget's verification over HTTP; none where there are no keys.
pub(super) struct Challenge(pub(super) Option<Widget>);

impl Challenger for Challenge {
    async fn verify(&self, solved: &Solved<'_>) -> Verdict {
        let Some(widget) = &self.0 else { return Verdict::Unavailable };
        let (address, body) = (widget.verification(), widget.body(solved));
        let call = Call { address: &address, headers: &[], body: Some(&body), time_out: TIME_OUT_MS, most: MAX_ANSWER };
        match ask(&call).await {
            Ok(reply) => Verdict::read(reply.status, &reply.body),
            Err(_) => Verdict::Unavailable,
        }
    }
}
