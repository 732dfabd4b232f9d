//! Attacks by numbers on what runs behind the pages: an erasure reads each cart once, and a look for late reminders is bounded.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{
        ports::{App, Store},
        store::sql::{erase::FindCarts, housekeeping::EndStaleReminders},
    },
    house::erase::erase,
    native::{
        views::ReminderView,
        world::{World, block_on, live},
    },
};
use cartwake_shared::{email::EmailAddress, identifier::MerchantId, reminder::ReminderState, time::Span, wire};

const ADA: &str = "ada@example.com";

/// A shop where one browser has so many carts with the same address, of which the contact knows twenty.
fn with_carts(carts: u32) -> App<World> {
    let edge = live();
    let mut event = wire::Collect { email: Some(ADA.into()), customer: Some("c-7".into()), ..edge.event('A', 1, 1) };
    event.snapshot.as_mut().unwrap().token = Some("t-7".into());
    assert_eq!(edge.collect(&event).status, 200);
    let copies = include_str!("attack_bounds/browser.sql").replace("{carts}", &(carts - 1).to_string());
    edge.ports.store.write(&copies).unwrap();
    let listed: Vec<String> = edge.carts().into_iter().take(20).map(|cart| cart.id).collect();
    edge.change_contacts(|contact| contact.carts = serde_json::to_string(&listed).unwrap());
    edge
}

/// The instructions that SQLite runs meanwhile; they grow with the rows that are read.
fn steps_of(edge: &App<World>, act: impl FnOnce(&App<World>)) -> u64 {
    let before = edge.ports.store.steps();
    act(edge);
    edge.ports.store.steps() - before
}

#[test]
fn attack_15_an_erasure_reads_each_cart_of_a_browser_once_however_many_it_has() {
    let erase_all = |carts: u32| {
        let edge = with_carts(carts);
        let (merchant, address) = (MerchantId::parse("merchant").unwrap(), EmailAddress::parse(ADA).unwrap());
        let steps = steps_of(&edge, |edge| assert_eq!(block_on(erase(edge, &merchant, &address)).unwrap(), 1));
        assert_eq!(edge.carts().len(), carts as usize);
        let is_bare = |text: &str| text == "[]";
        assert!(
            edge.carts().iter().all(|cart| is_bare(&cart.lines) && cart.customer.is_none() && cart.token.is_none())
        );
        assert!(edge.contacts().iter().all(|contact| contact.address.is_none() && is_bare(&contact.carts)));
        steps
    };
    let (few, many) = (erase_all(1_500), erase_all(3_000));
    assert!(many <= few * 21 / 10, "{few} with 1,500 carts, {many} with 3,000");
}

#[test]
fn attack_15_a_query_of_an_erasure_reads_no_more_of_a_browser_with_more_carts() {
    let find = |carts: u32| {
        let edge = with_carts(carts);
        let mailbox_hash = &edge.config.mailbox_key.hash(&EmailAddress::parse(ADA).unwrap().mailbox());
        let merchant = &MerchantId::parse("merchant").unwrap();
        let find = FindCarts { merchant, mailbox_hash, after: r#"["",""]"#, most: 500 };
        steps_of(&edge, |edge| {
            let carts = block_on(Store::rows(edge.store(), &find)).unwrap();
            assert_eq!(carts.len(), 500);
        })
    };
    let (few, many) = (find(600), find(3_000));
    assert!(many <= few + few / 50, "{few} with 600 carts, {many} with 3,000");
}

#[test]
fn attack_04_a_look_for_late_reminders_is_bounded_however_many_are_not_late() {
    let look = |reminders: u32| {
        let edge = with_carts(reminders);
        // Each was meant to leave long ago, and its shopper has been active since.
        let sites = format!(r#"[{{"site":"shop","late":{}}}]"#, edge.now().millis() + 1);
        let end = EndStaleReminders { sites: &sites, now: edge.now(), most: 200 };
        let steps = steps_of(&edge, |edge| block_on(edge.store().done(&end)).unwrap());
        assert!(edge.reminders().iter().all(|reminder| reminder.state == ReminderState::Ready));
        steps
    };
    let (few, many) = (look(400), look(3_000));
    assert!(many <= few + few / 50, "{few} with 400 reminders, {many} with 3,000");
}

#[test]
fn late_reminders_end_wherever_they_stand_in_the_order_of_their_site() {
    let edge = with_carts(2);
    let carts: Vec<_> = edge.carts();
    edge.ports.store.remove(|_: &ReminderView| true);
    let mailbox_hash = carts.first().and_then(|cart| cart.mailbox_hash.clone()).unwrap();
    edge.wait(Span::days(2));
    let mut expected = Vec::new();
    for (cart, is_late) in carts.iter().zip([true, false]) {
        for ahead in 0..4_i64 {
            let at = edge.now().minus(Span::hours(if is_late { 13 } else { 11 }));
            let planned = ReminderView::planned("shop", &cart.id, &mailbox_hash, None, at);
            let next = Some(at.minus(Span::days(1_000 * ahead)));
            edge.ports.store.insert(&ReminderView { step: format!("s{ahead}"), next, ..planned });
            expected.push(if is_late { ReminderState::Stale } else { ReminderState::Ready });
        }
    }
    let sites = format!(r#"[{{"site":"shop","late":{}}}]"#, edge.now().minus(Span::hours(12)).millis());
    block_on(edge.store().done(&EndStaleReminders { sites: &sites, now: edge.now(), most: 200 })).unwrap();
    let states: Vec<ReminderState> = edge.reminders().iter().map(|reminder| reminder.state).collect();
    assert_eq!(states, expected);
}
