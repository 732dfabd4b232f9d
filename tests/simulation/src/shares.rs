//! What strangers may have mailed: the shares of security.md, counted from what they said and what left.
//!
//! A mailbox is put down to a network (or a visitor) only where nobody else ever said it at that site, and to a day only where
//! all of its sayings fall into it, so that whatever is counted here was surely mailed in that share and in that day.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ledger::{DAY, HOUR, Ledger, Mail, TOLERANCE, mailbox},
    operation::site_of,
    promises::is_proven,
    stranger::{Deed, Guise, Mailbox, Network, Posted},
};

/// Places of a network at one site in a day.
const OF_SITE: usize = 5;
/// Over all sites.
const OF_ALL: usize = 25;
/// More at a site for each visitor there for whom the shop or the Worker vouches, and the most at a site.
const FOR_EACH: usize = 5;
const AT_MOST: usize = 50;
/// Addresses of one visitor.
const OF_VISITOR: usize = 2;
/// The share of a site, and what each order of its server adds to it.
const SITE: usize = 50;
const FOR_EACH_ORDER: usize = 5;

/// More first contacts than the shares say, if any were mailed.
pub fn excess(ledger: &Ledger) -> Option<String> {
    if ledger.jumped || ledger.posts.is_empty() {
        return None;
    }
    let sayings = sayings(ledger);
    // What is made up was never signed, never followed a link and never bought.
    let made_up = |mail: &&Mail| ["nobody", "dead"].iter().any(|name| mail.mailbox.starts_with(name));
    if let Some(mail) = ledger.mails.iter().filter(made_up).find(|mail| mail.trust.is_some_and(is_proven)) {
        return Some(format!("{} was mailed as {:?}, and strangers made it up", mail.mailbox, mail.trust));
    }
    of_networks(ledger, &sayings).or_else(|| of_visitors(&sayings)).or_else(|| of_sites(ledger))
}

/// A mailbox of strangers that a site mailed as a first contact, with what was said of it there.
struct Mailed<'a> {
    site: u8,
    said: Vec<&'a Posted>,
}

impl Mailed<'_> {
    /// The one thing that all that was said of it has in common, if it has.
    fn only<T: PartialEq>(&self, of: impl Fn(&Posted) -> T) -> Option<T> {
        let first = of(self.said.first()?);
        self.said.iter().all(|posted| of(posted) == first).then_some(first)
    }
}

fn sayings(ledger: &Ledger) -> Vec<Mailed<'_>> {
    let mut known: BTreeSet<(u8, &str)> = BTreeSet::new();
    let mailed = ledger.mails.iter().filter(|mail| Ledger::is_first_contact(mail) && !ledger.is_released(mail));
    mailed
        .filter(|mail| known.insert((mail.site, mail.mailbox.as_str())))
        .map(|mail| Mailed {
            site: mail.site,
            said: ledger
                .posts
                .iter()
                .filter(|posted| posted.act.site == mail.site && posted.at <= mail.passed + TOLERANCE)
                .filter(|posted| posted.names().any(|folded| folded == mail.mailbox))
                .collect(),
        })
        .filter(|mailed| {
            let is_theirs = |posted: &&Posted| {
                let address = posted.post().and_then(|post| post.address);
                !matches!(address, Some(Mailbox::Of(_) | Mailbox::Tagged(_)))
            };
            !mailed.said.is_empty() && mailed.said.iter().all(is_theirs)
        })
        .collect()
}

/// The most of these that were surely said within one day.
fn most_in_a_day(of: &[&Mailed<'_>]) -> usize {
    let span = |mailed: &&Mailed<'_>| {
        let times = || mailed.said.iter().map(|posted| posted.at);
        (times().min().unwrap_or_default(), times().max().unwrap_or_default())
    };
    let spans: Vec<(i64, i64)> = of.iter().map(span).collect();
    let within = |begin: i64| {
        spans.iter().filter(|(first, last)| *first >= begin && *last < begin + DAY - 2 * TOLERANCE).count()
    };
    spans.iter().map(|(first, _)| within(*first)).max().unwrap_or(0)
}

