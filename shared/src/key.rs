//! Keys: one root key, from which each purpose derives its own key, and the keyed hash of a mailbox.

use core::fmt;

use aes_siv::siv::Aes128Siv;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::email::Mailbox;

/// The purpose of a derived key; a token made for one purpose fails under every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The short code in a site's public key.
    SiteKey,
    /// The browser's session token.
    Session,
    /// Links in mails that bring a cart back.
    RestoreLink,
    /// Links in mails that stop mails.
    UnsubscribeLink,
    /// Links in mails for people who did not shop here.
    NotMeLink,
    /// The dashboard's session cookie and form tokens.
    Dashboard,
    /// The secret with which a shop's server signs.
    ShopServer,
    /// The name of a network in the budget of rows, another one each day.
    RowBudget,
    /// The reference by which a mail provider's events name a reminder.
    Reference,
    /// The key with which a shop signs its customers' ids.
    Customer,
    /// What binds a challenge to its visitor.
    Challenge,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::SiteKey => b"cartwake/site-key",
            Self::Session => b"cartwake/session",
            Self::RestoreLink => b"cartwake/link/restore",
            Self::UnsubscribeLink => b"cartwake/link/unsubscribe",
            Self::NotMeLink => b"cartwake/link/not-me",
            Self::Dashboard => b"cartwake/dashboard",
            Self::ShopServer => b"cartwake/shop-server",
            Self::RowBudget => b"cartwake/row-budget",
            Self::Reference => b"cartwake/reference",
            Self::Customer => b"cartwake/customer",
            Self::Challenge => b"cartwake/challenge",
        }
    }
}

/// Why a configured secret cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key has fewer than 32 characters and could be guessed.
    #[error("a key must have at least 32 characters")]
    TooShort,
}

/// The current root key and its predecessor: new tokens are made with the current key, old ones are read with either.
#[derive(Clone)]
pub struct Keyring {
    current: Vec<u8>,
    previous: Option<Vec<u8>>,
}

impl Keyring {
    /// A ring of the current root key and, while keys are changed, its predecessor.
    pub fn new(current: &str, previous: Option<&str>) -> Result<Self, KeyError> {
        Ok(Self { current: secret(current)?, previous: previous.map(secret).transpose()? })
    }

    /// The first 128 bits of HMAC-SHA256 over `message` under the current key of `purpose`, as 22 characters base64url.
    pub fn sign(&self, purpose: Purpose, message: &str) -> String {
        URL_SAFE_NO_PAD.encode(mac(&derive(&self.current, purpose), message.as_bytes()).get(..16).unwrap_or_default())
    }

    /// Whether [`Keyring::sign`] gives `signature` under either key; compared in constant time.
    pub fn verify(&self, purpose: Purpose, message: &str, signature: &str) -> bool {
        let Ok(given) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        if given.len() != 16 {
            return false;
        }
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().any(|root| {
            keyed(&derive(root, purpose)).is_some_and(|mut keyed| {
                keyed.update(message.as_bytes());
                keyed.verify_truncated_left(&given).is_ok()
            })
        })
    }

    /// Encrypts `plain` under the current key of `purpose`, as base64url.
    ///
    /// AES-SIV (RFC 5297) with a 128-bit tag needs no random number: the same text gives the same ciphertext, so nothing
    /// is stored. In front stands the id of the root key, one byte.
    pub fn seal(&self, purpose: Purpose, plain: &[u8]) -> String {
        let id = key_id(&self.current);
        // Encrypting fails for more than 126 headers only; there is one.
        let sealed = cipher(&self.current, purpose).encrypt([[id]], plain).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([&[id], sealed.as_slice()].concat())
    }

    /// What [`Keyring::seal`] encrypted under either key; `None` if it was changed, or we did not make it for `purpose`.
    pub fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (id, sealed) = sealed.split_first()?;
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .filter(|root| key_id(root) == *id)
            .find_map(|root| cipher(root, purpose).decrypt([[*id]], sealed).ok())
    }

    /// A ring of the predecessor alone; `None` unless keys are being changed.
    pub fn previous_only(&self) -> Option<Self> {
        self.previous.clone().map(|current| Self { current, previous: None })
    }

    /// A 32-byte key for one `subject` of a `purpose`, for example the secret of one site's server.
    pub fn derived(&self, purpose: Purpose, subject: &str) -> [u8; 32] {
        mac(&derive(&self.current, purpose), subject.as_bytes())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

/// The key of the mailbox hash. It never changes, because caps, suppressions and orders are found by the hash.
#[derive(Clone)]
pub struct MailboxKey(Vec<u8>);

/// The keyed hash of a mailbox: 22 characters base64url, the only form of an address outside the contact table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxHash(String);

impl MailboxKey {
    /// Makes a key from its secret text.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        secret(text).map(Self)
    }

    /// The hash of `mailbox`.
    pub fn hash(&self, mailbox: &Mailbox) -> MailboxHash {
        MailboxHash(URL_SAFE_NO_PAD.encode(mac(&self.0, mailbox.as_str().as_bytes()).get(..16).unwrap_or_default()))
    }
}

impl fmt::Debug for MailboxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailboxKey(…)")
    }
}

