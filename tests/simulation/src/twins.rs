//! Compares the same world with and without strangers.
//!
//! Everybody else does the same at the same time in both: strangers draw from a chance of their own, the luck of a request
//! hangs on what it is, that of a mail's way on the mail and how often it was handed over, that of a run on its minute
//! (`platform.rs`, `provider.rs`). So what differs comes of the strangers.
//!
//! **Proven visitors** get the same mails in both worlds, the same text to the same spelling of their address, at most ten
//! minutes earlier or later; and every shopper's cart is closed by the same order, unless nothing
//! proves it and strangers typed an address of its browser (of equals a contact keeps the newest twenty carts), or a mail to
//! that browser differed as below. Proven is whose cart the gate judged with a proof
//! from 3 on in the world without strangers: the shop signed the address (verified), or the visitor came back by a link mailed
//! to it (returned) or bought under it by the server's word (buyer).
//!
//! **Known addresses** at a visitor whom nothing proves (a grant from 3 on, without that proof) get the same mails in the same
//! time as well, unless strangers typed the same address at a site of the merchant: nobody can tell one from the other, and
//! what strangers had mailed counts in the caps and the spacing of that mailbox.
//!
//! **First contacts** get the same mails too, unless *the shares say otherwise*, which is one of these and nothing else:
//! - the reminder waited for a share, and strangers said an address from the shopper's own network (the network's share);
//! - the reminder waited for a share, and its site had mailed nearly all of its first contacts within a day (the site's share);
//! - the breaker of the site's first contacts tripped in the world with strangers, and the gate named the breaker; such a
//!   reminder never ends as stale, unless two steps were held so long and the other one left first;
//! - strangers typed the same address at a site of the merchant: caps, spacing and supersession among equals.
//!
//! **All** may differ by a page's order that a stranger posted with the shopper's address, customer id or token: in a shop that
//! is known by its pages alone it stops the mails of five persons a day for a network. In a shop whose server told an order in
//! the 30 days before it only holds those of first contacts, for a day; of two steps held so long one may be too near to the other.
//!
//! **No difference is** what follows from troubles that met only one of both worlds: more reminders make more runs, and each
//! has its own weather. A mail is left out whose reminder a run had claimed as something went wrong around it, or that is
//! late since runs failed in between; so are further mails to a mailbox that had one mail less, more or otherwise, since caps
//! and spacing count on from there.

use std::collections::{BTreeMap, BTreeSet};

use cartwake_shared::trust::{Audience, Trust};

use crate::{
    ledger::{Breach, DAY, HOUR, Ledger, Mail, Promise, TOLERANCE, mailbox},
    operation::{SITES, merchant_of, site_of},
    promises::is_proven,
    stranger::{Network, Posted},
};

/// How much earlier or later a mail may be for what strangers do.
const LATE: i64 = 10 * 60_000;
/// Of the fifty first contacts of a site so many are nearly all: some may have passed the gate and not reached the provider.
const NEARLY_ALL: usize = 40;

/// The least proof that stands for more than a place in the shares.
const PROVEN: i64 = Trust::Returned.code();

/// What the database has of a reminder at the end.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// What proved the address when it was judged last, a code of trust.
    pub proof: i64,
    /// Whether it ever waited for a share.
    pub waited: bool,
    /// Why it ended.
    pub reason: String,
}

/// What became of the shoppers' mails in one of the worlds.
#[derive(Debug, Default)]
pub struct Course {
    /// Every reminder by its key.
    pub kept: BTreeMap<String, Kept>,
    /// Shoppers' carts that are closed, by site, and by which order.
    pub orders: BTreeMap<(String, (u8, u32)), Option<String>>,
    mails: BTreeMap<String, Mail>,
    reasons: BTreeMap<String, BTreeSet<&'static str>>,
    troubles: Vec<i64>,
    troubled: BTreeSet<String>,
    posts: Vec<Posted>,
    /// By site: when it mailed first contacts.
    newcomers: Vec<Vec<i64>>,
    /// When each site's server told an order.
    told: Vec<(u8, i64)>,
    /// Sites at which the breaker of first contacts tripped.
    broken: BTreeSet<u8>,
    /// The visitor and the cart's number by the key of a reminder.
    carts: BTreeMap<String, (u8, u32)>,
    /// Folded addresses by browser: typed there, or behind the link that led to its cart.
    addresses: BTreeMap<u8, BTreeSet<String>>,
    jumped: bool,
}

impl Course {
    /// Whether strangers typed an address that this cart's browser gave, so that the cart and theirs are equals.
    fn is_typed(&self, site: &str, (visitor, _): (u8, u32)) -> bool {
        let of_site = |posted: &&Posted| SITES[usize::from(posted.act.site)] == site;
        let own = self.addresses.get(&visitor);
        let mut said = self.posts.iter().filter(of_site).filter_map(Posted::says);
        said.any(|said| own.is_some_and(|own| own.contains(&said)))
    }

