//! Stories with strangers: bombers, stoppers, squatters and repeaters, and shoppers whom nothing of it may concern.
//!
//! Strangers draw from a chance of their own, so that the story of everybody else is the same whether they are there or not.

use super::{DAY, HOUR, MINUTE, SECOND, Teller, subjects::left};
use crate::{
    chance::Chance,
    operation::{CROWD, Event, Operation, Order, What, site_of},
    stranger::{Act, Deed, Guise, Mailbox, Network, POST, Post},
};

/// What strangers of a seed are after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    /// They have as many people mailed as they can.
    Bombers,
    /// They stop a shop's mails.
    Stoppers,
    /// They take what is others': names, addresses, order numbers.
    Squatters,
    /// They come from so many networks that a site's share is the limit.
    Flooders,
    /// They do one thing again and again, with numbers far ahead.
    Repeaters,
}

/// Browsers of shoppers whom nothing may concern, from this one on.
const RESIDENTS: u8 = 60;

impl Teller {
    /// Shoppers that the shop or a visit proves, and first contacts beside them.
    pub(super) fn residents(&mut self, has_regular: bool) {
        let site = u8::try_from(self.chance.below(3)).unwrap_or(0);
        let mut address = CROWD.start;
        let mut person = || {
            let place = address - CROWD.start;
            address += 1;
            (RESIDENTS + site + 6 * place, address - 1)
        };
        for _ in 0..self.chance.between(1, 2) {
            let ((visitor, address), at) = (person(), self.chance.between(0, 2 * DAY));
            self.add(at, What::Event(Event { signed: true, customer: true, ..left(visitor, 1, 2, address) }));
            if self.chance.happens(400) {
                // The server knows the buyer's address, and no cart.
                self.orders += 1;
                let address = Some(address);
                let order = Order { site, number: self.orders, status: "placed", address, ..Order::default() };
                let later = at + self.chance.between(5 * HOUR, 40 * HOUR);
                self.add(later, What::Order(order));
            }
        }
        // Whoever bought before, as the shop's server tells, has another cart after the silence that follows an order.
        let (visitor, address) = person();
        self.orders += 1;
        let order = Order { site, number: self.orders, status: "placed", address: Some(address), ..Order::default() };
        self.add(10 * MINUTE, What::Order(order));
        let at = self.chance.between(26 * HOUR, 2 * DAY);
        self.add(at, What::Event(left(visitor, 1, 1, address)));
        // Whoever came back by the link of an own mail goes on in that browser.
        let (visitor, address) = person();
        let at = self.chance.between(0, 6 * HOUR);
        self.add(at, What::Event(left(visitor, 1, 1, address)));
        let back = at + HOUR + self.chance.between(10 * MINUTE, 2 * HOUR);
        self.add(back, What::Follow { address, visitor: visitor + 3 });
        let via = Event { via: Some(address), token: true, ..left(visitor + 3, 1, 1, address) };
        self.add(back + MINUTE, What::Event(via));
        let again = back + self.chance.between(26 * HOUR, 40 * HOUR);
        self.add(again, What::Event(left(visitor + 3, 2, 2, address)));
        // A first contact, with a customer's account at the shop.
        let ((visitor, address), at) = (person(), self.chance.between(0, 2 * DAY));
        self.add(at, What::Event(Event { customer: true, token: true, ..left(visitor, 1, 1, address) }));
        if has_regular {
            // The place of the first cart is a month old before the second one has had all its mails.
            let ((visitor, address), at) = (person(), self.chance.between(0, 6 * HOUR));
            self.add(at, What::Event(left(visitor, 1, 1, address)));
            let second = at + 30 * DAY - self.chance.between(2 * HOUR, 20 * HOUR);
            self.add(second, What::Event(left(visitor, 2, 1, address)));
        }
    }
}

/// What strangers of these trades do beside everybody else.
pub(super) fn strangers(seed: u64, trades: &[Trade], shoppers: &[Operation]) -> Vec<Operation> {
    let mut gang = Gang {
        chance: Chance::about(seed, 0x57A4),
        shoppers,
        operations: Vec::new(),
        number: 0,
        guises: 0,
        networks: 0,
        mailboxes: 0,
    };
    for trade in trades {
        match trade {
            Trade::Bombers => gang.bomb(),
            Trade::Flooders => gang.flood_somebody(),
            Trade::Stoppers => gang.stop(),
            Trade::Squatters => gang.squat(),
            Trade::Repeaters => gang.repeat(),
        }
    }
    gang.operations
}

/// Strangers as they plan what to do.
struct Gang<'story> {
    chance: Chance,
    shoppers: &'story [Operation],
    operations: Vec<Operation>,
    number: u32,
    guises: u16,
    networks: u8,
    mailboxes: u16,
}

