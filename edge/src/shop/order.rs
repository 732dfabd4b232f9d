//! Orders, from the page and from the shop's server: they close carts, stop mails and count what was recovered.

use cartwake_shared::{
    identifier::CartId,
    key::MailboxHash,
    money::Money,
    order::{
        self, CandidateCart, Order, OrderSource, OrderState, OrderStatus, PurchaseStatus, SERVER_SPEAKS_FOR, Settlement,
    },
    share,
    time::{Span, Timestamp},
    wire,
};
use serde::Serialize;

use crate::{
    base::{
        body::read_json,
        error::Error,
        http::{Request, Response},
        json,
        network::Network,
        ports::{App, Entropy as _, Ports, Store as _},
        site::Site,
        store::{
            Query as _, Statement, StoreError,
            sql::network::NotePaidOrder,
            sql::order::{
                ChangeMetrics, DeletePurchases, FindCandidates, NoteServerWord, ReadOrder, ReadOrderRow,
                ReadServerWord, SettleCarts, StopOthers, WriteOrder, WritePurchases,
            },
        },
    },
    shop::{candidates, signed_call},
};

/// `POST /v1/orders`: (1) signature, (2) parse, (3) report.
pub async fn from_server<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    // (1)
    let site = signed_call::verified_site(app, request).await?;
    // (2)
    let order = order::parse_server_order(read_json::<wire::ServerOrder>(request)?)?;
    // (3)
    let mailbox_hash = order.email.as_ref().map(|email| app.config.mailbox_key.hash(&email.mailbox()));
    report(app, &Report { site: &site, order: &order, mailbox_hash: mailbox_hash.as_ref(), network: None }).await?;
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

/// A report of an order.
pub struct Report<'a> {
    /// The shop.
    pub site: &'a Site,
    /// What is reported.
    pub order: &'a Order,
    /// The hash of the order's address.
    pub mailbox_hash: Option<&'a MailboxHash>,
    /// The network of the page that reports it.
    pub network: Option<&'a Network>,
}

