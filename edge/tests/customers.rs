//! Signed customers: a right signature is proof of the address it covers, and the guide's examples sign as the Worker reads.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use cartwake_edge::{
    base::ports::App,
    native::world::{World, live},
    shop::customer,
};
use cartwake_shared::{
    customer::text_to_sign, identifier::SiteId, lenient::Lenient, lifecycle::CartState, time::Span, trust::Trust, wire,
};

const GUIDE: &str = include_str!("../../docs/how-to/signed-customers.md");
const ADA: &str = "ada@example.com";

/// An event in which the page says who its customer is.
fn named(edge: &App<World>, visitor: char, seq: u32, customer: &str) -> wire::Collect {
    wire::Collect { customer: Some(customer.to_owned()), ..edge.event(visitor, 1, seq) }
}

/// An event in which the shop's server vouches for customer 42 and this address.
fn vouched(edge: &App<World>, visitor: char, seq: u32, address: &str) -> wire::Collect {
    edge.vouched(edge.event(visitor, 1, seq), "42", address)
}

/// What was signed, for an hour from now.
fn told(edge: &App<World>, email: &str) -> wire::Signed {
    wire::Signed { email: email.to_owned(), until: edge.now().millis() / 1_000 + 3_600, ..wire::Signed::default() }
}

fn with(signed: wire::Signed, event: wire::Collect) -> wire::Collect {
    wire::Collect { signed: Some(Lenient::Usable(signed)), ..event }
}

fn typed(address: &str, event: wire::Collect) -> wire::Collect {
    let text = |text: &str| Some(text.to_owned());
    let consent =
        wire::Consent { tracking: text("granted"), mail: text("express"), wording: text("w"), source: text("box") };
    wire::Collect { email: text(address), consent: Some(consent), ..event }
}

/// Visitor and trust of the first reminders, an hour after the last event.
fn trusts(edge: &App<World>) -> Vec<(char, Option<Trust>)> {
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    edge.first_steps().iter().map(|reminder| (reminder.cart.chars().nth(25).unwrap(), reminder.trust)).collect()
}

/// The address of a cart, and whether the shop signed it.
fn address(edge: &App<World>, visitor: char) -> (String, bool) {
    let cart = edge.cart(visitor, 1);
    let contact = edge.contacts().into_iter().find(|contact| Some(&contact.mailbox_hash) == cart.mailbox_hash.as_ref());
    (contact.unwrap().address.unwrap(), cart.signed)
}

