//! Judges a mail: anything acknowledged before that must have stopped it (P3), and the caps (P5).
//!
//! This is written from what people were told, not from what the database holds, and it never uses the SQL's rules.
//! Where two clocks decide, it gives them [`TOLERANCE`]; a promise is only asserted where it cannot be doubted.

use cartwake_edge::base::mail::Message;
use cartwake_shared::{identifier::ReminderId, trust::Trust};

use crate::{
    deployment::QUIET,
    ledger::{DAY, HOUR, Ledger, Mail, RACE, Report, SentEvent, TOLERANCE, mailbox, mailbox_of},
    operation::{SEQUENCES, SITES, Scope, merchant_of, site_of, zone_of},
    stranger::Post,
};

/// Whether a grant is more than a place in the shares: the breaker of first contacts does not stop its mails.
pub(crate) fn is_proven(trust: Trust) -> bool {
    trust >= Trust::Returned
}

/// Stands for a stranger's cart: no shopper has it.
const STRANGERS_CART: (u8, u32) = (u8::MAX, 0);

/// A mail that is about to be handed over.
struct Attempt<'message> {
    cart: (u8, u32),
    site: u8,
    /// By whose breaker it is stopped.
    audience: i64,
    mailbox: &'message str,
    /// When the gate let it pass.
    gate: i64,
    /// When the call begins.
    call: i64,
    is_first: bool,
}

impl Attempt<'_> {
    /// Whether something acknowledged then must have stopped this attempt: it was there before the gate was asked, or
    /// so long before the call that the gate's word was stale.
    const fn is_bound_by(&self, acked: i64) -> bool {
        acked < self.gate || acked + RACE < self.call
    }
}

impl Ledger {
    /// What must have stopped this mail, if anything.
    pub(crate) fn stop_against(&self, reminder: &ReminderId, message: &Message, call: i64) -> Option<String> {
        let passes = self.passes.get(&reminder.idempotency_key());
        let Some(gate) = passes.and_then(|passes| passes.last().copied()) else {
            return Some("the gate did not let it pass".to_owned());
        };
        let cart = self.cart_of(&reminder.cart.to_string()).unwrap_or(STRANGERS_CART);
        let audience = self.grants.get(&reminder.idempotency_key()).map_or(0, |trust| i64::from(is_proven(*trust)));
        let site = u8::try_from(SITES.iter().position(|name| *name == reminder.site.as_str())?).ok()?;
        let mailbox = mailbox_of(&message.to);
        let is_first = passes.is_none_or(|passes| passes.len() == 1);
        let attempt = Attempt { cart, site, audience, mailbox: &mailbox, gate, call, is_first };
        self.order_against(&attempt)
            .or_else(|| self.refusal_against(&attempt))
            .or_else(|| self.address_against(&attempt))
            .or_else(|| self.pause_against(&attempt))
            .or_else(|| self.breaker_against(&attempt))
            .or_else(|| self.night_against(&attempt))
    }

    /// Whether an order of this cart was acknowledged after the gate was asked and before the call: the mail leaves all
    /// the same, since nothing can stand between the two.
    pub(crate) fn is_raced(&self, reminder: &ReminderId, call: i64) -> bool {
        let passes = self.passes.get(&reminder.idempotency_key());
        let Some(gate) = passes.and_then(|passes| passes.last().copied()) else { return false };
        let cart = self.cart_of(&reminder.cart.to_string());
        self.reports
            .iter()
            .any(|report| report.order.cart == cart && report.acked.is_some_and(|acked| acked >= gate && acked <= call))
    }

    fn order_against(&self, attempt: &Attempt<'_>) -> Option<String> {
        let of_site = self.reports.iter().filter(|report| report.order.site == attempt.site);
        for report in of_site {
            let number = report.order.number;
            let same =
                || self.reports.iter().filter(|other| other.order.site == attempt.site && other.order.number == number);
            let was_unpaid = same().any(|other| other.order.status == "failed" && other.tried.is_some());
            let Some(acked) = report.acked.filter(|acked| attempt.is_bound_by(*acked)) else { continue };
            if report.order.status == "failed" || was_unpaid {
                continue;
            }
            let begun_before =
                self.is_begun_before(attempt.cart, same().filter_map(|other| other.tried).min().unwrap_or(acked));
            if self.is_named(report, attempt, begun_before) {
                return Some(format!(
                    "order {number} ({}) was acknowledged at {}",
                    report.order.status,
                    Self::clock(acked)
                ));
            }
            let first = same().filter_map(|other| other.tried).min().unwrap_or(acked);
            let silent = !self.jumped
                && report.order.address.is_some_and(|address| mailbox(address) == attempt.mailbox)
                && report.order.status != "pending"
                && attempt.is_first
                && attempt.gate < first + DAY - TOLERANCE
                // An erasure takes the purchases of a mailbox with it.
                && !self.erasures.iter().any(|(merchant, mailbox, at)| {
                    *merchant == merchant_of(attempt.site) && *mailbox == attempt.mailbox && *at + TOLERANCE >= first
                });
            if silent {
                return Some(format!("order {number} of the same address was placed within a day"));
            }
        }
        None
    }

