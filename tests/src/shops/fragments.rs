//! The shop of fragments: requests answer with pieces of HTML by selector, which its script puts in place.
//!
//! The mini-basket names the parent's id beside the variant's SKU. It is empty on basket and checkout pages, and the
//! header keeps an old count after a change there: neither may be taken for the cart.
use std::fmt::Write as _;

use serde_json::json;

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/fragments/page.html");
const SCRIPT: &str = include_str!("../../shops/fragments/basket.js");

const BOARD: Offer = Offer {
    product: "211",
    variant: "",
    sku: "BOARD-OAK",
    handle: "oak-board",
    name: "Oak board",
    option: "",
    price: 2450,
    names: &[],
};

const APRON_S: Offer = Offer {
    product: "230",
    variant: "231",
    sku: "APRON-S",
    handle: "apron",
    name: "Waxed apron",
    option: "Small",
    price: 6400,
    names: &[],
};

pub(super) const SHOP: Shop = Shop {
    name: "fragments",
    till: Till {
        currency: "EUR",
        offers: [BOARD, APRON_S, Offer { variant: "232", sku: "APRON-L", option: "Large", price: 6900, ..APRON_S }],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[Act::Visit("/"), Act::Click(".ajax-add"), Act::See("body[data-added]")],
        add_variant: &[
            Act::Visit("/product/apron/"),
            Act::Choose("#size", "231"),
            Act::Click(".variations button"),
            Act::See("body[data-added]"),
        ],
        add_sister: &[Act::Choose("#size", "232"), Act::Click(".variations button"), Act::See("body[data-added='2']")],
        change: &[
            Act::Visit("/basket/"),
            Act::Fill("input[name='qty[211]']", "3"),
            Act::Click(".basket-form button"),
            Act::See("body[data-updated]"),
        ],
        remove: &[
            Act::Visit("/basket/"),
            Act::Click("a.remove[data-product_sku='APRON-S']"),
            Act::See("body[data-updated]"),
        ],
        checkout: &[Act::Visit("/checkout/"), Act::See("#billing_email")],
        email: "#billing_email",
        order: &[Act::Fill("#billing_last_name", "Lovelace"), Act::Click(".checkout-form button")],
        number: ".order strong",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match (parts.as_slice(), ask.field("ajax")) {
        ([], "add_to_basket") => {
            let name = [ask.field("variation_id"), ask.field("product_sku"), ask.field("product_id")];
            let Some(choice) = name.into_iter().find_map(|name| till.choice(name)) else {
                return Reply::json(&json!({ "error": true }));
            };
            basket.add(choice, ask.pieces("quantity"));
            Reply::json(&json!({
                "fragments": { "div.mini-basket": mini(till, basket), ".basket-count": count(till, basket) },
                "basket_hash": format!("h{}", basket.pieces()),
            }))
        }
        ([], "review") => {
            Reply::json(&json!({ "result": "success", "fragments": { ".review": review(till, basket) } }))
        }
        ([], "checkout") => {
            ask.field("billing_email").clone_into(&mut basket.email);
            basket.order(till, "2044");
            Reply::json(&json!({ "result": "success", "redirect": "/checkout/order-received/2044/?key=o_77af" }))
        }
        ([], _) => page(till, basket, ask, "Shop", true, &list(till)),
        (["assets", "basket.js"], _) => Reply::script(SCRIPT),
        (["product", "apron"], _) => page(till, basket, ask, "Waxed apron", true, &apron(till)),
        (["basket"], _) => cart(till, basket, ask),
        (["checkout"], _) => page(till, basket, ask, "Checkout", false, &checkout(till, basket)),
        (["checkout", "order-received", "2044"], _) => {
            let main = r#"<h1>Order received</h1><p>Thank you. Your order has been received.</p><p class="order">Order number: <strong>2044</strong></p>"#;
            page(till, basket, ask, "Order received", true, main)
        }
        _ => Reply::missing(),
    }
}

fn page(till: &Till, basket: &Basket, ask: &Ask, title: &str, has_widget: bool, main: &str) -> Reply {
    let mini = if has_widget { mini(till, basket) } else { r#"<div class="mini-basket"></div>"#.to_owned() };
    let count = count(till, basket);
    let places =
        [("{{title}}", title), ("{{head}}", ""), ("{{count}}", &count), ("{{mini}}", &mini), ("{{main}}", main)];
    let reply = Reply::page(ask, PAGE, &places);
    if basket.lines.is_empty() {
        return reply;
    }
    // The readable cookies by which cached pages know that there is a basket.
    reply
        .with_header("set-cookie", "basket_items=1; Path=/")
        .with_header("set-cookie", format!("basket_hash=h{}; Path=/", basket.pieces()))
}

fn count(till: &Till, basket: &Basket) -> String {
    let (pieces, total) = (basket.pieces(), price::written(till.total(basket), 2, ",", "."));
    format!(
        r#"<a class="basket-count" href="/basket/"><span class="amount">€{total}</span> <span>{pieces} items</span></a>"#
    )
}

fn mini(till: &Till, basket: &Basket) -> String {
    if basket.lines.is_empty() {
        return r#"<div class="mini-basket"><p class="empty-message">No products in the basket.</p></div>"#.to_owned();
    }
    let mut lines = String::new();
    for (choice, quantity) in &basket.lines {
        let Offer { product, sku, handle, name, option, price, .. } = till.offer(*choice);
        let title = if option.is_empty() { (*name).to_owned() } else { format!("{name} - {option}") };
        let _ = write!(
            lines,
            r#"<li class="mini-basket-item"><a href="/basket/?remove_item=k{key}" class="remove" data-product_id="{product}" data-basket_item_key="k{key}" data-product_sku="{sku}">×</a> <a href="/product/{handle}/">{title}</a> <span class="quantity">{quantity} × <span class="amount">€{}</span></span></li>"#,
            price::written(*price, 2, ",", "."),
            key = choice.0,
        );
    }
    let total = price::written(till.total(basket), 2, ",", ".");
    format!(
        r#"<div class="mini-basket"><ul>{lines}</ul><p class="total"><strong>Subtotal:</strong> <span class="amount">€{total}</span></p><p><a href="/basket/">View basket</a> <a href="/checkout/">Checkout</a></p></div>"#
    )
}

fn list(till: &Till) -> String {
    let Offer { product, sku, handle, name, price, .. } = till.offers[0];
    format!(
        r#"<ul class="products"><li><a href="/product/{handle}/">{name}</a> <span class="price">€{}</span>
<a href="/?add-to-basket={product}" class="button ajax-add" data-product_id="{product}" data-product_sku="{sku}" data-quantity="1" rel="nofollow">Add to basket</a></li>
<li><a href="/product/apron/">Waxed apron</a> <a class="button" href="/product/apron/">Select options</a></li></ul>"#,
        price::written(price, 2, ",", ".")
    )
}

fn apron(till: &Till) -> String {
    let options = till.on_page("apron").iter().fold(String::new(), |mut out, (_, offer)| {
        let _ = write!(out, r#"<option value="{}">{}</option>"#, offer.variant, offer.option);
        out
    });
    format!(
        r#"<h1>Waxed apron</h1><form class="variations" action="/product/apron/" method="post">
<label for="size">Size</label><select id="size" name="variation_id"><option value="">Choose</option>{options}</select>
<input type="hidden" name="product_id" value="230"><input type="number" name="quantity" value="1"><button>Add to basket</button></form>"#
    )
}

fn cart(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    if let Some(key) = ask.field("remove_item").strip_prefix('k').and_then(|key| key.parse().ok()) {
        basket.set(Choice(key), 0);
        return Reply::redirect(302, "/basket/");
    }
    for (name, quantity) in &ask.form {
        let line = name.strip_prefix("qty[").and_then(|rest| rest.strip_suffix(']')).and_then(|name| till.choice(name));
        if let Some((choice, quantity)) = line.zip(quantity.parse().ok()) {
            basket.set(choice, quantity);
        }
    }
    if basket.lines.is_empty() {
        return page(
            till,
            basket,
            ask,
            "Basket",
            false,
            r#"<p class="basket-empty">Your basket is currently empty.</p>"#,
        );
    }
    let mut rows = String::new();
    for (choice, quantity) in &basket.lines {
        let Offer { product, variant, sku, handle, name, option, price, .. } = till.offer(*choice);
        let key = if variant.is_empty() { product } else { variant };
        let title = if option.is_empty() { (*name).to_owned() } else { format!("{name} - {option}") };
        let _ = writeln!(
            rows,
            r#"<tr class="basket_item"><td><a class="remove" href="/basket/?remove_item=k{place}" data-product_id="{product}" data-product_sku="{sku}">×</a></td><td><a href="/product/{handle}/">{title}</a></td><td>€{}</td><td><input type="number" name="qty[{key}]" value="{quantity}"></td><td>€{}</td></tr>"#,
            price::written(*price, 2, ",", "."),
            price::written(till.line_total(*choice, *quantity), 2, ",", "."),
            place = choice.0,
        );
    }
    let main = format!(
        r#"<form class="basket-form" action="/basket/" method="post"><table><tbody>{rows}</tbody><tfoot><tr class="order-total"><th colspan="4">Total</th><td>€{}</td></tr></tfoot></table><button>Update basket</button> <a href="/checkout/">Proceed to checkout</a></form>"#,
        price::written(till.total(basket), 2, ",", ".")
    );
    page(till, basket, ask, "Basket", false, &main)
}

fn review(till: &Till, basket: &Basket) -> String {
    let rows = basket.lines.iter().fold(String::new(), |mut out, (choice, quantity)| {
        let (offer, total) = (till.offer(*choice), till.line_total(*choice, *quantity));
        let total = price::written(total, 2, ",", ".");
        let _ = write!(
            out,
            "<tr><td>{} {} <strong>× {quantity}</strong></td><td>€{total}</td></tr>",
            offer.name, offer.option
        );
        out
    });
    let total = price::written(till.total(basket), 2, ",", ".");
    format!(r#"<table class="review">{rows}<tr class="order-total"><th>Total</th><td>€{total}</td></tr></table>"#)
}

fn checkout(till: &Till, basket: &Basket) -> String {
    format!(
        r#"<h1>Checkout</h1><form class="checkout-form" action="/checkout/" method="post">
<p><label for="billing_last_name">Last name</label><input id="billing_last_name" name="billing_last_name"></p>
<p><label for="billing_email">Email address</label><input type="email" id="billing_email" name="billing_email" autocomplete="section-billing billing email"></p>
{}<button>Place order</button></form>"#,
        review(till, basket)
    )
}
