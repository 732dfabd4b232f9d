//! Audits the database against what was promised.
//!
//! What was acknowledged is there (P1), every reminder has a true end or a next look (P4), no row stands where it does
//! not belong (P6), and metrics are the sum of what they count.

use std::collections::{BTreeMap, BTreeSet};

use cartwake_edge::{
    base::{
        ports::Store as _,
        store::{ColumnMismatch, Row, Rows, Sql, Value},
    },
    native::world,
};
use cartwake_shared::{metric::Metric, reminder::ReminderState};

use crate::{
    deployment::Deployment,
    ledger::{DAY, HOUR, Ledger, Promise, SentEvent, TOLERANCE, mailbox},
    operation::{MERCHANTS, SEQUENCES, SITES, Weather, What, cart_id, merchant_of, site_of},
    stranger::STRANGERS,
};

const CART: Sql = Sql { name: "audit_cart", text: include_str!("../sql/audit_cart.sql") };
const CARTS: Sql = Sql { name: "audit_carts", text: include_str!("../sql/audit_carts.sql") };
const REMINDERS: Sql = Sql { name: "audit_reminders", text: include_str!("../sql/audit_reminders.sql") };
const ERASED: Sql = Sql { name: "audit_erased", text: include_str!("../sql/audit_erased.sql") };
const NOTIFIED: Sql = Sql { name: "audit_notified", text: include_str!("../sql/audit_notified.sql") };
const METRICS: Sql = Sql { name: "audit_metrics", text: include_str!("../sql/audit_metrics.sql") };

/// A cart as the database has it.
struct StoredCart {
    state: i64,
    version: String,
    items: i64,
    mailbox: Option<String>,
    mailbox_version: String,
    consent: Option<String>,
    consent_version: String,
}

/// A reminder as the database has it.
struct Reminder {
    key: String,
    site: String,
    cart: String,
    step: String,
    state: ReminderState,
    reason: Option<String>,
    scheduled: i64,
    planned: i64,
    next: Option<i64>,
    /// Whether it waited for a share.
    waited: bool,
}

impl Deployment {
    /// The mailbox hash of an address by its index.
    pub fn mailbox(&self, address: u8) -> String {
        let address = crate::operation::address_text(address);
        let parsed = cartwake_shared::email::EmailAddress::parse(address);
        parsed
            .map(|address| self.base.config.mailbox_key.hash(&address.mailbox()).as_str().to_owned())
            .unwrap_or_default()
    }

    pub(crate) fn look<const N: usize>(&self, sql: Sql, parameters: [Value; N]) -> Rows {
        match world::block_on(self.base.ports.store.execute(sql.with(parameters))) {
            Ok(rows) => rows,
            Err(error) => {
                self.ledger.borrow_mut().fault(format!("{}: {error}", sql.name));
                Rows::new()
            }
        }
    }

    pub(crate) fn breach(&self, promise: Promise, what: String) {
        self.ledger.borrow_mut().breach(promise, what);
    }

    /// P1 for one cart: of content, address and wish at least what was acknowledged, and nothing that nobody told.
    pub fn audit_cart(&self, cart: (u8, u32)) {
        if let Some(what) = self.missing(cart) {
            self.breach(Promise::Lost, format!("{}: {what}", cart_id(cart.0, cart.1)));
        }
    }

    fn missing(&self, cart: (u8, u32)) -> Option<String> {
        let ledger = self.ledger.borrow();
        let events = ledger.carts.get(&cart)?;
        if ledger.may_be_closed(cart) || !events.iter().any(|sent| sent.acked.is_some()) {
            return None;
        }
        if is_aged(events, self.now.get()) {
            return None;
        }
        let site = SITES[usize::from(site_of(cart.0))];
        let row = self.look(CART, [site.into(), cart_id(cart.0, cart.1).into()]).into_iter().next();
        let Some(kept) = row.and_then(|row| read_cart(row).ok()) else {
            // What was excluded is deleted after two weeks.
            return (!may_be_apart(&ledger, cart)).then(|| "the cart is not there".to_owned());
        };
        if kept.state > 1 && !(kept.state == 4 && may_be_apart(&ledger, cart)) {
            return Some(format!("the cart is in state {} though nobody ordered or refused", kept.state));
        }
        stands(events, &kept.version, |sent| sent.event.items.map(i64::from), |items| *items == kept.items)
            .or_else(|| {
                let held = |address: &u8| Some(self.mailbox(*address)) == kept.mailbox;
                stands(events, &kept.mailbox_version, |sent| sent.event.address, held)
            })
            .or_else(|| {
                let word = |permitted: &bool| if *permitted { "\"mail\":\"express\"" } else { "\"mail\":\"denied\"" };
                let held =
                    |permitted: &bool| kept.consent.as_deref().is_some_and(|consent| consent.contains(word(permitted)));
                stands(events, &kept.consent_version, |sent| sent.event.wish, held)
            })
    }

