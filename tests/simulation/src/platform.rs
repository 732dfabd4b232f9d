//! The ports as one request or run sees them: a store that fails and stalls, a wrong clock, the provider.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::Pin,
    rc::Rc,
    sync::LazyLock,
    task::{Context, Poll},
};

use cartwake_edge::{
    base::{
        mail::{LookUp, Message},
        ports::{App, Cache, Clock, Entropy, Localisation, Mailer, Store},
        store::{Query as _, Rows, Sql, Statement, StoreError, sql::send::LoadReminders},
    },
    native::{
        fakes::{CountedLimits, PlainFormats, Turnstile},
        world,
    },
    sending::providers::resend,
};
use cartwake_shared::{
    money::Money,
    provider::Profile,
    reminder::Outcome,
    time::{Span, Timestamp},
};

use crate::{
    chance::{Chance, number_of},
    deployment::Deployment,
    head::{Head, claimed},
    ledger::mailbox_of,
    provider::{Course, Kind, Reception},
    provider_event,
};

/// The ports of one request or run.
#[derive(Debug)]
pub struct Platform {
    deployment: Rc<Deployment>,
    /// The provider it was configured with.
    kind: Kind,
    /// Whether it runs the second version of the Worker.
    is_new: bool,
    /// How far its clock is off, in milliseconds.
    skew: i64,
    chance: RefCell<Chance>,
    /// What decides how each of its calls goes, with how many of a name there were: the luck of a call does not hang on what
    /// else was asked.
    luck: u64,
    asked: RefCell<BTreeMap<&'static str, u64>>,
    /// Reminders that this run has claimed, by their key.
    claims: Claims,
    began: i64,
}

/// Reminders that a run has claimed, by their key; whoever ends the run looks here.
pub type Claims = Rc<RefCell<Vec<String>>>;

impl Platform {
    /// The ports of a request or run that begins now; `salt` decides its luck.
    pub fn beginning(deployment: &Rc<Deployment>, salt: u64) -> App<Self> {
        let mut chance = Chance::about(deployment.story.seed, salt);
        let skew = match deployment.story.weather.skew {
            false => 0,
            // Most clocks are right; a wrong one is a minute off.
            true if chance.happens(700) => chance.between(-2_000, 2_000),
            true => chance.between(-60_000, 60_000),
        };
        let now = deployment.now.get();
        let (off, until) = deployment.clock_off.get();
        let skew = if now < until { skew + off } else { skew };
        let is_new = deployment.deployed.get().is_some_and(|until| now >= until || chance.happens(500));
        let kind = deployment.kind.get();
        let ports = Self {
            deployment: Rc::clone(deployment),
            kind,
            is_new,
            skew,
            luck: chance.next(),
            chance: RefCell::new(chance),
            asked: RefCell::default(),
            claims: Claims::default(),
            began: deployment.now.get(),
        };
        let mut config = deployment.base.config.clone();
        config.mails_per_batch = kind.mails_per_batch();
        App { ports, config }
    }

    /// Where the run's claims are noted.
    pub fn claims(&self) -> Claims {
        Rc::clone(&self.claims)
    }

    /// The luck of the next call of this name.
    fn luck_of(&self, name: &'static str) -> Chance {
        let mut asked = self.asked.borrow_mut();
        let count = asked.entry(name).or_default();
        *count += 1;
        Chance::about(self.luck ^ number_of(name), *count)
    }

    fn latency(&self, chance: &mut Chance) -> i64 {
        if !self.deployment.is_rough(self.deployment.story.weather.store) {
            return chance.between(1, 5);
        }
        // One world of twenty has a database that stalls all the time: what only shows behind a stall is seldom else.
        let stalls = if self.deployment.story.seed % 20 == 3 { 30 } else { 2 };
        match chance.below(1_000) {
            // A stall: the isolate or the database does nothing for up to a quarter of an hour.
            luck if luck < stalls => {
                self.troubled("fault: database stalled");
                chance.between(60_000, 900_000)
            }
            luck if luck < stalls + 10 => chance.between(1_000, 30_000),
            _ => chance.between(1, 60),
        }
    }

    fn fails(&self, chance: &mut Chance) -> bool {
        self.deployment.is_rough(self.deployment.story.weather.store) && chance.happens(20)
    }

    /// Something went wrong that delays or ends what this run has claimed.
    fn troubled(&self, word: &'static str) {
        self.deployment.ledger.borrow_mut().troubled(word, self.deployment.now.get(), &self.claims);
    }

