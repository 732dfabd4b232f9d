//! Composes a world's story from a seed: shoppers with habits, a shop with delays, an operator with a pause button.

mod strangers;
mod subjects;

use crate::{
    chance::Chance,
    operation::{Change, Event, Operation, Order, Scope, Story, Weather, What, site_of},
    provider::Kind,
};
use strangers::Trade;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The story of a seed.
pub fn tell(seed: u64) -> Story {
    let mut chance = Chance::of(seed);
    let days = chance.one_of(&[2, 2, 4, 9, 33]);
    let trades = trades(seed);
    let days = if trades.is_empty() { days } else { days.min(4) };
    let provider = match seed % 10 {
        5 | 6 => Kind::Batches,
        7 => Kind::Minutes,
        8 => Kind::Log,
        9 => Kind::Nothing,
        _ => Kind::Day,
    };
    let mut teller = Teller { chance, operations: Vec::new(), visitors: 0, orders: 1_000, provider };
    // What has a subject of its own needs fewer people around it.
    let shoppers = if matches!(seed % 40, 8..=15 | 21) || !trades.is_empty() { 1 } else { teller.chance.between(1, 3) };
    for _ in 0..shoppers {
        teller.shopper(days);
    }
    match seed % 40 {
        0 if seed.is_multiple_of(80) => teller.burst(),
        8..=10 => teller.unvouched(),
        11 | 12 => teller.close(),
        13 => teller.returns(days),
        14 => teller.payments(),
        15 => teller.switches(days),
        21 => teller.outages(),
        _ if !trades.is_empty() => teller.residents(seed % 800 == 32),
        _ => teller.operator(days),
    }
    let Teller { mut operations, chance: mut teller_chance, .. } = teller;
    operations.extend(strangers::strangers(seed, &trades, &operations));
    operations.sort_by_key(|operation| operation.at);
    let mut switch = || teller_chance.happens(500);
    let weather = match seed % 8 {
        0 => Weather::CALM,
        1 | 2 => Weather { skew: switch(), store: switch(), crashes: switch(), provider: switch(), cron: switch() },
        _ => Weather::ROUGH,
    };
    Story { seed, provider, weather, operations }
}

/// Whether a world takes five times as long as others: strangers make it run twice, and mails that come back keep a breaker fallen.
pub fn is_long(seed: u64) -> bool {
    seed % 40 == 13 || !trades(seed).is_empty()
}

/// What the strangers of a seed are after; most seeds have none.
fn trades(seed: u64) -> Vec<Trade> {
    let mut chance = Chance::about(seed, 0x57A5);
    match seed % 40 {
        16 if seed.is_multiple_of(16 * 11) => vec![Trade::Flooders],
        16 => vec![Trade::Bombers],
        24 => vec![Trade::Stoppers],
        32 => vec![if chance.happens(700) { Trade::Squatters } else { Trade::Repeaters }],
        17 | 33 => {
            let all = [Trade::Bombers, Trade::Stoppers, Trade::Squatters, Trade::Repeaters];
            vec![chance.one_of(&all), chance.one_of(&all)]
        }
        _ => Vec::new(),
    }
}

struct Teller {
    chance: Chance,
    operations: Vec<Operation>,
    visitors: u8,
    orders: u32,
    provider: Kind,
}

/// A browser with the cart it fills.
struct Browser {
    visitor: u8,
    cart: u32,
    seq: u32,
    address: u8,
    proven: bool,
    customer: bool,
    token: bool,
}

impl Teller {
    fn add(&mut self, at: i64, what: What) {
        self.operations.push(Operation { at: at.max(0), what });
    }

