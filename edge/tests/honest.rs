//! Honest shoppers: in every shop, however quick they are, each counts as a person and gets the whole sequence.
//!
//! The tracker's own step runs natively in a model of the page, against the Worker's own use cases. Who has a
//! session and a place in the shares is mailed in full (shared/src/share.rs).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests; they print a table")]

#[path = "honest/browser.rs"]
mod browser;

use browser::{Browser, Consent, Shop};
use cartwake_edge::{
    base::ports::App,
    native::world::{World, live},
};
use cartwake_shared::{
    lifecycle::CartState,
    policy::{CaptureMode, TrackingConsent},
    reminder::ReminderState,
    share::NETWORK,
    time::Span,
    trust::Trust,
};

/// Steps of the sequence that the world's shop sends.
const STEPS: usize = 3;
/// What becomes of each of an honest shopper's reminders.
const CONTACT_AND_SENT: (Option<Trust>, ReminderState) = (Some(Trust::FirstContact), ReminderState::Sent);

const CONSENTS: [Consent; 7] = [
    Consent::Box,
    Consent::ShopBox,
    Consent::Call,
    Consent::Tool("consent-mode"),
    Consent::Tool("cmp"),
    Consent::SiteNotice,
    Consent::MailNotice,
];

/// A world whose shop asks for consent in this way.
fn world(consent: Consent) -> App<World> {
    let mut edge = live();
    edge.config.mails_per_tick = 50;
    if matches!(consent, Consent::SiteNotice | Consent::MailNotice) {
        edge.change_settings(|settings| settings.tracking = TrackingConsent::Notice);
    }
    edge
}

/// The same where the site wants no cart without an address.
fn world_that_waits(consent: Consent, waits_for_address: bool) -> App<World> {
    let edge = world(consent);
    if waits_for_address {
        edge.change_settings(|settings| settings.capture = CaptureMode::Identified);
    }
    edge
}

