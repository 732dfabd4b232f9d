//! The GraphQL shop: one endpoint for everything, ids as addresses, amounts as decimals beside their currency.
//!
//! Every product has a variant, if only one of no name. The answer to a removal names no lines; the cart is asked for
//! afterwards. The cart's id is kept in the browser and travels in the variables.
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/graphql/page.html");
const SCRIPT: &str = include_str!("../../shops/graphql/shop.js");

const ROPE: Offer = Offer {
    product: "gid://saltmarsh/Product/700",
    variant: "gid://saltmarsh/ProductVariant/7001",
    sku: "ROPE-10",
    handle: "rope",
    name: "Hemp rope",
    option: "",
    price: 3990,
    names: &["700", "7001"],
};

const BOOTS_40: Offer = Offer {
    product: "gid://saltmarsh/Product/710",
    variant: "gid://saltmarsh/ProductVariant/7101",
    sku: "BOOT-40",
    handle: "boots",
    name: "Deck boots",
    option: "Size 40",
    price: 124_950,
    names: &["710"],
};

pub(super) const SHOP: Shop = Shop {
    name: "graphql",
    till: Till {
        currency: "USD",
        offers: [
            ROPE,
            BOOTS_40,
            Offer {
                variant: "gid://saltmarsh/ProductVariant/7102",
                sku: "BOOT-41",
                option: "Size 41",
                price: 125_050,
                ..BOOTS_40
            },
        ],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[Act::Visit("/products/rope"), Act::Click("[data-add]"), Act::See("body[data-pieces='1']")],
        add_variant: &[
            Act::Visit("/products/boots"),
            Act::See("body[data-pieces='1']"),
            Act::Click("[data-add$='7101']"),
            Act::See("body[data-pieces='2']"),
        ],
        add_sister: &[Act::Click("[data-add$='7102']"), Act::See("body[data-pieces='3']")],
        change: &[
            Act::Click("[data-more='2'][data-sku='ROPE-10']"),
            Act::See("[data-more='3'][data-sku='ROPE-10']"),
            Act::Click("[data-more='3'][data-sku='ROPE-10']"),
            Act::See("body[data-pieces='5']"),
        ],
        remove: &[Act::Click("[data-remove][data-sku='BOOT-40']"), Act::See("body[data-pieces='4']")],
        checkout: &[Act::Click(".to-checkout"), Act::See("#email"), Act::See("body[data-pieces]")],
        email: "#email",
        order: &[Act::Fill("#last", "Lovelace"), Act::Click(".checkout button")],
        number: ".confirmation b",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => {
            page(ask, "Shop", "", r#"<a href="/products/rope">Hemp rope</a> <a href="/products/boots">Deck boots</a>"#)
        }
        ["build", "shop.js"] => Reply::script(SCRIPT),
        ["products", handle] => product(till, ask, handle),
        ["graphql"] if ask.is_post() => Reply::json(&operate(till, basket, ask)),
        ["checkouts", _] => page(ask, "Checkout", "", CHECKOUT),
        ["checkouts", _, "thank_you"] => {
            let main = r#"<h1>Thank you!</h1><p class="confirmation">Confirmation <b>#5512</b></p><p>Your order is confirmed.</p>"#;
            page(ask, "Thank you", "", main)
        }
        _ => Reply::missing(),
    }
}

const CHECKOUT: &str = r#"<h1>Checkout</h1><form class="checkout"><h2>Contact</h2>
<label for="email">Email or mobile phone number</label><input id="email" name="email" type="text" autocomplete="shipping email" inputmode="email">
<h2>Delivery</h2><label for="last">Last name</label><input id="last" name="lastName" autocomplete="shipping family-name">
<button>Pay now</button></form>"#;

fn page(ask: &Ask, title: &str, head: &str, main: &str) -> Reply {
    Reply::page(ask, PAGE, &[("{{title}}", title), ("{{head}}", head), ("{{main}}", main)])
}

fn product(till: &Till, ask: &Ask, handle: &str) -> Reply {
    let offers = till.on_page(handle);
    let Some((_, first)) = offers.first() else { return Reply::missing() };
    let mut main = format!("<h1>{}</h1>", first.name);
    for (_, offer) in &offers {
        let price = price::written(offer.price, 2, ",", ".");
        let _ = write!(
            main,
            r#"<p>{} ${price}</p><button type="button" data-add="{}">Add to bag</button>"#,
            offer.option, offer.variant
        );
    }
    let head = format!(
        r#"<meta property="og:type" content="product"><meta property="og:title" content="{}"><meta property="product:price:amount" content="{}"><meta property="product:price:currency" content="USD">"#,
        first.name,
        price::plain(first.price)
    );
    page(ask, first.name, &head, &main)
}

/// One operation by its name, as a server with persisted queries would do it.
fn operate(till: &Till, basket: &mut Basket, ask: &Ask) -> Value {
    let name = ask.json["operationName"].as_str().unwrap_or_default();
    let variables = &ask.json["variables"];
    let line = |id: &Value| id.as_str()?.rsplit('/').next()?.split('?').next()?.parse().ok().map(Choice);
    for input in variables["lines"].as_array().into_iter().flatten() {
        let pieces = input["quantity"].as_u64().and_then(|pieces| u32::try_from(pieces).ok()).unwrap_or(1);
        if let Some(choice) = input["merchandiseId"].as_str().and_then(|id| till.choice(id)) {
            basket.add(choice, pieces);
        } else if let Some(choice) = line(&input["id"]) {
            basket.set(choice, pieces);
        }
    }
    for choice in variables["lineIds"].as_array().into_iter().flatten().filter_map(line) {
        basket.set(choice, 0);
    }
    let data = match name {
        "cart" => cart(till, basket),
        "cartLinesRemove" => json!({ "cart": { "id": CART, "totalQuantity": basket.pieces() }, "userErrors": [] }),
        "cartBuyerIdentityUpdate" => {
            variables["buyerIdentity"]["email"].as_str().unwrap_or_default().clone_into(&mut basket.email);
            json!({ "cart": { "id": CART } })
        }
        "checkoutComplete" => {
            basket.order(till, "5512");
            json!({ "order": { "name": "#5512", "statusUrl": "/checkouts/c1/thank_you" } })
        }
        _ => json!({ "cart": cart(till, basket), "userErrors": [] }),
    };
    json!({ "data": { name: data } })
}

const CART: &str = "gid://saltmarsh/Cart/Z2NwLWV1?key=5f";

fn cart(till: &Till, basket: &Basket) -> Value {
    // Trailing zeros are cut, as decimals of this kind are: 39.9 for 39.90.
    let money = |minor: i64| {
        let amount = price::plain(minor);
        let amount = amount.strip_suffix('0').unwrap_or(&amount).to_owned();
        json!({ "amount": amount, "currencyCode": till.currency })
    };
    let edge = |(choice, quantity): &(Choice, u32)| {
        let Offer { product, variant, sku, handle, name, option, price, .. } = till.offer(*choice);
        let title = if option.is_empty() { "Default Title" } else { option };
        json!({ "node": {
            "id": format!("gid://saltmarsh/CartLine/{}?cart=Z2NwLWV1", choice.0),
            "quantity": quantity,
            "cost": { "amountPerQuantity": money(*price), "totalAmount": money(till.line_total(*choice, *quantity)) },
            "merchandise": {
                "id": variant, "title": title, "sku": sku, "price": money(*price),
                "product": { "id": product, "title": name, "handle": handle },
            },
        }})
    };
    let total = money(till.total(basket));
    json!({
        "id": CART,
        "checkoutUrl": "/checkouts/c1",
        "totalQuantity": basket.pieces(),
        "cost": { "totalAmount": total, "subtotalAmount": total },
        "lines": { "edges": basket.lines.iter().map(edge).collect::<Vec<_>>() },
    })
}