    fn is_named(&self, report: &Report, attempt: &Attempt<'_>, begun_before: bool) -> bool {
        let order = &report.order;
        let knew = |test: &dyn Fn(&SentEvent) -> bool| {
            let events = self.carts.get(&attempt.cart);
            events.is_some_and(|events| {
                events.iter().any(|sent| sent.acked.is_some_and(|acked| acked < attempt.gate) && test(sent))
            })
        };
        order.cart == Some(attempt.cart)
            || (order.token == Some(attempt.cart) && knew(&|sent| sent.event.token && sent.event.items.is_some()))
            || (begun_before && order.customer == Some(attempt.cart.0) && knew(&|sent| sent.event.customer))
            || (begun_before && order.address.is_some_and(|address| mailbox(address) == attempt.mailbox))
            || (begun_before && self.is_held_by(report, attempt) && self.is_buyers_other_cart(report, attempt))
    }

    /// Whether an order stops mails about other carts of its buyer: a page's order holds those of other browsers for a day, and
    /// none for longer than a day after it was to leave.
    fn is_held_by(&self, report: &Report, attempt: &Attempt<'_>) -> bool {
        let is_own = report.order.cart.is_some_and(|cart| cart.0 == attempt.cart.0);
        let events = self.carts.get(&attempt.cart);
        let left = events.and_then(|events| events.iter().map(|sent| sent.at).max());
        let is_over = |at: i64| attempt.gate >= at + DAY - TOLERANCE;
        let is_day_over = report.tried.is_none_or(is_over) || left.is_none_or(is_over);
        !report.is_of_page || is_own || !is_day_over
    }

    /// The order names another cart, and that cart's only address is the one this mail goes to.
    fn is_buyers_other_cart(&self, report: &Report, attempt: &Attempt<'_>) -> bool {
        let Some(bought) = report.order.cart else { return false };
        let other_order = self
            .reports
            .iter()
            .any(|other| other.order.cart == Some(bought) && other.order.number != report.order.number);
        let Some(events) = self.carts.get(&bought) else { return false };
        let addresses: Vec<&SentEvent> = events.iter().filter(|sent| sent.event.address.is_some()).collect();
        // From the first report on, events of the bought cart come too late and are dropped, addresses with them.
        let too_late =
            self.reports.iter().filter(|other| other.order.cart == Some(bought)).filter_map(|other| other.tried).min();
        let known = addresses.iter().any(|sent| sent.acked.zip(too_late).is_some_and(|(acked, late)| acked < late));
        let only =
            addresses.iter().all(|sent| sent.event.address.is_some_and(|address| mailbox(address) == attempt.mailbox));
        // A refusal wipes the address of all the browser's carts; nobody knows any more whose order it is.
        let of_browser = self.carts.iter().filter(|(cart, _)| cart.0 == bought.0);
        let refused = of_browser.flat_map(|(_, events)| events).any(|sent| sent.event.untracked);
        !other_order && known && only && !refused
    }

    fn is_begun_before(&self, cart: (u8, u32), moment: i64) -> bool {
        !self.jumped && self.known_since(cart).is_some_and(|known| known + TOLERANCE < moment)
    }

    fn refusal_against(&self, attempt: &Attempt<'_>) -> Option<String> {
        let merchant = merchant_of(attempt.site);
        for stop in &self.stops {
            let holds = stop.merchant == merchant && stop.mailbox == attempt.mailbox;
            let is_new = || self.is_new_person(attempt, stop.acked.unwrap_or(i64::MAX));
            if let Some(acked) = stop.acked.filter(|acked| holds && attempt.is_bound_by(*acked) && !is_new()) {
                return Some(format!("the address was unsubscribed at {}", Self::clock(acked)));
            }
        }
        for (merchant, mailbox, at) in &self.erasures {
            let holds = *merchant == merchant_of(attempt.site) && mailbox == attempt.mailbox;
            if holds && attempt.is_bound_by(*at) && !self.is_new_person(attempt, *at) {
                return Some(format!("the address was erased at {}", Self::clock(*at)));
            }
        }
        for ((visitor, number), events) in &self.carts {
            for sent in events {
                let Some(acked) = sent.acked.filter(|acked| attempt.is_bound_by(*acked)) else { continue };
                let same_cart = attempt.cart == (*visitor, *number);
                let wiped = sent.event.untracked
                    && attempt.cart.0 == *visitor
                    && (same_cart
                        || (attempt.cart.1 < *number
                            && self.is_begun_before(attempt.cart, sent.tried.unwrap_or(acked))));
                if wiped {
                    return Some(format!("tracking was refused at {}", Self::clock(acked)));
                }
                if sent.event.wish == Some(false) && same_cart && !self.is_permitted_again(sent, attempt) {
                    return Some(format!("mail was refused at {}", Self::clock(acked)));
                }
            }
        }
        None
    }

