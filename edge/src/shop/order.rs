//! Orders, from the page and from the shop's server: they close carts, stop mails and count what was recovered.

use cartwake_shared::{
    currency::Currency,
    identifier::CartId,
    lifecycle::CartState,
    metric::Metric,
    money::Money,
    order::{self, Candidate, Order, OrderSource, OrderState, OrderStatus, Settlement},
    time::Timestamp,
    wire,
};
use serde::Serialize;

use crate::{
    base::body::read_json,
    base::{
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Entropy as _, Ports, Store as _},
        site::Site,
        store::{Row, Statement, StoreError, read_all, sql},
    },
    shop::signed_call as shop_server,
};

/// `POST /v1/orders`: (1) signature, (2) parse, (3) report.
pub async fn from_server<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    // (1)
    let site = shop_server::verified_site(app, request).await?;
    // (2)
    let order = order::parse_server_order(read_json::<wire::ServerOrder>(request)?)?;
    // (3)
    report(app, &site, &order, app.now()).await?;
    Ok(Response::json(200, json::text(&Reported { ok: true })))
}

/// The answer to a report.
#[derive(Serialize)]
struct Reported {
    ok: bool,
}

/// How often a report is worked out anew because somebody else wrote the same order, or the planner counted one of its
/// carts, at the same moment.
const ATTEMPTS: usize = 4;

/// Takes a report of an order, first or repeated. Acknowledged means that no mail starts for it any more.
pub async fn report<P: Ports>(app: &App<P>, site: &Site, order: &Order, now: Timestamp) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        if attempt(app, site, order, now).await? {
            return Ok(());
        }
    }
    Err(Error::Store(StoreError::Silent("an order or its carts were written by others at the same time".to_owned())))
}

/// What the database knows of an order.
struct Known {
    state: OrderState,
    source: OrderSource,
    revision: i64,
    placed_at: Timestamp,
}

async fn attempt<P: Ports>(app: &App<P>, site: &Site, order: &Order, now: Timestamp) -> Result<bool, Error> {
    let site_id = site.id.as_str();
    let mailbox_hash = order.email.as_ref().map(|email| app.config.mailbox_key.hash(&email.mailbox()));
    let range = order.cart.as_ref().map(CartId::visitor_range);
    let mut read = app
        .store()
        .batch(vec![
            sql::ORDER_READ.with([site_id.into(), order.number.as_str().into()]),
            sql::ORDER_CANDIDATES.with([
                site_id.into(),
                order.cart.as_ref().map(ToString::to_string).into(),
                order.token.as_ref().map(|token| format!("token:{token}")).into(),
                order.customer.as_ref().map(|customer| format!("customer:{customer}")).into(),
                mailbox_hash.as_ref().map(cartwake_shared::key::MailboxHash::as_str).into(),
                range.as_ref().map(|(first, _)| first.as_str()).into(),
                range.as_ref().map(|(_, behind)| behind.as_str()).into(),
                order.number.as_str().into(),
            ]),
        ])
        .await?
        .into_iter();
    let known = read.next().unwrap_or_default().into_iter().next().map(read_known).transpose()?;
    let candidates = read_all(read.next().unwrap_or_default(), read_candidate)?;

    let state = OrderState::fold(known.as_ref().map(|known| known.state), order);
    let placed_at = known.as_ref().map_or(now, |known| known.placed_at);
    let policy = app.config.policy(site.settings.policy.clone());
    let settlement = order::settle(order, &state, &candidates, &policy, placed_at);
    let writer = app.ports.entropy().name();
    let statements = changes(
        site_id,
        order,
        &state,
        &settlement,
        known.as_ref(),
        &candidates,
        mailbox_hash.as_ref().map(cartwake_shared::key::MailboxHash::as_str),
        &writer,
        now,
    );
    let written = app.store().batch(statements).await?;
    Ok(written.first().is_some_and(|rows| !rows.is_empty()))
}

fn changes(
    site: &str,
    order: &Order,
    state: &OrderState,
    settlement: &Settlement,
    known: Option<&Known>,
    candidates: &[Candidate],
    mailbox_hash: Option<&str>,
    writer: &str,
    now: Timestamp,
) -> Vec<Statement> {
    let number = order.number.as_str();
    let source = known.map_or(order.source, |known| known.source.max(order.source));
    let mut statements = vec![sql::ORDER_WRITE.with([
        site.into(),
        number.into(),
        state.status.word().into(),
        source.code().into(),
        state.total.map(Money::minor).into(),
        state.refunded.into(),
        state.total.map(|total| total.currency().to_string()).into(),
        settlement.primary.as_ref().map(ToString::to_string).into(),
        known.map_or(now, |known| known.placed_at).into(),
        known.map_or(0, |known| known.revision).into(),
        writer.into(),
        as_read(settlement, candidates).into(),
    ])];
    let keys = json::text(&names(order, settlement, candidates, mailbox_hash));
    statements.push(match state.status {
        OrderStatus::Failed => sql::ORDER_UNMARK.with([site.into(), keys.into(), number.into()]),
        status => {
            let mark = if status == OrderStatus::Pending { "pending" } else { "placed" };
            sql::ORDER_MARKS.with([
                site.into(),
                keys.into(),
                mark.into(),
                number.into(),
                known.map_or(now, |known| known.placed_at).into(),
            ])
        }
    });
    if !settlement.metrics.is_empty() {
        let metrics: Vec<MetricRow> = settlement
            .metrics
            .iter()
            .map(|change| MetricRow {
                day: change.day,
                name: change.metric.code(),
                currency: change.currency.map_or_else(String::new, |currency| currency.to_string()),
                value: change.value,
            })
            .collect();
        statements.push(sql::ORDER_FIGURES.with([
            site.into(),
            json::text(&metrics).into(),
            number.into(),
            writer.into(),
        ]));
    }
    if !settlement.carts.is_empty() {
        let carts: Vec<CartRow<'_>> = settlement
            .carts
            .iter()
            .map(|change| CartRow {
                cart: &change.id,
                state: change.state.code(),
                due: change.due,
                number: change.number.as_deref(),
                total: change.worth.map(Money::minor),
                currency: change.worth.map(|worth| worth.currency().to_string()),
                confirmed: i32::from(change.confirmed),
                recovered: i32::from(change.recovered),
                counted: change.counted,
                superseded: change.superseded_by.as_ref(),
            })
            .collect();
        statements.push(sql::ORDER_CARTS.with([
            site.into(),
            json::text(&carts).into(),
            number.into(),
            writer.into(),
            now.into(),
        ]));
    }
    statements
}

