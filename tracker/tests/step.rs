//! The step against a model of page, storage and Worker: what is said arrives, what is not permitted does not leave.

use std::collections::BTreeMap;

use cartwake_tracker::{
    may_leave, run,
    state::{COUNT, DENIED, GRANTED, TICKED, kept, part},
    text::{Answer, Text},
    word,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const PARTS: [&str; part::COUNT] = ["snapshot", "email", "consent", "order", "via", "customer"];
const KEPT: usize = 15;

/// A word of the step and its two numbers.
type Word = (u64, u64, u64);

/// A page with a browser's storage and a Worker that answers as told; does what www/tracker/sender.js does.
#[derive(Default)]
struct Page {
    mode: [u64; 3],
    numbers: Vec<u64>,
    said: Map<String, Value>,
    queue: Vec<Map<String, Value>>,
    visitor: Option<u64>,
    has_session: bool,
    early: BTreeMap<String, (Vec<String>, Vec<String>)>,
    /// Everything that was ever written to the storage.
    stored: Vec<String>,
    sent: Vec<String>,
    minted: Vec<u64>,
    now: u64,
    count: u64,
}

fn answer_to(input: &str) -> (Vec<Word>, Vec<u64>) {
    let mut answer = Answer::default();
    run(Text(input.as_bytes()), &mut answer);
    (answer.words(), answer.state().to_vec())
}

impl Page {
    fn open(required: bool, gpc: bool) -> Self {
        let mode = [u64::from(required), u64::from(gpc), 0];
        Self { mode, numbers: vec![0; KEPT], now: 1_764_000_000_000, ..Self::default() }
    }

    /// A page of a site that wants no cart without an address.
    fn identified(required: bool) -> Self {
        let mut page = Self::open(required, false);
        page.mode[2] = 1;
        page
    }

    fn is_permitted(&self) -> bool {
        let said = self.numbers[kept::TRACKING];
        said == TICKED || (self.mode[1] == 0 && (said == GRANTED || (said == 0 && self.mode[0] == 0)))
    }

    fn is_denied(&self) -> bool {
        self.numbers[kept::TRACKING] == DENIED
    }

    /// Tells a signal and gives back the words of the answer.
    fn tell(&mut self, kind: &str, fields: &[&str], rows: &[&str]) -> Vec<Word> {
        self.now += 10;
        let owned = |texts: &[&str]| texts.iter().copied().map(String::from).collect();
        if kind != "p" && !self.is_permitted() && !self.is_denied() {
            if "oq".contains(kind) {
                self.early.clear();
            } else if "ceiv".contains(kind) {
                self.early.insert(kind.into(), (owned(fields), owned(rows)));
            }
            return Vec::new();
        }
        if kind == "n" && self.queue.is_empty() {
            return Vec::new();
        }
        self.count += 1;
        let state: Vec<String> = self.numbers.iter().chain(&self.mode).map(ToString::to_string).collect();
        let signal = format!("{kind}\t{}\t{}\t{}", self.now, self.count % 32, fields.join("\t"));
        let (words, numbers) = answer_to(&[&[&*state.join(","), &*signal], rows].concat().join("\n"));
        self.numbers = numbers[..KEPT].to_vec();
        let (mut news, mut lines, mut figures) = (Map::new(), Vec::new(), (0, 0));
        for &(word, first, second) in &words {
            match word {
                word::FIGURES => figures = (first, second),
                word::LINE => lines.push(json!({
                    "product": rows[usize::try_from(first).unwrap()].split('\t').next(),
                    "quantity": figures.0,
                    "price": figures.1.checked_sub(1),
                })),
                word::SAYS => drop(news.insert(
                    PARTS[usize::try_from(first).unwrap()].into(),
                    match kind {
                        "c" => json!({ "currency": fields[2], "total": second.checked_sub(1), "lines": lines }),
                        "o" => json!({ "id": fields[0], "total": second.checked_sub(1) }),
                        _ => json!(fields[0]),
                    },
                )),
                word::CONSENT => drop(news.insert(
                    "consent".into(),
                    json!({
                        "tracking": if first == 1 { "granted" } else { "denied" },
                        "mail": (second == 1).then_some(if first == 1 { "express" } else { "denied" }),
                        "source": if kind == "p" { fields[1] } else { "notice" },
                    }),
                )),
                word::NEXT_CART => {
                    ["snapshot", "via", "order"].map(|part| self.said.remove(part)).into_iter().for_each(drop);
                    if first == 1 {
                        self.queue.clear();
                    }
                }
                word::VIA => self.said.append(&mut news.clone()),
                word::UTTER => self.utter(&news, first, second),
                word::FORGET => {
                    self.said.clear();
                    self.queue.clear();
                    self.early.clear();
                    if first == 1 {
                        self.visitor = None;
                        self.has_session = false;
                    }
                }
                word::DONE => self.queue.retain_mut(|event| {
                    if event["id"] != fields[3] {
                        return true;
                    }
                    let retry = first == 1 && event.remove("snapshot").is_some();
                    retry && PARTS.iter().any(|part| event.contains_key(*part))
                }),
                word::DRAIN | word::WAIT | word::MINT | word::SEND | word::NOTE => {}
                other => panic!("{other} is no word"),
            }
        }
        let nothing_is_kept = self.is_denied() && self.mode[0] == 1 && self.queue.is_empty();
        if (self.is_permitted() || self.is_denied()) && !nothing_is_kept {
            self.stored.push(format!("{:?} {:?} {:?} {:?}", self.numbers, self.visitor, self.said, self.queue));
        }
        if "ep".contains(kind) && self.is_permitted() {
            for (kind, (fields, rows)) in std::mem::take(&mut self.early) {
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
                self.tell(&kind, &fields, &rows);
            }
        }
        words
    }

    fn utter(&mut self, news: &Map<String, Value>, bits: u64, seq: u64) {
        let cart = self.numbers[kept::CART] - (bits >> part::ORDER & 1);
        let older = self.queue.iter().position(|event| event["cart"] == cart).map(|at| self.queue.remove(at));
        let mut event = if seq < 2 { self.said.clone() } else { Map::new() };
        event.append(&mut older.unwrap_or_default());
        event.append(&mut news.clone());
        for (part, name) in PARTS.iter().enumerate() {
            assert!(bits >> part & 1 == 0 || news.contains_key(*name), "{name} is said and was not named");
        }
        let frame = json!({ "cart": cart, "seq": seq, "id": format!("id{}", self.count), "at": self.now });
        event.append(&mut frame.as_object().unwrap().clone());
        self.visitor.get_or_insert(self.count);
        self.said.append(&mut news.clone());
        self.queue.push(event);
    }

    fn cart(&mut self, product: &str, quantity: &str) -> Vec<Word> {
        let now = self.now.to_string();
        self.tell("c", &["1", "", "EUR", "0", ".", &now], &[&format!("{product}\t\t\t\t\t\t\t{quantity}\t5.00")])
    }

    fn emptied(&mut self) -> Vec<Word> {
        let now = self.now.to_string();
        self.tell("c", &["0", "", "EUR", "0", ".", &now], &[])
    }

    fn email(&mut self, address: &str) {
        self.tell("e", &[address, "1", "0", "express"], &[]);
    }

    fn order(&mut self, id: &str) {
        self.tell("o", &[id, "129.80", "EUR", "0", "."], &[]);
    }

    fn consent(&mut self, granted: &str, source: &str) {
        self.tell("p", &[granted, source, "", "express"], &[]);
    }

    /// Sends one event, if one may be sent, and answers it.
    fn send(&mut self, status: &str) -> bool {
        for (word, first, _) in self.tell("n", &[], &[]) {
            match word {
                word::MINT => {
                    self.minted.push(self.visitor.unwrap());
                    self.has_session = true;
                    self.tell("s", &["1"], &[]);
                    return true;
                }
                word::SEND => {
                    let body = Value::from(self.queue[0].clone()).to_string();
                    let (id, left) = (self.queue[0]["id"].as_str().unwrap().to_owned(), self.queue.len() - 1);
                    if status == "200" {
                        self.sent.push(body);
                    }
                    self.tell("a", &[status, "0", &left.to_string(), &id], &[]);
                    return true;
                }
                word::WAIT => {
                    self.now += first;
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
    shop.email("ada@example.com");
    shop.drain();
    assert!(shop.sent.is_empty() && shop.stored.is_empty() && shop.minted.is_empty());
    assert_eq!(shop.numbers, [0; KEPT]);
    shop.consent("1", "box");
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
    shop.consent("1", "box");
    shop.drain();
    shop.cart("P1", "3");
    shop.consent("0", "box");
    assert!(!shop.stored.last().unwrap().contains("P1"));
    shop.drain();
    for text in ["\"tracking\":\"denied\"", "\"mail\":\"denied\""] {
        assert_eq!(shop.said(text), 1, "{text}");
    }
    assert_eq!(shop.said("\"quantity\":3"), 0);
    assert!(shop.visitor.is_none() && shop.said.is_empty() && shop.queue.is_empty());
    assert_eq!(shop.numbers[kept::TRACKING + 1..], [0; KEPT - 1]);
}

#[test]
fn an_order_closes_the_cart_and_is_reported_once() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    for _ in 0..2 {
        shop.order("1001");
    }
    shop.emptied();
    shop.cart("P2", "1");
    shop.drain();
    assert_eq!(shop.said("\"order\":{\"id\":\"1001\",\"total\":12980}"), 1);
    assert_eq!((shop.sent.len(), shop.said("\"cart\":1,"), shop.said("\"cart\":2,")), (2, 1, 1));
}

#[test]
fn a_restored_cart_is_a_new_one_and_names_its_reminder() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.drain();
    shop.tell("v", &["r1.token"], &[]);
    shop.drain();
    assert_eq!(shop.sent.len(), 1, "a token alone is no event");
    shop.cart("P1", "1");
    shop.drain();
    assert!(
        shop.sent[1].contains("\"cart\":2,")
            && shop.sent[1].contains("\"seq\":1,")
            && shop.sent[1].contains("\"via\":\"r1.token\""),
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
    shop.email("ada@example.com");
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
    let id = shop.queue[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::SEND);
    shop.tell("a", &["503", "60", "0", &id], &[]);
    shop.tell("l", &[], &[]);
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::WAIT, "asked for by the server");
    shop.now += 120_000;
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::SEND);
    shop.tell("a", &["0", "0", "0", &id], &[]);
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::WAIT);
    shop.tell("l", &[], &[]);
    assert_eq!(shop.tell("n", &[], &[])[0].0, word::SEND, "online again");
}

#[test]
fn a_cart_that_came_to_be_before_the_known_one_is_not_taken() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "2");
    let earlier = (shop.now - 1_000).to_string();
    shop.tell("c", &["1", "", "EUR", "0", ".", &earlier], &["P1\t\t\t\t\t\t\t1\t5.00"]);
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("\"quantity\":2")), (1, 1));
    // A clock that was set back is no reason to take nothing any more.
    shop.now -= 3_600_000;
    shop.cart("P1", "3");
    shop.drain();
    assert_eq!(shop.said("\"quantity\":3"), 1);
}