    /// Whether the person was erased then or later, and has come back since with a fresh wish in a new cart.
    fn is_new_person(&self, attempt: &Attempt<'_>, then: i64) -> bool {
        let last = self.erasures.iter().filter(|(merchant, mailbox, at)| {
            *merchant == merchant_of(attempt.site) && mailbox == attempt.mailbox && (then..attempt.call).contains(at)
        });
        let Some(erased) = last.map(|(.., at)| *at).max() else { return false };
        // Nobody can tell a stranger who types the address from its owner, of whom nothing is known any more.
        let is_of_stranger = self.posts.iter().any(|posted| {
            posted.act.site == attempt.site
                && posted.at > erased - TOLERANCE
                && posted.says().as_deref() == Some(attempt.mailbox)
                && posted.post().is_some_and(|post| post.wish == Some(true))
        });
        if attempt.cart == STRANGERS_CART && is_of_stranger {
            return true;
        }
        self.carts.iter().filter(|(cart, _)| site_of(cart.0) == attempt.site).any(|(_, events)| {
            let is_of_person =
                events.iter().any(|sent| sent.event.address.is_some_and(|of| mailbox(of) == attempt.mailbox));
            is_of_person
                && events.iter().any(|sent| {
                    sent.event.wish == Some(true)
                        && sent.tried.is_some()
                        && (self.jumped || sent.at > erased - TOLERANCE)
                })
        })
    }

    /// A permission that is newer, or so near in time that clocks decide, stands against the refusal.
    fn is_permitted_again(&self, refusal: &SentEvent, attempt: &Attempt<'_>) -> bool {
        self.carts.iter().any(|(cart, events)| {
            events.iter().filter(|sent| sent.event.wish == Some(true) && sent.tried.is_some()).any(|sent| {
                if *cart == attempt.cart {
                    sent.version > refusal.version
                } else {
                    site_of(cart.0) == attempt.site
                        && sent.event.address.is_some_and(|address| mailbox(address) == attempt.mailbox)
                        && (self.jumped || sent.at > refusal.at - TOLERANCE)
                }
            })
        })
    }

    fn address_against(&self, attempt: &Attempt<'_>) -> Option<String> {
        let events = self.carts.get(&attempt.cart)?;
        let with_address = || events.iter().filter(|sent| sent.event.address.is_some());
        let newest = with_address()
            .filter(|sent| sent.acked.is_some_and(|acked| attempt.is_bound_by(acked)))
            .max_by_key(|sent| &sent.version)?;
        let is_known = with_address().any(|sent| {
            sent.version >= newest.version
                && sent.event.address.is_some_and(|address| mailbox(address) == attempt.mailbox)
        });
        (!is_known).then(|| format!("another address was given at {}", Self::clock(newest.acked.unwrap_or_default())))
    }

    fn pause_against(&self, attempt: &Attempt<'_>) -> Option<String> {
        let paused = self.pauses.iter().find(|(scope, from, until)| {
            let is_concerned = match scope {
                Scope::Site(site) | Scope::State(site) => *site == attempt.site,
                Scope::Merchant(merchant) => *merchant == merchant_of(attempt.site),
                Scope::Deployment => true,
            };
            let at_gate = *from < attempt.gate && until.is_none_or(|until| until > attempt.gate);
            let at_call = from + RACE < attempt.call && until.is_none_or(|until| until > attempt.call);
            is_concerned && (at_gate || at_call)
        });
        paused.map(|(_, from, _)| format!("sending was paused at {}", Self::clock(*from)))
    }

    /// Nothing leaves a site whose breaker has tripped, until its time is over.
    fn breaker_against(&self, attempt: &Attempt<'_>) -> Option<String> {
        let (tripped, until) = self.breakers.get(&(attempt.site, attempt.audience)).filter(|_| !self.jumped)?;
        let is_blocking = *tripped < attempt.gate && attempt.gate + TOLERANCE < *until;
        is_blocking.then(|| format!("the breaker of its site tripped at {}", Self::clock(*tripped)))
    }

