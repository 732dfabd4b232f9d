//! The ledger: what was promised to whom and when, what happened, and what committed statements say about it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use cartwake_edge::{
    base::store::{
        Query as _, Rows, read_rows,
        sql::gate::{JudgeReminders, JudgeRemindersRow},
    },
    native::world,
};
use cartwake_shared::{
    email::EmailAddress,
    identifier::{CartId, ReminderId},
    reminder::ReminderState,
    trust::Trust,
};

use crate::{
    head::Head,
    operation::{Event, Order, SITES, Scope, VISITORS, address_text, cart_id, merchant_of, site_of, visitor_id},
    stranger::Posted,
};

/// The promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// P1: something acknowledged is gone.
    Lost,
    /// P2: a second mail, or another text under a key.
    Doubled,
    /// P3: a send after it was stopped.
    AfterStop,
    /// P4: a reminder without end, or with an end that is not true.
    Stuck,
    /// P5: more mails than permitted.
    Capped,
    /// P5: a stranger changed what somebody else gets.
    Swayed,
    /// P6: something of one merchant, site or shopper acted on another.
    Crossed,
    /// A statement that the database refused, an answer that cannot be, a metric that does not add up.
    Fault,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which.
    pub promise: Promise,
    /// What was seen.
    pub what: String,
}

/// An event and what became of it.
#[derive(Clone, Debug)]
pub struct SentEvent {
    /// The event.
    pub event: Event,
    /// When it happened.
    pub at: i64,
    /// Its version as the database writes it.
    pub version: String,
    /// When it was first sent.
    pub tried: Option<i64>,
    /// When its acknowledgement arrived.
    pub acked: Option<i64>,
}

/// A report of an order and what became of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The order.
    pub order: Order,
    /// Whether a page told it.
    pub is_of_page: bool,
    /// When it was first sent.
    pub tried: Option<i64>,
    /// When its acknowledgement arrived.
    pub acked: Option<i64>,
}

/// A stop by a link.
#[derive(Clone, Debug)]
pub struct Stopped {
    /// The folded address.
    pub mailbox: String,
    /// Index of the merchant.
    pub merchant: u8,
    /// When it was first sent.
    pub tried: i64,
    /// When its acknowledgement arrived.
    pub acked: Option<i64>,
}

/// A mail that the provider accepted.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The reminder it is.
    pub reminder: ReminderId,
    /// Index of its site.
    pub site: u8,
    /// The folded address it went to.
    pub mailbox: String,
    /// When the gate let it pass for the first time.
    pub passed: i64,
    /// When the provider accepted it.
    pub at: i64,
    /// The address as it was mailed.
    pub to: String,
    /// A number for what it says.
    pub text: u64,
    /// The grant of its reminder, as the gate gave it.
    pub trust: Option<Trust>,
}

/// Everything promised and seen.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The first broken promise.
    pub breach: Option<Breach>,
    /// Events by cart.
    pub carts: BTreeMap<(u8, u32), Vec<SentEvent>>,
    /// Reports of orders, by the shop's server and by pages.
    pub reports: Vec<Report>,
    /// Visits by links: site, address, and when they were first tried.
    pub visits: Vec<(u8, u8, i64)>,
    /// Stops by links.
    pub stops: Vec<Stopped>,
    /// Reminders of which the provider told that it had the mail, by their key.
    pub confirmed: BTreeSet<String>,
    /// Reminders that were called spam, by site and audience.
    pub complaints: BTreeMap<(u8, i64), BTreeSet<String>>,
    /// When the breaker of a site and audience tripped, by the true clock, and until when it is meant to pause.
    pub breakers: BTreeMap<(u8, i64), (i64, i64)>,
    /// The grant by which each reminder last passed, by its key.
    pub grants: BTreeMap<String, Trust>,
    /// Every reason that the gate gave against each reminder, by its key.
    pub reasons: BTreeMap<String, BTreeSet<&'static str>>,
    /// When something went wrong around a run.
    pub troubles: Vec<i64>,
    /// Reminders that a run had claimed as something went wrong around it, by their key.
    pub troubled: BTreeSet<String>,
    /// Sites at which staff released who waited, and when.
    pub releases: Vec<(u8, i64)>,
    /// What strangers posted.
    pub posts: Vec<Posted>,
    /// Merchant, folded address and time of erasures.
    pub erasures: Vec<(u8, String, i64)>,
    /// What was paused from when until when.
    pub pauses: Vec<(Scope, i64, Option<i64>)>,
    /// When the gate let each reminder pass, by its key.
    pub passes: BTreeMap<String, Vec<i64>>,
    /// How often it let each pass in all, also before the provider's log did not have the mail.
    pub tries: BTreeMap<String, u64>,
    /// Attempts of each reminder that surely reached nobody.
    pub in_vain: BTreeMap<String, usize>,
    /// Reminders that a rule held back for a time, by their key.
    pub held: BTreeSet<String>,
    /// Reminders that have ended, and how, by their key.
    pub ended: BTreeMap<String, i64>,
    /// Accepted mails.
    pub mails: Vec<Mail>,
    /// Addresses the provider refused.
    pub refused: Vec<String>,
    /// Statements run.
    pub statements: u64,
    /// Sequences that were set, by site.
    pub sequences: BTreeMap<u8, BTreeSet<usize>>,
    /// When the gate first said anything about each reminder, by its key.
    pub judged: BTreeMap<String, i64>,
    /// Calls of the provider that have begun and not ended, by key; a run that was killed leaves its own here.
    pub calling: BTreeMap<String, i64>,
    /// Since when a site keeps quiet hours.
    pub quiet: BTreeMap<u8, i64>,
    /// Whether clocks were wrong by more than minutes: nothing that depends on them is promised then.
    pub jumped: bool,
    /// What happened how often: operations, faults, answers, reasons.
    pub seen: BTreeMap<&'static str, u64>,
}

