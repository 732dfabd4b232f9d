//! Attacks by orders: a page's order acts on carts of its own visitor, and the word of the shop's server wins over any page.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        views::{PurchaseView, Why},
        world::{World, live},
    },
};
use cartwake_shared::{
    lifecycle::CartState, metric::Metric, order::PurchaseStatus, reminder::ReminderState, time::Span, wire,
};

const ADA: &str = "ada@example.com";

/// The page of a visitor says that the shopper with this address ordered.
fn page(edge: &App<World>, visitor: char, number: &str, address: &str) {
    let order = wire::PageOrder { id: number.into(), total: Some(4_990), currency: Some("EUR".into()) };
    let event = wire::Collect {
        order: Some(order),
        email: Some(address.into()),
        customer: Some("c-7".into()),
        ..edge.event(visitor, 1, 8)
    };
    assert_eq!(edge.collect(&event).status, 200);
}

fn server(edge: &App<World>, body: &str) {
    let answer = edge.post_from_server("/v1/orders", "shop", body);
    assert_eq!(answer.status, 200, "{body}: {}", answer.body);
}

/// The shop's server tells an order of somebody else.
fn server_speaks(edge: &App<World>) {
    server(edge, r#"{"order":"900","status":"placed","email":"eve@example.com","total":"1.00","currency":"EUR"}"#);
}

fn ticks(edge: &App<World>, span: Span) {
    edge.wait(span);
    for _ in 0..3 {
        edge.tick().unwrap();
    }
}

/// How the first reminder of the cart of `visitor` stands: state, code of the reason.
fn standing(edge: &App<World>, visitor: char) -> (ReminderState, Option<&'static str>) {
    let reminder = edge.first_steps().into_iter().find(|reminder| reminder.is_about(visitor, 1)).unwrap();
    (reminder.state, reminder.reason.map(Why::code))
}

#[test]
fn attack_05_a_pages_order_holds_the_mails_of_others_until_the_server_tells_or_a_day() {
    for told in [true, false] {
        let edge = live();
        server_speaks(&edge);
        edge.leave_cart('A', 1, ADA);
        page(&edge, 'B', "1", ADA);
        assert_eq!(edge.cart('A', 1).state, CartState::Active);
        assert_eq!(edge.cart('B', 1).state, CartState::Ordered);
        ticks(&edge, Span::minutes(62));
        assert_eq!(standing(&edge, 'A'), (ReminderState::Ready, Some("order_claimed")));
        if told {
            server(
                &edge,
                r#"{"order":"7001","status":"placed","email":"ada@example.com","total":"49.90","currency":"EUR"}"#,
            );
            ticks(&edge, Span::minutes(16));
            assert_eq!(standing(&edge, 'A'), (ReminderState::Cancelled, Some("ordered")));
        } else {
            // The same number again, once and again, lengthens nothing.
            page(&edge, 'B', "1", ADA);
            for _ in 0..23 {
                assert_eq!(standing(&edge, 'A'), (ReminderState::Ready, Some("order_claimed")));
                ticks(&edge, Span::hours(1));
            }
            assert_eq!(standing(&edge, 'A'), (ReminderState::Sent, None));
        }
    }
}

#[test]
fn attack_05_in_a_shop_known_by_its_pages_a_network_stops_five_carts_a_day_and_holds_more() {
    let edge = live();
    let victims: Vec<char> = "ABCDEFG".chars().collect();
    for victim in &victims {
        edge.leave_cart(*victim, 1, &format!("{victim}@example.com"));
    }
    for (place, victim) in victims.iter().enumerate() {
        let order = wire::PageOrder { id: format!("n{place}"), total: None, currency: None };
        let event = edge.event('Z', u32::try_from(place).unwrap() + 1, 1);
        let email = Some(format!("{victim}@example.com"));
        assert_eq!(edge.collect(&wire::Collect { order: Some(order), email, ..event }).status, 200);
    }
    ticks(&edge, Span::minutes(62));
    let codes: Vec<_> = victims.iter().map(|victim| standing(&edge, *victim).1.unwrap_or_default()).collect();
    assert_eq!(codes, ["ordered", "ordered", "ordered", "ordered", "ordered", "order_claimed", "order_claimed"]);
    assert!(victims.iter().all(|victim| edge.cart(*victim, 1).state != CartState::Ordered));
}

#[test]
fn attack_05_posts_with_an_address_discard_nobodys_cart() {
    let edge = live();
    edge.leave_cart('A', 1, ADA);
    for visitor in "BCDEFG".chars() {
        edge.collect(&wire::Collect { email: Some(ADA.into()), ..edge.event(visitor, 1, 1) });
    }
    ticks(&edge, Span::minutes(62));
    assert!(edge.carts().iter().all(|cart| cart.exclusion.is_none()));
}

#[test]
fn a_pages_order_still_ends_the_mails_of_its_own_visitor() {
    let edge = live();
    server_speaks(&edge);
    edge.leave_cart('A', 1, ADA);
    edge.leave_cart('A', 2, ADA);
    edge.leave_cart('A', 3, "bob@example.com");
    let order = wire::PageOrder { id: "1".into(), total: Some(4_990), currency: Some("EUR".into()) };
    edge.collect(&wire::Collect { order: Some(order), ..edge.event('A', 2, 9) });
    // It names no address: the carts beside the bought one only stop.
    assert_eq!([1, 2, 3].map(|number| edge.cart('A', number).state == CartState::Ordered), [false, true, false]);
    ticks(&edge, Span::hours(2));
    assert_eq!(edge.ports.provider.calls(), 0);
}

#[test]
fn attack_06_the_server_takes_a_number_away_from_what_a_page_said() {
    for name in [
        r#""checkout_token":"t-9""#,
        r#""customer":"c-9""#,
        r#""email":"ada@example.com""#,
        r#""cart":"01JD3Z5W4K8Q9RT2V6XY7ABCDA.1""#,
    ] {
        let edge = live();
        // Before the order exists, a stranger says its number, with a total of its own.
        page(&edge, 'B', "2001", "stranger@example.com");
        edge.wait(Span::hours(1));
        edge.leave_cart('A', 1, ADA);
        let mut named = edge.event('A', 1, 3);
        named.customer = Some("c-9".into());
        named.snapshot.as_mut().unwrap().token = Some("t-9".into());
        edge.collect(&named);
        server(&edge, &format!(r#"{{"order":"2001","status":"placed",{name},"total":"12.00","currency":"EUR"}}"#));
        let booked = |visitor| {
            let cart = edge.cart(visitor, 1);
            (cart.order_number, cart.order_total, cart.order_confirmed)
        };
        assert_eq!(booked('A'), (Some("2001".to_owned()), Some(1_200), true), "{name}");
        assert_eq!(booked('B'), (None, None, false), "{name}");
        let counted: Vec<_> = edge.metrics().into_iter().filter(|(_, _, value)| *value != 0).collect();
        assert!(counted.contains(&(Metric::Ordered, String::new(), 1)), "{name}: {counted:?}");
        assert!(!counted.iter().any(|(metric, ..)| *metric == Metric::Unconfirmed), "{name}: {counted:?}");
        // What was said of the number before the server told it makes the purchase no older than it is.
        let since = edge.cart('A', 1).created;
        let mailbox = format!("mailbox:{}", edge.cart('A', 1).mailbox_hash.unwrap());
        let mine = |purchase: &PurchaseView| purchase.number == "2001" && purchase.key == mailbox;
        let purchases: Vec<PurchaseView> = edge.purchases().into_iter().filter(mine).collect();
        assert!(!purchases.is_empty() && purchases.iter().all(|purchase| purchase.at >= since), "{name}");
        // A page that says the number afterwards books nothing either.
        page(&edge, 'C', "2001", "other@example.com");
        assert_eq!(booked('A'), (Some("2001".to_owned()), Some(1_200), true), "{name}");
        assert_eq!((edge.cart('C', 1).order_total, edge.cart('C', 1).order_confirmed), (None, false), "{name}");
        assert_eq!(edge.metrics().into_iter().filter(|(_, _, value)| *value != 0).collect::<Vec<_>>(), counted);
    }
}

#[test]
fn attack_06_a_number_that_matches_no_cart_of_its_own_is_booked_nowhere() {
    let edge = live();
    page(&edge, 'B', "2001", "stranger@example.com");
    server(&edge, r#"{"order":"2001","status":"placed","email":"ada@example.com","total":"12.00","currency":"EUR"}"#);
    let cart = edge.cart('B', 1);
    assert_eq!((cart.order_number, cart.order_total, cart.order_confirmed, cart.recovered), (None, None, false, false));
}

#[test]
fn attack_23_a_name_that_anybody_typed_does_not_take_the_order_of_a_proven_address() {
    let edge = live();
    edge.collect(&edge.vouched(edge.event('A', 1, 1), "c-7", ADA));
    edge.wait(Span::minutes(1));
    // A stranger's newer cart with the same customer and the same address.
    edge.collect(&wire::Collect { customer: Some("c-7".into()), email: Some(ADA.into()), ..edge.event('B', 1, 1) });
    edge.change_carts(|cart| cart.proof = if cart.is('A', 1) { 4 } else { 0 });
    server(
        &edge,
        r#"{"order":"1","status":"placed","customer":"c-7","email":"ada@example.com","total":"49.90","currency":"EUR"}"#,
    );
    assert_eq!(edge.cart('A', 1).order_total, Some(4_990));
    assert_eq!(edge.cart('B', 1).order_total, None);
}

#[test]
fn only_the_servers_own_word_makes_an_address_known() {
    let edge = live();
    let told = |edge: &App<World>| -> Vec<(String, PurchaseStatus, bool)> {
        let of = |purchase: PurchaseView| (purchase.key, purchase.status, purchase.told);
        edge.purchases().into_iter().filter(|purchase| purchase.key.starts_with("mailbox:")).map(of).collect()
    };
    edge.leave_cart('A', 1, ADA);
    let cart = edge.cart('A', 1).id;
    page(&edge, 'A', "1", ADA);
    assert!(told(&edge).iter().all(|(.., told)| !told));
    // Inferred from the cart that the order names.
    server(&edge, &format!(r#"{{"order":"2","status":"placed","cart":"{cart}"}}"#));
    assert!(told(&edge).iter().all(|(.., told)| !told));
    for (status, is_known) in [("placed", true), ("cancelled", false)] {
        server(&edge, &format!(r#"{{"order":"3","status":"{status}","email":"{ADA}"}}"#));
        assert_eq!(told(&edge).iter().any(|(.., told)| *told), is_known, "{status}");
    }
}

#[test]
fn orders_that_the_server_told_are_counted_by_the_hour_once_each() {
    let edge = live();
    let hours = |edge: &App<World>| edge.server_orders().pop().map(|row| row.hours);
    assert_eq!(hours(&edge), None);
    let hour = edge.now().millis() / 3_600_000;
    page(&edge, 'B', "1", "stranger@example.com");
    assert_eq!(hours(&edge), None);
    for number in [1, 2, 2] {
        server(&edge, &format!(r#"{{"order":"{number}","status":"placed","email":"ada@example.com"}}"#));
    }
    server(&edge, r#"{"order":"3","status":"pending","email":"ada@example.com"}"#);
    assert_eq!(hours(&edge), Some(format!("[[{hour},2]]")));
    edge.wait(Span::hours(2));
    server(&edge, r#"{"order":"4","status":"placed","email":"ada@example.com"}"#);
    assert_eq!(hours(&edge), Some(format!("[[{hour},2],[{},1]]", hour + 2)));
    edge.wait(Span::hours(24));
    server(&edge, r#"{"order":"5","status":"placed","email":"ada@example.com"}"#);
    assert_eq!(hours(&edge), Some(format!("[[{},1],[{},1]]", hour + 2, hour + 26)));
}

/// What the database says of the purchase of somebody with this address.
fn purchases_of(edge: &App<World>, address: &str) -> Vec<(String, PurchaseStatus, bool)> {
    let mailbox = cartwake_shared::email::EmailAddress::parse(address).unwrap().mailbox();
    let key = format!("mailbox:{}", edge.config.mailbox_key.hash(&mailbox).as_str());
    let of = |purchase: PurchaseView| (purchase.number, purchase.status, purchase.told);
    edge.purchases().into_iter().filter(|purchase| purchase.key == key).map(of).collect()
}

#[test]
fn attack_05_one_place_of_a_network_is_for_one_order_and_one_person() {
    let edge = live();
    let victims: Vec<char> = "ABCDEFGH".chars().collect();
    for victim in &victims {
        edge.leave_cart(*victim, 1, &format!("{victim}@example.com"));
    }
    // One number for everybody, from carts that have nothing to do with each other.
    for (place, victim) in victims.iter().enumerate() {
        let order = wire::PageOrder { id: "1".into(), total: None, currency: None };
        let event = edge.event('Z', u32::try_from(place).unwrap() + 1, 1);
        let event = wire::Collect { order: Some(order), email: Some(format!("{victim}@example.com")), ..event };
        // The thank-you page is loaded anew: nothing more comes of it.
        for _ in 0..2 {
            assert_eq!(edge.collect(&event).status, 200);
        }
    }
    ticks(&edge, Span::minutes(62));
    let codes: Vec<_> = victims.iter().map(|victim| standing(&edge, *victim).1.unwrap_or_default()).collect();
    assert_eq!(codes[..5], ["ordered"; 5]);
    assert_eq!(codes[5..], ["order_claimed"; 3]);
}

#[test]
fn attack_05_one_place_stops_one_of_the_people_whom_an_order_names() {
    let edge = live();
    let named = |visitor: char, customer: Option<&str>, token: Option<&str>| {
        edge.leave_cart(visitor, 1, &format!("{visitor}@example.com"));
        let mut event = wire::Collect { customer: customer.map(str::to_owned), ..edge.event(visitor, 1, 3) };
        event.snapshot.as_mut().unwrap().token = token.map(str::to_owned);
        edge.collect(&event);
    };
    named('A', None, None);
    named('B', Some("c-b"), None);
    named('C', None, Some("t-c"));
    let order = wire::PageOrder { id: "1".into(), total: None, currency: None };
    let mut event = edge.event('Z', 1, 1);
    event.snapshot.as_mut().unwrap().token = Some("t-c".into());
    let event = wire::Collect {
        order: Some(order),
        email: Some("A@example.com".into()),
        customer: Some("c-b".into()),
        ..event
    };
    assert_eq!(edge.collect(&event).status, 200);
    ticks(&edge, Span::minutes(62));
    let codes = ['A', 'B', 'C'].map(|visitor| standing(&edge, visitor).1.unwrap_or_default());
    assert_eq!(codes, ["ordered", "order_claimed", "order_claimed"]);
}

#[test]
fn attack_05_a_number_that_a_stranger_said_before_keeps_no_page_order_from_stopping_mails() {
    let edge = live();
    page(&edge, 'Z', "1", "stranger@example.com");
    edge.leave_cart('A', 1, ADA);
    // The shopper orders on another device.
    page(&edge, 'B', "1", ADA);
    ticks(&edge, Span::minutes(62));
    assert_eq!(standing(&edge, 'A').1, Some("ordered"));
}

#[test]
fn an_order_that_was_pending_counts_once_when_it_is_paid_and_any_word_of_the_server_is_one() {
    let edge = live();
    let row = |edge: &App<World>| edge.server_orders().pop().map(|row| (row.hours, row.last_at));
    let hour = edge.now().millis() / 3_600_000;
    let told = |status: &str| server(&edge, &format!(r#"{{"order":"1","status":"{status}","email":"{ADA}"}}"#));
    told("pending");
    assert_eq!(row(&edge), Some(("[]".to_owned(), edge.now())));
    edge.wait(Span::minutes(1));
    for status in ["placed", "placed", "pending", "placed", "cancelled", "failed", "placed"] {
        told(status);
        assert_eq!(row(&edge).unwrap().0, format!("[[{hour},1]]"), "{status}");
    }
    // A page that says it first counts nothing, and does not keep the server's word from counting.
    page(&edge, 'B', "2", "stranger@example.com");
    server(&edge, r#"{"order":"2","status":"pending","email":"ada@example.com"}"#);
    server(&edge, r#"{"order":"2","status":"placed","email":"ada@example.com"}"#);
    assert_eq!(row(&edge).unwrap().0, format!("[[{hour},2]]"));
    // Words without a new order are noted once an hour.
    let last_at = row(&edge).unwrap().1;
    edge.wait(Span::minutes(59));
    told("placed");
    assert_eq!(row(&edge).unwrap().1, last_at);
    edge.wait(Span::days(20));
    told("refunded");
    assert_eq!(row(&edge), Some(("[]".to_owned(), edge.now())));
    // A page has a word to wait for again.
    edge.wait(Span::days(20));
    edge.leave_cart('A', 1, "bob@example.com");
    page(&edge, 'C', "3", "bob@example.com");
    ticks(&edge, Span::minutes(62));
    assert_eq!(standing(&edge, 'A').1, Some("order_claimed"));
}

#[test]
fn attack_05_an_order_of_ones_own_token_stops_nobody_whose_address_stands_beside_it() {
    let edge = live();
    let victims = ['A', 'B', 'C'];
    for victim in victims {
        edge.leave_cart(victim, 1, &format!("{victim}@example.com"));
    }
    // The stranger's carts of one checkout: one is bought, the others have the addresses of others.
    for (place, address) in ["A@example.com", "B@example.com", "C@example.com", "eve@example.com"].iter().enumerate() {
        let mut event = edge.event('Z', u32::try_from(place).unwrap() + 1, 1);
        event.snapshot.as_mut().unwrap().token = Some("t-1".into());
        edge.collect(&wire::Collect { email: Some((*address).to_owned()), ..event });
        edge.wait(Span::seconds(1));
    }
    server(
        &edge,
        r#"{"order":"1","status":"placed","checkout_token":"t-1","email":"eve@example.com","total":"1.00","currency":"EUR"}"#,
    );
    assert_eq!(purchases_of(&edge, "eve@example.com"), [("1".to_owned(), PurchaseStatus::Placed, true)]);
    ticks(&edge, Span::minutes(62));
    assert_eq!(victims.map(|victim| standing(&edge, victim).1), [None; 3]);
}

#[test]
fn a_page_that_repeats_an_order_takes_back_nothing_that_the_server_told() {
    let edge = live();
    edge.leave_cart('A', 1, ADA);
    let said = |visitor: char, cart: u32| {
        let order = wire::PageOrder { id: "1".into(), total: None, currency: None };
        let event = edge.event(visitor, cart, 9);
        assert_eq!(edge.collect(&wire::Collect { order: Some(order), email: Some(ADA.into()), ..event }).status, 200);
    };
    said('B', 1);
    let told = format!(r#"{{"order":"1","status":"placed","email":"{ADA}","total":"49.90","currency":"EUR"}}"#);
    server(&edge, &told);
    let known = [("1".to_owned(), PurchaseStatus::Placed, true)];
    assert_eq!(purchases_of(&edge, ADA), known);
    // The page that took a place for it before says it again, from another cart; so does the shopper's own, and a stranger's
    // once the shop's server has fallen silent.
    said('B', 2);
    said('A', 1);
    assert_eq!(purchases_of(&edge, ADA), known);
    edge.wait(Span::days(31));
    said('C', 1);
    assert_eq!(purchases_of(&edge, ADA), known);
    // Nor does the server itself, where it repeats the order without the address.
    let cart = edge.cart('A', 1).id;
    server(&edge, &format!(r#"{{"order":"1","status":"placed","cart":"{cart}"}}"#));
    assert_eq!(purchases_of(&edge, ADA), known);
    server(&edge, &told.replace("placed", "cancelled"));
    assert!(purchases_of(&edge, ADA).iter().all(|(.., told)| !told));
}
