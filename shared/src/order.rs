//! Orders: what closes a cart, what holds its reminders, and whose click earned the revenue.

use crate::{
    cart::short, currency::Currency, email::EmailAddress, identifier::CartId, lifecycle::CartState, metric::Metric,
    money::Money, policy::Policy, time::Timestamp, wire,
};

/// What has become of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// Bought; also on hold, cash on delivery, bank transfer.
    Placed,
    /// The payment is being waited for; mails are held.
    Pending,
    /// Not paid; the cart is open again.
    Failed,
    /// Called off by shop or buyer; the cart stays closed, nothing was earned.
    Cancelled,
    /// Money was given back; `total` says how much in all.
    Refunded,
}

impl OrderStatus {
    /// The word on the wire and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// Reads [`OrderStatus::word`] back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Placed, Self::Pending, Self::Failed, Self::Cancelled, Self::Refunded]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

/// Who reported an order; the later ones overrule the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderSource {
    /// The thank-you page; stops mails, counts as unconfirmed.
    Page,
    /// The shop's server, signed.
    Server,
}

impl OrderSource {
    /// The form kept in the database; a higher one overrules a lower one.
    pub const fn code(self) -> i64 {
        match self {
            Self::Page => 0,
            Self::Server => 1,
        }
    }

    /// Reads [`OrderSource::code`] back.
    pub fn from_code(code: i64) -> Option<Self> {
        [Self::Page, Self::Server].into_iter().find(|source| source.code() == code)
    }
}

/// An order and every identity it can be matched by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The shop's order number.
    pub number: String,
    /// What has become of it.
    pub status: OrderStatus,
    /// Who reported it.
    pub source: OrderSource,
    /// Total, or for a refund what was given back in all.
    pub total: Option<Money>,
    /// Cart id of ours.
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
    /// No number.
    #[error("an order needs its number")]
    Number,
    /// Not one of the five words.
    #[error("status must be placed, pending, failed, cancelled or refunded")]
    Status,
    /// Nothing to match it by.
    #[error("an order needs at least one of cart, checkout_token, customer, email")]
    NoIdentity,
    /// Not our form of a cart id.
    #[error("cart must be a cart id of Cartwake, or missing")]
    Cart,
    /// Amount or currency.
    #[error("total must be a decimal text such as \"129.80\" with an ISO 4217 currency, or both missing")]
    Total,
}

/// Parses an order from the shop's server. A buyer's address that is none is left out, unless it is all there is.
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

/// A cart that an order may be about, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: CartId,
    /// How surely the order is about it: 4 cart id, 3 checkout token, 2 customer, 1 address, 0 same browser only,
    /// -1 only because another candidate was rebuilt from it.
    pub strength: i64,
    /// Where it stands.
    pub state: CartState,
    /// When it was made.
    pub created: Timestamp,
    /// Day on which it was made.
    pub day: i64,
    /// Pieces in it.
    pub items: i64,
    /// Mailbox hash of its shopper.
    pub mailbox_hash: Option<String>,
    /// Customer id of its shopper.
    pub customer: Option<String>,
    /// The cart it was rebuilt from.
    pub rebuilt_from: Option<String>,
    /// Confirmed visit through a mail that led to it.
    pub visited: Option<Timestamp>,
    /// Metrics it was counted in.
    pub counted: i64,
    /// The order that closed it.
    pub number: Option<String>,
    /// What that order was worth to it; on one cart of an order only.
    pub worth: Option<Money>,
    /// Whether the shop's server confirmed it.
    pub confirmed: bool,
    /// Whether the order was attributed.
    pub recovered: bool,
    /// Whether it was abandoned at some time.
    pub was_abandoned: bool,
}

/// What an order changes in a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartChange {
    /// The cart.
    pub id: CartId,
    /// Its new state.
    pub state: CartState,
    /// Looked at by the planner again at; only when it is open again.
    pub due: Option<Timestamp>,
    /// The order that closed it.
    pub number: Option<String>,
    /// What the order was worth to it.
    pub worth: Option<Money>,
    /// Whether the shop's server confirmed the order.
    pub confirmed: bool,
    /// Whether the order is attributed to a mail.
    pub recovered: bool,
    /// Metrics it was counted in.
    pub counted: i64,
    /// The cart that took over, for carts that only stop their mails.
    pub superseded_by: Option<CartId>,
}

/// A change of a day's metric; `currency` is missing for counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureChange {
    /// The day.
    pub day: i64,
    /// The metric.
    pub metric: Metric,
    /// For sums of money.
    pub currency: Option<Currency>,
    /// What is added; may be negative.
    pub value: i64,
}

