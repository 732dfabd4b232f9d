//! What the use cases ask of the world: a store, a mail provider, a clock, randomness, local formats, a cache.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cartwake_shared::{money::Money, provider::Profile, reminder::Outcome, time::Timestamp};

use crate::base::{
    challenge::{Solved, Verdict},
    mail::{LookUp, Message},
    rate_limit::Class,
    row_budget::RowCount,
    store::{Answers, Queries, Query, Rows, Statement, StoreError, read_row, read_rows},
};

/// The database: two calls, each of them atomic; the other functions put types on these.
pub trait Store {
    /// Runs one statement and gives back its rows.
    async fn execute(&self, statement: Statement) -> Result<Rows, StoreError>;
    /// Runs several statements in one transaction: all or none; gives back the rows of each.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError>;
    /// Rows written through this port so far; what a request wrote is the difference.
    fn rows_written(&self) -> i64;

    /// Runs a query that gives no rows.
    async fn done<Q: Query<Row = ()>>(&self, query: &Q) -> Result<(), StoreError> {
        self.execute(query.statement()).await.map(drop)
    }

    /// The rows of a query.
    async fn rows<Q: Query>(&self, query: &Q) -> Result<Vec<Q::Row>, StoreError> {
        read_rows(self.execute(query.statement()).await?, Q::SQL.name)
    }

    /// The rows of a query that this version of the code can read; one that only another version can is left out.
    async fn readable_rows<Q: Query>(&self, query: &Q) -> Result<Vec<Q::Row>, StoreError> {
        let rows = self.execute(query.statement()).await?;
        Ok(rows.into_iter().filter_map(|row| read_row(row, Q::SQL.name).ok()).collect())
    }

    /// The first row of a query, if there is one.
    async fn first<Q: Query>(&self, query: &Q) -> Result<Option<Q::Row>, StoreError> {
        self.execute(query.statement()).await?.into_iter().next().map(|row| read_row(row, Q::SQL.name)).transpose()
    }

    /// The first row of a query that always gives one.
    async fn only<Q: Query>(&self, query: &Q) -> Result<Q::Row, StoreError> {
        self.first(query).await?.ok_or(StoreError::Unreadable(Q::SQL.name))
    }

    /// The rows of several queries, asked in one transaction: `store.rows_of((&one, &other))`.
    async fn rows_of<Q: Queries>(&self, queries: Q) -> Result<Q::Rows, StoreError> {
        Q::read(self.batch(queries.statements()).await?)
    }

    /// Runs several statements in one transaction, for the rows of some of them.
    async fn answers(&self, statements: Vec<Statement>) -> Result<Answers, StoreError> {
        let names = statements.iter().map(|statement| statement.sql.name).collect();
        Ok(Answers::new(names, self.batch(statements).await?))
    }
}

/// A mail provider behind an HTTP API.
pub trait Mailer {
    /// What this provider remembers, can be asked and takes at once.
    fn profile(&self) -> Profile;
    /// The bytes of a mail's request; the same mail always gives the same.
    fn body(&self, message: &Message) -> String;
    /// Hands over one mail under a key that is the same on every attempt.
    async fn send(&self, message: &Message) -> Outcome;
    /// Hands over several mails in one call under a key of their own; an outcome for each, in their order.
    async fn send_batch(&self, key: &str, messages: &[&Message]) -> Vec<Outcome>;
    /// Asks what became of the mail with this reference.
    async fn look_up(&self, reference: &str) -> LookUp;
}

/// The provider of the challenge by which a page asks whether a person is there.
pub trait Challenger {
    /// Asks whether a challenge was solved; the same question again has the same verdict.
    async fn verify(&self, solved: &Solved<'_>) -> Verdict;
}

/// The one place that knows the time.
pub trait Clock {
    /// Now; in a cron run, the scheduled time plus the time passed since the run began.
    fn now(&self) -> Timestamp;
}

/// Randomness.
pub trait Entropy {
    /// Sixteen random bytes.
    fn bytes(&self) -> [u8; 16];

