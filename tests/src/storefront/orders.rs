//! The shop's order desk: it knows the prices, numbers the orders and reports them to the Worker by signed webhook.
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Catalogue, Shop};

/// What a checkout page asks for; prices are never taken from it.
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    cart_token: Option<String>,
    email: String,
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Line {
    product: String,
    #[serde(default)]
    variant: String,
    quantity: u32,
}

/// An accepted order.
#[derive(Clone, Debug, Serialize)]
pub struct Placed {
    /// Its number.
    pub order: String,
    /// A decimal string.
    pub total: String,
    /// ISO 4217.
    pub currency: String,
}

/// The orders of this run.
#[derive(Default)]
pub(super) struct Desk {
    placed: Mutex<Vec<Placed>>,
}

impl Desk {
    pub(super) fn placed(&self) -> Vec<Placed> {
        self.placed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives the next number; the shop's first order is 1001.
    fn accept(&self, total: String, currency: String) -> Placed {
        let mut orders = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        let placed = Placed { order: (1001 + orders.len()).to_string(), total, currency };
        orders.push(placed.clone());
        placed
    }
}

/// `POST /api/order`.
pub(super) async fn order(
    State(shop): State<Arc<Shop>>,
    Json(order): Json<Order>,
) -> Result<Json<Placed>, (StatusCode, String)> {
    let (total, currency) = total(&shop.catalogue, &order.lines)
        .map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, format!("{error:#}")))?;
    let placed = shop.desk.accept(total, currency);
    // A shop reports an order after taking it; the shopper is not made to wait for a retry here.
    report(&shop, &order, &placed).await.map_err(|error| (StatusCode::BAD_GATEWAY, format!("{error:#}")))?;
    Ok(Json(placed))
}

async fn report(shop: &Shop, order: &Order, placed: &Placed) -> Result<()> {
    let site = shop.site.get().with_context(|| format!("{} is not connected yet", shop.origin))?;
    let body = json!({
        "order": placed.order,
        "status": "placed",
        "checkout_token": order.cart_token,
        "email": order.email,
        "total": placed.total,
        "currency": placed.currency,
    });
    shop.client.signed("/v1/orders", &site.id, &site.secret, &body).await?.expect_status(200)?;
    Ok(())
}

/// The total by the catalogue's prices, and its currency.
fn total(catalogue: &Catalogue, lines: &[Line]) -> Result<(String, String)> {
    ensure!(!lines.is_empty(), "an order has at least one line");
    let (mut cents, mut currency) = (0, "");
    for line in lines {
        let offer = catalogue.offer(&line.product, &line.variant).context("the shop does not sell that")?;
        ensure!(offer.available, "{} is sold out", offer.name);
        ensure!((1..=20).contains(&line.quantity), "between 1 and 20 of one product");
        ensure!(currency.is_empty() || currency == offer.currency, "one currency for an order");
        cents += cents_of(&offer.price)? * u64::from(line.quantity);
        currency = &offer.currency;
    }
    Ok((decimal(cents), currency.to_owned()))
}

/// `12.50` as 1250; the demo sells in a currency with two digits.
fn cents_of(price: &str) -> Result<u64> {
    let (whole, part) = price.split_once('.').context("a price has two digits")?;
    ensure!(part.len() == 2, "a price has two digits");
    format!("{whole}{part}").parse().with_context(|| format!("{price} is no price"))
}

/// 1250 as `12.50`.
pub fn decimal(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storefront::Offer;

    fn offer(id: &str, price: &str, available: bool) -> Offer {
        let text = |text: &str| text.to_owned();
        let (variant, sku, url) = (String::new(), String::new(), String::new());
        Offer {
            id: text(id),
            variant,
            sku,
            name: text(id),
            price: text(price),
            currency: text("EUR"),
            image: url.clone(),
            url,
            available,
        }
    }

    fn check(lines: &[(&str, u32)], expected: Option<&str>) {
        let catalogue = Catalogue {
            products: vec![offer("mug", "24.00", true), offer("tea", "12.55", true), offer("pot", "68.00", false)],
        };
        let line = |(product, quantity): &(&str, u32)| Line {
            product: (*product).to_owned(),
            variant: String::new(),
            quantity: *quantity,
        };
        let lines: Vec<Line> = lines.iter().map(line).collect();
        assert_eq!(total(&catalogue, &lines).ok().map(|(total, _)| total).as_deref(), expected, "{lines:?}");
    }

    #[test]
    fn the_shop_reckons_by_its_own_prices() {
        check(&[("mug", 2), ("tea", 3)], Some("85.65"));
        check(&[("tea", 1)], Some("12.55"));
    }

    #[test]
    fn what_cannot_be_sold_is_refused() {
        check(&[], None);
        check(&[("pot", 1)], None);
        check(&[("cup", 1)], None);
        check(&[("mug", 0)], None);
        check(&[("mug", 21)], None);
    }
}
