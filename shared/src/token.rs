//! Tokens that are derived and never stored: site keys, session tokens, links in mails.

use crate::{
    identifier::{CartId, ReminderId, SiteId, StepId, VisitorId},
    key::{Keyring, Purpose, secrets_match},
    time::{Span, Timestamp},
};

/// The public key of a site, as in the script tag: `pk_<site>_<code>`.
///
/// The code is a short MAC, so that an invented key is refused without a look-up.
pub fn site_key(keys: &Keyring, site: &SiteId) -> String {
    let code: String = keys.sign(Purpose::SiteKey, site.as_str()).chars().take(SITE_CODE).collect();
    format!("pk_{site}_{code}")
}

/// 8 characters base64url are 48 bits: enough to make guessing useless, short enough for a tag.
const SITE_CODE: usize = 8;

/// The site of a public key; `None` if we did not make the key.
pub fn read_site_key(keys: &Keyring, text: &str) -> Option<SiteId> {
    // The code may hold `_` itself (base64url); a site id never does, so the first one behind the prefix separates.
    let (site, code) = text.strip_prefix("pk_")?.split_once('_')?;
    let site = SiteId::parse(site).ok()?;
    let given = format!("pk_{site}_{code}");
    [Some(keys.clone()), keys.previous_only()]
        .into_iter()
        .flatten()
        .any(|ring| secrets_match(&site_key(&ring, &site), &given))
        .then_some(site)
}

/// The session of a browser: the Worker mints it once tracking is permitted, and every event carries its token.
///
/// A visitor's id is a name that others may learn. What proves a visitor is the nonce: random, signed together with the
/// visitor, and given again only to whoever shows an older token of the same visitor. Whoever shows one that proves nothing is given a new visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The site of the session.
    pub site: SiteId,
    /// The browser of the session.
    pub visitor: VisitorId,
    /// When the session was minted.
    pub minted: Timestamp,
    /// The proof of the visitor: 22 characters base64url, the same over all sessions of a browser.
    pub nonce: String,
}

impl Session {
    /// How long a session lasts after it was minted: 12 h, and a minute for clocks and the way of a request. A browser asks for the
    /// next one after 11 h.
    pub const LASTS: Span = Span::minutes(12 * 60 + 1);

    /// The token: `s1.<site>.<visitor>.<ms>.<nonce>.<mac>`.
    pub fn to_token(&self, keys: &Keyring) -> String {
        let body = format!("s1.{}.{}.{}.{}", self.site, self.visitor, self.minted.millis(), self.nonce);
        format!("{body}.{}", keys.sign(Purpose::Session, &body))
    }

    /// Reads a token back, however old; `None` if we did not make it or it was changed.
    pub fn read(keys: &Keyring, token: &str) -> Option<Self> {
        let (body, signature) = token.rsplit_once('.')?;
        if token.len() > 200 || !keys.verify(Purpose::Session, body, signature) {
            return None;
        }
        let mut parts = body.split('.');
        let session = match (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?) {
            ("s1", site, visitor, minted, nonce) => Self {
                site: SiteId::parse(site).ok()?,
                visitor: VisitorId::parse(visitor).ok()?,
                minted: Timestamp::from_millis(minted.parse().ok()?),
                nonce: nonce.to_owned(),
            },
            _ => return None,
        };
        parts.next().is_none().then_some(session)
    }

    /// Whether the session has not ended at `now`. One that has ended still proves its visitor.
    pub fn is_current(&self, now: Timestamp) -> bool {
        let age = now.since(self.minted);
        age >= Span::minutes(-1) && age <= Self::LASTS
    }
}

/// The purpose of a link in a mail; a link with one purpose does nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Bring the cart back.
    Restore,
    /// Stop mails to this address.
    Unsubscribe,
    /// State that the owner of the address did not shop here.
    NotMe,
}

impl LinkPurpose {
    const fn key(self) -> Purpose {
        match self {
            Self::Restore => Purpose::RestoreLink,
            Self::Unsubscribe => Purpose::UnsubscribeLink,
            Self::NotMe => Purpose::NotMeLink,
        }
    }
}

