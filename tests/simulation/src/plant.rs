//! Bugs put in on purpose; a simulation that does not find each of them proves nothing.

use std::{cell::RefCell, cmp::Reverse, collections::BTreeMap};

use cartwake_edge::base::{
    mail::Message,
    store::{Declared, Rows, Sql, Statement, sql as statements},
};
use cartwake_shared::reminder::Outcome;

mod all;
mod strangers;

/// All planted bugs.
pub fn plants() -> impl Iterator<Item = &'static Plant> {
    all::PLANTS.iter().chain(strangers::PLANTS)
}

/// A bug.
#[derive(Clone, Copy, Debug)]
pub struct Plant {
    /// What it is.
    pub name: &'static str,
    /// Statements with another text: name, what stands there, what the bug makes of it; parameters as `:name`.
    pub patches: &'static [(&'static str, &'static str, &'static str)],
    /// What it does to a mail on its way out; the number is random.
    pub message: fn(Message, u64) -> Message,
    /// What it takes an outcome for.
    pub outcome: fn(Outcome) -> Outcome,
    /// What it takes a failed batch for.
    pub taken_for_success: fn(&[Statement]) -> Option<Vec<Rows>>,
    /// How long the provider really remembers a key, in milliseconds, where it is not as its kind says.
    pub key_life: Option<i64>,
    /// What strangers tell in the provider's name is believed.
    pub forged_events_pass: bool,
    /// The shop's signature is taken for any address that stands beside it.
    pub signature_covers_any_address: bool,
    /// The first seed in which it is looked for, and how many lie between two: some show only in worlds of a kind.
    pub seeds: (u64, u64),
    /// `now` is asked once, when the run begins.
    pub frozen_clock: bool,
}

const NONE: Plant = Plant {
    name: "",
    patches: &[],
    message: |message, _| message,
    outcome: |outcome| outcome,
    taken_for_success: |_| None,
    key_life: None,
    forged_events_pass: false,
    signature_covers_any_address: false,
    seeds: (1, 1),
    frozen_clock: false,
};

const fn sql(name: &'static str, patches: &'static [(&'static str, &'static str, &'static str)]) -> Plant {
    Plant { name, patches, ..NONE }
}

/// A bug that shows in one kind of world; `tell` in `story.rs` says which seeds have it.
const fn within(seeds: (u64, u64), plant: Plant) -> Plant {
    Plant { seeds, ..plant }
}

thread_local! {
    /// Patched texts live as long as the process: there are few, and SQLite's statement cache asks for them again.
    static TEXTS: RefCell<BTreeMap<(&'static str, &'static str), &'static str>> = const { RefCell::new(BTreeMap::new()) };
}

impl Plant {
    /// What it replaces that is not there any more.
    pub fn misses(&self) -> Option<String> {
        let missed = self.patches.iter().find(|(name, from, _)| {
            let declared = declared(name);
            declared.is_none_or(|declared| !declared.sql.text.contains(&numbered(declared, from)))
        });
        missed.map(|(name, from, _)| format!("{}: {name} has no {from:?}", self.name))
    }

    /// A statement as the bug has it.
    ///
    /// # Panics
    /// When the text it replaces is not there: a bug that does not apply would be found by nobody.
    pub fn patched(&'static self, statement: Statement) -> Statement {
        let name = statement.sql.name;
        let patches: Vec<_> = self.patches.iter().filter(|(of, ..)| *of == name).collect();
        let Some(declared) = declared(name).filter(|_| !patches.is_empty()) else { return statement };
        let text = TEXTS.with_borrow_mut(|texts| {
            *texts.entry((self.name, name)).or_insert_with(|| {
                let mut text = statement.sql.text.to_owned();
                for (_, from, to) in patches {
                    let (from, to) = (numbered(declared, from), numbered(declared, to));
                    assert!(text.contains(&from), "{}: {name} has no {from:?}", self.name);
                    text = text.replace(&from, &to);
                }
                Box::leak(text.into_boxed_str())
            })
        });
        Statement { sql: Sql { name, text }, ..statement }
    }
}

fn declared(name: &str) -> Option<&'static Declared> {
    statements::ALL.iter().find(|declared| declared.sql.name == name)
}

/// A piece of a statement with `?N` for each `:name`, as the statement's text has it.
fn numbered(declared: &Declared, text: &str) -> String {
    let mut parameters: Vec<_> = (1..).zip(declared.parameters).collect();
    // No name is taken for the beginning of a longer one.
    parameters.sort_by_key(|(_, name)| Reverse(name.len()));
    parameters
        .into_iter()
        .fold(text.to_owned(), |text, (number, name)| text.replace(&format!(":{name}"), &format!("?{number}")))
}