fn of_networks(ledger: &Ledger, sayings: &[Mailed<'_>]) -> Option<String> {
    let mut by_network: BTreeMap<Network, Vec<&Mailed<'_>>> = BTreeMap::new();
    for mailed in sayings {
        if let Some(network) = mailed.only(|posted| posted.act.network) {
            by_network.entry(network).or_default().push(mailed);
        }
    }
    for (network, of_network) in by_network {
        let mut vouched_most = 0;
        for site in 0..3 {
            let here: Vec<&Mailed<'_>> = of_network.iter().copied().filter(|mailed| mailed.site == site).collect();
            let more = FOR_EACH * vouchers(ledger, network, site);
            vouched_most = vouched_most.max(more);
            let (mails, limit) = (most_in_a_day(&here), (OF_SITE + more).min(AT_MOST));
            if mails > limit {
                return Some(format!(
                    "{mails} strangers of {network:?} were mailed by site {site} within a day, of at most {limit}"
                ));
            }
        }
        let mails = most_in_a_day(&of_network);
        if mails > OF_ALL + vouched_most {
            return Some(format!("{mails} strangers of {network:?} were mailed within a day over all sites"));
        }
    }
    None
}

/// For how many visitors in a network the shop or the Worker may vouch at a site: accounts whose signature was shown there,
/// own links that were followed, and shoppers whose network it is.
fn vouchers(ledger: &Ledger, network: Network, site: u8) -> usize {
    let here = || ledger.posts.iter().filter(|posted| posted.act.network == network && posted.act.site == site);
    let accounts: BTreeSet<u16> = here().filter_map(|posted| posted.post()?.account).collect();
    let followed = here().filter_map(|posted| match posted.act.deed {
        Deed::Visit { mailbox } => Some(mailbox),
        _ => None,
    });
    let returned: BTreeSet<u16> = followed.collect();
    let shoppers = match network {
        Network::Of(visitor) => usize::from(site_of(visitor) == site),
        Network::Own(_) => 0,
    };
    // A paid order of the server's raises the share of the network of its cart.
    let typed: BTreeSet<String> = here().filter_map(Posted::says).collect();
    let told = ledger.reports.iter().filter(|report| !report.is_of_page && report.order.site == site);
    let paid =
        told.filter(|report| report.order.address.is_some_and(|address| typed.contains(&mailbox(address)))).count();
    accounts.len() + returned.len() + shoppers + paid
}

fn of_visitors(sayings: &[Mailed<'_>]) -> Option<String> {
    let mut by_visitor: BTreeMap<(u8, u16), Vec<&Mailed<'_>>> = BTreeMap::new();
    for mailed in sayings {
        let guise = |posted: &Posted| match posted.post().map(|post| post.guise) {
            Some(Guise::Own(guise)) => Some(guise),
            _ => None,
        };
        if let Some(guise) = mailed.only(guise).flatten() {
            by_visitor.entry((mailed.site, guise)).or_default().push(mailed);
        }
    }
    by_visitor.iter().find_map(|((site, guise), mailed)| {
        let mails = most_in_a_day(mailed);
        (mails > OF_VISITOR).then(|| {
            format!("{mails} strangers said by visitor {guise} were mailed by site {site} within a day, of at most {OF_VISITOR}")
        })
    })
}

fn of_sites(ledger: &Ledger) -> Option<String> {
    (0..3).find_map(|site| {
        let newcomers = ledger.newcomers(site);
        // A site that mails many each day has a larger share.
        let mut days: BTreeMap<i64, usize> = BTreeMap::new();
        for at in &newcomers {
            *days.entry(at.div_euclid(DAY)).or_default() += 1;
        }
        if days.values().filter(|mails| **mails > SITE / 3).count() > 3 {
            return None;
        }
        newcomers.iter().find_map(|at| {
            let mails = newcomers.iter().filter(|other| (*at - DAY + TOLERANCE..=*at).contains(*other)).count();
            let limit = SITE.max(FOR_EACH_ORDER * ledger.orders_told(site, *at));
            (mails > limit)
                .then(|| format!("{mails} first contacts were mailed by site {site} within a day, of at most {limit}"))
        })
    })
}

impl Posted {
    /// The folded addresses that it leads to: the one that is typed, and the one that is signed.
    fn names(&self) -> impl Iterator<Item = String> {
        let signed = self.post().and_then(|post| post.account).map(|account| Mailbox::Own(account).folded());
        self.says().into_iter().chain(signed)
    }
}

impl Ledger {
    /// Whether a mail left in the shares: nothing proved its address.
    fn is_first_contact(mail: &Mail) -> bool {
        mail.trust.is_some_and(|trust| trust.code() <= 1)
    }

    /// Whether staff may have let it leave outside the shares.
    pub(crate) fn is_released(&self, mail: &Mail) -> bool {
        self.releases.iter().any(|(site, at)| *site == mail.site && (*at..*at + 2 * HOUR).contains(&mail.passed))
    }

    /// When a site mailed each mailbox for the first time as a first contact.
    pub(crate) fn newcomers(&self, site: u8) -> Vec<i64> {
        let mut known = BTreeSet::new();
        self.mails
            .iter()
            .filter(|mail| mail.site == site && known.insert(mail.mailbox.as_str()))
            .filter(|mail| Self::is_first_contact(mail) && !self.is_released(mail))
            .map(|mail| mail.passed)
            .collect()
    }

    /// Orders that the shop's server told in the day before a moment.
    fn orders_told(&self, site: u8, at: i64) -> usize {
        let is_recent = |told: i64| (at - DAY - HOUR..=at).contains(&told);
        let told = self
            .reports
            .iter()
            .filter(|report| !report.is_of_page && report.order.site == site && report.tried.is_some_and(is_recent));
        told.map(|report| report.order.number).collect::<BTreeSet<u32>>().len()
    }
}
