//! The n-th call of the database fails, for every use case and every n: what is repeated ends as if nothing had failed.
//!
//! Three failures are tried: nothing was done, it was done and no answer came, it was done and the connection broke.
//! Whoever called repeats as it would: a page and a shop's server until they get a 2xx, cron at the next minute.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "nth_failure/use_cases.rs"]
mod use_cases;

use std::collections::BTreeMap;

use cartwake_edge::{
    native::{
        sqlite::Fault,
        world::{World, add_site, live, shop_settings},
    },
    ports::Edge,
};
use cartwake_shared::{policy::SiteState, time::Span, wire};
use use_cases::{Act, CRON, SHOPPERS, SHOPS, UseCase};

const FAULTS: [Fault; 3] = [Fault::BeforeCommit, Fault::AfterCommit, Fault::ConnectionLost];
/// More calls than any use case makes; a case that never ends its calls fails there.
const MOST_CALLS: u64 = 400;

/// Every table as text, without the named columns.
type Dump = BTreeMap<String, Vec<Vec<String>>>;

/// Random names, and how often something was written anew: a repetition may differ in nothing else.
const RANDOM: &[&str] = &["writer", "revision", "owner"];
/// What a delay of some minutes may move besides, in runs of cron.
const TIMES: &[&str] = &[
    "writer",
    "revision",
    "owner",
    "at",
    "sent_at",
    "since",
    "due",
    "active_at",
    "abandoned_at",
    "planned_at",
    "scheduled",
    "next",
    "turn",
    "lease",
    "first",
    "tries",
    "hold",
    "reason",
    "detail",
    "reason_at",
    "counted_at",
    "ended_at",
    "provider_id",
    "history",
    "note",
    // Mails noted beside a heartbeat: those of a tick that never came to its heartbeat are not counted.
    "sent",
    "hash",
];

fn dump(edge: &Edge<World>, without: &[&str]) -> Dump {
    let ask = |sql: &str| edge.ports.store.ask(sql).unwrap();
    let tables = ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").into_iter().flatten();
    tables
        .map(|table| {
            let columns = ask(&format!("SELECT name FROM pragma_table_info('{table}')")).into_iter().flatten();
            let kept: Vec<String> = columns.filter(|column| !without.contains(&column.as_str())).collect();
            let rows =
                if kept.is_empty() { Vec::new() } else { ask(&format!("SELECT {} FROM {table}", kept.join(", "))) };
            (table, rows)
        })
        .collect()
}

/// The tables that differ, with both of their contents.
fn differences(found: &Dump, expected: &Dump) -> String {
    let differing = found.iter().filter(|(table, rows)| expected.get(*table) != Some(rows));
    let told = differing.map(|(table, rows)| format!("{table}: {rows:?}, not {:?}", expected.get(table)));
    told.collect::<Vec<_>>().join("\n")
}

/// A live site with what the use case needs before it, beside another merchant's site with a cart of its own.
fn world(case: &UseCase) -> Edge<World> {
    let edge = live();
    add_site(&edge, "street", "stranger", SiteState::Live, &shop_settings()).unwrap();
    let bystander = wire::Collect {
        site: edge.site_key("street"),
        email: Some("bob@example.com".to_owned()),
        consent: Some(wire::Consent {
            tracking: Some("granted".to_owned()),
            mail: Some("express".to_owned()),
            wording: Some("express-en-1".to_owned()),
            source: Some("box".to_owned()),
        }),
        ..edge.event('Z', 1, 1)
    };
    assert_eq!(edge.collect(&bystander).status, 200);
    (case.before)(&edge);
    edge
}

/// Three days of cron: all steps of a sequence come due, and what failed has its next look.
fn days_go_by(edge: &Edge<World>) {
    for (pause, ticks) in [(Span::minutes(61), 6), (Span::hours(24), 5), (Span::hours(50), 5)] {
        edge.wait(pause);
        for _ in 0..ticks {
            // A failed run is told by its log line; the next one goes on.
            let _ = edge.tick();
            edge.wait(Span::minutes(3));
        }
    }
}