    /// What must hold at any moment.
    pub fn audit(&self) {
        let _ = self.reminders();
    }

    fn reminders(&self) -> Vec<Reminder> {
        let rows = self.look(REMINDERS, []);
        let read: Result<Vec<Reminder>, ColumnMismatch> = rows.into_iter().map(read_reminder).collect();
        let Ok(reminders) = read else {
            self.breach(Promise::Fault, "a reminder cannot be read".to_owned());
            return Vec::new();
        };
        let mut ledger = self.ledger.borrow_mut();
        for reminder in &reminders {
            if let Some((promise, what)) = ledger.untrue(reminder) {
                ledger.breach(promise, format!("{} {what}", reminder.key));
            }
            if reminder.state.code() >= ReminderState::Sent.code() {
                ledger.ended.insert(reminder.key.clone(), reminder.state.code());
            } else {
                ledger.ended.remove(&reminder.key);
            }
        }
        reminders
    }

    /// What must hold when everything had time to come to its end.
    pub fn audit_at_the_end(&self) {
        let now = self.now.get();
        let reminders = self.reminders();
        for reminder in &reminders {
            let is_open = reminder.state.code() < ReminderState::Sent.code();
            let is_held = reminder.state == ReminderState::Ready
                && reminder.reason.is_some()
                && reminder.next.is_some_and(|next| next < now + DAY);
            if is_open && !self.ledger.borrow().jumped && reminder.scheduled + DAY < now && !is_held {
                self.breach(
                    Promise::Stuck,
                    format!("{} has neither an end nor a reason a day after it was due", reminder.key),
                );
            }
            let may_be_reopened = self
                .ledger
                .borrow()
                .cart_of(&reminder.cart)
                .is_none_or(|cart| self.ledger.borrow().may_be_closed(cart));
            let is_calm = !may_be_reopened
                && self.story.weather == Weather::CALM
                && !self.story.operations.iter().any(|operation| is_trouble(&operation.what));
            let is_late = reminder.state == ReminderState::Stale && !self.ledger.borrow().held.contains(&reminder.key);
            if is_calm && (is_late || matches!(reminder.state, ReminderState::Dead | ReminderState::Unknown)) {
                self.breach(
                    Promise::Stuck,
                    format!("{} ended as {} though nothing went wrong", reminder.key, reminder.state.word()),
                );
            }
        }
        self.audit_fairness(&reminders);
        let carts: Vec<(u8, u32)> = self.ledger.borrow().carts.keys().copied().collect();
        for cart in carts {
            self.audit_cart(cart);
            if let Some(what) = self.unplanned(cart, &reminders, now) {
                self.breach(Promise::Stuck, format!("{}: {what}", cart_id(cart.0, cart.1)));
            }
        }
        self.audit_places();
        self.audit_metrics();
    }

    /// In good weather a reminder waits for those of its own site that were planned at the same time, each a tick at most,
    /// and for no other site's.
    fn audit_fairness(&self, reminders: &[Reminder]) {
        let is_calm = self.story.weather == Weather::CALM;
        if !is_calm || self.story.operations.iter().any(|operation| is_trouble(&operation.what)) {
            return;
        }
        // Who waits for a share is judged when it is free.
        for reminder in reminders.iter().filter(|reminder| !reminder.waited) {
            let Some(judged) = self.ledger.borrow().judged.get(&reminder.key).copied() else { continue };
            let is_beside =
                |other: &&Reminder| other.site == reminder.site && (other.planned - reminder.planned).abs() < HOUR;
            let beside = i64::try_from(reminders.iter().filter(is_beside).count()).unwrap_or(i64::MAX);
            let minutes = (judged - reminder.planned) / 60_000;
            if minutes > beside + 3 {
                self.breach(
                    Promise::Stuck,
                    format!("{} waited {minutes} min, with {beside} of its site beside it", reminder.key),
                );
            }
        }
    }

