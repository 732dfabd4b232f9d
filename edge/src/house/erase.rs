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

/// Carts that are erased in one transaction; a person has a few.
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
/// (2) to (4) are one transaction. The carts of a visitor with very many take several: the contact keeps its carts until the
/// last one, so a repetition goes on where it stopped. What arrives between (1) and (2) goes with the next walk of
/// [`super::retention`]. Reminders that wait end as `erased` when the gate meets them.
pub async fn erase<P: Ports>(app: &App<P>, merchant: &MerchantId, address: &EmailAddress) -> Result<usize, Error> {
    let mailbox_hash = app.config.mailbox_key.hash(&address.mailbox());
    let (mailbox_hash, now) = (&mailbox_hash, app.now());
    let most = i64::try_from(CARTS_AT_ONCE).unwrap_or(i64::MAX);
    loop {
        // (1)
        let found = app.store().rows(&FindCarts { merchant, mailbox_hash, most }).await?;
        let is_last = found.len() < CARTS_AT_ONCE;
        let carts: Vec<CartRow<'_>> = found.iter().map(|row| CartRow { site: &row.site, cart: &row.cart }).collect();
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
