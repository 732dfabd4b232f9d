//! Orders, from the page and from the shop's server: they close carts, stop mails and count what was recovered.

use cartwake_shared::{
    currency::Currency,
    identifier::{CartId, SiteId},
    key::MailboxHash,
    metric::Metric,
    money::Money,
    order::{self, CandidateCart, Order, OrderSource, OrderState, OrderStatus, Settlement},
    time::Timestamp,
    wire,
};
use serde::Serialize;

use crate::{
    base::{
        body::read_json,
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Entropy as _, Ports, Store as _},
        site::Site,
        store::{
            Query as _, Statement, StoreError,
            sql::order::{
                ChangeMetrics, DeletePurchases, FindCandidates, FindCandidatesRow, ReadOrder, ReadOrderRow,
                SettleCarts, WriteOrder, WritePurchases,
            },
        },
    },
    shop::signed_call,
};

/// `POST /v1/orders`: (1) signature, (2) parse, (3) report.
pub async fn from_server<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    // (1)
    let site = signed_call::verified_site(app, request).await?;
    // (2)
    let order = order::parse_server_order(read_json::<wire::ServerOrder>(request)?)?;
    // (3)
    let mailbox_hash = order.email.as_ref().map(|email| app.config.mailbox_key.hash(&email.mailbox()));
    report(app, &site, &order, mailbox_hash.as_ref(), app.now()).await?;
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

/// Takes a report of an order, first or repeated, with the hash of its address. Acknowledged means that no mail starts
/// for it any more.
pub async fn report<P: Ports>(
    app: &App<P>,
    site: &Site,
    order: &Order,
    mailbox_hash: Option<&MailboxHash>,
    now: Timestamp,
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        if attempt(app, site, order, mailbox_hash, now).await? {
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

async fn attempt<P: Ports>(
    app: &App<P>,
    site: &Site,
    order: &Order,
    mailbox_hash: Option<&MailboxHash>,
    now: Timestamp,
) -> Result<bool, Error> {
    let number = order.number.as_str();
    let range = order.cart.as_ref().map(CartId::visitor_range);
    let (known, candidates) = app
        .store()
        .rows_of((
            &ReadOrder { site: &site.id, number },
            &FindCandidates {
                site: &site.id,
                cart: order.cart.as_ref(),
                token: order.token.as_ref().map(|token| format!("token:{token}")).as_deref(),
                customer: order.customer.as_ref().map(|customer| format!("customer:{customer}")).as_deref(),
                mailbox_hash,
                first: range.as_ref().map(|(first, _)| first.as_str()),
                behind: range.as_ref().map(|(_, behind)| behind.as_str()),
                number,
            },
        ))
        .await?;
    let known = known.first().map(known_order);
    let candidates: Vec<CandidateCart> = candidates.into_iter().map(candidate).collect();

    let state = OrderState::fold(known.as_ref().map(|known| known.state), order);
    let placed_at = known.as_ref().map_or(now, |known| known.placed_at);
    let policy = app.config.policy(site.settings.policy.clone());
    let settlement = order::settle(order, &state, &candidates, &policy, placed_at);
    let writer = app.ports.entropy().name();
    let statements = changes(
        &site.id,
        order,
        &state,
        &settlement,
        known.as_ref(),
        &candidates,
        mailbox_hash.map(MailboxHash::as_str),
        &writer,
        now,
    );
    let mut written = app.store().answers(statements).await?;
    Ok(written.first::<WriteOrder>()?.is_some())
}

fn changes(
    site: &SiteId,
    order: &Order,
    state: &OrderState,
    settlement: &Settlement,
    known: Option<&Known>,
    candidates: &[CandidateCart],
    mailbox_hash: Option<&str>,
    writer: &str,
    now: Timestamp,
) -> Vec<Statement> {
    let number = order.number.as_str();
    let source = known.map_or(order.source, |known| known.source.max(order.source));
    let placed_at = known.map_or(now, |known| known.placed_at);
    let mut statements = vec![
        WriteOrder {
            site,
            number,
            status: state.status,
            source,
            total: state.total.map(Money::minor),
            refunded: state.refunded,
            currency: state.total.map(|total| total.currency().to_string()).as_deref(),
            cart: settlement.primary.as_ref(),
            placed_at,
            revision: known.map_or(0, |known| known.revision),
            writer,
            carts: &as_read(settlement, candidates),
        }
        .statement(),
    ];
    let keys = json::text(&names(order, settlement, candidates, mailbox_hash));
    let keys = keys.as_str();
    statements.push(match state.status {
        OrderStatus::Failed => DeletePurchases { site, keys, number }.statement(),
        status => {
            let status = if status == OrderStatus::Pending { "pending" } else { "placed" };
            WritePurchases { site, keys, status, number, at: placed_at }.statement()
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
        let changes = json::text(&metrics);
        statements.push(ChangeMetrics { site, changes: &changes, number, writer }.statement());
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
        let carts = json::text(&carts);
        statements.push(SettleCarts { site, carts: &carts, number, writer, now }.statement());
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
fn as_read(settlement: &Settlement, candidates: &[CandidateCart]) -> String {
    let changed = |cart: &&CandidateCart| settlement.carts.iter().any(|change| change.id == cart.id);
    let rows: Vec<CountedRow<'_>> =
        candidates.iter().filter(changed).map(|cart| CountedRow { cart: &cart.id, counted: cart.counted }).collect();
    json::text(&rows)
}

/// Every name under which a mail could still be planned for this buyer.
fn names(
    order: &Order,
    settlement: &Settlement,
    candidates: &[CandidateCart],
    mailbox_hash: Option<&str>,
) -> Vec<String> {
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

fn known_order(row: &ReadOrderRow) -> Known {
    Known {
        state: OrderState {
            status: row.status,
            confirmed: row.source == OrderSource::Server,
            total: money(row.total, row.currency.as_deref()),
            refunded: row.refunded,
        },
        source: row.source,
        revision: row.revision,
        placed_at: row.placed_at,
    }
}

fn candidate(row: FindCandidatesRow) -> CandidateCart {
    CandidateCart {
        id: row.id,
        strength: row.strength,
        state: row.state,
        created: row.created,
        day: row.day,
        items: row.items,
        mailbox_hash: row.mailbox_hash.map(|hash| hash.as_str().to_owned()),
        customer: row.customer,
        rebuilt_from: row.via.and_then(|via| via.split('/').next().map(str::to_owned)),
        visited: row.via_at.max(row.returned_at),
        counted: row.counted,
        number: row.order_number,
        worth: money(row.order_total, row.order_currency.as_deref()),
        confirmed: row.order_confirmed,
        recovered: row.recovered,
        was_abandoned: row.abandoned_at.is_some() || row.counted & Metric::Abandoned.bit() != 0,
    }
}

fn money(minor: Option<i64>, currency: Option<&str>) -> Option<Money> {
    Money::new(minor?, Currency::parse(currency?)?).ok()
}
