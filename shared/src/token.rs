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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The site of the session.
    pub site: SiteId,
    /// The browser of the session.
    pub visitor: VisitorId,
    /// When the session was minted.
    pub minted: Timestamp,
    /// The keyed hash of the IP prefix of the request, 8 characters.
    pub ip_prefix_hash: String,
}

impl Session {
    /// The token: `s1.<site>.<visitor>.<ms>.<ip_prefix_hash>.<mac>`.
    pub fn to_token(&self, keys: &Keyring) -> String {
        let body = format!("s1.{}.{}.{}.{}", self.site, self.visitor, self.minted.millis(), self.ip_prefix_hash);
        format!("{body}.{}", keys.sign(Purpose::Session, &body))
    }

    /// Reads a token back; `None` if we did not make it or it was changed.
    pub fn read(keys: &Keyring, token: &str) -> Option<Self> {
        let (body, signature) = token.rsplit_once('.')?;
        if token.len() > 200 || !keys.verify(Purpose::Session, body, signature) {
            return None;
        }
        let mut parts = body.split('.');
        let session = match (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?) {
            ("s1", site, visitor, minted, ip_prefix_hash) => Self {
                site: SiteId::parse(site).ok()?,
                visitor: VisitorId::parse(visitor).ok()?,
                minted: Timestamp::from_millis(minted.parse().ok()?),
                ip_prefix_hash: ip_prefix_hash.to_owned(),
            },
            _ => return None,
        };
        parts.next().is_none().then_some(session)
    }
}

/// The stamp that a page gets with the settings: it proves when a page of `site` asked for them.
/// `v1.<site>.<ms>.<mac>`.
///
/// The stamp contains nothing about a person, so a page gets it before consent. When the session is minted, the stamp
/// proves how much time passed between opening the page and agreeing.
pub fn seen_stamp(keys: &Keyring, site: &SiteId, at: Timestamp) -> String {
    let body = format!("v1.{site}.{}", at.millis());
    format!("{body}.{}", keys.sign(Purpose::Session, &body))
}

/// The time of a stamp of `site`; `None` if we did not make it, or it is of another site, older than 12 hours or from
/// the future.
pub fn read_seen_stamp(keys: &Keyring, site: &SiteId, stamp: &str, now: Timestamp) -> Option<Timestamp> {
    let (body, signature) = stamp.rsplit_once('.')?;
    let at = body.strip_prefix("v1.")?.strip_prefix(site.as_str())?.strip_prefix('.')?;
    if stamp.len() > 100 || !keys.verify(Purpose::Session, body, signature) {
        return None;
    }
    let at = Timestamp::from_millis(at.parse().ok()?);
    let age = now.since(at);
    (age >= Span::ZERO && age <= Span::hours(12)).then_some(at)
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
    const fn letter(self) -> &'static str {
        match self {
            Self::Restore => "r",
            Self::Unsubscribe => "u",
            Self::NotMe => "n",
        }
    }
}

/// The token of a link: `<letter>1.<site>.<visitor>.<number>.<cycle>.<step>.<mac>`.
///
/// The token names a reminder and contains nothing about a person. It is valid while the reminder's row exists and is
/// in date.
pub fn link_token(keys: &Keyring, purpose: LinkPurpose, reminder: &ReminderId) -> String {
    let body =
        format!("{}1.{}.{}.{}.{}", purpose.letter(), reminder.site, reminder.cart, reminder.cycle, reminder.step);
    format!("{body}.{}", keys.sign(Purpose::Link, &body))
}

/// The reminder of a link token; `None` if the token has another purpose, was changed, or we did not make it.
pub fn read_link_token(keys: &Keyring, purpose: LinkPurpose, token: &str) -> Option<ReminderId> {
    let (body, signature) = token.rsplit_once('.')?;
    if token.len() > 200 || !keys.verify(Purpose::Link, body, signature) {
        return None;
    }
    let mut parts = body.split('.');
    if parts.next()?.strip_suffix('1')? != purpose.letter() {
        return None;
    }
    let site = SiteId::parse(parts.next()?).ok()?;
    let cart = CartId::parse(&format!("{}.{}", parts.next()?, parts.next()?)).ok()?;
    let cycle = parts.next()?.parse().ok()?;
    let step = StepId::parse(parts.next()?).ok()?;
    parts.next().is_none().then_some(ReminderId { site, cart, cycle, step })
}

/// The reference of a reminder at a mail provider: `<site>_<visitor>_<number>_<cycle>_<step>_<mac>`, at most 120
/// characters.
///
/// The provider's events carry it, and it finds the reminder without an index. It has only characters of a tag
/// (`[A-Za-z0-9_-]`, Resend) and contains nothing about a person.
pub fn reference(keys: &Keyring, reminder: &ReminderId) -> String {
    let ReminderId { site, cart: CartId { visitor, number }, cycle, step } = reminder;
    let body = format!("{site}_{visitor}_{number}_{cycle}_{step}");
    format!("{body}_{}", keys.sign(Purpose::Reference, &body))
}

/// The reminder of a reference; `None` if the reference was changed or we did not make it.
pub fn read_reference(keys: &Keyring, reference: &str) -> Option<ReminderId> {
    // The signature itself may have underscores; it has 22 characters.
    let (body, signature) = reference.split_at_checked(reference.len().checked_sub(22)?)?;
    let body = body.strip_suffix('_')?;
    if reference.len() > 200 || !keys.verify(Purpose::Reference, body, signature) {
        return None;
    }
    let mut parts = body.split('_');
    let site = SiteId::parse(parts.next()?).ok()?;
    let cart = CartId::parse(&format!("{}.{}", parts.next()?, parts.next()?)).ok()?;
    let cycle = parts.next()?.parse().ok()?;
    let step = StepId::parse(parts.next()?).ok()?;
    parts.next().is_none().then_some(ReminderId { site, cart, cycle, step })
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
            ip_prefix_hash: "abcdefgh".to_owned(),
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
    fn a_stamp_is_read_for_its_site_and_while_it_is_fresh() {
        let keys = keys();
        let (site, other) = (SiteId::parse("demo").unwrap(), SiteId::parse("dem").unwrap());
        let at = Timestamp::from_millis(1_764_000_000_000);
        let stamp = seen_stamp(&keys, &site, at);
        for (site, later, expected) in [
            (&site, Span::ZERO, Some(at)),
            (&site, Span::hours(12), Some(at)),
            (&site, Span::hours(13), None),
            (&site, Span::seconds(-1), None),
            (&other, Span::ZERO, None),
        ] {
            assert_eq!(read_seen_stamp(&keys, site, &stamp, at.plus(later)), expected, "{site} {later:?}");
        }
        assert_eq!(read_seen_stamp(&keys, &site, &stamp.replace("17640", "17630"), at), None);
        assert_eq!(Session::read(&keys, &stamp), None);
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