/// Takes a report of an order, first or repeated. Acknowledged means that no mail starts for it any more.
pub async fn report<P: Ports>(app: &App<P>, report: &Report<'_>) -> Result<(), Error> {
    let now = app.now();
    for _ in 0..ATTEMPTS {
        if attempt(app, report, now).await? {
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
    /// When the shop's server first told that it is paid.
    paid_at: Option<Timestamp>,
}

async fn attempt<P: Ports>(app: &App<P>, report: &Report<'_>, now: Timestamp) -> Result<bool, Error> {
    let Report { site, order, mailbox_hash, .. } = *report;
    let number = order.number.as_str();
    let range = order.cart.as_ref().map(CartId::visitor_range);
    // A page's order is about carts of its own visitor.
    let by_name = order.source == OrderSource::Server;
    let (known, server_word, candidates) = app
        .store()
        .rows_of((
            &ReadOrder { site: &site.id, number },
            &ReadServerWord { site: &site.id },
            &FindCandidates {
                site: &site.id,
                cart: order.cart.as_ref(),
                token: order.token.as_ref().filter(|_| by_name).map(|token| format!("token:{token}")).as_deref(),
                customer: order
                    .customer
                    .as_ref()
                    .filter(|_| by_name)
                    .map(|customer| format!("customer:{customer}"))
                    .as_deref(),
                mailbox_hash: mailbox_hash.filter(|_| by_name),
                first: range.as_ref().map(|(first, _)| first.as_str()),
                behind: range.as_ref().map(|(_, behind)| behind.as_str()),
                number,
            },
        ))
        .await?;
    let known = known.first().map(known_order);
    let candidates = candidates::gather(app, &site.id, candidates).await?;
    let candidates = if by_name { candidates } else { candidates::of_own_visitor(order, mailbox_hash, candidates) };

    let is_told_first = by_name && known.as_ref().is_none_or(|known| known.source == OrderSource::Page);
    // What a page said of this number counts beside the server's word only if it was said of a cart that the server names.
    let is_same = candidates.iter().any(|cart| cart.strength >= 1 && cart.number.as_deref() == Some(number));
    let heard = known.as_ref().filter(|_| !is_told_first || is_same);
    let state = OrderState::fold(heard.map(|known| known.state), order);
    let placed_at = heard.map_or(now, |known| known.placed_at);
    let policy = app.config.policy(site.settings.policy.clone());
    let settlement = order::settle(order, &state, &candidates, &policy, placed_at);
    let server_speaks = server_word.first().is_some_and(|word| now.since(word.last_at) < SERVER_SPEAKS_FOR);
    let writer = app.ports.entropy().name();
    let findings = Findings {
        state,
        settlement,
        known: known.as_ref(),
        is_told_first,
        placed_at,
        candidates: &candidates,
        server_speaks,
        writer: &writer,
    };
    let mut written = app.store().answers(changes(report, &findings, now)).await?;
    Ok(written.first::<WriteOrder>()?.is_some())
}

/// What was worked out of a report.
struct Findings<'a> {
    state: OrderState,
    settlement: Settlement,
    known: Option<&'a Known>,
    /// Whether the shop's server tells of it for the first time.
    is_told_first: bool,
    placed_at: Timestamp,
    candidates: &'a [CandidateCart],
    /// Whether the shop's server told an order within [`SERVER_SPEAKS_FOR`].
    server_speaks: bool,
    writer: &'a str,
}

fn changes(report: &Report<'_>, findings: &Findings<'_>, now: Timestamp) -> Vec<Statement> {
    let Report { order, site: Site { id: site, .. }, .. } = *report;
    let Findings { state, settlement, known, placed_at, candidates, writer, .. } = findings;
    let number = order.number.as_str();
    let source = known.map_or(order.source, |known| known.source.max(order.source));
    let is_paid = order.source == OrderSource::Server && order.status == OrderStatus::Placed;
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
            placed_at: *placed_at,
            paid_at: is_paid.then_some(now),
            revision: known.map_or(0, |known| known.revision),
            writer,
            carts: &as_read(settlement, candidates),
        }
        .statement(),
    ];
    statements.extend(purchases(report, findings, now));
    if order.source == OrderSource::Server {
        let is_paid = is_paid && known.is_none_or(|known| known.paid_at.is_none());
        let (hour, hour_ago) = (share::hour_of(now), now.minus(Span::hours(1)));
        statements.push(NoteServerWord { site, is_paid, hour, now, hour_ago, number, writer }.statement());
        let bought = settlement.primary.as_ref().filter(|_| is_paid);
        statements.extend(bought.map(|cart| NotePaidOrder { site, cart, hour, number, writer }.statement()));
    }
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

/// A purchase under one of the buyer's names.
#[derive(Serialize)]
struct PurchaseRow {
    key: String,
    status: &'static str,
    told: i32,
    of_others: i32,
}

