//! The step against a model of page, storage and Worker: what is said arrives, what is not permitted does not leave.

use cartwake_tracker::{
    Signal, State,
    record::{Record, kept, page, part},
    step,
};
use proptest::prelude::*;

/// A page with a browser's storage and a Worker that answers as told.
#[derive(Default)]
struct Page {
    state: State,
    stored: Vec<String>,
    sent: Vec<String>,
    minted: Vec<String>,
    now: u64,
    count: u64,
}

impl Page {
    fn open(required: bool, gpc: bool) -> Self {
        let mut opened = Self { now: 1_764_000_000_000, ..Self::default() };
        let flag = |set: bool| if set { "1" } else { "0" };
        opened.tell(
            "b",
            &[flag(required), flag(gpc), "pk_demo", "express", "express-en-1", "en", "UTC", "https://shop.example/"],
        );
        opened
    }

    /// Tells a signal and gives back the letters and fields of the effects.
    fn tell(&mut self, kind: &str, fields: &[&str]) -> Vec<Vec<String>> {
        self.now += 10;
        self.count += 1;
        let text = format!("{kind}\u{1f}{}\u{1f}{:0>16}\u{1f}{}", self.now, self.count, fields.join("\u{1f}"));
        let (state, effects) = step(self.state.clone(), &Signal::read(text.as_bytes()));
        self.state = state;
        let effects = String::from_utf8(effects.0).unwrap();
        let effects: Vec<Vec<String>> =
            effects.split('\u{1d}').skip(1).map(|effect| effect.split('\u{1f}').map(String::from).collect()).collect();
        if effects.iter().any(|effect| "kdt".contains(effect[0].as_str()))
            && (self.state.is_permitted() || self.is_denied())
        {
            self.stored.push(String::from_utf8_lossy(self.state.kept.as_text()).into());
        }
        effects
    }

    fn cart(&mut self, product: &str, quantity: &str) -> Vec<Vec<String>> {
        self.tell(
            "c",
            &["cart", "EUR", "", &format!("\u{1e}{product}\u{1f}\u{1f}\u{1f}\u{1f}\u{1f}{quantity}\u{1f}5.00")],
        )
    }

    fn is_denied(&self) -> bool {
        self.state.kept.letter(kept::TRACKING) == b'd'
    }

