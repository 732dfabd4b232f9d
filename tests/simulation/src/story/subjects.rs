//! Stories with one subject: a burst, open payments, bounces, a change of provider, unproven addresses.

use super::{DAY, HOUR, MINUTE, SECOND, Teller};
use crate::{
    operation::{CROWD, Event, Order, What, site_of},
    provider::Kind,
};

impl Teller {
    /// Many carts are left at one site within a minute, and one at another just behind them.
    pub(super) fn burst(&mut self) {
        let at = self.chance.between(HOUR, DAY);
        let carts = u8::try_from(self.chance.between(30, 50)).unwrap_or(30);
        let site = u8::try_from(self.chance.below(3)).unwrap_or(0);
        for cart in 0..carts {
            let moment = at + self.chance.between(0, 30 * SECOND);
            let address = CROWD.start + cart % CROWD.end.saturating_sub(CROWD.start);
            self.add(moment, What::Event(left(60 + 3 * cart + site, 1, 1, address)));
        }
        let other = (site + 1 + u8::try_from(self.chance.below(2)).unwrap_or(0)) % 3;
        let moment = at + self.chance.between(40 * SECOND, 100 * SECOND);
        let address = u8::try_from(self.chance.below(8)).unwrap_or(0);
        self.add(moment, What::Event(left(57 + other, 1, 1, address)));
    }

    /// A vouched shopper leaves a cart at some moment before `until`; gives the moment.
    fn leave(&mut self, visitor: u8, cart: u32, items: u32, address: u8, until: i64) -> i64 {
        let at = self.chance.between(0, until);
        self.add(at, What::Event(left(visitor, cart, items, address)));
        at
    }

    /// The shop's server reports orders in the very moments in which a run deals with their carts.
    pub(super) fn close(&mut self) {
        for (cart, address) in (1_u32..).zip([0, 2, 4, 5, 6, 7]) {
            let visitor = 90 + u8::try_from(cart).unwrap_or(0);
            let at = self.leave(visitor, cart, 1, address, 6 * HOUR);
            // It is planned in the first minute after its hour, and leaves in the next.
            let planned = (at + HOUR).div_euclid(MINUTE) * MINUTE + MINUTE;
            let run = planned + self.chance.one_of(&[0, 0, MINUTE]);
            self.orders += 1;
            let order = Order {
                site: site_of(visitor),
                number: self.orders,
                status: "placed",
                cart: Some((visitor, cart)),
                ..Order::default()
            };
            let moment = run + self.chance.between(0, 900);
            self.add(moment, What::Order(order));
        }
    }

    /// Payments that are open when a reminder is due, and of two orders of one shopper the one that is not paid in the end.
    pub(super) fn payments(&mut self) {
        for (cart, address) in (1_u32..).zip([0, 2, 4, 5, 6, 7]) {
            let visitor = 180 + u8::try_from(cart).unwrap_or(0);
            let at = self.leave(visitor, cart, 2, address, 6 * HOUR);
            let number = self.orders + 1;
            self.orders += 2;
            let end = self.chance.one_of(&["failed", "cancelled"]);
            let late = self.chance.one_of(&["placed", "failed"]);
            // Which order, what is told of it, and between which minutes after the cart was left.
            let events: &[(u32, &'static str, [i64; 2])] = if self.chance.happens(500) {
                &[(number, "pending", [5, 55]), (number, late, [90, 180])]
            } else {
                &[(number, "placed", [5, 20]), (number + 1, "placed", [5, 20]), (number + 1, end, [25, 50])]
            };
            for (number, status, [from, until]) in events {
                let moment = at + self.chance.between(from * MINUTE, until * MINUTE);
                let order = Order {
                    site: site_of(visitor),
                    number: *number,
                    status,
                    address: Some(address),
                    ..Order::default()
                };
                self.add(moment, What::Order(order));
            }
        }
    }

    /// A list of addresses that nobody should have mailed: many mails come back or are called spam.
    pub(super) fn returns(&mut self, days: i64) {
        let (bounced, complained) = self.chance.one_of(&[(0, 900), (100, 600), (600, 100)]);
        self.add(0, What::Returns { bounced, complained });
        let site = u8::try_from(self.chance.below(3)).unwrap_or(0);
        for (cart, address) in (1_u32..).zip([0, 2, 4, 5, 6, 7]) {
            self.leave(120 + site + 3 * u8::try_from(cart).unwrap_or(0), cart, 2, address, days * DAY / 2);
        }
    }

    /// Another provider is configured in the minutes in which reminders leave.
    pub(super) fn switches(&mut self, days: i64) {
        for (cart, address) in (1_u32..).zip([0, 2, 4, 6]) {
            let visitor = 150 + u8::try_from(cart).unwrap_or(0);
            let at = self.leave(visitor, cart, 2, address, days * DAY);
            let leaves = (at + HOUR).div_euclid(MINUTE) * MINUTE + 2 * MINUTE;
            let to = self.chance.one_of(&[Kind::Day, Kind::Minutes, Kind::Log, Kind::Nothing]);
            let moment = leaves + self.chance.between(0, 3 * MINUTE);
            self.add(moment, What::Switch { to });
        }
    }

    /// Cron stops for longer than half an hour in the very minutes in which reminders leave, so that what had no answer is
    /// asked for late.
    pub(super) fn outages(&mut self) {
        for (cart, address) in (1_u32..).zip([0, 2, 4, 6]) {
            let visitor = 210 + u8::try_from(cart).unwrap_or(0);
            let at = self.leave(visitor, cart, 1, address, 2 * DAY);
            let leaves = (at + HOUR).div_euclid(MINUTE) * MINUTE + MINUTE;
            let moment = leaves + self.chance.between(0, 2 * MINUTE);
            let minutes = self.chance.between(35, 90);
            self.add(moment, What::NoCron { minutes });
        }
    }

    /// Browsers without a session type one address after the other within hours: a machine, or a hand that slips.
    pub(super) fn unvouched(&mut self) {
        let begin = self.chance.between(0, DAY);
        let hand_slips = self.chance.happens(500);
        let addresses = [0, 2, 4, 5, 6, 7];
        for (place, address) in (0_u8..).zip(addresses) {
            let (visitor, cart, seq) = match self.chance.below(2) {
                _ if hand_slips => (200, 1 + u32::from(place / 2), 1 + u32::from(place % 2)),
                0 => (200, 1 + u32::from(place), 1),
                _ => (201 + place, 1, 1),
            };
            let at = begin + i64::from(place) * self.chance.between(65 * MINUTE, 150 * MINUTE);
            let event = Event {
                visitor,
                cart,
                seq,
                items: Some(1),
                address: Some(address),
                wish: Some(true),
                ..Event::default()
            };
            self.add(at, What::Event(event));
        }
    }
}

/// The first event of a cart that a vouched shopper leaves at once, with an address and the wish for mails.
pub(super) fn left(visitor: u8, cart: u32, items: u32, address: u8) -> Event {
    Event {
        visitor,
        cart,
        seq: 1,
        items: Some(items),
        address: Some(address),
        wish: Some(true),
        proven: true,
        ..Event::default()
    }
}
