//! The shop that needs selectors: its quantities are words, its field has no hint, and it has a check box of its own.
//!
//! Its settings hold [`SELECTORS`]; without them the tag finds neither its cart nor its field.
use std::fmt::Write as _;

use super::ask::{Ask, Reply};
use super::form_posts::{self, MUG};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/named/page.html");

/// What its owner typed into the settings.
pub(super) const SELECTORS: &[(&str, &str)] = &[
    ("selector_email", "#kontakt"),
    ("selector_consent", "#erinnern"),
    ("selector_row", ".posten"),
    ("selector_name", ".was"),
    ("selector_quantity", ".wieviel"),
    ("selector_price", ".preis"),
    ("selector_id", "[data-nr]"),
    ("selector_total", ".zusammen"),
    ("selector_empty", ".nichts"),
];

/// What stands beside its check box.
pub(super) const WORDS: &str = "Erinnert mich, wenn ich meinen Korb stehen lasse.";

/// Dearer than there, so that its price has a mark of thousands.
const SHIRT_M: Offer = Offer { price: 124_900, ..form_posts::SHIRT_M };

pub(super) const SHOP: Shop = Shop {
    name: "named",
    till: Till {
        currency: "EUR",
        offers: [MUG, SHIRT_M, Offer { variant: "16", sku: "KITTEL-L", option: "L", price: 5150, ..SHIRT_M }],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[Act::Visit("/ware/becher"), Act::Click("#legen-BECHER-01"), Act::See(".posten")],
        add_variant: &[Act::Visit("/ware/kittel"), Act::Click("#legen-KITTEL-M"), Act::See(".posten")],
        add_sister: &[Act::Visit("/ware/kittel"), Act::Click("#legen-KITTEL-L"), Act::See(".posten")],
        change: &[
            Act::Visit("/korb/menge/BECHER-01"),
            Act::Fill("#stueck", "3"),
            Act::Click("#setzen"),
            Act::See(".posten"),
        ],
        remove: &[Act::Visit("/korb/liste"), Act::Click("#weg-KITTEL-M"), Act::See(".gemeldet")],
        checkout: &[Act::Visit("/korb/angaben"), Act::See("#kontakt")],
        email: "#kontakt",
        order: &[Act::Fill("#wer", "Ada"), Act::Click("#bestellen")],
        number: ".nummer",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => page(ask, "Willkommen", r#"<p><a href="/ware/becher">Becher</a> <a href="/ware/kittel">Kittel</a></p>"#),
        ["ware", handle] => product(till, ask, handle),
        ["korb", "legen", name] if ask.is_post() => change(till, basket, name, |basket, choice| basket.add(choice, 1)),
        ["korb", "setzen", name] if ask.is_post() => {
            let pieces = ask.pieces("stueck");
            change(till, basket, name, |basket, choice| basket.set(choice, pieces))
        }
        ["korb", "weg", name] => change(till, basket, name, |basket, choice| basket.set(choice, 0)),
        // What the settings call the cart page.
        ["korb", "liste"] | ["cart"] => list(till, basket, ask),
        ["korb", "menge", name] => page(
            ask,
            "Wie viele?",
            &format!(
                r#"<form method="post" action="/korb/setzen/{name}"><input id="stueck" name="stueck"><button id="setzen">Ja</button></form>"#
            ),
        ),
        ["korb", "angaben"] => checkout(till, basket, ask),
        ["korb", "fertig", number] => page(
            ask,
            "Danke für deine Bestellung",
            &format!(r#"<p>Bestellnummer: <strong class="nummer">{number}</strong></p>"#),
        ),
        _ => Reply::missing(),
    }
}

fn page(ask: &Ask, title: &str, main: &str) -> Reply {
    Reply::page(ask, PAGE, &[("{{title}}", title), ("{{main}}", &format!("<h1>{title}</h1>{main}"))])
}

fn product(till: &Till, ask: &Ask, handle: &str) -> Reply {
    let main = till.on_page(handle).into_iter().fold(String::new(), |mut out, (_, Offer { sku, option, .. })| {
        let _ = write!(
            out,
            r#"<form method="post" action="/korb/legen/{sku}"><button id="legen-{sku}">{option} in den Korb</button></form>"#
        );
        out
    });
    page(ask, "Ware", &main)
}

fn change(till: &Till, basket: &mut Basket, name: &str, how: impl FnOnce(&mut Basket, super::Choice)) -> Reply {
    let Some(choice) = till.choice(name) else { return Reply::missing() };
    how(basket, choice);
    Reply::redirect(303, "/korb/liste?geaendert=1")
}

fn list(till: &Till, basket: &Basket, ask: &Ask) -> Reply {
    let changed = if ask.field("geaendert").is_empty() { "" } else { r#"<p class="gemeldet">Geändert.</p>"# };
    if basket.lines.is_empty() {
        return page(ask, "Mein Korb", &format!(r#"{changed}<p class="nichts">Hier liegt nichts.</p>"#));
    }
    let lines = basket.lines.iter().fold(String::new(), |mut out, (choice, pieces)| {
        let Offer { sku, name, option, price, .. } = till.offer(*choice);
        let _ = write!(
            out,
            r#"<div class="posten" data-nr="{sku}"><span class="was">{name} {option}</span> <span class="wieviel">{pieces} Stück</span> zu <span class="preis">{}</span> <a id="weg-{sku}" href="/korb/weg/{sku}">weg</a></div>"#,
            price::euro(*price)
        );
        out
    });
    let total = price::euro(till.total(basket));
    page(ask, "Mein Korb", &format!(r#"{changed}{lines}<p>Zusammen <b class="zusammen">{total}</b></p>"#))
}

/// `?vorbelegt=1` ticks the box beforehand, in the markup and once more by a script.
fn checkout(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    if ask.is_post() {
        basket.order(till, "1001");
        return Reply::redirect(303, "/korb/fertig/1001");
    }
    let (ticked, script) = match ask.field("vorbelegt") {
        "" => ("", ""),
        _ => (
            " checked",
            "<script>erinnern.checked = true; erinnern.dispatchEvent(new Event('change', { bubbles: true }))</script>",
        ),
    };
    let main = format!(
        r#"<form method="post" action="/korb/angaben"><p><label for="wer">Wer bist du?</label> <input id="wer"></p>
<p><label for="kontakt">Wie erreichen wir dich?</label> <input id="kontakt" type="text"></p>
<p><input type="checkbox" id="erinnern"{ticked}> <label for="erinnern">{WORDS}</label></p>
<button id="bestellen">Kaufen</button></form>{script}"#
    );
    page(ask, "Angaben", &main)
}
