//! The store port on SQLite in memory, like D1: numbers bound as REAL, D1's limits, atomic batches.
//!
//! Before and after each statement it yields, so that a test can interleave, fail and drop exactly there; and it
//! counts what D1 would count (statements, rows changed).

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    pin::Pin,
    task::{Context, Poll},
};

use rusqlite::{
    Connection, StatementStatus,
    config::DbConfig,
    limits::Limit,
    types::{FromSql, FromSqlError, FromSqlResult, Null, ToSql, ToSqlOutput, ValueRef},
};

use crate::base::{
    ports::Store,
    store::{Row, Rows, Statement, StoreError, Value},
};

/// D1's limits: documented (developers.cloudflare.com/d1/platform/limits) or, for compound SELECTs, met in workerd.
const LIMITS: [(Limit, i32); 5] = [
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
];

/// A database in memory with the project's schema.
#[derive(Debug)]
pub struct Sqlite {
    connection: RefCell<Connection>,
    statements: RefCell<BTreeMap<&'static str, u64>>,
    fail_at: Cell<Option<(u64, Fault)>>,
    fail_all: Cell<Option<Fault>>,
    asked: Cell<u64>,
    steps: Cell<u64>,
}

/// How a statement fails when a test asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happened, and the caller learns of it.
    BeforeCommit,
    /// It happened, but the answer was lost.
    AfterCommit,
    /// It happened, and the connection broke before the answer came.
    ConnectionLost,
    /// Nothing happened: too much was asked at once.
    Overloaded,
    /// Nothing happened: the rows of the day are used up.
    DailyLimit,
}

impl Sqlite {
    /// A new database with every migration applied, in order.
    ///
    /// # Panics
    /// When a migration does not apply; nothing can be tested then.
    #[expect(clippy::panic, reason = "test support: without a schema there is nothing to test")]
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().and_then(|connection| {
            connection.execute_batch(include_str!("../../migrations/0001_start.sql"))?;
            connection.pragma_update(None, "foreign_keys", true)?;
            // Preparing a statement anew, for want of room or since bound values might suggest another plan, was 70 % of
            // the time of a simulated world; sorting in files 10 %.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            connection.pragma_update(None, "temp_store", "memory")?;
            connection.set_prepared_statement_cache_capacity(128);
            for (limit, most) in LIMITS {
                connection.set_limit(limit, most)?;
            }
            Ok(connection)
        });
        match connection {
            Ok(connection) => Self {
                connection: RefCell::new(connection),
                statements: RefCell::default(),
                fail_at: Cell::new(None),
                fail_all: Cell::new(None),
                asked: Cell::new(0),
                steps: Cell::new(0),
            },
            Err(error) => panic!("the migrations do not apply: {error}"),
        }
    }

    /// Makes the `n`-th call from now (1 is the next) fail.
    pub fn fail_at(&self, n: u64, fault: Fault) {
        self.fail_at.set(Some((self.asked.get().saturating_add(n), fault)));
    }

    /// Makes every call from now on fail.
    pub fn fail_all(&self, fault: Fault) {
        self.fail_all.set(Some(fault));
    }

    /// Lets every call succeed again.
    pub fn recover(&self) {
        self.fail_all.set(None);
        self.fail_at.set(None);
    }

    /// How often each statement was run so far, by name.
    pub fn statements(&self) -> BTreeMap<&'static str, u64> {
        self.statements.borrow().clone()
    }

    /// Calls of the port so far; a batch is one.
    pub fn calls(&self) -> u64 {
        self.asked.get()
    }

    /// Rows written so far, as SQLite counts them.
    pub fn rows_written(&self) -> u64 {
        self.connection.borrow().total_changes()
    }

    /// Instructions that SQLite ran for statements so far. Each row it reads costs some, so they grow with the rows that D1 bills.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Does something with the connection that the port cannot do.
    ///
    /// # Errors
    /// When SQLite refuses it.
    pub(super) fn with_connection<T>(
        &self,
        act: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        act(&self.connection.borrow()).map_err(refused)
    }

    /// Runs a test's own statements.
    ///
    /// # Errors
    /// When SQLite refuses them.
    pub fn write(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.borrow().execute_batch(sql).map_err(refused)
    }

    /// How SQLite would look for the rows of a statement, a line for each table.
    ///
    /// # Errors
    /// When SQLite refuses the statement.
    pub fn plan(&self, statement: crate::base::store::Sql) -> Result<Vec<String>, StoreError> {
        let connection = self.connection.borrow();
        let mut prepared = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.text)).map_err(refused)?;
        let mut rows = prepared.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().map_err(refused)? {
            lines.push(row.get::<_, String>(3).map_err(refused)?);
        }
        Ok(lines)
    }

    /// Which columns of a statement stand directly in a table, by name, and whether the table refuses NULL there.
    ///
    /// # Errors
    /// When SQLite refuses the statement.
    pub fn not_null(&self, statement: crate::base::store::Sql) -> Result<Vec<(String, bool)>, StoreError> {
        let connection = self.connection.borrow();
        let prepared = connection.prepare(statement.text).map_err(refused)?;
        let mut columns = Vec::new();
        for (place, name) in prepared.column_names().enumerate() {
            // A column of a table-valued function, such as `json_each`, has no declaration: asking for it is an error.
            if let Ok(Some((.., not_null, _, _))) = prepared.column_metadata(place) {
                columns.push((name.to_owned(), not_null));
            }
        }
        Ok(columns)
    }

    /// How many parameters a statement has, and the names of its columns.
    ///
    /// # Errors
    /// When SQLite refuses the statement.
    pub fn shape(&self, statement: crate::base::store::Sql) -> Result<(usize, Vec<String>), StoreError> {
        let connection = self.connection.borrow();
        let prepared = connection.prepare(statement.text).map_err(refused)?;
        let columns = prepared.column_names().map(str::to_owned).collect();
        Ok((prepared.parameter_count(), columns))
    }

    async fn transaction(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        Yield::default().await;
        let turn = self.asked.get().saturating_add(1);
        self.asked.set(turn);
        let planned = self.fail_at.get().filter(|(at, _)| *at == turn).map(|(_, fault)| fault);
        let fault = planned.or(self.fail_all.get());
        match fault {
            Some(Fault::BeforeCommit) => return Err(StoreError::Silent("before the commit".to_owned())),
            Some(Fault::Overloaded) => return Err(StoreError::Overloaded),
            Some(Fault::DailyLimit) => return Err(StoreError::DailyLimit),
            Some(Fault::AfterCommit | Fault::ConnectionLost) | None => {}
        }
        let done = self.run_all(&statements)?;
        Yield::default().await;
        match fault {
            Some(Fault::AfterCommit) => Err(StoreError::Silent("after the commit".to_owned())),
            Some(Fault::ConnectionLost) => Err(StoreError::Lost("after the commit".to_owned())),
            _ => Ok(done),
        }
    }

    fn run_all(&self, statements: &[Statement]) -> Result<Vec<Rows>, StoreError> {
        let connection = self.connection.borrow();
        // One statement is a transaction of its own.
        if let [statement] = statements {
            return Ok(vec![self.run_one(&connection, statement)?]);
        }
        let say = |word| connection.prepare_cached(word).and_then(|mut word| word.execute([])).map_err(refused);
        say("BEGIN")?;
        let all = statements.iter().map(|statement| self.run_one(&connection, statement)).collect();
        say(if Result::is_ok(&all) { "COMMIT" } else { "ROLLBACK" })?;
        all
    }

    fn run_one(&self, connection: &Connection, statement: &Statement) -> Result<Rows, StoreError> {
        let mut prepared = connection.prepare_cached(statement.sql.text).map_err(refused)?;
        let mut statements = self.statements.borrow_mut();
        let times = statements.entry(statement.sql.name).or_default();
        *times = times.saturating_add(1);
        if *times == 1 {
            one_name_each(&prepared, statement.sql.name)?;
        }
        let found = run_prepared(&mut prepared, statement);
        let steps = u64::try_from(prepared.reset_status(StatementStatus::VmStep)).unwrap_or_default();
        self.steps.set(self.steps.get().saturating_add(steps));
        found
    }
}

