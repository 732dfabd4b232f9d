//! Deployments with very many due carts, and what each tick used: statements, calls, mails, open connections.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use cartwake_edge::base::mail::LookUp;
use cartwake_edge::{
    base::{
        config::Config,
        mail::Message,
        ports::{App, Mailer, Ports, Store},
        store::{Rows, Sql, Statement, StoreError},
    },
    house::cron,
    native::{
        fakes::{CountedLimits, ManualClock, MemoryCache, PlainFormats, Provider, SeededEntropy, Turnstile},
        sqlite::Sqlite,
        views::{ReminderView, SiteView},
        world::{self, World, add_site, block_on, shop_settings},
    },
    sending::providers::resend,
};
use cartwake_shared::{
    policy::SiteState,
    provider::Profile,
    reminder::Outcome,
    time::{Span, Timestamp},
};

const LEFT_CARTS: Sql = Sql { name: "left_carts", text: include_str!("left_carts.sql") };
const CONTACTS: Sql = Sql { name: "contacts", text: include_str!("contacts.sql") };

/// A deployment whose use is counted.
pub(crate) struct Crowd {
    /// The deployment as the use cases see it.
    pub(crate) edge: App<Counted>,
    /// What was mailed: the tick, the site, the step, the number of the cart.
    pub(crate) mails: Vec<Mailed>,
    /// The most that any tick used.
    pub(crate) most: Use,
    ticks: u32,
}

/// A mail that left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mailed {
    /// In which tick, from 1.
    pub(crate) tick: u32,
    /// Of which site.
    pub(crate) site: String,
    /// Which step.
    pub(crate) step: String,
    /// The cart's number in the order in which the carts were left.
    pub(crate) number: u64,
}

/// What a tick used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Use {
    /// Statements.
    pub(crate) statements: u64,
    /// Calls of the database; a batch is one.
    pub(crate) calls: u64,
    /// Calls of the mail provider.
    pub(crate) mails: u64,
    /// Calls of either that were open at the same time.
    pub(crate) open: u64,
}

/// The ports, counted.
pub(crate) struct Counted {
    world: Rc<World>,
    store: Gauged,
    mailer: Post,
}

/// How many calls are open.
#[derive(Default)]
struct Gauge {
    open: Cell<u64>,
    most: Cell<u64>,
}

impl Gauge {
    fn enter(&self) {
        self.open.set(self.open.get() + 1);
        self.most.set(self.most.get().max(self.open.get()));
    }

    fn leave(&self) {
        self.open.set(self.open.get() - 1);
    }
}

/// SQLite behind a gauge.
pub(crate) struct Gauged {
    world: Rc<World>,
    gauge: Rc<Gauge>,
}

impl Store for Gauged {
    async fn execute(&self, statement: Statement) -> Result<Rows, StoreError> {
        self.gauge.enter();
        let done = self.world.store.execute(statement).await;
        self.gauge.leave();
        done
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.gauge.enter();
        let done = self.world.store.batch(statements).await;
        self.gauge.leave();
        done
    }

    fn rows_written(&self) -> i64 {
        Store::rows_written(&self.world.store)
    }
}

/// A provider that takes a moment, so that calls overlap, and accepts.
pub(crate) struct Post {
    gauge: Rc<Gauge>,
    keys: RefCell<Vec<String>>,
}

impl Mailer for Post {
    fn profile(&self) -> Profile {
        Provider::default().profile()
    }

    async fn send(&self, message: &Message) -> Outcome {
        self.gauge.enter();
        Moment::default().await;
        self.keys.borrow_mut().push(message.idempotency_key.clone());
        self.gauge.leave();
        Outcome::Accepted { provider_id: "mail".to_owned() }
    }

    fn body(&self, message: &Message) -> String {
        resend::body(message)
    }

    async fn send_batch(&self, _: &str, messages: &[&Message]) -> Vec<Outcome> {
        self.gauge.enter();
        Moment::default().await;
        self.keys.borrow_mut().extend(messages.iter().map(|message| message.idempotency_key.clone()));
        self.gauge.leave();
        messages.iter().map(|_| Outcome::Accepted { provider_id: "mail".to_owned() }).collect()
    }

    async fn look_up(&self, _: &str) -> LookUp {
        LookUp::CannotTell
    }
}

/// Gives the turn away once.
#[derive(Default)]
struct Moment(bool);