    /// Sends one event, if one may be sent, and answers it.
    fn send(&mut self, status: &str) -> bool {
        for effect in self.tell("n", &[]) {
            match effect[0].as_str() {
                "m" => {
                    self.minted.push(effect[1].clone());
                    self.tell("s", &["s1.token"]);
                    return true;
                }
                "s" => {
                    if status == "200" {
                        self.sent.push(effect[2].clone());
                    }
                    self.tell("a", &[&effect[1], status, "0"]);
                    return true;
                }
                "t" => {
                    self.now += effect[1].parse::<u64>().unwrap();
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    fn drain(&mut self) {
        while self.send("200") {}
    }

    fn said(&self, text: &str) -> usize {
        self.sent.iter().filter(|body| body.contains(text)).count()
    }
}

#[test]
fn an_unchanged_cart_is_said_once() {
    let mut shop = Page::open(false, false);
    for _ in 0..3 {
        shop.cart("P1", "2");
        shop.drain();
    }
    assert_eq!(shop.sent.len(), 1);
}

#[test]
fn what_was_seen_before_consent_leaves_with_it() {
    let mut shop = Page::open(true, false);
    shop.cart("P1", "2");
    shop.tell("e", &["1", "ada@example.com", "0"]);
    shop.drain();
    assert!(shop.sent.is_empty() && shop.stored.is_empty() && shop.minted.is_empty());
    assert!((kept::TRACKING..=part::CONTEXT).all(|place| !shop.state.kept.has(place)));
    shop.tell("p", &["1", "box"]);
    shop.drain();
    assert_eq!(shop.sent.len(), 1);
    for text in ["ada@example.com", "\"P1\"", "\"mail\":\"express\"", "\"source\":\"box\""] {
        assert_eq!(shop.said(text), 1, "{text}");
    }
}

#[test]
fn a_refusal_reaches_the_worker_and_leaves_nothing_behind() {
    let mut shop = Page::open(true, false);
    shop.cart("P1", "2");
    shop.tell("p", &["1", "box"]);
    shop.drain();
    shop.cart("P1", "3");
    shop.tell("p", &["0", "box"]);
    assert!(!shop.stored.last().unwrap().contains("P1"));
    shop.drain();
    assert_eq!(shop.said("\"tracking\":\"denied\",\"mail\":\"denied\""), 1);
    assert_eq!(shop.said("\"quantity\":3"), 0);
    assert!((kept::VISITOR..=part::CONTEXT).all(|place| !shop.state.kept.has(place)));
}

#[test]
fn an_order_closes_the_cart_and_is_reported_once() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    for _ in 0..2 {
        shop.tell("o", &["1001", "129.80", "EUR"]);
    }
    shop.tell("c", &["", "EUR"]);
    shop.cart("P2", "1");
    shop.drain();
    assert_eq!(shop.said("\"order\":{\"id\":\"1001\",\"total\":12980,\"currency\":\"EUR\"}"), 1);
    assert_eq!((shop.sent.len(), shop.said("\"cart\":1,"), shop.said("\"cart\":2,")), (2, 1, 1));
}

#[test]
fn a_restored_cart_is_a_new_one_and_names_its_reminder() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.drain();
    shop.tell("v", &["r1.token"]);
    shop.drain();
    assert_eq!(shop.sent.len(), 1, "a token alone is no event");
    shop.cart("P1", "1");
    shop.drain();
    assert!(
        shop.sent[1].contains("\"cart\":2,\"seq\":1,") && shop.sent[1].contains("\"via\":\"r1.token\""),
        "{:?}",
        shop.sent
    );
}

#[test]
fn a_cart_untouched_for_a_fortnight_begins_anew() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.drain();
    shop.now += 15 * 24 * 3_600_000;
    shop.cart("P1", "1");
    shop.drain();
    assert_eq!(shop.said("\"cart\":2,"), 1);
}

#[test]
fn a_refused_cart_does_not_take_the_address_along() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.tell("e", &["1", "ada@example.com", "0"]);
    shop.send("200");
    shop.send("413");
    shop.drain();
    assert_eq!((shop.said("ada@example.com"), shop.said("P1")), (1, 0));
}

#[test]
fn the_server_s_pause_is_kept_and_a_lost_network_is_not_waited_for() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.send("200");
    let effects = shop.tell("n", &[]);
    let id = effects[0][1].clone();
    shop.tell("a", &[&id, "503", "60"]);
    shop.tell("l", &[]);
    assert_eq!(shop.tell("n", &[])[0][0], "t", "asked for by the server");
    shop.now += 120_000;
    assert_eq!(shop.tell("n", &[])[0][0], "s");
    shop.tell("a", &[&id, "0", "0"]);
    assert_eq!(shop.tell("n", &[])[0][0], "t");
    shop.tell("l", &[]);
    assert_eq!(shop.tell("n", &[])[0][0], "s", "online again");
}

#[derive(Clone, Debug)]
enum Act {
    Cart(u8),
    Email(u8),
    Grant(&'static str),
    Refuse,
    Order(u8),
    Via(u8),
    Send(&'static str),
    Online,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..4_u8).prop_map(Act::Cart),
        3 => (0..3_u8).prop_map(Act::Email),
        2 => prop::sample::select(vec!["box", "api", "notice"]).prop_map(Act::Grant),
        1 => Just(Act::Refuse),
        1 => (0..3_u8).prop_map(Act::Order),
        1 => (0..3_u8).prop_map(Act::Via),
        4 => prop::sample::select(vec!["200", "503", "0", "429"]).prop_map(Act::Send),
        1 => Just(Act::Online),
    ]
}