/// All that follows from an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The cart that was bought.
    pub primary: Option<CartId>,
    /// Changes of carts.
    pub carts: Vec<CartChange>,
    /// Changes of metrics.
    pub metrics: Vec<FigureChange>,
}

/// The state of an order after a report: what was known before, overruled where the report is stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// What has become of it.
    pub status: OrderStatus,
    /// Whether the shop's server said so.
    pub confirmed: bool,
    /// Total.
    pub total: Option<Money>,
    /// Given back, in minor units of the total.
    pub refunded: i64,
}

impl OrderState {
    /// What the order brought: its total minus what was given back, nothing if it was called off or not paid.
    pub fn worth(&self) -> Option<Money> {
        let total = self.total?;
        let kept = match self.status {
            OrderStatus::Placed | OrderStatus::Refunded => total.minor().saturating_sub(self.refunded).max(0),
            OrderStatus::Pending | OrderStatus::Failed | OrderStatus::Cancelled => 0,
        };
        Money::new(kept, total.currency()).ok()
    }

    /// Folds a report into what was known. A page cannot overrule the shop's server.
    pub fn fold(known: Option<Self>, order: &Order) -> Self {
        let fresh = Self {
            status: order.status,
            confirmed: order.source == OrderSource::Server,
            total: order.total,
            refunded: 0,
        };
        let Some(known) = known else {
            return match order.status {
                // The first report of an order is its refund: the total is not known.
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
                // Refunds are reported as what was given back in all, so the same report again changes nothing.
                refunded: order.total.map_or(known.refunded, |total| total.minor().max(known.refunded)),
                total: known.total,
            },
            _ => Self { total: order.total.or(known.total), refunded: known.refunded, ..fresh },
        }
    }
}

/// Decides which carts an order closes, reopens or stops, and what that changes in the metrics.
///
/// `candidates` are all carts that share a name with the order, and the carts those were rebuilt from.
pub fn settle(
    order: &Order,
    state: &OrderState,
    candidates: &[Candidate],
    policy: &Policy,
    now: Timestamp,
) -> Settlement {
    let belongs = |cart: &Candidate| cart.number.as_deref() == Some(order.number.as_str());
    // A page may know the order under another number than the shop's server: the server's word replaces it.
    let replaceable =
        |cart: &Candidate| cart.state == CartState::Ordered && !cart.confirmed && state.confirmed && cart.strength >= 3;
    let is_open =
        |cart: &Candidate| matches!(cart.state, CartState::Active | CartState::Abandoned | CartState::Expired);
    let primary = candidates
        .iter()
        .filter(|cart| cart.strength >= 1 && (belongs(cart) || replaceable(cart) || is_open(cart)))
        // The cart of this order, else the surest, else the newest that holds something.
        .max_by_key(|cart| {
            (
                belongs(cart) && cart.worth.is_some(),
                cart.strength.max(1),
                cart.items > 0,
                cart.created,
                cart.number.is_some(),
            )
        });
    let Some(primary) = primary else {
        // The cart it names is not known, and may never be: its events come too late. The browser's other carts are.
        let stopped = candidates.iter().filter(|cart| cart.strength == 0 && is_open(cart));
        let carts = match (&order.cart, state.status) {
            (Some(bought), OrderStatus::Placed) => stopped.map(|cart| stop(cart, bought)).collect(),
            _ => Vec::new(),
        };
        return Settlement { carts, ..Settlement::default() };
    };
    match state.status {
        OrderStatus::Pending => Settlement { primary: Some(primary.id.clone()), ..Settlement::default() },
        OrderStatus::Failed => reopen(order, candidates, &primary.id, policy, now),
        OrderStatus::Placed | OrderStatus::Cancelled | OrderStatus::Refunded => {
            close(order, state, candidates, primary, policy, now)
        }
    }
}

