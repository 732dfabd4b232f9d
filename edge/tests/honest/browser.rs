//! A browser on pages of the shop, natively.
//!
//! It does what www/tracker/sender.js does, with the tracker's own step and the Worker's own use cases.

use std::collections::BTreeMap;

use cartwake_edge::{
    base::{
        http::{Body, Method, Request, Response},
        ports::App,
    },
    native::world::{SHOP, World},
};
use cartwake_shared::{
    time::{Span, Timestamp},
    wire,
};
use cartwake_tracker::{
    run,
    state::{COUNT, DENIED, GRANTED, SAID, TICKED, TOLD, kept, page, part},
    text::{Answer, Text},
    word,
};
use serde_json::{Map, Value, json};

const PARTS: [&str; part::COUNT] = ["snapshot", "email", "consent", "order", "via", "customer"];
const KEPT: usize = SAID + part::COUNT;
/// Where the digest of the address stands.
const EMAIL: usize = SAID + part::EMAIL;

/// How a shop is set and what its pages can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shop {
    /// What the shopper does to be mailed.
    pub(crate) consent: Consent,
    /// Whether its pages forbid WebAssembly, so that the Worker runs the step.
    pub(crate) forbids_wasm: bool,
    /// Whether nothing is said of a cart before there is an address.
    pub(crate) waits_for_address: bool,
    /// Whether its browsers cannot keep an address: no secure page, or no database.
    pub(crate) forgets_addresses: bool,
}

/// How a shopper permits to be followed and mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Nothing before the box that the tracker draws at the field.
    Box,
    /// Nothing before the shop's own box.
    ShopBox,
    /// The page permits by a call, the drawn box mail.
    Call,
    /// Google's consent mode, or a consent tool, permits; the drawn box mail.
    Tool(&'static str),
    /// The site says that a notice suffices for the cart; the drawn box mail.
    SiteNotice,
    /// In the United States the notice at the field suffices for mail too.
    MailNotice,
}

/// What all tabs share.
#[derive(Default)]
struct Storage {
    numbers: Vec<u64>,
    said: Map<String, Value>,
    queue: Vec<Map<String, Value>>,
    visitor: Option<String>,
    session: Option<String>,
    /// The cart of which the Worker may know an address.
    told: u64,
}

/// A signal and the rows of its cart.
type Signal = (Vec<String>, Vec<String>);

/// A page that is open.
#[derive(Default)]
struct Tab {
    early: BTreeMap<char, Signal>,
    /// What stands in the e-mail field.
    field: String,
    sends_again: bool,
    wakes: Option<Timestamp>,
    /// Whether the answer to its next mint is long on its way.
    mints_slowly: bool,
    /// By what it asked for a session, and the answer that has not come yet.
    late: Option<(String, Value)>,
}

/// A shopper's browser; its tabs are counted from 0.
pub(crate) struct Browser<'e> {
    edge: &'e App<World>,
    shop: Shop,
    number: usize,
    network: String,
    kept: Storage,
    tabs: Vec<Tab>,
    count: u64,
    /// The basis a permission gives, and the version of its wording.
    basis: (String, String),
}

impl<'e> Browser<'e> {
    pub(crate) fn new(edge: &'e App<World>, shop: Shop, number: usize, network: &str) -> Self {
        let kept = Storage { numbers: vec![0; KEPT], ..Storage::default() };
        let (network, tabs) = (network.to_owned(), Vec::new());
        Self { edge, shop, number, network, kept, tabs, count: 0, basis: Default::default() }
    }

    /// A page whose first sign of a cart or a field loads the tracker; the tab's number.
    pub(crate) fn open(&mut self) -> usize {
        let settings = self.boot("");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.basis = (text(&settings["consent"]["basis"]), text(&settings["consent"]["wording"]));
        let mails_by_notice = settings["consent"]["draw"] == "notice";
        assert_eq!(mails_by_notice, self.shop.consent == Consent::MailNotice, "{settings}");
        self.tabs.push(Tab::default());
        if self.shop.forgets_addresses {
            for event in self.kept.queue.iter_mut().chain([&mut self.kept.said]) {
                event.remove("email");
            }
        }
        let tab = self.tabs.len() - 1;
        match self.shop.consent {
            Consent::Call => self.permit(tab, "api"),
            Consent::Tool(tool) => self.permit(tab, tool),
            _ => {}
        }
        self.drain(tab);
        tab
    }

    /// A source of the page states the cart: so many pieces of one product.
    pub(crate) fn cart(&mut self, tab: usize, pieces: u32) {
        let now = self.edge.now().millis().to_string();
        let fields = ["1", "", "EUR", "0", ".", &now].map(str::to_owned).to_vec();
        self.tell(tab, 'c', fields, vec![format!("P1\tM\t\t\tLinen shirt\t\t\t{pieces}\t49.90")]);
    }

