//! Parses everything the database has about one cart.

use cartwake_shared::{
    cart::MailBasis, exclusion::ExclusionReason, lifecycle::CartState, order::OrderStatus, time::Timestamp,
    trust::Trust, wire,
};
use serde::Deserialize;

use super::super::outbox;
use crate::{
    base::{
        json,
        store::sql::dashboard::{ReadCartRow, ReadLastOrderRow, ReadRemindersRow, ReadSuppressionsRow},
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
    /// When the cart that took over was rebuilt from this one; missing if it took over for another reason.
    pub(super) rebuilt_at: Option<Timestamp>,
    pub(super) order: Option<ClosingOrder>,
    pub(super) is_recovered: bool,
    pub(super) history: Vec<HistoryEntry>,
    pub(super) consent: Option<Consent>,
    pub(super) has_address: bool,
    pub(super) contact: Contact,
    /// When the planner looks again.
    pub(super) due: Option<Timestamp>,
    /// When the address it has now was erased.
    pub(super) address_erased_at: Option<Timestamp>,
    /// Why it is excluded, if it is.
    pub(super) exclusion: Option<ExclusionReason>,
    pub(super) reminders: Vec<Reminder>,
    pub(super) suppressions: Vec<ReadSuppressionsRow>,
    /// The newest order that was reported for this cart.
    pub(super) reported: Option<ReportedOrder>,
}

/// The order that closed the cart.
#[derive(Debug)]
pub(super) struct ClosingOrder {
    pub(super) at: Timestamp,
    pub(super) number: String,
    /// Minor units and currency; only one cart of an order carries them.
    pub(super) total: Option<(i64, String)>,
    pub(super) is_confirmed: bool,
}

/// An order as it was last reported.
#[derive(Debug)]
pub(super) struct ReportedOrder {
    pub(super) number: String,
    pub(super) status: OrderStatus,
    pub(super) refunded: i64,
    pub(super) currency: String,
    pub(super) at: Timestamp,
}

/// The shopper's address and the right to mail it.
#[derive(Debug)]
pub(super) struct Contact {
    pub(super) address: Option<String>,
    pub(super) basis: Option<(MailBasis, Timestamp)>,
    pub(super) refused_at: Option<Timestamp>,
}

/// An entry of the cart's history: `[at, kind, items, value]`.
#[derive(Debug, Deserialize)]
pub(super) struct HistoryEntry(pub(super) Timestamp, pub(super) String, pub(super) i64, pub(super) i64);

/// The consent or refusal that came with this cart.
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
    /// What was granted when it passed the gate for the first time.
    pub(super) trust: Option<Trust>,
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
    /// When the provider is next asked for the outcome.
    pub(super) look_up_at: Option<Timestamp>,
    pub(super) delivered_at: Option<Timestamp>,
    pub(super) bounced_at: Option<Timestamp>,
    pub(super) complained_at: Option<Timestamp>,
}

impl Record {
    /// Parses the rows of a cart's page.
    pub(super) fn of(
        cart: ReadCartRow,
        reminders: Vec<ReadRemindersRow>,
        suppressions: Vec<ReadSuppressionsRow>,
        order: Option<ReadLastOrderRow>,
    ) -> Self {
        let origin = cart.via.as_deref().and_then(|via| via.split('/').next()).map(str::to_owned);
        let basis = cart.basis.as_deref().and_then(MailBasis::parse);
        let number = cart.order_number.unwrap_or_default();
        Self {
            state: cart.state,
            since: cart.since,
            created: cart.created,
            active_at: cart.active_at,
            currency: cart.currency,
            total: cart.total,
            items: cart.items,
            // JSON that only another version can read is left out; the rest of the page is shown.
            lines: json::read(&cart.lines).unwrap_or_default(),
            country: cart.country,
            identified_at: cart.identified_at,
            rebuilt_from: origin.zip(cart.via_at),
            superseded_by: cart.superseded_by.map(|id| id.to_string()),
            rebuilt_at: cart.rebuilt_at,
            order: cart.ordered_at.map(|at| ClosingOrder {
                at,
                number,
                total: cart.order_total.zip(cart.order_currency),
                is_confirmed: cart.order_confirmed,
            }),
            is_recovered: cart.recovered,
            history: json::read(&cart.history).unwrap_or_default(),
            consent: cart.consent.and_then(|text| json::read(&text).ok()),
            has_address: cart.has_address,
            contact: Contact { address: cart.address, basis: basis.zip(cart.basis_at), refused_at: cart.refused_at },
            due: cart.due,
            address_erased_at: cart.erased_at,
            exclusion: cart.exclusion.as_deref().and_then(ExclusionReason::from_code),
            reminders: reminders.into_iter().map(Reminder::of).collect(),
            suppressions,
            reported: order.map(|order| ReportedOrder {
                number: order.number,
                status: order.status,
                refunded: order.refunded,
                currency: order.currency.unwrap_or_default(),
                at: order.at,
            }),
        }
    }

    /// When the shopper was erased, if so: with this cart, or before its creation.
    pub(super) fn erased_at(&self) -> Option<Timestamp> {
        let recorded =
            self.history.iter().find(|HistoryEntry(_, kind, ..)| kind == "erased").map(|HistoryEntry(at, ..)| *at);
        recorded.or(self.address_erased_at)
    }

    /// When the shopper refused, if they did: in the browser or when asked about mails.
    pub(super) fn refused_at(&self) -> Option<Timestamp> {
        let recorded =
            self.history.iter().find(|HistoryEntry(_, kind, ..)| kind == "refused").map(|HistoryEntry(at, ..)| *at);
        recorded.or(self.contact.refused_at)
    }
}

impl Reminder {
    fn of(row: ReadRemindersRow) -> Self {
        Self {
            trust: row.trust,
            state: outbox::state(row.state, row.reason.as_deref()),
            detail: row.detail.unwrap_or_default(),
            step: row.step,
            position: row.position,
            scheduled: row.scheduled,
            planned_at: row.planned_at,
            next: row.next,
            first: row.first,
            hold: row.hold,
            reason: row.reason,
            reason_at: row.reason_at,
            provider_id: row.provider_id,
            ended_at: row.ended_at,
            visited_at: row.visited_at,
            look_up_at: row.look_up_at,
            delivered_at: row.delivered_at,
            bounced_at: row.bounced_at,
            complained_at: row.complained_at,
        }
    }

    /// When it reached the state it is in.
    pub(super) fn since(&self) -> Timestamp {
        self.ended_at.or(self.reason_at).unwrap_or(self.planned_at)
    }
}