    /// A first attempt is not made at night, where the browser says it is, else where the shop is.
    fn night_against(&self, attempt: &Attempt<'_>) -> Option<String> {
        // A reminder is written at most a lease before the gate is asked, by a clock of its own.
        let margin = 2 * TOLERANCE;
        let is_asked = attempt.is_first && !self.jumped && attempt.cart != STRANGERS_CART;
        let since = self.quiet.get(&attempt.site).filter(|_| is_asked)?;
        let offset = match zone_of(attempt.cart.0) {
            Some("America/New_York") => -300,
            Some("Asia/Tokyo") => 540,
            _ => 60,
        };
        let is_night = |at: i64| {
            let minute = (at / 60_000 + offset).rem_euclid(24 * 60);
            minute >= i64::from(QUIET.from) || minute < i64::from(QUIET.to)
        };
        let is_inside =
            *since + margin < attempt.gate && is_night(attempt.gate - margin) && is_night(attempt.gate + margin);
        is_inside.then(|| format!("it was night at {}", Self::clock(attempt.gate)))
    }

    /// Whether the mail's step stands first in a sequence that its site has or had.
    fn may_be_first(&self, mail: &Mail) -> bool {
        let set = self.sequences.get(&mail.site);
        std::iter::once(&0)
            .chain(set.into_iter().flatten())
            .any(|sequence| SEQUENCES[*sequence].first().is_some_and(|(step, _)| *step == mail.reminder.step.as_str()))
    }

    /// Whether the shop's server may have told an order of this mailbox before, or its owner may have come back by a link.
    fn may_be_known(&self, mail: &Mail) -> bool {
        let is_before = |at: i64| at <= mail.passed + TOLERANCE;
        let is_own = |site: u8, address: u8| site == mail.site && mailbox(address) == mail.mailbox;
        self.reports.iter().any(|report| {
            report.tried.is_some_and(is_before)
                && report.order.address.is_some_and(|address| is_own(report.order.site, address))
        }) || self.visits.iter().any(|(site, address, at)| is_own(*site, *address) && is_before(*at))
    }

    /// The cap that this mail breaks, if any.
    pub(crate) fn cap_against(&self, mail: &Mail) -> Option<String> {
        let merchant = merchant_of(mail.site);
        if self.jumped {
            return None;
        }
        // Mails of lower trust need not stand against those of proven shoppers, whoever had them sent.
        let is_proven = |mail: &Mail| mail.trust.is_some_and(is_proven);
        // Of known addresses those count that the same visitor had mailed, or the shop signed.
        let is_of_visitor =
            |other: &Mail| other.reminder.cart.visitor == mail.reminder.cart.visitor && other.site == mail.site;
        let counts = |other: &Mail| {
            let beside = is_proven(other) == is_proven(mail)
                && (!is_proven(mail) || is_of_visitor(other) || other.trust == Some(Trust::Verified));
            let above = is_proven(other) && !is_proven(mail) && other.passed + TOLERANCE < mail.passed;
            other.mailbox == mail.mailbox && (beside || above)
        };
        let near = |window: i64| {
            let same = self.mails.iter().filter(move |other| counts(other));
            same.filter(move |other| (other.passed - mail.passed).abs() < window - TOLERANCE)
        };
        let own = |window: i64| near(window).filter(|other| merchant_of(other.site) == merchant);
        // Before it only: mails are accepted in another order than they passed the gate.
        let earlier = |window: i64| own(window).filter(|other| other.passed <= mail.passed).count();
        if earlier(7 * DAY) >= 3 {
            return Some("a fourth mail in seven days".to_owned());
        }
        if earlier(30 * DAY) >= 8 {
            return Some("a ninth mail in thirty days".to_owned());
        }
        if own(12 * HOUR).next().is_some() {
            return Some("two mails to a mailbox within twelve hours".to_owned());
        }
        if own(24 * HOUR)
            .any(|other| (&other.reminder.site, &other.reminder.cart) != (&mail.reminder.site, &mail.reminder.cart))
        {
            return Some("mails about two carts to a mailbox within a day".to_owned());
        }
        let cart = mail.reminder.cart.to_string();
        let Some(cart) = self.cart_of(&cart) else { return self.strangers_step_against(mail, &cart) };
        let is_proven = self.carts.get(&cart).is_some_and(|events| events.iter().any(|sent| sent.event.proven));
        if !is_proven && !self.may_be_known(mail) && !self.may_be_first(mail) {
            return Some("a later step to an address of a browser without a session".to_owned());
        }
        None
    }

    /// Whether a later step goes to an address that a stranger without a session typed.
    fn strangers_step_against(&self, mail: &Mail, cart: &str) -> Option<String> {
        let has_session = self.posts.iter().any(|posted| {
            let of_cart = |post: &&Post| format!("{}.{}", post.guise.id(), post.cart) == cart;
            posted.post().filter(of_cart).is_some_and(|post| post.session)
        });
        let is_bound = !has_session && !self.may_be_known(mail) && !self.may_be_first(mail);
        is_bound.then(|| "a later step to an address that a stranger without a session typed".to_owned())
    }
}
