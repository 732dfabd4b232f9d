//! Fakes of all ports but the store: a clock that tests set, providers that remember, fixed formats.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
};

use cartwake_shared::{
    money::Money,
    provider::Profile,
    reminder::Outcome,
    time::{Span, Timestamp},
};

use crate::base::mail::LookUp;
use crate::{
    base::{
        challenge::{Solved, Verdict},
        mail::Message,
        ports::{Cache, Challenger, Clock, Entropy, Limits, Localisation, Mailer},
        rate_limit::Class,
        row_budget::RowCount,
    },
    sending::providers::resend,
};

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(Cell<Timestamp>);

impl ManualClock {
    /// A clock that shows `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(Cell::new(now))
    }

    /// Moves it on.
    pub fn advance(&self, span: Span) {
        self.0.set(self.0.get().plus(span));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.get()
    }
}

/// A provider that remembers, answers questions and takes batches as its profile says, and does what it is told to.
#[derive(Debug)]
pub struct Provider {
    profile: Cell<Profile>,
    accepted: RefCell<Vec<Message>>,
    /// What was accepted under each key: the bytes, and the place of their first mail in `accepted`.
    memory: RefCell<BTreeMap<String, (String, usize)>>,
    calls: Cell<u64>,
    look_ups: Cell<u64>,
    script: RefCell<VecDeque<Answer>>,
    is_mute: Cell<bool>,
}

/// What the provider does with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Accepts and says so.
    Accept,
    /// Accepts, but the answer is lost.
    AcceptSilently,
    /// Does not accept, with this outcome; for a batch it is that of each of its mails.
    Say(Outcome),
    /// Accepts a batch but for the mails at these places, which have this outcome.
    AcceptBut(Vec<usize>, Outcome),
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            profile: Cell::new(resend::PROVIDER.profile()),
            accepted: RefCell::default(),
            memory: RefCell::default(),
            calls: Cell::default(),
            look_ups: Cell::default(),
            script: RefCell::default(),
            is_mute: Cell::default(),
        }
    }
}

impl Provider {
    /// Behaves like this from now on: what it remembers, whether it can be asked, how many mails it takes at once.
    pub fn become_like(&self, profile: Profile) {
        self.profile.set(profile);
    }

    /// Forgets every key, as it does when they are old.
    pub fn forget_keys(&self) {
        self.memory.borrow_mut().clear();
    }

    /// Does not tell what it knows when it is asked; or tells it again.
    pub fn keep_silent(&self, is_mute: bool) {
        self.is_mute.set(is_mute);
    }

    /// Answers the next calls like this, then accepts.
    pub fn plan(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.borrow_mut().extend(answers);
    }

    /// Forgets what was planned and accepts.
    pub fn withdraw(&self) {
        self.script.borrow_mut().clear();
    }

    /// Mails accepted so far; a repeated key counts once while it is remembered.
    pub fn mails(&self) -> Vec<Message> {
        self.accepted.borrow().clone()
    }

    /// Calls that hand mails over so far.
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// Questions about a mail so far.
    pub fn look_ups(&self) -> u64 {
        self.look_ups.get()
    }

    /// Takes the request under `key` with these bytes and mails; the places in the memory of those it accepted.
    fn take(&self, key: &str, bytes: String, messages: &[&Message]) -> Option<usize> {
        let mut memory = self.memory.borrow_mut();
        if let Some((known, place)) = memory.get(key) {
            return (*known == bytes).then_some(*place);
        }
        let mut accepted = self.accepted.borrow_mut();
        let place = accepted.len();
        accepted.extend(messages.iter().map(|message| (*message).clone()));
        if self.profile.get().retry_window > Span::ZERO {
            memory.insert(key.to_owned(), (bytes, place));
        }
        Some(place)
    }

    fn answer(&self, key: &str, bytes: String, messages: &[&Message]) -> Vec<Outcome> {
        self.calls.set(self.calls.get().saturating_add(1));
        let answer = self.script.borrow_mut().pop_front().unwrap_or(Answer::Accept);
        let (refused, why) = match &answer {
            Answer::Say(outcome) => return vec![outcome.clone(); messages.len()],
            Answer::AcceptBut(places, outcome) => (places.as_slice(), Some(outcome)),
            Answer::Accept | Answer::AcceptSilently => (&[] as &[usize], None),
        };
        let taken: Vec<&Message> = messages
            .iter()
            .enumerate()
            .filter(|(place, _)| !refused.contains(place))
            .map(|(_, message)| *message)
            .collect();
        let Some(mut place) = self.take(key, bytes, &taken) else {
            let outcome = Outcome::BadRequest { detail: "the key was used for another mail".to_owned() };
            return vec![outcome; messages.len()];
        };
        if answer == Answer::AcceptSilently {
            return vec![Outcome::Unknown { detail: "no answer".to_owned() }; messages.len()];
        }
        (0..messages.len())
            .map(|number| {
                if let Some(outcome) = why.filter(|_| refused.contains(&number)) {
                    return outcome.clone();
                }
                place = place.saturating_add(1);
                Outcome::Accepted { provider_id: format!("mail-{}", place.saturating_sub(1)) }
            })
            .collect()
    }
}

