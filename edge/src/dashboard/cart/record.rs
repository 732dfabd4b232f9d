//! Everything the database has about one cart, read into types.

use cartwake_shared::{
    cart::MailBasis, exclusion::ExclusionReason, lifecycle::CartState, order::OrderStatus, time::Timestamp, wire,
};
use serde::Deserialize;

use super::super::outbox;
use crate::{
    base::{
        json,
        store::{Row, Rows, StoreError, read_all},
    },
    dashboard::pages::terms::ReminderState,
};

/// One cart with its contact, reminders and order.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) state: CartState,
    pub(super) since: Timestamp,
    pub(super) created: Timestamp,
    pub(super) active_at: Timestamp,
    pub(super) currency: String,
    pub(super) total: i64,
    pub(super) items: i64,
    pub(super) lines: Vec<wire::Line>,
    pub(super) country: Option<String>,
    pub(super) identified_at: Option<Timestamp>,
    /// The cart it was rebuilt from, and when that visit was confirmed.
    pub(super) rebuilt_from: Option<(String, Timestamp)>,
    pub(super) superseded_by: Option<String>,
    /// When the cart that took over was rebuilt from this one; missing where it took over for another reason.
    pub(super) rebuilt_at: Option<Timestamp>,
    pub(super) order: Option<Bought>,
    pub(super) is_recovered: bool,
    pub(super) history: Vec<Entry>,
    pub(super) consent: Option<Consent>,
    pub(super) has_address: bool,
    pub(super) contact: Contact,
    /// When the planner looks again.
    pub(super) due: Option<Timestamp>,
    /// When the address it has now was erased.
    pub(super) address_erased_at: Option<Timestamp>,
    /// Why it is no shopper's, if so.
    pub(super) exclusion: Option<ExclusionReason>,
    pub(super) reminders: Vec<Reminder>,
    pub(super) suppressions: Vec<(String, Timestamp)>,
    /// What became of an order that was reported for this cart.
    pub(super) reported: Option<Reported>,
}

/// The order that closed the cart, as it was worth to it.
#[derive(Debug)]
pub(super) struct Bought {
    pub(super) at: Timestamp,
    pub(super) number: String,
    /// Minor units and currency; on one cart of an order only.
    pub(super) worth: Option<(i64, String)>,
    pub(super) is_confirmed: bool,
}

/// An order as the shop reported it last.
#[derive(Debug)]
pub(super) struct Reported {
    pub(super) number: String,
    pub(super) status: OrderStatus,
    pub(super) refunded: i64,
    pub(super) currency: String,
    pub(super) at: Timestamp,
}

/// Whom the cart belongs to.
#[derive(Debug)]
pub(super) struct Contact {
    pub(super) address: Option<String>,
    pub(super) basis: Option<(MailBasis, Timestamp)>,
    pub(super) refused_at: Option<Timestamp>,
}

/// An entry of the cart's history: `[at, kind, items, value]`.
#[derive(Debug, Deserialize)]
pub(super) struct Entry(pub(super) Timestamp, pub(super) String, pub(super) i64, pub(super) i64);

/// What was agreed to or refused with this cart.
#[derive(Debug, Deserialize)]
pub(super) struct Consent {
    pub(super) mail: String,
    pub(super) at: Timestamp,
    #[serde(default)]
    pub(super) wording: String,
    #[serde(default)]
    pub(super) source: String,
}

/// One row of the outbox.
#[derive(Debug)]
pub(super) struct Reminder {
    pub(super) step: String,
    pub(super) position: i64,
    pub(super) is_unproven: bool,
    pub(super) state: ReminderState,
    pub(super) scheduled: Timestamp,
    pub(super) planned_at: Timestamp,
    pub(super) next: Option<Timestamp>,
    pub(super) first: Option<Timestamp>,
    pub(super) hold: Option<Timestamp>,
    pub(super) reason: Option<String>,
    pub(super) detail: String,
    pub(super) reason_at: Option<Timestamp>,
    pub(super) provider_id: Option<String>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) visited_at: Option<Timestamp>,
    /// When the provider is asked what became of it.
    pub(super) look_up_at: Option<Timestamp>,
    /// What the provider told afterwards: delivered, come back, called spam.
    pub(super) told: [Option<Timestamp>; 3],
}

impl Record {
    /// Reads the rows of `read_cart`, `read_reminders`, `read_suppressions` and `read_last_order` of
    /// `edge/sql/dashboard.sql`; `None` where there is no such cart.
    pub(super) fn read(
        cart: Rows,
        reminders: Rows,
        suppressions: Rows,
        order: Rows,
    ) -> Result<Option<Self>, StoreError> {
        let Some(row) = cart.into_iter().next() else { return Ok(None) };
        let reminders = read_all(reminders, Reminder::read)?;
        let suppressions = read_all(suppressions, |mut row| Ok((row.text()?, row.time()?)))?;
        let reported = order.into_iter().next().map(Reported::read).transpose()?;
        Self::of(row, reminders, suppressions, reported).map(Some)
    }

