//! Row 7: strangers' carts by the thousand under one name or address, and what each request and tick reads then, as D1 counts it.
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::field::{Field, Person, SHOPS, Shop};
use crate::fixtures::line;
use crate::stack::Invocation;
use crate::wait;

/// Rows that no ordinary request exceeds.
const OF_REQUEST: u64 = 500;
/// Rows of a tick for each mail and for each cart that it plans, and without any: a job of housekeeping and the search of each site.
const OF_MAIL: u64 = 100;
const OF_CART: u64 = 25;
const OF_TICK: u64 = 100 + 5 * (SHOPS.len() as u64 + 1);
/// A step of retention looks at 200 rows of two tables, whatever the tick does besides (`edge/src/house/retention.rs`).
const OF_RETENTION: u64 = 3_500;
const RETENTION_MINUTE: i64 = 4;
/// Carts that come by the page, which fills whatever is bounded; the others are copies of the last one.
const BY_PAGE: u64 = 30;

fn tea() -> [Value; 1] {
    [line("garden-tea", "", 1, 980)]
}

/// 3,000 carts with one address.
pub(super) async fn one_name(field: &Field) -> Result<String> {
    measure(field, "07a", 3_000, &[Name::Address]).await
}

/// 6,000 carts with one customer id.
pub(super) async fn one_customer(field: &Field) -> Result<String> {
    measure(field, "07b", 6_000, &[Name::Customer]).await
}

/// 3,000 carts with one address, 3,000 others with one customer id, and an order that has both.
pub(super) async fn both_names(field: &Field) -> Result<String> {
    measure(field, "07c", 3_000, &[Name::Address, Name::Customer]).await
}

/// What the carts of a flood have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    Address,
    Customer,
}

/// What a request or a tick read.
struct Read {
    what: &'static str,
    rows: u64,
    most: u64,
}

async fn measure(field: &Field, row: &str, carts: u64, names: &[Name]) -> Result<String> {
    let shop = field.shop(row).await?;
    // The customer's own cart is older than the flood.
    let own = shop.arrive("192.7.1.1", 1).await?;
    own.leave_as_customer(&tea(), "c-7", "own@seven.example.com").await?;
    let address = if names.contains(&Name::Address) { "shared@seven.example.com" } else { "own@seven.example.com" };
    for (name, first) in names.iter().zip((100..).step_by(100)) {
        flood(field, &shop, *name, first, carts).await?;
    }
    let stored = field.value(&format!("SELECT count(*) FROM cart WHERE site = '{}'", shop.id)).await?;
    let carts = carts * u64::try_from(names.len())?;
    ensure!(stored == json!(carts + 1), "{stored} carts");

    let mut reads = requests(field, &shop, address).await?;
    let own_state = shop.cart(&own, "iif(state = 2, order_total, state)").await?;
    ensure!(own_state == json!(1_200), "the customer's own cart did not get the order: {own_state}");
    reads.extend(ticks(field).await?);
    for sql in include_str!("rest.sql").split(';').filter(|sql| !sql.trim().is_empty()) {
        field.stack.worker.explorer.write(&sql.replace(":site", &format!("'{}'", shop.id))).await?;
    }
    let told: Vec<String> = reads.iter().map(|read| format!("{} {} (≤ {})", read.what, read.rows, read.most)).collect();
    ensure!(reads.iter().all(|read| read.rows <= read.most), "{}", told.join(", "));
    Ok(format!("{carts} carts; rows read: {}", told.join(", ")))
}

/// So many carts of strangers with one name: the first ones by the page, the others as copies.
async fn flood(field: &Field, shop: &Shop<'_>, name: Name, first: u64, carts: u64) -> Result<()> {
    for number in 0..BY_PAGE {
        let person = shop.stranger(&format!("203.7.{}.1", first + number), first + number);
        let event = match name {
            Name::Address => person.visitor.identified(1, &tea(), "shared@seven.example.com"),
            Name::Customer => {
                let mut event = person.visitor.event(1, &tea());
                event["customer"] = json!("c-7");
                event
            }
        };
        person.say(&event).await?;
    }
    let last = shop.stranger("203.7.0.1", first + BY_PAGE - 1);
    let copies = include_str!("copies.sql")
        .replace(":site", &format!("'{}'", shop.id))
        .replace(":last", &format!("'{}.1'", last.visitor.id))
        .replace(":first", &(first * 1_000_000).to_string())
        .replace(":copies", &(carts - BY_PAGE).to_string());
    field.stack.worker.explorer.write(&copies).await
}