impl Mailer for Provider {
    fn profile(&self) -> Profile {
        self.profile.get()
    }

    fn body(&self, message: &Message) -> String {
        resend::body(message)
    }

    async fn send(&self, message: &Message) -> Outcome {
        let outcomes = self.answer(&message.idempotency_key, resend::body(message), &[message]);
        outcomes.into_iter().next().unwrap_or(Outcome::Unknown { detail: String::new() })
    }

    async fn send_batch(&self, key: &str, messages: &[&Message]) -> Vec<Outcome> {
        self.answer(key, resend::batch_body(messages), messages)
    }

    async fn look_up(&self, reference: &str) -> LookUp {
        self.look_ups.set(self.look_ups.get().saturating_add(1));
        let place = self.accepted.borrow().iter().position(|mail| mail.reference == reference);
        match place {
            _ if self.is_mute.get() => LookUp::CannotTell,
            Some(place) => LookUp::Sent { provider_id: format!("mail-{place}") },
            None => LookUp::NeverSeen,
        }
    }
}

/// The provider of the challenge: knows the tokens that its widget gave away, and verifies each under one key.
#[derive(Debug, Default)]
pub struct Turnstile {
    /// By token: what it tells of it, and the key of its verification.
    tokens: RefCell<BTreeMap<String, (Verdict, Option<String>)>>,
    calls: Cell<u64>,
    script: RefCell<VecDeque<Verdict>>,
}

impl Turnstile {
    /// Somebody solves the widget on a page of this host, which put it up for `action` and gave it `data`; the token.
    pub fn solve(&self, host: &str, action: &str, data: &str) -> String {
        let mut tokens = self.tokens.borrow_mut();
        let token = format!("0.token-{}", tokens.len());
        let told = Verdict::Passed { host: host.to_owned(), action: action.to_owned(), data: data.to_owned() };
        tokens.insert(token.clone(), (told, None));
        token
    }

    /// All tokens are too old from now on.
    pub fn expire(&self) {
        self.tokens.borrow_mut().clear();
    }

    /// Answers the next calls like this, whatever token they bring; an answer that came too late is an outage.
    pub fn plan(&self, verdicts: impl IntoIterator<Item = Verdict>) {
        self.script.borrow_mut().extend(verdicts);
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }
}

impl Challenger for Turnstile {
    async fn verify(&self, solved: &Solved<'_>) -> Verdict {
        self.calls.set(self.calls.get().saturating_add(1));
        if let Some(verdict) = self.script.borrow_mut().pop_front() {
            return verdict;
        }
        let mut tokens = self.tokens.borrow_mut();
        let Some((verdict, key)) = tokens.get_mut(solved.token) else { return Verdict::Refused };
        let key = key.get_or_insert_with(|| solved.key.clone());
        if *key == solved.key { verdict.clone() } else { Verdict::Refused }
    }
}

/// Numbers that look random and are the same in every run.
#[derive(Debug)]
pub struct SeededEntropy(Cell<u64>);

impl SeededEntropy {
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

impl Entropy for SeededEntropy {
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
pub struct MemoryCache(RefCell<BTreeMap<String, String>>);

impl MemoryCache {
    /// Forgets everything.
    pub fn forget(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Option<String> {
        self.0.borrow().get(key).cloned()
    }

    async fn put(&self, key: &str, text: &str, _seconds: u32) {
        self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
    }
}

/// Limits that permit any number of requests until they are told how many; then they count like the platform does, by
/// class and network, until the window is over.
#[derive(Debug, Default)]
pub struct CountedLimits {
    most: RefCell<Option<BTreeMap<Class, u32>>>,
    made: RefCell<BTreeMap<(Class, String), u32>>,
    rows: RefCell<RowCount>,
}

impl CountedLimits {
    /// Permits so many requests of a class in a window from now on; a class that has no number permits any.
    pub fn permit(&self, class: Class, requests: u32) {
        self.most.borrow_mut().get_or_insert_default().insert(class, requests);
    }

    /// Ends the window: all counts begin anew.
    pub fn end_window(&self) {
        self.made.borrow_mut().clear();
    }

    /// Forgets the isolate's rows, as a new isolate knows none.
    pub fn forget_rows(&self) {
        self.rows.replace(RowCount::default());
    }
}

impl Limits for CountedLimits {
    fn is_counting(&self) -> bool {
        self.most.borrow().is_some()
    }

    async fn permits(&self, class: Class, network: &str) -> bool {
        let Some(most) = self.most.borrow().as_ref().and_then(|most| most.get(&class).copied()) else { return true };
        let mut made = self.made.borrow_mut();
        let count = made.entry((class, network.to_owned())).or_default();
        *count = count.saturating_add(1);
        *count <= most
    }

    fn change_row_count<T>(&self, change: impl FnOnce(&mut RowCount) -> T) -> T {
        change(&mut self.rows.borrow_mut())
    }
}