impl MailboxHash {
    /// A hash that was read from the database.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// HMAC-SHA256 of `message` under `key`.
pub fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    keyed(key).map_or([0; 32], |mut keyed| {
        keyed.update(message);
        keyed.finalize().into_bytes().into()
    })
}

/// Whether `given` is the HMAC-SHA256 of `message` under `key`; compared in constant time.
pub fn mac_matches(key: &[u8], message: &[u8], given: &[u8]) -> bool {
    keyed(key).is_some_and(|mut keyed| {
        keyed.update(message);
        keyed.verify_slice(given).is_ok()
    })
}

/// Whether two secrets are equal; takes the same time at whichever character they differ.
pub fn secrets_match(left: &str, right: &str) -> bool {
    // Comparing MACs under a fixed key hides the position of the first difference and the length.
    mac_matches(b"cartwake/compare", left.as_bytes(), &mac(b"cartwake/compare", right.as_bytes()))
}

fn derive(root: &[u8], purpose: Purpose) -> [u8; 32] {
    expand(root, purpose.label())
}

fn expand(root: &[u8], label: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    // 32 bytes are far below the limit of 255 hashes (RFC 5869), so expanding cannot fail.
    let expanded = hkdf::Hkdf::<Sha256>::new(None, root).expand(label, &mut key);
    if expanded.is_err() {
        key = mac(root, label);
    }
    key
}

/// AES-SIV with 256 bits of key: half for the tag, half for the text.
fn cipher(root: &[u8], purpose: Purpose) -> Aes128Siv {
    Aes128Siv::new(&derive(root, purpose).into())
}

/// Tells two root keys apart; it is derived, so it says nothing of the key.
fn key_id(root: &[u8]) -> u8 {
    let [id, ..] = expand(root, b"cartwake/key-id");
    id
}

fn keyed(key: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length (RFC 2104).
    Hmac::<Sha256>::new_from_slice(key).ok()
}

fn secret(text: &str) -> Result<Vec<u8>, KeyError> {
    let text = text.trim();
    if text.len() < 32 { Err(KeyError::TooShort) } else { Ok(text.as_bytes().to_vec()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::EmailAddress;

    const OLD: &str = "an-old-root-key-of-thirty-two-chars!";
    const NEW: &str = "a-new-root-key-of-thirty-two-chars!!";

    #[test]
    fn a_token_made_before_the_keys_were_changed_still_verifies() {
        let before = Keyring::new(OLD, None).unwrap();
        let during = Keyring::new(NEW, Some(OLD)).unwrap();
        let after = Keyring::new(NEW, None).unwrap();
        let signature = before.sign(Purpose::Session, "message");
        assert!(during.verify(Purpose::Session, "message", &signature));
        assert!(!after.verify(Purpose::Session, "message", &signature));
        let sealed = before.seal(Purpose::RestoreLink, b"message");
        assert_eq!(during.open(Purpose::RestoreLink, &sealed).as_deref(), Some(b"message".as_slice()));
        assert_eq!(after.open(Purpose::RestoreLink, &sealed), None);
        assert_ne!(during.seal(Purpose::RestoreLink, b"message"), sealed);
    }

    #[test]
    fn encryption_is_that_of_rfc_5297() {
        // Appendix A.1, "Deterministic Authenticated Encryption Example".
        let key: Vec<u8> = (0xf0..=0xff).rev().chain(0xf0..=0xff).collect();
        let mut cipher = Aes128Siv::new_from_slice(&key).unwrap();
        let header: Vec<u8> = (0x10..=0x27).collect();
        let plain = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee];
        let sealed = cipher.encrypt([&header], &plain).unwrap();
        let expected = "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c";
        let byte = |place: usize| u8::from_str_radix(&expected[2 * place..2 * place + 2], 16).unwrap();
        assert_eq!(sealed, (0..expected.len() / 2).map(byte).collect::<Vec<u8>>());
    }

    #[test]
    fn a_signature_holds_for_one_purpose_only() {
        let ring = Keyring::new(NEW, None).unwrap();
        let signature = ring.sign(Purpose::Customer, "message");
        let sealed = ring.seal(Purpose::Customer, b"message");
        for (purpose, holds) in [
            (Purpose::Customer, true),
            (Purpose::Session, false),
            (Purpose::SiteKey, false),
            (Purpose::RestoreLink, false),
            (Purpose::Reference, false),
        ] {
            assert_eq!(ring.verify(purpose, "message", &signature), holds, "{purpose:?}");
            assert_eq!(ring.open(purpose, &sealed).is_some(), holds, "{purpose:?}");
        }
    }

    #[test]
    fn a_short_secret_is_refused_and_none_is_shown() {
        assert_eq!(Keyring::new("short", None).err(), Some(KeyError::TooShort));
        assert!(!format!("{:?} {:?}", Keyring::new(NEW, Some(OLD)), MailboxKey::new(NEW)).contains("key-of"));
    }

    #[test]
    fn the_mailbox_hash_is_one_for_all_spellings() {
        let key = MailboxKey::new(NEW).unwrap();
        let hash = |text: &str| key.hash(&EmailAddress::parse(text).unwrap().mailbox());
        assert_eq!(hash("a.d.a+x@gmail.com"), hash("ADA@googlemail.com"));
        assert_ne!(hash("ada@example.com"), hash("ada@example.org"));
        assert_eq!(hash("ada@example.com").as_str().len(), 22);
    }
}
