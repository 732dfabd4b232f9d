//! Reads, changes and puts back whole tables for tests, whichever columns the tables have.

use std::collections::BTreeMap;

use rusqlite::params_from_iter;

use crate::{
    base::store::{StoreError, Value},
    native::sqlite::Sqlite,
};

const TABLES: &str = include_str!("../sql/tables.sql");
const ROWS: &str = include_str!("../sql/rows.sql");
const CHANGE: &str = include_str!("../sql/change.sql");
const INSERT: &str = include_str!("../sql/insert.sql");
const REMOVE: &str = include_str!("../sql/remove.sql");
const EMPTY: &str = include_str!("../sql/empty.sql");

/// A row: its values by the names of their columns.
pub type Record = BTreeMap<String, Value>;
/// Everything a database holds: the rows of each table.
pub type Everything = BTreeMap<String, Vec<Record>>;

/// A row of one table with typed fields.
pub trait View: Clone + core::fmt::Debug {
    /// The table.
    const TABLE: &'static str;
    /// How many of its first columns are the primary key.
    const KEY: usize;

    /// Reads a row; `Err` names the column that holds something else than the view says.
    ///
    /// # Errors
    /// When a column is missing or holds a value of another type.
    fn read(record: &Record) -> Result<Self, &'static str>;
    /// The values of its columns, the primary key first.
    fn values(&self) -> Vec<(&'static str, Value)>;
}

impl Sqlite {
    /// The names of all tables.
    ///
    /// # Panics
    /// When the database does not answer.
    pub fn tables(&self) -> Vec<String> {
        let rows = answered(self.read(TABLES, &[]), "the tables");
        rows.into_iter().flat_map(BTreeMap::into_values).filter_map(text).collect()
    }

    /// Every row of every table.
    ///
    /// # Panics
    /// When the database does not answer.
    pub fn everything(&self) -> Everything {
        let rows = |table: &String| answered(self.read(&ROWS.replace("{table}", table), &[]), table);
        self.tables().into_iter().map(|table| (table.clone(), rows(&table))).collect()
    }

    /// Puts an earlier state back, as a restored backup does.
    ///
    /// # Panics
    /// When the database refuses a row.
    pub fn put_back(&self, earlier: &Everything) {
        answered(self.check_references(false), "foreign keys");
        for table in self.tables() {
            answered(self.read(&EMPTY.replace("{table}", &table), &[]), &table);
        }
        // Backwards, so that `identity` is there before the triggers of `cart` would write it.
        for (table, records) in earlier.iter().rev() {
            for record in records {
                let values: Vec<(&str, Value)> =
                    record.iter().map(|(column, value)| (column.as_str(), value.clone())).collect();
                self.insert_values(table, &values);
            }
        }
        answered(self.check_references(true), "foreign keys");
    }

    /// The rows of a view's table in the order of its primary key.
    ///
    /// # Panics
    /// When a column holds something else than the view says.
    pub fn rows<V: View>(&self) -> Vec<V> {
        let records = answered(self.read(&ROWS.replace("{table}", V::TABLE), &[]), V::TABLE);
        records.iter().map(|record| answered(V::read(record), V::TABLE)).collect()
    }

    /// Changes every row as `change` says; only columns that differ are written.
    ///
    /// # Panics
    /// When the database refuses a change.
    pub fn change<V: View>(&self, change: impl Fn(&mut V)) {
        for mut row in self.rows::<V>() {
            let before = row.values();
            change(&mut row);
            let differing: Vec<(&str, Value)> = row
                .values()
                .into_iter()
                .zip(&before)
                .filter(|(after, before)| after != *before)
                .map(|(after, _)| after)
                .collect();
            if differing.is_empty() {
                continue;
            }
            let key: Vec<_> = before.into_iter().take(V::KEY).collect();
            let columns = assignments(&differing, ", ");
            let sql = CHANGE.replace("{table}", V::TABLE).replace("{columns}", &columns);
            let values = differing.into_iter().chain(key.iter().cloned());
            self.write_row(V::TABLE, &sql.replace("{key}", &assignments(&key, " AND ")), values);
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When the database refuses it.
    pub fn insert<V: View>(&self, row: &V) {
        self.insert_values(V::TABLE, &row.values());
    }

    /// Removes the rows for which `which` holds.
    ///
    /// # Panics
    /// When the database refuses it.
    pub fn remove<V: View>(&self, which: impl Fn(&V) -> bool) {
        for row in self.rows::<V>().into_iter().filter(which) {
            let key: Vec<_> = row.values().into_iter().take(V::KEY).collect();
            let sql = REMOVE.replace("{table}", V::TABLE).replace("{key}", &assignments(&key, " AND "));
            self.write_row(V::TABLE, &sql, key);
        }
    }

    fn insert_values(&self, table: &str, values: &[(&str, Value)]) {
        let names: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
        let sql = INSERT
            .replace("{table}", table)
            .replace("{columns}", &names.join(", "))
            .replace("{values}", &vec!["?"; values.len()].join(", "));
        self.write_row(table, &sql, values.iter().cloned());
    }

    fn write_row<'n>(&self, table: &str, sql: &str, values: impl IntoIterator<Item = (&'n str, Value)>) {
        let values: Vec<Value> = values.into_iter().map(|(_, value)| value).collect();
        answered(self.read(sql, &values), table);
    }

    fn read(&self, sql: &str, values: &[Value]) -> Result<Vec<Record>, StoreError> {
        self.with_connection(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let mut rows = statement.query(params_from_iter(values))?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                let values = (0..names.len()).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()?;
                records.push(names.iter().cloned().zip(values).collect());
            }
            Ok(records)
        })
    }

    fn check_references(&self, is_on: bool) -> Result<(), StoreError> {
        self.with_connection(|connection| connection.pragma_update(None, "foreign_keys", is_on))
    }
}

/// `a = ?, b = ?`
fn assignments(values: &[(&str, Value)], between: &str) -> String {
    values.iter().map(|(column, _)| format!("{column} = ?")).collect::<Vec<_>>().join(between)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text),
        Value::Integer(_) | Value::Null => None,
    }
}

#[expect(clippy::panic, reason = "test support: a test that cannot see the database shows nothing")]
fn answered<T, E: core::fmt::Debug>(answer: Result<T, E>, what: &str) -> T {
    answer.unwrap_or_else(|error| panic!("{what}: {error:?}"))
}
