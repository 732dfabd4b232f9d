//! Erasing an address at all sites of a merchant: what is left are facts without a person, and a hash that keeps it erased.

use cartwake_shared::{email::EmailAddress, identifier::MerchantId};

use crate::base::{
    error::Error,
    ports::{App, Ports, Store as _},
    store::sql,
};

/// Erases an address and says of how many sites it was a contact: (1) its carts, and those rebuilt from them, lose lines,
/// names and tokens, open ones become tombstones that drop late events; (2) so do the other names of these carts, marks of
/// orders under them, and what providers said about its mails; (3) the contacts lose the address; (4) the hash is
/// suppressed for the merchant.
///
/// All in one transaction. Reminders that wait end as `erased` when the gate meets them.
pub async fn erase<P: Ports>(app: &App<P>, merchant: &MerchantId, address: &EmailAddress) -> Result<usize, Error> {
    let mailbox_hash = app.config.mailbox_key.hash(&address.mailbox());
    let key = || [merchant.as_str().into(), mailbox_hash.as_str().into()];
    let at = || [merchant.as_str().into(), mailbox_hash.as_str().into(), app.now().into()];
    let rows = app
        .store()
        .batch(vec![
            // (2) goes first: it asks the carts for their names.
            sql::ERASE_NAMES.with(key()),
            sql::ERASE_MARKS.with(key()),
            sql::ERASE_WORDS.with(key()),
            // (1)
            sql::ERASE_CARTS.with(at()),
            // (3)
            sql::ERASE_CONTACTS.with(at()),
            // (4)
            sql::ERASE_SUPPRESS.with(at()),
        ])
        .await?;
    Ok(rows.get(4).map_or(0, Vec::len))
}