impl Default for Sqlite {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for Sqlite {
    async fn execute(&self, statement: Statement) -> Result<Rows, StoreError> {
        Ok(self.transaction(vec![statement]).await?.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.transaction(statements).await
    }

    fn rows_written(&self) -> i64 {
        i64::try_from(self.connection.borrow().total_changes()).unwrap_or(i64::MAX)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Null => Null.to_sql(),
            Self::Integer(number) => number.to_sql(),
            Self::Text(text) => text.to_sql(),
        }
    }
}

impl FromSql for Value {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(Self::Null),
            ValueRef::Integer(number) => Ok(Self::Integer(number)),
            ValueRef::Text(text) => Ok(Self::Text(String::from_utf8_lossy(text).into_owned())),
            ValueRef::Real(_) | ValueRef::Blob(_) => Err(FromSqlError::InvalidType),
        }
    }
}

/// D1 gives a row back as an object: two columns of one name become one.
fn one_name_each(prepared: &rusqlite::Statement<'_>, name: &str) -> Result<(), StoreError> {
    let names: Vec<&str> = prepared.column_names().collect();
    let is_doubled = |(place, name)| names.iter().skip(usize::saturating_add(place, 1)).any(|other| other == name);
    if names.iter().enumerate().any(is_doubled) {
        return Err(StoreError::Refused(format!("two columns of {name} have the same name")));
    }
    Ok(())
}

fn run_prepared(prepared: &mut rusqlite::Statement<'_>, statement: &Statement) -> Result<Rows, StoreError> {
    for (place, value) in statement.parameters.iter().enumerate() {
        let place = place.saturating_add(1);
        match value {
            Value::Null => prepared.raw_bind_parameter(place, rusqlite::types::Null),
            // D1 binds every number as REAL; a test that passes with integers may break there.
            #[expect(clippy::cast_precision_loss, reason = "values are within 2^53 by their types")]
            Value::Integer(number) => prepared.raw_bind_parameter(place, *number as f64),
            Value::Text(text) => prepared.raw_bind_parameter(place, text),
        }
        .map_err(refused)?;
    }
    let columns = prepared.column_count();
    let mut rows = prepared.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(refused)? {
        let values = (0..columns)
            .map(|column| match row.get_ref(column).map_err(refused)? {
                ValueRef::Null => Ok(Value::Null),
                ValueRef::Integer(number) => Ok(Value::Integer(number)),
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "whole numbers within 2^53 only; others are refused"
                )]
                ValueRef::Real(number) if number.fract() == 0.0 => Ok(Value::Integer(number as i64)),
                ValueRef::Text(text) => Ok(Value::Text(String::from_utf8_lossy(text).into_owned())),
                ValueRef::Real(_) | ValueRef::Blob(_) => Err(StoreError::Unreadable(statement.sql.name)),
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        found.push(Row::new(values));
    }
    Ok(found)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` asks for")]
fn refused(error: rusqlite::Error) -> StoreError {
    StoreError::Refused(error.to_string())
}

/// Gives the turn away once.
#[derive(Debug, Default)]
struct Yield(bool);

impl Future for Yield {
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
