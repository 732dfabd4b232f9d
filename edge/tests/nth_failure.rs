//! The n-th database call fails, for every use case and every n: after a retry all is as if nothing had failed.
//!
//! Three failures are tried: nothing was done, it was done and no answer came, it was done and the connection broke.
//! Whoever called repeats as it would: a page and a shop's server until they get a 2xx, cron at the next minute. Cron
//! makes no difference between the last two (only `collect` asks once more), so it is spared the third.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "nth_failure/use_cases.rs"]
mod use_cases;

use std::collections::{BTreeMap, BTreeSet};

use cartwake_edge::{
    base::{challenge::Widget, config::Secret, ports::App, store::Value},
    native::{
        sqlite::Fault,
        views::ReminderView,
        world::{World, add_site, live, shop_settings},
    },
};
use cartwake_shared::{policy::SiteState, reminder::ReminderState, time::Span, wire};
use use_cases::{Act, CRON, CRON_OF_PROVIDERS, PROVIDER, SHOPPERS, SHOPS, UseCase, WEBHOOK_SECRET};

const FAULTS: [Fault; 3] = [Fault::BeforeCommit, Fault::AfterCommit, Fault::ConnectionLost];
/// More calls than any use case makes; a case that never ends its calls fails there.
const MOST_CALLS: u64 = 400;

/// `Config::mails_per_tick` of the world.
const MAILS_OF_A_TICK: usize = 5;

/// The values of every column that has any, `table.column`, in the order of the primary key.
type Dump = BTreeMap<String, Vec<Value>>;

/// What a repeated request may leave otherwise: random names, how often something was written anew, and a session that
/// began but whose cookie never arrived.
const RANDOM: &[&str] = &[
    "orders.writer",
    "orders.revision",
    "outbox.owner",
    "salt.value",
    "dashboard_session.expires",
    "dashboard_session.hash",
];
/// What runs of cron may leave otherwise, where one of them failed.
const TIMES: &[&str] = &[
    // Times that a failed run puts off.
    "cart.abandoned_at",
    "cart.history",
    "cart.since",
    "contact.forgotten_at",
    "heartbeat.at",
    "heartbeat.sent_at",
    "outbox.counted_at",
    "outbox.ended_at",
    "outbox.first",
    "outbox.held_until",
    "outbox.hold",
    "outbox.waits_since",
    "salt.value",
    "outbox.lease",
    "outbox.look_up_at",
    "outbox.next",
    "outbox.planned_at",
    "outbox.reason_at",
    // What a run left behind or said, how often it tried, and which mail of the provider's was which.
    "heartbeat.note",
    "heartbeat.last_site",
    "outbox.batch",
    "outbox.detail",
    "outbox.owner",
    "outbox.provider_id",
    "outbox.tries",
    // Mails noted by a tick that never came to its heartbeat are not counted: `counted` is asked instead.
    "heartbeat.sent",
    "delivery.audience",
    "delivery.bounced",
    "delivery.complained",
    "delivery.day",
    "delivery.sent",
    "delivery.site",
];

fn dump(edge: &App<World>, without: &[&str]) -> Dump {
    let mut dump = Dump::new();
    for (table, records) in edge.everything() {
        for (column, value) in records.into_iter().flatten() {
            let column = format!("{table}.{column}");
            if !without.contains(&column.as_str()) {
                dump.entry(column).or_default().push(value);
            }
        }
    }
    dump
}

/// The columns that differ, with both of their contents.
fn differences(found: &Dump, expected: &Dump) -> String {
    let columns: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let differing = columns.into_iter().filter(|column| found.get(*column) != expected.get(*column));
    let context = differing.map(|column| format!("{column}: {:?}, not {:?}", found.get(column), expected.get(column)));
    context.collect::<Vec<_>>().join("\n")
}