    fn shopper(&mut self, days: i64) {
        let address = u8::try_from(self.chance.below(8)).unwrap_or(0);
        let journeys = if days > 8 { self.chance.between(2, 4) } else { self.chance.between(1, 3) };
        let mut browsers: Vec<Browser> = Vec::new();
        for _ in 0..journeys {
            let at = self.chance.between(0, days * DAY);
            let known = usize::try_from(self.chance.below(3)).unwrap_or(0);
            // A browser of before fills its next cart, or another device begins.
            if known >= browsers.len() {
                let browser = self.browser(address);
                browsers.push(browser);
            }
            let place = known.min(browsers.len() - 1);
            let mut browser = browsers.swap_remove(place);
            browser.cart += 1;
            browser.seq = 0;
            browser.token = false;
            self.journey(&mut browser, at);
            browsers.push(browser);
        }
        if self.chance.happens(150) {
            let at = self.chance.between(HOUR, days * DAY + 2 * DAY);
            let not_me = self.chance.happens(300);
            self.add(at, What::Stop { address, not_me });
        }
        if self.chance.happens(40) {
            let at = self.chance.between(HOUR, days * DAY + DAY);
            let merchant = u8::try_from(self.chance.below(2)).unwrap_or(0);
            self.add(at, What::Erase { address, merchant });
        }
    }

    fn browser(&mut self, home: u8) -> Browser {
        let visitor = self.visitors;
        self.visitors += 1;
        // The other spelling of the same mailbox, or the address of somebody else in the family.
        let address = match self.chance.below(10) {
            0..3 => home ^ 1,
            3 => u8::try_from(self.chance.below(8)).unwrap_or(0),
            _ => home,
        };
        Browser {
            visitor,
            cart: 0,
            seq: 0,
            address,
            proven: self.chance.happens(850),
            customer: self.chance.happens(250),
            token: false,
        }
    }

    fn event(&mut self, browser: &mut Browser, items: Option<u32>) -> Event {
        browser.seq += 1;
        Event {
            visitor: browser.visitor,
            cart: browser.cart,
            seq: browser.seq,
            tab: u8::try_from(self.chance.below(9)).unwrap_or(0),
            items,
            token: browser.token,
            customer: browser.customer && (browser.token || browser.visitor.is_multiple_of(2)),
            proven: browser.proven,
            ..Event::default()
        }
    }

    fn journey(&mut self, browser: &mut Browser, begin: i64) {
        let mut at = begin;
        let mut items = 1;
        let changes = self.chance.between(1, 4);
        for _ in 0..changes {
            items = u32::try_from(self.chance.between(1, 5)).unwrap_or(1);
            let event = self.event(browser, Some(items));
            if self.chance.happens(150) {
                // The same count from a second tab, at nearly the same moment.
                let other = Event { tab: event.tab + 1, items: Some(items + 10), ..event.clone() };
                let later = at + self.chance.between(-3 * SECOND, 3 * SECOND);
                self.add(later, What::Event(other));
            }
            self.add(at, What::Event(event));
            at += self.chance.between(SECOND, 10 * MINUTE);
            browser.token |= self.chance.happens(200);
        }
        if self.chance.happens(60) {
            let event = self.event(browser, Some(0));
            self.add(at, What::Event(event));
            at += self.chance.between(SECOND, 3 * HOUR);
        }
        let identified = self.chance.happens(900);
        if identified {
            browser.token |= self.chance.happens(600);
            let mut event = self.event(browser, Some(items));
            if self.chance.happens(120) {
                // Mistyped at first.
                event.address = Some((browser.address + 3) % 8);
                event.wish = Some(true);
                self.add(at, What::Event(event));
                at += self.chance.between(2 * SECOND, 5 * MINUTE);
                if self.chance.happens(300) {
                    self.owner_of((browser.address + 3) % 8, site_of(browser.visitor), begin);
                    at = self.moment(at, 30 * HOUR);
                }
                event = self.event(browser, None);
            }
            event.address = Some(browser.address);
            event.wish = match self.chance.below(20) {
                0 => None,
                1 => Some(false),
                _ => Some(true),
            };
            self.add(at, What::Event(event));
        }
        self.afterwards(browser, at, items);
    }

    /// Whoever owns an address had a cart at the site before, which is empty by now: the shop has the address from there too.
    fn owner_of(&mut self, address: u8, site: u8, begin: i64) {
        let visitor = self.visitors + (3 + site - site_of(self.visitors)) % 3;
        self.visitors = visitor + 1;
        let mut event = Event {
            visitor,
            cart: 1,
            seq: 1,
            items: Some(0),
            address: Some(address),
            proven: true,
            ..Event::default()
        };
        event.wish = Some(true);
        self.add(begin - 20 * HOUR, What::Event(event));
    }