#[test]
fn only_a_right_signature_is_proof_and_a_wrong_one_is_told() {
    let edge = live();
    let right = edge.sign(0, "42", told(&edge, "A@example.com"));
    let id_alone = edge.sign(0, "42", wire::Signed::default());
    let ended = edge.sign(0, "42", wire::Signed { until: 1, ..told(&edge, "E@example.com") });
    for (visitor, customer, signed, message) in [
        ('A', "42", Some(right.clone()), None),
        ('B', "42", None, None),
        ('C', "43", Some(right), Some("it is not that of this customer, address and end under the site's key")),
        (
            'D',
            "42",
            Some(id_alone),
            Some("a signature of the id alone is not taken: sign customer, address and an end together"),
        ),
        ('E', "42", Some(ended), Some("it has ended; sign anew with a later end")),
    ] {
        let event = typed(&format!("{visitor}@example.com"), named(&edge, visitor, 1, customer));
        let event = wire::Collect { signed: signed.map(Lenient::Usable), ..event };
        let answer = edge.collect(&event);
        assert_eq!(answer.status, 200, "{visitor}");
        let answer: wire::Collected = serde_json::from_str(&answer.body).unwrap();
        let ignored = answer.ignored.first().map(|ignored| (ignored.field.as_str(), ignored.message.as_str()));
        assert_eq!(ignored, message.map(|message| ("signed", message)), "{visitor}");
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
fn a_signature_that_cannot_be_read_loses_nothing_else() {
    let edge = live();
    let event = serde_json::to_value(typed(ADA, named(&edge, 'A', 1, "42"))).unwrap();
    for (seq, signed, field) in [
        (1, serde_json::json!("0".repeat(64)), "signed"),
        (2, serde_json::json!({ "email": ADA, "until": 1e300, "signature": "0" }), "signed.until"),
    ] {
        let mut event = event.clone();
        event["seq"] = seq.into();
        event["signed"] = signed;
        let answer = edge.post_from_page("/v1/collect", &event.to_string());
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(&format!(r#""field":"{field}""#)), "{}", answer.body);
        assert_eq!(address(&edge, 'A'), (ADA.to_owned(), false));
    }
}

#[test]
fn a_cart_without_an_address_takes_the_signed_one_on_every_device() {
    let edge = live();
    edge.collect(&typed(ADA, vouched(&edge, 'A', 1, ADA)));
    edge.wait(Span::seconds(1));
    edge.collect(&vouched(&edge, 'B', 1, ADA));
    assert_eq!([address(&edge, 'A'), address(&edge, 'B')], [(ADA.to_owned(), true), (ADA.to_owned(), true)]);
    let [contact] = edge.contacts().try_into().unwrap();
    assert_eq!(serde_json::from_str::<Vec<String>>(&contact.carts).unwrap().len(), 2);
    // An event that says nothing new changes nothing.
    let before = edge.carts();
    edge.collect(&vouched(&edge, 'B', 1, ADA));
    assert_eq!(edge.carts(), before);
    // One person, one sequence: the second cart is not mailed beside the first.
    assert_eq!(trusts(&edge).len(), 2);
    assert_eq!(edge.ports.provider.mails().len(), 1);
}

#[test]
fn names_that_nobody_signed_join_nothing() {
    let edge = live();
    edge.collect(&typed(ADA, vouched(&edge, 'A', 1, ADA)));
    edge.collect(&named(&edge, 'B', 1, "42"));
    edge.collect(&with(wire::Signed { signature: "0".repeat(64), ..told(&edge, ADA) }, named(&edge, 'C', 1, "42")));
    let of: Vec<(bool, bool)> = edge.carts().iter().map(|cart| (cart.mailbox_hash.is_some(), cart.signed)).collect();
    // The address beside a signature that proves nothing is one that anybody typed.
    assert_eq!(of, [(true, true), (false, false), (true, false)]);
    // A name that was only claimed gives way to the one that is signed.
    edge.collect(&edge.vouched(edge.event('B', 1, 2), "43", "bob@example.com"));
    assert_eq!((edge.cart('B', 1).customer.as_deref(), edge.cart('B', 1).signed), (Some("43"), true));
}

#[test]
fn attack_03_a_signature_of_ones_own_id_does_not_cover_the_addresses_of_others() {
    let edge = live();
    // Typed beside the signature, in one event or behind it, in either order.
    edge.collect(&typed("stranger@example.com", vouched(&edge, 'A', 1, ADA)));
    edge.collect(&vouched(&edge, 'B', 1, ADA));
    edge.collect(&typed("stranger@example.com", edge.event('B', 1, 2)));
    edge.collect(&typed("stranger@example.com", edge.event('C', 1, 1)));
    edge.collect(&vouched(&edge, 'C', 1, ADA));
    edge.collect(&vouched(&edge, 'C', 1, ADA));
    for visitor in ['A', 'B', 'C'] {
        assert_eq!(address(&edge, visitor), ("stranger@example.com".to_owned(), false), "{visitor}");
    }
    // The same signature with another address in it is not right.
    let signed = edge.sign(0, "42", told(&edge, ADA));
    let forged = wire::Signed { email: "stranger@example.com".to_owned(), ..signed };
    edge.collect(&with(forged, named(&edge, 'D', 1, "42")));
    assert_eq!(address(&edge, 'D'), ("stranger@example.com".to_owned(), false));
    // One spelling of the signed mailbox is as good as another.
    edge.collect(&typed("Ada+shop@Example.com", vouched(&edge, 'E', 1, ADA)));
    assert!(edge.cart('E', 1).signed);
    assert!(trusts(&edge).into_iter().all(|(visitor, trust)| (visitor == 'E') == (trust == Some(Trust::Verified))));
}

#[test]
fn attack_24_a_checkout_that_the_shops_server_passes_on_proves_no_address() {
    let edge = live();
    edge.leave_cart('A', 1, ADA);
    let cart = edge.cart('A', 1).id;
    // The shop's server tells of a checkout that is not paid, and of one that failed, with the address that was typed there.
    for status in ["pending", "failed"] {
        let body = format!(r#"{{"order":"1001","status":"{status}","cart":"{cart}","email":"{ADA}"}}"#);
        assert_eq!(edge.post_from_server("/v1/orders", "shop", &body).status, 200);
        assert!(!edge.cart('A', 1).signed, "{status}");
        assert_ne!(edge.cart('A', 1).state, CartState::Ordered, "{status}");
    }
    assert!(trusts(&edge).iter().all(|(_, trust)| *trust != Some(Trust::Verified)));
}

#[test]
fn a_failing_signature_loses_no_address_and_replaces_none() {
    let edge = live();
    let failing = |address: &str| wire::Signed { signature: "0".repeat(64), ..told(&edge, address) };
    edge.collect(&with(failing(ADA), named(&edge, 'A', 1, "42")));
    assert_eq!(address(&edge, 'A'), (ADA.to_owned(), false));
    // It is said by the page and nobody typed it: it stands behind what was typed, before or later.
    edge.collect(&typed("office@example.com", edge.event('A', 1, 2)));
    edge.collect(&with(failing("other@example.com"), named(&edge, 'A', 3, "42")));
    assert_eq!(address(&edge, 'A'), ("office@example.com".to_owned(), false));
    // An address that is none is not taken.
    edge.collect(&with(failing("nobody"), named(&edge, 'B', 1, "42")));
    assert_eq!(edge.cart('B', 1).mailbox_hash, None);
    assert!(trusts(&edge).iter().all(|(visitor, trust)| *visitor == 'A' && *trust == Some(Trust::Bare)));
}

#[test]
fn an_address_typed_later_is_the_carts_own_and_stays() {
    let edge = live();
    edge.collect(&vouched(&edge, 'A', 1, ADA));
    edge.collect(&typed("office@example.com", edge.event('A', 1, 2)));
    edge.collect(&vouched(&edge, 'A', 3, ADA));
    assert_eq!(address(&edge, 'A'), ("office@example.com".to_owned(), false));
    edge.collect(&typed(ADA, vouched(&edge, 'A', 4, ADA)));
    assert_eq!(address(&edge, 'A'), (ADA.to_owned(), true));
}

#[test]
fn a_signed_consent_is_the_shops_own_and_a_later_refusal_of_the_shopper_counts() {
    let edge = live();
    let seconds = edge.now().millis() / 1_000;
    let consent =
        |basis: &str, time: i64| wire::SignedConsent { basis: basis.into(), time, wording: "Yes, mail me".into() };
    let vouched = |visitor, basis, time, address: &str| {
        let told = wire::Signed { consent: Some(consent(basis, time)), ..told(&edge, address) };
        with(edge.sign(0, "42", told), named(&edge, visitor, 1, "42"))
    };
    let said = |visitor| edge.cart(visitor, 1).consent;
    edge.collect(&vouched('A', "soft", seconds - 86_400, "a@example.com"));
    let stored =
        format!(r#"{{"mail":"soft","at":{},"wording":"Yes, mail me","source":"shop"}}"#, (seconds - 86_400) * 1_000);
    assert_eq!(said('A'), Some(stored));
    // It stands for what the page says beside it, but for a refusal that came later.
    edge.collect(&typed("b@example.com", vouched('B', "soft", seconds - 1, "b@example.com")));
    assert!(said('B').unwrap().contains(r#""mail":"soft""#));
    let mut refused = typed("c@example.com", vouched('C', "express", seconds - 1, "c@example.com"));
    refused.consent.as_mut().unwrap().mail = Some("denied".into());
    edge.collect(&refused);
    assert!(said('C').unwrap().contains(r#""mail":"denied""#));
    // It is about the signed address, not about one that was typed beside it.
    edge.collect(&typed("other@example.com", vouched('D', "soft", seconds - 1, "d@example.com")));
    assert!(said('D').unwrap().contains(r#""mail":"express""#));
    // A page cannot speak for the shop.
    let mut claimed = typed("e@example.com", edge.event('E', 1, 1));
    claimed.consent.as_mut().unwrap().source = Some("shop".into());
    edge.collect(&claimed);
    assert!(said('E').unwrap().contains(r#""source":"""#));
}

#[test]
fn the_key_before_the_last_change_still_signs_and_the_one_before_it_does_not() {
    let edge = live();
    let old = edge.sign(0, "42", told(&edge, ADA));
    for (number, visitor, holds) in [(0, 'A', true), (1, 'B', true), (2, 'C', false)] {
        edge.change_settings(|settings| settings.customer_key = number);
        edge.collect(&with(old.clone(), named(&edge, visitor, 1, "42")));
        assert_eq!(edge.cart(visitor, 1).signed, holds, "{number}");
    }
}

/// The first block of the guide in that language.
fn example(language: &str) -> &'static str {
    let (_, behind) = GUIDE.split_once(&format!("```{language}\n")).unwrap();
    behind.split_once("```").unwrap().0
}

/// What a program prints with the key in its environment; a machine without the interpreter tries the others.
fn printed_by(program: &str, option: &str, script: &str, secret: &str) -> Option<wire::Signed> {
    let mut command = Command::new(program);
    let command = command.args([option, script]).env("CARTWAKE_CUSTOMER_KEY", secret).env("PYTHONUTF8", "1");
    let output = command.output().ok()?;
    let printed = String::from_utf8(output.stdout).unwrap();
    let read = serde_json::from_str(&printed);
    Some(read.unwrap_or_else(|_| panic!("{program}: {printed}{}", String::from_utf8_lossy(&output.stderr))))
}

#[test]
fn the_guides_examples_end_with_a_day_so_that_all_pages_of_a_day_say_the_same() {
    let [php, node, python] = ["php", "js", "python"].map(example);
    let scripts = [
        ("php", "-r", format!("{php}\necho json_encode(signed('42', '{ADA}'));")),
        ("node", "-e", format!("{node}\nconsole.log(JSON.stringify(signed('42', '{ADA}')));")),
        ("python3", "-c", format!("{python}\nimport json\nprint(json.dumps(signed('42', '{ADA}')))")),
    ];
    let ends: Vec<i64> = scripts
        .iter()
        .filter_map(|(program, option, script)| printed_by(program, option, script, "ck0_k"))
        .map(|signed| signed.until)
        .collect();
    assert!(ends.len() >= 2 && ends.iter().all(|end| end % 86_400 == 0), "{ends:?}");
    assert!(example("liquid").contains("'now' | date: '%s' | divided_by: 86400 | plus: 2 | times: 86400"));
}

#[test]
fn the_guides_examples_sign_as_the_worker_reads() {
    let edge = live();
    let secret = customer::key(&edge.config.keys, &SiteId::parse("shop").unwrap(), 0);
    let consent =
        wire::SignedConsent { basis: "express".into(), time: 1_763_990_000, wording: "Ja, gern – ü".into() };
    let mut tried = 0;
    for (name, consent) in [("42", None), ("kund/ä 7", Some(consent))] {
        let told = wire::Signed { consent, ..told(&edge, ADA) };
        let (until, consent) = (told.until, serde_json::to_string(&told.consent).unwrap());
        let expected = edge.sign(0, name, told);
        let php = format!(
            "{}\necho json_encode(signed('{name}', '{ADA}', json_decode('{consent}', true), {until}));",
            example("php")
        );
        let node =
            format!("{}\nconsole.log(JSON.stringify(signed('{name}', '{ADA}', {consent}, {until})));", example("js"));
        let python = format!(
            "{}\nimport json\nprint(json.dumps(signed('{name}', '{ADA}', json.loads('{consent}'), {until})))",
            example("python")
        );
        for (program, option, script) in [("php", "-r", php), ("node", "-e", node), ("python3", "-c", python)] {
            let Some(signed) = printed_by(program, option, &script, &secret) else { continue };
            assert_eq!(signed, expected, "{program}, {name}");
            tried += 1;
        }
    }
    assert!(tried >= 2, "no interpreter ran an example");
}

#[test]
fn the_text_of_the_liquid_example_is_the_text_to_sign() {
    let edge = live();
    let told = told(&edge, ADA);
    let (_, behind) = example("liquid").split_once("{%- capture text -%}").unwrap();
    // The dashes take the white space at both ends away.
    let text = behind.split_once("{%- endcapture -%}").unwrap().0.trim();
    let until = told.until.to_string();
    let values = [("{{ customer.id }}", "42"), ("{{ customer.email }}", ADA), ("{{ until }}", until.as_str())];
    let filled = values.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    assert_eq!(filled, text_to_sign("42", &told));
}

#[test]
fn a_signed_customer_who_looks_around_writes_no_row_and_is_no_activity() {
    let edge = live();
    let consent = wire::SignedConsent {
        basis: "express".into(),
        time: edge.now().millis() / 1_000 - 86_400,
        wording: "Yes, mail me".into(),
    };
    for consent in [None, Some(consent)] {
        for visitor in ['A', 'B'] {
            let typed_before = visitor == 'B';
            let cart = u32::from(consent.is_some()) + 1;
            // Every page is signed anew, and the end moves with the clock.
            let page = |seq: u32, whole: bool| {
                let signed = edge.sign(0, "42", wire::Signed { consent: consent.clone(), ..told(&edge, ADA) });
                let event = wire::Collect { customer: Some("42".to_owned()), ..edge.event(visitor, cart, seq) };
                let event = if whole { event } else { wire::Collect { snapshot: None, ..event } };
                let event = if whole && typed_before { typed(ADA, event) } else { event };
                assert_eq!(edge.collect(&with(signed, event)).status, 200);
            };
            page(1, true);
            let before = (edge.carts(), edge.contacts(), edge.ports.store.rows_written());
            for seq in 2..12 {
                edge.wait(Span::minutes(1));
                page(seq, false);
            }
            assert_eq!((edge.carts(), edge.contacts(), edge.ports.store.rows_written()), before, "{visitor} {cart}");
            // What is new is heard, however much was passed over.
            edge.collect(&typed(
                "office@example.com",
                wire::Collect { snapshot: None, ..edge.event(visitor, cart, 12) },
            ));
            assert_eq!(edge.cart(visitor, cart).history.matches("email").count(), 2, "{visitor} {cart}");
            assert!(!edge.cart(visitor, cart).signed);
        }
    }
}
