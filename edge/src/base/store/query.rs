//! Typed statements: the traits of the structs that the build makes from `edge/sql/`, and the answers of a batch.

use cartwake_shared::time::Timestamp;

use super::{ColumnMismatch, Row, Rows, Sql, Statement, StoreError, Value};

/// A statement with its parameters: one struct for each block of `edge/sql/`, made by the build.
pub trait Query {
    /// The statement.
    const SQL: Sql;
    /// What a row of it holds; `()` for a statement that gives no rows.
    type Row: FromRow;

    /// The parameters, `?1` first.
    fn parameters(&self) -> Vec<Value>;

    /// The statement with its parameters, for [`Store::batch`](crate::base::ports::Store::batch).
    fn statement(&self) -> Statement {
        Statement { sql: Self::SQL, parameters: self.parameters() }
    }
}

/// A struct that is read from the columns of a row.
pub trait FromRow: Sized {
    /// Takes the columns in the order of the statement.
    fn from_row(row: &mut Row) -> Result<Self, ColumnMismatch>;
}

impl FromRow for () {
    fn from_row(_: &mut Row) -> Result<Self, ColumnMismatch> {
        Ok(())
    }
}

/// A type that one column holds. `NULL` is an error for all of them but `Option`.
pub trait Column: Sized {
    /// Reads the value of a column.
    fn from_value(value: Value) -> Result<Self, ColumnMismatch>;
}

impl Column for String {
    /// A number is given as its digits: SQLite's JSON functions return one where a text looks like it.
    fn from_value(value: Value) -> Result<Self, ColumnMismatch> {
        match value {
            Value::Text(text) => Ok(text),
            Value::Integer(number) => Ok(number.to_string()),
            Value::Null => Err(ColumnMismatch),
        }
    }
}

impl Column for i64 {
    fn from_value(value: Value) -> Result<Self, ColumnMismatch> {
        match value {
            Value::Integer(number) => Ok(number),
            Value::Null | Value::Text(_) => Err(ColumnMismatch),
        }
    }
}

impl Column for bool {
    fn from_value(value: Value) -> Result<Self, ColumnMismatch> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl Column for Timestamp {
    fn from_value(value: Value) -> Result<Self, ColumnMismatch> {
        i64::from_value(value).map(Self::from_millis)
    }
}

impl<T: Column> Column for Option<T> {
    fn from_value(value: Value) -> Result<Self, ColumnMismatch> {
        if value == Value::Null { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// Reads one row of a statement of this name; a column too few or too many is an error.
pub fn read_row<T: FromRow>(mut row: Row, statement: &'static str) -> Result<T, StoreError> {
    let read = T::from_row(&mut row);
    match read {
        Ok(read) if row.end().is_ok() => Ok(read),
        _ => Err(StoreError::Unreadable(statement)),
    }
}

/// Reads every row of a statement of this name; the first that cannot be read is the error.
///
/// A loop rather than `collect`, whose layers for a `Result` are compiled for each kind of row by themselves, half a KB
/// more every time (docs/decisions/edge-size.md).
pub fn read_rows<T: FromRow>(rows: Rows, statement: &'static str) -> Result<Vec<T>, StoreError> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        all.push(read_row(row, statement)?);
    }
    Ok(all)
}

/// The answers of a batch, each under the name of its statement.
#[derive(Debug)]
pub struct Answers(Vec<(&'static str, Rows)>);

impl Answers {
    /// The answers to statements of these names, in their order.
    pub fn new(names: Vec<&'static str>, answers: Vec<Rows>) -> Self {
        Self(names.into_iter().zip(answers).collect())
    }

    /// Takes the rows of a statement; of one that stands in the batch several times, those of the first that is left.
    ///
    /// # Errors
    /// When the statement is not in the batch, or a row has another shape.
    pub fn rows<Q: Query>(&mut self) -> Result<Vec<Q::Row>, StoreError> {
        read_rows(self.take(Q::SQL.name)?, Q::SQL.name)
    }

    /// Takes the first row of a statement, as [`Answers::rows`] does.
    ///
    /// # Errors
    /// As [`Answers::rows`].
    pub fn first<Q: Query>(&mut self) -> Result<Option<Q::Row>, StoreError> {
        self.take(Q::SQL.name)?.into_iter().next().map(|row| read_row(row, Q::SQL.name)).transpose()
    }

    fn take(&mut self, name: &'static str) -> Result<Rows, StoreError> {
        let place = self.0.iter().position(|(of, _)| *of == name).ok_or(StoreError::Unreadable(name))?;
        Ok(self.0.remove(place).1)
    }
}

/// Two to six queries that are asked in one transaction and answered together, as a tuple of references.
pub trait Queries {
    /// The rows of each.
    type Rows;

    /// The statements, in their order.
    fn statements(&self) -> Vec<Statement>;

    /// Reads the answers, which stand in the order of the statements.
    fn read(answers: Vec<Rows>) -> Result<Self::Rows, StoreError>;
}

macro_rules! tuple_of_queries {
    ($($query:ident $place:tt),+) => {
        impl<$($query: Query),+> Queries for ($(&$query,)+) {
            type Rows = ($(Vec<$query::Row>,)+);

            fn statements(&self) -> Vec<Statement> {
                vec![$(self.$place.statement()),+]
            }

            fn read(answers: Vec<Rows>) -> Result<Self::Rows, StoreError> {
                let mut answers = answers.into_iter();
                Ok(($({
                    let rows = answers.next().ok_or(StoreError::Unreadable($query::SQL.name))?;
                    read_rows::<$query::Row>(rows, $query::SQL.name)?
                },)+))
            }
        }
    };
}

tuple_of_queries!(A 0, B 1);
tuple_of_queries!(A 0, B 1, C 2);
tuple_of_queries!(A 0, B 1, C 2, D 3);
tuple_of_queries!(A 0, B 1, C 2, D 3, E 4);
tuple_of_queries!(A 0, B 1, C 2, D 3, E 4, F 5);