/// Whom the provider has mailed, and under which keys.
fn mails(edge: &Edge<World>) -> Vec<(String, String)> {
    let mut mails: Vec<_> =
        edge.ports.provider.mails().into_iter().map(|mail| (mail.idempotency_key, mail.to)).collect();
    mails.sort();
    mails
}

/// Promises P2 and P4, and P6 for the bystander: one mail a step, a named end for each, and nobody else's affairs.
fn judge(edge: &Edge<World>, told: &str) {
    let keys: Vec<String> = mails(edge).into_iter().map(|(key, _)| key).collect();
    let mut steps: Vec<&str> = keys.iter().map(String::as_str).collect();
    steps.dedup();
    assert_eq!(steps.len(), keys.len(), "{told}: two mails of one step");
    let open = "SELECT cart, step, state, reason, next FROM outbox WHERE state < 3 AND (state > 0 OR reason IS NULL OR next IS NULL)";
    assert_eq!(edge.ports.store.ask(open).unwrap(), Vec::<Vec<String>>::new(), "{told}: without an end");
    let bystander = keys.iter().filter(|key| key.starts_with("cartwake/street/")).count();
    assert!(bystander >= 1, "{told}: another merchant's reminder is missing");
}

/// Repeats a request until it is acknowledged; whether the first one was.
fn until_acknowledged(edge: &Edge<World>, act: fn(&Edge<World>) -> bool, told: &str) {
    for _ in 0..3 {
        if act(edge) {
            return;
        }
    }
    panic!("{told}: repeated and never acknowledged");
}

fn check(case: &UseCase) {
    let calm = world(case);
    let before = calm.ports.store.calls();
    let without = match case.act {
        Act::Request(act) => {
            assert!(act(&calm), "{}: refused without any failure", case.name);
            RANDOM
        }
        Act::Cron => {
            days_go_by(&calm);
            TIMES
        }
    };
    let calls = calm.ports.store.calls() - before;
    assert!(calls >= case.fewest_calls, "{}: only {calls} calls", case.name);
    let expected = dump(&calm, without);
    days_go_by(&calm);
    let mailed = mails(&calm);
    let of_shop = mailed.iter().filter(|(key, _)| key.starts_with("cartwake/shop/")).count();
    assert_eq!(of_shop, case.mails, "{}: {mailed:?}", case.name);
    judge(&calm, case.name);

    for fault in FAULTS {
        let mut n = 0;
        loop {
            n += 1;
            assert!(n < MOST_CALLS, "{}: its calls do not end", case.name);
            let told = format!("{}, call {n}, {fault:?}", case.name);
            let edge = world(case);
            let before = edge.ports.store.calls();
            edge.ports.store.fail_at(n, fault);
            match case.act {
                Act::Request(act) => {
                    if act(&edge) {
                        // No 2xx without the commit: what was acknowledged is there without any repetition.
                        assert_eq!(differences(&dump(&edge, without), &expected), "", "{told}: acknowledged");
                    } else {
                        until_acknowledged(&edge, act, &told);
                    }
                }
                Act::Cron => days_go_by(&edge),
            }
            if edge.ports.store.calls() - before < n {
                break;
            }
            edge.ports.store.recover();
            assert_eq!(differences(&dump(&edge, without), &expected), "", "{told}");
            days_go_by(&edge);
            assert_eq!(mails(&edge), mailed, "{told}");
            judge(&edge, &told);
        }
        assert!(n > case.fewest_calls, "{}: {n} calls were tried", case.name);
    }
}

#[test]
fn a_shopper_who_repeats_ends_as_if_nothing_had_failed() {
    SHOPPERS.iter().for_each(check);
}

#[test]
fn a_shop_that_repeats_ends_as_if_nothing_had_failed() {
    SHOPS.iter().for_each(check);
}

#[test]
fn cron_that_comes_again_ends_as_if_nothing_had_failed() {
    CRON.iter().for_each(check);
}