#[test]
fn sources_that_name_a_line_differently_state_the_same_cart() {
    let mut shop = Page::open(false, false);
    let (now, full) = (shop.now.to_string(), "10\tM\t\tTS-M\tShirt\t\t\t2\t39.90");
    for rows in [&[full][..], &["\t\t\tTS-M\t\t\t\t2\t39,90 €", full], &["10\t\t\t\tTee\t\t\t2\t39.9", full]] {
        // A row without a product gets the SKU in its place, as www/tracker/cart.js gives it.
        let first = if rows[0].starts_with('\t') { format!("TS-M{}", rows[0]) } else { rows[0].to_owned() };
        let rows: Vec<&str> = [&first].into_iter().map(String::as_str).chain(rows[1..].iter().copied()).collect();
        shop.tell("c", &["1", "", "EUR", "0", ",", &now], &rows);
    }
    shop.drain();
    assert_eq!(shop.sent.len(), 1, "{:?}", shop.sent);
}

#[test]
fn the_next_person_is_not_the_last_one() {
    let mut shop = Page::open(false, false);
    shop.cart("P1", "1");
    shop.email("ada@example.com");
    shop.drain();
    shop.tell("q", &[], &[]);
    shop.cart("P1", "1");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("ada@example.com")), (2, 1));
    assert!(shop.minted[0] != shop.minted[1]);
    let mut shop = Page::open(true, false);
    shop.consent("1", "box");
    shop.tell("q", &[], &[]);
    assert!(!shop.is_permitted(), "the permission was the other's");
}

