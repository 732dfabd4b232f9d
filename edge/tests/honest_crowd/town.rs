//! A shop with hundreds of honest shoppers a day, most of them behind a few carriers, who do what the field counts.

use std::collections::{BTreeMap, BTreeSet};

use cartwake_edge::{
    base::ports::{App, Entropy as _},
    native::{
        fakes::SeededEntropy,
        views::ReminderView,
        world::{BEGINNING, World, live},
    },
};
use cartwake_shared::{
    identifier::{CartId, ReminderId, SiteId, StepId},
    reminder::ReminderState,
    time::{Span, Timestamp},
    token::{LinkPurpose, link_token},
    wire,
};

/// Guests a day who say an address that nothing proves and leave their cart.
const LEAVE: f64 = 400.0;
/// Of a hundred shoppers, those behind the prefixes of the carriers.
const BEHIND_CARRIERS: f64 = 0.65;
/// What of that each of the twelve prefixes has, in hundredths; they are not alike.
const CARRIERS: [u32; 12] = [15, 13, 11, 10, 9, 8, 8, 7, 6, 5, 4, 4];
/// Guests who buy for each guest who leaves: about half of those who begin a checkout finish it.
const BUYERS_FOR_EACH_WHO_LEAVES: f64 = 1.0;
/// Of a hundred checkouts, those of customers who are signed in, where the shop signs them; guests are asked for by most.
const SIGNED_IN: f64 = 0.2;
/// Of a hundred buyers in a shop whose server tells orders, those whose confirmation page tells it first.
const PAGE_TELLS: f64 = 0.7;
/// Of a hundred who are mailed, those who come back by the link (Klaviyo, 2024: 9.5 % of cart mails are clicked).
const CLICK: f64 = 0.095;
/// Of a hundred who come back, those who buy (Klaviyo, 2024: 3.3 % of the mailed).
const BUY_AFTER_CLICK: f64 = 0.35;
/// Of a hundred who bought or came back, those who say their address again on a later day: 26 in a month.
const COME_AGAIN: f64 = 0.01;
/// Of a thousand addresses said on a day, how many in each hour of it.
const HOURS: [u32; 24] = [18, 11, 7, 5, 5, 9, 18, 30, 42, 50, 55, 57, 58, 56, 54, 53, 53, 55, 60, 68, 78, 74, 53, 31];
/// Minutes between two ticks; the jobs of housekeeping that matter here come at multiples of them.
const TICK: i64 = 6;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// What a shop gives Cartwake of what it knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shop {
    /// Its server tells each paid order; otherwise its pages do.
    pub(crate) tells_orders: bool,
    /// Its pages give the signed address of customers who are signed in.
    pub(crate) signs: bool,
}

/// What a shopper does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    Leave,
    Buy,
    BuyNow,
    SignedLeave,
    SignedBuy,
    Click,
    Again,
}

/// A shopper and the browser, which keeps its session.
#[derive(Clone, Debug)]
struct Shopper {
    network: String,
    session: String,
    carts: u32,
    /// The day on which a guest left a first cart, counted from 0.
    left: Option<i64>,
}

/// The shop, its shoppers and what they still do.
pub(crate) struct Town {
    edge: App<World>,
    shop: Shop,
    chance: SeededEntropy,
    shoppers: Vec<Shopper>,
    ahead: BTreeMap<(i64, usize), Act>,
    known: BTreeSet<usize>,
    orders: u32,
}

/// What became of the first contacts of some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// Guests who left a cart for the first time.
    pub(crate) first_contacts: usize,
    /// Those whose first reminder did not leave within 24 h of when it was due.
    pub(crate) held: usize,
    /// Those of them who came by a carrier.
    pub(crate) held_behind_carriers: usize,
}

impl Fate {
    /// Held of a hundred.
    #[expect(clippy::cast_precision_loss, reason = "thousands of shoppers at most")]
    pub(crate) fn percent(self) -> f64 {
        100.0 * self.held as f64 / self.first_contacts.max(1) as f64
    }
}

impl Town {
    /// A shop on its first day.
    pub(crate) fn of(shop: Shop) -> Self {
        let mut edge = live();
        edge.config.mails_per_tick = 200;
        // The shares look at the first mail alone; the corpus of journeys is mailed in full (edge/tests/honest.rs).
        edge.change_settings(|settings| settings.policy.steps.truncate(1));
        Self {
            edge,
            shop,
            chance: SeededEntropy::from(7),
            shoppers: Vec::new(),
            ahead: BTreeMap::new(),
            known: BTreeSet::new(),
            orders: 0,
        }
    }

