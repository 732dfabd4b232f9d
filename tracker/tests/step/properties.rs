//! Properties of the step: they hold for any sequence of carts, addresses, refusals, orders and lost networks.

use cartwake_tracker::{
    run,
    state::{COUNT, kept},
    text::{Answer, Text},
};
use proptest::prelude::*;

use crate::page::{KEPT, Page};

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
