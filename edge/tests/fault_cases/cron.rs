//! Cases 22 to 36: what can happen to a cron run, to the database under it, and to both at once.

use cartwake_edge::{
    base::{
        ports::Store as _,
        store::{Query as _, sql::site::WriteSite},
    },
    house::cron,
    native::{
        fakes::Answer,
        views::{ProductView, ReminderView},
        world::{block_on, live},
    },
};
use cartwake_shared::{
    gate::QuietHours,
    identifier::{MerchantId, SiteId},
    lifecycle::CartState,
    policy::SiteState,
    time::{Span, Timestamp},
    trust::Trust,
};
use futures_util::future::join_all;

use super::*;

const VISITORS: &str = "ABCDEFGHJKMNPQRSTVWXYZ0123456789";

/// So many left carts, each with an address of its own.
fn many(count: usize) -> App<World> {
    let edge = live();
    leave(&edge, count);
    edge
}

fn leave(edge: &App<World>, count: usize) {
    for number in 0..count {
        let visitor = VISITORS.chars().nth(number % VISITORS.len()).unwrap();
        let cart = u32::try_from(number / VISITORS.len()).unwrap() + 1;
        edge.leave_cart(visitor, cart, &format!("shopper{number}@example.com"));
    }
}

/// Mails to the same cart and step beyond one.
fn doubled(edge: &App<World>) -> usize {
    let mut keys: Vec<String> = edge.ports.provider.mails().into_iter().map(|mail| mail.idempotency_key).collect();
    let all = keys.len();
    keys.sort();
    keys.dedup();
    all - keys.len()
}

/// A run dies at any of its awaits, between planning and the last mark: one mail, and a named end.
#[test]
fn case_22_a_crash_at_any_await_sends_once() {
    let mut deaths = 0;
    loop {
        let edge = planned();
        let mut run = Run::begin(&edge);
        let has_ended = (0..deaths).any(|_| run.goes_on());
        drop(run);
        edge.wait(Span::minutes(1));
        cron(&edge, 10);
        assert_eq!((sent(&edge), reminder(&edge)), (1, SENT), "died at await {deaths}");
        if has_ended {
            break;
        }
        deaths += 1;
    }
    assert!(deaths >= 10, "{deaths}");
}

/// Five runs at once: every mail once, and no call of the provider in vain.
#[test]
fn case_23_five_runs_at_once_send_each_mail_once() {
    let edge = many(22);
    edge.wait(Span::minutes(61));
    for _ in 0..4 {
        block_on(async {
            for done in join_all((0..5).map(|_| cron::run(&edge))).await {
                done.unwrap();
            }
        });
    }
    assert_eq!((sent(&edge), edge.ports.provider.calls(), doubled(&edge)), (22, 22, 0));
}

/// Cron stands still: what became due meanwhile is handled at recovery, a few a tick and none at night, and what is too
/// late is stale.
#[test]
fn case_24_after_a_standstill_all_is_handled_and_too_late_is_stale() {
    // 22:00 to 05:00. It stands still from 18:00 in Berlin; 6 h later it is night, 14 h later too late for any of them.
    const QUIET: QuietHours = QuietHours { from: 1_320, to: 300 };
    for (hours, state) in [(6, SENT), (14, stands(Stale, Reason::Stale))] {
        let edge = many(12);
        edge.change_settings(|settings| settings.policy.quiet = Some(QUIET));
        edge.wait(Span::hours(1 + hours));
        let (mut most, mut reasons) = (0, std::collections::BTreeSet::new());
        for _ in 0..(16 * 60) {
            let before = sent(&edge);
            edge.tick().unwrap();
            most = most.max(sent(&edge) - before);
            let minute = (edge.now().plus(Span::hours(1)).millis() / 60_000) % 1_440;
            assert!(sent(&edge) == before || (300..1_320).contains(&minute), "a mail at minute {minute} of the day");
            reasons.extend(edge.standing());
            edge.wait(Span::minutes(1));
        }
        let all_have_ended = edge.first_steps().iter().all(ReminderView::has_ended);
        assert_eq!((reminder(&edge), all_have_ended), (state, true), "{hours} h");
        assert_eq!(reasons.contains(&stands(Ready, Reason::QuietHours)), hours == 6, "{reasons:?}");
        let budget = usize::try_from(edge.config.mails_per_tick).unwrap();
        assert!(most <= budget, "{most} mails in one tick");
    }
}