/// Statements that change nothing, or nothing that could become due; the list saves looks and decides nothing else.
const READS: [&str; 17] = [
    "cron/find_due_sites",
    "cron/read_due_sites",
    "reconcile/find_look_ups",
    "send/count_batches",
    "breaker/read_breakers",
    "breaker/read_hours",
    "breaker/read_days",
    "cron/look_for_due",
    "cron/write_heartbeat",
    "plan/find_due_carts",
    "send/load_reminders",
    "send/load_products",
    "site/read_site",
    "site/read_deployment",
    "link/read_link",
    "order/read_order",
    "order/find_candidates",
];

/// Clocks are up to a minute off, each.
pub const TOLERANCE: i64 = 3 * 60_000;
/// A lease of 150 s, less what two clocks may differ.
const SURELY_LEASED: i64 = 25_000;
/// A mail may start this long after a stop that came between the gate and the call: one slow request, not a stall.
pub const RACE: i64 = 12_000;
pub(crate) const HOUR: i64 = 60 * 60 * 1_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The folded form of an address.
pub fn mailbox_of(address: &str) -> String {
    EmailAddress::parse(address).map(|address| address.mailbox().as_str().to_owned()).unwrap_or_default()
}

/// The folded form of an address by its index.
pub fn mailbox(address: u8) -> String {
    mailbox_of(address_text(address))
}

impl Ledger {
    /// Notes a broken promise; the first one counts.
    pub fn breach(&mut self, promise: Promise, what: String) {
        if self.breach.is_none() {
            self.breach = Some(Breach { promise, what });
        }
    }

    /// Notes that something happened that a survey wants to have tried.
    pub fn see(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// Notes that something went wrong around a run, with what it had claimed until then.
    pub fn troubled(&mut self, word: &'static str, now: i64, claims: &RefCell<Vec<String>>) {
        self.see(word);
        self.troubles.push(now);
        self.troubled.extend(claims.borrow().iter().cloned());
    }

    /// Notes that sending is paused or goes on.
    pub fn paused(&mut self, scope: Scope, on: bool, now: i64) {
        if on {
            return self.pauses.push((scope, now, None));
        }
        let open = self.pauses.iter_mut().filter(|(of, _, until)| *of == scope && until.is_none());
        open.for_each(|(_, _, until)| *until = Some(now));
    }

    /// Notes something that no promise names and that must not be.
    pub fn fault(&mut self, what: String) {
        self.breach(Promise::Fault, what);
    }

    /// What a committed batch says about promises; whether it can have changed when something is due.
    pub fn committed(&mut self, statements: &[Head], rows: &[Rows], now: i64) -> bool {
        self.statements += u64::try_from(statements.len()).unwrap_or(0);
        for (statement, rows) in statements.iter().zip(rows) {
            match statement.name {
                "gate/judge_reminders" => {
                    let Ok(rows) = read_rows::<JudgeRemindersRow>(rows.clone(), JudgeReminders::SQL.name) else {
                        self.fault("the gate's row has another shape".to_owned());
                        continue;
                    };
                    // First all that pass: a reason may speak of another reminder of the same statement.
                    let (passed, refused): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.reason.is_none());
                    passed.iter().chain(&refused).for_each(|row| self.judged(row, now));
                }
                "send/record_attempts" => {
                    self.recorded(statement.text(0), now);
                }
                "reconcile/record_look_ups" => self.begins_anew(statement.text(0)),
                "breaker/trip_breaker" => {
                    // Its parameters: site, audience, cause, now, until.
                    let site = (0_u8..).zip(SITES).find(|(_, name)| *name == statement.text(0));
                    self.see("a breaker tripped");
                    if let Some((site, _)) = site {
                        let until = statement.number(4);
                        let known = self.breakers.entry((site, statement.number(1))).or_insert((now, until));
                        if known.1 + TOLERANCE < now {
                            *known = (now, until);
                        }
                    }
                }
                _ => {}
            }
        }
        statements.iter().any(|statement| !READS.contains(&statement.name))
    }