/// Every kind of request that can meet the flood's name or address.
async fn requests(field: &Field, shop: &Shop<'_>, address: &str) -> Result<Vec<Read>> {
    let person = shop.arrive("192.7.2.1", 900).await?;
    let mut reads = Vec::new();
    let mut fresh = person.visitor.event(1, &tea());
    fresh["customer"] = json!("c-7");
    reads.push(read(field, "a cart of the name", "/v1/collect", async { say(&person, &fresh).await }).await?);
    let mut named = person.visitor.identified(2, &tea(), address);
    named["customer"] = json!("c-7");
    reads.push(read(field, "an address", "/v1/collect", async { say(&person, &named).await }).await?);
    let customer = shop.arrive("192.7.3.1", 901).await?;
    let vouched = async { customer.leave_as_customer(&tea(), "c-7", "own@seven.example.com").await };
    reads.push(read(field, "a vouched cart", "/v1/collect", vouched).await?);
    let mut ordered = person.visitor.event(3, &tea());
    ordered["customer"] = json!("c-7");
    ordered["email"] = json!(address);
    ordered["order"] = json!({ "id": "page-7" });
    reads.push(read(field, "a page's order", "/v1/collect", async { say(&person, &ordered).await }).await?);
    let mut refusal = customer.visitor.event(4, &[]);
    refusal["consent"] = json!({ "tracking": "denied", "mail": "denied" });
    reads.push(read(field, "a refusal", "/v1/collect", async { say(&customer, &refusal).await }).await?);
    let told = async { shop.order("server-7", &json!({ "customer": "c-7", "email": address })).await };
    reads.push(read(field, "a server's order", "/v1/orders", told).await?);
    Ok(reads)
}

async fn say(person: &Person<'_>, event: &Value) -> Result<()> {
    person.say(event).await.map(drop)
}

/// What one request reads.
async fn read(field: &Field, what: &'static str, path: &str, act: impl Future<Output = Result<()>>) -> Result<Read> {
    let since = wait::now_ms();
    act.await?;
    let cost = field.invocation_since(since, path).await?;
    Ok(Read { what, rows: cost.rows_read, most: OF_REQUEST })
}

/// The dearest of the ticks that judge the flood: by what it did, how much it may read.
async fn ticks(field: &Field) -> Result<Vec<Read>> {
    let mut at = field.next_tick();
    let mut dearest: Option<Read> = None;
    for _ in 0..6 {
        let since = wait::now_ms();
        field.tick(at).await?;
        let Invocation { rows_read, .. } = field.invocation_since(since, "scheduled").await?;
        let (carts, mails) = numbers(field, &include_str!("judged.sql").replace(":at", &at.to_string())).await?;
        let is_retention = (at / 60_000).rem_euclid(30) == RETENTION_MINUTE;
        at += 60_000;
        let most = OF_TICK + OF_CART * carts + OF_MAIL * mails + if is_retention { OF_RETENTION } else { 0 };
        let is_dearer = dearest.as_ref().is_none_or(|known| rows_read * known.most > known.rows * most);
        if is_dearer {
            dearest = Some(Read { what: "the dearest tick", rows: rows_read, most });
        }
    }
    Ok(dearest.into_iter().collect())
}

async fn numbers(field: &Field, sql: &str) -> Result<(u64, u64)> {
    let rows = field.rows(sql).await?;
    let row = rows.first().context("no counts")?;
    let count = |name: &str| row.get(name).and_then(Value::as_u64).unwrap_or_default();
    Ok((count("carts"), count("mails")))
}
