//! The shop with a JSON interface: amounts are texts in minor units, its pages are empty until its script has run.
//!
//! An item's id is the variant's; removing goes through a batch answered with 207; the e-mail field is drawn anew with
//! every keystroke, as frameworks do, and sent to the shop once it is left.
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/json-api/page.html");
const SCRIPT: &str = include_str!("../../shops/json-api/shop.js");

const CANDLE: Offer = Offer {
    product: "41",
    variant: "",
    sku: "BOUGIE-1",
    handle: "bougie",
    name: "Bougie au figuier",
    option: "",
    price: 2990,
    names: &[],
};

const SCARF_BLUE: Offer = Offer {
    product: "50",
    variant: "51",
    sku: "FOULARD-B",
    handle: "foulard",
    name: "Foulard en laine",
    option: "Bleu",
    price: 123_990,
    names: &[],
};

pub(super) const SHOP: Shop = Shop {
    name: "json-api",
    till: Till {
        currency: "EUR",
        offers: [
            CANDLE,
            SCARF_BLUE,
            Offer { variant: "52", sku: "FOULARD-O", option: "Ocre", price: 125_000, ..SCARF_BLUE },
        ],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[Act::Visit("/produit/bougie"), Act::Click("[data-add='41']"), Act::See("body[data-added='1']")],
        add_variant: &[Act::Visit("/produit/foulard"), Act::Click("[data-add='51']"), Act::See("body[data-added='2']")],
        add_sister: &[Act::Click("[data-add='52']"), Act::See("body[data-added='3']")],
        change: &[
            Act::Visit("/panier"),
            Act::Click(".more[data-sku='BOUGIE-1']"),
            Act::See(".less + .quantity"),
            Act::Click(".more[data-sku='BOUGIE-1']"),
        ],
        remove: &[Act::Click(".drop[data-sku='FOULARD-B']")],
        checkout: &[Act::Visit("/panier"), Act::Click("a.checkout"), Act::See("#email")],
        email: "#email",
        order: &[Act::Fill("#last", "Lovelace"), Act::Click(".place")],
        number: ".number",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => page(ask, "home", r#"<a href="/produit/bougie">Bougie</a> <a href="/produit/foulard">Foulard</a>"#),
        ["assets", "shop.js"] => Reply::script(SCRIPT),
        ["produit", handle] => product(till, ask, handle),
        ["panier"] => page(ask, "cart", r#"<div class="skeleton" aria-hidden="true"></div>"#),
        ["commande"] => page(ask, "checkout", r#"<div class="skeleton" aria-hidden="true"></div>"#),
        ["commande", "confirmation", number] => {
            page(ask, "order", &format!(r#"<h1>Merci !</h1><p>Commande n° <span class="number">{number}</span></p>"#))
        }
        ["api", "store", "v1", "batch"] => {
            let mut responses = Vec::new();
            for request in ask.json["requests"].as_array().into_iter().flatten() {
                let path = request["path"].as_str().unwrap_or_default().trim_start_matches("/store/v1/");
                let (status, body) = call(till, basket, path, &request["body"]);
                responses.push(json!({ "status": status, "headers": { "Allow": "POST" }, "body": body }));
            }
            Reply::json(&json!({ "responses": responses })).with_status(207)
        }
        ["api", "store", "v1", rest @ ..] => {
            let (status, body) = call(till, basket, &rest.join("/"), &ask.json);
            Reply::json(&body).with_status(status)
        }
        _ => Reply::missing(),
    }
}

fn page(ask: &Ask, kind: &str, main: &str) -> Reply {
    Reply::page(ask, PAGE, &[("{{page}}", kind), ("{{main}}", main)])
}

fn product(till: &Till, ask: &Ask, handle: &str) -> Reply {
    let offers = till.on_page(handle);
    let Some((_, first)) = offers.first() else { return Reply::missing() };
    let mut main = format!("<h1>{}</h1>", first.name);
    for (_, offer) in &offers {
        let id = if offer.variant.is_empty() { offer.product } else { offer.variant };
        let _ = write!(
            main,
            r#"<p>{} {}</p><button type="button" data-add="{id}">Ajouter au panier</button>"#,
            offer.option,
            price::euro(offer.price)
        );
    }
    page(ask, "product", &main)
}

/// One call of the interface: its status and its answer, which is nearly always the whole cart.
fn call(till: &Till, basket: &mut Basket, path: &str, body: &Value) -> (u16, Value) {
    let keyed =
        body["key"].as_str().and_then(|key| key.strip_prefix("line")).and_then(|key| key.parse().ok()).map(Choice);
    let pieces = body["quantity"].as_u64().and_then(|pieces| u32::try_from(pieces).ok()).unwrap_or(1);
    match path {
        "cart" => (200, cart(till, basket)),
        "cart/add-item" => match till.choice(&body["id"].to_string()) {
            Some(choice) => {
                basket.add(choice, pieces);
                (201, cart(till, basket))
            }
            None => (400, json!({ "code": "invalid_product", "message": "Ce produit n’existe pas." })),
        },
        "cart/update-item" | "cart/remove-item" => match keyed {
            Some(choice) => {
                basket.set(choice, if path.ends_with("remove-item") { 0 } else { pieces });
                (200, cart(till, basket))
            }
            None => (409, json!({ "code": "no_such_line", "data": { "cart": cart(till, basket) } })),
        },
        "cart/update-customer" => {
            body["billing_address"]["email"].as_str().unwrap_or_default().clone_into(&mut basket.email);
            (200, cart(till, basket))
        }
        "checkout" => {
            body["billing_address"]["email"].as_str().unwrap_or_default().clone_into(&mut basket.email);
            basket.order(till, "3307");
            (200, json!({ "order_id": 3307, "status": "on-hold", "order_key": "ab_19c" }))
        }
        _ => (404, json!({ "code": "no_route" })),
    }
}

fn cart(till: &Till, basket: &Basket) -> Value {
    let currency = json!({ "currency_code": till.currency, "currency_minor_unit": 2, "currency_suffix": " €" });
    let with_currency = |mut object: Value| {
        for (name, value) in currency.as_object().into_iter().flatten() {
            object[name] = value.clone();
        }
        object
    };
    let item = |(choice, quantity): &(Choice, u32)| {
        let Offer { product, variant, sku, handle, name, option, price, .. } = till.offer(*choice);
        let id: u64 = if variant.is_empty() { product } else { variant }.parse().unwrap_or_default();
        let variation =
            if option.is_empty() { json!([]) } else { json!([{ "attribute": "Couleur", "value": option }]) };
        json!({
            "key": format!("line{}", choice.0),
            "id": id,
            "type": if variant.is_empty() { "simple" } else { "variation" },
            "quantity": quantity,
            "quantity_limits": { "minimum": 1, "maximum": 9999, "multiple_of": 1, "editable": true },
            "name": name,
            "sku": sku,
            "permalink": format!("/produit/{handle}"),
            "images": [],
            "variation": variation,
            "prices": with_currency(json!({ "price": price.to_string(), "regular_price": price.to_string() })),
            "totals": with_currency(json!({ "line_subtotal": till.line_total(*choice, *quantity).to_string(), "line_total": till.line_total(*choice, *quantity).to_string() })),
        })
    };
    json!({
        "items": basket.lines.iter().map(item).collect::<Vec<_>>(),
        "coupons": [],
        "shipping_rates": [],
        "billing_address": { "email": basket.email },
        "items_count": basket.pieces(),
        "cross_sells": [{ "id": 60, "name": "Savon", "prices": with_currency(json!({ "price": "790" })) }],
        "totals": with_currency(json!({ "total_items": till.total(basket).to_string(), "total_price": till.total(basket).to_string() })),
        "errors": [],
    })
}