/// The platform ends a run for its CPU or its time: what it held is free again when the lease lapses, not earlier.
#[test]
fn case_25_a_run_that_was_ended_leaves_its_work_to_the_next() {
    let edge = many(8);
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    let mut run = Run::begin(&edge);
    run.until(&edge, "gate/judge_reminders");
    drop(run);
    let held = edge.reminders().iter().filter(|reminder| reminder.state == Sending).count();
    assert!(held > 0);
    edge.tick().unwrap();
    assert_eq!(sent(&edge), 8 - held, "what is claimed is left alone");
    edge.wait(Span::seconds(151));
    cron(&edge, 3);
    assert_eq!((sent(&edge), doubled(&edge)), (8, 0));
}

/// A new version takes over in the middle of a run. Where it writes the mail in other words, an attempt without an
/// answer is not repeated in those words; everything else goes on as after a crash.
#[test]
fn case_26_a_new_version_in_the_middle_of_a_run_is_a_crash() {
    for (was_attempted, expected) in [(false, (1, SENT)), (true, (1, stands(Unknown, Reason::NotTheSameMail)))] {
        let edge = planned();
        if was_attempted {
            edge.ports.provider.plan([Answer::AcceptSilently]);
            edge.tick().unwrap();
        } else {
            let mut run = Run::begin(&edge);
            run.until(&edge, "send/claim_reminders");
            drop(run);
        }
        // What the new version says otherwise stands in the mail.
        edge.change_settings(|settings| "Call 555 0200".clone_into(&mut settings.help_line));
        edge.wait(Span::minutes(3));
        cron(&edge, 5);
        assert_eq!((sent(&edge), reminder(&edge)), expected);
        assert_eq!(edge.ports.provider.calls(), 1);
    }
}

/// A run stalls for fifteen minutes between claim and gate: another has taken over, and the gate lets the first pass
/// nothing.
#[test]
fn case_27_a_stalled_run_finds_the_gate_closed() {
    let edge = planned();
    let mut stalled = Run::begin(&edge);
    stalled.until(&edge, "send/claim_reminders");
    edge.wait(Span::minutes(15));
    cron(&edge, 2);
    assert_eq!(sent(&edge), 1);
    stalled.ends();
    assert_eq!((edge.ports.provider.calls(), reminder(&edge)), (1, SENT));
}

