//! Simulated mail providers of every kind: what they remember, can be asked and take at once.
//!
//! They are busy, revoked, silent before and after accepting, and their logs are late.

use std::collections::BTreeMap;

use cartwake_edge::{
    base::mail::{LookUp, Message},
    sending::providers::{brevo, postmark, resend},
};
use cartwake_shared::{provider::Profile, reminder::Outcome, time::Span};

use crate::chance::{Chance, number_of};

/// What a provider remembers, can be asked and takes at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// It keeps keys for a day.
    #[default]
    Day,
    /// The same, and several mails leave in one call.
    Batches,
    /// It keeps keys for some minutes, and its log can be asked.
    Minutes,
    /// It keeps no keys; its log can be asked.
    Log,
    /// Neither: a mail has one attempt.
    Nothing,
}

impl Kind {
    /// What decides how a reminder goes on whose answer was lost.
    pub const fn profile(self) -> Profile {
        match self {
            Self::Day | Self::Batches => resend::PROVIDER.profile(),
            Self::Minutes => brevo::PROVIDER.profile(),
            Self::Log => postmark::PROVIDER.profile(),
            Self::Nothing => Profile { code: "nothing", can_be_asked: false, ..postmark::PROVIDER.profile() },
        }
    }

    /// How long it really keeps keys, in milliseconds: 24 h (resend.com/docs, idempotency keys), 15 min (the shorter of
    /// two texts at developers.brevo.com, idempotent requests).
    const fn key_life(self) -> i64 {
        match self {
            Self::Day | Self::Batches => 24 * 60 * MINUTE,
            Self::Minutes => 15 * MINUTE,
            Self::Log | Self::Nothing => 0,
        }
    }

    /// How many mails the deployment puts into one call.
    pub const fn mails_per_batch(self) -> u32 {
        if matches!(self, Self::Batches) { 4 } else { 1 }
    }

    /// Its name, for what is counted.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "provider: keys for a day",
            Self::Batches => "provider: batches",
            Self::Minutes => "provider: keys for minutes",
            Self::Log => "provider: no keys, but a log",
            Self::Nothing => "provider: neither keys nor a log",
        }
    }
}

const MINUTE: i64 = 60_000;
/// A mail is in the log after none, one, two or three times this long, in milliseconds.
const LOG_IS_LATE: i64 = 5 * MINUTE;

/// What the providers know, each kind by its own code.
#[derive(Debug, Default)]
pub struct Provider {
    /// Code and key → body, time of acceptance, ids.
    memory: BTreeMap<(&'static str, String), (String, i64, Vec<u64>)>,
    /// Code and reference → when it is in the log, id.
    log: BTreeMap<(&'static str, String), (i64, u64)>,
    accepted: u64,
    /// How often each mail was handed over, by its reference: its luck does not hang on what others are sent.
    calls: BTreeMap<String, u64>,
    /// Until when it is busy or has revoked our key.
    pub closed: Option<(i64, bool)>,
}

/// What became of a request that reached the provider, for each of its mails.
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
    /// How the next call goes, of one mail or of a batch.
    pub fn course(&self, now: i64, is_rough: bool, is_batch: bool, chance: &mut Chance) -> Course {
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
            // Nobody in particular is refused by an answer to all.
            17 if is_batch => Course::Say(Outcome::BadRequest { detail: "HTTP 422".to_owned() }),
            17 if chance.happens(300) => Course::Say(Outcome::BadRecipient { detail: "HTTP 422".to_owned() }),
            17 if chance.happens(300) => Course::Say(Outcome::BadRequest { detail: "HTTP 400".to_owned() }),
            _ => Course::Accept,
        }
    }

    /// The luck of the next call with this mail in front, whenever it leaves and whoever is mailed beside it.
    pub fn luck_of(&mut self, seed: u64, reference: &str) -> Chance {
        let calls = self.calls.entry(reference.to_owned()).or_default();
        *calls += 1;
        Chance::about(seed ^ number_of(reference), 9 << 50 | *calls)
    }

    /// Takes a request; `key_life` replaces how long keys are kept, in milliseconds.
    pub fn take(
        &mut self,
        kind: Kind,
        key: &str,
        messages: &[&Message],
        now: i64,
        key_life: Option<i64>,
    ) -> Vec<Reception> {
        let code = kind.profile().code;
        let life = key_life.unwrap_or(kind.key_life());
        let place = (code, key.to_owned());
        let body = if life > 0 { resend::batch_body(messages) } else { String::new() };
        if let Some((known, at, ids)) = self.memory.get(&place)
            && now - at < life
        {
            let is_same = *known == body;
            return ids.iter().map(|id| if is_same { Reception::Known(*id) } else { Reception::OtherText }).collect();
        }
        let mut ids = Vec::new();
        for message in messages {
            self.accepted += 1;
            let late = LOG_IS_LATE * i64::try_from(number_of(&message.reference) % 4).unwrap_or(0);
            self.log.entry((code, message.reference.clone())).or_insert((now + late, self.accepted));
            ids.push(self.accepted);
        }
        self.memory.insert(place, (body, now, ids.clone()));
        ids.into_iter().map(Reception::New).collect()
    }

    /// What its log says of a mail.
    pub fn look_up(&self, kind: Kind, reference: &str, now: i64) -> LookUp {
        if self.closed.is_some_and(|(until, _)| now < until) {
            return LookUp::CannotTell;
        }
        match self.log.get(&(kind.profile().code, reference.to_owned())) {
            Some((at, id)) if *at <= now => LookUp::Sent { provider_id: format!("mail-{id}") },
            _ => LookUp::NeverSeen,
        }
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