    /// Some time after the shopper left: often in the very minutes in which a reminder is due.
    fn moment(&mut self, left: i64, most: i64) -> i64 {
        let reminders = [HOUR, HOUR, DAY, 3 * DAY];
        if self.chance.happens(500) {
            return left + self.chance.one_of(&reminders) + self.chance.between(-30 * SECOND, 5 * MINUTE);
        }
        left + self.chance.between(MINUTE, most)
    }

    /// What comes after the shopper has left the checkout.
    fn afterwards(&mut self, browser: &mut Browser, left: i64, items: u32) {
        match self.chance.below(20) {
            0..5 => {}
            5..8 => {
                let at = left + self.chance.between(2 * SECOND, 20 * MINUTE);
                self.buy(browser, at, items);
            }
            8..11 => {
                let at = self.moment(left, 80 * HOUR);
                self.buy(browser, at, items);
            }
            11..13 => {
                let at = self.moment(left, 60 * HOUR);
                let mut event = self.event(browser, Some(items + 1));
                event.wish = Some(false);
                self.add(at, What::Event(event));
            }
            13 => {
                let at = self.moment(left, 60 * HOUR);
                let event = Event { untracked: true, ..self.event(browser, None) };
                self.add(at, What::Event(event));
            }
            14..16 => {
                let at = self.moment(left, 75 * HOUR);
                let event = self.event(browser, Some(items + 2));
                self.add(at, What::Event(event));
                if self.chance.happens(300) {
                    let later = at + self.chance.between(MINUTE, 40 * HOUR);
                    self.buy(browser, later, items);
                }
            }
            _ => {
                let at = left + self.chance.between(61 * MINUTE, 80 * HOUR);
                self.come_back(browser, at, items);
            }
        }
    }

    fn come_back(&mut self, browser: &mut Browser, at: i64, items: u32) {
        let visitor = self.visitors;
        self.visitors += 1;
        // A browser of the same site: the link leads there.
        let visitor = visitor + (3 + site_of(browser.visitor) - site_of(visitor)) % 3;
        self.visitors = visitor + 1;
        self.add(at, What::Follow { address: browser.address, visitor });
        let mut rebuilt = Browser {
            visitor,
            cart: 1,
            seq: 0,
            address: browser.address,
            proven: true,
            customer: browser.customer,
            token: true,
        };
        let then = at + self.chance.between(2 * SECOND, MINUTE);
        let mut event = self.event(&mut rebuilt, Some(items));
        event.via = Some(browser.address);
        event.address = Some(browser.address).filter(|_| self.chance.happens(500));
        event.wish = event.address.map(|_| true);
        self.add(then, What::Event(event));
        if self.chance.happens(500) {
            let later = then + self.chance.between(MINUTE, 5 * HOUR);
            self.buy(&mut rebuilt, later, items);
        }
    }