    async fn transact(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let deployment = &*self.deployment;
        let plant = deployment.plant;
        let mut luck = self.luck_of(statements.first().map_or("", |statement| statement.sql.name));
        deployment.pass(self.latency(&mut luck)).await;
        if self.fails(&mut luck) {
            if let Some(taken) = plant.and_then(|plant| (plant.taken_for_success)(&statements)) {
                return Ok(taken);
            }
            self.troubled("fault: database silent before the commit");
            return Err(StoreError::Silent("before the commit".to_owned()));
        }
        let asked: Vec<Statement> = statements
            .into_iter()
            .map(|statement| if self.is_new { in_the_new_version(statement) } else { statement })
            .map(|statement| match plant {
                Some(plant) => plant.patched(statement),
                None => statement,
            })
            .collect();
        let heads: Vec<Head> = asked.iter().map(Head::of).collect();
        let rows = world::block_on(deployment.base.ports.store.batch(asked));
        if let Ok(rows) = &rows {
            self.claims.borrow_mut().extend(claimed(&heads, rows));
            let has_changed = deployment.ledger.borrow_mut().committed(&heads, rows, deployment.now.get());
            deployment.is_settled.set(deployment.is_settled.get() && !has_changed);
        }
        if let Err(StoreError::Refused(reason)) = &rows {
            deployment.ledger.borrow_mut().fault(format!("the database refused a statement: {reason}"));
        }
        deployment.pass(self.latency(&mut luck)).await;
        if self.fails(&mut luck) {
            self.troubled("fault: database silent after the commit");
            return Err(StoreError::Silent("after the commit".to_owned()));
        }
        rows
    }
}

impl Store for Platform {
    async fn execute(&self, statement: Statement) -> Result<Rows, StoreError> {
        Ok(self.transact(vec![statement]).await?.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.transact(statements).await
    }

    fn rows_written(&self) -> i64 {
        Store::rows_written(&self.deployment.base.ports.store)
    }
}

impl Mailer for Platform {
    fn profile(&self) -> Profile {
        self.kind.profile()
    }

    fn body(&self, message: &Message) -> String {
        resend::body(message)
    }

    async fn send(&self, message: &Message) -> Outcome {
        let outcomes = self.call(None, &[message]).await;
        outcomes.into_iter().next().unwrap_or(Outcome::Unknown { detail: "no answer".to_owned() })
    }

    async fn send_batch(&self, key: &str, messages: &[&Message]) -> Vec<Outcome> {
        self.deployment.ledger.borrow_mut().see("provider: several mails in one call");
        self.call(Some(key), messages).await
    }

    async fn look_up(&self, reference: &str) -> LookUp {
        let deployment = &*self.deployment;
        let mut luck = deployment.provider.borrow_mut().luck_of(deployment.story.seed, reference);
        deployment.pass(luck.between(50, 4_000)).await;
        let is_rough = deployment.is_rough(deployment.story.weather.provider);
        if is_rough && luck.happens(150) {
            self.troubled("provider: its log does not answer");
            return LookUp::CannotTell;
        }
        let found = deployment.provider.borrow().look_up(self.kind, reference, deployment.now.get());
        deployment.ledger.borrow_mut().see(match found {
            LookUp::Sent { .. } => "provider: its log has the mail",
            LookUp::NeverSeen => "provider: its log does not have the mail",
            LookUp::CannotTell => "provider: its log does not answer",
        });
        found
    }
}

impl Platform {
    /// One request to the provider: a mail under its own key, or several under a key of their batch.
    async fn call(&self, batch: Option<&str>, messages: &[&Message]) -> Vec<Outcome> {
        let deployment = &*self.deployment;
        let (config, plant) = (&deployment.base.config, deployment.plant);
        let clocks_agree = !deployment.story.weather.skew;
        for message in messages {
            deployment.ledger.borrow_mut().called(message, deployment.now.get(), config, clocks_agree);
        }
        let (course, leaves_at_once, wait, number) = {
            let is_rough = deployment.is_rough(deployment.story.weather.provider);
            let mut provider = deployment.provider.borrow_mut();
            let first = messages.first().map_or("", |message| message.reference.as_str());
            let mut chance = provider.luck_of(deployment.story.seed, first);
            let course = provider.course(deployment.now.get(), is_rough, batch.is_some(), &mut chance);
            (course, chance.happens(500), chance.between(50, 4_000), chance.next())
        };
        match course {
            Course::Accept => deployment.ledger.borrow_mut().see(course.kind()),
            _ => self.troubled(course.kind()),
        }
        let messages: Vec<Message> = messages
            .iter()
            .map(|message| match plant {
                Some(plant) => (plant.message)((*message).clone(), number),
                None => (*message).clone(),
            })
            .collect();
        // A request that has left is taken even when the run that sent it dies.
        let mut taken = None;
        if leaves_at_once && !matches!(course, Course::Say(_)) {
            taken = Some(self.take(batch, &messages));
        }
        deployment.pass(if matches!(course, Course::AcceptSilently) { 10_000 } else { wait }).await;
        if taken.is_none() && !matches!(course, Course::Say(_)) {
            taken = Some(self.take(batch, &messages));
        }
        let mut taken = taken.unwrap_or_default().into_iter();
        let outcomes = messages.iter().map(|message| {
            deployment.ledger.borrow_mut().call_ended(message, config);
            let outcome = match (&course, taken.next()) {
                (Course::Say(outcome), _) => outcome.clone(),
                (_, Some(Reception::OtherText)) => Outcome::BadRequest { detail: "another text".to_owned() },
                (Course::AcceptSilently, _) => Outcome::Unknown { detail: "no answer".to_owned() },
                (Course::Accept, Some(Reception::New(id) | Reception::Known(id))) => {
                    Outcome::Accepted { provider_id: format!("mail-{id}") }
                }
                (Course::Accept, None) => Outcome::Unknown { detail: "not taken".to_owned() },
            };
            if matches!(outcome, Outcome::BadRecipient { .. }) {
                deployment.ledger.borrow_mut().refused.push(mailbox_of(&message.to));
            }
            match plant {
                Some(plant) => (plant.outcome)(outcome),
                None => outcome,
            }
        });
        outcomes.collect()
    }

