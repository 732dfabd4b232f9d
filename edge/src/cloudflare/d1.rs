//! The store port on D1: the only place that binds values and reads rows there, and counts what is billed.
//!
//! Own declarations: the `worker` crate reads rows through serde, which costs more bytes than all of this.

use std::cell::Cell;

use worker::{
    js_sys::{Array, Function, Promise},
    wasm_bindgen::{self, JsCast as _, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use super::{
    fault::{self, Fault},
    object::property,
};
use crate::base::{
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

    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(then: &Function, milliseconds: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}

/// How long a call may take. D1 answers in milliseconds, stalled for 2 to 25 s and for 60 to 80 s (cloudflare.md, 1.3):
/// who waits longer than this waits for a stall, and a browser that is told so comes back when it is over.
const ANSWER_WITHIN_MS: u32 = 5_000;

/// A D1 database and the rows this request was billed for.
#[derive(Debug)]
pub(super) struct D1 {
    database: Database,
    billed: Cell<Billed>,
}

/// What D1 bills, and the limit of statements an invocation has.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
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

    /// Waits for an answer, which a throw and the time-out end too.
    async fn answer(ask: impl FnOnce() -> Result<Promise, JsValue>) -> Result<JsValue, StoreError> {
        let fault = fault::next();
        let asked = match fault {
            Some(Fault::Refused(text)) => return Err(classify(text.to_owned())),
            // A promise that nobody keeps.
            Some(Fault::Silent) => Ok(Promise::new(&mut |_, _| {})),
            Some(Fault::Late) => {
                // The timer does not fail; without it the call is only not late.
                let _ = JsFuture::from(after(1_000).0).await;
                ask()
            }
            Some(Fault::Lost) | None => ask(),
        };
        let asked = asked.map_err(|error| refused(&error))?;
        let (late, timer) = after(ANSWER_WITHIN_MS);
        let answered = JsFuture::from(Promise::race(&Array::of2(&asked, &late))).await;
        // A timer that is not there any more needs no clearing.
        let _ = clear_timeout(&timer);
        let answer = answered.map_err(|error| refused(&error))?;
        if fault == Some(Fault::Lost) {
            return Err(classify("Network connection lost.".to_owned()));
        }
        // Only the timer resolves to nothing; D1 answers with an object or a list of them.
        if answer.is_undefined() {
            return Err(StoreError::Silent(format!("no answer within {ANSWER_WITHIN_MS} ms")));
        }
        Ok(answer)
    }

    fn read(&self, result: &JsValue, statement: &'static str) -> Result<Rows, StoreError> {
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
        let unreadable = || StoreError::Unreadable(statement);
        let rows: Array = property(result, "results").dyn_into().map_err(|_| unreadable())?;
        rows.iter().map(|row| read_row(&row).ok_or_else(unreadable)).collect()
    }
}

impl Store for D1 {
    async fn execute(&self, statement: Statement) -> Result<Rows, StoreError> {
        let prepared = self.prepare(&statement)?;
        self.read(&Self::answer(|| prepared.run()).await?, statement.sql.name)
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let prepared = Array::new();
        for statement in &statements {
            prepared.push(&self.prepare(statement)?.into());
        }
        let answer = Self::answer(|| self.database.batch(&prepared)).await?;
        let first = statements.first().map_or("", |statement| statement.sql.name);
        let results: Array = answer.dyn_into().map_err(|_| StoreError::Unreadable(first))?;
        results.iter().zip(&statements).map(|(result, statement)| self.read(&result, statement.sql.name)).collect()
    }

    fn rows_written(&self) -> i64 {
        self.billed.get().rows_written
    }
}

/// A promise of nothing after so long, and the timer behind it.
fn after(milliseconds: u32) -> (Promise, JsValue) {
    let mut timer = JsValue::UNDEFINED;
    let late = Promise::new(&mut |resolve, _| {
        timer = set_timeout(&resolve, milliseconds).unwrap_or(JsValue::UNDEFINED);
    });
    (late, timer)
}

fn refused(error: &JsValue) -> StoreError {
    classify(property(error, "message").as_string().unwrap_or_default())
}

/// D1's errors are texts; these are the ones it documents for states that pass (developers.cloudflare.com/d1,
/// "Debug D1", and the changelog of 1 September 2026 for the daily limits). Everything else is ours.
fn classify(text: String) -> StoreError {
    const LOST: [&str; 4] = ["Network connection lost", "object to be reset", "code was updated", "transient issue"];
    const SILENT: [&str; 2] = ["internal error", "timed out"];
    let says = |known: &&str| text.contains(*known);
    if ["overloaded", "Too many requests queued"].iter().any(says) {
        StoreError::Overloaded
    } else if says(&"free tier daily row") {
        StoreError::DailyLimit
    } else if LOST.iter().any(says) {
        StoreError::Lost(text)
    } else if SILENT.iter().any(says) {
        StoreError::Silent(text)
    } else {
        StoreError::Refused(text)
    }
}

/// The values of a row in the order of its columns; names are dropped, as on SQLite.
fn read_row(row: &JsValue) -> Option<Row> {
    let values = values(row).ok()?;
    Some(Row::new(values.iter().map(|value| read_value(&value)).collect::<Option<_>>()?))
}

/// Null, a whole number or text; nothing else is stored.
fn read_value(value: &JsValue) -> Option<Value> {
    if value.is_null() {
        return Some(Value::Null);
    }
    let text = || value.as_string().map(Value::Text);
    whole(value).map(Value::Integer).or_else(text)
}

/// A number that is whole and within 2^53.
fn whole(value: &JsValue) -> Option<i64> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_991.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
    Some(number as i64)
}
