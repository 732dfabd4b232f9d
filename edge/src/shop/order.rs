//! Orders, from the page and from the shop's server: they close carts, stop mails and count what was recovered.

use cartwake_shared::{
    currency::Currency,
    identifier::CartId,
    lifecycle::CartState,
    metric::Metric,
    money::Money,
    order::{self, CandidateCart, Order, OrderSource, OrderState, OrderStatus, Settlement},
    time::Timestamp,
    wire,
};

use crate::{
    base::body::read_json,
    base::{
        error::Error,
        http::{Request, Response},
        json::{self, Document, Object},
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
    Ok(Response::json(200, Object::new().with("ok", &true).done()))
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
    candidates: &[CandidateCart],
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
    let keys = json::list(names(order, settlement, candidates, mailbox_hash));
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
        let metrics = settlement.metrics.iter().map(|change| {
            let currency = change.currency.map_or_else(String::new, |currency| currency.to_string());
            let mut row = Object::new();
            row.with("day", &change.day).with("name", change.metric.code()).with("currency", &currency);
            row.with("value", &change.value).done()
        });
        statements.push(sql::ORDER_FIGURES.with([
            site.into(),
            json::list(metrics).into(),
            number.into(),
            writer.into(),
        ]));
    }
    if !settlement.carts.is_empty() {
        let carts = settlement.carts.iter().map(|change| {
            let mut row = Object::new();
            row.with("cart", &change.id.to_string()).with("state", &change.state.code()).with("due", &change.due);
            row.with("number", &change.number).with("total", &change.worth.map(Money::minor));
            row.with("currency", &change.worth.map(|worth| worth.currency().to_string()));
            row.with("confirmed", &i32::from(change.confirmed)).with("recovered", &i32::from(change.recovered));
            row.with("counted", &change.counted);
            row.with("superseded", &change.superseded_by.as_ref().map(ToString::to_string)).done()
        });
        statements.push(sql::ORDER_CARTS.with([
            site.into(),
            json::list(carts).into(),
            number.into(),
            writer.into(),
            now.into(),
        ]));
    }
    statements
}

/// In which metrics the carts of the order were counted when it was worked out.
fn as_read(settlement: &Settlement, candidates: &[CandidateCart]) -> Document {
    let changed = |cart: &&CandidateCart| settlement.carts.iter().any(|change| change.id == cart.id);
    json::list(
        candidates
            .iter()
            .filter(changed)
            .map(|cart| Object::new().with("cart", &cart.id.to_string()).with("counted", &cart.counted).done()),
    )
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

fn read_candidate(mut row: Row) -> Result<CandidateCart, StoreError> {
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
    Ok(CandidateCart {
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