    fn number(&self) -> f64 {
        let [a, b, c, d, ..] = self.chance.bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / 4_294_967_296.0
    }

    fn below(&self, bound: u32) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number below the bound")]
        let number = (self.number() * f64::from(bound)) as u32;
        number
    }

    fn weighed(&self, weights: &[u32]) -> u32 {
        let mut number = self.below(weights.iter().sum());
        for (place, weight) in (0..).zip(weights) {
            if number < *weight {
                return place;
            }
            number -= weight;
        }
        0
    }

    fn millis(&self) -> i64 {
        self.edge.now().since(BEGINNING).millis()
    }

    fn event(&self, shopper: usize) -> wire::Collect {
        let Shopper { session, carts, .. } = &self.shoppers[shopper];
        wire::Collect {
            visitor: visitor(shopper),
            session: Some(session.clone()),
            email: Some(address(shopper)),
            consent: Some(wire::Consent {
                tracking: Some("granted".to_owned()),
                mail: Some("express".to_owned()),
                wording: Some("express-en-1".to_owned()),
                source: Some("box".to_owned()),
            }),
            ..self.edge.event('A', *carts, 1)
        }
    }

    /// A carrier's prefix, or the network at home, which nobody else has.
    fn network(&self, shopper: usize) -> String {
        if self.number() < BEHIND_CARRIERS {
            format!("100.64.{}.{}", self.weighed(&CARRIERS), self.below(250))
        } else {
            format!("10.{}.{}.7", shopper / 250, shopper % 250)
        }
    }

    /// A shopper opens a cart and says the address.
    fn says(&mut self, shopper: usize, is_signed: bool) {
        let network = self.network(shopper);
        let kept = self.shoppers[shopper].session.clone();
        let session = self.edge.mint(&visitor(shopper), &kept);
        let known = &mut self.shoppers[shopper];
        (known.network, known.session, known.carts) = (network.clone(), session, known.carts + 1);
        let event = self.event(shopper);
        let event = if is_signed && self.shop.signs {
            self.edge.vouched(event, &format!("c{shopper}"), &address(shopper))
        } else {
            event
        };
        let answer = self.edge.collect_from(&network, &event);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    fn later(&mut self, shopper: usize, minutes: i64, act: Act) {
        self.ahead.insert((self.millis() + minutes * MINUTE, shopper), act);
    }

    /// The confirmation page tells the order, the shop's server does, or the page first and then the server.
    fn buys(&mut self, shopper: usize) {
        self.orders += 1;
        let order = format!("{}", 10_000 + self.orders);
        if !self.shop.tells_orders || self.number() < PAGE_TELLS {
            self.page_tells(shopper, &order);
        }
        if self.shop.tells_orders {
            self.server_tells(shopper, order);
        }
        self.known.insert(shopper);
    }

    fn page_tells(&mut self, shopper: usize, order: &str) {
        let order = wire::PageOrder { id: order.to_owned(), ..wire::PageOrder::default() };
        let event = wire::Collect {
            order: Some(order),
            email: None,
            consent: None,
            seq: 2,
            id: "event00002".to_owned(),
            ..self.event(shopper)
        };
        assert_eq!(self.edge.collect_from(&self.shoppers[shopper].network, &event).status, 200);
    }

    fn server_tells(&mut self, shopper: usize, order: String) {
        let told = wire::ServerOrder {
            order,
            status: "placed".to_owned(),
            cart: Some(format!("{}.{}", visitor(shopper), self.shoppers[shopper].carts)),
            email: Some(address(shopper)),
            total: Some("49.90".to_owned()),
            currency: Some("EUR".to_owned()),
            ..wire::ServerOrder::default()
        };
        let body = serde_json::to_string(&told).unwrap();
        assert_eq!(self.edge.post_from_server("/v1/orders", "shop", &body).status, 200);
    }

    fn act(&mut self, shopper: usize, act: Act) {
        match act {
            Act::Leave => {
                self.shoppers[shopper].left = Some(self.millis().div_euclid(DAY));
                self.says(shopper, false);
                if self.number() < CLICK {
                    let minutes = 90 + i64::from(self.below(600));
                    self.later(shopper, minutes, Act::Click);
                }
            }
            Act::Buy => {
                self.says(shopper, false);
                let minutes = 2 + i64::from(self.below(8));
                self.later(shopper, minutes, Act::BuyNow);
            }
            Act::BuyNow => self.buys(shopper),
            Act::SignedLeave => self.says(shopper, true),
            Act::SignedBuy => {
                self.says(shopper, true);
                let minutes = 2 + i64::from(self.below(8));
                self.later(shopper, minutes, Act::BuyNow);
            }
            Act::Click => self.comes_back(shopper),
            Act::Again => self.says(shopper, false),
        }
    }

    /// Comes back by the link of the first reminder, if it was mailed, and perhaps buys.
    fn comes_back(&mut self, shopper: usize) {
        let reminder = ReminderId {
            site: SiteId::parse("shop").unwrap(),
            cart: CartId::parse(&format!("{}.1", visitor(shopper))).unwrap(),
            cycle: 1,
            step: StepId::parse("s1").unwrap(),
        };
        let link = link_token(&self.edge.config.keys, LinkPurpose::Restore, &reminder);
        let body = format!(r#"{{"site":"{}","token":"{link}"}}"#, self.edge.site_key("shop"));
        if self.edge.post_from_page("/v1/visit", &body).status != 204 {
            return;
        }
        self.known.insert(shopper);
        self.says(shopper, false);
        if self.number() < BUY_AFTER_CLICK {
            self.later(shopper, 5, Act::BuyNow);
        }
    }

    /// Who comes on a day, at which hour; `times` as many as usual.
    fn plan_day(&mut self, times: f64) {
        let signed = if self.shop.signs { SIGNED_IN / (1.0 - SIGNED_IN) } else { 0.0 };
        let guests = [(Act::Leave, LEAVE), (Act::Buy, LEAVE * BUYERS_FOR_EACH_WHO_LEAVES)];
        let customers =
            [(Act::SignedLeave, LEAVE * signed), (Act::SignedBuy, LEAVE * BUYERS_FOR_EACH_WHO_LEAVES * signed)];
        for (act, many) in guests.into_iter().chain(customers) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "thousands at most")]
            for _ in 0..(many * times) as usize {
                let shopper = self.shoppers.len();
                self.shoppers.push(Shopper { network: String::new(), session: String::new(), carts: 0, left: None });
                self.comes(shopper, act);
            }
        }
        for shopper in self.known.clone() {
            if self.number() < COME_AGAIN {
                self.comes(shopper, Act::Again);
            }
        }
    }

    fn comes(&mut self, shopper: usize, act: Act) {
        let minutes = i64::from(self.weighed(&HOURS)) * 60 + i64::from(self.below(60));
        self.later(shopper, minutes, act);
    }

    /// Lets days pass, with so many times the usual shoppers.
    pub(crate) fn days(&mut self, days: i64, times: f64) {
        for _ in 0..days {
            self.plan_day(times);
            let end = self.millis() + DAY;
            while self.millis() < end {
                self.edge.tick().unwrap();
                let next = self.millis() + TICK * MINUTE;
                while let Some((&(at, shopper), _)) = self.ahead.first_key_value().filter(|((at, _), _)| *at < next) {
                    self.edge.wait(Span::millis_of((at - self.millis()).max(0)));
                    let act = self.ahead.remove(&(at, shopper)).unwrap();
                    self.act(shopper, act);
                }
                self.edge.wait(Span::millis_of(next - self.millis()));
            }
        }
    }

    /// What became of those who came on these days, counted from 0.
    pub(crate) fn fate(&self, days: core::ops::Range<i64>) -> Fate {
        let first: BTreeMap<String, ReminderView> =
            self.edge.first_steps().into_iter().map(|reminder| (reminder.cart.clone(), reminder)).collect();
        let mut fate = Fate::default();
        for (number, shopper) in self.shoppers.iter().enumerate() {
            if !shopper.left.is_some_and(|day| days.contains(&day)) {
                continue;
            }
            fate.first_contacts += 1;
            let reminder = first.get(&format!("{}.1", visitor(number)));
            if !reminder.is_some_and(left_in_time) {
                fate.held += 1;
                fate.held_behind_carriers += usize::from(shopper.network.starts_with("100."));
            }
        }
        fate
    }
}

fn left_in_time(reminder: &ReminderView) -> bool {
    let in_time = |at: Timestamp| at.since(reminder.scheduled) <= Span::hours(24);
    reminder.state == ReminderState::Sent && reminder.first.is_some_and(in_time)
}

fn visitor(shopper: usize) -> String {
    format!("01JD3Z5W4K8Q9RT2V6XY{shopper:06}")
}

fn address(shopper: usize) -> String {
    format!("shopper{shopper}@example.com")
}
