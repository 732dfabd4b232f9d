//! Compares the Worker's data about a shopper's cart with the shop's own display.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is found when the Worker holds these lines and the shop shows two pieces of one variant and one of another
    /// product.
    fn check(lines: &Value, expected: &[&str]) {
        let line = |product, variant, quantity, price, total| ShownLine { product, variant, quantity, price, total };
        let shown = Shown {
            currency: "EUR",
            total: 11_790,
            lines: vec![
                line(vec!["13", "SHIRT"], vec!["15", "SHIRT-M", "M"], 2, 4900, 9800),
                line(vec!["10"], Vec::new(), 1, 1990, 1990),
            ],
        };
        let row = json!({ "currency": "EUR", "total": 11_790, "address": null });
        let held = Held {
            row: row.as_object().cloned().unwrap_or_default(),
            lines: lines.as_array().cloned().unwrap_or_default(),
        };
        assert_eq!(held.differences(&shown, None), expected, "{lines}");
    }

    #[test]
    fn the_same_cart_is_told_from_every_other() {
        let plain = json!({ "product": "10", "quantity": 1, "price": 1990 });
        let shirt = |named: Value| {
            let mut line = json!({ "quantity": 2, "price": 4900 });
            line.as_object_mut()
                .into_iter()
                .for_each(|line| line.extend(named.as_object().cloned().unwrap_or_default()));
            line
        };
        let missing = "no line of 13|SHIRT/15|SHIRT-M|M with 2 at 4900";
        check(&json!([shirt(json!({ "product": "13", "variant": "15" })), plain]), &[]);
        check(&json!([plain, shirt(json!({ "product": "13", "sku": "SHIRT-M" }))]), &[]);
        check(&json!([shirt(json!({ "product": "SHIRT", "options": "Size: M" })), plain]), &[]);
        let unnamed = shirt(json!({ "product": "13" }));
        let sister = shirt(json!({ "product": "13", "variant": "16", "options": "Size: L" }));
        for wrong in [unnamed, sister] {
            let odd = format!("a line that is not shown: {wrong}");
            check(&json!([wrong, plain]), &[missing, &odd]);
        }
        let fewer = json!({ "product": "10", "quantity": 2, "price": 1990 });
        let odd = format!("a line that is not shown: {fewer}");
        let right = shirt(json!({ "product": "13", "variant": "15" }));
        check(&json!([right, fewer]), &["no line of 10/ with 1 at 1990", &odd]);
        check(&json!([right, plain, plain]), &[&format!("a line that is not shown: {plain}")]);
        check(&json!([plain]), &[missing]);
    }
}
