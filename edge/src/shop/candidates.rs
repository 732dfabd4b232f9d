//! The carts that an order may be about: found by the names it gives, and by links between carts.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use cartwake_shared::{
    currency::Currency,
    identifier::{CartId, SiteId},
    key::MailboxHash,
    metric::Metric,
    money::Money,
    order::{CandidateCart, Order, TOLD_BY_A_PAGE},
};
use serde::Serialize;

use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::sql::order::{FindCandidatesRow, FindLinkedCandidates},
};

/// Most carts that one order is about, besides those linked to them: what is named best comes first, then what is proven best;
/// the cart of which a page said the number always, since the server's word takes it away there.
/// So strangers' carts under the buyer's names make an order no dearer than this.
const MOST: usize = 30;

/// A cart that is linked to a candidate.
#[derive(Serialize)]
struct Linked<'a> {
    id: &'a CartId,
    strength: i64,
}

/// Each cart once, in the order in which they were made, with the carts that took over from them and those they were rebuilt from.
pub(super) async fn gather<P: Ports>(
    app: &App<P>,
    site: &SiteId,
    found: Vec<FindCandidatesRow>,
) -> Result<Vec<CandidateCart>, Error> {
    let mut strongest: BTreeMap<CartId, FindCandidatesRow> = BTreeMap::new();
    for row in found {
        if strongest.get(&row.id).is_none_or(|known| known.strength < row.strength) {
            strongest.insert(row.id.clone(), row);
        }
    }
    let mut found: Vec<FindCandidatesRow> = strongest.into_values().collect();
    found.sort_by_key(|row| Reverse((row.strength == TOLD_BY_A_PAGE, row.strength, row.proof, row.created)));
    found.truncate(MOST);

    let mut linked: BTreeMap<CartId, i64> = BTreeMap::new();
    for row in &found {
        let heir = row.superseded_by.clone().filter(|_| row.strength >= 1).map(|heir| (heir, 1));
        for (id, strength) in heir.into_iter().chain(origin(row).map(|origin| (origin, -1))) {
            let known = linked.entry(id).or_insert(strength);
            *known = strength.max(*known);
        }
    }
    for row in &mut found {
        row.strength = linked.remove(&row.id).map_or(row.strength, |strength| strength.max(row.strength));
    }
    if !linked.is_empty() {
        let carts: Vec<Linked<'_>> = linked.iter().map(|(id, strength)| Linked { id, strength: *strength }).collect();
        found.extend(app.store().rows(&FindLinkedCandidates { site, carts: &json::text(&carts) }).await?);
    }
    found.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    Ok(found.into_iter().map(candidate).collect())
}

/// The cart from which this one was rebuilt.
fn origin(row: &FindCandidatesRow) -> Option<CartId> {
    row.via.as_deref()?.split('/').next().and_then(|origin| CartId::parse(origin).ok())
}

/// Of the carts that a page's order may be about, those of its visitor, and those from which they were rebuilt.
pub(super) fn of_own_visitor(
    order: &Order,
    mailbox_hash: Option<&MailboxHash>,
    candidates: Vec<CandidateCart>,
) -> Vec<CandidateCart> {
    let visitor = order.cart.as_ref().map(|cart| &cart.visitor);
    let (mut own, others): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|cart| visitor == Some(&cart.id.visitor));
    for cart in &mut own {
        let has = |known: Option<&str>, said: Option<&str>| said.is_some() && known == said;
        // Found as the visitor's only; the names that the order shares with it say more.
        if has(cart.customer.as_deref(), order.customer.as_deref()) {
            cart.strength = cart.strength.max(2);
        } else if has(cart.mailbox_hash.as_deref(), mailbox_hash.map(MailboxHash::as_str)) {
            cart.strength = cart.strength.max(1);
        }
    }
    let is_origin = |other: &CandidateCart| {
        let id = other.id.to_string();
        other.strength == -1 && own.iter().any(|cart| cart.rebuilt_from.as_deref() == Some(id.as_str()))
    };
    let origins: Vec<CandidateCart> = others.into_iter().filter(is_origin).collect();
    own.extend(origins);
    own
}

/// A candidate from its row.
fn candidate(row: FindCandidatesRow) -> CandidateCart {
    CandidateCart {
        id: row.id,
        strength: row.strength,
        state: row.state,
        created: row.created,
        day: row.day,
        items: row.items,
        proof: row.proof,
        mailbox_hash: row.mailbox_hash.map(|hash| hash.as_str().to_owned()),
        customer: row.customer,
        rebuilt_from: row.via.and_then(|via| via.split('/').next().map(str::to_owned)),
        visited: row.via_at.max(row.returned_at),
        counted: row.counted,
        number: row.order_number,
        worth: money(row.order_total, row.order_currency.as_deref()),
        confirmed: row.order_confirmed,
        recovered: row.recovered,
        was_abandoned: row.abandoned_at.is_some() || row.counted & Metric::Abandoned.bit() != 0,
    }
}

/// An amount from its columns.
pub(super) fn money(minor: Option<i64>, currency: Option<&str>) -> Option<Money> {
    Money::new(minor?, Currency::parse(currency?)?).ok()
}
