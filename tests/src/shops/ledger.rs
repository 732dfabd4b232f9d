//! What the Worker holds of a shopper's cart, and where that differs from what the shop showed.
use anyhow::Result;
use serde_json::Value;

use super::{Shown, ShownLine};
use crate::stack::{Row, Stack};

/// A cart is closed by an order (shared/src/lifecycle.rs).
const ORDERED: i64 = 2;

/// A cart as the Worker holds it.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    row: Row,
    lines: Vec<Value>,
}

impl Held {
    /// Reads the cart of an id; none while the Worker does not know it.
    pub(super) async fn read(stack: &Stack, id: &str) -> Result<Option<Self>> {
        let rows = stack.worker.explorer.rows(include_str!("carts.sql"), &[id]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let lines = serde_json::from_str(row.get("lines").and_then(Value::as_str).unwrap_or("[]"))?;
        Ok(Some(Self { row, lines }))
    }

    /// Whether an order of this number closed it.
    pub(super) fn is_ordered(&self, number: &str) -> bool {
        self.row["state"] == ORDERED && self.row["order_number"] == number
    }

    /// What the Worker holds otherwise than the shop showed it; empty when it is the same cart.
    pub(super) fn differences(&self, shown: &Shown, address: Option<&str>) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, held: &Value, shown: Value| {
            if *held != shown {
                found.push(format!("{what} is {held}, shown {shown}"));
            }
        };
        let empty = shown.lines.is_empty();
        if !empty {
            compare("currency", &self.row["currency"], shown.currency.into());
            compare("total", &self.row["total"], shown.total.into());
        }
        if let Some(address) = address {
            compare("address", &self.row["address"], address.into());
        }
        let mut left: Vec<&Value> = self.lines.iter().collect();
        for line in &shown.lines {
            match left.iter().position(|held| is_same(held, line)) {
                Some(place) => drop(left.remove(place)),
                None => found.push(format!(
                    "no line of {}/{} with {} at {}",
                    line.product.join("|"),
                    line.variant.join("|"),
                    line.quantity,
                    line.price
                )),
            }
        }
        found.extend(left.iter().map(|held| format!("a line that is not shown: {held}")));
        found
    }
}

/// Whether a held line is the shown one: under a name of the product, for a variant under a name that its sisters do not
/// have, with the same pieces and the price of one piece.
fn is_same(held: &Value, shown: &ShownLine) -> bool {
    let text = |name: &str| held[name].as_str().unwrap_or_default();
    let names = ["product", "variant", "sku", "options"].map(text);
    let is_product = names.iter().any(|name| shown.product.contains(name));
    let is_variant = shown.variant.is_empty()
        || names.iter().any(|name| shown.variant.iter().any(|own| *name == *own || name.ends_with(&format!(" {own}"))));
    is_product && is_variant && held["quantity"] == shown.quantity && held["price"] == shown.price
}