    fn buy(&mut self, browser: &mut Browser, at: i64, items: u32) {
        self.orders += 1;
        let number = self.orders;
        if self.chance.happens(600) {
            let event = Event { order: Some(number), ..self.event(browser, Some(items)) };
            self.add(at, What::Event(event));
        }
        if !self.chance.happens(750) {
            return;
        }
        let cart = (browser.visitor, browser.cart);
        let mut order = Order { site: site_of(browser.visitor), number, ..Order::default() };
        match self.chance.below(6) {
            0 | 1 => order.cart = Some(cart),
            2 if browser.token => order.token = Some(cart),
            3 if browser.customer => order.customer = Some(browser.visitor),
            4 => (order.cart, order.address) = (Some(cart), Some(browser.address ^ 1)),
            _ => order.address = Some(browser.address),
        }
        // The shop's server is early, late or very late.
        let mut at = at + self.chance.one_of(&[-2 * MINUTE, -SECOND, SECOND, MINUTE, 30 * MINUTE, 20 * HOUR]);
        let ways: [&[&'static str]; 7] = [
            &["placed"],
            &["placed"],
            &["placed", "placed"],
            &["pending", "placed"],
            &["pending", "failed"],
            &["placed", "refunded"],
            &["placed", "cancelled"],
        ];
        let way = ways[usize::try_from(self.chance.below(7)).unwrap_or(0)];
        for status in way {
            self.add(at, What::Order(Order { status, ..order.clone() }));
            // A day of waiting for a payment is a hundred looks at a reminder that is held: rare, since it costs as much.
            let waits = if way[0] == "pending" && !self.chance.happens(10) { 3 } else { 4 };
            at += [SECOND, 10 * MINUTE, 2 * HOUR, 30 * HOUR][usize::try_from(self.chance.below(waits)).unwrap_or(0)];
        }
    }

    /// Somebody works on the settings: now and then one thing, sometimes several, mostly set back later.
    fn settings(&mut self, end: i64) {
        for _ in 0..self.chance.between(1, 3) {
            let site = u8::try_from(self.chance.below(3)).unwrap_or(0);
            let at = self.chance.between(0, end);
            let back = at + self.chance.one_of(&[10 * MINUTE, 3 * HOUR, 30 * HOUR]);
            let (change, as_before) = match self.chance.below(6) {
                4 => (Change::Steps(1), Change::Steps(0)),
                5 => (Change::Quiet(true), Change::Quiet(false)),
                0 => (Change::State(self.chance.one_of(&["test", "shadow"])), Change::State("live")),
                1 => (Change::Steps(self.chance.one_of(&[1, 1, 2, 3])), Change::Steps(0)),
                2 => (Change::CapWeek(self.chance.one_of(&[1, 2])), Change::CapWeek(3)),
                _ => (Change::Sender("The Other Shop"), Change::Sender("The Shop")),
            };
            self.add(at, What::Settings { site, change });
            // Steps stay as they are: what follows from them shows days later.
            if !matches!(change, Change::Steps(_)) && self.chance.happens(700) {
                self.add(back, What::Settings { site, change: as_before });
            }
        }
    }

    fn operator(&mut self, days: i64) {
        let end = days * DAY;
        if self.chance.happens(60) {
            let (visitor, at) = (u8::try_from(self.chance.below(3)).unwrap_or(0), self.chance.between(HOUR, end));
            self.add(at, What::Forge { visitor, cart: 1 });
        }
        if self.chance.happens(200) {
            let scope = match self.chance.below(4) {
                0 => Scope::Merchant(u8::try_from(self.chance.below(2)).unwrap_or(0)),
                1 => Scope::Deployment,
                _ => Scope::Site(u8::try_from(self.chance.below(3)).unwrap_or(0)),
            };
            let at = self.chance.between(0, end);
            let length = self.chance.one_of(&[10 * MINUTE, 30 * MINUTE, 90 * MINUTE, 6 * HOUR]);
            self.add(at, What::Pause { scope, on: true });
            self.add(at + length, What::Pause { scope, on: false });
        }
        if self.chance.happens(250) {
            self.settings(end + DAY);
        }
        if self.chance.happens(100) {
            let at = self.chance.between(0, end + DAY);
            let minutes = self.chance.one_of(&[5, 60, 600]);
            self.add(at, What::Deploy { minutes });
        }
        // What a provider keeps for minutes, and how late its log is, are counted in time.
        if self.chance.happens(40) && matches!(self.provider, Kind::Day | Kind::Batches) {
            let at = self.chance.between(0, end + DAY);
            let ahead = self.chance.one_of(&[-60, 14_400]);
            let minutes = self.chance.one_of(&[5, 30, 240]);
            self.add(at, What::Clock { ahead, minutes });
        }
        if self.chance.happens(150) {
            let at = self.chance.between(0, end);
            let minutes = self.chance.between(10, 30 * 60);
            self.add(at, What::NoCron { minutes });
        }
        if self.chance.happens(250) {
            let at = self.chance.between(0, end + DAY);
            let minutes = self.chance.one_of(&[10, 10, 60, 240]);
            let revoked = self.chance.happens(300);
            self.add(at, What::NoProvider { minutes, revoked });
        }
    }
}