    fn take(&self, batch: Option<&str>, messages: &[Message]) -> Vec<Reception> {
        let deployment = &*self.deployment;
        let now = deployment.now.get();
        let Some(first) = messages.first() else { return Vec::new() };
        let key = batch.unwrap_or(&first.idempotency_key);
        let all: Vec<&Message> = messages.iter().collect();
        let key_life = deployment.plant.and_then(|plant| plant.key_life);
        let receptions = deployment.provider.borrow_mut().take(self.kind, key, &all, now, key_life);
        for (message, reception) in messages.iter().zip(&receptions) {
            deployment.ledger.borrow_mut().received(message, reception, now, &deployment.base.config);
            if matches!(reception, Reception::New(_)) {
                provider_event::schedule(deployment, message);
            }
        }
        receptions
    }
}

impl Clock for Platform {
    fn now(&self) -> Timestamp {
        let frozen = self.deployment.plant.is_some_and(|plant| plant.frozen_clock);
        let now = if frozen { self.began } else { self.deployment.now.get() };
        Timestamp::from_millis(now).plus(Span::millis_of(self.skew))
    }
}

impl Entropy for Platform {
    fn bytes(&self) -> [u8; 16] {
        let mut chance = self.chance.borrow_mut();
        let (high, low) = (u128::from(chance.next()), u128::from(chance.next()));
        ((high << 64) | low).to_be_bytes()
    }
}

impl Localisation for Platform {
    fn money(&self, money: Money, locale: &str) -> String {
        PlainFormats.money(money, locale)
    }

    fn offset_minutes(&self, zone: &str, at: Timestamp) -> Option<i32> {
        PlainFormats.offset_minutes(zone, at)
    }
}

impl Cache for Platform {
    async fn get(&self, key: &str) -> Option<String> {
        self.deployment.base.ports.cache.get(key).await
    }

    async fn put(&self, key: &str, text: &str, seconds: u32) {
        self.deployment.base.ports.cache.put(key, text, seconds).await;
    }
}

cartwake_edge::ports! { Platform, |platform| {
    store: Self = platform,
    mailer: Self = platform,
    challenger: Turnstile = &platform.deployment.base.ports.turnstile,
    clock: Self = platform,
    entropy: Self = platform,
    localisation: Self = platform,
    cache: Self = platform,
    limits: CountedLimits = &platform.deployment.base.ports.limits,
} }

/// A statement as the second version of the Worker has it: its layout shows the shop's name in another way, and whoever
/// changed that forgot to give it a new number.
fn in_the_new_version(statement: Statement) -> Statement {
    static LOAD: LazyLock<String> = LazyLock::new(|| {
        let text = LoadReminders::SQL.text.replace("s.name,", "s.name || '!',");
        assert_ne!(text, LoadReminders::SQL.text, "the second version would be the first");
        text
    });
    match statement.sql.name {
        "send/load_reminders" => Statement { sql: Sql { text: &LOAD, ..statement.sql }, ..statement },
        _ => statement,
    }
}

/// Waits until the world's clock has come to `until`.
#[derive(Debug)]
pub struct Pass<'world> {
    /// When it is over.
    pub until: i64,
    /// The world's time.
    pub now: &'world Cell<i64>,
    /// The earliest time anybody in the polled future asks to be woken.
    pub wake: &'world Cell<i64>,
}

impl Future for Pass<'_> {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.now.get() >= self.until {
            return Poll::Ready(());
        }
        self.wake.set(self.wake.get().min(self.until));
        Poll::Pending
    }
}
