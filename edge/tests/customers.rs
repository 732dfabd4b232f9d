//! Signed customers: a right signature is proof, carts of several devices belong together, the guide's examples hold.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, process::Command};

use cartwake_edge::{
    base::ports::App,
    native::{
        views::ContactView,
        world::{World, live},
    },
    shop::customer,
};
use cartwake_shared::{identifier::SiteId, key, time::Span, trust::Trust, wire};

const GUIDE: &str = include_str!("../../docs/how-to/signed-customers.md");

fn secret(edge: &App<World>, number: u32) -> String {
    customer::key(&edge.config.keys, &SiteId::parse("shop").unwrap(), number)
}

fn signature(edge: &App<World>, number: u32, customer: &str) -> String {
    let mac = key::mac(secret(edge, number).as_bytes(), customer.as_bytes());
    mac.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

/// An event in which the page says who its customer is.
fn named(edge: &App<World>, visitor: char, seq: u32, customer: &str, signature: Option<String>) -> wire::Collect {
    wire::Collect { customer: Some(customer.to_owned()), signature, ..edge.event(visitor, 1, seq) }
}

fn consent() -> wire::Consent {
    let text = |text: &str| Some(text.to_owned());
    wire::Consent { tracking: text("granted"), mail: text("express"), wording: text("w"), source: text("box") }
}

/// Visitor and trust of the first reminders, an hour after the last event.
fn trusts(edge: &App<World>) -> Vec<(char, Option<Trust>)> {
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    edge.first_steps().iter().map(|reminder| (visitor_of(&reminder.cart), reminder.trust)).collect()
}

/// The letter that tells the world's browsers apart.
fn visitor_of(cart: &str) -> char {
    cart.chars().nth(25).unwrap()
}

/// What a cart holds of its customer: address, whether the name is signed, the name, what happened.
fn customers(edge: &App<World>) -> Vec<(Option<String>, bool, Option<String>, String)> {
    edge.carts().into_iter().map(|cart| (cart.mailbox_hash, cart.signed, cart.customer, cart.history)).collect()
}

#[test]
fn only_a_right_signature_is_proof_and_a_wrong_one_is_told() {
    let edge = live();
    let right = signature(&edge, 0, "42");
    for (visitor, customer, signature, is_told) in [
        ('A', "42", Some(right.clone()), false),
        ('B', "42", None, false),
        ('C', "43", Some(right.clone()), true),
        ('D', "42", Some("x".to_owned()), true),
        ('E', "42", Some(right.chars().take(62).collect()), true),
    ] {
        let email = Some(format!("{visitor}@example.com"));
        let event = wire::Collect { email, consent: Some(consent()), ..named(&edge, visitor, 1, customer, signature) };
        let answer = edge.collect(&event);
        assert_eq!(answer.status, 200, "{visitor}");
        assert_eq!(answer.body.contains(r#""field":"signature""#), is_told, "{visitor}: {}", answer.body);
    }
    assert_eq!(
        trusts(&edge),
        [
            ('A', Some(Trust::Verified)),
            ('B', Some(Trust::Bare)),
            ('C', Some(Trust::Bare)),
            ('D', Some(Trust::Bare)),
            ('E', Some(Trust::Bare)),
        ]
    );
}

#[test]
fn a_cart_without_an_address_takes_the_one_its_customer_gave_elsewhere_in_whichever_order() {
    for address_first in [true, false] {
        let edge = live();
        let proof = || Some(signature(&edge, 0, "42"));
        let told = |with_address: bool| {
            let event = if with_address {
                let email = Some("ada@example.com".to_owned());
                wire::Collect { email, consent: Some(consent()), ..named(&edge, 'A', 1, "42", proof()) }
            } else {
                named(&edge, 'B', 1, "42", proof())
            };
            assert_eq!(edge.collect(&event).status, 200);
            edge.wait(Span::seconds(1));
        };
        told(address_first);
        told(!address_first);
        let mailboxes: Vec<String> = edge.carts().into_iter().filter_map(|cart| cart.mailbox_hash).collect();
        assert_eq!(mailboxes.len(), 2, "{address_first}");
        assert_eq!(mailboxes.iter().collect::<BTreeSet<_>>().len(), 1, "{address_first}");
        let carts = |contact: ContactView| serde_json::from_str::<Vec<String>>(&contact.carts).unwrap().len();
        assert_eq!(edge.contacts().into_iter().map(carts).collect::<Vec<_>>(), [2], "{address_first}");
        // An event that says nothing new changes nothing.
        let before = customers(&edge);
        told(address_first);
        assert_eq!(customers(&edge), before);
        // One person, one sequence: the second cart is not mailed beside the first.
        assert_eq!(trusts(&edge).len(), 2);
        assert_eq!(edge.ports.provider.mails().len(), 1);
    }
}

#[test]
fn names_that_nobody_signed_join_nothing() {
    let edge = live();
    let proof = signature(&edge, 0, "42");
    let email = Some("ada@example.com".to_owned());
    edge.collect(&wire::Collect { email, consent: Some(consent()), ..named(&edge, 'A', 1, "42", Some(proof.clone())) });
    edge.collect(&named(&edge, 'B', 1, "42", None));
    edge.collect(&named(&edge, 'C', 1, "42", Some("0".repeat(64))));
    edge.collect(&named(&edge, 'D', 1, "43", Some(signature(&edge, 0, "43"))));
    let with_address: Vec<char> =
        edge.carts().iter().filter(|cart| cart.mailbox_hash.is_some()).map(|cart| visitor_of(&cart.id)).collect();
    assert_eq!(with_address, ['A']);
    let signed = |edge: &App<World>| (edge.cart('B', 1).customer, edge.cart('B', 1).signed);
    // A name that was only claimed gives way to the one that is signed.
    edge.collect(&named(&edge, 'B', 2, "43", Some(signature(&edge, 0, "43"))));
    assert_eq!(signed(&edge), (Some("43".to_owned()), true));
    edge.collect(&named(&edge, 'B', 3, "42", Some(proof)));
    assert_eq!(signed(&edge), (Some("43".to_owned()), true));
}

#[test]
fn an_address_typed_later_is_the_carts_own() {
    let edge = live();
    let proof = || Some(signature(&edge, 0, "42"));
    let typed = |visitor, seq, address: &str| {
        let email = Some(address.to_owned());
        edge.collect(&wire::Collect { email, consent: Some(consent()), ..named(&edge, visitor, seq, "42", proof()) });
    };
    typed('A', 1, "ada@example.com");
    edge.collect(&named(&edge, 'B', 1, "42", proof()));
    typed('B', 2, "office@example.com");
    let address = |visitor| {
        let mailbox_hash = edge.cart(visitor, 1).mailbox_hash.unwrap();
        let contact = edge.contacts().into_iter().find(|contact| contact.mailbox_hash == mailbox_hash);
        contact.unwrap().address.unwrap()
    };
    assert_eq!((address('A').as_str(), address('B').as_str()), ("ada@example.com", "office@example.com"));
    assert_eq!(edge.carts().len(), 2);
}

#[test]
fn the_key_before_the_last_change_still_signs_and_the_one_before_it_does_not() {
    let edge = live();
    let old = signature(&edge, 0, "42");
    for (number, visitor, holds) in [(0, 'A', true), (1, 'B', true), (2, 'C', false)] {
        edge.change_settings(|settings| settings.customer_key = number);
        edge.collect(&named(&edge, visitor, 1, "42", Some(old.clone())));
        assert_eq!(edge.cart(visitor, 1).signed, holds, "{number}");
    }
}

/// The first block of the guide in that language.
fn example(language: &str) -> &'static str {
    let (_, behind) = GUIDE.split_once(&format!("```{language}\n")).unwrap();
    behind.split_once("```").unwrap().0
}

#[test]
fn the_guides_examples_sign_as_the_worker_reads() {
    let edge = live();
    for customer in ["42", "kund/ä 7"] {
        let node = format!("{}\nconsole.log(signatureOf({customer:?}));", example("js"));
        for (program, option, script) in [("node", "-e", node.as_str()), ("sh", "-c", example("sh"))] {
            let mut command = Command::new(program);
            command.args([option, script]).env("CARTWAKE_CUSTOMER_KEY", secret(&edge, 0)).env("CUSTOMER", customer);
            let output = command.output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_eq!(printed.trim(), signature(&edge, 0, customer), "{program}, {customer}");
        }
    }
}
