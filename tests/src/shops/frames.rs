//! The shop in frames: pages that sell nothing, into which a script puts buttons and a cart, each in a frame of its own.
//!
//! What is clicked in a frame is not heard outside of it, the page's addresses and requests have no words, and no link leads
//! to a cart. A discount stands in a row beside its sum, a size in a name looks like a quantity, drawings have names.
use std::fmt::Write as _;

use serde_json::json;

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/frames/page.html");
const SCRIPT: &str = include_str!("../../shops/frames/button.js");

const SOAP: Offer = Offer {
    product: "Soap, 6 x 100 g",
    variant: "",
    sku: "",
    handle: "soap",
    name: "Soap, 6 x 100 g",
    option: "",
    price: 1990,
    names: &[],
};

const APRON_M: Offer = Offer {
    product: "Apron",
    variant: "apron-m",
    sku: "",
    handle: "apron",
    name: "Apron",
    option: "Size M",
    price: 124_950,
    names: &[],
};

pub(super) const SHOP: Shop = Shop {
    name: "frames",
    till: Till {
        currency: "USD",
        offers: [SOAP, APRON_M, Offer { variant: "apron-l", option: "Size L", price: 125_050, ..APRON_M }],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[
            Act::Visit("/posts/soap"),
            Act::Inside("iframe[data-add='0']", "button"),
            Act::See("body[data-pieces='1']"),
        ],
        add_variant: &[
            Act::Visit("/posts/apron"),
            Act::See("body[data-pieces='1']"),
            Act::Inside("iframe[data-add='1']", "button"),
            Act::See("body[data-pieces='2']"),
        ],
        add_sister: &[Act::Inside("iframe[data-add='2']", "button"), Act::See("body[data-pieces='3']")],
        change: &[
            Act::Inside(DRAWER, "[data-line='0'] .more"),
            Act::See("body[data-pieces='4']"),
            Act::Inside(DRAWER, "[data-line='0'] .more"),
            Act::See("body[data-pieces='5']"),
        ],
        remove: &[Act::Inside(DRAWER, "[data-line='1'] .none"), Act::See("body[data-pieces='4']")],
        checkout: &[Act::Inside(DRAWER, ".pay"), Act::See("#email"), Act::See("body[data-pieces]")],
        email: "#email",
        order: &[Act::Fill("#last", "Lovelace"), Act::Click("main form button")],
        number: ".number",
    },
};

const DRAWER: &str = "iframe[title='Cart']";

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => page(ask, r#"<h1>Notes</h1><a href="/posts/soap">Soap</a> <a href="/posts/apron">An apron</a>"#),
        ["button.js"] => Reply::script(SCRIPT),
        ["posts", handle] => {
            let offers = till.on_page(handle);
            let Some((_, first)) = offers.first() else { return Reply::missing() };
            let mut main = format!("<h1>{}</h1><p>How it is made, in 12 x 2 steps.</p>", first.name);
            for (choice, _) in &offers {
                let _ = write!(main, r#"<p class="buy" data-choice="{}"></p>"#, choice.0);
            }
            page(ask, &main)
        }
        ["api", "2026-04", "graphql"] if ask.is_post() => operate(till, basket, ask),
        ["pay"] if ask.is_post() => {
            ask.field("email").clone_into(&mut basket.email);
            basket.order(till, "FR-731");
            page(ask, r#"<h1>Thank you for your order</h1><p>Order number <b class="number">FR-731</b></p>"#)
        }
        ["pay"] => page(ask, CHECKOUT),
        _ => Reply::missing(),
    }
}

const CHECKOUT: &str = r#"<h1>Where to</h1><form method="post"><label for="email">E-mail</label><input id="email" name="email" type="email">
<label for="last">Last name</label><input id="last" name="last_name"><button>Pay now</button></form>"#;

fn page(ask: &Ask, main: &str) -> Reply {
    Reply::page(ask, PAGE, &[("{{main}}", main)])
}

fn dollars(minor: i64) -> String {
    format!("${}", price::written(minor, 2, ",", "."))
}

/// One operation, and the cart after it; its lines are called by letters alone.
fn operate(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let number = |name: &str| ask.json[name].as_u64().and_then(|number| u32::try_from(number).ok());
    let choice = |name: &str| number(name).and_then(|place| usize::try_from(place).ok()).map(Choice);
    if let Some(choice) = choice("add") {
        basket.add(choice, 1);
    }
    if let (Some(choice), Some(pieces)) = (choice("line"), number("to")) {
        basket.set(choice, pieces);
    }
    let row = |(choice, quantity): &(Choice, u32)| {
        let offer = till.offer(*choice);
        json!([choice.0, quantity, offer.name, offer.option, dollars(till.line_total(*choice, *quantity))])
    };
    let rows: Vec<_> = basket.lines.iter().map(row).collect();
    Reply::json(&json!({ "d": { "r": rows, "s": dollars(till.total(basket)), "n": basket.pieces() } }))
}