/// What is written of the purchase under the buyer's names.
///
/// The server's word counts for all of them. A page's word counts for carts of its own visitor. Of other visitors it stops the
/// mails of one person where the shop is known by its pages alone and the network has a place for it; all else it holds.
fn purchases(report: &Report<'_>, findings: &Findings<'_>, now: Timestamp) -> Vec<Statement> {
    let Report { order, mailbox_hash, site: Site { id: site, .. }, network } = *report;
    let Findings { state, settlement, candidates, .. } = findings;
    let number = order.number.as_str();
    let names = names(order, settlement, candidates, mailbox_hash.map(MailboxHash::as_str));
    let is_page = order.source == OrderSource::Page;
    if state.status == OrderStatus::Failed {
        if is_page {
            return Vec::new();
        }
        let keys: Vec<&str> = names.iter().map(|name| name.key.as_str()).collect();
        return vec![DeletePurchases { site, keys: &json::text(&keys), number }.statement()];
    }
    let status = if state.status == OrderStatus::Pending { PurchaseStatus::Pending } else { PurchaseStatus::Placed };
    let is_paid = matches!(state.status, OrderStatus::Placed | OrderStatus::Refunded);
    let of_others = |name: &Name| is_page && !name.key.starts_with("cart:");
    // A page that repeats itself has said it of others before.
    let is_repeated = is_page
        && candidates
            .iter()
            .any(|cart| Some(&cart.id) == order.cart.as_ref() && cart.number.as_deref() == Some(number));
    let rows: Vec<PurchaseRow> = names
        .into_iter()
        .filter(|name| !(is_repeated && of_others(name)))
        .map(|name| PurchaseRow {
            status: status.word(),
            told: i32::from(!is_page && is_paid && name.is_told && name.key.starts_with("mailbox:")),
            of_others: i32::from(of_others(&name)),
            key: name.key,
        })
        .collect();
    let person = person(&rows);
    let (network, before) = network.map_or(("", ""), |network| (network.key.as_str(), network.before.as_str()));
    let mut statements = Vec::new();
    if let Some(person) = person.filter(|_| !findings.server_speaks) {
        let day_ago = now.minus(share::COUNTED_OVER);
        let most = i64::from(share::NETWORK.orders);
        statements.push(StopOthers { site, number, person, network, before, now, day_ago, most }.statement());
    }
    // A page may have said the number long before the server tells of the order; then it counts from now on.
    let at = if findings.is_told_first { now } else { findings.placed_at };
    let purchases = json::text(&rows);
    let takes_back = !is_page && !is_paid;
    statements.push(
        WritePurchases { site, purchases: &purchases, number, at, now, person, takes_back, network, before }
            .statement(),
    );
    statements
}

/// The one name by which a page's order stands for a person at other visitors: the address, else the customer, else the token.
fn person(rows: &[PurchaseRow]) -> Option<&str> {
    let named = |kind: &str| rows.iter().find(|row| row.of_others == 1 && row.key.starts_with(kind));
    ["mailbox:", "customer:", "token:"].into_iter().find_map(named).map(|row| row.key.as_str())
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

/// A name of the buyer, as a key of `purchase`.
struct Name {
    key: String,
    /// Whether the report says it itself.
    is_told: bool,
}

/// Every name under which a mail could still be planned for this buyer.
fn names(
    order: &Order,
    settlement: &Settlement,
    candidates: &[CandidateCart],
    mailbox_hash: Option<&str>,
) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut add = |key: String, is_told: bool| {
        if !names.iter().any(|name| name.key == key) {
            names.push(Name { key, is_told });
        }
    };
    if let Some(cart) = &order.cart {
        add(format!("cart:{cart}"), true);
    }
    if let Some(token) = &order.token {
        add(format!("token:{token}"), true);
    }
    if let Some(customer) = &order.customer {
        add(format!("customer:{customer}"), true);
    }
    if let Some(mailbox_hash) = mailbox_hash {
        add(format!("mailbox:{mailbox_hash}"), true);
    }
    // The address and customer known of the cart that was bought are the buyer's too; and those of the cart that the order
    // names itself, also when an earlier order closed it. A token may stand in carts of strangers.
    let bought = candidates.iter().filter(|cart| settlement.primary.as_ref() == Some(&cart.id) || cart.strength == 4);
    for bought in bought {
        add(format!("cart:{}", bought.id), false);
        if let Some(mailbox_hash) = &bought.mailbox_hash {
            add(format!("mailbox:{mailbox_hash}"), false);
        }
        if let Some(customer) = &bought.customer {
            add(format!("customer:{customer}"), false);
        }
    }
    names
}

fn known_order(row: &ReadOrderRow) -> Known {
    Known {
        state: OrderState {
            status: row.status,
            confirmed: row.source == OrderSource::Server,
            total: candidates::money(row.total, row.currency.as_deref()),
            refunded: row.refunded,
        },
        source: row.source,
        revision: row.revision,
        placed_at: row.placed_at,
        paid_at: row.paid_at,
    }
}