    /// What a ledger says of it.
    pub fn of(ledger: &Ledger) -> Self {
        let mut carts = BTreeMap::new();
        let mut addresses: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
        for sent in ledger.carts.values().flatten() {
            let given = [sent.event.address, sent.event.via].into_iter().flatten().map(mailbox);
            addresses.entry(sent.event.visitor).or_default().extend(given);
        }
        let mails = ledger.mails.iter().filter_map(|mail| {
            let key = mail.reminder.idempotency_key();
            carts.insert(key.clone(), ledger.cart_of(&mail.reminder.cart.to_string())?);
            Some((key, mail.clone()))
        });
        Self {
            mails: mails.collect(),
            carts,
            reasons: ledger.reasons.clone(),
            troubles: ledger.troubles.clone(),
            troubled: ledger.troubled.clone(),
            posts: ledger.posts.clone(),
            newcomers: (0..3).map(|site| ledger.newcomers(site)).collect(),
            told: ledger
                .reports
                .iter()
                .filter(|report| !report.is_of_page)
                .filter_map(|report| Some((report.order.site, report.acked?)))
                .collect(),
            kept: BTreeMap::new(),
            addresses,
            orders: BTreeMap::new(),
            broken: ledger
                .breakers
                .keys()
                .filter(|(_, audience)| *audience == Audience::FirstContacts.code())
                .map(|(site, _)| *site)
                .collect(),
            jumped: ledger.jumped,
        }
    }
}

/// What strangers changed that they must not change, if anything.
pub fn difference(with: &Course, without: &Course) -> Option<Breach> {
    if with.jumped || without.jumped {
        return None;
    }
    let keys: BTreeSet<&String> = with.mails.keys().chain(without.mails.keys()).collect();
    let first = |key: &&String| {
        [with, without].into_iter().filter_map(|course| course.mails.get(*key)).map(|mail| mail.at).min()
    };
    let mut in_time: Vec<(i64, &String)> = keys.iter().filter_map(|key| Some((first(key)?, *key))).collect();
    in_time.sort_unstable();
    let differing: Vec<Differing<'_>> =
        in_time.into_iter().filter_map(|(at, key)| Differing::of(at, key, with, without)).collect();
    // Mailboxes that had another mail in one of the worlds by right, by merchant, and since when.
    let mut touched: BTreeMap<(u8, &str), i64> = BTreeMap::new();
    for pair in differing.iter().filter(|pair| pair.is_excused) {
        for mailbox in &pair.mailboxes {
            touched.entry(*mailbox).or_insert(pair.at);
        }
    }
    let follows = |pair: &Differing<'_>| {
        pair.mailboxes.iter().any(|mailbox| touched.get(mailbox).is_some_and(|since| *since <= pair.at + LATE))
    };
    if let Some(pair) = differing.iter().find(|pair| !pair.is_excused && !follows(pair)) {
        return Some(Breach { promise: Promise::Swayed, what: format!("{} {}", pair.key, pair.what) });
    }
    let touched = touched.into_keys().collect();
    other_order(with, without, &touched)
}

/// A shopper's cart that another order closed for strangers, or none, if there is one.
fn other_order(with: &Course, without: &Course, touched: &BTreeSet<(u8, &str)>) -> Option<Breach> {
    let carts: BTreeSet<&(String, (u8, u32))> = with.orders.keys().chain(without.orders.keys()).collect();
    carts.into_iter().find_map(|key| {
        let (site, cart) = key;
        let keys = |course: &Course| -> Vec<String> {
            course.carts.iter().filter(|(_, of)| *of == cart).map(|(key, _)| key.clone()).collect()
        };
        let is_troubled = |course: &Course| keys(course).iter().any(|key| course.troubled.contains(key));
        let is_proven = keys(without).iter().any(|key| without.kept.get(key).is_some_and(|kept| kept.proof >= PROVEN));
        // Whose mail went another way did not come back by it either.
        let is_touched = with.addresses.get(&cart.0).is_some_and(|own| {
            touched
                .iter()
                .any(|(merchant, mailbox)| *merchant == merchant_of(site_of(cart.0)) && own.contains(*mailbox))
        });
        if !is_proven && (is_touched || with.is_typed(site, *cart)) {
            return None;
        }
        let (told, number) = (with.orders.get(key), without.orders.get(key));
        (told != number && !is_troubled(with) && !is_troubled(without)).then(|| Breach {
            promise: Promise::Swayed,
            what: format!(
                "the cart {cart:?} of {site} was closed by {number:?} without strangers, by {told:?} with them"
            ),
        })
    })
}

/// A mail that differs.
struct Differing<'a> {
    at: i64,
    key: &'a str,
    what: String,
    mailboxes: Vec<(u8, &'a str)>,
    is_excused: bool,
}

impl<'a> Differing<'a> {
    fn of(at: i64, key: &'a str, with: &'a Course, without: &'a Course) -> Option<Self> {
        let pair = Pair { key, with: with.mails.get(key), without: without.mails.get(key) };
        let kept = with.kept.get(key).cloned().unwrap_or_default();
        let reasons = with.reasons.get(key);
        let what = format!("{}; with them it is kept as {kept:?}, after {reasons:?}", pair.differs()?);
        let mails = [pair.with, pair.without].into_iter().flatten();
        let mailboxes = mails.map(|mail| (merchant_of(mail.site), mail.mailbox.as_str())).collect();
        let is_excused = pair.is_of_weather(with, without)
            || pair.is_of_page_order(with, without)
            || pair.is_of_shares(with, without);
        Some(Self { at, key, what, mailboxes, is_excused })
    }
}

