//! Erasing an address at all sites of a merchant: what is left are facts without a person, and a hash that keeps it erased.

use cartwake_shared::{
    email::EmailAddress,
    identifier::{CartId, MerchantId, SiteId},
};
use serde::Serialize;

use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::{
        Query as _,
        sql::erase::{
            EraseCarts, EraseContacts, EraseDetails, EraseIdentities, EraseMailboxPurchases, ErasePurchases, FindCarts,
            SuppressErased,
        },
    },
};

/// Carts of visitors that are looked at in one query and erased in one transaction; a person has a few.
const CARTS_AT_ONCE: usize = 500;

/// A cart as the statements take it.
#[derive(Serialize)]
struct CartRow<'a> {
    site: &'a SiteId,
    cart: &'a CartId,
}

/// Erases an address and says of how many sites it was a contact: (1) all carts of every visitor that ever had the address, and
/// those rebuilt from them, are looked for; (2) they lose lines, names and tokens, open ones become tombstones that drop late
/// events; before, so do their identities, the purchases under them, and what providers said about their mails; (3) the
/// purchases under the address go, and the contacts lose it; (4) the hash is suppressed for the merchant.
///
/// (2) to (4) are one transaction. The carts of a visitor with very many take several, each behind the last cart of the one
/// before; the contact keeps its carts until the last of them, so a repetition finds what an interrupted erasure left. What
/// arrives between (1) and (2) goes with the next walk of [`super::retention`]. Reminders that wait end as `erased` when the gate
/// meets them.
pub async fn erase<P: Ports>(app: &App<P>, merchant: &MerchantId, address: &EmailAddress) -> Result<usize, Error> {
    let mailbox_hash = app.config.mailbox_key.hash(&address.mailbox());
    let (mailbox_hash, now) = (&mailbox_hash, app.now());
    let most = i64::try_from(CARTS_AT_ONCE).unwrap_or(i64::MAX);
    let mut after = json::text(&("", ""));
    loop {
        // (1)
        let found = app.store().rows(&FindCarts { merchant, mailbox_hash, after: &after, most }).await?;
        let looked = found.iter().filter(|row| row.is_visitors);
        let is_last = looked.clone().count() < CARTS_AT_ONCE;
        after = json::text(&looked.map(|row| (row.site.as_str(), row.cart.to_string())).max());
        let telling = found.iter().filter(|row| row.tells);
        let carts: Vec<CartRow<'_>> = telling.map(|row| CartRow { site: &row.site, cart: &row.cart }).collect();
        if carts.is_empty() && !is_last {
            continue;
        }
        let carts = &json::text(&carts);
        // (2)
        let mut statements = vec![
            EraseIdentities { carts }.statement(),
            ErasePurchases { carts }.statement(),
            EraseDetails { carts }.statement(),
            EraseCarts { carts, now }.statement(),
            SuppressErased { merchant, mailbox_hash, now }.statement(),
        ];
        if is_last {
            // (3)
            statements.push(EraseMailboxPurchases { merchant, mailbox_hash }.statement());
            statements.push(EraseContacts { merchant, mailbox_hash, now }.statement());
        }
        let mut answers = app.store().answers(statements).await?;
        if is_last {
            return Ok(answers.rows::<EraseContacts>()?.len());
        }
    }
}