    /// A cart that was left with an address has a row for every step.
    fn unplanned(&self, cart: (u8, u32), reminders: &[Reminder], now: i64) -> Option<String> {
        let ledger = self.ledger.borrow();
        let events = ledger.carts.get(&cart)?;
        let first = events.iter().filter(|sent| sent.tried.is_some()).map(|sent| sent.at).min()?;
        let last = events.iter().filter_map(|sent| sent.acked).max()?;
        let has_address = events.iter().any(|sent| sent.event.address.is_some() && sent.acked.is_some());
        // Only events whose fate is known tell whether the cart is empty.
        let newest = events
            .iter()
            .filter(|sent| sent.tried.is_some() && sent.event.items.is_some())
            .max_by_key(|sent| &sent.version)?;
        let is_filled = newest.acked.is_some() && newest.event.items.is_some_and(|items| items > 0);
        // Where steps were changed, or clocks were wrong, nobody can say what was to be planned.
        if ledger.jumped || ledger.sequences.contains_key(&site_of(cart.0)) {
            return None;
        }
        if ledger.may_be_closed(cart)
            || may_be_apart(&ledger, cart)
            || !has_address
            || !is_filled
            || last - first > 10 * DAY
            || last + 76 * HOUR > now
        {
            return None;
        }
        let (site, id) = (SITES[usize::from(site_of(cart.0))], cart_id(cart.0, cart.1));
        let planned: BTreeSet<&str> = reminders
            .iter()
            .filter(|reminder| reminder.site == site && reminder.cart == id)
            .map(|reminder| reminder.step.as_str())
            .collect();
        (planned.len() < 3)
            .then(|| format!("only {planned:?} were planned {} h after the last activity", (now - last) / HOUR))
    }

    /// Carts stand at the site of their browser and nowhere else.
    fn audit_places(&self) {
        for mut row in self.look(CARTS, []) {
            let (Ok(site), Ok(cart)) = (row.take::<String>(), row.take::<String>()) else { continue };
            // Where strangers' carts stand is for them to say.
            if cart.starts_with(STRANGERS) {
                continue;
            }
            let at_home = self
                .ledger
                .borrow()
                .cart_of(&cart)
                .is_some_and(|(visitor, _)| SITES[usize::from(site_of(visitor))] == site);
            if !at_home {
                self.breach(Promise::Crossed, format!("{cart} stands at {site}"));
            }
        }
    }

    /// An erased address stands with no contact of the merchant.
    pub fn audit_erased(&self, address: u8, merchant: u8) {
        let asked = [MERCHANTS[usize::from(merchant)].into(), self.mailbox(address).into()];
        let kept = self.look(ERASED, asked).into_iter().next().and_then(|mut row| row.take::<i64>().ok());
        if kept != Some(0) {
            self.breach(Promise::Fault, "an address is kept that was erased".to_owned());
        }
    }

    fn audit_metrics(&self) {
        for mut row in self.look(NOTIFIED, []) {
            let read = (|| Ok::<_, ColumnMismatch>((row.take::<String>()?, row.take::<i64>()?, row.take::<i64>()?)))();
            let Ok((site, shown, counted)) = read else { continue };
            if shown != counted {
                self.breach(Promise::Fault, format!("{site}: notified shows {shown}, {counted} carts were mailed"));
            }
        }
        // A metric with a bit counts carts: the carts that carry its bit.
        for metric in Metric::ALL.into_iter().filter(|metric| metric.bit() != 0) {
            for mut row in self.look(METRICS, [metric.code().into(), metric.bit().into()]) {
                let read =
                    (|| Ok::<_, ColumnMismatch>((row.take::<String>()?, row.take::<i64>()?, row.take::<i64>()?)))();
                let Ok((site, shown, counted)) = read else { continue };
                if shown != counted {
                    self.breach(
                        Promise::Fault,
                        format!("{site}: {} shows {shown}, {counted} carts are counted in it", metric.code()),
                    );
                }
            }
        }
    }
}