/// A mail in both worlds.
struct Pair<'a> {
    key: &'a str,
    with: Option<&'a Mail>,
    without: Option<&'a Mail>,
}

impl Pair<'_> {
    fn differs(&self) -> Option<String> {
        let clock = Ledger::clock;
        match (self.with, self.without) {
            (None, Some(mail)) => {
                Some(format!("({:?}) left at {} without strangers, and never with them", mail.trust, clock(mail.at)))
            }
            (Some(mail), None) => {
                Some(format!("({:?}) left at {} with strangers, and never without them", mail.trust, clock(mail.at)))
            }
            (Some(with), Some(without)) if with.to != without.to => {
                Some(format!("went to {} for strangers instead of {}", with.to, without.to))
            }
            (Some(with), Some(without)) if (with.at - without.at).abs() > LATE => Some(format!(
                "({:?}) left at {} with strangers, at {} without",
                without.trust,
                clock(with.at),
                clock(without.at)
            )),
            (Some(with), Some(without)) if with.text != without.text => {
                Some("has another text for strangers".to_owned())
            }
            _ => None,
        }
    }

    fn mail(&self) -> Option<&Mail> {
        self.without.or(self.with)
    }

    /// When it left first, and when last.
    fn span(&self) -> Option<(i64, i64)> {
        let times = || [self.with, self.without].into_iter().flatten().map(|mail| mail.at);
        Some((times().min()?, times().max()?))
    }

    fn is_of_weather(&self, with: &Course, without: &Course) -> bool {
        let is_of_claim = with.troubled.contains(self.key) || without.troubled.contains(self.key);
        let both = self.with.is_some() && self.without.is_some();
        let between = self.span().is_some_and(|(first, last)| {
            let meanwhile = first - TOLERANCE..=last;
            with.troubles.iter().chain(&without.troubles).any(|at| meanwhile.contains(at))
        });
        is_of_claim || (both && between)
    }

    fn is_of_page_order(&self, with: &Course, without: &Course) -> bool {
        let Some(mail) = self.mail() else { return false };
        let cart = with.carts.get(self.key).or_else(|| without.carts.get(self.key));
        with.posts.iter().any(|posted| {
            let Some(post) = posted.post().filter(|post| post.order.is_some()) else { return false };
            let is_named = posted.says().as_ref() == Some(&mail.mailbox)
                || cart.is_some_and(|(visitor, _)| post.customer == Some(*visitor))
                || post.token.is_some_and(|token| Some(&token) == cart);
            // Where the server tells orders, a page's holds those of first contacts for a day, and stops nobody's.
            let is_recent =
                |(site, at): &(u8, i64)| *site == mail.site && *at + TOLERANCE < posted.at && posted.at - at < 29 * DAY;
            let is_held = with.reasons.get(self.key).is_some_and(|reasons| reasons.contains("order_claimed"));
            let is_bound = !with.told.iter().any(is_recent) || (is_held && !mail.trust.is_some_and(is_proven));
            posted.act.site == mail.site && is_named && is_bound
        })
    }

    fn is_of_shares(&self, with: &Course, without: &Course) -> bool {
        let Some(mail) = self.mail() else { return false };
        if without.kept.get(self.key).is_some_and(|kept| kept.proof >= PROVEN) {
            return false;
        }
        let said = || with.posts.iter().filter(|posted| posted.says().is_some());
        let of_mailbox = said().any(|posted| {
            merchant_of(posted.act.site) == merchant_of(mail.site) && posted.says().as_ref() == Some(&mail.mailbox)
        });
        if of_mailbox || mail.trust.is_some_and(is_proven) {
            return of_mailbox;
        }
        let given = |reason: &str| with.reasons.get(self.key).is_some_and(|reasons| reasons.contains(reason));
        let kept = with.kept.get(self.key).cloned().unwrap_or_default();
        if kept.reason == "stale" && !(given("breaker") && given("spacing")) {
            return false;
        }
        let visitor = with.carts.get(self.key).or_else(|| without.carts.get(self.key)).map(|(visitor, _)| *visitor);
        let is_beside = |posted: &Posted| match posted.act.network {
            Network::Of(of) => {
                visitor.is_some_and(|visitor| Network::Of(of).address() == Network::Of(visitor).address())
            }
            Network::Own(_) => false,
        };
        let of_network = kept.waited && said().any(is_beside);
        let of_site = kept.waited
            && with.newcomers.get(usize::from(mail.site)).is_some_and(|mails| {
                mails.iter().any(|at| {
                    mails.iter().filter(|other| (*at - DAY - HOUR..=*at).contains(*other)).count() >= NEARLY_ALL
                })
            });
        let of_breaker = given("breaker") && with.broken.contains(&mail.site);
        of_network || of_site || of_breaker
    }
}