    /// What stands in the e-mail field after a pause in typing, or once it was left.
    pub(crate) fn typed(&mut self, tab: usize, text: &str, is_left: bool) {
        text.clone_into(&mut self.tabs[tab].field);
        let notice = u8::from(self.shop.consent == Consent::MailNotice);
        let fields = vec![
            text.to_owned(),
            u8::from(is_left).to_string(),
            notice.to_string(),
            self.basis.0.clone() + &self.basis.1,
        ];
        self.tell(tab, 'e', fields, vec![]);
    }

    /// The shopper agrees to be mailed where that takes an act.
    pub(crate) fn agrees(&mut self, tab: usize) {
        match self.shop.consent {
            Consent::MailNotice => {}
            Consent::ShopBox => self.permit(tab, "shop-box"),
            _ => self.permit(tab, "box"),
        }
    }

    /// The shopper orders, as a page of the shop confirms it.
    pub(crate) fn orders(&mut self, tab: usize, number: &str) {
        let fields = [number, "49.90", "EUR", "0", "."].map(str::to_owned).to_vec();
        self.tell(tab, 'o', fields, vec![]);
    }

    /// The answer to the tab's next mint is long on its way.
    pub(crate) fn mints_slowly(&mut self, tab: usize) {
        self.tabs[tab].mints_slowly = true;
    }

    /// That answer comes, perhaps once the page is back from the browser's own cache.
    pub(crate) fn answer_comes(&mut self, tab: usize) {
        self.tabs[tab].mints_slowly = false;
        if let Some((asked, answer)) = self.tabs[tab].late.take() {
            self.minted(tab, &asked, &answer);
        }
    }

    /// The deployment's root key is another from here on, and the one before it is gone.
    pub(crate) fn key_is_changed(&mut self) {
        self.kept.session = self.kept.session.take().map(|session| session + "x");
    }

    /// The page is left: what can be sent at once is sent, and nobody hears the answer.
    pub(crate) fn leaves(&mut self, tab: usize) {
        for (word, ..) in self.tell(tab, 'n', vec![], vec![]) {
            if word == word::SEND {
                self.post();
            }
        }
        self.tabs[tab].wakes = None;
        self.tabs[tab].sends_again = false;
    }

    /// When the next timer of a tab wakes it.
    pub(crate) fn wakes(&self) -> Option<Timestamp> {
        self.tabs.iter().filter_map(|tab| tab.wakes).min()
    }