impl Ledger {
    /// Whether an order or a refusal may have closed a cart, so that its events are dropped by right.
    pub(crate) fn may_be_closed(&self, cart: (u8, u32)) -> bool {
        let Some(events) = self.carts.get(&cart) else { return false };
        let addresses = |cart: (u8, u32)| -> Vec<String> {
            let events = self.carts.get(&cart).map_or(&[][..], Vec::as_slice);
            events.iter().filter_map(|sent| sent.event.address.map(mailbox)).collect()
        };
        let own = addresses(cart);
        let refused = self.carts.iter().any(|((visitor, _), events)| {
            *visitor == cart.0 && events.iter().any(|sent| sent.event.untracked && sent.tried.is_some())
        });
        let rebuilt = events.iter().any(|sent| sent.event.via.is_some());
        let ordered = self.reports.iter().any(|report| {
            let order = &report.order;
            order.site == site_of(cart.0)
                && report.tried.is_some()
                && (rebuilt
                    || order.customer.is_some()
                    || [order.cart, order.token]
                        .into_iter()
                        .flatten()
                        .any(|named| named.0 == cart.0 || addresses(named).iter().any(|address| own.contains(address)))
                    || order.address.is_some_and(|address| own.contains(&mailbox(address))))
        });
        // A cart that was rebuilt elsewhere is closed with the cart that took over from it.
        let superseded = self.carts.iter().any(|(_, events)| {
            events.iter().any(|sent| sent.event.via.is_some_and(|address| own.contains(&mailbox(address))))
        });
        let of = merchant_of(site_of(cart.0));
        // With an erased person go all carts of every browser that ever had the address, and carts rebuilt from theirs.
        let of_browser =
            self.carts.iter().filter(|((visitor, _), _)| *visitor == cart.0).flat_map(|(_, events)| events);
        let of_person: Vec<String> =
            of_browser.flat_map(|sent| [sent.event.address, sent.event.via]).flatten().map(mailbox).collect();
        let erased = self.erasures.iter().any(|(merchant, mailbox, _)| *merchant == of && of_person.contains(mailbox));
        refused || ordered || superseded || erased
    }

    fn is_known_step(&self, reminder: &Reminder) -> bool {
        let site = (0_u8..).zip(SITES).find(|(_, name)| *name == reminder.site).map(|(site, _)| site);
        let set = site.and_then(|site| self.sequences.get(&site));
        let mut sequences = std::iter::once(&0).chain(set.into_iter().flatten());
        sequences.any(|sequence| SEQUENCES[*sequence].iter().any(|(step, _)| *step == reminder.step))
    }

    /// What is untrue about a reminder, if anything.
    fn untrue(&self, reminder: &Reminder) -> Option<(Promise, String)> {
        if !self.is_known_step(reminder) {
            return Some((Promise::Fault, format!("is for a step {} that never was in the settings", reminder.step)));
        }
        let passes = self.passes.get(&reminder.key).map_or(0, Vec::len);
        let is_mailed = || self.mails.iter().any(|mail| mail.reminder.idempotency_key() == reminder.key);
        let ended = self.ended.get(&reminder.key);
        let is_open = reminder.state.code() < ReminderState::Sent.code();
        let is_unknown = reminder.state == ReminderState::Unknown;
        if (is_open || is_unknown) && self.confirmed.contains(&reminder.key) {
            return Some((Promise::Lost, "is not called sent, though the provider told of the mail".to_owned()));
        }
        // What the provider tells, or what its log has, resolves what was unknown.
        let is_resolved = |ended: i64| ended == ReminderState::Unknown.code() && reminder.state == ReminderState::Sent;
        if let Some(ended) = ended.filter(|ended| **ended != reminder.state.code() && !is_resolved(**ended)) {
            return Some((
                Promise::Doubled,
                format!("had ended as {ended} and is in state {} now", reminder.state.code()),
            ));
        }
        match reminder.state {
            ReminderState::Ready | ReminderState::Claimed | ReminderState::Sending if reminder.next.is_none() => {
                Some((Promise::Stuck, "is open and will never be looked at".to_owned()))
            }
            ReminderState::Ready | ReminderState::Claimed | ReminderState::Sending => None,
            ReminderState::Sent => {
                (!is_mailed()).then(|| (Promise::Lost, "is called sent, and the provider has no such mail".to_owned()))
            }
            _ if reminder.reason.is_none() => {
                Some((Promise::Stuck, format!("ended as {} without a reason", reminder.state.word())))
            }
            ReminderState::Unknown => {
                let in_vain = self.in_vain.get(&reminder.key).copied().unwrap_or(0);
                (passes > 0 && in_vain >= passes).then(|| {
                    (Promise::Stuck, "was given up as unknown, and no attempt can have reached the provider".to_owned())
                })
            }
            _ => None,
        }
    }
}

