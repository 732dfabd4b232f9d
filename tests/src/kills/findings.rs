//! Compares the database and the mailbox with every acknowledgement from before the kills.
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use cartwake_shared::reminder::ReminderState;
use serde_json::Value;

use super::writers::Writer;
use crate::stack::{Attempt, MailProxy, Row, Stack};

/// A reminder as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Reminder {
    pub(super) cart: String,
    pub(super) step: String,
    pub(super) state: ReminderState,
    /// Why it stands there, where that was written down.
    pub(super) reason: Option<String>,
    pub(super) tries: i64,
    /// The provider's id of the mail.
    pub(super) provider_id: Option<String>,
    /// Whether it is looked at again.
    pub(super) has_next: bool,
}

/// Every reminder.
pub(super) async fn reminders(stack: &Stack) -> Result<Vec<Reminder>> {
    let rows = stack.worker.explorer.rows(include_str!("reminders.sql"), &[]).await?;
    rows.iter().map(reminder).collect()
}

fn reminder(row: &Row) -> Result<Reminder> {
    let optional = |column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
    Ok(Reminder {
        cart: text(row, "cart").to_owned(),
        step: text(row, "step").to_owned(),
        state: ReminderState::from_code(integer(row, "state")).with_context(|| format!("an unknown state: {row:?}"))?,
        reason: optional("reason"),
        tries: integer(row, "tries"),
        provider_id: optional("provider_id"),
        has_next: row.get("next").is_some_and(|next| !next.is_null()),
    })
}

/// How many carts' events were found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kept {
    /// Acknowledged events that the cart row reflects.
    pub(super) stored: usize,
    /// Events that were committed although their answer never came.
    pub(super) unacknowledged: usize,
}

/// Looks whether each cart row reflects every acknowledged event, and nothing of it by half.
pub(super) async fn kept(stack: &Stack, carts: &[Writer]) -> Result<Kept> {
    let rows = stack.worker.explorer.rows(include_str!("carts.sql"), &[]).await?;
    let rows: BTreeMap<&str, &Row> = rows.iter().map(|row| (text(row, "id"), row)).collect();
    let mut kept = Kept::default();
    for cart in carts {
        let id = cart.cart();
        let stored = match rows.get(id.as_str()) {
            None => 0,
            Some(row) => {
                let seq: usize = text(row, "version").split('.').next().unwrap_or_default().parse()?;
                ensure!(integer(row, "items") == i64::try_from(seq)?, "half an event in {id}: {row:?}");
                let address = row.get("address").and_then(Value::as_str);
                ensure!(address == cart.address(seq), "{id} after event {seq} has the address {address:?}");
                seq
            }
        };
        ensure!(stored <= cart.sent, "{id} has event {stored}, which was never sent");
        kept.stored += stored.min(cart.acknowledged);
        kept.unacknowledged += stored.saturating_sub(cart.acknowledged);
    }
    Ok(kept)
}

/// What became of the reminders.
#[derive(Clone, Debug, Default)]
pub(super) struct Mailed {
    /// Mails the emulator accepted.
    pub(super) mails: usize,
    /// Mails beyond one for each cart and step.
    pub(super) doubled: usize,
    /// Carts with an address and no first reminder, reminders that have not ended, and sent ones without their mail.
    pub(super) lost: BTreeSet<String>,
    /// How often each reminder's end occurred, with its reason.
    pub(super) ends: BTreeMap<(ReminderState, Option<String>), usize>,
    /// Reminders that took more than one attempt.
    pub(super) retried: usize,
}

/// Compares every reminder with the mails that were accepted.
pub(super) async fn mailed(stack: &Stack, proxy: &MailProxy, carts: &[Writer]) -> Result<Mailed> {
    let reminders = reminders(stack).await?;
    let mails = stack.mailbox.all().await?;
    let keys = proxy.keys();
    let mut found = Mailed { mails: mails.len(), ..Mailed::default() };

    let mut accepted = BTreeMap::new();
    for mail in &mails {
        let key = keys.get(&mail.id).with_context(|| format!("nobody asked for the mail to {:?}", mail.to))?;
        // `cartwake/<site>/<cart>/<cycle>/<step>`; the run is left out: no run may repeat a step here.
        let [_, _, cart, _, step] = key.split('/').collect::<Vec<_>>()[..] else { bail!("the key {key}") };
        found.doubled += usize::from(accepted.insert((cart, step), mail.id.as_str()).is_some());
    }
    let attempts = proxy.attempts();
    let rewritten = Attempt::rewritten(&attempts);
    ensure!(rewritten.is_empty(), "a retry with other bytes: {rewritten:?}");

    let mut planned = BTreeSet::new();
    for reminder in &reminders {
        let name = (reminder.cart.as_str(), reminder.step.as_str());
        planned.insert(name);
        let has_ended = reminder.state >= ReminderState::Sent && !reminder.has_next;
        let mail = accepted.get(&name).copied();
        let is_true = match reminder.state {
            ReminderState::Sent => mail.is_some() && mail == reminder.provider_id.as_deref(),
            _ => mail.is_none(),
        };
        if !has_ended || !is_true {
            found.lost.insert(format!("{reminder:?}"));
        }
        *found.ends.entry((reminder.state, reminder.reason.clone())).or_default() += 1;
        found.retried += usize::from(reminder.tries > 1);
    }
    for cart in carts.iter().map(Writer::cart).filter(|cart| !planned.contains(&(cart.as_str(), "s1"))) {
        found.lost.insert(format!("{cart} was never planned"));
    }
    Ok(found)
}

/// Carts of which a planner has done one half and not the other.
pub(super) async fn half_planned(stack: &Stack) -> Result<Vec<Row>> {
    stack.worker.explorer.rows(include_str!("plans.sql"), &[]).await
}

/// How many reminders wait to be sent.
pub(super) async fn ready(stack: &Stack) -> Result<usize> {
    let waits = |reminder: &&Reminder| reminder.state == ReminderState::Ready && reminder.reason.is_none();
    Ok(reminders(stack).await?.iter().filter(waits).count())
}

/// How many reminders a run has claimed or is sending, as the database has it.
pub(super) async fn in_flight(stack: &Stack) -> Result<usize> {
    let is_taken = |reminder: &&Reminder| matches!(reminder.state, ReminderState::Claimed | ReminderState::Sending);
    Ok(reminders(stack).await?.iter().filter(is_taken).count())
}

fn text<'row>(row: &'row Row, column: &str) -> &'row str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

fn integer(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or(-1)
}