    /// Does what the timers that are due ask for.
    pub(crate) fn wake(&mut self) {
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].wakes.is_some_and(|at| at <= self.edge.now()) {
                self.tabs[tab].wakes = None;
                self.drain(tab);
            }
        }
    }

    fn permit(&mut self, tab: usize, source: &str) {
        let fields = vec!["1".to_owned(), source.to_owned(), String::new(), self.basis.0.clone() + &self.basis.1];
        self.tell(tab, 'p', fields, vec![]);
        // What stands in the field is told again with what was agreed to.
        let field = self.tabs[tab].field.clone();
        if !field.is_empty() {
            self.typed(tab, &field, true);
        }
    }

    fn is_permitted(&self) -> bool {
        match self.kept.numbers[kept::TRACKING] {
            GRANTED | TICKED => true,
            DENIED => false,
            _ => matches!(self.shop.consent, Consent::SiteNotice | Consent::MailNotice),
        }
    }

    fn tell(&mut self, tab: usize, kind: char, fields: Vec<String>, rows: Vec<String>) -> Vec<(u64, u64, u64)> {
        if !self.kept.said.contains_key("email") {
            self.kept.numbers[EMAIL] = if self.kept.told == self.kept.numbers[kept::CART] { TOLD } else { 0 };
        }
        let waits = kind != 'p' && !self.is_permitted();
        if waits || self.must_wait(kind, &fields) {
            self.tabs[tab].early.insert(kind, (fields, rows));
            return Vec::new();
        }
        if kind == 'n' && self.kept.queue.is_empty() {
            return Vec::new();
        }
        let fields = if kind == 'n' { vec![self.kept.queue[0]["cart"].to_string()] } else { fields };
        self.count += 1;
        let now = self.edge.now().millis();
        let requires = u64::from(!matches!(self.shop.consent, Consent::SiteNotice | Consent::MailNotice));
        let mut mode = vec![0; COUNT - KEPT];
        mode[page::REQUIRED - KEPT] = requires;
        mode[page::IDENTIFIED - KEPT] = u64::from(self.shop.waits_for_address);
        let state: Vec<String> = self.kept.numbers.iter().chain(&mode).map(ToString::to_string).collect();
        let signal = format!("{kind}\t{now}\t{}\t{}", now % 32, fields.join("\t"));
        let input = [&[state.join(","), signal], &rows[..]].concat().join("\n");
        let (words, numbers) = self.step(&input);
        self.kept.numbers = numbers;
        self.does(tab, kind, &words, &fields, &rows);
        if matches!(kind, 'e' | 'p') && self.is_permitted() {
            for (kind, (fields, rows)) in std::mem::take(&mut self.tabs[tab].early) {
                self.tell(tab, kind, fields, rows);
            }
        }
        words
    }

    /// Whether a signal waits on the page for an address, because the Worker would have to run its step.
    fn must_wait(&self, kind: char, fields: &[String]) -> bool {
        let says_who = kind == 'e' && fields[0].split_once('@').is_some_and(|(_, domain)| !domain.is_empty());
        self.shop.forbids_wasm
            && self.shop.waits_for_address
            && matches!(kind, 'c' | 'e' | 'n' | 'o')
            && !says_who
            && self.kept.numbers[EMAIL] == 0
            && !(kind == 'n'
                && self.kept.queue.first().is_some_and(|event| event["cart"] != self.kept.numbers[kept::CART]))
    }

    /// Runs the step here, or asks the Worker to.
    fn step(&self, input: &str) -> (Vec<(u64, u64, u64)>, Vec<u64>) {
        let mut answer = Answer::default();
        if self.shop.forbids_wasm {
            let told = self.ask(Method::Post, "/v1/step", &format!("site={}", self.edge.site_key("shop")), input);
            assert_eq!(told.status, 200, "{}", told.body);
            answer.0 = serde_json::from_str(&told.body).unwrap();
        } else {
            run(Text(input.as_bytes()), &mut answer);
        }
        (answer.words(), answer.state().iter().copied().take(KEPT).collect())
    }

    fn does(&mut self, tab: usize, kind: char, words: &[(u64, u64, u64)], fields: &[String], rows: &[String]) {
        let (mut news, mut lines, mut metrics) = (Map::new(), Vec::new(), (0, 0));
        let mut has_to_send = false;
        for &(word, first, second) in words {
            match word {
                word::FIGURES => metrics = (first, second),
                word::LINE => {
                    let row: Vec<&str> = rows[usize::try_from(first).unwrap()].split('\t').collect();
                    lines.push(json!({ "product": row[0], "variant": row[1], "name": row[4], "quantity": metrics.0,
                        "price": metrics.1.checked_sub(1) }));
                }
                word::SAYS => {
                    let value = match kind {
                        'c' => json!({ "currency": fields[2], "total": second.checked_sub(1), "lines": lines }),
                        'o' => json!({ "id": fields[0], "total": second.checked_sub(1), "currency": fields[2] }),
                        _ => json!(fields[0]),
                    };
                    news.insert(PARTS[usize::try_from(first).unwrap()].to_owned(), value);
                }
                word::CONSENT => {
                    let (basis, wording) = self.basis.clone();
                    let source = if kind == 'p' { fields[1].as_str() } else { "notice" };
                    let mut consent = json!({ "tracking": "granted", "source": source });
                    if second == 1 {
                        consent["mail"] = json!(basis);
                        consent["wording"] = json!(wording);
                    }
                    news.insert("consent".to_owned(), consent);
                }
                word::NEXT_CART => {
                    for part in ["snapshot", "via", "order"] {
                        self.kept.said.remove(part);
                    }
                    self.kept.queue.retain(|event| event["cart"] != first);
                }
                word::UTTER => self.utter(&news, second),
                word::DRAIN => has_to_send = true,
                word::WAIT => {
                    let pause = Span::millis_of(i64::try_from(first).unwrap());
                    self.tabs[tab].wakes = Some(self.edge.now().plus(pause));
                }
                word::DONE => self.kept.queue.retain(|event| event["id"] != fields[3].as_str()),
                _ => {}
            }
        }
        if has_to_send {
            self.drain(tab);
        }
    }

    fn utter(&mut self, news: &Map<String, Value>, seq: u64) {
        self.kept.visitor.get_or_insert(format!("01JD3Z5W4K8Q9RT2V6XY{:06}", self.number));
        let first = if seq < 2 { self.kept.said.clone() } else { Map::new() };
        self.utter_over(first, news, seq);
    }

    /// What is said of the cart waits as one event, with what waits of it already; `event` is what that says better.
    fn utter_over(&mut self, mut event: Map<String, Value>, news: &Map<String, Value>, seq: u64) {
        let cart = self.kept.numbers[kept::CART] - u64::from(news.contains_key("order"));
        let older = self.kept.queue.iter().position(|event| event["cart"] == cart).map(|at| self.kept.queue.remove(at));
        event.append(&mut older.unwrap_or_default());
        event.append(&mut news.clone());
        let frame = json!({ "cart": cart, "seq": seq, "id": format!("event{:011}", self.count), "at": self.edge.now().millis() });
        event.append(&mut frame.as_object().unwrap().clone());
        self.kept.said.append(&mut news.clone());
        self.kept.queue.push(event);
    }

    /// By what a session is asked for, and whose session an answer is about.
    fn shown(&self) -> String {
        let visitor = self.kept.visitor.clone().unwrap();
        format!("&visitor={visitor}&session={}", self.kept.session.clone().unwrap_or_default())
    }

    /// Sends what waits, one event after the other.
    fn drain(&mut self, tab: usize) {
        if std::mem::replace(&mut self.tabs[tab].sends_again, true) {
            return;
        }
        while let Some((word, ..)) =
            self.tell(tab, 'n', vec![], vec![]).into_iter().find(|(word, ..)| [word::MINT, word::SEND].contains(word))
        {
            let asked = self.shown();
            if word == word::MINT {
                let answer = self.boot(&asked);
                if std::mem::take(&mut self.tabs[tab].mints_slowly) {
                    // The tab waits for it, and sends nothing meanwhile.
                    self.tabs[tab].late = Some((asked, answer));
                    break;
                }
                self.minted(tab, &asked, &answer);
            } else {
                let id = self.kept.queue[0]["id"].as_str().unwrap().to_owned();
                let others = (self.kept.queue.len() - 1).to_string();
                let answer = self.post();
                let told: wire::Collected = serde_json::from_str(&answer.body).unwrap();
                if told.ignored.iter().any(|ignored| ignored.field == "session") {
                    self.kept.session = Some("-".to_owned());
                    self.tell(tab, 's', vec!["0".to_owned()], vec![]);
                } else {
                    self.tell(tab, 'a', vec![answer.status.to_string(), "0".to_owned(), others, id], vec![]);
                }
            }
        }
        self.tabs[tab].sends_again = false;
    }

    /// A session came, for the visitor that was asked for or for one that nobody knows yet.
    fn minted(&mut self, tab: usize, asked: &str, answer: &Value) {
        if asked == self.shown() {
            self.kept.session = answer["session"].as_str().map(str::to_owned);
            let visitor = answer["visitor"].as_str().map(str::to_owned);
            if visitor != self.kept.visitor {
                self.kept.visitor = visitor;
                self.kept.numbers[kept::SEQ] += 1;
                let said = self.kept.said.clone();
                self.utter_over(said, &Map::new(), self.kept.numbers[kept::SEQ]);
            }
            self.tell(tab, 's', vec!["1".to_owned()], vec![]);
        }
        self.drain(tab);
    }

    /// The oldest event that waits, as it is sent.
    fn body(&self) -> String {
        let mut body = self.kept.queue[0].clone();
        let at = body.remove("at").and_then(|at| at.as_i64()).unwrap();
        let frame = json!({ "v": 1, "site": self.edge.site_key("shop"), "session": self.kept.session,
            "visitor": self.kept.visitor, "age": self.edge.now().millis() - at });
        body.append(&mut frame.as_object().unwrap().clone());
        Value::from(body).to_string()
    }

    fn post(&mut self) -> Response {
        let (body, event) = (self.body(), &self.kept.queue[0]);
        if event.contains_key("email") {
            self.kept.told = event["cart"].as_u64().unwrap();
        }
        let is_known = self.kept.said.contains_key("email") || event["cart"] == self.kept.told;
        assert!(is_known || !self.shop.waits_for_address, "it left without an address: {body}");
        let answer = self.ask(Method::Post, "/v1/collect", "", &body);
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
        answer
    }

    fn boot(&self, more: &str) -> Value {
        let answer = self.ask(Method::Get, "/v1/boot", &format!("site={}{more}", self.edge.site_key("shop")), "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    fn ask(&self, method: Method, path: &str, query: &str, body: &str) -> Response {
        let country = if self.shop.consent == Consent::MailNotice { "US" } else { "DE" };
        self.edge.serve(&Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            page_origin: Some(SHOP.to_owned()),
            content_type: Some("text/plain".to_owned()),
            address: Some(self.network.clone()),
            country: Some(country.to_owned()),
            body: Body::Bytes(body.as_bytes().to_vec()),
            ..self.edge.request()
        })
    }
}