impl Future for Moment {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

cartwake_edge::ports! { Counted, |counted| {
    store: Gauged = &counted.store,
    mailer: Post = &counted.mailer,
    challenger: Turnstile = &counted.world.turnstile,
    clock: ManualClock = &counted.world.clock,
    entropy: SeededEntropy = Ports::entropy(&*counted.world),
    localisation: PlainFormats = Ports::localisation(&*counted.world),
    cache: MemoryCache = &counted.world.cache,
    limits: CountedLimits = &counted.world.limits,
} }

impl Crowd {
    /// A deployment of these sites, each of a merchant of its own.
    pub(crate) fn of(sites: &[String], mails_per_tick: u32) -> Self {
        let edge = world::empty();
        for site in sites {
            add_site(&edge, site, &format!("m-{site}"), SiteState::Live, &shop_settings()).unwrap();
        }
        let App { ports, config } = edge;
        let (world, gauge) = (Rc::new(ports), Rc::new(Gauge::default()));
        let store = Gauged { world: Rc::clone(&world), gauge: Rc::clone(&gauge) };
        let ports = Counted { world, store, mailer: Post { gauge, keys: RefCell::default() } };
        Self {
            edge: App { ports, config: Config { mails_per_tick, ..config } },
            mails: Vec::new(),
            most: Use::default(),
            ticks: 0,
        }
    }

    /// The database, for questions.
    pub(crate) fn store(&self) -> &Sqlite {
        &self.edge.ports.world.store
    }

    /// Carts left so long ago, a millisecond after each other, whose first step that is not planned is due now.
    pub(crate) fn leave(&self, site: &str, many: i64, ago: Span, planned: &str, first: i64) {
        let now = self.edge.now();
        let left: Timestamp = now.minus(ago);
        let statement =
            LEFT_CARTS.with([site.into(), many.into(), left.into(), now.into(), planned.into(), first.into()]);
        block_on(self.store().batch(vec![statement, CONTACTS.with([site.into()])])).unwrap();
    }

    /// Lets cron run so many times, a minute apart.
    pub(crate) fn tick(&mut self, times: u32) {
        for _ in 0..times {
            self.edge.ports.world.clock.advance(Span::minutes(1));
            self.ticks += 1;
            let before = self.used();
            self.edge.ports.store.gauge.most.set(0);
            block_on(cron::run(&self.edge)).unwrap();
            let after = self.used();
            self.most = Use {
                statements: self.most.statements.max(after.statements - before.statements),
                calls: self.most.calls.max(after.calls - before.calls),
                mails: self.most.mails.max(after.mails - before.mails),
                open: self.most.open.max(self.edge.ports.store.gauge.most.get()),
            };
            let keys = self.edge.ports.mailer.keys.borrow();
            self.mails.extend(keys.iter().skip(self.mails.len()).map(|key| mailed(self.ticks, key)));
        }
    }

    fn used(&self) -> Use {
        Use {
            statements: self.store().statements().values().sum(),
            calls: self.store().calls(),
            mails: u64::try_from(self.edge.ports.mailer.keys.borrow().len()).unwrap(),
            open: 0,
        }
    }

    /// How many mails each site got in each tick.
    pub(crate) fn shares(&self) -> BTreeMap<u32, BTreeMap<&str, usize>> {
        let mut shares: BTreeMap<u32, BTreeMap<&str, usize>> = BTreeMap::new();
        for mail in &self.mails {
            *shares.entry(mail.tick).or_default().entry(&mail.site).or_default() += 1;
        }
        shares
    }

    /// Lets time pass without cron.
    pub(crate) fn wait(&self, span: Span) {
        self.edge.ports.world.clock.advance(span);
    }

    /// The reminders.
    pub(crate) fn reminders(&self) -> Vec<ReminderView> {
        self.store().rows()
    }

    /// Pauses a site, or ends its pause.
    pub(crate) fn pause(&self, site: &str, paused: bool) {
        self.store().change(|row: &mut SiteView| {
            if row.id == site {
                row.paused = paused;
            }
        });
    }

    /// Every tick kept within what the plan permits: 50 or 1,000 statements and fetches, six connections.
    pub(crate) fn assert_within_the_plan(&self, what: &str) {
        let limit = if self.edge.config.mails_per_tick <= 5 { 50 } else { 1_000 };
        println!("{what:<56} {:>5} ticks, at most {:?}", self.ticks, self.most);
        assert!(self.most.statements <= limit && self.most.mails <= limit, "{what}: {:?}", self.most);
        assert!((2..=6).contains(&self.most.open), "{what}: {:?}", self.most);
        assert!(self.most.mails <= u64::from(self.edge.config.mails_per_tick), "{what}: {:?}", self.most);
    }
}

/// `cartwake/<site>/<cart>/<cycle>/<step>`
fn mailed(tick: u32, key: &str) -> Mailed {
    let parts: Vec<&str> = key.split('/').collect();
    let number = parts[2].trim_start_matches("01JD").trim_end_matches(".1").parse().unwrap();
    Mailed { tick, site: parts[1].to_owned(), step: parts[4].to_owned(), number }
}
