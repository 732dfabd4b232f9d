//! The store port on D1: the only place that binds values and reads rows there, and counts what is billed.
//!
//! Own declarations: the `worker` crate reads rows through serde, which costs more bytes than all of this.

use std::cell::Cell;

use worker::{
    js_sys::{Array, Promise},
    wasm_bindgen::{self, JsCast as _, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use super::object::property;
use crate::{
    ports::Store,
    store::{Row, Rows, Statement, StoreError, Value},
};

#[wasm_bindgen]
extern "C" {
    /// A D1 database.
    #[derive(Debug)]
    pub(super) type Database;
    #[wasm_bindgen(method, catch)]
    fn prepare(this: &Database, text: &str) -> Result<Prepared, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn batch(this: &Database, statements: &Array) -> Result<Promise, JsValue>;

    type Prepared;
    #[wasm_bindgen(method, catch, variadic)]
    fn bind(this: &Prepared, values: &Array) -> Result<Prepared, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn run(this: &Prepared) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = Object, js_name = values, catch)]
    fn values(row: &JsValue) -> Result<Array, JsValue>;
}

/// A D1 database and the rows this request was billed for.
#[derive(Debug)]
pub(super) struct D1 {
    database: Database,
    billed: Cell<Billed>,
}

/// What D1 bills, and the limit of statements an invocation has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Billed {
    /// Statements run.
    pub(super) statements: u32,
    /// Rows read.
    pub(super) rows_read: i64,
    /// Rows written.
    pub(super) rows_written: i64,
}

impl D1 {
    pub(super) fn new(database: Database) -> Self {
        Self { database, billed: Cell::default() }
    }

    /// What this request was billed for so far.
    pub(super) fn billed(&self) -> Billed {
        self.billed.get()
    }

    fn prepare(&self, statement: &Statement) -> Result<Prepared, StoreError> {
        let values: Array = statement
            .parameters
            .iter()
            .map(|value| match value {
                Value::Null => JsValue::NULL,
                // D1 knows one kind of number; whole ones within 2^53 come through exactly.
                #[expect(clippy::cast_precision_loss, reason = "values are within 2^53 by their types")]
                Value::Integer(number) => JsValue::from_f64(*number as f64),
                Value::Text(text) => JsValue::from_str(text),
            })
            .collect();
        self.database
            .prepare(statement.sql.text)
            .and_then(|prepared| prepared.bind(&values))
            .map_err(|error| refused(&error))
    }

    /// Waits for an answer, which a throw ends too.
    async fn answer(&self, asked: Result<Promise, JsValue>) -> Result<JsValue, StoreError> {
        let answered = match asked {
            Ok(promise) => JsFuture::from(promise).await,
            Err(error) => Err(error),
        };
        answered.map_err(|error| refused(&error))
    }

    fn read(&self, result: &JsValue) -> Result<Rows, StoreError> {
        if let Some(error) = property(result, "error").as_string() {
            return Err(classify(error));
        }
        let meta = property(result, "meta");
        let count = |name| whole(&property(&meta, name)).unwrap_or(0);
        let mut billed = self.billed.get();
        billed.statements = billed.statements.saturating_add(1);
        billed.rows_read = billed.rows_read.saturating_add(count("rows_read"));
        billed.rows_written = billed.rows_written.saturating_add(count("rows_written"));
        self.billed.set(billed);
        let rows: Array = property(result, "results").dyn_into().map_err(|_| StoreError::Shape)?;
        rows.iter().map(|row| read_row(&row)).collect()
    }
}

impl Store for D1 {
    async fn run(&self, statement: Statement) -> Result<Rows, StoreError> {
        let prepared = self.prepare(&statement)?;
        self.read(&self.answer(prepared.run()).await?)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let prepared = Array::new();
        for statement in &statements {
            prepared.push(&self.prepare(statement)?.into());
        }
        let results: Array =
            self.answer(self.database.batch(&prepared)).await?.dyn_into().map_err(|_| StoreError::Shape)?;
        results.iter().map(|result| self.read(&result)).collect()
    }
}

fn refused(error: &JsValue) -> StoreError {
    classify(property(error, "message").as_string().unwrap_or_default())
}

/// D1's errors are texts; these are the ones it documents for states that pass (developers.cloudflare.com/d1,
/// "Debug D1"). Everything else is ours.
fn classify(text: String) -> StoreError {
    const SILENT: [&str; 6] = [
        "Network connection lost",
        "object to be reset",
        "code was updated",
        "transient issue",
        "internal error",
        "timed out",
    ];
    if text.contains("overloaded") || text.contains("Too many requests queued") {
        StoreError::Overloaded
    } else if SILENT.iter().any(|known| text.contains(known)) {
        StoreError::Silent(text)
    } else {
        StoreError::Refused(text)
    }
}

/// The values of a row in the order of its columns; names are dropped, as on SQLite.
fn read_row(row: &JsValue) -> Result<Row, StoreError> {
    let values = values(row).map_err(|_| StoreError::Shape)?;
    Ok(Row::new(values.iter().map(|value| read_value(&value)).collect::<Result<_, _>>()?))
}

/// Null, a whole number or text; nothing else is stored.
fn read_value(value: &JsValue) -> Result<Value, StoreError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let text = || value.as_string().map(Value::Text);
    whole(value).map(Value::Integer).or_else(text).ok_or(StoreError::Shape)
}

/// A number that is whole and within 2^53.
fn whole(value: &JsValue) -> Option<i64> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_991.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
    Some(number as i64)
}
