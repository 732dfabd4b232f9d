//! The Worker that all rows share, shops of their own on it, and the people who come to them.
use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cartwake_shared::identifier::SiteId;
use cartwake_shared::key::{Keyring, Purpose, mac};
use cartwake_shared::{customer, token, wire};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{Answer, Client};
use crate::fixtures::Visitor;
use crate::mailbox::Mail;
use crate::stack::{Invocation, ROOT_KEY, Row, Stack, Wishes};
use crate::wait;

const MINUTE_MS: i64 = 60_000;
/// An abandoned cart's first reminder is due an hour after its last change.
const FIRST_STEP_MS: i64 = 62 * MINUTE_MS;
/// Spans are written down after the answer; they are there within milliseconds.
const RECORDED_WITHIN: Duration = Duration::from_secs(20);
/// No flood of a row takes longer to be judged.
const MOST_TICKS: i64 = 40;
/// Requests of a flood that are under way together.
const TOGETHER: usize = 32;

/// The shops of the rows; each has the settings of the first site and a merchant of its own.
pub(super) const SHOPS: [&str; 20] = [
    "01", "01many", "02", "02other", "03", "04", "05", "06", "07a", "07b", "07c", "08", "09", "16", "17", "19", "20",
    "23", "24", "25",
];

/// The Worker and its time.
pub(super) struct Field {
    pub(super) stack: Stack,
    pub(super) keys: Keyring,
    /// When the trigger ran last.
    ticked_at: Cell<i64>,
    /// When it ran first for the present row: earlier rows may have moved the clock past the time of its reminders.
    began_at: Cell<i64>,
}

/// A shop on it.
pub(super) struct Shop<'field> {
    pub(super) field: &'field Field,
    /// The id of its site.
    pub(super) id: String,
    key: String,
    secret: String,
}

/// A browser, or a program that acts like one.
pub(super) struct Person<'shop> {
    shop: &'shop Shop<'shop>,
    pub(super) visitor: Visitor,
    /// From its network.
    pub(super) client: Client,
}

impl Field {
    pub(super) async fn open() -> Result<Self> {
        let stack = Stack::start(Wishes { mails_per_tick: Some(60), has_webhook: true, ..Wishes::default() }).await?;
        // All before the first tick, which keeps the list of sites for a while.
        for row in SHOPS {
            for sql in include_str!("shop.sql").split(';').filter(|sql| !sql.trim().is_empty()) {
                stack.worker.explorer.write(&sql.replace(":id", &format!("'z{row}'"))).await?;
            }
        }
        let keys = Keyring::new(ROOT_KEY, None).map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(Self { stack, keys, ticked_at: Cell::new(0), began_at: Cell::new(0) })
    }

    /// The shop of a row, one of [`SHOPS`].
    pub(super) async fn shop(&self, row: &str) -> Result<Shop<'_>> {
        ensure!(SHOPS.contains(&row), "no shop for row {row}");
        let id = format!("z{row}");
        let site = SiteId::parse(&id).map_err(|error| anyhow::anyhow!("{error}"))?;
        let secret = format!("whsec_{}", STANDARD.encode(self.keys.derived(Purpose::ShopServer, &id)));
        let shop = Shop { field: self, key: token::site_key(&self.keys, &site), secret, id };
        let catalogue = self.stack.storefront.catalogue.feed(&self.stack.storefront.origin);
        shop.tell("/v1/products", &catalogue).await?;
        Ok(shop)
    }

    /// Runs the trigger each minute from an hour from now on, until everything was judged; gives back how many ticks that took.
    pub(super) async fn remind(&self) -> Result<i64> {
        self.tick_from(wait::now_ms() + FIRST_STEP_MS).await
    }

    /// Runs the trigger each minute from then on, until everything was judged.
    pub(super) async fn tick_from(&self, at: i64) -> Result<i64> {
        let mut at = at.max(self.ticked_at.get() + MINUTE_MS);
        self.began_at.set(at);
        for ticks in 1..=MOST_TICKS {
            self.tick(at).await?;
            let due = self.rows(&include_str!("due.sql").replace(":now", &at.to_string())).await?;
            if due.iter().all(|row| row.values().all(|count| count == &json!(0))) {
                return Ok(ticks);
            }
            at += MINUTE_MS;
        }
        bail!("after {MOST_TICKS} ticks something was not judged")
    }

    /// Runs the trigger once.
    pub(super) async fn tick(&self, at: i64) -> Result<()> {
        self.ticked_at.set(at);
        self.stack.worker.cron(at).await
    }

    /// When the first tick of the last reminders ran.
    pub(super) fn began_at(&self) -> i64 {
        self.began_at.get()
    }

    /// When an hour from now, or after the last tick, the next one may be.
    pub(super) fn next_tick(&self) -> i64 {
        (wait::now_ms() + FIRST_STEP_MS).max(self.ticked_at.get() + MINUTE_MS)
    }

    /// Rows of the database.
    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<Row>> {
        self.stack.worker.explorer.rows(sql, &[]).await
    }

    /// The value of the one row and column that a query gives.
    pub(super) async fn value(&self, sql: &str) -> Result<Value> {
        let rows = self.rows(sql).await?;
        let value = rows.first().and_then(|row| row.values().next());
        value.cloned().with_context(|| format!("no row: {sql}"))
    }

    /// What the one request or tick since then cost, by the path of the request or `scheduled`.
    pub(super) async fn invocation_since(&self, since: i64, trigger: &str) -> Result<Invocation> {
        wait::until("the cost of a request", RECORDED_WITHIN, || async move {
            let all = self.stack.worker.explorer.invocations(since).await?;
            Ok(all.into_iter().find(|invocation| invocation.trigger == trigger))
        })
        .await
    }

    /// The accepted mails to addresses of this host.
    pub(super) async fn mails(&self, host: &str) -> Result<Vec<Mail>> {
        let mails = self.stack.mailbox.all().await?;
        let is_theirs = |mail: &Mail| mail.to.iter().any(|to| to.ends_with(&format!("@{host}")));
        Ok(mails.into_iter().filter(is_theirs).collect())
    }

    /// The addresses of this host that were mailed.
    pub(super) async fn mailed(&self, host: &str) -> Result<BTreeSet<String>> {
        Ok(self.mails(host).await?.into_iter().flat_map(|mail| mail.to).collect())
    }
}

