//! The timeline of a cart: from its history, its columns, its reminders and its order, in the order of time.

use cartwake_shared::{lifecycle::CartState, order::OrderStatus, time::Timestamp};

use super::{
    super::{
        count, outbox,
        shown::{NOTHING, Place},
    },
    record::Record,
};
use crate::{
    base::ports::Ports,
    dashboard::pages::timeline::{Happening, Moment, News},
};

/// What happened, oldest first.
pub(super) fn moments<P: Ports>(record: &Record, place: &Place<'_, P>) -> Vec<Moment> {
    let mut found = content(record, place);
    found.extend(shopper(record));
    found.extend(mails(record));
    found.extend(purchase(record, place));
    found.extend(end(record));
    // Stable: what has the same time stays in the order told here, the mail before the visit it led to.
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(at, what)| Moment { when: place.second(at), what }).collect()
}

type Found = Vec<(Timestamp, Happening)>;

/// What was put in and taken out. An event without a content has no pieces in its entry and says nothing here.
fn content<P: Ports>(record: &Record, place: &Place<'_, P>) -> Found {
    let mut found = Found::new();
    let mut last = None;
    for entry in &record.history {
        let holds = (entry.2, entry.3);
        let what = match entry.1.as_str() {
            "abandoned" => Happening::Abandoned,
            "excluded" => Happening::Excluded,
            "emptied" if last.is_some_and(|last| last != (0, 0)) => {
                last = Some((0, 0));
                Happening::Emptied
            }
            "changed" | "email" | "consent" if holds.0 > 0 => {
                let (items, total) = (count(entry.2), place.money(entry.3, &record.currency));
                let before = last.replace(holds);
                match before {
                    None => Happening::Created { items, total },
                    Some(before) if entry.1 == "changed" || before != holds => Happening::Changed { items, total },
                    Some(_) => continue,
                }
            }
            _ => continue,
        };
        found.push((entry.0, what));
    }
    found
}

/// Who the shopper is, what they permitted, and where they came from.
fn shopper(record: &Record) -> Found {
    let mut found = Found::new();
    let begun = record.created;
    if let Some((cart, at)) = &record.rebuilt_from {
        found.push((*at, Happening::RestoredFrom { cart: cart.clone() }));
    }
    if let (Some(at), Some(address)) = (record.identified_at, &record.contact.address) {
        found.push((at, Happening::EmailGiven { address: address.clone() }));
    }
    if let Some(consent) = record.consent.as_ref().filter(|consent| consent.mail != "denied") {
        found.push((
            consent.at,
            Happening::ConsentGiven {
                basis: consent.mail.clone(),
                wording: consent.wording.clone(),
                source: consent.source.clone(),
            },
        ));
    }
    if let Some(at) = record.erased_at().filter(|at| *at >= begun) {
        found.push((at, Happening::Erased));
    }
    if let Some(at) = record.refused_at().filter(|at| *at >= begun) {
        found.push((at, Happening::Refused));
    }
    for (reason, at) in record.suppressions.iter().filter(|(_, at)| *at >= begun) {
        match reason.as_str() {
            "unsubscribed" => found.push((*at, Happening::Unsubscribed)),
            "not_me" => found.push((*at, Happening::NotMe)),
            // Bounces and complaints come from the provider; they are told where they stopped a reminder.
            _ => {}
        }
    }
    found
}

/// The reminders, and what came of them.
fn mails(record: &Record) -> Found {
    let mut found = Found::new();
    for reminder in &record.reminders {
        let step = outbox::name(reminder.position);
        let reason = reminder.reason.as_deref().map(|code| outbox::sentence(code, reminder.state)).unwrap_or_default();
        found.push((reminder.since(), Happening::Reminder { step: step.clone(), state: reminder.state, reason }));
        for (at, news) in reminder.told.into_iter().zip([News::Delivered, News::Bounced, News::Complained]) {
            found.extend(at.map(|at| (at, Happening::Told { step: step.clone(), news })));
        }
        if let Some(at) = reminder.visited_at {
            found.push((at, Happening::Returned { step }));
        }
    }
    if let Some((cart, at)) = record.superseded_by.clone().zip(record.rebuilt_at) {
        found.push((at, Happening::RestoredAs { cart }));
    }
    found
}

fn purchase<P: Ports>(record: &Record, place: &Place<'_, P>) -> Found {
    let mut found = Found::new();
    if let Some(order) = &record.order {
        let total = match (&order.worth, &record.superseded_by) {
            (Some((minor, currency)), _) => place.money(*minor, currency),
            // One cart of an order carries its total: the one the shopper went on with.
            (None, Some(cart)) => format!("its total stands with cart {cart}"),
            (None, None) => NOTHING.to_owned(),
        };
        found.push((
            order.at,
            Happening::Ordered {
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
            OrderStatus::Pending => found.push((order.at, Happening::PaymentPending { order: number() })),
            OrderStatus::Refunded if order.refunded > 0 => {
                // The order's row has no time of its own for a refund; it stands behind everything else of the order.
                let at = record.order.as_ref().map_or(order.at, |bought| bought.at);
                found.push((
                    at,
                    Happening::Refunded { order: number(), amount: place.money(order.refunded, &order.currency) },
                ));
            }
            _ => {}
        }
    }
    found
}

fn end(record: &Record) -> Found {
    match record.state {
        CartState::Expired => vec![(record.since, Happening::Expired)],
        CartState::Discarded if record.refused_at().is_none() && record.erased_at().is_none() => {
            vec![(record.since, Happening::Discarded)]
        }
        _ => Vec::new(),
    }
}
