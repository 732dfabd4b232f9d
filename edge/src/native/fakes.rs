//! Fakes of the ports that are not the store: a clock that is set, a mail provider that remembers, fixed formats.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
};

use cartwake_shared::{
    money::Money,
    provider::{self, Profile},
    reminder::Outcome,
    time::{Span, Timestamp},
};

use crate::{
    ports::{Cache, Clock, Entropy, Localisation, Mailer},
    send::message::Message,
};

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct SetClock(Cell<Timestamp>);

impl SetClock {
    /// A clock that shows `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(Cell::new(now))
    }

    /// Moves it on.
    pub fn advance(&self, span: Span) {
        self.0.set(self.0.get().plus(span));
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}

/// A provider that honours idempotency keys and says what it is told to.
#[derive(Debug)]
pub struct Provider {
    profile: Cell<Profile>,
    accepted: RefCell<Vec<Message>>,
    calls: Cell<u64>,
    script: RefCell<VecDeque<Answer>>,
}

/// What the provider does with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Accepts and says so.
    Accept,
    /// Accepts, but the answer is lost.
    AcceptSilently,
    /// Does not accept, with this outcome.
    Say(Outcome),
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            profile: Cell::new(provider::Provider::Resend.profile()),
            accepted: RefCell::default(),
            calls: Cell::default(),
            script: RefCell::default(),
        }
    }
}

impl Provider {
    /// Behaves like this from now on: what it remembers, whether it can be asked, how many mails it takes at once.
    pub fn become_like(&self, profile: Profile) {
        self.profile.set(profile);
    }

    /// Answers the next calls like this, then accepts.
    pub fn plan(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.borrow_mut().extend(answers);
    }

    /// Forgets what was planned and accepts.
    pub fn withdraw(&self) {
        self.script.borrow_mut().clear();
    }

    /// Mails accepted so far; a repeated key counts once.
    pub fn mails(&self) -> Vec<Message> {
        self.accepted.borrow().clone()
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }
}

impl Mailer for Provider {
    fn profile(&self) -> Profile {
        self.profile.get()
    }

    async fn send(&self, message: &Message) -> Outcome {
        self.calls.set(self.calls.get().saturating_add(1));
        let answer = self.script.borrow_mut().pop_front().unwrap_or(Answer::Accept);
        if let Answer::Say(outcome) = answer {
            return outcome;
        }
        let mut accepted = self.accepted.borrow_mut();
        let remembers_keys = self.profile.get().retry_window > Span::ZERO;
        let place =
            accepted.iter().position(|known| remembers_keys && known.idempotency_key == message.idempotency_key);
        let place = if let Some(place) = place {
            if accepted.get(place) != Some(message) {
                return Outcome::BadRequest { detail: "the key was used for another mail".to_owned() };
            }
            place
        } else {
            accepted.push(message.clone());
            accepted.len().saturating_sub(1)
        };
        match answer {
            Answer::AcceptSilently => Outcome::Unknown { detail: "no answer".to_owned() },
            _ => Outcome::Accepted { provider_id: format!("mail-{place}") },
        }
    }
}

/// Numbers that look random and are the same in every run.
#[derive(Debug)]
pub struct Seeded(Cell<u64>);

impl Seeded {
    /// A sequence that begins at `seed`.
    pub const fn from(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    fn next(&self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014): one addition and three mixes.
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for Seeded {
    fn bytes(&self) -> [u8; 16] {
        let (high, low) = (u128::from(self.next()), u128::from(self.next()));
        ((high << 64) | low).to_be_bytes()
    }
}

/// Formats that need no `Intl`: `EUR 129.80`, and a few zones without summer time.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainFormats;

impl Localisation for PlainFormats {
    fn money(&self, money: Money, _locale: &str) -> String {
        format!("{} {}", money.currency(), money.to_decimal())
    }

    fn offset_minutes(&self, zone: &str, _at: Timestamp) -> Option<i32> {
        match zone {
            "UTC" => Some(0),
            "Europe/Berlin" => Some(60),
            "America/New_York" => Some(-300),
            "Asia/Tokyo" => Some(540),
            _ => None,
        }
    }
}

/// A cache that keeps everything until it is told to forget.
#[derive(Debug, Default)]
pub struct Kept(RefCell<BTreeMap<String, String>>);

impl Kept {
    /// Forgets everything.
    pub fn forget(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Cache for Kept {
    async fn get(&self, key: &str) -> Option<String> {
        self.0.borrow().get(key).cloned()
    }

    async fn put(&self, key: &str, text: &str, _seconds: u32) {
        self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
    }
}