impl Shop<'_> {
    /// A browser with a session.
    pub(super) async fn arrive(&self, network: &str, number: u64) -> Result<Person<'_>> {
        let mut person = self.stranger(network, number);
        let boot = person.client.boot(&self.key, Some(&person.visitor.id)).await?.expect_status(200)?.json()?;
        let session = boot["session"].as_str().context("no session token")?;
        person.visitor = Visitor::with(&self.key, number, session);
        Ok(person)
    }

    /// A program without a session.
    pub(super) fn stranger(&self, network: &str, number: u64) -> Person<'_> {
        let client = self.field.stack.client.from_network(network);
        Person { shop: self, visitor: Visitor::with(&self.key, number, ""), client }
    }

    /// The shop's server says something.
    pub(super) async fn tell(&self, path: &str, body: &Value) -> Result<()> {
        self.field.stack.client.signed(path, &self.id, &self.secret, body).await?.expect_status(200)?;
        Ok(())
    }

    /// The shop's server tells a paid order.
    pub(super) async fn order(&self, number: &str, names: &Value) -> Result<()> {
        let mut order = json!({ "order": number, "status": "placed", "total": "12.00", "currency": "EUR" });
        for (name, value) in names.as_object().into_iter().flatten() {
            order[name] = value.clone();
        }
        self.tell("/v1/orders", &order).await
    }

    /// What the shop's server signs of a customer, for a day.
    pub(super) fn sign(&self, customer: &str, email: &str) -> Value {
        let until = wait::now_ms() / 1_000 + 86_400;
        let mut signed = wire::Signed { email: email.to_owned(), until, ..wire::Signed::default() };
        let derived = self.field.keys.derived(Purpose::Customer, &format!("{}.0", self.id));
        let key = format!("ck0_{}", URL_SAFE_NO_PAD.encode(derived));
        let digits = mac(key.as_bytes(), customer::text_to_sign(customer, &signed).as_bytes());
        signed.signature = digits.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        json!(signed)
    }

    /// A column of the cart of a visitor.
    pub(super) async fn cart(&self, of: &Person<'_>, column: &str) -> Result<Value> {
        let (site, visitor) = (&self.id, &of.visitor.id);
        self.field.value(&format!("SELECT {column} FROM cart WHERE site = '{site}' AND id = '{visitor}.1'")).await
    }

    /// A column of the first reminder about that cart; nothing where there is none.
    pub(super) async fn reminder(&self, of: &Person<'_>, column: &str) -> Result<Option<Value>> {
        let (site, visitor) = (&self.id, &of.visitor.id);
        let sql = format!(
            "SELECT {column} FROM outbox WHERE site = '{site}' AND cart = '{visitor}.1' ORDER BY position LIMIT 1"
        );
        Ok(self.field.rows(&sql).await?.first().and_then(|row| row.values().next()).cloned())
    }
}

/// Sends events of a flood, many at once; what was answered, in any order.
pub(super) async fn pour(events: Vec<(Client, Value)>) -> Result<Vec<Answer>> {
    let mut answers = Vec::with_capacity(events.len());
    let mut under_way = JoinSet::new();
    for (client, event) in events {
        if under_way.len() == TOGETHER {
            answers.extend(under_way.join_next().await.transpose()?.transpose()?);
        }
        under_way.spawn(async move { client.collect(&event).await });
    }
    for answer in under_way.join_all().await {
        answers.push(answer?);
    }
    Ok(answers)
}

/// Sends events of a flood, all of which must be taken.
pub(super) async fn pour_all(events: Vec<(Client, Value)>) -> Result<()> {
    for answer in pour(events).await? {
        answer.expect_status(200)?;
    }
    Ok(())
}

impl Person<'_> {
    /// Sends an event, which must be taken.
    pub(super) async fn say(&self, event: &Value) -> Result<Answer> {
        self.client.collect(event).await?.expect_status(200)
    }

    /// Fills the cart, then says an address with the permission to mail it.
    pub(super) async fn leave(&self, lines: &[Value], address: &str) -> Result<()> {
        self.say(&self.visitor.event(1, lines)).await?;
        self.say(&self.visitor.identified(2, lines, address)).await?;
        Ok(())
    }

    /// The same in a cart of a customer for whom the shop vouches.
    pub(super) async fn leave_as_customer(&self, lines: &[Value], customer: &str, address: &str) -> Result<()> {
        let mut event = self.visitor.identified(1, lines, address);
        event["customer"] = json!(customer);
        event["signed"] = self.shop.sign(customer, address);
        let answer = self.say(&event).await?.json()?;
        ensure!(answer["ignored"].as_array().is_none_or(Vec::is_empty), "the signature was not taken: {answer}");
        Ok(())
    }
}
