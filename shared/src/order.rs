//! Orders: what is reported of them, by whom, and what is known after all reports.

use crate::{
    cart::short,
    codes,
    currency::Currency,
    email::EmailAddress,
    identifier::CartId,
    lifecycle::CartState,
    metric::Metric,
    money::Money,
    time::{Span, Timestamp},
    wire,
};

mod settle;

pub use settle::{is_attributed, settle};

/// How long ago the shop's server may have told an order, for a page's order to wait for its word.
pub const SERVER_SPEAKS_FOR: Span = Span::days(30);

codes! {
    /// The status of an order.
    pub enum OrderStatus {
        /// The word on the wire and in the database.
        word: &'static str => parse,
    }
    /// Bought; also on hold, cash on delivery, bank transfer.
    Placed { word: "placed" }
    /// The payment is outstanding; mails are held.
    Pending { word: "pending" }
    /// Not paid; the cart is open again.
    Failed { word: "failed" }
    /// The shop or the buyer cancelled it; the cart stays closed and earns nothing.
    Cancelled { word: "cancelled" }
    /// Money was given back; `total` is the sum of all refunds.
    Refunded { word: "refunded" }
}

codes! {
    /// The reporter of an order; a later one overrules an earlier one.
    pub enum OrderSource {
        /// The form in the database; a higher code overrules a lower one.
        code: i64 => from_code,
    }
    /// The thank-you page; its report stops mails and counts as unconfirmed.
    Page { code: 0 }
    /// The shop's server, signed.
    Server { code: 1 }
}

codes! {
    /// What is known of a purchase under one of the buyer's names; the surest last.
    pub enum PurchaseStatus {
        /// The word in the database.
        word: &'static str => parse,
    }
    /// A page of another visitor says so: mails are held until the shop's server tells of it, or for a day.
    Claimed { word: "claimed" }
    /// The payment is outstanding; mails are held.
    Pending { word: "pending" }
    /// Bought; mails stop.
    Placed { word: "placed" }
}

/// An order, with every id by which its carts can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The shop's order number.
    pub number: String,
    /// The order's status.
    pub status: OrderStatus,
    /// The reporter of the order.
    pub source: OrderSource,
    /// The total; for a refund, the sum of all refunds.
    pub total: Option<Money>,
    /// The id of the cart in Cartwake.
    pub cart: Option<CartId>,
    /// The shop's own cart or checkout id.
    pub token: Option<String>,
    /// The shop's customer id.
    pub customer: Option<String>,
    /// The buyer's address.
    pub email: Option<EmailAddress>,
}

/// Why an order is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The order has no number.
    #[error("an order needs its number")]
    Number,
    /// The status is not one of the five words.
    #[error("status must be placed, pending, failed, cancelled or refunded")]
    Status,
    /// The order has no id by which a cart can be found.
    #[error("an order needs at least one of cart, checkout_token, customer, email")]
    NoIdentity,
    /// The cart id does not have the form of ours.
    #[error("cart must be a cart id of Cartwake, or missing")]
    Cart,
    /// The amount or the currency cannot be read.
    #[error("total must be a decimal text such as \"129.80\" with an ISO 4217 currency, or both missing")]
    Total,
}

/// Parses an order from the shop's server. A buyer's address that cannot be read is left out, unless it is the only id.
pub fn parse_server_order(sent: wire::ServerOrder) -> Result<Order, OrderError> {
    let total = match (sent.total, sent.currency) {
        (None, None) => None,
        (Some(total), Some(currency)) => {
            let currency = Currency::parse(&currency).ok_or(OrderError::Total)?;
            Some(Money::parse_decimal(&total, currency).map_err(|_| OrderError::Total)?)
        }
        _ => return Err(OrderError::Total),
    };
    let order = Order {
        number: short(&sent.order).ok_or(OrderError::Number)?,
        status: OrderStatus::parse(&sent.status).ok_or(OrderError::Status)?,
        source: OrderSource::Server,
        total,
        cart: sent.cart.map(|text| CartId::parse(&text).map_err(|_| OrderError::Cart)).transpose()?,
        token: sent.checkout_token.as_deref().and_then(short),
        customer: sent.customer.as_deref().and_then(short),
        email: sent.email.and_then(|text| EmailAddress::parse(&text).ok()),
    };
    if order.cart.is_none() && order.token.is_none() && order.customer.is_none() && order.email.is_none() {
        return Err(OrderError::NoIdentity);
    }
    Ok(order)
}

/// The strength of a cart that only a page called that of the order; the shop's server takes the number away from it.
pub const TOLD_BY_A_PAGE: i64 = -2;

/// A cart that may be the one that was ordered, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateCart {
    /// The cart's id.
    pub id: CartId,
    /// How surely the order is about this cart: 4 same cart id, 3 same checkout token, 2 same customer, 1 same address,
    /// 0 same browser only, -1 another candidate was rebuilt from it, [`TOLD_BY_A_PAGE`] a page said this number of it.
    pub strength: i64,
    /// What proves the shopper's address: a code of trust, 0 for nothing.
    pub proof: i64,
    /// The cart's state.
    pub state: CartState,
    /// When the cart was made.
    pub created: Timestamp,
    /// The day on which the cart was made.
    pub day: i64,
    /// The number of pieces in the cart.
    pub items: i64,
    /// The mailbox hash of the shopper.
    pub mailbox_hash: Option<String>,
    /// The shop's customer id of the shopper.
    pub customer: Option<String>,
    /// The cart from which this cart was rebuilt.
    pub rebuilt_from: Option<String>,
    /// When the shopper came back through a mail about this cart, confirmed by script.
    pub visited: Option<Timestamp>,
    /// The metrics that count the cart, as bits.
    pub counted: i64,
    /// The number of the order that closed the cart.
    pub number: Option<String>,
    /// The worth of that order; only one cart of an order carries it.
    pub worth: Option<Money>,
    /// Whether the shop's server confirmed the order.
    pub confirmed: bool,
    /// Whether the order was attributed to a mail.
    pub recovered: bool,
    /// Whether the cart was abandoned at some time.
    pub was_abandoned: bool,
}

