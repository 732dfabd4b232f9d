//! The shop of many countries: one shop three times, with amounts in the formats of Germany, Japan and the United States.
//!
//! Tax is rounded per line, so price × quantity is not the line. No answer carries the cart; pieces of HTML do, and each
//! line is listed twice, in the header and in the table. The e-mail field is a text field that only its label explains.
use std::fmt::Write as _;

use serde_json::json;

use super::ask::{Ask, Reply};
use super::till::Offer;
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/locale-formats/page.html");
const SCRIPT: &str = include_str!("../../shops/locale-formats/common.js");

const VASE: Offer = Offer {
    product: "40",
    variant: "",
    sku: "",
    handle: "vase",
    name: "Ash vase",
    option: "",
    price: 12_320,
    names: &["Ash vase", "product 11"],
};

const STOOL_OAK: Offer = Offer {
    product: "42",
    variant: "42-oak",
    sku: "",
    handle: "stool",
    name: "Hall stool",
    option: "Oak",
    price: 124_950,
    names: &["Hall stool", "product 15"],
};

const STOOL_ELM: Offer = Offer { variant: "42-elm", option: "Elm", price: 130_050, ..STOOL_OAK };

const WAYS: Ways = Ways {
    add: &[
        Act::Visit("/index.php?route=product&product_id=40"),
        Act::Click("#button-cart"),
        Act::See("body[data-loaded]"),
    ],
    add_variant: &[
        Act::Visit("/index.php?route=product&product_id=42"),
        Act::Choose("#input-option", "1"),
        Act::Click("#button-cart"),
        Act::See("body[data-loaded='1']"),
    ],
    add_sister: &[Act::Choose("#input-option", "2"), Act::Click("#button-cart"), Act::See("body[data-loaded='2']")],
    change: &[
        Act::Visit("/index.php?route=checkout/cart"),
        Act::Fill("#shopping-cart .line-0 input[name=quantity]", "3"),
        Act::Click("#shopping-cart .line-0 button"),
        Act::See("body[data-loaded='2']"),
    ],
    remove: &[Act::Click("#shopping-cart .line-1 a[data-remove]"), Act::See("body[data-loaded='4']")],
    checkout: &[
        Act::Visit("/index.php?route=checkout/checkout"),
        Act::Click("#input-guest"),
        Act::See("#input-contact"),
    ],
    email: "#input-contact",
    order: &[Act::Fill("#input-lastname", "Lovelace"), Act::Click("#button-register"), Act::Click("#button-confirm")],
    number: "#order-number",
};

pub(super) const GERMAN: Shop = Shop {
    name: "locale-german",
    till: Till { currency: "EUR", offers: [VASE, STOOL_OAK, STOOL_ELM], line_total: taxed },
    answer,
    ways: WAYS,
};

pub(super) const JAPANESE: Shop = Shop {
    name: "locale-japanese",
    till: Till {
        currency: "JPY",
        offers: [
            Offer { price: 1200, ..VASE },
            Offer { price: 12_495, ..STOOL_OAK },
            Offer { price: 13_005, ..STOOL_ELM },
        ],
        line_total: taxed,
    },
    answer,
    ways: WAYS,
};

pub(super) const AMERICAN: Shop = Shop {
    name: "locale-american",
    till: Till { currency: "USD", offers: [VASE, STOOL_OAK, STOOL_ELM], line_total: taxed },
    answer,
    ways: WAYS,
};

/// The price has a third of the smallest unit more than the page shows; a line is rounded once: 3 × 123.20 is 369.61.
fn taxed(offer: &Offer, quantity: u32) -> i64 {
    let thirds = (offer.price * 3 + 1) * i64::from(quantity);
    (thirds * 2 + 3) / 6
}

fn money(till: &Till, minor: i64) -> String {
    match till.currency {
        "EUR" => price::euro(minor),
        "JPY" => format!("¥{}", price::written(minor, 0, ",", ".")),
        _ => format!("${}", price::written(minor, 2, ",", ".")),
    }
}

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    if ask.path == "/catalog/common.js" {
        return Reply::script(SCRIPT);
    }
    let line = ask.field("key").parse::<usize>().ok().and_then(|key| key.checked_sub(1)).map(Choice);
    match ask.field("route") {
        "product" => product(till, basket, ask),
        "checkout/cart.add" => {
            let option = ask.field("option[221]").parse().ok().map(Choice);
            let choice = till.choice(ask.field("product_id")).or(option);
            // A product with options and none chosen is no error to HTTP.
            let Some(choice) = choice else { return Reply::json(&json!({ "error": "Wood required!" })) };
            basket.add(choice, ask.pieces("quantity"));
            Reply::json(
                &json!({ "success": "Success: You have added <a href=\"/index.php?route=product\">it</a> to your <a href=\"/index.php?route=checkout/cart\">shopping cart</a>!" }),
            )
        }
        "checkout/cart.edit" | "checkout/cart.remove" => {
            if let Some(line) = line {
                basket.set(line, if ask.is_post() { ask.pieces("quantity") } else { 0 });
            }
            Reply::json(&json!({ "success": "Success: You have modified your shopping cart!" }))
        }
        "common/cart.info" => Reply::new("text/html; charset=utf-8", header(till, basket)),
        "checkout/cart.list" => Reply::new("text/html; charset=utf-8", table(till, basket)),
        "checkout/cart" => {
            let main = format!(
                r#"<h1>Shopping Cart</h1><div id="shopping-cart">{}</div><a href="/index.php?route=checkout/checkout">Checkout</a>"#,
                table(till, basket)
            );
            page(till, basket, ask, "Shopping Cart", &main)
        }
        "checkout/checkout" => page(till, basket, ask, "Checkout", CHECKOUT),
        "checkout/register.save" => {
            ask.field("contact").clone_into(&mut basket.email);
            Reply::json(&json!({ "success": "Success: Your guest account information has been saved!" }))
        }
        "payment/cod.confirm" => {
            basket.order(till, "40012");
            Reply::json(&json!({ "redirect": "/index.php?route=checkout/success" }))
        }
        "checkout/success" => {
            let main = r#"<h1>Your order has been placed!</h1><p>Your order has been successfully processed. Order ID: <b id="order-number">40012</b></p>"#;
            page(till, basket, ask, "Your order has been placed!", main)
        }
        _ => page(
            till,
            basket,
            ask,
            "Harbour & Hill",
            r#"<a href="/index.php?route=product&amp;product_id=40">Ash vase</a>"#,
        ),
    }
}