fn close(
    order: &Order,
    state: &OrderState,
    candidates: &[Candidate],
    primary: &Candidate,
    policy: &Policy,
    now: Timestamp,
) -> Settlement {
    let mut settlement = Settlement { primary: Some(primary.id.clone()), ..Settlement::default() };
    let find = |id: &str| candidates.iter().find(|cart| cart.id.to_string() == id);
    // The chain of carts that were rebuilt one from the other, the purchase's beginning last.
    let mut chain = vec![primary];
    while let Some(origin) = chain.last().and_then(|cart| cart.rebuilt_from.as_deref()).and_then(find) {
        if chain.iter().any(|cart| cart.id == origin.id) {
            break;
        }
        chain.push(origin);
    }
    let origin = chain.last().copied().unwrap_or(primary);
    let recovered = primary.recovered || chain.iter().any(|cart| is_attributed(cart.visited, now, policy));
    let earned = state.status != OrderStatus::Cancelled;

    for cart in candidates {
        let is_primary = cart.id == primary.id;
        let in_chain = chain.iter().any(|link| link.id == cart.id);
        let same_person =
            cart.strength >= 1 && (cart.number.is_none() || cart.number.as_deref() == Some(order.number.as_str()));
        let open = matches!(cart.state, CartState::Active | CartState::Abandoned);
        if is_primary || ((in_chain || same_person) && open) {
            // Metrics of a purchase belong to the cart where it began; a rebuilt cart is not counted again.
            let mut counted = cart.counted;
            let mut count = |metric: Metric, holds: bool, day: i64| {
                let is_counted = counted & metric.bit() != 0;
                if holds != is_counted {
                    counted ^= metric.bit();
                    settlement.metrics.push(FigureChange {
                        day,
                        metric,
                        currency: None,
                        value: if holds { 1 } else { -1 },
                    });
                }
            };
            if cart.rebuilt_from.is_none() {
                count(Metric::Tracked, true, cart.day);
                let identified = cart.mailbox_hash.is_some() || cart.counted & Metric::Identified.bit() != 0;
                count(Metric::Identified, identified, cart.day);
            }
            if is_primary {
                count(Metric::Unconfirmed, !state.confirmed && earned, origin.day);
                count(Metric::Ordered, state.confirmed && earned, origin.day);
                count(Metric::Recovered, state.confirmed && earned && recovered, origin.day);
            }
            let worth = if is_primary { state.worth() } else { None };
            settlement.carts.push(CartChange {
                id: cart.id.clone(),
                state: CartState::Ordered,
                due: None,
                number: Some(order.number.clone()),
                worth,
                confirmed: state.confirmed,
                recovered: is_primary && recovered && earned,
                counted,
                superseded_by: None,
            });
            let before = if cart.recovered && cart.confirmed { cart.worth } else { None };
            let after = if is_primary && recovered && state.confirmed { worth } else { None };
            for (amount, sign) in [(before, -1), (after, 1)] {
                if let Some(amount) = amount.filter(|amount| amount.minor() != 0) {
                    settlement.metrics.push(FigureChange {
                        day: origin.day,
                        metric: Metric::Revenue,
                        currency: Some(amount.currency()),
                        value: amount.minor().saturating_mul(sign),
                    });
                }
            }
        } else if cart.strength == 0 && open {
            settlement.carts.push(stop(cart, &primary.id));
        }
    }
    settlement
}

/// Same browser, another address: the purchase stops a cart's mails and says nothing else about it.
fn stop(cart: &Candidate, bought: &CartId) -> CartChange {
    CartChange {
        id: cart.id.clone(),
        state: cart.state,
        due: None,
        number: cart.number.clone(),
        worth: cart.worth,
        confirmed: cart.confirmed,
        recovered: cart.recovered,
        counted: cart.counted,
        superseded_by: Some(bought.clone()),
    }
}

fn reopen(order: &Order, candidates: &[Candidate], primary: &CartId, policy: &Policy, now: Timestamp) -> Settlement {
    let mut settlement = Settlement { primary: Some(primary.clone()), ..Settlement::default() };
    for cart in candidates {
        if cart.state != CartState::Ordered || cart.number.as_deref() != Some(order.number.as_str()) {
            continue;
        }
        let mut counted = cart.counted;
        for metric in [Metric::Ordered, Metric::Recovered, Metric::Unconfirmed] {
            if counted & metric.bit() != 0 {
                counted ^= metric.bit();
                settlement.metrics.push(FigureChange { day: cart.day, metric, currency: None, value: -1 });
            }
        }
        if let Some(worth) = cart.worth.filter(|worth| cart.recovered && cart.confirmed && worth.minor() != 0) {
            settlement.metrics.push(FigureChange {
                day: cart.day,
                metric: Metric::Revenue,
                currency: Some(worth.currency()),
                value: worth.minor().saturating_neg(),
            });
        }
        settlement.carts.push(CartChange {
            id: cart.id.clone(),
            state: if cart.was_abandoned { CartState::Abandoned } else { CartState::Active },
            due: Some(now.plus(policy.abandoned_after)),
            number: None,
            worth: None,
            confirmed: false,
            recovered: false,
            counted,
            superseded_by: None,
        });
    }
    settlement
}

/// Whether an order is attributed to a mail whose link was followed and confirmed at `visited`.
pub fn is_attributed(visited: Option<Timestamp>, ordered: Timestamp, policy: &Policy) -> bool {
    visited.is_some_and(|visited| ordered >= visited && ordered.since(visited) <= policy.attribution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

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
