//! The store port's language: statements, values, rows; and every statement there is, by name.

use cartwake_shared::time::Timestamp;

mod query;
pub mod sql;

pub use query::{Answers, Column, FromRow, Queries, Query, read_row, read_rows};

/// A statement of `edge/sql/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sql {
    /// `<file>/<statement>`, for logs and counts.
    pub name: &'static str,
    /// Its text, with parameters as `?1`.
    pub text: &'static str,
}

/// What a statement of `edge/sql/` declares; for tests.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The statement.
    pub sql: Sql,
    /// The names of its parameters, `?1` first.
    pub parameters: &'static [&'static str],
    /// The names of its columns; none for a statement that gives no rows.
    pub columns: &'static [&'static str],
    /// The names of the columns that may be NULL.
    pub optional: &'static [&'static str],
}

/// A value bound to a parameter or read from a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A whole number within ±2^53; D1 binds it as REAL, and so does the SQLite adapter.
    Integer(i64),
    /// Text, also JSON.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(fact: bool) -> Self {
        Self::Integer(i64::from(fact))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Integer(at.millis())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A statement with its parameters, `?1` first.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its text and its name.
    pub sql: Sql,
    /// Its parameters.
    pub parameters: Vec<Value>,
}

impl Sql {
    /// This statement with its parameters.
    pub fn with<const N: usize>(self, parameters: [Value; N]) -> Statement {
        Statement { sql: self, parameters: parameters.into() }
    }
}

/// The rows a statement gave back, in their order.
pub type Rows = Vec<Row>;

/// One row; the structs that the build makes take its columns in the order of the statement.
#[derive(Clone, Debug)]
pub struct Row {
    values: std::vec::IntoIter<Value>,
}

impl Row {
    /// A row of these values.
    pub fn new(values: Vec<Value>) -> Self {
        Self { values: values.into_iter() }
    }

    /// The next column as its type.
    pub fn take<T: Column>(&mut self) -> Result<T, ColumnMismatch> {
        T::from_value(self.values.next().ok_or(ColumnMismatch)?)
    }

    /// That every column was taken.
    pub fn end(&self) -> Result<(), ColumnMismatch> {
        if self.values.len() == 0 { Ok(()) } else { Err(ColumnMismatch) }
    }
}

/// A row had other columns than the code reads.
///
/// It has no size: the statement's name is added once, where the row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnMismatch;

/// Why the database did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It did not answer, or not in time; it may have done it or not.
    #[error("the database did not answer: {0}")]
    Silent(String),
    /// The connection broke at once; it may have done it or not, and what may be repeated can be asked again.
    #[error("the connection to the database was lost: {0}")]
    Lost(String),
    /// It refused because it is overloaded; do not ask again at once.
    #[error("the database is overloaded")]
    Overloaded,
    /// The free plan's rows of the day are used up; it opens again at midnight UTC.
    #[error("the free plan's daily limit of the database is reached")]
    DailyLimit,
    /// It refused the statement.
    #[error("the database refused a statement: {0}")]
    Refused(String),
    /// A row of the statement of this name does not hold what the code reads.
    #[error("a row of {0} has an unexpected shape")]
    Unreadable(&'static str),
}