/// A change of a day's metric.
#[derive(Serialize)]
struct MetricRow {
    day: i64,
    name: &'static str,
    currency: String,
    value: i64,
}

/// A change of a cart.
#[derive(Serialize)]
struct CartRow<'a> {
    cart: &'a CartId,
    state: i64,
    due: Option<Timestamp>,
    number: Option<&'a str>,
    total: Option<i64>,
    currency: Option<String>,
    confirmed: i32,
    recovered: i32,
    counted: i64,
    superseded: Option<&'a CartId>,
}

/// In which metrics a cart was counted.
#[derive(Serialize)]
struct CountedRow<'a> {
    cart: &'a CartId,
    counted: i64,
}

/// In which metrics the carts of the order were counted when it was worked out.
fn as_read(settlement: &Settlement, candidates: &[Candidate]) -> String {
    let changed = |cart: &&Candidate| settlement.carts.iter().any(|change| change.id == cart.id);
    let rows: Vec<CountedRow<'_>> =
        candidates.iter().filter(changed).map(|cart| CountedRow { cart: &cart.id, counted: cart.counted }).collect();
    json::text(&rows)
}

/// Every name under which a mail could still be planned for this buyer.
fn names(order: &Order, settlement: &Settlement, candidates: &[Candidate], mailbox_hash: Option<&str>) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    if let Some(cart) = &order.cart {
        add(format!("cart:{cart}"));
    }
    if let Some(token) = &order.token {
        add(format!("token:{token}"));
    }
    if let Some(customer) = &order.customer {
        add(format!("customer:{customer}"));
    }
    if let Some(mailbox_hash) = mailbox_hash {
        add(format!("mailbox:{mailbox_hash}"));
    }
    // The address and customer known of the cart that was bought are the buyer's too; and those of a cart that the order
    // names itself, also when an earlier order closed it.
    let bought = candidates.iter().filter(|cart| settlement.primary.as_ref() == Some(&cart.id) || cart.strength >= 3);
    for bought in bought {
        add(format!("cart:{}", bought.id));
        if let Some(mailbox_hash) = &bought.mailbox_hash {
            add(format!("mailbox:{mailbox_hash}"));
        }
        if let Some(customer) = &bought.customer {
            add(format!("customer:{customer}"));
        }
    }
    names
}

fn read_known(mut row: Row) -> Result<Known, StoreError> {
    let status = OrderStatus::parse(&row.text()?).ok_or(StoreError::Shape)?;
    let source = if row.boolean()? { OrderSource::Server } else { OrderSource::Page };
    let total = row.optional_integer()?;
    let refunded = row.integer()?;
    let currency = row.optional_text()?;
    row.optional_text()?;
    Ok(Known {
        state: OrderState {
            status,
            confirmed: source == OrderSource::Server,
            total: money(total, currency.as_deref()),
            refunded,
        },
        source,
        revision: row.integer()?,
        placed_at: row.time()?,
    })
}

fn read_candidate(mut row: Row) -> Result<Candidate, StoreError> {
    let id = CartId::parse(&row.text()?).map_err(|_| StoreError::Shape)?;
    let strength = row.integer()?;
    let state = CartState::from_code(row.integer()?).ok_or(StoreError::Shape)?;
    let created = row.time()?;
    let day = row.integer()?;
    let items = row.integer()?;
    let mailbox_hash = row.optional_text()?;
    let customer = row.optional_text()?;
    let via = row.optional_text()?;
    let via_at = row.optional_time()?;
    let returned_at = row.optional_time()?;
    let counted = row.integer()?;
    let number = row.optional_text()?;
    let total = row.optional_integer()?;
    let currency = row.optional_text()?;
    let confirmed = row.boolean()?;
    let recovered = row.boolean()?;
    row.optional_text()?;
    let was_abandoned = row.optional_time()?.is_some();
    Ok(Candidate {
        id,
        strength,
        state,
        created,
        day,
        items,
        mailbox_hash,
        customer,
        rebuilt_from: via.and_then(|via| via.split('/').next().map(str::to_owned)),
        visited: via_at.max(returned_at),
        counted,
        number,
        worth: money(total, currency.as_deref()),
        confirmed,
        recovered,
        was_abandoned: was_abandoned || counted & Metric::Abandoned.bit() != 0,
    })
}

fn money(minor: Option<i64>, currency: Option<&str>) -> Option<Money> {
    Money::new(minor?, Currency::parse(currency?)?).ok()
}
