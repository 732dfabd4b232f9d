//! Reads the running Worker's database, the cost of its statements, and its log.
//!
//! Everything here goes through the local explorer of `wrangler dev` 4.164 (`/cdn-cgi/local/explorer/api`),
//! which is young: if it changes, this file changes and nothing else.
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// A row by column name.
pub type Row = Map<String, Value>;

/// The explorer of one running Worker.
#[derive(Clone, Debug)]
pub struct Explorer {
    http: reqwest::Client,
    base: String,
}

/// One request or cron run of the Worker, and the cost of its statements as the database reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The path of a request, or `scheduled`.
    pub trigger: String,
    /// Calls to the database; a batch is one.
    pub calls: u64,
    /// Rows read.
    pub rows_read: u64,
    /// Rows written.
    pub rows_written: u64,
}

impl Explorer {
    pub(super) fn new(http: reqwest::Client, worker: &str) -> Self {
        Self { http, base: format!("{worker}/cdn-cgi/local/explorer/api") }
    }

    /// Rows of the Worker's database; parameters are bound as text.
    pub async fn rows(&self, sql: &str, parameters: &[&str]) -> Result<Vec<Row>> {
        let answer = self.ask("d1/database/DB/raw", &json!({ "sql": sql, "params": parameters })).await?;
        rows(&answer["result"][0]["results"])
    }

    /// Writes into the Worker's database what no request could.
    pub async fn write(&self, sql: &str) -> Result<()> {
        self.ask("d1/database/DB/raw", &json!({ "sql": sql, "params": [] })).await?;
        Ok(())
    }

    /// Every invocation since that moment (milliseconds since 1970 UTC), oldest first.
    pub async fn invocations(&self, since_ms: i64) -> Result<Vec<Invocation>> {
        let sql = include_str!("invocations.sql").replace(":since", &since_ms.to_string());
        let answer = self.ask("local/observability/query", &json!({ "sql": sql })).await?;
        Ok(rows(&answer["result"])?.iter().map(invocation).collect())
    }

    async fn ask(&self, path: &str, question: &Value) -> Result<Value> {
        let response = self.http.post(format!("{}/{path}", self.base)).json(question).send().await?;
        let answer: Value = response.json().await.context("the local explorer answers in JSON")?;
        if answer["success"] != json!(true) {
            bail!("the local explorer refused {question}: {}", answer["errors"]);
        }
        Ok(answer)
    }
}

/// `{"columns":[…],"rows":[[…]]}` as one map per row.
fn rows(table: &Value) -> Result<Vec<Row>> {
    let columns = table["columns"].as_array().context("the local explorer names no columns")?;
    let rows = table["rows"].as_array().context("the local explorer gives no rows")?;
    let names = || columns.iter().map(|name| name.as_str().unwrap_or_default().to_owned());
    Ok(rows.iter().filter_map(Value::as_array).map(|row| names().zip(row.iter().cloned()).collect()).collect())
}

fn invocation(row: &Row) -> Invocation {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    // SQLite's `total` is a REAL; these counts are far below 2^53.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of rows is small and never negative"
    )]
    let count = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or_default() as u64;
    let path = text("address").splitn(4, '/').nth(3).map(|path| path.split('?').next().unwrap_or_default());
    let trigger = path.map_or_else(|| text("name").to_owned(), |path| format!("/{path}"));
    Invocation { trigger, calls: count("calls"), rows_read: count("rows_read"), rows_written: count("rows_written") }
}