/// What stands against a thing that events told and the database keeps with a version.
fn stands<T>(
    events: &[SentEvent],
    kept: &str,
    tells: impl Fn(&SentEvent) -> Option<T>,
    is_kept: impl Fn(&T) -> bool,
) -> Option<String> {
    let newest =
        events.iter().filter(|sent| sent.acked.is_some() && tells(sent).is_some()).max_by_key(|sent| &sent.version)?;
    if kept < newest.version.as_str() {
        return Some(format!("{} was acknowledged, {kept:?} is kept", newest.version));
    }
    let by_version: BTreeMap<&str, &SentEvent> = events.iter().map(|sent| (sent.version.as_str(), sent)).collect();
    match by_version.get(kept).and_then(|sent| tells(sent)) {
        None => Some(format!("nobody told {kept}")),
        Some(content) if !is_kept(&content) => Some(format!("of {kept} something else is kept than was told")),
        Some(_) => None,
    }
}

const fn is_trouble(what: &What) -> bool {
    matches!(
        what,
        What::NoCron { .. }
            | What::NoProvider { .. }
            | What::Pause { .. }
            | What::Settings { .. }
            | What::Deploy { .. }
            | What::Clock { .. }
            | What::Switch { .. }
            | What::Returns { .. }
            | What::Release { .. }
    )
}

/// Whether a cart of which nobody is known may have been stripped for its age: two weeks without an event.
fn is_aged(events: &[SentEvent], now: i64) -> bool {
    let is_nobodys = events.iter().all(|sent| sent.event.address.is_none() && !sent.event.customer);
    let last = events.iter().filter(|sent| sent.tried.is_some()).map(|sent| sent.at).max();
    is_nobodys && last.is_some_and(|last| now - last >= 14 * DAY - TOLERANCE)
}

/// Whether no person did what was told of this cart (docs/decisions/bots-and-staff.md): three contents and an address within a
/// second. Clocks are a minute off, and those that jumped can make any cart look like that.
fn may_be_apart(ledger: &Ledger, cart: (u8, u32)) -> bool {
    let Some(events) = ledger.carts.get(&cart) else { return false };
    let own: Vec<SentEvent> = events.iter().filter(|sent| sent.tried.is_some()).cloned().collect();
    let has_address = own.iter().any(|sent| sent.event.address.is_some());
    let contents: BTreeSet<u32> = own.iter().map(|sent| sent.event.items.unwrap_or(0)).collect();
    has_address && contents.len() > 3 && (ledger.jumped || is_within_a_second(&own))
}

/// Whether four of these events could have happened within a second, by clocks that are a minute off.
fn is_within_a_second(events: &[SentEvent]) -> bool {
    let first = events.iter().map(|sent| sent.at).min().unwrap_or_default();
    events.iter().filter(|sent| sent.at - first < 121_000).count() > 3
}

fn read_cart(mut row: Row) -> Result<StoredCart, ColumnMismatch> {
    Ok(StoredCart {
        state: row.take::<i64>()?,
        version: row.take::<String>()?,
        items: row.take::<i64>()?,
        mailbox: row.take::<Option<String>>()?,
        mailbox_version: row.take::<String>()?,
        consent: row.take::<Option<String>>()?,
        consent_version: row.take::<String>()?,
    })
}

fn read_reminder(mut row: Row) -> Result<Reminder, ColumnMismatch> {
    let (site, cart, cycle, step) =
        (row.take::<String>()?, row.take::<String>()?, row.take::<i64>()?, row.take::<String>()?);
    Ok(Reminder {
        key: format!("cartwake/{site}/{cart}/{cycle}/{step}"),
        site,
        cart,
        step,
        state: ReminderState::from_code(row.take::<i64>()?).ok_or(ColumnMismatch)?,
        reason: row.take::<Option<String>>()?,
        scheduled: row.take::<i64>()?,
        planned: row.take::<i64>()?,
        next: row.take::<Option<i64>>()?,
        waited: row.take::<i64>()? > 0,
    })
}
