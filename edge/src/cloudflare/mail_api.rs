//! The mailer port: one call of the mail API, bounded in time and size, never redirected.

use cartwake_shared::{provider::Profile, reminder::Outcome};

use crate::{
    base::{
        mail::{LookUp, Message},
        ports::{Clock as _, Mailer},
    },
    sending::providers::answer::{Answer, Call, MAX_ANSWER, MailApi, TIME_OUT_MS},
};

use super::{
    clock::PlatformClock,
    outgoing::{self, Failure, Reply},
};

/// The configured mail API over HTTP.
pub(super) struct Mail(pub(super) MailApi);

impl Mailer for Mail {
    fn profile(&self) -> Profile {
        self.0.profile()
    }

    fn body(&self, message: &Message) -> String {
        self.0.body(message)
    }

    async fn send(&self, message: &Message) -> Outcome {
        match self.0.send(message) {
            Ok(call) => self.ask(call).await.map_or_else(|outcome| outcome, |answer| self.0.outcome(&answer)),
            Err(outcome) => outcome,
        }
    }

    async fn send_batch(&self, key: &str, messages: &[&Message]) -> Vec<Outcome> {
        let size = messages.len();
        match self.0.send_batch(key, messages) {
            Ok(call) => self
                .ask(call)
                .await
                .map_or_else(|outcome| vec![outcome; size], |answer| self.0.batch_outcomes(&answer, size)),
            Err(outcome) => vec![outcome; size],
        }
    }

    async fn look_up(&self, reference: &str) -> LookUp {
        match self.0.look_up(reference) {
            Some(call) => self.ask(call).await.map_or(LookUp::CannotTell, |answer| self.0.found(reference, &answer)),
            None => LookUp::CannotTell,
        }
    }
}

impl Mail {
    /// The answer to a call, or what it means that there is none.
    async fn ask(&self, call: Call) -> Result<Answer, Outcome> {
        let address = [self.0.address.as_str(), &call.path].concat();
        let asked = outgoing::Call {
            address: &address,
            headers: &call.headers,
            body: call.body.as_deref(),
            time_out: TIME_OUT_MS,
            most: MAX_ANSWER,
        };
        match outgoing::ask(&asked).await {
            Ok(Reply { status, retry_after, body }) => {
                Ok(Answer { status, retry_after, at: PlatformClock::for_request().now(), body })
            }
            Err(Failure::NotSent(detail)) => Err(Outcome::StopRun { detail }),
            Err(Failure::NoAnswer(detail)) => Err(Outcome::Unknown { detail }),
        }
    }
}
