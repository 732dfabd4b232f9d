//! Attacks by consent: a stranger's word about mail acts on the stranger's own carts, and lifts nobody's refusal.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::{
        views::Why,
        world::{World, live},
    },
};
use cartwake_shared::{cart::MailBasis, lenient::Lenient, reminder::ReminderState, time::Span, wire};

const ADA: &str = "ada@example.com";

/// A visitor's page says this of mails to an address.
fn says(edge: &App<World>, visitor: char, seq: u32, mail: &str, address: &str) {
    edge.wait(Span::seconds(1));
    let consent = wire::Consent { mail: Some(mail.into()), source: Some("box".into()), ..wire::Consent::default() };
    let event = wire::Collect { email: Some(address.into()), consent: Some(consent), ..edge.event(visitor, 1, seq) };
    assert_eq!(edge.collect(&event).status, 200);
}

/// A visitor refuses tracking, which wipes what was kept of the browser.
fn refuses(edge: &App<World>, visitor: char, seq: u32) {
    edge.wait(Span::seconds(1));
    let consent = wire::Consent { tracking: Some("denied".into()), ..wire::Consent::default() };
    assert_eq!(edge.collect(&wire::Collect { consent: Some(consent), ..edge.event(visitor, 1, seq) }).status, 200);
}

/// The shop's server says this of mails to its customer, by the page of a visitor.
fn shop_says(edge: &App<World>, visitor: char, seq: u32, basis: &str) {
    edge.wait(Span::seconds(1));
    let now = edge.now().millis() / 1_000;
    let consent = wire::SignedConsent { basis: basis.into(), time: now, wording: "w".into() };
    let told = wire::Signed { email: ADA.into(), until: now + 600, consent: Some(consent), ..wire::Signed::default() };
    let signed = Some(Lenient::Usable(edge.sign(0, "42", told)));
    let event = wire::Collect { customer: Some("42".into()), signed, ..edge.event(visitor, 1, seq) };
    assert_eq!(edge.collect(&event).status, 200);
}

/// Two hours later, with the spacing of mails to one mailbox out of the way: visitors whose carts were mailed.
fn mailed(edge: &App<World>) -> Vec<char> {
    edge.wait(Span::minutes(61));
    for _ in 0..3 {
        edge.tick().unwrap();
    }
    let sent = edge.first_steps().into_iter().filter(|reminder| reminder.state == ReminderState::Sent);
    sent.map(|reminder| reminder.cart.chars().nth(25).unwrap()).collect()
}

fn reason(edge: &App<World>, visitor: char) -> Option<&'static str> {
    let reminder = edge.first_steps().into_iter().find(|reminder| reminder.is_about(visitor, 1)).unwrap();
    reminder.reason.map(Why::code)
}

#[test]
fn attack_19_a_strangers_permission_does_not_lift_a_refusal() {
    for wipes in [false, true] {
        let edge = live();
        says(&edge, 'A', 1, if wipes { "express" } else { "denied" }, ADA);
        if wipes {
            refuses(&edge, 'A', 2);
        }
        says(&edge, 'B', 1, "express", ADA);
        assert_eq!(mailed(&edge), [], "{wipes}");
        assert_eq!(reason(&edge, 'B'), Some("refused"), "{wipes}");
    }
}

#[test]
fn attack_19_a_strangers_refusal_acts_on_the_strangers_carts() {
    for wipes in [false, true] {
        let edge = live();
        says(&edge, 'A', 1, "express", ADA);
        says(&edge, 'B', 1, if wipes { "express" } else { "denied" }, ADA);
        if wipes {
            refuses(&edge, 'B', 2);
        }
        edge.change_carts(|cart| cart.proof = i64::from(cart.is('A', 1)) * 4);
        // The stranger's newer cart takes nothing over either: it is not as well proven.
        assert_eq!(mailed(&edge), ['A'], "{wipes}");
    }
}

#[test]
fn a_refusal_is_lifted_by_the_same_visitor_and_by_the_shops_server() {
    let edge = live();
    says(&edge, 'A', 1, "denied", ADA);
    says(&edge, 'A', 2, "express", ADA);
    assert_eq!(mailed(&edge), ['A']);

    let edge = live();
    says(&edge, 'A', 1, "denied", ADA);
    shop_says(&edge, 'B', 1, "express");
    assert_eq!(edge.contacts().pop().unwrap().basis, Some(MailBasis::Express));
    assert!(mailed(&edge).contains(&'B'));
}

#[test]
fn a_refusal_of_a_customer_whom_the_shop_vouches_for_counts_everywhere() {
    for wipes in [false, true] {
        let edge = live();
        says(&edge, 'A', 1, "express", ADA);
        shop_says(&edge, 'B', 1, "express");
        if wipes {
            refuses(&edge, 'B', 2);
        } else {
            says(&edge, 'B', 2, "denied", ADA);
        }
        assert!(edge.contacts().pop().unwrap().refused_at.is_some(), "{wipes}");
        assert_eq!(mailed(&edge), [], "{wipes}");
    }
}

#[test]
fn attack_19_a_permission_of_one_visitor_is_no_basis_for_another() {
    let edge = live();
    says(&edge, 'A', 1, "express", ADA);
    edge.wait(Span::seconds(1));
    edge.collect(&wire::Collect { email: Some(ADA.into()), ..edge.event('B', 1, 1) });
    edge.change_carts(|cart| cart.items = i64::from(cart.is('B', 1)));
    assert_eq!(mailed(&edge), []);
    assert_eq!(reason(&edge, 'B'), Some("no_basis"));
}

#[test]
fn attack_19_the_shops_consent_is_no_basis_for_an_address_that_it_did_not_sign() {
    let edge = live();
    shop_says(&edge, 'A', 1, "express");
    edge.collect(&wire::Collect { email: Some("stranger@example.com".into()), ..edge.event('A', 1, 2) });
    assert_eq!(mailed(&edge), []);
    assert_eq!(reason(&edge, 'A'), Some("no_basis"));
    let stranger =
        edge.contacts().into_iter().find(|contact| contact.address.as_deref() == Some("stranger@example.com")).unwrap();
    assert_eq!((stranger.basis, stranger.said_by), (None, None));
}

#[test]
fn the_shops_word_of_a_mailbox_is_not_replaced_by_a_page() {
    let edge = live();
    shop_says(&edge, 'A', 1, "express");
    says(&edge, 'B', 1, "notice", ADA);
    says(&edge, 'A', 2, "notice", ADA);
    let contact = edge.contacts().pop().unwrap();
    assert_eq!((contact.basis, contact.said_by.as_deref()), (Some(MailBasis::Express), Some("shop")));
    assert_eq!(contact.basis_source.as_deref(), Some("shop"));
}
