//! What is left of a statement once the database has it.

use cartwake_edge::base::store::{Row, Rows, Statement, Value};

/// What is left of a statement once the database has it.
#[derive(Debug)]
pub struct Head {
    /// Its name.
    pub(crate) name: &'static str,
    /// The parameters, where they are asked for.
    parameters: Vec<Value>,
}

impl Head {
    /// The head of a statement.
    pub fn of(statement: &Statement) -> Self {
        let is_asked_for =
            matches!(statement.sql.name, "send/record_attempts" | "reconcile/record_look_ups" | "breaker/trip_breaker");
        let parameters = if is_asked_for { statement.parameters.clone() } else { Vec::new() };
        Self { name: statement.sql.name, parameters }
    }

    /// The parameter at that place as text.
    pub(crate) fn text(&self, place: usize) -> &str {
        match self.parameters.get(place) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The parameter at that place as a number.
    pub(crate) fn number(&self, place: usize) -> i64 {
        match self.parameters.get(place) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }
}

/// The reminders that a batch took for its run, by their key.
pub fn claimed(heads: &[Head], rows: &[Rows]) -> Vec<String> {
    const CLAIMS: [&str; 3] = ["send/claim_reminders", "send/claim_batches", "reconcile/find_look_ups"];
    let claims = heads.iter().zip(rows).filter(|(head, _)| CLAIMS.contains(&head.name)).flat_map(|(_, rows)| rows);
    let key = |row: &Row| {
        let mut row = row.clone();
        let (site, cart): (String, String) = (row.take().ok()?, row.take().ok()?);
        let (cycle, step): (i64, String) = (row.take().ok()?, row.take().ok()?);
        Some(format!("cartwake/{site}/{cart}/{cycle}/{step}"))
    };
    claims.filter_map(key).collect()
}