#[test]
fn another_person_does_not_permit_what_the_last_one_typed() {
    let mut shop = Page::open(true, false);
    shop.email("ada@example.com");
    shop.tell("q", &[], &[]);
    shop.cart("P1", "1");
    shop.consent("1", "box");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("ada@example.com"), shop.said("P1")), (1, 0, 1));
}

#[test]
fn without_an_address_nothing_leaves_where_the_site_wants_none_and_with_it_the_whole_cart() {
    for required in [false, true] {
        let mut shop = Page::identified(required);
        if required {
            shop.consent("1", "box");
        }
        shop.cart("P1", "1");
        shop.cart("P2", "3");
        shop.tell("i", &["customer-7"], &[]);
        shop.drain();
        assert!(shop.sent.is_empty() && shop.minted.is_empty(), "{:?}", shop.sent);
        shop.email("ada@example.com");
        shop.drain();
        assert_eq!((shop.sent.len(), shop.minted.len()), (1, 1), "{:?}", shop.sent);
        for text in ["ada@example.com", "\"P2\"", "\"quantity\":3", "customer-7"] {
            assert_eq!(shop.said(text), 1, "{text}");
        }
        assert_eq!(shop.said("\"source\":\"box\""), usize::from(required));
        // From here on like everywhere else.
        shop.cart("P3", "1");
        shop.drain();
        assert_eq!(shop.sent.len(), 2);
    }
}

