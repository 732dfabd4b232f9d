//! Builds the timeline of a cart from its history, its columns, its reminders and its order.

use cartwake_shared::{lifecycle::CartState, order::OrderStatus, time::Timestamp};

use super::{
    super::{
        count,
        format::{SiteFormat, UNKNOWN},
        outbox,
    },
    record::{HistoryEntry, Record},
};
use crate::{
    base::ports::Ports,
    dashboard::pages::timeline::{DeliveryOutcome, Entry, Event},
};

/// The entries of a cart's timeline, oldest first.
pub(super) fn entries<P: Ports>(record: &Record, format: &SiteFormat<'_, P>) -> Vec<Entry> {
    let mut found = content(record, format);
    found.extend(shopper(record));
    found.extend(mails(record));
    found.extend(purchase(record, format));
    found.extend(end(record));
    // Stable: events of the same time keep this order, the mail before the visit it led to.
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(at, event)| Entry { when: format.second(at), event }).collect()
}

/// Events with their times.
type Found = Vec<(Timestamp, Event)>;

/// Changes of the content. An entry of the history without pieces stands for a report without content and is skipped.
fn content<P: Ports>(record: &Record, format: &SiteFormat<'_, P>) -> Found {
    let mut found = Found::new();
    let mut last = None;
    for HistoryEntry(at, kind, pieces, value) in &record.history {
        let content = (*pieces, *value);
        let event = match kind.as_str() {
            "abandoned" => Event::Abandoned,
            "excluded" => Event::Excluded,
            "stripped" => Event::Stripped,
            "emptied" if last.is_some_and(|last| last != (0, 0)) => {
                last = Some((0, 0));
                Event::Emptied
            }
            "changed" | "email" | "consent" if *pieces > 0 => {
                let (items, total) = (count(*pieces), format.money(*value, &record.currency));
                let before = last.replace(content);
                match before {
                    None => Event::Created { items, total },
                    Some(before) if kind == "changed" || before != content => Event::Changed { items, total },
                    Some(_) => continue,
                }
            }
            _ => continue,
        };
        found.push((*at, event));
    }
    found
}

/// The shopper's address, consent and refusals, and the cart they came from.
fn shopper(record: &Record) -> Found {
    let mut found = Found::new();
    let created = record.created;
    if let Some((cart, at)) = &record.rebuilt_from {
        found.push((*at, Event::RestoredFrom { cart: cart.clone() }));
    }
    if let (Some(at), Some(address)) = (record.identified_at, &record.contact.address) {
        found.push((at, Event::EmailGiven { address: address.clone() }));
    }
    if let Some(consent) = record.consent.as_ref().filter(|consent| consent.mail != "denied") {
        found.push((
            consent.at,
            Event::ConsentGiven {
                basis: consent.mail.clone(),
                wording: consent.wording.clone(),
                source: consent.source.clone(),
            },
        ));
    }
    if let Some(at) = record.erased_at().filter(|at| *at >= created) {
        found.push((at, Event::Erased));
    }
    if let Some(at) = record.refused_at().filter(|at| *at >= created) {
        found.push((at, Event::Refused));
    }
    for suppression in record.suppressions.iter().filter(|suppression| suppression.at >= created) {
        match suppression.reason.as_str() {
            "unsubscribed" => found.push((suppression.at, Event::Unsubscribed)),
            "not_me" => found.push((suppression.at, Event::NotMe)),
            // Bounces and complaints come from the provider; they show at the reminder they stopped.
            _ => {}
        }
    }
    found
}

/// The reminders and their outcomes.
fn mails(record: &Record) -> Found {
    let mut found = Found::new();
    for reminder in &record.reminders {
        let step = outbox::name(reminder.position);
        let reason = reminder.reason.as_deref().map(|code| outbox::sentence(code, reminder.state)).unwrap_or_default();
        found.push((reminder.since(), Event::Reminder { step: step.clone(), state: reminder.state, reason }));
        for (at, outcome) in [
            (reminder.delivered_at, DeliveryOutcome::Delivered),
            (reminder.bounced_at, DeliveryOutcome::Bounced),
            (reminder.complained_at, DeliveryOutcome::Complained),
        ] {
            found.extend(at.map(|at| (at, Event::DeliveryReport { step: step.clone(), outcome })));
        }
        if let Some(at) = reminder.visited_at {
            found.push((at, Event::Returned { step }));
        }
    }
    if let Some((cart, at)) = record.superseded_by.clone().zip(record.rebuilt_at) {
        found.push((at, Event::RestoredAs { cart }));
    }
    found
}

/// The order that closed the cart, and what was last reported of it.
fn purchase<P: Ports>(record: &Record, format: &SiteFormat<'_, P>) -> Found {
    let mut found = Found::new();
    if let Some(order) = &record.order {
        let total = match (&order.total, &record.superseded_by) {
            (Some((minor, currency)), _) => format.money(*minor, currency),
            // Only one cart of an order carries its total: the one the shopper went on with.
            (None, Some(cart)) => format!("its total stands with cart {cart}"),
            (None, None) => UNKNOWN.to_owned(),
        };
        found.push((
            order.at,
            Event::Ordered {
                order: order.number.clone(),
                total,
                is_confirmed: order.is_confirmed,
                is_recovered: record.is_recovered,
            },
        ));
    }
    if let Some(order) = &record.reported {
        let number = || order.number.clone();
        match order.status {
            OrderStatus::Pending => found.push((order.at, Event::PaymentPending { order: number() })),
            OrderStatus::Refunded if order.refunded > 0 => {
                // The order's row has no time for a refund; the refund goes behind the order's other events.
                let at = record.order.as_ref().map_or(order.at, |closing| closing.at);
                found.push((
                    at,
                    Event::Refunded { order: number(), amount: format.money(order.refunded, &order.currency) },
                ));
            }
            _ => {}
        }
    }
    found
}

/// The end of a cart that no order closed.
fn end(record: &Record) -> Found {
    match record.state {
        CartState::Expired => vec![(record.since, Event::Expired)],
        CartState::Discarded if record.refused_at().is_none() && record.erased_at().is_none() => {
            vec![(record.since, Event::Discarded)]
        }
        _ => Vec::new(),
    }
}