    /// A random name of 22 characters base64url, never given twice.
    fn name(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }
}

/// Formats of places and languages, asked of the runtime's `Intl`.
pub trait Localisation {
    /// An amount as people of `locale` write it, `1.234,50 €`.
    fn money(&self, money: Money, locale: &str) -> String;
    /// Minutes east of UTC in `zone` at `at`; `None` for a zone the runtime does not know.
    fn offset_minutes(&self, zone: &str, at: Timestamp) -> Option<i32>;
}

/// A cache that may lose or delay anything; holds nothing personal and nothing that decides a send.
pub trait Cache {
    /// The text kept under `key`, if any.
    async fn get(&self, key: &str) -> Option<String>;
    /// Keeps `text` under `key` for about `seconds`.
    async fn put(&self, key: &str, text: &str, seconds: u32);
}

/// What bounds strangers without asking the database: a counter of requests, and what an isolate remembers of its rows.
pub trait Limits {
    /// Whether requests are counted at all; an older deployment has no counter, and nothing is refused there.
    fn is_counting(&self) -> bool;
    /// Counts a request of a network; false where it has made too many.
    async fn permits(&self, class: Class, network: &str) -> bool;
    /// Reads and changes what this isolate knows of the rows of the day.
    fn change_row_count<T>(&self, change: impl FnOnce(&mut RowCount) -> T) -> T;
}

/// The ports of one deployment, taken together.
pub trait Ports {
    /// The database.
    type Store: Store;
    /// The mail provider.
    type Mailer: Mailer;
    /// The provider of the challenge.
    type Challenger: Challenger;
    /// The clock.
    type Clock: Clock;
    /// Randomness.
    type Entropy: Entropy;
    /// Local formats.
    type Localisation: Localisation;
    /// The cache.
    type Cache: Cache;
    /// The limits.
    type Limits: Limits;

    /// The database.
    fn store(&self) -> &Self::Store;
    /// The mail provider.
    fn mailer(&self) -> &Self::Mailer;
    /// The provider of the challenge.
    fn challenger(&self) -> &Self::Challenger;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// Randomness.
    fn entropy(&self) -> &Self::Entropy;
    /// Local formats.
    fn localisation(&self) -> &Self::Localisation;
    /// The cache.
    fn cache(&self) -> &Self::Cache;
    /// The limits.
    fn limits(&self) -> &Self::Limits;
}

/// Implements `Ports` for a type: for each port its type and where it is kept.
///
/// ```text
/// ports! { World, |world| {
///     store: Sqlite = &world.store,
///     mailer: Provider = &world.provider,
///     challenger: Turnstile = &world.turnstile,
///     clock: ManualClock = &world.clock,
///     entropy: SeededEntropy = &world.entropy,
///     localisation: PlainFormats = &world.formats,
///     cache: MemoryCache = &world.cache,
///     limits: CountedLimits = &world.limits,
/// } }
/// ```
#[macro_export]
macro_rules! ports {
    ($ports:ty, |$these:ident| {
        store: $Store:ty = $store:expr,
        mailer: $Mailer:ty = $mailer:expr,
        challenger: $Challenger:ty = $challenger:expr,
        clock: $Clock:ty = $clock:expr,
        entropy: $Entropy:ty = $entropy:expr,
        localisation: $Localisation:ty = $localisation:expr,
        cache: $Cache:ty = $cache:expr,
        limits: $Limits:ty = $limits:expr,
    }) => {
        impl $crate::base::ports::Ports for $ports {
            type Store = $Store;
            type Mailer = $Mailer;
            type Challenger = $Challenger;
            type Clock = $Clock;
            type Entropy = $Entropy;
            type Localisation = $Localisation;
            type Cache = $Cache;
            type Limits = $Limits;

            fn store(&self) -> &$Store {
                let $these = self;
                $store
            }
            fn mailer(&self) -> &$Mailer {
                let $these = self;
                $mailer
            }
            fn challenger(&self) -> &$Challenger {
                let $these = self;
                $challenger
            }
            fn clock(&self) -> &$Clock {
                let $these = self;
                $clock
            }
            fn entropy(&self) -> &$Entropy {
                let $these = self;
                $entropy
            }
            fn localisation(&self) -> &$Localisation {
                let $these = self;
                $localisation
            }
            fn cache(&self) -> &$Cache {
                let $these = self;
                $cache
            }
            fn limits(&self) -> &$Limits {
                let $these = self;
                $limits
            }
        }
    };
}

/// The ports and the configuration that every use case works with.
#[derive(Debug)]
pub struct App<P> {
    /// The world.
    pub ports: P,
    /// What was configured.
    pub config: crate::base::config::Config,
}

impl<P: Ports> App<P> {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.ports.clock().now()
    }

    /// The database.
    pub fn store(&self) -> &P::Store {
        self.ports.store()
    }
}
