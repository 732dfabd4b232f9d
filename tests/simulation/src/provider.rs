//! The mail provider as Resend behaves: it remembers keys for a day, is busy, revokes, times out before and after accepting.

use std::collections::BTreeMap;

use cartwake_edge::send::{message::Message, resend};
use cartwake_shared::{reminder::Outcome, time::Span};

use crate::chance::Chance;

/// Resend keeps keys for 24 h (resend.com/docs, idempotency keys).
pub const KEY_LIFE: i64 = 24 * 60 * 60 * 1_000;

/// What the provider knows.
#[derive(Debug, Default)]
pub struct Provider {
    /// Key → body, time of acceptance, id.
    memory: BTreeMap<String, (String, i64, u64)>,
    accepted: u64,
    /// Until when it is busy or has revoked our key.
    pub closed: Option<(i64, bool)>,
}

/// What became of a request that reached the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reception {
    /// A new mail, sent out.
    New(u64),
    /// The key is known, with the same text.
    Known(u64),
    /// The key is known, with another text.
    OtherText,
}

/// How a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// Accepted and said so.
    Accept,
    /// Accepted, but the answer never comes.
    AcceptSilently,
    /// Not accepted.
    Say(Outcome),
}

impl Course {
    /// Its kind, for what is counted.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Accept => "provider: accepted",
            Self::AcceptSilently => "provider: accepted, no answer in time",
            Self::Say(Outcome::Later { .. }) => "provider: busy",
            Self::Say(Outcome::StopRun { .. }) => "provider: key revoked",
            Self::Say(Outcome::BadRecipient { .. }) => "provider: recipient refused",
            Self::Say(Outcome::BadRequest { .. }) => "provider: request refused",
            Self::Say(_) => "provider: failed before it accepted",
        }
    }
}

impl Provider {
    /// How the next call goes.
    pub fn course(&self, now: i64, is_rough: bool, chance: &mut Chance) -> Course {
        if let Some((_, revoked)) = self.closed.filter(|(until, _)| now < *until) {
            return Course::Say(if revoked { stop() } else { later(chance) });
        }
        if !is_rough {
            return Course::Accept;
        }
        let unknown = |detail: &str| Course::Say(Outcome::Unknown { detail: detail.to_owned() });
        match chance.below(100) {
            0..5 => Course::Say(later(chance)),
            5..8 => unknown("no answer in 10 s"),
            8..10 => unknown("HTTP 500"),
            10..16 => Course::AcceptSilently,
            16 => Course::Say(stop()),
            17 if chance.happens(300) => Course::Say(Outcome::BadRecipient { detail: "HTTP 422".to_owned() }),
            17 if chance.happens(300) => Course::Say(Outcome::BadRequest { detail: "HTTP 400".to_owned() }),
            _ => Course::Accept,
        }
    }

    /// Takes a request.
    pub fn take(&mut self, message: &Message, now: i64, key_life: i64) -> Reception {
        let body = resend::body(message);
        if let Some((known, at, id)) = self.memory.get(&message.idempotency_key)
            && now - at < key_life
        {
            return if *known == body { Reception::Known(*id) } else { Reception::OtherText };
        }
        self.accepted += 1;
        self.memory.insert(message.idempotency_key.clone(), (body, now, self.accepted));
        Reception::New(self.accepted)
    }
}

fn later(chance: &mut Chance) -> Outcome {
    // A `Retry-After` can be anything: negative, a second, ten minutes, ten years.
    let seconds = chance.one_of(&[-5, 1, 30, 60, 600, 315_360_000]);
    Outcome::Later { after: Span::seconds(seconds) }
}

fn stop() -> Outcome {
    Outcome::StopRun { detail: "HTTP 403".to_owned() }
}