/// The token of a link: a reminder's id, encrypted under the key of its purpose; 119 characters base64url.
///
/// It shows nothing of cart, visitor or person, and all tokens have one length. It is valid while the reminder's row exists
/// and is in date.
pub fn link_token(keys: &Keyring, purpose: LinkPurpose, reminder: &ReminderId) -> String {
    keys.seal(purpose.key(), &packed(reminder))
}

/// The reminder of a link token; `None` if the token has another purpose, was changed, or we did not make it.
pub fn read_link_token(keys: &Keyring, purpose: LinkPurpose, token: &str) -> Option<ReminderId> {
    unsealed(keys, purpose.key(), token)
}

/// The reference of a reminder at a mail provider, in the form of a link's token: 119 characters of a tag
/// (`[A-Za-z0-9_-]`, Resend).
///
/// The provider's events carry it, and it finds the reminder without an index. Headers of mails may show it, so it names
/// neither cart nor visitor.
pub fn reference(keys: &Keyring, reminder: &ReminderId) -> String {
    keys.seal(Purpose::Reference, &packed(reminder))
}

/// The reminder of a reference; `None` if the reference was changed or we did not make it.
pub fn read_reference(keys: &Keyring, reference: &str) -> Option<ReminderId> {
    unsealed(keys, Purpose::Reference, reference)
}

/// Bytes of a site's id, the longest there can be; shorter ones end in zeros.
const SITE_BYTES: usize = 32;
/// Bytes of a step's id, likewise.
const STEP_BYTES: usize = 16;

/// A reminder's id in 72 bytes: site, visitor, number of the cart, cycle, step.
fn packed(reminder: &ReminderId) -> Vec<u8> {
    let ReminderId { site, cart: CartId { visitor, number }, cycle, step } = reminder;
    let mut bytes = padded(site.as_str(), SITE_BYTES);
    bytes.extend(visitor.bits().to_be_bytes());
    bytes.extend(number.to_be_bytes());
    bytes.extend(cycle.to_be_bytes());
    bytes.extend(padded(step.as_str(), STEP_BYTES));
    bytes
}

fn padded(text: &str, length: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(length, 0);
    bytes
}

fn unsealed(keys: &Keyring, purpose: Purpose, sealed: &str) -> Option<ReminderId> {
    if sealed.len() > 200 {
        return None;
    }
    let bytes = keys.open(purpose, sealed)?;
    let (site, rest) = bytes.split_at_checked(SITE_BYTES)?;
    let (visitor, rest) = rest.split_first_chunk()?;
    let (number, rest) = rest.split_first_chunk()?;
    let (cycle, step) = rest.split_first_chunk()?;
    let visitor = VisitorId::of_bits(u128::from_be_bytes(*visitor));
    Some(ReminderId {
        site: SiteId::parse(unpadded(site)?).ok()?,
        cart: CartId { visitor, number: u32::from_be_bytes(*number) },
        cycle: u32::from_be_bytes(*cycle),
        step: StepId::parse(unpadded(step)?).ok()?,
    })
}