/// Time passes for these browsers; their timers go off when they are due.
fn pass(edge: &App<World>, browsers: &mut [Browser<'_>], milliseconds: i64) {
    let end = edge.now().plus(Span::millis_of(milliseconds));
    loop {
        let next = browsers.iter().filter_map(Browser::wakes).min().filter(|at| *at <= end);
        edge.wait(next.unwrap_or(end).max(edge.now()).since(edge.now()));
        if next.is_none() {
            return;
        }
        browsers.iter_mut().for_each(Browser::wake);
    }
}

/// What a shopper does, and when: milliseconds after the step before.
#[derive(Clone, Copy)]
enum Does {
    Opens,
    Cart(u32),
    Types(&'static str),
    Fills(&'static str),
    Agrees,
    LeavesAll,
    Orders,
    /// The next steps happen in the tab with this number.
    RoundRobin(usize),
    /// The tab's next session is long on its way.
    MintsSlowly,
    /// The session of the tab with this number comes.
    AnswerComes(usize),
    /// The deployment gets another root key, without the one before it.
    KeyIsChanged,
}
use Does::{Agrees, AnswerComes, Cart, Fills, KeyIsChanged, LeavesAll, MintsSlowly, Opens, Orders, RoundRobin, Types};

/// What a shopper is called, and what it does.
type Journey = (&'static str, &'static [(i64, Does)]);

const JOURNEYS: &[Journey] = &[
    ("gone at once", &[(0, Opens), (200, Cart(1)), (500, Fills("ada@example.com")), (500, Agrees), (800, LeavesAll)]),
    (
        "slow typing with corrections",
        &[
            (0, Opens),
            (300, Cart(1)),
            (9_000, LeavesAll),
            (500, Opens),
            (300, Cart(2)),
            (4_000, Types("ada")),
            (900, Types("ada@exmaple")),
            (2_000, Types("ada@exmaple.co")),
            (700, Types("ada@exmaple.com")),
            (5_000, Types("ada@e")),
            (1_500, Types("ada@example.com")),
            (800, Fills("ada@example.com")),
            (3_000, Agrees),
            (20_000, LeavesAll),
        ],
    ),
    (
        "autofill a second after the page, gone after four",
        &[(0, Opens), (200, Cart(1)), (800, Fills("ada@example.com")), (900, Agrees), (2_100, LeavesAll)],
    ),
    (
        "prefilled by the shop",
        &[(0, Opens), (100, Cart(1)), (50, Fills("ada@example.com")), (1_400, Agrees), (2_000, LeavesAll)],
    ),
    (
        "prefilled by the shop, agreed to first",
        &[(0, Opens), (900, Agrees), (50, Fills("ada@example.com")), (100, Cart(1)), (2_500, LeavesAll)],
    ),
    (
        "buy now, straight to the checkout",
        &[(0, Opens), (300, Cart(1)), (1_500, Fills("ada@example.com")), (400, Agrees), (3_000, LeavesAll)],
    ),
    (
        "buy now, from a page left after a second",
        &[
            (0, Opens),
            (500, Cart(1)),
            (500, LeavesAll),
            (300, Opens),
            (100, Cart(1)),
            (700, Fills("ada@example.com")),
            (600, Agrees),
            (2_400, LeavesAll),
        ],
    ),
    (
        "two tabs, the cart in one and the address in the other",
        &[
            (0, Opens),
            (400, Cart(1)),
            (1_000, Opens),
            (200, Cart(1)),
            (600, Fills("ada@example.com")),
            (500, Agrees),
            (4_000, RoundRobin(0)),
            (900, Cart(3)),
            (500, LeavesAll),
        ],
    ),
    (
        "an older tab that says the last word soon after a newer one",
        &[
            (0, Opens),
            (400, Cart(1)),
            (1_000, Opens),
            (800, Fills("ada@example.com")),
            (500, Agrees),
            (1_100, RoundRobin(0)),
            (0, Cart(3)),
            (2_000, LeavesAll),
        ],
    ),
    (
        "a page left before its session came, and back from the browser's cache when it comes",
        &[
            (0, Opens),
            (0, MintsSlowly),
            (400, Cart(1)),
            (500, LeavesAll),
            (300, Opens),
            (200, Cart(2)),
            (900, AnswerComes(0)),
            (700, Fills("ada@example.com")),
            (600, Agrees),
            (2_000, LeavesAll),
        ],
    ),
    (
        "two tabs that ask for a session at once",
        &[
            (0, Opens),
            (0, MintsSlowly),
            (300, Cart(1)),
            (100, Opens),
            (0, MintsSlowly),
            (300, Cart(1)),
            (400, AnswerComes(1)),
            (100, Cart(2)),
            (300, AnswerComes(0)),
            (900, Fills("ada@example.com")),
            (400, Agrees),
            (2_000, LeavesAll),
        ],
    ),
    (
        "a root key that is changed while a cart is filled",
        &[
            (0, Opens),
            (300, Cart(1)),
            (2_000, KeyIsChanged),
            (900, Cart(2)),
            (9_000, Fills("ada@example.com")),
            (400, Agrees),
            (5_000, LeavesAll),
        ],
    ),
];

fn shop(edge: &App<World>, browser: &mut Browser<'_>, steps: &[(i64, Does)]) {
    let (mut tab, mut open) = (0, Vec::new());
    for (pause, does) in steps {
        pass(edge, core::slice::from_mut(browser), *pause);
        match *does {
            Opens => {
                tab = browser.open();
                open.push(tab);
            }
            Cart(pieces) => browser.cart(tab, pieces),
            Types(text) => browser.typed(tab, text, false),
            Fills(text) => browser.typed(tab, text, true),
            Agrees => browser.agrees(tab),
            LeavesAll => open.drain(..).for_each(|tab| browser.leaves(tab)),
            Orders => browser.orders(tab, "1001"),
            RoundRobin(to) => tab = to,
            MintsSlowly => browser.mints_slowly(tab),
            AnswerComes(of) => browser.answer_comes(of),
            KeyIsChanged => browser.key_is_changed(),
        }
    }
}

/// Trust and state of each reminder, in the order of the steps, once the whole sequence was due.
fn sequence(edge: &App<World>) -> Vec<(Option<Trust>, ReminderState)> {
    first_reminders(edge);
    for _ in 0..STEPS {
        edge.wait(Span::hours(24));
        for _ in 0..3 {
            edge.tick().unwrap();
            edge.wait(Span::minutes(1));
        }
    }
    edge.reminders().iter().map(|reminder| (reminder.trust, reminder.state)).collect()
}

/// Trust and state of each first reminder.
fn first_reminders(edge: &App<World>) -> Vec<(Option<Trust>, ReminderState)> {
    edge.wait(Span::minutes(61));
    for _ in 0..30 {
        edge.tick().unwrap();
        edge.wait(Span::minutes(1));
    }
    edge.first_steps().iter().map(|reminder| (reminder.trust, reminder.state)).collect()
}

#[test]
fn every_honest_journey_is_mailed_in_full_in_every_shop() {
    let mut missing = Vec::new();
    let mut count = 0;
    for (name, steps) in JOURNEYS {
        let before = count;
        for consent in CONSENTS {
            for forbids_wasm in [false, true] {
                for (waits_for_address, forgets_addresses) in
                    [(false, false), (true, false), (false, true), (true, true)]
                {
                    let edge = world_that_waits(consent, waits_for_address);
                    let kind = Shop { consent, forbids_wasm, waits_for_address, forgets_addresses };
                    shop(&edge, &mut Browser::new(&edge, kind, 1, "203.0.113.7"), steps);
                    count += 1;
                    // A browser stays the visitor it is, unless nothing proves that any more.
                    let mut visitors: Vec<String> =
                        edge.carts().into_iter().map(|cart| cart.id[..26].to_owned()).collect();
                    visitors.dedup();
                    let is_itself = visitors.len() == 1 || steps.iter().any(|(_, does)| matches!(does, KeyIsChanged));
                    let found = sequence(&edge);
                    if !is_itself || found != [CONTACT_AND_SENT; STEPS] {
                        missing.push(format!("{name}, {kind:?}: {found:?} of {visitors:?}"));
                    }
                }
            }
        }
        println!("{name:<56}{:>4} shops", count - before);
    }
    println!("honest journeys: {} of {count} mailed in full, {STEPS} steps each", count - missing.len());
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn an_order_is_told_though_the_browser_could_not_keep_the_address() {
    for forbids_wasm in [false, true] {
        for waits_for_address in [false, true] {
            for answered in [0, 900] {
                let edge = world_that_waits(Consent::SiteNotice, waits_for_address);
                let kind =
                    Shop { consent: Consent::SiteNotice, forbids_wasm, waits_for_address, forgets_addresses: true };
                let mut browser = Browser::new(&edge, kind, 1, "203.0.113.7");
                let steps = [
                    (0, Opens),
                    (300, Cart(2)),
                    (500, Fills("ada@example.com")),
                    (answered, Agrees),
                    (0, LeavesAll),
                    (500, Opens),
                    (0, Orders),
                    (900, LeavesAll),
                ];
                shop(&edge, &mut browser, &steps);
                let cart = edge.carts().remove(0);
                assert_eq!(cart.state, CartState::Ordered, "{kind:?} {answered}");
                assert_eq!(first_reminders(&edge), [], "{kind:?} {answered}");
            }
        }
    }
}

#[test]
fn of_five_hundred_behind_one_network_the_share_is_mailed_and_the_others_wait() {
    const ADDRESSES: usize = 500;
    for consent in [Consent::Box, Consent::MailNotice] {
        let edge = world(consent);
        let kind = Shop { consent, forbids_wasm: false, waits_for_address: false, forgets_addresses: false };
        let network = |number: usize| format!("203.0.113.{}", number % 250);
        let mut browsers: Vec<Browser<'_>> =
            (0..ADDRESSES).map(|number| Browser::new(&edge, kind, number, &network(number))).collect();
        // All at once, each as quick as autofill.
        for browser in &mut browsers {
            browser.open();
        }
        pass(&edge, &mut browsers, 200);
        for browser in &mut browsers {
            browser.cart(0, 1);
        }
        pass(&edge, &mut browsers, 800);
        for (number, browser) in browsers.iter_mut().enumerate() {
            browser.typed(0, &format!("shopper{number}@example.com"), true);
        }
        pass(&edge, &mut browsers, 900);
        for browser in &mut browsers {
            browser.agrees(0);
        }
        pass(&edge, &mut browsers, 2_100);
        for browser in &mut browsers {
            browser.leaves(0);
        }
        let found = first_reminders(&edge);
        let mailed = found.iter().filter(|reminder| **reminder == CONTACT_AND_SENT).count();
        let waiting = found.iter().filter(|reminder| **reminder == (None, ReminderState::Ready)).count();
        println!("behind one /24, {consent:?}: {mailed} of {ADDRESSES} mailed, {waiting} wait");
        let share = usize::try_from(NETWORK.of_site).unwrap();
        assert_eq!((mailed, waiting, edge.ports.provider.mails().len()), (share, ADDRESSES - share, share));
    }
}