    /// Reminders that the provider never had: the next attempt is the first.
    fn begins_anew(&mut self, text: &str) {
        let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        // Two runs may ask about the same attempt: what comes after the next attempt changes nothing.
        let is_newest = |row: &&serde_json::Value| {
            row["again"] == 1 && row["tries"].as_u64() == self.tries.get(&key_of(row)).copied()
        };
        for row in rows.iter().filter(is_newest).collect::<Vec<_>>() {
            self.passes.remove(&key_of(row));
            self.in_vain.remove(&key_of(row));
            self.ended.remove(&key_of(row));
        }
    }

    fn recorded(&mut self, text: &str, now: i64) {
        let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        let in_vain =
            |row: &&serde_json::Value| matches!(row["reason"].as_str(), Some("provider_busy" | "provider_stopped"));
        for row in rows.iter().filter(in_vain) {
            // A record that comes later finds the reminder with another run, whose clock was ahead, and changes nothing.
            let key = key_of(row);
            let passed = self.passes.get(&key).and_then(|passes| passes.last().copied());
            if passed.is_some_and(|passed| now - passed < SURELY_LEASED) {
                *self.in_vain.entry(key).or_default() += 1;
            }
        }
    }

    fn judged(&mut self, row: &JudgeRemindersRow, now: i64) {
        let (site, cart) = (row.site.as_str(), row.cart.to_string());
        let key = format!("cartwake/{site}/{cart}/{}/{}", row.cycle, row.step);
        self.judged.entry(key.clone()).or_insert(now);
        let Some(reason) = row.reason else {
            *self.tries.entry(key.clone()).or_default() += 1;
            if let Some(trust) = row.trust {
                self.grants.insert(key.clone(), trust);
            }
            self.passes.entry(key).or_default().push(now);
            return;
        };
        self.see(reason.code());
        self.reasons.entry(key.clone()).or_default().insert(reason.code());
        if reason.leads_to() == ReminderState::Ready {
            self.held.insert(key.clone());
        }
        if let Some(unjust) = self.unjust(site, &cart, reason.code(), now) {
            self.breach(Promise::Crossed, format!("{key} was held back as {}, but {unjust}", reason.code()));
        }
    }