fn unpadded(bytes: &[u8]) -> Option<&str> {
    Some(core::str::from_utf8(bytes).ok()?.trim_end_matches('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keyring {
        Keyring::new("a-root-key-of-at-least-thirty-two-characters", None).unwrap()
    }

    fn reminder() -> ReminderId {
        ReminderId {
            site: SiteId::parse("demo").unwrap(),
            cart: CartId::parse("01JD3Z5W4K8Q9RT2V6XY7ABCDE.3").unwrap(),
            cycle: 1,
            step: StepId::parse("s1").unwrap(),
        }
    }

    fn session() -> Session {
        Session {
            site: SiteId::parse("demo").unwrap(),
            visitor: VisitorId::parse("01JD3Z5W4K8Q9RT2V6XY7ABCDE").unwrap(),
            minted: Timestamp::from_millis(1_764_000_000_000),
            nonce: "k3v9q2m7x0k3v9q2m7x0k3".to_owned(),
        }
    }

    #[test]
    fn tokens_are_read_back() {
        let keys = keys();
        assert_eq!(Session::read(&keys, &session().to_token(&keys)), Some(session()));
        for purpose in [LinkPurpose::Restore, LinkPurpose::Unsubscribe, LinkPurpose::NotMe] {
            let token = link_token(&keys, purpose, &reminder());
            for other in [LinkPurpose::Restore, LinkPurpose::Unsubscribe, LinkPurpose::NotMe] {
                assert_eq!(
                    read_link_token(&keys, other, &token),
                    (other == purpose).then(reminder),
                    "{purpose:?} as {other:?}"
                );
            }
        }
        let reference = super::reference(&keys, &reminder());
        assert_eq!(read_reference(&keys, &reference), Some(reminder()));
        assert!(reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{reference}");
        for site in ["demo", "my-shop", "a"] {
            let site = SiteId::parse(site).unwrap();
            assert_eq!(read_site_key(&keys, &site_key(&keys, &site)), Some(site));
        }
    }

    #[test]
    fn links_and_references_name_nobody_and_have_one_length() {
        let keys = keys();
        let longest = ReminderId {
            site: SiteId::parse(&"x".repeat(32)).unwrap(),
            cart: CartId { number: 999_999_999, ..reminder().cart },
            cycle: u32::MAX,
            step: StepId::parse(&"z".repeat(16)).unwrap(),
        };
        for reminder in [reminder(), longest] {
            let mut texts: Vec<String> = [LinkPurpose::Restore, LinkPurpose::Unsubscribe, LinkPurpose::NotMe]
                .map(|purpose| link_token(&keys, purpose, &reminder))
                .to_vec();
            texts.push(super::reference(&keys, &reminder));
            for text in &texts {
                assert_eq!(text.len(), 119, "{text}");
                assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{text}");
                assert!(!text.contains(reminder.cart.visitor.as_str()) && !text.contains("demo"), "{text}");
            }
            texts.dedup();
            assert_eq!(texts.len(), 4);
            assert_eq!(read_reference(&keys, &super::reference(&keys, &reminder)), Some(reminder));
        }
    }

    #[test]
    fn a_reference_and_a_link_do_not_stand_for_each_other() {
        let keys = keys();
        for purpose in [LinkPurpose::Restore, LinkPurpose::Unsubscribe, LinkPurpose::NotMe] {
            assert_eq!(read_reference(&keys, &link_token(&keys, purpose, &reminder())), None);
            assert_eq!(read_link_token(&keys, purpose, &super::reference(&keys, &reminder())), None);
        }
    }

    #[test]
    fn a_session_ends_after_twelve_hours_and_a_minute() {
        let minted = session().minted;
        for (later, is_current) in [
            (Span::ZERO, true),
            (Span::hours(12), true),
            (Session::LASTS, true),
            (Span::millis_of(Session::LASTS.millis() + 1), false),
            (Span::minutes(-1), true),
            (Span::minutes(-2), false),
            (Span::days(20_000), false),
        ] {
            assert_eq!(session().is_current(minted.plus(later)), is_current, "{later:?}");
        }
    }

    #[test]
    fn every_one_bit_change_of_a_token_is_refused() {
        let keys = keys();
        let link = link_token(&keys, LinkPurpose::Restore, &reminder());
        let site = site_key(&keys, &reminder().site);
        let session_token = session().to_token(&keys);
        let reference = super::reference(&keys, &reminder());
        for (what, token) in [("link", link), ("site key", site), ("session", session_token), ("reference", reference)]
        {
            for position in 0..token.len() {
                for bit in 0..8 {
                    let mut bytes = token.clone().into_bytes();
                    bytes[position] ^= 1 << bit;
                    let Ok(changed) = String::from_utf8(bytes) else { continue };
                    assert_eq!(read_link_token(&keys, LinkPurpose::Restore, &changed), None, "{what} {position} {bit}");
                    assert_eq!(read_reference(&keys, &changed), None, "{what} {position} {bit}");
                    assert_eq!(Session::read(&keys, &changed), None, "{what} {position} {bit}");
                    assert_eq!(read_site_key(&keys, &changed), None, "{what} {position} {bit}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_invented_is_read(text in ".{0,120}") {
            let keys = keys();
            prop_assert_eq!(read_link_token(&keys, LinkPurpose::Restore, &text), None);
            prop_assert_eq!(read_reference(&keys, &text), None);
            prop_assert_eq!(Session::read(&keys, &text), None);
            prop_assert_eq!(read_site_key(&keys, &text), None);
        }
    }
}