fn play(shop: &mut Page, act: &Act) {
    match act {
        Act::Cart(item) => drop(shop.cart(&format!("P{item}"), "1")),
        Act::Email(name) => drop(shop.tell("e", &["1", &format!("mail{name}@example.com"), "0"])),
        Act::Grant(source) => drop(shop.tell("p", &["1", source])),
        Act::Refuse => drop(shop.tell("p", &["0", "api"])),
        Act::Order(id) => drop(shop.tell("o", &[&format!("order{id}"), "1", "EUR"])),
        Act::Via(id) => drop(shop.tell("v", &[&format!("r1.via{id}")])),
        Act::Send(status) => drop(shop.send(status)),
        Act::Online => drop(shop.tell("l", &[])),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn addresses_orders_and_consent_arrive_whatever_happens(
        acts in prop::collection::vec(act().prop_filter("no refusal", |act| !matches!(act, Act::Refuse)), 0..40),
    ) {
        let mut shop = Page::open(false, false);
        for act in &acts {
            play(&mut shop, act);
        }
        shop.drain();
        let newest_email = acts.iter().rev().find_map(|act| if let Act::Email(name) = act { Some(*name) } else { None });
        if let Some(name) = newest_email {
            let address = format!("mail{name}@example.com");
            prop_assert!(shop.said(&address) > 0);
        }
        for act in &acts {
            if let Act::Order(id) = act {
                let order = format!("\"order{id}\"");
                prop_assert!(shop.said(&order) > 0);
            }
            if matches!(act, Act::Grant("box")) {
                prop_assert!(shop.said("\"source\":\"box\"") > 0);
            }
        }
        prop_assert!(shop.state.pending.is_empty());
        let mut ids: Vec<&str> = shop.sent.iter().map(|body| body.split("\"age\"").next().unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), all, "an event is acknowledged once");
    }

    #[test]
    fn nothing_is_kept_or_leaves_before_consent(
        gpc: bool,
        acts in prop::collection::vec(act().prop_filter("no consent", |act| !matches!(act, Act::Grant("box" | "api"))), 0..40),
    ) {
        let mut shop = Page::open(true, gpc);
        for act in &acts {
            play(&mut shop, act);
        }
        shop.drain();
        prop_assert!(shop.sent.is_empty() && shop.minted.is_empty());
        let bare = |text: &String| text.trim_start_matches('d').trim_matches('\u{1f}').is_empty();
        prop_assert!(shop.stored.iter().all(bare));
        prop_assert!((kept::VISITOR..=part::CONTEXT).all(|place| !shop.state.kept.has(place)));
    }

    #[test]
    fn after_a_refusal_only_the_refusal_leaves(
        before in prop::collection::vec(act(), 0..20),
        after in prop::collection::vec(act().prop_filter("no consent", |act| !matches!(act, Act::Grant(_))), 0..20),
    ) {
        let mut shop = Page::open(true, false);
        for act in &before {
            play(&mut shop, act);
        }
        play(&mut shop, &Act::Refuse);
        let told = shop.sent.len();
        for act in &after {
            play(&mut shop, act);
        }
        shop.drain();
        prop_assert!(shop.sent[told..].iter().all(|body| body.contains("\"tracking\":\"denied\"") && !body.contains("mail0") && !body.contains("lines")));
        prop_assert!(shop.sent.len() <= told + 1);
        prop_assert!(!shop.state.kept.has(kept::VISITOR));
    }

    #[test]
    fn any_bytes_are_taken_without_a_panic(text in prop::collection::vec(any::<u8>(), 0..200), kind in "[bsceipovnal]") {
        let mut input = kind.into_bytes();
        input.extend(text);
        let held = Record::read(&input);
        let state = State { page: held, ..State::default() };
        let (state, _) = step(state, &Signal::read(&input));
        prop_assert!(state.page.get(page::SITE).len() <= 400);
    }
}