impl Gang<'_> {
    fn act(&mut self, at: i64, site: u8, network: Network, deed: Deed) {
        self.number += 1;
        let act = Act { number: self.number, site, network, deed };
        self.operations.push(Operation { at: at.max(0), what: What::Stranger(act) });
    }

    fn post(&mut self, at: i64, site: u8, network: Network, post: Post) {
        self.act(at, site, network, Deed::Post(post));
    }

    fn guise(&mut self) -> Guise {
        self.guises += 1;
        Guise::Own(self.guises)
    }

    /// A network that nobody else is in.
    fn network(&mut self) -> Network {
        self.networks += 1;
        Network::Own(self.networks)
    }

    fn made_up(&mut self) -> Mailbox {
        self.mailboxes += 1;
        Mailbox::MadeUp(self.mailboxes)
    }

    fn own(&mut self) -> u16 {
        self.mailboxes += 1;
        self.mailboxes
    }

    /// A shopper who is worth it: an event with an address, and when it happens.
    fn victim(&mut self) -> Option<(Event, u8, i64)> {
        let known = |operation: &Operation| match &operation.what {
            What::Event(event) => event.address.map(|address| (event.clone(), address, operation.at)),
            _ => None,
        };
        let all: Vec<_> = self.shoppers.iter().filter_map(known).collect();
        let place = usize::try_from(self.chance.below(u64::try_from(all.len().max(1)).unwrap_or(1))).unwrap_or(0);
        all.into_iter().nth(place)
    }

    /// Before, after or in the midst of what a shopper does; now and then around midnight of UTC, eight hours after the world
    /// began.
    fn moment(&mut self, of: i64) -> i64 {
        let near = match self.chance.below(4) {
            0 => of - self.chance.between(SECOND, 3 * HOUR),
            1 => (of / DAY) * DAY + 8 * HOUR - self.chance.between(MINUTE, 20 * MINUTE),
            2 => of + self.chance.between(SECOND, 50 * MINUTE),
            _ => of + self.chance.between(HOUR, 30 * HOUR),
        };
        near.max(MINUTE)
    }

    /// Somebody's address typed in a cart, with the wish for mails.
    const fn typed(guise: Guise, address: Mailbox, session: bool) -> Post {
        Post { guise, items: Some(1), address: Some(address), wish: Some(true), session, ..POST }
    }

    /// As many strangers mailed as possible.
    fn bomb(&mut self) {
        let Some((event, _, at)) = self.victim() else { return };
        let site = site_of(event.visitor);
        let begin = self.moment(at);
        let pace = self.chance.one_of(&[SECOND, 20 * SECOND, 3 * MINUTE, 70 * MINUTE]);
        match self.chance.below(16) {
            // Of one network or of few, each address by another visitor.
            0..4 => {
                let networks = [self.network(), self.network()];
                let addresses = self.chance.between(8, 14);
                let shared = self.chance.happens(300);
                for place in 0..addresses {
                    let (guise, address) = (self.guise(), self.victims_address(200));
                    let session = self.chance.happens(700);
                    let network = if shared { Network::Of(event.visitor) } else { networks[0] };
                    let network = if self.chance.happens(150) { networks[1] } else { network };
                    let post = Self::typed(guise, address, session);
                    self.post(begin + place * pace, site, network, post);
                }
            }
            // All by one visitor, cart by cart.
            4 | 5 => {
                let (guise, network) = (self.guise(), self.network());
                for cart in 1..7 {
                    let address = self.made_up();
                    let post = Post { cart, ..Self::typed(guise, address, true) };
                    self.post(begin + i64::from(cart) * pace, site, network, post);
                }
            }
            // Corrected, and corrected back.
            6..10 => {
                let network = self.network();
                for _ in 0..self.chance.between(1, 3) {
                    let (guise, mut at) = (self.guise(), begin);
                    let first = self.made_up();
                    let mut seq = 0;
                    for _ in 0..self.chance.between(3, 7) {
                        let (other, session) = (self.made_up(), true);
                        for address in [other, first] {
                            seq += 1;
                            at += pace;
                            let post = Post { seq, ..Self::typed(guise, address, session) };
                            self.post(at, site, network, post);
                        }
                    }
                    // What was corrected away is typed once more elsewhere.
                    for _ in 0..self.chance.between(0, 6) {
                        let again = self.typed_before();
                        let guise = self.guise();
                        let post = Self::typed(guise, again, true);
                        at += pace;
                        self.post(at, site, network, post);
                    }
                }
            }
            // An own account shown by many visitors, then many addresses beside it.
            10..12 => self.show_account(site, begin, pace),
            // An own mailbox whose link is followed, and what that may be worth.
            12..15 => {
                let (guise, network, own) = (self.guise(), self.network(), self.own());
                let post = Self::typed(guise, Mailbox::Own(own), true);
                self.post(begin, site, network, post);
                let back = begin + 2 * HOUR;
                self.act(back, site, network, Deed::Visit { mailbox: own });
                for place in 1..10 {
                    let (by, address) = (if self.chance.happens(300) { guise } else { self.guise() }, self.made_up());
                    let post = Post { cart: 1 + u32::try_from(place).unwrap_or(0), ..Self::typed(by, address, true) };
                    self.post(back + place * pace, site, network, post);
                }
            }
            // Of so many networks that the site's share is the limit.
            _ => self.flood(site, begin),
        }
    }

    /// Shows the signature of an own account: as many visitors, and with other addresses beside it.
    fn show_account(&mut self, site: u8, begin: i64, pace: i64) {
        let (network, account) = (self.network(), self.own());
        for place in 0..4 {
            let (guise, address) = (self.guise(), self.made_up());
            let post = Post { account: Some(account), ..Self::typed(guise, address, true) };
            self.post(begin + place * pace, site, network, post);
        }
        for place in 4..8 {
            let guise = self.guise();
            let own = Self::typed(guise, Mailbox::Own(account), true);
            self.post(begin + place * pace, site, network, Post { account: Some(account), ..own });
        }
        for place in 8..24 {
            let (guise, address) = (self.guise(), self.made_up());
            let post = Self::typed(guise, address, true);
            self.post(begin + place * pace, site, network, post);
        }
    }

    /// A flood around what a shopper does.
    fn flood_somebody(&mut self) {
        let Some((event, _, at)) = self.victim() else { return };
        let begin = self.moment(at);
        self.flood(site_of(event.visitor), begin);
    }

    /// More first contacts than a site's share has, of a dozen networks, within a day or around a midnight.
    fn flood(&mut self, site: u8, begin: i64) {
        for _ in 0..12 {
            let network = self.network();
            for _ in 0..5 {
                let (guise, address) = (self.guise(), self.made_up());
                let at = begin + self.chance.between(0, 40 * MINUTE);
                let post = Self::typed(guise, address, false);
                self.post(at, site, network, post);
            }
        }
        if self.chance.happens(600) {
            let at = begin + self.chance.between(2 * HOUR, 20 * HOUR);
            self.operations.push(Operation { at, what: What::Release { site } });
        }
    }

    /// An address that strangers typed before.
    fn typed_before(&mut self) -> Mailbox {
        let number = self.chance.between(1, i64::from(self.mailboxes.max(1)));
        Mailbox::MadeUp(u16::try_from(number).unwrap_or(1))
    }

    /// Somebody's address, in `per_mille` of 1,000 cases; else one that is made up.
    fn victims_address(&mut self, per_mille: u64) -> Mailbox {
        if self.chance.happens(per_mille)
            && let Some((_, address, _)) = self.victim()
        {
            return if self.chance.happens(300) { Mailbox::Tagged(address) } else { Mailbox::Of(address) };
        }
        self.made_up()
    }

    /// A shop's mails stopped, somebody's or everybody's.
    fn stop(&mut self) {
        let Some((event, address, at)) = self.victim() else { return };
        let (site, network) = (site_of(event.visitor), self.network());
        match self.chance.below(8) {
            // Orders that nobody placed, by all names of whoever it is.
            0 | 1 => {
                for _ in 0..self.chance.between(1, 4) {
                    let Some((event, address, at)) = self.victim() else { return };
                    let (guise, at) = (self.guise(), self.moment(at));
                    let number = 90_000 + self.number;
                    let mut post = Post { guise, order: Some(number), items: Some(1), session: true, ..POST };
                    match self.chance.below(3) {
                        0 => post.address = Some(Mailbox::Of(address)),
                        1 => post.customer = Some(event.visitor),
                        _ => post.token = Some((event.visitor, event.cart)),
                    }
                    self.post(at, site_of(event.visitor), network, post);
                }
            }
            // Refusals as somebody else, with and without a session of that name.
            2 | 3 => {
                for _ in 0..2 {
                    let (at, session) = (self.moment(at), self.chance.happens(500));
                    let guise = Guise::Of(event.visitor);
                    let refusal = Post { guise, cart: event.cart, seq: event.seq + 20, session, ..POST };
                    let post = if self.chance.happens(500) {
                        Post { untracked: true, ..refusal }
                    } else {
                        Post { wish: Some(false), address: Some(Mailbox::Of(address)), ..refusal }
                    };
                    self.post(at, site, network, post);
                }
            }
            // Words about somebody's mails, by a visitor of their own.
            4 => {
                for wish in [false, true, false] {
                    let (guise, at) = (self.guise(), self.moment(at));
                    let post = Post { wish: Some(wish), ..Self::typed(guise, Mailbox::Of(address), true) };
                    self.post(at, site, network, post);
                }
                let (guise, at) = (self.guise(), self.moment(at));
                let typed = Self::typed(guise, Mailbox::Of(address), true);
                self.post(at, site, network, typed);
                self.post(at + MINUTE, site, network, Post { guise, seq: 2, untracked: true, ..POST });
            }
            // Mails that come back and mails that are called spam, so that a breaker trips.
            5 | 6 => {
                let begin = (at - self.chance.between(0, 30 * HOUR)).max(MINUTE);
                let are_own = self.chance.happens(500);
                for _ in 0..2 {
                    let network = self.network();
                    for _ in 0..if are_own { 2 } else { 4 } {
                        let (guise, number) = (self.guise(), self.own());
                        let mailbox = if are_own { Mailbox::Own(number) } else { Mailbox::Dead(number) };
                        let at = begin + self.chance.between(0, 20 * MINUTE);
                        let post = Self::typed(guise, mailbox, true);
                        self.post(at, site, network, post);
                    }
                }
            }
            _ => {
                for _ in 0..3 {
                    let (guess, at) = (self.chance.next(), self.moment(at));
                    self.act(at, site, network, Deed::Guess { guess });
                }
            }
        }
    }

    /// What is others', taken.
    fn squat(&mut self) {
        let Some((event, address, at)) = self.victim() else { return };
        let site = site_of(event.visitor);
        let (network, begin) = (self.network(), self.moment(at));
        match self.chance.below(5) {
            // Newer carts with somebody's address, so many that the older ones would have to go.
            0 | 1 => {
                let carts = self.chance.one_of(&[1, 3, 25]);
                for place in 0..carts {
                    let guise = self.guise();
                    let post = Self::typed(guise, Mailbox::Of(address), true);
                    self.post(begin + place * 5 * SECOND, site, network, post);
                }
            }
            // Carts that are named with somebody's customer id and checkout token.
            2 => {
                for place in 0..self.chance.one_of(&[2, 25]) {
                    let guise = self.guise();
                    let mut post = Post { guise, items: Some(1), session: true, ..POST };
                    post.customer = Some(event.visitor);
                    post.token = Some((event.visitor, event.cart));
                    self.post(begin + place * 5 * SECOND, site, network, post);
                }
            }
            // Numbers of orders that are not there yet.
            3 => {
                for number in 1_001..1_006 {
                    let guise = self.guise();
                    let address = self.victims_address(500);
                    let post = Post { order: Some(number), ..Self::typed(guise, address, true) };
                    self.post(i64::from(number - 1_000) * MINUTE, site, network, post);
                }
            }
            // The other spelling of an address, so that mails go elsewhere.
            _ => {
                let guise = self.guise();
                let post = Self::typed(guise, Mailbox::Tagged(address), true);
                self.post(begin, site, network, post);
            }
        }
    }

    /// One thing again and again.
    fn repeat(&mut self) {
        let Some((event, address, at)) = self.victim() else { return };
        let site = site_of(event.visitor);
        let (network, begin) = (self.network(), self.moment(at));
        let times = self.chance.between(6, 16);
        match self.chance.below(4) {
            // Somebody's own cart, with numbers far ahead of what that browser has come to.
            0 => {
                let session = self.chance.happens(500);
                for place in 0..2 {
                    let seq = self.chance.one_of(&[event.seq + 1, 1_000, 4_000_000_000, u32::MAX]);
                    let guise = Guise::Of(event.visitor);
                    let to = self.made_up();
                    let post = Post { cart: event.cart, seq, ..Self::typed(guise, to, session) };
                    self.post(begin + place * MINUTE, site, network, post);
                }
            }
            // Many carts of somebody's browser within a day.
            1 => {
                for cart in 10..26 {
                    let guise = Guise::Of(event.visitor);
                    let post = Post { cart, items: Some(1), session: true, guise, ..POST };
                    self.post(begin + i64::from(cart) * 10 * SECOND, site, network, post);
                }
            }
            // One visitor, one cart, one address, over and over.
            2 => {
                let (guise, mailbox) = (self.guise(), self.victims_address(500));
                for place in 0..times {
                    let seq = u32::try_from(place).unwrap_or(0) + 1;
                    let post = Post { seq, ..Self::typed(guise, mailbox, place % 2 == 0) };
                    self.post(begin + place * 20 * MINUTE, site, network, post);
                }
            }
            // The same address at each site.
            _ => {
                for place in 0..times {
                    let guise = self.guise();
                    let post = Self::typed(guise, Mailbox::Of(address), true);
                    let site = u8::try_from(place % 3).unwrap_or(0);
                    self.post(begin + place * 40 * MINUTE, site, network, post);
                }
            }
        }
    }
}
