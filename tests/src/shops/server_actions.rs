//! The shop of server actions: its forms post to the page's own address, and its answers are streams of component rows.
//!
//! Pages change without a reload, and no answer is JSON or HTML: the cart stands in the lines of its drawer alone, with a
//! link, an option, a quantity, a price of one piece and a line's price, and no id anywhere.
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ask::{Ask, Reply, escaped};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/server-actions/page.html");
const SCRIPT: &str = include_str!("../../shops/server-actions/router.js");

const LAMP: Offer = Offer {
    product: "lamp",
    variant: "",
    sku: "",
    handle: "lamp",
    name: "Paper lamp",
    option: "",
    price: 3990,
    names: &["Paper lamp", "/product/lamp"],
};

const HOODIE_M: Offer = Offer {
    product: "hoodie",
    variant: "hoodie-m",
    sku: "",
    handle: "hoodie",
    name: "Heavy hoodie",
    option: "M",
    price: 124_950,
    names: &["Heavy hoodie", "/product/hoodie", "/product/hoodie?size=m", "hoodie?size=m"],
};

pub(super) const SHOP: Shop = Shop {
    name: "server-actions",
    till: Till {
        currency: "USD",
        offers: [
            LAMP,
            HOODIE_M,
            Offer {
                variant: "hoodie-l",
                option: "L",
                price: 125_950,
                names: &["Heavy hoodie", "/product/hoodie", "/product/hoodie?size=l", "hoodie?size=l"],
                ..HOODIE_M
            },
        ],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[
            Act::Visit("/"),
            Act::Click("main a[href='/product/lamp']"),
            Act::Click("button.add"),
            Act::See("[data-line='0']"),
        ],
        add_variant: &[
            Act::Click("header a"),
            Act::Click("main a[href='/product/hoodie']"),
            Act::Click("button[value='1']"),
            Act::See("[data-line='1']"),
        ],
        add_sister: &[Act::Click("button[value='2']"), Act::See("[data-line='2']")],
        change: &[
            Act::Click("[data-line='0'] .more"),
            Act::See("[data-line='0'] [data-count='2']"),
            Act::Click("[data-line='0'] .more"),
            Act::See("[data-line='0'] [data-count='3']"),
        ],
        remove: &[Act::Click("[data-line='1'] .drop")],
        checkout: &[Act::Click(".to-checkout"), Act::See("#contact-email")],
        email: "#contact-email",
        order: &[Act::Fill("#contact-name", "Ada Lovelace"), Act::Click("button.pay")],
        number: ".confirmation output",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    if ask.path == "/_app/router.js" {
        return Reply::script(SCRIPT);
    }
    let mut path = ask.path.clone();
    if ask.is_post() {
        match ask.header("next-action") {
            "a1f0-add" => basket.add(Choice(ask.field("offer").parse().unwrap_or(0)), 1),
            "b2c4-set" => {
                let line = Choice(ask.field("line").parse().unwrap_or(9));
                basket.set(line, ask.pieces("count"));
            }
            "c9d1-pay" => {
                ask.field("email").clone_into(&mut basket.email);
                basket.order(till, "LG-8841");
                return stream(&json!({ "redirect": "/checkout/success" }), None);
            }
            _ => return Reply::missing(),
        }
        path.clone_from(&ask.path);
    }
    let Some(tree) = tree(till, basket, &path) else { return Reply::missing() };
    if ask.is_post() || ask.header("rsc") == "1" {
        return stream(&json!({ "tree": "$2", "f": [["", { "children": ["__PAGE__", {}] }]] }), Some(&tree));
    }
    let app: String = tree.as_array().into_iter().flatten().map(written).collect();
    Reply::page(ask, PAGE, &[("{{app}}", &app)])
}

/// Rows as they would come off the server: what it is about, a module nobody needs here, the tree.
fn stream(head: &Value, tree: Option<&Value>) -> Reply {
    let rows = tree.map_or(String::new(), |tree| format!("1:[\"module\",[\"/_app/chunk.js\"],\"\"]\n2:{tree}\n"));
    Reply::new("text/x-component", format!("0:{head}\n{rows}"))
}

/// An element as HTML.
fn written(node: &Value) -> String {
    let Some(parts) = node.as_array() else { return escaped(node.as_str().unwrap_or_default()) };
    let name = parts[1].as_str().unwrap_or("div");
    let mut attributes = String::new();
    for (key, value) in parts[2].as_object().into_iter().flatten() {
        let _ = write!(attributes, " {key}=\"{}\"", escaped(value.as_str().unwrap_or_default()));
    }
    let children: String = parts.iter().skip(3).map(written).collect();
    if name == "input" { format!("<input{attributes}>") } else { format!("<{name}{attributes}>{children}</{name}>") }
}

/// Everything on a page, or nothing where there is none.
fn tree(till: &Till, basket: &Basket, path: &str) -> Option<Value> {
    let main = match path {
        "/" => {
            json!(["$", "main", {}, ["$", "a", { "href": "/product/lamp" }, "Paper lamp"], " ", ["$", "a", { "href": "/product/hoodie" }, "Heavy hoodie"]])
        }
        "/product/lamp" => json!([
            "$",
            "main",
            {},
            ["$", "h1", {}, "Paper lamp"],
            ["$", "p", {}, dollars(LAMP.price)],
            button("add", 0, "Add to cart")
        ]),
        "/product/hoodie" => json!([
            "$",
            "main",
            {},
            ["$", "h1", {}, "Heavy hoodie"],
            ["$", "p", {}, "From $1,249.50"],
            button("size", 1, "M"),
            button("size", 2, "L")
        ]),
        "/checkout" => checkout(),
        "/checkout/success" => {
            json!(["$", "main", { "class": "confirmation" }, ["$", "h1", {}, "Order confirmed"], ["$", "p", {}, "Order number ", ["$", "output", {}, "LG-8841"]]])
        }
        _ => return None,
    };
    let header = json!(["$", "header", {}, ["$", "a", { "href": "/" }, "Lumen Goods"], ["$", "span", { "class": "badge" }, format!(" {}", basket.pieces())]]);
    Some(json!([header, main, drawer(till, basket)]))
}

fn dollars(minor: i64) -> String {
    format!("${}", price::written(minor, 2, ",", "."))
}

fn button(class: &str, offer: usize, text: &str) -> Value {
    json!(["$", "form", { "data-action": "a1f0-add" }, ["$", "button", { "class": class, "name": "offer", "value": offer.to_string() }, text]])
}

fn drawer(till: &Till, basket: &Basket) -> Value {
    let mut parts = vec![json!("$"), json!("aside"), json!({ "aria-label": "Shopping cart" })];
    if basket.lines.is_empty() {
        parts.push(json!(["$", "p", {}, "Your cart is empty."]));
        return Value::Array(parts);
    }
    let mut list = vec![json!("$"), json!("ul"), json!({})];
    for (choice, quantity) in &basket.lines {
        let offer = till.offer(*choice);
        let query =
            if offer.option.is_empty() { String::new() } else { format!("?size={}", offer.option.to_lowercase()) };
        let line = choice.0.to_string();
        let step = |class: &str, count: u32, label: &str| {
            json!(["$", "form", { "data-action": "b2c4-set" },
                ["$", "input", { "type": "hidden", "name": "line", "value": line }],
                ["$", "button", { "class": class, "name": "count", "value": count.to_string(), "aria-label": label }, label]])
        };
        list.push(json!(["$", "li", { "data-line": line },
            ["$", "a", { "href": format!("/product/{}{query}", offer.handle) }, offer.name],
            ["$", "small", {}, offer.option],
            ["$", "span", { "class": "unit" }, dollars(offer.price)],
            step("less", quantity - 1, "Decrease quantity"),
            ["$", "span", { "class": "count", "data-count": quantity.to_string() }, quantity.to_string()],
            step("more", quantity + 1, "Increase quantity"),
            step("drop", 0, "Remove"),
            ["$", "span", { "class": "line-price" }, dollars(till.line_total(*choice, *quantity))]]));
    }
    parts.push(Value::Array(list));
    parts.push(json!(["$", "dl", {}, ["$", "dt", {}, "Total"], ["$", "dd", {}, dollars(till.total(basket))]]));
    parts.push(json!(["$", "a", { "class": "to-checkout", "href": "/checkout" }, "Proceed to Checkout"]));
    Value::Array(parts)
}

fn checkout() -> Value {
    json!(["$", "main", {}, ["$", "h1", {}, "Checkout"], ["$", "form", { "data-action": "c9d1-pay" },
        ["$", "label", { "for": "contact-name" }, "Full name"], ["$", "input", { "id": "contact-name", "name": "name", "autocomplete": "name" }],
        ["$", "label", { "for": "contact-email" }, "Email"], ["$", "input", { "id": "contact-email", "name": "email", "type": "email", "autocomplete": "email" }],
        ["$", "button", { "class": "pay" }, "Pay now"]]])
}
