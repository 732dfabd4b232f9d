//! Erasing an address at all sites of a merchant: what is left are facts without a person, and a hash that keeps it erased.

use cartwake_shared::{email::EmailAddress, identifier::MerchantId};

use crate::base::{
    error::Error,
    ports::{App, Ports, Store as _},
    store::{
        Query as _,
        sql::erase::{EraseCarts, EraseContacts, EraseDetails, EraseIdentities, ErasePurchases, SuppressErased},
    },
};

/// Erases an address and says of how many sites it was a contact: (1) its carts, and those rebuilt from them, lose lines,
/// names and tokens, open ones become tombstones that drop late events; (2) so do the identities of these carts, the
/// purchases under them, and what providers said about its mails; (3) the contacts lose the address; (4) the hash is
/// suppressed for the merchant.
///
/// All in one transaction. Reminders that wait end as `erased` when the gate meets them.
pub async fn erase<P: Ports>(app: &App<P>, merchant: &MerchantId, address: &EmailAddress) -> Result<usize, Error> {
    let mailbox_hash = app.config.mailbox_key.hash(&address.mailbox());
    let (mailbox_hash, now) = (&mailbox_hash, app.now());
    let mut answers = app
        .store()
        .answers(vec![
            // (2) goes first: it asks the carts for their names.
            EraseIdentities { merchant, mailbox_hash }.statement(),
            ErasePurchases { merchant, mailbox_hash }.statement(),
            EraseDetails { merchant, mailbox_hash }.statement(),
            // (1)
            EraseCarts { merchant, mailbox_hash, now }.statement(),
            // (3)
            EraseContacts { merchant, mailbox_hash, now }.statement(),
            // (4)
            SuppressErased { merchant, mailbox_hash, now }.statement(),
        ])
        .await?;
    Ok(answers.rows::<EraseContacts>()?.len())
}
