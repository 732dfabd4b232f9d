//! Events of the mail provider: delivered, bounced, complained; late, repeated or forged.

use cartwake_edge::base::{
    http::{Body, Method, Request},
    mail::Message,
};
use cartwake_shared::{
    identifier::{ReminderId, SiteId, StepId},
    token,
};

use crate::{
    calls::reminder_of,
    chance::{Chance, number_of},
    deployment::Deployment,
    ledger::{Ledger, Stopped, domain_cart, mailbox_of},
    operation::{MERCHANTS, SITES, merchant_of, site_of},
};

/// The secret by which the provider proves its events.
pub const SECRET: &str = "a-secret-that-only-the-mail-provider-knows";

const SECOND: i64 = 1_000;
const HOUR: i64 = 60 * 60 * SECOND;

/// An event of the provider about one mail.
#[derive(Clone, Debug)]
pub struct ProviderEvent {
    /// The reminder it is about.
    pub reminder: ReminderId,
    /// Index of its site.
    pub site: u8,
    /// The folded address the mail went to.
    pub mailbox: String,
    /// The provider's word for what happened.
    pub word: &'static str,
    /// Whether a stranger forged it.
    pub is_forged: bool,
    /// Tells repetitions apart.
    pub nth: u8,
}

/// Schedules the events about a mail that the provider has just accepted.
pub fn schedule(deployment: &Deployment, message: &Message) {
    let Some(reminder) = reminder_of(message, &deployment.base.config) else { return };
    let Some(site) = (0_u8..).zip(SITES).find(|(_, name)| *name == reminder.site.as_str()) else { return };
    let mut chance = Chance::about(deployment.story.seed ^ number_of(&reminder.idempotency_key()), 5 << 50);
    let (bounced, complained) = deployment.returns.get();
    let is_of_shopper = deployment.ledger.borrow().cart_of(&reminder.cart.to_string()).is_some();
    let words: &[&str] = match chance.below(1_000) {
        // What strangers had mailed: to nobody, to themselves, or to people who do nothing about it.
        luck if !is_of_shopper && message.to.starts_with("dead") && luck < 900 => &["hard_bounce"],
        luck if !is_of_shopper && message.to.starts_with("mallory") && luck < 800 => &["delivered", "spam"],
        _ if !is_of_shopper => &[],
        luck if luck < bounced => &["hard_bounce"],
        luck if luck < bounced + complained => &["delivered", "spam"],
        // Most mails have no event: it would show nothing that other mails of the world do not show.
        luck if luck < 700 => &[],
        _ => &["delivered"],
    };
    let mut at = deployment.now.get();
    for word in words {
        at += chance.one_of(&[50, SECOND, 60 * SECOND, HOUR, 30 * HOUR]);
        let event = ProviderEvent {
            reminder: reminder.clone(),
            site: site.0,
            mailbox: mailbox_of(&message.to),
            word,
            is_forged: false,
            nth: 0,
        };
        deployment.provider_events.borrow_mut().push((at, event.clone()));
        if chance.happens(150) {
            let again = at + chance.one_of(&[SECOND, HOUR]);
            deployment.provider_events.borrow_mut().push((again, ProviderEvent { nth: 1, ..event }));
        }
    }
}

/// An event that a stranger forges about the first mail of a cart.
pub fn forged(visitor: u8, cart: u32) -> Option<ProviderEvent> {
    let site = site_of(visitor);
    let reminder = ReminderId {
        site: SiteId::parse(SITES[usize::from(site)]).ok()?,
        cart: domain_cart(visitor, cart)?,
        cycle: 1,
        step: StepId::parse("s1").ok()?,
    };
    Some(ProviderEvent { reminder, site, mailbox: String::new(), word: "delivered", is_forged: true, nth: 0 })
}

impl ProviderEvent {
    /// The stops that follow: a bounce stops every merchant, a complaint only the merchant of the mail.
    pub fn stops(&self, now: i64) -> Vec<Stopped> {
        let merchants: Vec<u8> = match self.word {
            "hard_bounce" => (0_u8..).take(MERCHANTS.len()).collect(),
            "spam" => vec![merchant_of(self.site)],
            _ => Vec::new(),
        };
        let stop = |merchant| Stopped { mailbox: self.mailbox.clone(), merchant, tried: now, acked: None };
        merchants.into_iter().map(stop).collect()
    }

    /// Tells it from all others.
    pub fn salt(&self) -> u64 {
        number_of(&format!("{} {} {}", self.reminder.idempotency_key(), self.word, self.nth))
    }

    /// Its kind, for the counts of the survey.
    pub const fn kind(&self) -> &'static str {
        match self.word.as_bytes() {
            _ if self.is_forged => "provider event: forged",
            b"hard_bounce" => "provider event: bounced",
            b"spam" => "provider event: complained",
            _ => "provider event: delivered",
        }
    }

    /// The request that carries it.
    pub fn request(&self, deployment: &Deployment) -> Request {
        let reference = token::reference(&deployment.base.config.keys, &self.reminder);
        let body = serde_json::json!({ "event": self.word, "message-id": "<mail>", "tags": [reference] }).to_string();
        let is_proof_asked = !deployment.plant.is_some_and(|plant| plant.forged_events_pass);
        let secret = if self.is_forged && is_proof_asked { "a guess" } else { SECRET };
        Request {
            method: Method::Post,
            path: "/v1/provider-events/brevo".to_owned(),
            content_type: Some("application/json".to_owned()),
            authorization: Some(format!("Bearer {secret}")),
            body: Body::Bytes(body.into_bytes()),
            ..deployment.base.request()
        }
    }
}

impl Ledger {
    /// Notes that an event was acknowledged; by the third complaint about a site its breaker must have tripped.
    pub(crate) fn provider_event_acknowledged(&mut self, event: &ProviderEvent, now: i64) -> Option<String> {
        if event.is_forged {
            return Some("was told by somebody who does not know the provider's secret, and was believed".to_owned());
        }
        let key = event.reminder.idempotency_key();
        let audience = self.grants.get(&key).map_or(0, |trust| trust.audience().code());
        let counted = (event.site, audience);
        if event.word == "spam" {
            self.complaints.entry(counted).or_default().insert(key.clone());
        }
        self.confirmed.insert(key);
        let complaints = self.complaints.get(&counted).map_or(0, std::collections::BTreeSet::len);
        let is_open = !self.breakers.contains_key(&counted);
        (complaints >= 3 && is_open && !self.jumped).then(|| {
            format!("is the third complaint about its site, and no breaker tripped until {}", Self::clock(now))
        })
    }
}