const CHECKOUT: &str = r#"<h1>Checkout</h1>
<fieldset><label><input type="radio" name="account" value="1" checked> Register Account</label> <label><input type="radio" name="account" value="0" id="input-guest" onclick="document.getElementById('guest').hidden = false"> Guest Checkout</label></fieldset>
<div id="guest" hidden><form id="form-register">
<label for="input-lastname">Last Name</label><input type="text" name="lastname" id="input-lastname">
<label for="input-contact">E-Mail</label><input type="text" name="contact" id="input-contact">
<button type="submit" id="button-register">Continue</button></form></div>
<div id="confirm" hidden><button type="button" id="button-confirm">Confirm Order</button></div>"#;

fn page(till: &Till, basket: &Basket, ask: &Ask, title: &str, main: &str) -> Reply {
    let lang = match till.currency {
        "EUR" => "de-DE",
        "JPY" => "ja-JP",
        _ => "en-US",
    };
    let header = header(till, basket);
    Reply::page(ask, PAGE, &[("{{lang}}", lang), ("{{title}}", title), ("{{header}}", &header), ("{{main}}", main)])
}

fn product(till: &Till, basket: &Basket, ask: &Ask) -> Reply {
    let id = ask.field("product_id");
    let offers: Vec<_> = till.offers.iter().enumerate().filter(|(_, offer)| offer.product == id).collect();
    let Some((_, first)) = offers.first() else { return Reply::missing() };
    let mut options = String::new();
    if !first.option.is_empty() {
        options.push_str(r#"<label for="input-option">Wood</label><select name="option[221]" id="input-option"><option value=""> --- Please Select --- </option>"#);
        for (place, offer) in &offers {
            let _ =
                write!(options, r#"<option value="{place}">{} ({})</option>"#, offer.option, money(till, offer.price));
        }
        options.push_str("</select>");
    }
    let main = format!(
        r#"<h1>{}</h1><h2>{}</h2><p class="error"></p><form id="form-product" data-load="/index.php?route=checkout/cart.add">{options}
<input type="text" name="quantity" value="1" id="input-quantity"><input type="hidden" name="product_id" value="{id}"><button type="submit" id="button-cart">Add to Cart</button></form>"#,
        first.name,
        money(till, first.price)
    );
    page(till, basket, ask, first.name, &main)
}

/// The name with its link and, for a variant, the option in a line of its own.
fn title(offer: &Offer) -> String {
    let option =
        if offer.option.is_empty() { String::new() } else { format!("<br><small> - Wood: {}</small>", offer.option) };
    format!(r#"<a href="/index.php?route=product&amp;product_id={}">{}</a>{option}"#, offer.product, offer.name)
}

fn header(till: &Till, basket: &Basket) -> String {
    let mut rows = String::new();
    for (choice, quantity) in &basket.lines {
        let key = choice.0 + 1;
        let _ = write!(
            rows,
            r#"<tr><td>{}</td><td>x {quantity}</td><td>{}</td><td><form data-load="/index.php?route=checkout/cart.remove"><input type="hidden" name="key" value="{key}"></form></td></tr>"#,
            title(till.offer(*choice)),
            money(till, till.line_total(*choice, *quantity))
        );
    }
    let total = money(till, till.total(basket));
    format!(
        r#"<div id="cart"><button type="button">{} item(s) - {total}</button><ul hidden><li><table>{rows}</table></li><li>Total {total}</li></ul></div>"#,
        basket.pieces()
    )
}

fn table(till: &Till, basket: &Basket) -> String {
    if basket.lines.is_empty() {
        return "<p>Your shopping cart is empty!</p>".to_owned();
    }
    let mut rows = String::new();
    for (choice, quantity) in &basket.lines {
        let offer = till.offer(*choice);
        let key = choice.0 + 1;
        let _ = write!(
            rows,
            r#"<tr class="line-{}"><td>{}<br><small> - Model: {}</small></td>
<td><form data-load="/index.php?route=checkout/cart.edit"><input type="text" name="quantity" value="{quantity}" size="1"><input type="hidden" name="key" value="{key}"><button type="submit" title="Update">↻</button></form>
<a data-remove href="/index.php?route=checkout/cart.remove&amp;key={key}" title="Remove">×</a></td><td class="text-end">{}</td><td class="text-end">{}</td></tr>"#,
            choice.0,
            title(offer),
            offer.names[1],
            money(till, offer.price),
            money(till, till.line_total(*choice, *quantity))
        );
    }
    let total = money(till, till.total(basket));
    format!(
        r#"<table><thead><tr><td>Product Name</td><td>Quantity</td><td>Unit Price</td><td>Total</td></tr></thead><tbody>{rows}</tbody><tfoot><tr><td colspan="3"><strong>Sub-Total</strong></td><td>{total}</td></tr><tr><td colspan="3"><strong>Total</strong></td><td>{total}</td></tr></tfoot></table>"#
    )
}