/// The change of a cart that follows from an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartChange {
    /// The cart.
    pub id: CartId,
    /// The new state.
    pub state: CartState,
    /// When the planner decides about the cart again; only for a cart that is open again.
    pub due: Option<Timestamp>,
    /// The number of the order that closed the cart.
    pub number: Option<String>,
    /// The worth of that order.
    pub worth: Option<Money>,
    /// Whether the shop's server confirmed the order.
    pub confirmed: bool,
    /// Whether the order is attributed to a mail.
    pub recovered: bool,
    /// The metrics that count the cart, as bits.
    pub counted: i64,
    /// The cart that took over; only for a cart whose mails stop.
    pub superseded_by: Option<CartId>,
}

/// A change of a metric of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricChange {
    /// The day on which the cart was made.
    pub day: i64,
    /// The metric.
    pub metric: Metric,
    /// The currency of a sum of money; `None` for a count.
    pub currency: Option<Currency>,
    /// The amount to add; may be negative.
    pub value: i64,
}

/// All changes that follow from an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The cart that was bought.
    pub primary: Option<CartId>,
    /// The changes of carts.
    pub carts: Vec<CartChange>,
    /// The changes of metrics.
    pub metrics: Vec<MetricChange>,
}

/// The state of an order after all reports so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// The status of the order.
    pub status: OrderStatus,
    /// Whether the shop's server reported it.
    pub confirmed: bool,
    /// The total of the order.
    pub total: Option<Money>,
    /// The sum of all refunds, in minor units of the total.
    pub refunded: i64,
}

impl OrderState {
    /// The worth of the order: its total minus the refunds; 0 if it was cancelled or is not paid.
    pub fn worth(&self) -> Option<Money> {
        let total = self.total?;
        let kept = match self.status {
            OrderStatus::Placed | OrderStatus::Refunded => total.minor().saturating_sub(self.refunded).max(0),
            OrderStatus::Pending | OrderStatus::Failed | OrderStatus::Cancelled => 0,
        };
        Money::new(kept, total.currency()).ok()
    }

    /// Merges a report into the known state. A page cannot overrule the shop's server.
    pub fn fold(known: Option<Self>, order: &Order) -> Self {
        let fresh = Self {
            status: order.status,
            confirmed: order.source == OrderSource::Server,
            total: order.total,
            refunded: 0,
        };
        let Some(known) = known else {
            return match order.status {
                // The first report of the order is a refund, so its total is not known.
                OrderStatus::Refunded => Self { total: None, ..fresh },
                _ => fresh,
            };
        };
        if known.confirmed && !fresh.confirmed {
            return known;
        }
        match order.status {
            OrderStatus::Refunded => Self {
                status: OrderStatus::Refunded,
                confirmed: true,
                // A report states the sum of all refunds, so the same report again changes nothing.
                refunded: order.total.map_or(known.refunded, |total| total.minor().max(known.refunded)),
                total: known.total,
            },
            _ => Self { total: order.total.or(known.total), refunded: known.refunded, ..fresh },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn sent() -> wire::ServerOrder {
        wire::ServerOrder {
            order: "1001".into(),
            status: "placed".into(),
            email: Some("ada@example.com".into()),
            total: Some("129.80".into()),
            currency: Some("EUR".into()),
            ..wire::ServerOrder::default()
        }
    }

    #[test]
    fn orders_are_parsed_or_refused() {
        for (what, sent, expected) in [
            ("whole", sent(), Ok(Some(12_980))),
            ("no amount", wire::ServerOrder { total: None, currency: None, ..sent() }, Ok(None)),
            ("amount without currency", wire::ServerOrder { currency: None, ..sent() }, Err(OrderError::Total)),
            ("negative amount", wire::ServerOrder { total: Some("-1".into()), ..sent() }, Err(OrderError::Total)),
            ("no number", wire::ServerOrder { order: " ".into(), ..sent() }, Err(OrderError::Number)),
            ("odd status", wire::ServerOrder { status: "shipped".into(), ..sent() }, Err(OrderError::Status)),
            ("nobody", wire::ServerOrder { email: None, ..sent() }, Err(OrderError::NoIdentity)),
            (
                "bad address only",
                wire::ServerOrder { email: Some("nobody".into()), ..sent() },
                Err(OrderError::NoIdentity),
            ),
            ("foreign cart id", wire::ServerOrder { cart: Some("abc".into()), ..sent() }, Err(OrderError::Cart)),
        ] {
            let got = parse_server_order(sent).map(|order| order.total.map(Money::minor));
            assert_eq!(got, expected, "{what}");
        }
    }

    #[test]
    fn a_click_earns_the_order_inside_the_window() {
        let visited = Timestamp::from_millis(1_764_000_000_000);
        let policy = Policy::default();
        for (visited, after, attributed) in [
            (Some(visited), Span::ZERO, true),
            (Some(visited), Span::days(5), true),
            (Some(visited), Span::millis_of(Span::days(5).millis() + 1), false),
            (Some(visited), Span::millis_of(-1), false),
            (None, Span::ZERO, false),
        ] {
            let ordered = Timestamp::from_millis(1_764_000_000_000).plus(after);
            assert_eq!(is_attributed(visited, ordered, &policy), attributed, "{visited:?} {after:?}");
        }
    }
}
