//! Bugs put in on purpose; a simulation that does not find each of them proves nothing.

use std::{cell::RefCell, collections::BTreeMap};

use cartwake_edge::base::{
    mail::Message,
    store::{Row, Rows, Sql, Statement, Value, sql as statements},
};
use cartwake_shared::{reminder::Outcome, time::Span};

/// A bug.
#[derive(Clone, Copy, Debug)]
pub struct Plant {
    /// What it is.
    pub name: &'static str,
    /// Statements with another text: file, what stands there, what the bug makes of it.
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
    seeds: (1, 1),
    frozen_clock: false,
};

const fn sql(name: &'static str, patches: &'static [(&'static str, &'static str, &'static str)]) -> Plant {
    Plant { name, patches, ..NONE }
}

const PURCHASE: &str =
    "AND p.key IN ('cart:' || o.cart, 'token:' || c.token, 'mailbox:' || o.mailbox_hash, 'customer:' || c.customer)";

/// A bug that shows in one kind of world; `tell` in `story.rs` says which seeds have it.
const fn within(seeds: (u64, u64), plant: Plant) -> Plant {
    Plant { seeds, ..plant }
}

/// Many carts at one site at once.
const BURST: (u64, u64) = (80, 80);
/// Browsers nobody vouched for.
const UNVOUCHED: (u64, u64) = (10, 40);
/// Orders in the very moments of a run.
const CLOSE: (u64, u64) = (11, 40);
/// Mails come back and are called spam.
const RETURNS: (u64, u64) = (13, 40);
/// Payments that stay open, and orders that are not paid.
const PAYMENTS: (u64, u64) = (14, 40);
/// Cron stops as reminders leave.
const OUTAGES: (u64, u64) = (21, 40);
/// Another provider is configured while answers are lost.
const SWITCH: (u64, u64) = (15, 40);
/// A provider that takes batches.
const BATCHES: (u64, u64) = (5, 10);
/// A provider without keys whose log can be asked.
const LOG: (u64, u64) = (8, 10);

/// All of them.
pub static PLANTS: &[Plant] = &[
    Plant {
        name: "a new key per attempt",
        message: |message, number| Message {
            idempotency_key: format!("{}/{number}", message.idempotency_key),
            ..message
        },
        ..NONE
    },
    Plant {
        name: "rendering not deterministic",
        message: |message, number| Message { html: format!("{}<!-- {number} -->", message.html), ..message },
        ..NONE
    },
    within(OUTAGES, Plant { name: "window longer than the key's life", key_life: Some(30 * 60_000), ..NONE }),
    Plant { name: "retry without keys", key_life: Some(0), ..NONE },
    Plant {
        name: "unknown taken for accepted",
        outcome: |outcome| match outcome {
            Outcome::Unknown { .. } => Outcome::Accepted { provider_id: "unknown".to_owned() },
            other => other,
        },
        ..NONE
    },
    Plant {
        name: "unknown taken for not accepted",
        outcome: |outcome| match outcome {
            Outcome::Unknown { .. } => Outcome::Later { after: Span::seconds(60) },
            other => other,
        },
        ..NONE
    },
    Plant { name: "the clock stands still in a run", frozen_clock: true, ..NONE },
    Plant {
        name: "acknowledged before the commit",
        taken_for_success: |statements| {
            let first = statements.first()?;
            matches!(first.sql.name, "cart_event")
                .then(|| statements.iter().map(|_| vec![Row::new(vec![Value::Null, Value::Null])]).collect())
        },
        ..NONE
    },
    sql(
        "no claim",
        &[
            (
                "outbox_claim",
                "next <= ?3 AND (state = 0 OR (state IN (1, 2) AND lease <= ?3)) ORDER BY next",
                "next <= ?3 AND state <= 2 ORDER BY next",
            ),
            ("outbox_claim", "AND (state = 0 OR (state IN (1, 2) AND lease <= ?3))", "AND state <= 2"),
            ("outbox_gate", "WHERE o.owner = ?2 AND o.state = 1 AND o.lease > ?3)", "WHERE o.state <= 2)"),
            ("outbox_gate", "AND outbox.owner = ?2 AND outbox.state = 1 AND outbox.lease > ?3", ""),
            ("outbox_record", "AND outbox.owner = ?2 AND outbox.state = 2", ""),
        ],
    ),
    within(
        BURST,
        sql(
            "claim in the order of keys",
            &[
                ("outbox_claim", "ORDER BY next LIMIT ?4))) k", "ORDER BY cart LIMIT ?4))) k"),
                ("outbox_claim", "ORDER BY k.key, j.key LIMIT", "ORDER BY j.value, k.value ->> 0 LIMIT"),
            ],
        ),
    ),
    within(
        BURST,
        sql(
            "one site starves another",
            &[("outbox_claim", "ORDER BY k.key, j.key LIMIT", "ORDER BY j.value, k.key LIMIT")],
        ),
    ),
    sql(
        "a lease that was taken over is not noticed",
        &[
            ("outbox_claim", "(state IN (1, 2) AND lease <= ?3)) ORDER", "state IN (1, 2)) ORDER"),
            ("outbox_claim", "AND (state = 0 OR (state IN (1, 2) AND lease <= ?3))", "AND state <= 2"),
        ],
    ),
    sql(
        "a shopper who comes back begins the sequence again under the same keys",
        &[
            ("cart_return", "state = 0,", "state = 0, planned = '[]',"),
            (
                "plan_outbox",
                "ON CONFLICT (site, cart, cycle, step) DO NOTHING",
                "ON CONFLICT (site, cart, cycle, step) DO UPDATE SET state = 0, next = ?2, first = NULL, ended_at = NULL",
            ),
        ],
    ),
    sql(
        "places in the sequence taken for names of steps",
        &[(
            "plan_outbox",
            "j.value ->> 'run', j.value ->> 'step',",
            "j.value ->> 'run', 's' || (1 + (j.value ->> 'position')),",
        )],
    ),
    sql("quiet hours in the shop's zone", &[("send_load", "c.zone, c.country", "NULL, c.country")]),
    sql(
        "quiet hours not asked",
        &[("outbox_gate", "WHEN j.quiet IS NOT NULL THEN 'quiet_hours'", "WHEN 0 THEN 'quiet_hours'")],
    ),
    sql("a site in shadow is mailed from", &[("outbox_gate", "WHEN s.state = 'shadow' THEN", "WHEN 0 THEN")]),
    within(
        UNVOUCHED,
        sql(
            "the limit of a network not asked",
            &[("outbox_gate", "> v.ip_prefix_limit THEN 'cap_ip_prefix'", "> 1000 THEN 'cap_ip_prefix'")],
        ),
    ),
    within(
        UNVOUCHED,
        sql("the limit of a browser not asked", &[("outbox_gate", "> v.session AS over", "> 1000 AS over")]),
    ),
    within(
        UNVOUCHED,
        sql(
            "an address that was corrected counts twice for its browser",
            &[("outbox_gate", "AND y.id = x.cart AND y.mailbox_hash = x.mailbox_hash", "AND y.id = x.cart")],
        ),
    ),
    sql(
        "lapsed leases are not taken again",
        &[(
            "outbox_claim",
            "next <= ?3 AND (state = 0 OR (state IN (1, 2) AND lease <= ?3)) ORDER BY next",
            "next <= ?3 AND state = 0 ORDER BY next",
        )],
    ),
    sql(
        "frozen content not compared on a retry",
        &[("outbox_gate", "WHEN j.again IS NOT NULL THEN", "WHEN j.again = 'retry_window_over' THEN")],
    ),
    sql(
        "no purchase check at the gate",
        &[("outbox_gate", "(p.at >= c.created OR p.key LIKE 'cart:%' OR p.key LIKE 'token:%')", "0")],
    ),
    sql(
        "order matched by cart id only",
        &[
            ("outbox_gate", PURCHASE, "AND p.key IN ('cart:' || o.cart)"),
            (
                "outbox_gate",
                "WHEN EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.key = 'mailbox:' || o.mailbox_hash",
                "WHEN EXISTS (SELECT 1 FROM purchase p WHERE 0",
            ),
            (
                "order_candidates",
                "iif(key = ?3, 3, 2) FROM identity WHERE site = ?1",
                "iif(key = ?3, 3, 2) FROM identity WHERE 0 AND site = ?1",
            ),
            (
                "order_candidates",
                "WHERE k.site = ?1 AND k.mailbox_hash = ?5",
                "WHERE 0 AND k.site = ?1 AND k.mailbox_hash = ?5",
            ),
        ],
    ),
    within(
        PAYMENTS,
        sql(
            "a pending payment does not hold",
            &[
                ("outbox_gate", "p.status = 'pending' AND p.at >= c.created", "0"),
                // The silence after an order would hide it where the order names the address.
                (
                    "outbox_gate",
                    "AND p.at > ?3 - j.silence) THEN",
                    "AND p.status = 'placed' AND p.at > ?3 - j.silence) THEN",
                ),
            ],
        ),
    ),
    sql(
        "suppression only when planning",
        &[("outbox_gate", "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash", "WHERE 0")],
    ),
    sql(
        "suppression per site",
        &[(
            "outbox_gate",
            "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash",
            "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash AND x.site = o.site",
        )],
    ),
    sql(
        "suppression over merchants",
        &[(
            "outbox_gate",
            "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash",
            "WHERE x.mailbox_hash = o.mailbox_hash",
        )],
    ),
    sql(
        "a refusal not asked at the gate",
        &[
            ("outbox_gate", "WHEN k.refused_at IS NOT NULL THEN", "WHEN 0 THEN"),
            ("outbox_gate", "WHEN k.basis IS NULL OR", "WHEN 0 OR"),
            (
                "contact_event",
                "basis = iif((excluded.basis_at, excluded.refused_at IS NOT NULL) > (coalesce(contact.basis_at, 0), \
                 contact.refused_at IS NOT NULL), excluded.basis, contact.basis)",
                "basis = coalesce(excluded.basis, contact.basis)",
            ),
        ],
    ),
    sql(
        "a refusal leaves no tombstone",
        &[("refuse_cart", "AND state IN (0, 1)", "AND 0"), ("refuse_contact", "AND refused_at IS NULL", "AND 0")],
    ),
    sql(
        "erasure not asked at the gate",
        &[
            ("outbox_gate", "WHEN k.erased_at IS NOT NULL THEN", "WHEN 0 THEN"),
            ("contact_event", "WHERE contact.erased_at IS NULL AND (", "WHERE ("),
            // The address, the basis, the cart's tie to it and the suppression each stand against a mail as well.
            ("erase_contacts", "SET address = NULL, carts = '[]', basis = NULL, erased_at", "SET erased_at"),
            ("erase_suppress", "VALUES (?1, ?2, 'erased', ?3, '')", "SELECT ?1, ?2, 'erased', ?3, '' WHERE 0"),
            ("erase_carts", "mailbox = NULL,", "mailbox = mailbox,"),
            ("erase_carts", "due = NULL, lines = '[]'", "lines = lines"),
            ("erase_carts", "items = iif(state IN (0, 1), 0, items), total", "total"),
            ("erase_carts", ", state = iif(state IN (0, 1), 4, state)", ""),
        ],
    ),
    sql("corrected address, but the old one kept", &[("outbox_gate", "WHEN c.mailbox IS NOT o.mailbox OR", "WHEN")]),
    sql("a pause only stops planning", &[("outbox_gate", "WHEN d.paused OR m.paused OR s.paused THEN", "WHEN 0 THEN")]),
    sql(
        "a merchant's pause forgotten",
        &[("outbox_gate", "WHEN d.paused OR m.paused OR s.paused THEN", "WHEN d.paused OR s.paused THEN")],
    ),
    sql(
        "cap per cart only",
        &[
            ("outbox_gate", "x.counted_at > ?5", "x.counted_at > ?5 AND x.cart = o.cart"),
            ("outbox_gate", "x.counted_at > ?3 - j.spacing", "x.counted_at > ?3 - j.spacing AND x.cart = o.cart"),
            ("outbox_gate", "AND (x.site, x.cart) <> (o.site, o.cart)) THEN", "AND 0) THEN"),
        ],
    ),
    sql(
        "cap per site",
        &[
            ("outbox_gate", "AND z.merchant = s.merchant) >= j.week", "AND z.id = s.id) >= j.week"),
            ("outbox_gate", "x.counted_at > ?3 - j.spacing", "x.counted_at > ?3 - j.spacing AND x.site = o.site"),
            ("outbox_gate", "x.counted_at > ?3 - j.sequence", "x.counted_at > ?3 - j.sequence AND x.site = o.site"),
        ],
    ),
    sql(
        "a later step to an unproven address",
        &[
            ("outbox_gate", "WHEN o.trust = 0 AND o.position > 0 THEN", "WHEN 0 THEN"),
            ("outbox_gate", "WHEN o.trust = 0 AND (SELECT", "WHEN 0 AND (SELECT"),
        ],
    ),
    sql(
        "versions not compared",
        &[
            ("cart_event", "version = iif(?8 AND ?3 > version, ?3, version),", "version = iif(?8, ?3, version),"),
            ("cart_event", "items = iif(?8 AND ?3 > version, ?11, items),", "items = iif(?8, ?11, items),"),
            ("cart_event", "(?8 AND ?3 > version)", "?8"),
        ],
    ),
    sql(
        "of two tabs with one count the first wins",
        &[
            ("cart_event", "version = iif(?8 AND ?3 > version,", "version = iif(?8 AND substr(?3, 1, 10) > version,"),
            ("cart_event", "items = iif(?8 AND ?3 > version,", "items = iif(?8 AND substr(?3, 1, 10) > version,"),
        ],
    ),
    sql(
        "an abandoned cart takes no events",
        &[("cart_return", "(state = 1 OR (state = 0 AND due IS NULL) OR (state = 4 AND exclusion <> 'program'))", "0")],
    ),
    sql(
        "planning replaces reminders that are there",
        &[
            ("plan_outbox", "INSERT INTO outbox", "INSERT OR REPLACE INTO outbox"),
            ("plan_outbox", "ON CONFLICT (site, cart, cycle, step) DO NOTHING", ""),
            (
                "plan_move",
                "planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step))",
                "planned = planned",
            ),
            (
                "plan_abandon",
                "planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step)),",
                "planned = planned,",
            ),
        ],
    ),
    sql("a page's order counted twice", &[("order_figures", "AND writer = ?4", "AND ?4 <> ''")]),
    within(
        CLOSE,
        sql(
            "an order is worked out while the planner counts its cart",
            &[("order_write", "c.counted <> j.value ->> 'counted'", "0")],
        ),
    ),
    within(
        PAYMENTS,
        sql("an unpaid order takes the marks of others", &[("order_unmark", "AND number = ?3", "AND ?3 <> ''")]),
    ),
    sql(
        "an order at one shop stops the mails of another",
        &[(
            "outbox_gate",
            "OR EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.status = 'placed'",
            "OR EXISTS (SELECT 1 FROM purchase p WHERE p.status = 'placed'",
        )],
    ),
    within(
        LOG,
        sql(
            "the provider is asked at once what became of a mail",
            &[
                ("outbox_record", "look_up_at = j.look_up,", "look_up_at = j.look_up - 1800000,"),
                ("outbox_close", "look_up_at = j.look_up,", "look_up_at = j.look_up - 1800000,"),
            ],
        ),
    ),
    within(
        BATCHES,
        sql(
            "a batch is not stored, and leaves in another form",
            &[("outbox_gate", "batch = iif(v.ruling = '', coalesce(outbox.batch, v.batch), outbox.batch),", "")],
        ),
    ),
    within(
        SWITCH,
        sql(
            "another provider takes reminders that one has had",
            &[("outbox_gate", "WHEN j.again IS NOT NULL THEN", "WHEN j.again <> 'other_provider' THEN")],
        ),
    ),
    within(
        RETURNS,
        sql(
            "the breaker not asked at the gate",
            &[("outbox_gate", "WHEN b.until > ?3 THEN 'breaker'", "WHEN 0 THEN 'breaker'")],
        ),
    ),
    within(
        RETURNS,
        sql(
            "complaints not counted",
            &[("event_delivery", "sum(j.value ->> 'kind' = 'complained' AND o.complained_at IS NULL)", "0")],
        ),
    ),
    within(
        RETURNS,
        sql(
            "a mail that comes back does not stop its address",
            &[("event_suppress", "IN ('bounced', 'complained')", "IN ('')")],
        ),
    ),
    sql(
        "a mail whose answer was lost is counted with every event",
        &[("event_figures", "o.state IN (0, 1, 2, 8) AND NOT EXISTS", "o.state IN (0, 1, 2, 3, 8) OR NOT EXISTS")],
    ),
    sql("an erased address stays with its contacts", &[("erase_contacts", "SET address = NULL, carts", "SET carts")]),
    Plant { name: "a forged event of the provider is believed", forged_events_pass: true, ..NONE },
    sql("the run forgets to look again", &[("outbox_close", "SET next = j.next,", "SET next = NULL,")]),
    sql("steps planned once, then never again", &[("plan_move", "SET due = j.next,", "SET due = NULL,")]),
    sql("no silence after an order", &[("outbox_gate", "AND p.at > ?3 - j.silence) THEN", "AND 0) THEN")]),
];

thread_local! {
    /// Patched texts live as long as the process: there are few, and SQLite's statement cache asks for them again.
    static TEXTS: RefCell<BTreeMap<(&'static str, &'static str), &'static str>> = const { RefCell::new(BTreeMap::new()) };
}

impl Plant {
    /// What it replaces that is not there any more.
    pub fn misses(&self) -> Option<String> {
        let text = |file| {
            statements::ALL.iter().find(|statement| statement.name == file).map_or("", |statement| statement.text)
        };
        let missed = self.patches.iter().find(|(file, from, _)| !text(*file).contains(from));
        missed.map(|(file, from, _)| format!("{}: {file} has no {from:?}", self.name))
    }

    /// A statement as the bug has it.
    ///
    /// # Panics
    /// When the text it replaces is not there: a bug that does not apply would be found by nobody.
    pub fn patched(&'static self, statement: Statement) -> Statement {
        let file = statement.sql.name;
        let patches: Vec<_> = self.patches.iter().filter(|(of, ..)| *of == file).collect();
        if patches.is_empty() {
            return statement;
        }
        let text = TEXTS.with_borrow_mut(|texts| {
            *texts.entry((self.name, file)).or_insert_with(|| {
                let mut text = statement.sql.text.to_owned();
                for (_, from, to) in patches {
                    assert!(text.contains(from), "{}: {file} has no {from:?}", self.name);
                    text = text.replace(from, to);
                }
                Box::leak(text.into_boxed_str())
            })
        });
        Statement { sql: Sql { name: file, text }, ..statement }
    }
}