/// The order comes between claim and gate: cancelled.
#[test]
fn case_28_an_order_between_claim_and_gate_cancels() {
    let edge = planned();
    let mut run = Run::begin(&edge);
    run.until(&edge, "send/claim_reminders");
    report(&edge, &format!(r#"{{"order":"1","status":"placed","cart":"{CART}"}}"#));
    run.ends();
    assert_eq!((edge.ports.provider.calls(), reminder(&edge)), (0, stands(Cancelled, Reason::Ordered)));
}

/// The order comes between the gate's answer and the provider: this one mail may arrive, and an answer that has been
/// lying about is not acted upon; nothing follows. `raced` is no counter of its own: it is counted from stored times,
/// over mails whose order was placed after the gate let them pass and within the life of its answer.
#[test]
fn case_29_an_order_behind_the_gate_races_by_one_request_at_most() {
    // How long after the gate's answer the order comes and the run goes on; mails, and how many of them raced.
    for (order_after, goes_on_after, mails, races) in
        [(0, 0, 1, 1), (4, 5, 1, 1), (4, 10, 1, 1), (0, 11, 0, 0), (9, 11, 0, 0)]
    {
        let edge = planned();
        let mut run = Run::begin(&edge);
        run.until(&edge, "gate/judge_reminders");
        edge.wait(Span::seconds(order_after));
        report(&edge, &format!(r#"{{"order":"1","status":"placed","cart":"{CART}"}}"#));
        edge.wait(Span::seconds(goes_on_after - order_after));
        run.ends();
        let told = format!("order after {order_after} s, goes on after {goes_on_after} s");
        assert_eq!((sent(&edge), raced(&edge)), (mails, races), "{told}");
        edge.wait(Span::hours(80));
        cron(&edge, 5);
        assert_eq!(sent(&edge), mails, "{told}");
    }
    // An order that comes after the mail was accepted is no race.
    let edge = mailed();
    edge.wait(Span::minutes(1));
    report(&edge, &format!(r#"{{"order":"1","status":"placed","cart":"{CART}"}}"#));
    assert_eq!(raced(&edge), 0);
}

/// Mails whose order was placed after the gate let them pass and within the life of its answer.
fn raced(edge: &App<World>) -> usize {
    // `GATE_HOLDS` in edge/src/sending/deliver.rs.
    let gate_holds = Span::seconds(10);
    let is_overtaken = |mail: &ReminderView, first: Timestamp| {
        edge.orders().into_iter().any(|order| {
            order.cart.as_ref() == Some(&mail.cart) && (first..=first.plus(gate_holds)).contains(&order.placed_at)
        })
    };
    let sent = edge.reminders().into_iter().filter(|reminder| reminder.state == Sent);
    sent.filter(|mail| mail.first.is_some_and(|first| is_overtaken(mail, first))).count()
}

/// An unsubscribe, an erasure and a pause between claim and gate: as with the order.
#[test]
fn case_30_whoever_says_stop_before_the_gate_is_heard() {
    type Happen = fn(&App<World>);
    let cases: [(Standing, Happen); 5] = [
        (stands(Suppressed, Reason::Suppressed), |edge| {
            edge.suppress_contacts("merchant", "unsubscribed");
        }),
        (stands(Suppressed, Reason::Erased), |edge| {
            edge.change_contacts(|contact| {
                (contact.erased_at, contact.address) = (Some(Timestamp::from_millis(1)), None);
            });
        }),
        (stands(Ready, Reason::Paused), |edge| edge.pause_sites(true)),
        (stands(Ready, Reason::Paused), |edge| edge.pause_deployment(true)),
        (stands(Suppressed, Reason::Refused), |edge| {
            let denied = wire::Consent { tracking: Some("denied".into()), ..wire::Consent::default() };
            assert_eq!(edge.collect(&wire::Collect { consent: Some(denied), ..edge.event('A', 1, 9) }).status, 200);
        }),
    ];
    for (expected, happen) in cases {
        let edge = planned();
        let mut run = Run::begin(&edge);
        run.until(&edge, "send/claim_reminders");
        happen(&edge);
        run.ends();
        assert_eq!((edge.ports.provider.calls(), reminder(&edge)), (0, expected));
    }
    // And behind a mail that has left, the link in it stops the rest.
    let edge = mailed();
    unsubscribe(&edge, &token(&edge, "/u/"));
    edge.wait(Span::hours(80));
    cron(&edge, 5);
    assert_eq!(sent(&edge), 1);
}

/// A batch whose statement k is refused: nothing of it is visible, for every k.
#[test]
fn case_31_a_batch_is_all_or_nothing() {
    let site = |name: &str, settings: &str| {
        WriteSite {
            id: &SiteId::parse(name).unwrap(),
            merchant: &MerchantId::parse("merchant").unwrap(),
            name: "The Shop",
            state: SiteState::Live,
            paused: false,
            settings,
            now: Timestamp::default(),
        }
        .statement()
    };
    for wrong in 0..4 {
        let edge = live();
        let before = edge.sites();
        let batch = (0..4).map(|place| site(&format!("site{place}"), if place == wrong { "no JSON" } else { "{}" }));
        block_on(edge.store().batch(batch.collect())).unwrap_err();
        assert_eq!(edge.sites(), before, "statement {wrong}");
        let batch = (0..4).map(|place| site(&format!("site{place}"), "{}"));
        block_on(edge.store().batch(batch.collect())).unwrap();
        assert_eq!(edge.sites().len(), 5);
    }
}

/// Something that happens to the deployment.
type Change<'a> = &'a dyn Fn(&App<World>);

/// Rows that this version cannot read: a cart's lines are left out of the mail, settings end that site's reminder as
/// dead, and in neither case is any other kept from leaving.
#[test]
fn case_32_a_poisoned_row_keeps_no_other_back() {
    let set_planned = |edge: &App<World>, planned: &str| {
        edge.change_carts(|cart| {
            if cart.is('A', 1) {
                planned.clone_into(&mut cart.planned);
            }
        });
    };
    let poisons: [(&str, Change<'_>, _); 4] = [
        (
            "lines",
            &|edge| {
                edge.change_carts(|cart| {
                    if cart.is('A', 1) {
                        r#"[{"product":7}]"#.clone_into(&mut cart.lines);
                    }
                });
            },
            (6, SENT),
        ),
        ("planned", &|edge| set_planned(edge, "{}"), (6, SENT)),
        (
            "settings",
            &|edge| {
                edge.change_sites(|site| {
                    if site.id == "shop" {
                        r#"{"policy":"of another version"}"#.clone_into(&mut site.settings);
                    }
                });
            },
            (5, stands(Dead, Why::RequestRefused)),
        ),
        ("product", &|edge| edge.ports.store.insert(&in_no_currency()), (6, SENT)),
    ];
    for (poison, poisons, expected) in poisons {
        let edge = many(1);
        cartwake_edge::native::world::add_site(
            &edge,
            "street",
            "stranger",
            cartwake_shared::policy::SiteState::Live,
            &cartwake_edge::native::world::shop_settings(),
        )
        .unwrap();
        for number in 0..5_u32 {
            let visitor = VISITORS.chars().nth(usize::try_from(number).unwrap() + 9).unwrap();
            let event = wire::Collect {
                site: edge.site_key("street"),
                email: Some(format!("other{number}@example.com")),
                consent: Some(wire::Consent {
                    tracking: Some("granted".into()),
                    mail: Some("express".into()),
                    wording: Some("express-en-1".into()),
                    source: Some("box".into()),
                }),
                ..edge.event(visitor, 1, 1)
            };
            assert_eq!(edge.collect(&event).status, 200);
        }
        edge.wait(Span::minutes(61));
        if poison != "planned" {
            edge.tick().unwrap();
        }
        poisons(&edge);
        edge.ports.cache.forget();
        cron(&edge, 10);
        if poison == "planned" {
            // It is looked at again by a version that can read it.
            assert_eq!(sent(&edge), 5, "{poison}");
            set_planned(&edge, "[]");
            cron(&edge, 3);
        }
        assert_eq!((sent(&edge), reminder(&edge)), expected, "{poison}");
    }
}

/// A product whose currency there is not.
fn in_no_currency() -> ProductView {
    ProductView {
        site: "shop".to_owned(),
        id: "P1".to_owned(),
        variant: "M".to_owned(),
        sku: String::new(),
        name: "Shirt".to_owned(),
        price: 1,
        currency: "XX".to_owned(),
        url: String::new(),
        image: String::new(),
        available: true,
        read_at: Timestamp::from_millis(0),
    }
}

/// A flash sale of one site: a tick stays within its budget, and a small site's reminders leave in their turn.
#[test]
fn case_33_a_flash_sale_delays_no_other_site() {
    let edge = many(120);
    cartwake_edge::native::world::add_site(
        &edge,
        "street",
        "stranger",
        cartwake_shared::policy::SiteState::Live,
        &cartwake_edge::native::world::shop_settings(),
    )
    .unwrap();
    let event = wire::Collect {
        site: edge.site_key("street"),
        email: Some("other@example.com".into()),
        consent: Some(wire::Consent {
            tracking: Some("granted".into()),
            mail: Some("express".into()),
            wording: Some("express-en-1".into()),
            source: Some("box".into()),
        }),
        ..edge.event('Z', 99, 1)
    };
    assert_eq!(edge.collect(&event).status, 200);
    // The shop signed who its customers are, so no share keeps them waiting.
    edge.change_carts(|cart| cart.proof = Trust::Verified.code());
    edge.wait(Span::minutes(61));
    let mut ticks = 0;
    let of_street = |edge: &App<World>| edge.ports.provider.mails().iter().any(|mail| mail.to == "other@example.com");
    while !of_street(&edge) {
        let before = sent(&edge);
        edge.tick().unwrap();
        assert!(sent(&edge) - before <= usize::try_from(edge.config.mails_per_tick).unwrap());
        edge.wait(Span::minutes(1));
        ticks += 1;
        assert!(ticks <= 6, "one tick to plan, five to send");
    }
    cron(&edge, 40);
    assert_eq!((sent(&edge), doubled(&edge)), (121, 0));
}

/// Two versions of the schema at once: migrations only add, so today's code works on tomorrow's schema.
#[test]
fn case_34_todays_code_runs_on_a_schema_with_more_in_it() {
    let edge = live();
    for table in edge.ports.store.tables() {
        let column = include_str!("column_of_tomorrow.sql").replace("{table}", &table);
        edge.ports.store.write(&column).unwrap();
    }
    edge.ports.store.write(include_str!("table_of_tomorrow.sql")).unwrap();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    cron(&edge, 2);
    assert_eq!((sent(&edge), reminder(&edge)), (1, SENT));
    report(&edge, &format!(r#"{{"order":"1","status":"placed","cart":"{CART}"}}"#));
    assert_eq!((edge.cart('A', 1).state, edge.carts().len()), (CartState::Ordered, 1));
}

/// The database is put back by an hour (Time Travel): what may have left in that hour ends as unknown and is not sent
/// again; what becomes due later leaves as ever.
#[test]
fn case_35_a_database_put_back_sends_nothing_twice() {
    let edge = many(3);
    cron(&edge, 40);
    let an_hour_ago = edge.everything();
    cron(&edge, 60);
    assert_eq!(sent(&edge), 3);
    edge.ports.store.put_back(&an_hour_ago);
    assert!(edge.reminders().is_empty(), "nothing is known of what was sent");
    let calls = edge.ports.provider.calls();
    cron(&edge, 60);
    assert_eq!((edge.ports.provider.calls(), reminder(&edge)), (calls, stands(Unknown, Reason::RolledBack)));
    let rolled_back = stands(Unknown, Reason::RolledBack);
    assert_eq!(edge.reminders().iter().filter(|reminder| reminder.standing() == rolled_back).count(), 3);
    // A cart left after that is like any other, and so are later steps of the old ones.
    edge.leave_cart('Z', 9, "new@example.com");
    edge.wait(Span::minutes(61));
    cron(&edge, 3);
    assert!(edge.ports.provider.mails().iter().any(|mail| mail.to == "new@example.com"));
}

/// Read replicas may be of any age: planner and gate ask the primary, since nothing here ever opens a session with a
/// replica. D1 answers from the primary unless `withSession` is called.
#[test]
fn case_36_nothing_reads_from_a_replica() {
    for (name, text) in [
        ("d1.rs", include_str!("../../src/cloudflare/d1.rs")),
        ("runtime.rs", include_str!("../../src/cloudflare/runtime.rs")),
        ("wrangler.jsonc", include_str!("../../wrangler.jsonc")),
    ] {
        let text = text.to_lowercase();
        assert!(!text.contains("withsession") && !text.contains("first-unconstrained"), "{name}");
    }
    // The adapter can do two things with a database, and neither names a replica.
    let adapter = include_str!("../../src/cloudflare/d1.rs");
    assert_eq!(adapter.matches("(this: &Database").count(), 2);
}