    /// Why a reason cannot be true, if it cannot.
    fn unjust(&self, site: &str, cart: &str, reason: &str, now: i64) -> Option<&'static str> {
        let site = u8::try_from(SITES.iter().position(|name| *name == site)?).ok()?;
        let merchant = merchant_of(site);
        let (visitor, number) = self.cart_of(cart)?;
        let events = self.carts.get(&(visitor, number))?;
        let mailboxes: Vec<String> = events
            .iter()
            .filter(|sent| sent.tried.is_some())
            .filter_map(|sent| sent.event.address.map(mailbox))
            .collect();
        let own_mail = |window: i64| {
            self.passes.iter().any(|(key, times)| {
                let Some((of_site, of_cart)) = split_key(key) else { return false };
                let same = of_site.is_some_and(|of_site| merchant_of(of_site) == merchant)
                    && self.cart_of(of_cart).is_some_and(|cart| {
                        self.carts.get(&cart).is_some_and(|events| {
                            events.iter().any(|sent| {
                                sent.event.address.is_some_and(|address| mailboxes.contains(&mailbox(address)))
                            })
                        })
                    });
                same && times.iter().any(|time| now - time < window + TOLERANCE)
            }) || self.posts.iter().any(|posted| {
                // What strangers had mailed counts too, but for proven shoppers (twins.rs).
                merchant_of(posted.act.site) == merchant && posted.says().is_some_and(|said| mailboxes.contains(&said))
            })
        };
        match reason {
            "ordered" | "silence_after_order" | "payment_pending" | "order_claimed" => {
                let reported = self.reports.iter().any(|report| report.order.site == site && report.tried.is_some())
                    || self.posts.iter().any(|posted| posted.act.site == site && posted.order().is_some());
                (!reported).then_some("no order was ever reported for this site")
            }
            // Two addresses a browser in a day, counting those that its carts still have.
            "cap_session" if !self.jumped => {
                let beside = self.passes.iter().filter(|(key, times)| {
                    let Some((Some(of_site), of_cart)) = split_key(key) else { return false };
                    let Some(cart) = self.cart_of(of_cart).filter(|cart| !self.is_corrected(*cart, key)) else {
                        return false;
                    };
                    of_site == site
                        && cart.0 == visitor
                        && times.iter().any(|time| now - time < DAY + TOLERANCE)
                        && cart != (visitor, number)
                });
                (beside.count() < 2).then_some("fewer than two other carts of the browser were mailed within a day")
            }
            "refused" => {
                let refused = self.carts.iter().any(|((visitor, _), events)| {
                    site_of(*visitor) == site
                        && events.iter().any(|sent| {
                            sent.tried.is_some() && (sent.event.untracked || sent.event.wish == Some(false))
                        })
                });
                // The first word about a mailbox stands for whoever nothing proves, whoever said it.
                let said = self.posts.iter().any(|posted| {
                    let is_refusal = posted.post().is_some_and(|post| post.untracked || post.wish == Some(false));
                    posted.act.site == site && is_refusal
                });
                (!refused && !said).then_some("nobody ever refused at this site")
            }
            "suppressed" => {
                let stopped =
                    self.stops.iter().any(|stop| stop.merchant == merchant && mailboxes.contains(&stop.mailbox))
                        || self.erasures.iter().any(|(_, mailbox, _)| mailboxes.contains(mailbox))
                        || self.refused.iter().any(|mailbox| mailboxes.contains(mailbox));
                (!stopped).then_some("nobody ever stopped mails of this merchant to the address")
            }
            "spacing" | "cap_week" | "cap_month" if self.jumped => None,
            "spacing" => (!own_mail(DAY)).then_some("no mail of this merchant went to the address within a day"),
            "cap_week" => (!own_mail(7 * DAY)).then_some("no mail of this merchant went to the address within a week"),
            "cap_month" => {
                (!own_mail(30 * DAY)).then_some("no mail of this merchant went to the address within a month")
            }
            _ => None,
        }
    }

    /// Whether a cart surely has another address now than the one it was mailed at.
    fn is_corrected(&self, cart: (u8, u32), key: &str) -> bool {
        let Some(events) = self.carts.get(&cart) else { return false };
        let given = || events.iter().filter(|sent| sent.event.address.is_some() && sent.tried.is_some());
        let newest = given().max_by_key(|sent| &sent.version).and_then(|sent| sent.event.address).map(mailbox);
        let mailed = self.mails.iter().find(|mail| mail.reminder.idempotency_key() == key);
        given().all(|sent| sent.acked.is_some()) && mailed.is_some_and(|mail| Some(&mail.mailbox) != newest.as_ref())
    }

    /// Browser and number of a shopper's cart by its id; a stranger's cart has neither.
    pub fn cart_of(&self, cart: &str) -> Option<(u8, u32)> {
        let (visitor, number) = cart.split_once('.')?;
        let visitor = visitor.strip_prefix(VISITORS)?.parse().ok()?;
        Some((visitor, number.parse().ok()?))
    }

    /// When the database first knew a cart, at the latest: its first acknowledgement.
    pub fn known_since(&self, cart: (u8, u32)) -> Option<i64> {
        self.carts.get(&cart)?.iter().filter_map(|sent| sent.acked).min()
    }

    /// Time of the world's beginning and now as a person reads it, for what is printed.
    pub fn clock(at: i64) -> String {
        let since = at - world::BEGINNING.millis();
        format!("{}:{:02}:{:02}", since / HOUR, since / 60_000 % 60, since / 1_000 % 60)
    }
}

/// The key of a reminder in a list that a statement takes.
fn key_of(row: &serde_json::Value) -> String {
    let part = |name: &str| row[name].as_str().unwrap_or("").to_owned();
    format!("cartwake/{}/{}/{}/{}", part("site"), part("cart"), row["cycle"], part("step"))
}

/// Site and cart of a key.
fn split_key(key: &str) -> Option<(Option<u8>, &str)> {
    let mut parts = key.split('/').skip(1);
    let site = parts.next()?;
    let site = SITES.iter().position(|name| *name == site).and_then(|place| u8::try_from(place).ok());
    Some((site, parts.next()?))
}

/// A cart's id as the domain has it.
pub fn domain_cart(visitor: u8, cart: u32) -> Option<CartId> {
    CartId::parse(&cart_id(visitor, cart)).ok()
}

/// The checkout token of a cart.
pub fn checkout_token(visitor: u8, cart: u32) -> String {
    format!("checkout-{}-{cart}", visitor_id(visitor))
}

/// The customer id of whoever is logged in at a browser.
pub fn customer_id(visitor: u8) -> String {
    format!("customer-{visitor}")
}
