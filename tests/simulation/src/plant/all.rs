//! The list of planted bugs, with the worlds in which they show.

use cartwake_edge::base::{
    mail::Message,
    store::{Row, Value},
};
use cartwake_shared::{reminder::Outcome, time::Span};

use super::{NONE, Plant, sql, within};

const PURCHASE: &str =
    "AND p.key IN ('cart:' || o.cart, 'token:' || c.token, 'mailbox:' || o.mailbox_hash, 'customer:' || c.customer)";

/// Many carts at one site at once.
const BURST: (u64, u64) = (80, 80);
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
pub(super) static PLANTS: &[Plant] = &[
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
            matches!(first.sql.name, "collect/fold_event")
                .then(|| statements.iter().map(|_| vec![Row::new(vec![Value::Null, Value::Null])]).collect())
        },
        ..NONE
    },
    sql(
        "no claim",
        &[
            (
                "send/claim_reminders",
                "next <= :now AND (state = 0 OR (state IN (1, 2) AND lease <= :now)) ORDER BY next",
                "next <= :now AND state <= 2 ORDER BY next",
            ),
            ("send/claim_reminders", "AND (state = 0 OR (state IN (1, 2) AND lease <= :now))", "AND state <= 2"),
            (
                "gate/judge_reminders",
                "WHERE o.owner = :owner AND o.state = 1 AND o.lease > :now)",
                "WHERE o.state <= 2)",
            ),
            ("gate/judge_reminders", "AND outbox.owner = :owner AND outbox.state = 1 AND outbox.lease > :now", ""),
            ("send/record_attempts", "AND outbox.owner = :owner AND outbox.state = 2", ""),
        ],
    ),
    within(
        BURST,
        sql(
            "claim in the order of keys",
            &[
                ("send/claim_reminders", "ORDER BY next LIMIT :most))) k", "ORDER BY cart LIMIT :most))) k"),
                ("send/claim_reminders", "ORDER BY k.key, j.key LIMIT", "ORDER BY j.value, k.value ->> 0 LIMIT"),
            ],
        ),
    ),
    within(
        BURST,
        sql(
            "one site starves another",
            &[("send/claim_reminders", "ORDER BY k.key, j.key LIMIT", "ORDER BY j.value, k.key LIMIT")],
        ),
    ),
    sql(
        "a lease that was taken over is not noticed",
        &[
            ("send/claim_reminders", "(state IN (1, 2) AND lease <= :now)) ORDER", "state IN (1, 2)) ORDER"),
            ("send/claim_reminders", "AND (state = 0 OR (state IN (1, 2) AND lease <= :now))", "AND state <= 2"),
        ],
    ),
    sql(
        "a shopper who comes back begins the sequence again under the same keys",
        &[
            ("collect/wake_cart", "state = 0,", "state = 0, planned = '[]',"),
            (
                "plan/plan_reminders",
                "ON CONFLICT (site, cart, cycle, step) DO NOTHING",
                "ON CONFLICT (site, cart, cycle, step) DO UPDATE SET state = 0, next = :now, first = NULL, ended_at = NULL",
            ),
        ],
    ),
    sql(
        "places in the sequence taken for names of steps",
        &[(
            "plan/plan_reminders",
            "j.value ->> 'step' AS step, j.value ->> 'position' AS position",
            "'s' || (1 + (j.value ->> 'position')) AS step, j.value ->> 'position' AS position",
        )],
    ),
    sql("quiet hours in the shop's zone", &[("send/load_reminders", "c.zone, c.country", "NULL, c.country")]),
    sql(
        "quiet hours not asked",
        &[("gate/judge_reminders", "WHEN j.quiet IS NOT NULL THEN 'quiet_hours'", "WHEN 0 THEN 'quiet_hours'")],
    ),
    sql("a site in shadow is mailed from", &[("gate/judge_reminders", "WHEN s.state = 'shadow' THEN", "WHEN 0 THEN")]),
    sql(
        "lapsed leases are not taken again",
        &[(
            "send/claim_reminders",
            "next <= :now AND (state = 0 OR (state IN (1, 2) AND lease <= :now)) ORDER BY next",
            "next <= :now AND state = 0 ORDER BY next",
        )],
    ),
    sql(
        "frozen content not compared on a retry",
        &[("gate/judge_reminders", "WHEN j.again IS NOT NULL THEN", "WHEN j.again = 'retry_window_over' THEN")],
    ),
    sql(
        "no purchase check at the gate",
        &[("gate/judge_reminders", "(p.at >= c.created OR p.key LIKE 'cart:%' OR p.key LIKE 'token:%')", "0")],
    ),
    sql(
        "order matched by cart id only",
        &[
            ("gate/judge_reminders", PURCHASE, "AND p.key IN ('cart:' || o.cart)"),
            (
                "gate/judge_reminders",
                "WHEN EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.key = 'mailbox:' || o.mailbox_hash",
                "WHEN EXISTS (SELECT 1 FROM purchase p WHERE 0",
            ),
            (
                "order/find_candidates",
                "AS strength FROM identity WHERE site = :site",
                "AS strength FROM identity WHERE 0 AND site = :site",
            ),
            (
                "order/find_candidates",
                "WHERE k.site = :site AND k.mailbox_hash = :mailbox_hash",
                "WHERE 0 AND k.site = :site AND k.mailbox_hash = :mailbox_hash",
            ),
        ],
    ),
    within(
        PAYMENTS,
        sql(
            "a pending payment does not hold",
            &[
                ("gate/judge_reminders", "p.status = 'pending' AND p.at >= c.created", "0"),
                // The silence after an order would hide it where the order names the address.
                (
                    "gate/judge_reminders",
                    "AND p.at > :now - j.silence) THEN",
                    "AND p.status = 'placed' AND p.at > :now - j.silence) THEN",
                ),
            ],
        ),
    ),
    sql(
        "suppression only when planning",
        &[(
            "gate/judge_reminders",
            "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash",
            "WHERE 0",
        )],
    ),
    sql(
        "suppression per site",
        &[(
            "gate/judge_reminders",
            "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash",
            "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash AND x.site = o.site",
        )],
    ),
    sql(
        "suppression over merchants",
        &[(
            "gate/judge_reminders",
            "WHERE x.scope IN (s.merchant, '*') AND x.mailbox_hash = o.mailbox_hash",
            "WHERE x.mailbox_hash = o.mailbox_hash",
        )],
    ),
    sql(
        "a refusal not asked at the gate",
        &[
            (
                "gate/judge_reminders",
                "WHEN k.refused_at IS NOT NULL OR c.consent ->> '$.mail' = 'denied' THEN",
                "WHEN 0 THEN",
            ),
            ("gate/judge_reminders", "WHEN NOT coalesce(instr(j.bases", "WHEN 0 AND NOT coalesce(instr(j.bases"),
            (
                "collect/keep_contact",
                "iif(heard.counts, excluded.basis, contact.basis)",
                "coalesce(excluded.basis, contact.basis)",
            ),
        ],
    ),
    sql(
        "a refusal leaves no tombstone",
        &[
            ("refuse/wipe_carts", "AND state IN (0, 1)", "AND 0"),
            ("refuse/refuse_contacts", "AND refused_at IS NULL", "AND 0"),
        ],
    ),
    sql(
        "erasure not asked at the gate",
        &[
            ("gate/judge_reminders", "WHEN k.erased_at IS NOT NULL THEN", "WHEN 0 THEN"),
            ("collect/keep_contact", "WHERE (contact.erased_at IS NULL OR", "WHERE (1 OR"),
            // The address, the basis, the cart's tie to it and the suppression each stand against a mail as well.
            (
                "erase/erase_contacts",
                "SET address = NULL, carts = '[]', basis = NULL, said_by = NULL, known_at = NULL, erased_at",
                "SET erased_at",
            ),
            (
                "erase/suppress_erased",
                "VALUES (:merchant, :mailbox_hash, 'erased', :now, '')",
                "SELECT :merchant, :mailbox_hash, 'erased', :now, '' WHERE 0",
            ),
            ("erase/erase_carts", "mailbox_hash = NULL,", "mailbox_hash = mailbox_hash,"),
            ("erase/erase_carts", "due = NULL, lines = '[]'", "lines = lines"),
            ("erase/erase_carts", "items = iif(state IN (0, 1), 0, items), total", "total"),
            ("erase/erase_carts", ", state = iif(state IN (0, 1), 4, state)", ""),
        ],
    ),
    sql(
        "corrected address, but the old one kept",
        &[("gate/judge_reminders", "WHEN c.mailbox_hash IS NOT o.mailbox_hash OR", "WHEN")],
    ),
    sql(
        "a pause only stops planning",
        &[("gate/judge_reminders", "WHEN d.paused OR m.paused OR s.paused THEN", "WHEN 0 THEN")],
    ),
    sql(
        "a merchant's pause forgotten",
        &[("gate/judge_reminders", "WHEN d.paused OR m.paused OR s.paused THEN", "WHEN d.paused OR s.paused THEN")],
    ),
    sql(
        "cap per cart only",
        &[
            ("gate/judge_reminders", "x.counted_at > :week_ago", "x.counted_at > :week_ago AND x.cart = o.cart"),
            (
                "gate/judge_reminders",
                "x.counted_at > :now - j.spacing",
                "x.counted_at > :now - j.spacing AND x.cart = o.cart",
            ),
            ("gate/judge_reminders", "AND (x.site, x.cart) <> (o.site, o.cart)) THEN", "AND 0) THEN"),
        ],
    ),
    sql(
        "cap per site",
        &[
            (
                "gate/judge_reminders",
                "AND z.merchant = s.merchant AND (x.proof >= 3 OR c.proof < 3 OR substr(x.cart, 1, 27) = substr(o.cart, 1, 27))) >= j.week",
                "AND z.id = s.id AND (x.proof >= 3 OR c.proof < 3 OR substr(x.cart, 1, 27) = substr(o.cart, 1, 27))) >= j.week",
            ),
            (
                "gate/judge_reminders",
                "x.counted_at > :now - j.spacing",
                "x.counted_at > :now - j.spacing AND x.site = o.site",
            ),
            (
                "gate/judge_reminders",
                "x.counted_at > :now - j.sequence",
                "x.counted_at > :now - j.sequence AND x.site = o.site",
            ),
        ],
    ),
    sql(
        "a later step to a bare address",
        &[("gate/judge_reminders", "WHEN j.trust = 0 AND o.position > 0 THEN", "WHEN 0 THEN")],
    ),
    sql(
        "versions not compared",
        &[
            (
                "collect/fold_event",
                "version = iif(:has_content AND :version > version, :version, version),",
                "version = iif(:has_content, :version, version),",
            ),
            (
                "collect/fold_event",
                "items = iif(:has_content AND :version > version, :items, items),",
                "items = iif(:has_content, :items, items),",
            ),
            ("collect/fold_event", "(:has_content AND :version > version)", ":has_content"),
        ],
    ),
    sql(
        "of two tabs with one count the first wins",
        &[
            (
                "collect/fold_event",
                "version = iif(:has_content AND :version > version,",
                "version = iif(:has_content AND substr(:version, 1, 10) > version,",
            ),
            (
                "collect/fold_event",
                "items = iif(:has_content AND :version > version,",
                "items = iif(:has_content AND substr(:version, 1, 10) > version,",
            ),
        ],
    ),
    sql(
        "an abandoned cart takes no events",
        &[(
            "collect/wake_cart",
            "(state = 1 OR (state = 0 AND due IS NULL) OR (state = 4 AND exclusion <> 'program'))",
            "0",
        )],
    ),
    sql(
        "planning replaces reminders that are there",
        &[
            ("plan/plan_reminders", "INSERT INTO outbox", "INSERT OR REPLACE INTO outbox"),
            ("plan/plan_reminders", "ON CONFLICT (site, cart, cycle, step) DO NOTHING", ""),
            (
                "plan/postpone_carts",
                "planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step))",
                "planned = planned",
            ),
            (
                "plan/abandon_carts",
                "planned = iif(j.step IS NULL, planned, json_insert(planned, '$[#]', j.step))",
                "planned = planned",
            ),
        ],
    ),
    sql("a page's order counted twice", &[("order/change_metrics", "AND writer = :writer", "AND :writer <> ''")]),
    within(
        CLOSE,
        sql(
            "an order is worked out while the planner counts its cart",
            &[("order/write_order", "c.counted <> j.value ->> 'counted'", "0")],
        ),
    ),
    within(
        PAYMENTS,
        sql(
            "an unpaid order takes the marks of others",
            &[("order/delete_purchases", "AND number IN (:number, '')", "AND :number <> ''")],
        ),
    ),
    sql(
        "an order at one shop stops the mails of another",
        &[(
            "gate/judge_reminders",
            "OR EXISTS (SELECT 1 FROM purchase p WHERE p.site = o.site AND p.status = 'placed'",
            "OR EXISTS (SELECT 1 FROM purchase p WHERE p.status = 'placed'",
        )],
    ),
    within(
        LOG,
        sql(
            "the provider is asked at once what became of a mail",
            &[
                ("send/record_attempts", "look_up_at = j.look_up,", "look_up_at = j.look_up - 1800000,"),
                ("send/close_reminders", "look_up_at = j.look_up,", "look_up_at = j.look_up - 1800000,"),
            ],
        ),
    ),
    within(
        BATCHES,
        sql(
            "a batch is not stored, and leaves in another form",
            &[(
                "gate/judge_reminders",
                "batch = iif(v.ruling = '', coalesce(outbox.batch, v.batch), outbox.batch),",
                "",
            )],
        ),
    ),
    within(
        SWITCH,
        sql(
            "another provider takes reminders that one has had",
            &[("gate/judge_reminders", "WHEN j.again IS NOT NULL THEN", "WHEN j.again <> 'other_provider' THEN")],
        ),
    ),
    within(
        RETURNS,
        sql(
            "the breaker not asked at the gate",
            &[("gate/judge_reminders", "WHEN b.until > :now THEN 'breaker'", "WHEN 0 THEN 'breaker'")],
        ),
    ),
    within(
        RETURNS,
        sql(
            "complaints not counted",
            &[(
                "provider_event/count_deliveries",
                "sum(j.value ->> 'kind' = 'complained' AND o.complained_at IS NULL)",
                "0",
            )],
        ),
    ),
    within(
        RETURNS,
        sql(
            "a mail that comes back does not stop its address",
            &[("provider_event/suppress_mailboxes", "IN ('bounced', 'complained')", "IN ('')")],
        ),
    ),
    sql(
        "a mail whose answer was lost is counted with every event",
        &[(
            "provider_event/count_metrics",
            "o.state IN (0, 1, 2, 8) AND NOT EXISTS",
            "o.state IN (0, 1, 2, 3, 8) OR NOT EXISTS",
        )],
    ),
    sql(
        "an erased address stays with its contacts",
        &[("erase/erase_contacts", "SET address = NULL, carts", "SET carts")],
    ),
    Plant { name: "a forged event of the provider is believed", forged_events_pass: true, ..NONE },
    sql("the run forgets to look again", &[("send/close_reminders", "SET next = j.next,", "SET next = NULL,")]),
    sql("steps planned once, then never again", &[("plan/postpone_carts", "due = j.next,", "due = NULL,")]),
    sql("no silence after an order", &[("gate/judge_reminders", "AND p.at > :now - j.silence) THEN", "AND 0) THEN")]),
];
