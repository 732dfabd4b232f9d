//! The challenge: whether a page is to ask whether a person is there, and what a solved one proves.

use cartwake_shared::{
    identifier::{CartId, SiteId, VisitorId},
    key::{MailboxHash, Purpose},
    policy::SiteState,
    share,
    time::Timestamp,
    trust::{self, Trust},
    wire,
};

use crate::base::{
    challenge::{ACTION, Solved, Verdict},
    config::Config,
    error::Error,
    ports::{App, Cache as _, Challenger as _, Ports, Store as _},
    site::Site,
    store::{
        Query as _, Statement,
        sql::{
            challenge::{FindQuestion, FindSubject, FindSubjectRow, PassChallenge},
            collect::AskGateAgain,
        },
    },
};

/// Most rows of one visitor's carts, and of their reminders, that are read; who has more solves nothing.
const MOST_ROWS: i64 = 60;
/// The cache key of the note that the provider could not be asked.
const TROUBLE_NOTE: &str = "trouble/challenge";
/// How long the note stays after the last failure. 144 of the free plan's 1,000 writes a day at most.
const NOTED_SECONDS: u32 = 600;

/// What a challenge is about: a visitor's cart at a site, with the nonce that proves the visitor.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The site.
    pub site: &'a Site,
    /// The cart.
    pub cart: &'a CartId,
    /// The nonce of the visitor's session.
    pub nonce: &'a str,
}

/// How a solved challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The cart's address is challenged, or was proven already.
    Passed,
    /// It is not; the sentence says why.
    NotPassed(&'static str),
}

impl Subject<'_> {
    /// The statement that finds whether the page is to ask; last in the batch of an event that gives this cart an address which
    /// nothing proves. None where nobody is asked: without keys, and at a site that does not mail shoppers yet.
    pub fn find_question(&self, config: &Config, mailbox_hash: &MailboxHash, now: Timestamp) -> Option<Statement> {
        let is_asked = config.challenge.is_some() && self.site.state == SiteState::Live;
        is_asked.then(|| {
            FindQuestion {
                site: &self.site.id,
                cart: self.cart,
                mailbox_hash,
                session: self.nonce,
                month_ago: now.minus(share::PLACE_HOLDS),
                known_since: now.minus(trust::KNOWN_FOR),
                of_visitor: i64::from(share::NETWORK.of_visitor),
                most: MOST_ROWS,
            }
            .statement()
        })
    }

    /// What the page asks; `None` without keys.
    pub fn question(&self, config: &Config) -> Option<wire::Challenge> {
        let widget = config.challenge.as_ref()?;
        Some(wire::Challenge {
            sitekey: widget.site_key.clone(),
            script: widget.script(),
            data: config.keys.sign(Purpose::Challenge, &self.bound_to()),
        })
    }

    /// Has the provider verify a token that came from a browser with this address, and proves the cart's address by it.
    ///
    /// A token proves one address: the key of its verification names the event and the mailbox, and the provider verifies a
    /// token under one key only. The same event again has the same outcome. An outage of the provider proves nothing.
    pub async fn solve<P: Ports>(
        &self,
        app: &App<P>,
        token: &str,
        event: &str,
        address: Option<&str>,
    ) -> Result<Outcome, Error> {
        let Self { site: Site { id: site, settings, .. }, cart, nonce: session } = *self;
        let (of_visitor, most) = (i64::from(share::NETWORK.of_visitor), MOST_ROWS);
        let found = app.store().first(&FindSubject { site, cart, session, of_visitor, most }).await?;
        let Some(FindSubjectRow { mailbox_hash, proof }) = found else {
            return Ok(Outcome::NotPassed("there is no address here that a challenge could prove"));
        };
        if proof >= Trust::Challenged.code() {
            return Ok(Outcome::Passed);
        }
        let key = verification_key(&app.config, site, cart, event, &mailbox_hash);
        let (host, data) = match app.ports.challenger().verify(&Solved { token, address, key }).await {
            Verdict::Passed { host, action, data } if action == ACTION => (host, data),
            Verdict::Passed { .. } => return Ok(Outcome::NotPassed("it is the token of another widget")),
            Verdict::Refused => return Ok(Outcome::NotPassed("the token is not good, too old, or was used before")),
            Verdict::Unavailable => {
                note_trouble(app).await;
                return Ok(Outcome::NotPassed("it could not be verified"));
            }
        };
        // The hosts of a site may have a port; the provider names none.
        if !settings.hosts.iter().any(|known| without_port(known).eq_ignore_ascii_case(&host)) {
            return Ok(Outcome::NotPassed("it was solved on a page of another site"));
        }
        if !app.config.keys.verify(Purpose::Challenge, &self.bound_to(), &data) {
            return Ok(Outcome::NotPassed("it was solved by another visitor"));
        }
        let mailbox_hash = &mailbox_hash;
        let solved = PassChallenge { site, cart, mailbox_hash, session, of_visitor, most };
        let waiting = AskGateAgain { site, cart, now: app.now() };
        let (passed, _) = app.store().rows_of((&solved, &waiting)).await?;
        Ok(match passed.as_slice() {
            [] => Outcome::NotPassed("the cart has another address by now"),
            _ => Outcome::Passed,
        })
    }

    /// What the page's data is a signature of.
    fn bound_to(&self) -> String {
        let visitor: &VisitorId = &self.cart.visitor;
        format!("{} {visitor} {}", self.site.id, self.nonce)
    }
}

/// A host without its port.
fn without_port(host: &str) -> &str {
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// Whether first contacts beyond the shares are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No keys are configured.
    Off,
    /// They are.
    On,
    /// They are, but in the last minutes the provider could not be asked, or not with these keys.
    Failing,
}

impl State {
    /// The word for a monitor.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Failing => "failing",
        }
    }
}

/// Whether first contacts beyond the shares are asked in this deployment.
pub async fn state<P: Ports>(app: &App<P>) -> State {
    match app.config.challenge {
        None => State::Off,
        Some(_) if has_trouble(app).await => State::Failing,
        Some(_) => State::On,
    }
}

async fn has_trouble<P: Ports>(app: &App<P>) -> bool {
    app.ports.cache().get(TROUBLE_NOTE).await.is_some()
}

async fn note_trouble<P: Ports>(app: &App<P>) {
    if !has_trouble(app).await {
        app.ports.cache().put(TROUBLE_NOTE, &app.now().rfc3339(), NOTED_SECONDS).await;
    }
}

/// The key of a verification, a UUID of version 8 (RFC 9562): of the event and of the mailbox that it would prove.
fn verification_key(config: &Config, site: &SiteId, cart: &CartId, event: &str, mailbox: &MailboxHash) -> String {
    let named = format!("{site} {cart} {event} {}", mailbox.as_str());
    let bytes = config.keys.derived(Purpose::Challenge, &named);
    let [high, low] = [0, 1].map(|half: usize| {
        let from = half.saturating_mul(8);
        let eight = bytes.get(from..from.saturating_add(8)).and_then(|eight| <[u8; 8]>::try_from(eight).ok());
        u64::from_be_bytes(eight.unwrap_or_default())
    });
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x8000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
