//! A model of a page, its storage and its Worker, driven by the tracker's step.

use std::collections::BTreeMap;

use cartwake_tracker::{
    run,
    state::{DENIED, GRANTED, TICKED, kept, part},
    text::{Answer, Text},
    word,
};
use serde_json::{Map, Value, json};

pub(crate) const PARTS: [&str; part::COUNT] = ["snapshot", "email", "consent", "order", "via", "customer"];
pub(crate) const KEPT: usize = 15;

/// A word of the step and its two numbers.
pub(crate) type Word = (u64, u64, u64);

/// A page with a browser's storage and a Worker that answers as told; does what www/tracker/sender.js does.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) mode: [u64; 3],
    pub(crate) numbers: Vec<u64>,
    pub(crate) said: Map<String, Value>,
    pub(crate) queue: Vec<Map<String, Value>>,
    pub(crate) visitor: Option<u64>,
    pub(crate) has_session: bool,
    pub(crate) early: BTreeMap<String, (Vec<String>, Vec<String>)>,
    /// Everything that was ever written to the storage.
    pub(crate) stored: Vec<String>,
    pub(crate) sent: Vec<String>,
    pub(crate) minted: Vec<u64>,
    pub(crate) now: u64,
    pub(crate) count: u64,
}

pub(crate) fn answer_to(input: &str) -> (Vec<Word>, Vec<u64>) {
    let mut answer = Answer::default();
    run(Text(input.as_bytes()), &mut answer);
    (answer.words(), answer.state().to_vec())
}

impl Page {
    pub(crate) fn open(required: bool, gpc: bool) -> Self {
        let mode = [u64::from(required), u64::from(gpc), 0];
        Self { mode, numbers: vec![0; KEPT], now: 1_764_000_000_000, ..Self::default() }
    }

    /// A page of a site that wants no cart without an address.
    pub(crate) fn identified(required: bool) -> Self {
        let mut page = Self::open(required, false);
        page.mode[2] = 1;
        page
    }

    pub(crate) fn is_permitted(&self) -> bool {
        let said = self.numbers[kept::TRACKING];
        said == TICKED || (self.mode[1] == 0 && (said == GRANTED || (said == 0 && self.mode[0] == 0)))
    }

    pub(crate) fn is_denied(&self) -> bool {
        self.numbers[kept::TRACKING] == DENIED
    }

    /// Tells a signal and gives back the words of the answer.
    pub(crate) fn tell(&mut self, kind: &str, fields: &[&str], rows: &[&str]) -> Vec<Word> {
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
        // The cart of the oldest event that waits.
        let oldest = self.queue.first().map_or_else(String::new, |event| event["cart"].to_string());
        let fields = if kind == "n" { &[oldest.as_str()][..] } else { fields };
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
                    self.queue.retain(|event| event["cart"] != first);
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

    pub(crate) fn utter(&mut self, news: &Map<String, Value>, bits: u64, seq: u64) {
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

    pub(crate) fn cart(&mut self, product: &str, quantity: &str) -> Vec<Word> {
        let now = self.now.to_string();
        self.tell("c", &["1", "", "EUR", "0", ".", &now], &[&format!("{product}\t\t\t\t\t\t\t{quantity}\t5.00")])
    }

    pub(crate) fn emptied(&mut self) -> Vec<Word> {
        let now = self.now.to_string();
        self.tell("c", &["0", "", "EUR", "0", ".", &now], &[])
    }

    pub(crate) fn email(&mut self, address: &str) {
        self.tell("e", &[address, "1", "0", "express"], &[]);
    }

    pub(crate) fn order(&mut self, id: &str) {
        self.tell("o", &[id, "129.80", "EUR", "0", "."], &[]);
    }

    pub(crate) fn consent(&mut self, granted: &str, source: &str) {
        self.tell("p", &[granted, source, "", "express"], &[]);
    }

    /// Sends one event, if one may be sent, and answers it.
    pub(crate) fn send(&mut self, status: &str) -> bool {
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

    pub(crate) fn drain(&mut self) {
        while self.send("200") {}
    }

    pub(crate) fn said(&self, text: &str) -> usize {
        self.sent.iter().filter(|body| body.contains(text)).count()
    }
}
