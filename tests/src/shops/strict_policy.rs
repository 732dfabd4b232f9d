//! The shop behind a strict policy: it permits scripts by nonce alone and no evaluation, which forbids wasm too.
//!
//! Its interface has words of its own, so that no list of known fields fits; the policy names Cartwake's host for
//! requests and nothing else of it.
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/strict-policy/page.html");
const SCRIPT: &str = include_str!("../../shops/strict-policy/mand.js");
/// Random in a real shop; what matters here is that the policy names it.
const NONCE: &str = "cmFuZG9tIGVub3VnaA";

const SOAP: Offer = Offer {
    product: "ZP-1",
    variant: "",
    sku: "8710001",
    handle: "zeep",
    name: "Olijfzeep",
    option: "",
    price: 795,
    names: &[],
};

const ROBE_M: Offer = Offer {
    product: "BJ-2",
    variant: "BJ-2-M",
    sku: "8710021",
    handle: "badjas",
    name: "Badjas",
    option: "M",
    price: 8950,
    names: &[],
};

pub(super) const SHOP: Shop = Shop {
    name: "strict-policy",
    till: Till {
        currency: "EUR",
        offers: [SOAP, ROBE_M, Offer { variant: "BJ-2-L", sku: "8710022", option: "L", price: 9250, ..ROBE_M }],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[
            Act::Visit("/artikel/zeep"),
            Act::See("body[data-count]"),
            Act::Click("[data-article]"),
            Act::See("body[data-count='1']"),
        ],
        add_variant: &[
            Act::Visit("/artikel/badjas"),
            Act::See("body[data-count='1']"),
            Act::Click("[data-article='BJ-2-M']"),
            Act::See("body[data-count='2']"),
        ],
        add_sister: &[Act::Click("[data-article='BJ-2-L']"), Act::See("body[data-count='3']")],
        change: &[
            Act::Visit("/winkelmand"),
            Act::Click("[data-key='8710001 2']"),
            Act::Click("[data-key='8710001 3']"),
            Act::See("body[data-count='5']"),
        ],
        remove: &[Act::Click("[data-key='8710021 0']"), Act::See("body[data-count='4']")],
        checkout: &[Act::Visit("/winkelmand"), Act::Click("a.naar-kassa"), Act::See("#e-mailadres")],
        email: "#e-mailadres",
        order: &[Act::Fill("#achternaam", "Lovelace"), Act::Click(".kassa button")],
        number: ".bestelnummer",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => {
            page(ask, "home", "Welkom", r#"<a href="/artikel/zeep">Olijfzeep</a> <a href="/artikel/badjas">Badjas</a>"#)
        }
        ["static", "mand.js"] => Reply::script(SCRIPT),
        ["artikel", handle] => {
            let offers = till.on_page(handle);
            let mut main = String::new();
            for (_, offer) in &offers {
                let id = if offer.variant.is_empty() { offer.product } else { offer.variant };
                let price = price::euro(offer.price);
                let _ = write!(
                    main,
                    r#"<p>{} {} {price}</p><button type="button" data-article="{id}">In winkelmand</button>"#,
                    offer.name, offer.option
                );
            }
            page(ask, "article", "Artikel", &main)
        }
        ["winkelmand"] => page(
            ask,
            "basket",
            "Winkelmand",
            r#"<p>Totaal <strong class="totaal"></strong></p><a class="naar-kassa" href="/kassa">Bestellen</a><table><tbody></tbody></table>"#,
        ),
        ["kassa"] => page(ask, "checkout", "Kassa", CHECKOUT),
        ["bedankt"] => page(
            ask,
            "thanks",
            "Bedankt",
            r#"<h1>Bedankt voor je bestelling</h1><p>Bestelnummer <span class="bestelnummer">2026-118</span></p>"#,
        ),
        ["api", "winkelmand"] => Reply::json(&state(till, basket)),
        ["api", "winkelmand", what] => change(till, basket, ask, what),
        ["api", "bestelling"] => {
            ask.json["email"].as_str().unwrap_or_default().clone_into(&mut basket.email);
            basket.order(till, "2026-118");
            Reply::json(&json!({ "ok": true, "location": "/bedankt?bestelling=2026-118" }))
        }
        _ => Reply::missing(),
    }
}

const CHECKOUT: &str = r#"<h1>Gegevens</h1><form class="kassa" method="post">
<label for="achternaam">Achternaam</label><input id="achternaam" name="lastName" autocomplete="family-name">
<label for="e-mailadres">E-mailadres</label><input id="e-mailadres" name="email" type="email" autocomplete="email">
<button>Bestelling plaatsen</button></form>"#;

fn page(ask: &Ask, kind: &str, title: &str, main: &str) -> Reply {
    // A shop with such a policy gives the tag its nonce, as to every script.
    let ask = Ask { tag: ask.tag.replacen("<script ", &format!(r#"<script nonce="{NONCE}" "#), 1), ..ask.clone() };
    let places = [("{{nonce}}", NONCE), ("{{page}}", kind), ("{{title}}", title), ("{{main}}", main)];
    let host = ask.tag.split("src=\"").nth(1).and_then(|rest| rest.split("/cartwake.js").next()).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{NONCE}' 'strict-dynamic'; connect-src 'self' {host}; img-src 'self'; \
         style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    );
    Reply::page(&ask, PAGE, &places).with_header("content-security-policy", policy)
}

fn change(till: &Till, basket: &mut Basket, ask: &Ask, what: &str) -> Reply {
    let amount = ask.json["amount"].as_u64().and_then(|amount| u32::try_from(amount).ok()).unwrap_or(1);
    let text = |name: &str| ask.json[name].as_str().unwrap_or_default();
    let line = text("uid").strip_prefix("r-").and_then(|line| line.parse().ok()).map(Choice);
    match (what, till.choice(text("articleId")), line) {
        ("toevoegen", Some(choice), _) => basket.add(choice, amount),
        ("regel", _, Some(choice)) => basket.set(choice, amount),
        _ => return Reply::json(&json!({ "ok": false })).with_status(422),
    }
    Reply::json(&state(till, basket))
}

fn state(till: &Till, basket: &Basket) -> Value {
    let number = |minor: i64| serde_json::from_str::<Value>(&price::plain(minor)).unwrap_or_default();
    let entry = |(choice, quantity): &(Choice, u32)| {
        let Offer { product, variant, sku, handle, name, option, price, .. } = till.offer(*choice);
        json!({
            "uid": format!("r-{}", choice.0),
            "article": { "id": product, "variantId": variant, "sku": sku, "title": name, "variantLabel": option, "url": format!("/artikel/{handle}") },
            "amount": quantity,
            "unitPrice": number(*price),
            "rowTotal": number(till.line_total(*choice, *quantity)),
        })
    };
    json!({ "ok": true, "basket": {
        "currency": till.currency,
        "count": basket.pieces(),
        "entries": basket.lines.iter().map(entry).collect::<Vec<_>>(),
        "grandTotal": number(till.total(basket)),
    }})
}
