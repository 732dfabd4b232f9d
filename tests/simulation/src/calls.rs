//! Calls of the mail provider: the ledger notes each and holds it against what was promised.

use cartwake_edge::base::{config::Config, mail::Message};
use cartwake_shared::{
    identifier::ReminderId,
    token::{self, LinkPurpose},
};

use crate::{
    chance::number_of,
    ledger::{Ledger, Mail, Promise, mailbox, mailbox_of},
    operation::SITES,
    provider::Reception,
};

/// A call is given up after this long (edge/src/sending/providers/resend.rs).
const LONGEST_CALL: i64 = 10_000;

impl Ledger {
    /// A call of the provider begins.
    pub fn called(&mut self, message: &Message, now: i64, config: &Config, clocks_agree: bool) {
        let Some(reminder) = reminder_of(message, config) else {
            return self.fault("a mail without a link of ours".to_owned());
        };
        let begun = self.calling.insert(reminder.idempotency_key(), now);
        // Where clocks agree, a lease outlasts the longest call; nobody else may have the reminder meanwhile.
        if clocks_agree && !self.jumped && begun.is_some_and(|begun| now - begun < LONGEST_CALL) {
            self.breach(Promise::Doubled, format!("{} is sent by two runs at once", reminder.idempotency_key()));
        }
        if self.is_raced(&reminder, now) {
            self.see("raced: bought between the gate and the provider");
        }
        if let Some(what) = self.stop_against(&reminder, message, now) {
            self.breach(Promise::AfterStop, format!("{} was sent although {what}", reminder.idempotency_key()));
        }
    }

    /// A call of the provider has ended, whatever came of it.
    pub fn call_ended(&mut self, message: &Message, config: &Config) {
        if let Some(reminder) = reminder_of(message, config) {
            self.calling.remove(&reminder.idempotency_key());
        }
    }

    /// The provider has taken a request.
    pub fn received(&mut self, message: &Message, reception: &Reception, now: i64, config: &Config) {
        let Some(reminder) = reminder_of(message, config) else { return };
        let key = reminder.idempotency_key();
        match reception {
            Reception::OtherText => self.breach(Promise::Doubled, format!("{key}: another text under the same key")),
            Reception::Known(_) => {}
            Reception::New(_) => {
                if self.mails.iter().any(|mail| mail.reminder == reminder) {
                    return self.breach(Promise::Doubled, format!("{key} was mailed twice"));
                }
                let Some(site) = SITES.iter().position(|name| *name == reminder.site.as_str()) else { return };
                let site = u8::try_from(site).unwrap_or(0);
                let passed = self.passes.get(&key).and_then(|times| times.first().copied()).unwrap_or(now);
                let trust = self.grants.get(&key).copied();
                let text = number_of(&message.text);
                let to = message.to.clone();
                let mail = Mail { reminder, site, mailbox: mailbox_of(&message.to), passed, at: now, to, text, trust };
                if let Some(what) = self.cap_against(&mail) {
                    self.breach(Promise::Capped, format!("{key}: {what}"));
                }
                self.mails.push(mail);
            }
        }
    }

    /// The newest mail to an address, at any site or only at one, about a cart of a shopper: nobody follows the links of mails
    /// about a stranger's.
    pub fn newest_mail(&self, address: u8, site: Option<u8>) -> Option<&Mail> {
        let mailbox = mailbox(address);
        let is_own = |mail: &Mail| self.cart_of(&mail.reminder.cart.to_string()).is_some();
        let of_site = |mail: &Mail| site.is_none_or(|site| site == mail.site);
        self.mails.iter().rev().find(|mail| mail.mailbox == mailbox && of_site(mail) && is_own(mail))
    }
}

/// The reminder a mail is, by the link in it and not by its key.
pub fn reminder_of(message: &Message, config: &Config) -> Option<ReminderId> {
    let (_, link) = message.text.split_once("/r/")?;
    let token = link.split(|letter: char| letter.is_whitespace()).next()?;
    token::read_link_token(&config.keys, LinkPurpose::Restore, token)
}