#[test]
fn a_cart_that_nobody_claimed_is_forgotten_with_its_order_and_the_consent_is_not() {
    let mut shop = Page::identified(true);
    shop.consent("1", "box");
    shop.cart("P1", "1");
    shop.order("1001");
    assert!(shop.queue.is_empty(), "{:?}", shop.queue);
    shop.cart("P2", "1");
    shop.email("ada@example.com");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("P1"), shop.said("1001"), shop.said("P2")), (1, 0, 0, 1));
    assert_eq!(shop.said("\"source\":\"box\""), 1);
}

#[test]
fn a_cart_behind_a_recovery_link_is_somebodys() {
    let mut shop = Page::identified(false);
    shop.tell("v", &["r1.token"], &[]);
    shop.cart("P1", "1");
    shop.drain();
    assert_eq!((shop.sent.len(), shop.said("r1.token")), (1, 1));
}

#[test]
fn the_worker_runs_no_step_that_speaks_of_a_cart_nobody_claimed() {
    let known = format!("1,1,1,0,0,0,0,0,0,{}", [0, 7, 0, 0, 0, 0].map(|digest| digest.to_string()).join(","));
    for (state, kind, leaves) in [
        ("", "c", false),
        ("", "i", false),
        ("", "n", false),
        ("", "e", true),
        ("", "v", true),
        ("", "p", true),
        ("", "q", true),
        (known.as_str(), "c", true),
        (known.as_str(), "n", true),
    ] {
        let input = format!("{state}\n{kind}\t0\t0\tx");
        assert_eq!(may_leave(Text(input.as_bytes()), false, true), leaves, "{kind} {state}");
        assert!(may_leave(Text(input.as_bytes()), false, false), "{kind} {state}");
        let before_consent = may_leave(Text(input.as_bytes()), true, true);
        assert_eq!(before_consent, kind == "p" || !state.is_empty(), "{kind} {state}");
    }
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
        Act::Email(name) => shop.email(&format!("mail{name}@example.com")),
        Act::Grant(source) => shop.consent("1", source),
        Act::Refuse => shop.consent("0", "api"),
        Act::Order(id) => shop.order(&format!("order{id}")),
        Act::Via(id) => drop(shop.tell("v", &[&format!("r1.via{id}")], &[])),
        Act::Send(status) => drop(shop.send(status)),
        Act::Online => drop(shop.tell("l", &[], &[])),
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
        prop_assert!(shop.queue.is_empty());
        let mut ids: Vec<&str> = shop.sent.iter().map(|body| body.split("\"id\":\"id").nth(1).unwrap().split('"').next().unwrap()).collect();
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
        prop_assert!(shop.stored.is_empty(), "{:?}", shop.stored);
        prop_assert!(shop.visitor.is_none() && shop.numbers[kept::TRACKING + 1..] == [0; KEPT - 1]);
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
        prop_assert!(shop.visitor.is_none());
    }

    #[test]
    fn any_bytes_are_answered_with_a_list(text in prop::collection::vec(any::<u8>(), 0..200), kind in "[sceipovnalq]") {
        let mut answer = Answer::default();
        run(Text(&text), &mut answer);
        prop_assert_eq!(answer.state().len(), COUNT);
        let mut input = b"1,2,3,99999999999999999999,5,6,7,8,9,1,1,1,1,1,1,0,0\n".to_vec();
        input.extend(kind.as_bytes());
        input.extend(&text);
        let mut answer = Answer::default();
        run(Text(&input), &mut answer);
        prop_assert_eq!(answer.state().len(), COUNT);
    }
}