    fn of(
        mut row: Row,
        reminders: Vec<Reminder>,
        suppressions: Vec<(String, Timestamp)>,
        reported: Option<Reported>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            state: CartState::from_code(row.integer()?).ok_or(StoreError::Shape)?,
            since: row.time()?,
            created: row.time()?,
            active_at: row.time()?,
            currency: row.text()?,
            total: row.integer()?,
            items: row.integer()?,
            // What an older version wrote and this one cannot read is left out; the rest of the page stands.
            lines: json::read(&row.text()?).unwrap_or_default(),
            country: row.optional_text()?,
            identified_at: row.optional_time()?,
            rebuilt_from: read_origin(&mut row)?,
            superseded_by: row.optional_text()?,
            rebuilt_at: row.optional_time()?,
            order: Bought::read(&mut row)?,
            is_recovered: row.boolean()?,
            history: json::read(&row.text()?).unwrap_or_default(),
            consent: row.optional_text()?.and_then(|text| json::read(&text).ok()),
            has_address: row.boolean()?,
            contact: Contact::read(&mut row)?,
            due: row.optional_time()?,
            address_erased_at: row.optional_time()?,
            exclusion: row.optional_text()?.and_then(|code| ExclusionReason::from_code(&code)),
            reminders,
            suppressions,
            reported,
        })
    }

    /// When everything of the shopper was erased, if it was: with this cart, or before it was begun.
    pub(super) fn erased_at(&self) -> Option<Timestamp> {
        let told = self.history.iter().find(|entry| entry.1 == "erased").map(|entry| entry.0);
        told.or(self.address_erased_at)
    }

    /// When the shopper refused, if they did: in the browser or where they were asked about mails.
    pub(super) fn refused_at(&self) -> Option<Timestamp> {
        let told = self.history.iter().find(|entry| entry.1 == "refused").map(|entry| entry.0);
        told.or(self.contact.refused_at)
    }
}

/// The link by which it came, `<cart>/<cycle>/<step>`, and when.
fn read_origin(row: &mut Row) -> Result<Option<(String, Timestamp)>, StoreError> {
    let cart = row.optional_text()?.and_then(|via| via.split('/').next().map(str::to_owned));
    Ok(cart.zip(row.optional_time()?))
}

impl Bought {
    fn read(row: &mut Row) -> Result<Option<Self>, StoreError> {
        let at = row.optional_time()?;
        let number = row.text()?;
        let total = row.optional_integer()?;
        let currency = row.optional_text()?;
        let is_confirmed = row.boolean()?;
        Ok(at.map(|at| Self { at, number, worth: total.zip(currency), is_confirmed }))
    }
}

impl Reported {
    fn read(mut row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.text()?,
            status: OrderStatus::parse(&row.text()?).ok_or(StoreError::Shape)?,
            refunded: row.integer()?,
            currency: row.text()?,
            at: row.time()?,
        })
    }
}

impl Contact {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        let address = row.optional_text()?;
        let basis = row.optional_text()?.and_then(|code| MailBasis::parse(&code));
        let basis = basis.zip(row.optional_time()?);
        Ok(Self { address, basis, refused_at: row.optional_time()? })
    }
}

impl Reminder {
    fn read(mut row: Row) -> Result<Self, StoreError> {
        let step = row.text()?;
        let position = row.integer()?;
        let is_unproven = row.integer()? == 0;
        let code = row.integer()?;
        let scheduled = row.time()?;
        let planned_at = row.time()?;
        let next = row.optional_time()?;
        let first = row.optional_time()?;
        let hold = row.optional_time()?;
        let reason = row.optional_text()?;
        Ok(Self {
            step,
            position,
            is_unproven,
            state: outbox::state(code, reason.as_deref()),
            scheduled,
            planned_at,
            next,
            first,
            hold,
            reason,
            detail: row.text()?,
            reason_at: row.optional_time()?,
            provider_id: row.optional_text()?,
            ended_at: row.optional_time()?,
            visited_at: row.optional_time()?,
            look_up_at: row.optional_time()?,
            told: [row.optional_time()?, row.optional_time()?, row.optional_time()?],
        })
    }

    /// When it reached the state it is in.
    pub(super) fn since(&self) -> Timestamp {
        self.ended_at.or(self.reason_at).unwrap_or(self.planned_at)
    }
}