/// A live site with what the use case needs before it, beside another merchant's site with a cart of its own.
fn world(case: &UseCase) -> App<World> {
    let mut edge = live();
    edge.config.mails_per_batch = case.mails_per_batch;
    edge.config.challenge = Widget::new("0x1".to_owned(), "0x2".to_owned(), "");
    edge.config.webhook_secrets = vec![Secret::new(WEBHOOK_SECRET.to_owned())];
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

/// Three days of cron: all steps of a sequence come due, what failed has its next look, and lost answers are asked about.
fn days_go_by(edge: &App<World>) {
    // Minutes until the first tick of each day, which is a minute past the hour: carts are left at the beginning of one.
    for pause in [61, 24 * 60 - 83, 49 * 60 - 83] {
        edge.wait(Span::minutes(pause));
        // Planned, sent, swept at 7 past, taken over after the lease; then, from half an hour on, asked about at 38 and 18
        // and tried anew; hashed networks taken away at 42 and 12, breaker counters deleted at 57 (edge/src/house/housekeeping.rs).
        for minutes in [3, 3, 3, 28, 3, 1, 2, 3, 25, 6, 3, 3] {
            // A failed run shows in its log line; the next one goes on.
            let _ = edge.tick();
            edge.wait(Span::minutes(minutes));
        }
    }
}

/// Whom the provider has mailed, and under which keys.
fn mails(edge: &App<World>) -> Vec<(String, String)> {
    let mut mails: Vec<_> =
        edge.ports.provider.mails().into_iter().map(|mail| (mail.idempotency_key, mail.to)).collect();
    mails.sort();
    mails
}

/// Promises P2 and P4, and P6 for the bystander: one mail a step, a named end for each, and nobody else's affairs.
fn judge(edge: &App<World>, case: &UseCase, context: &str) {
    let keys: Vec<String> = mails(edge).into_iter().map(|(key, _)| key).collect();
    let mut steps: Vec<&str> = keys.iter().map(String::as_str).collect();
    steps.dedup();
    assert_eq!(steps.len(), keys.len(), "{context}: two mails of one step");
    let is_held = |reminder: &ReminderView| {
        reminder.state == ReminderState::Ready && reminder.reason.is_some() && reminder.next.is_some()
    };
    let open: Vec<ReminderView> =
        edge.reminders().into_iter().filter(|reminder| !reminder.has_ended() && !is_held(reminder)).collect();
    assert!(open.is_empty(), "{context}: without an end: {open:#?}");
    let bystander = keys.iter().filter(|key| key.starts_with("cartwake/street/")).count();
    assert_eq!(bystander >= 1, !case.stops_everybody, "{context}: another merchant's reminder");
}

/// Accepted mails as the breaker counts them.
fn counted(edge: &App<World>) -> usize {
    usize::try_from(edge.counted_mails()).unwrap()
}

/// Repeats a request until it is acknowledged; whether the first one was.
fn until_acknowledged(edge: &App<World>, act: fn(&App<World>) -> bool, context: &str) {
    for _ in 0..3 {
        if act(edge) {
            return;
        }
    }
    panic!("{context}: repeated and never acknowledged");
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
    judge(&calm, case, case.name);
    assert_eq!(counted(&calm), mailed.len(), "{}", case.name);

    let faults = if matches!(case.act, Act::Cron) { &FAULTS[..2] } else { &FAULTS };
    for &fault in faults {
        let mut n = 0;
        loop {
            n += 1;
            assert!(n < MOST_CALLS, "{}: its calls do not end", case.name);
            let context = format!("{}, call {n}, {fault:?}", case.name);
            let edge = world(case);
            let before = edge.ports.store.calls();
            edge.ports.store.fail_at(n, fault);
            match case.act {
                Act::Request(act) => {
                    if act(&edge) {
                        // No 2xx without the commit: what was acknowledged is there without any repetition.
                        assert_eq!(differences(&dump(&edge, without), &expected), "", "{context}: acknowledged");
                    } else {
                        until_acknowledged(&edge, act, &context);
                    }
                }
                Act::Cron => days_go_by(&edge),
            }
            if edge.ports.store.calls() - before < n {
                break;
            }
            edge.ports.store.recover();
            assert_eq!(differences(&dump(&edge, without), &expected), "", "{context}");
            days_go_by(&edge);
            assert_eq!(mails(&edge), mailed, "{context}");
            // A tick that dies leaves its own mails uncounted, and what it could not record is counted again.
            assert!(
                counted(&edge).abs_diff(counted(&calm)) <= MAILS_OF_A_TICK,
                "{context}: {} mails counted",
                counted(&edge)
            );
            judge(&edge, case, &context);
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
fn a_provider_that_tells_again_ends_as_if_nothing_had_failed() {
    PROVIDER.iter().for_each(check);
}

#[test]
fn cron_that_comes_again_ends_as_if_nothing_had_failed() {
    CRON.iter().for_each(check);
}

#[test]
fn cron_behind_lost_answers_and_in_batches_ends_as_if_nothing_had_failed() {
    CRON_OF_PROVIDERS.iter().for_each(check);
}
