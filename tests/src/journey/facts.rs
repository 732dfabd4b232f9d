//! Reads a shopper's cart and its reminders from the database.
use anyhow::{Context, Result};
use cartwake_shared::{lifecycle::CartState, reminder::ReminderState};
use serde_json::Value;

use crate::stack::{Row, Stack};

/// A cart as it is stored.
#[derive(Clone, Debug)]
pub struct Cart {
    /// `<visitor>.<n>`.
    pub id: String,
    /// Where it stands.
    pub state: CartState,
    /// Number of pieces.
    pub items: i64,
    /// The total in minor units.
    pub total: i64,
    /// ISO 4217.
    pub currency: String,
    /// The last activity in milliseconds since 1970 UTC.
    pub active_at: i64,
    /// The order that closed it.
    pub order: Option<String>,
    /// Whether an order of this address counts as recovered; in a chain of carts only one carries it.
    pub is_recovered: bool,
}

/// A reminder as it is stored.
#[derive(Clone, Debug)]
pub struct Reminder {
    /// The step's id.
    pub step: String,
    /// Where it stands.
    pub state: ReminderState,
    /// The rule that stood against it.
    pub reason: Option<String>,
}

/// The oldest cart of an address, none while no cart is known under it.
pub(super) async fn cart(stack: &Stack, address: &str) -> Result<Option<Cart>> {
    let rows = stack.worker.explorer.rows(include_str!("cart.sql"), &[address]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Cart {
        id: text(row, "id")?,
        state: CartState::from_code(number(row, "state")?).context("an unknown state of a cart")?,
        items: number(row, "items")?,
        total: number(row, "total")?,
        currency: text(row, "currency")?,
        active_at: number(row, "active_at")?,
        order: text(row, "order_number").ok(),
        is_recovered: number(row, "recovered")? == 1,
    }))
}

/// The reminders of a cart.
pub(super) async fn reminders(stack: &Stack, cart: &Cart) -> Result<Vec<Reminder>> {
    let rows = stack.worker.explorer.rows(include_str!("reminders.sql"), &[&cart.id]).await?;
    let reminder = |row: &Row| {
        let state = ReminderState::from_code(number(row, "state")?).context("an unknown state of a reminder")?;
        Ok(Reminder { step: text(row, "step")?, state, reason: text(row, "reason").ok() })
    };
    rows.iter().map(reminder).collect()
}

fn text(row: &Row, column: &str) -> Result<String> {
    row.get(column).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("no text in {column}"))
}

fn number(row: &Row, column: &str) -> Result<i64> {
    row.get(column).and_then(Value::as_i64).with_context(|| format!("no number in {column}"))
}
