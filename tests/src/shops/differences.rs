//! The shop of differences: its requests change quantities by one, and its JSON is labelled as HTML.
//!
//! Tax is rounded per line, so two pieces at 22.94 cost 45.89. An object of the page keeps the cart. The checkout has
//! two e-mail fields of one id: the guest's, and the hidden log-in's; every footer has a third.
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ask::{Ask, Reply};
use super::till::Offer;
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/differences/page.html");
const SCRIPT: &str = include_str!("../../shops/differences/core.js");

const POSTER: Offer = Offer {
    product: "6",
    variant: "",
    sku: "demo_11",
    handle: "6-poster",
    name: "Harbour poster",
    option: "",
    price: 2294,
    names: &["6-0"],
};

const TEE_S: Offer = Offer {
    product: "1",
    variant: "8",
    sku: "demo_1_S",
    handle: "1-tee",
    name: "Kestrel tee",
    option: "S",
    price: 1777,
    names: &["1-8"],
};

pub(super) const SHOP: Shop = Shop {
    name: "differences",
    till: Till {
        currency: "GBP",
        offers: [POSTER, TEE_S, Offer { variant: "9", sku: "demo_1_M", option: "M", names: &["1-9"], ..TEE_S }],
        line_total: taxed,
    },
    answer,
    ways: Ways {
        add: &[
            Act::Visit("/6-poster.html"),
            Act::Click("[data-button-action=add-to-cart]"),
            Act::See("body[data-pieces='1']"),
        ],
        add_variant: &[
            Act::Visit("/1-tee.html"),
            Act::Choose("#group_1", "8"),
            Act::Click("[data-button-action=add-to-cart]"),
            Act::See("body[data-pieces='2']"),
        ],
        add_sister: &[
            Act::Choose("#group_1", "9"),
            Act::Click("[data-button-action=add-to-cart]"),
            Act::See("body[data-pieces='3']"),
        ],
        change: &[
            Act::Visit("/cart?action=show"),
            Act::Click(".step[data-op=up][data-product='6']"),
            Act::See(".cart-item[data-quantity='2']"),
            Act::Click(".step[data-op=up][data-product='6']"),
            Act::See("body[data-pieces='5']"),
        ],
        remove: &[Act::Click(".remove-from-cart[data-id-product-attribute='8']"), Act::See("body[data-pieces='4']")],
        checkout: &[Act::Visit("/order"), Act::See("#customer-form")],
        email: "#customer-form #field-email",
        order: &[
            Act::Fill("#field-lastname", "Lovelace"),
            Act::Click("#customer-form button"),
            Act::Click("#payment-confirmation button"),
        ],
        number: "#order-details .reference",
    },
};

/// The net price has a thousandth more than the page shows; the line is rounded once, with its tax.
fn taxed(offer: &Offer, quantity: u32) -> i64 {
    let thousandths = (offer.price * 10 + 4) * i64::from(quantity);
    (thousandths + 5) / 10
}

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let controller = ask.field("controller");
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match (parts.as_slice(), controller) {
        (["themes", "core.js"], _) => Reply::script(SCRIPT),
        (["index.php"], "ajax") => labelled(&json!({ "preview": block(basket), "modal": null })),
        (["index.php"], "cart") if ask.field("action") == "refresh" => {
            labelled(&json!({ "cart_detailed": overview(till, basket), "cart_summary_top": "", "errors": "" }))
        }
        (["index.php"], "cart") => change(till, basket, ask),
        (["index.php"], "order-confirmation") => {
            let main = r#"<h3>Your order is confirmed</h3><div id="order-details"><p>Order reference: <span class="reference">XKBKNABJK</span></p></div>"#;
            page(till, basket, ask, "order-confirmation", "Order confirmation", main)
        }
        ([], _) => page(till, basket, ask, "index", "Kestrel Prints", r#"<a href="/6-poster.html">Harbour poster</a>"#),
        (["cart"], _) => {
            let main = format!(
                r#"<h1>Shopping Cart</h1>{}<a href="/order" class="btn">Proceed to checkout</a>"#,
                overview(till, basket)
            );
            page(till, basket, ask, "cart", "Cart", &main)
        }
        (["order"], _) => order(till, basket, ask),
        ([file], _) => product(till, basket, ask, file.trim_end_matches(".html")),
        _ => Reply::missing(),
    }
}

/// JSON as this shop labels it.
fn labelled(value: &Value) -> Reply {
    Reply::new("text/html; charset=utf-8", value.to_string())
}

fn page(till: &Till, basket: &Basket, ask: &Ask, kind: &str, title: &str, main: &str) -> Reply {
    let state = json!({
        "cart": cart(till, basket),
        "currency": { "name": "British Pound", "iso_code": "GBP", "sign": "£" },
        "customer": { "email": null, "is_logged": false },
        "urls": { "pages": { "cart": "/cart", "order": "/order" } },
        "page": { "page_name": kind },
    });
    let count = basket.pieces().to_string();
    let places = [
        ("{{title}}", title),
        ("{{head}}", ""),
        ("{{page}}", kind),
        ("{{state}}", &state.to_string()),
        ("{{count}}", &count),
        ("{{main}}", main),
    ];
    Reply::page(ask, PAGE, &places)
}

fn block(basket: &Basket) -> String {
    format!(r#"<div class="blockcart">Cart <span class="cart-products-count">({})</span></div>"#, basket.pieces())
}

fn pounds(minor: i64) -> String {
    format!("£{}", price::written(minor, 2, ",", "."))
}

fn amount(minor: i64) -> Value {
    serde_json::from_str(&price::plain(minor)).unwrap_or_default()
}

fn cart(till: &Till, basket: &Basket) -> Value {
    let product = |(choice, quantity): &(Choice, u32)| {
        let Offer { product, variant, sku, handle, name, option, price, .. } = till.offer(*choice);
        let attributes = if option.is_empty() { json!([]) } else { json!({ "Size": option }) };
        let total = till.line_total(*choice, *quantity);
        json!({
            "id_product": product,
            "id_product_attribute": if variant.is_empty() { "0" } else { variant },
            "id_customization": 0,
            "reference": sku,
            "name": name,
            "attributes": attributes,
            "quantity": quantity,
            "cart_quantity": quantity.to_string(),
            "quantity_available": 297,
            "price": pounds(*price),
            "price_amount": amount(*price),
            "price_wt": amount(*price),
            "total": pounds(total),
            "total_wt": amount(total),
            "url": format!("/{handle}.html{}", if option.is_empty() { String::new() } else { format!("#/1-size-{}", option.to_lowercase()) }),
        })
    };
    let total = till.total(basket);
    json!({
        "products": basket.lines.iter().map(product).collect::<Vec<_>>(),
        "totals": { "total": { "type": "total", "label": "Total", "amount": amount(total), "value": pounds(total) } },
        "subtotals": { "products": { "type": "products", "label": "Subtotal", "amount": amount(total), "value": pounds(total) } },
        "products_count": basket.pieces(),
        "minimalPurchase": 0,
        "vouchers": { "allowed": 0, "added": [] },
    })
}

/// Adds, or makes it one more or one fewer, or removes; the answer has the cart in it.
fn change(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let group = ask.field("group[1]");
    let attribute = if group.is_empty() { ask.field("id_product_attribute") } else { group };
    let name = if attribute.is_empty() || attribute == "0" { ask.field("id_product") } else { attribute };
    let Some(choice) = till.choice(name) else {
        return labelled(&json!({ "hasError": true, "errors": ["The product is no longer available."] }));
    };
    let pieces = ask.pieces("qty");
    if !ask.field("delete").is_empty() {
        basket.set(choice, 0);
    } else if ask.field("op") == "down" {
        basket.set(choice, basket.pieces_of(choice).saturating_sub(pieces));
    } else {
        basket.add(choice, pieces);
    }
    labelled(&json!({
        "success": true,
        "id_product": till.offer(choice).product,
        "id_product_attribute": till.offer(choice).variant,
        "quantity": basket.pieces_of(choice),
        "cart": cart(till, basket),
        "errors": "",
    }))
}

fn product(till: &Till, basket: &Basket, ask: &Ask, handle: &str) -> Reply {
    let offers = till.on_page(handle);
    let Some((_, first)) = offers.first() else { return Reply::missing() };
    let group = if first.variant.is_empty() {
        String::new()
    } else {
        let options = offers.iter().fold(String::new(), |mut out, (_, offer)| {
            let _ = write!(out, r#"<option value="{}">{}</option>"#, offer.variant, offer.option);
            out
        });
        format!(r#"<select id="group_1" name="group[1]">{options}</select>"#)
    };
    let details = json!({ "id_product": first.product, "id_product_attribute": first.variant, "name": first.name, "price_amount": amount(first.price), "quantity": 300 });
    let main = format!(
        r#"<h1>{}</h1><span class="current-price">{}</span>
<form action="/cart" method="post" id="add-to-cart-or-refresh"><input type="hidden" name="token" value="c0ffee"><input type="hidden" name="id_product" value="{}"><input type="hidden" name="id_customization" value="0">{group}
<input type="number" name="qty" value="1"><button class="add-to-cart" data-button-action="add-to-cart" type="submit">Add to cart</button></form>
<div id="product-details" data-product="{}"></div>"#,
        first.name,
        pounds(first.price),
        first.product,
        super::ask::escaped(&details.to_string())
    );
    page(till, basket, ask, "product", first.name, &main)
}

fn overview(till: &Till, basket: &Basket) -> String {
    if basket.lines.is_empty() {
        return r#"<div class="cart-overview"><span class="no-items">There are no more items in your cart</span></div>"#.to_owned();
    }
    let mut items = String::new();
    for (choice, quantity) in &basket.lines {
        let Offer { product, variant, handle, name, option, price, .. } = till.offer(*choice);
        let attribute = if variant.is_empty() { "0" } else { variant };
        let line = format!(
            "/index.php?controller=cart&amp;id_product={product}&amp;id_product_attribute={attribute}&amp;token=c0ffee"
        );
        let _ = write!(
            items,
            r#"<li class="cart-item" data-quantity="{quantity}"><a href="/{handle}.html">{name}</a> <span>Size: {option}</span> <span class="price">{}</span>
<input class="js-cart-line-product-quantity" type="number" value="{quantity}" data-product-id="{product}" data-update-url="{line}&amp;update=1" name="product-quantity-spin" aria-label="Quantity">
<button type="button" class="step" data-op="up" data-product="{product}" data-update-url="{line}&amp;update=1">+</button><button type="button" class="step" data-op="down" data-product="{product}" data-update-url="{line}&amp;update=1">−</button>
<span class="product-price"><strong>{}</strong></span> <a class="remove-from-cart" rel="nofollow" href="{line}&amp;delete=1" data-id-product="{product}" data-id-product-attribute="{attribute}">delete</a></li>"#,
            pounds(*price),
            pounds(till.line_total(*choice, *quantity))
        );
    }
    format!(
        r#"<div class="cart-overview"><ul class="cart-items">{items}</ul><div class="cart-total"><span class="label">Total (tax incl.)</span> <span class="value">{}</span></div></div>"#,
        pounds(till.total(basket))
    )
}

/// The guest's form beside the hidden log-in; then payment; then the confirmation.
fn order(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    if ask.is_post() && !ask.field("confirm").is_empty() {
        basket.order(till, "XKBKNABJK");
        return Reply::redirect(302, "/index.php?controller=order-confirmation&id_cart=7&id_order=6&key=ae1");
    }
    let step = if ask.is_post() {
        ask.field("email").clone_into(&mut basket.email);
        r#"<form id="payment-confirmation" action="/order" method="post"><input type="hidden" name="confirm" value="1"><button>Place order</button></form>"#
    } else {
        r##"<ul class="nav"><li><a href="#checkout-guest-form">Order as a guest</a></li><li><a href="#checkout-login-form">Sign in</a></li></ul>
<div id="checkout-guest-form"><form id="customer-form" action="/order" method="post">
<label for="field-firstname">First name</label><input id="field-firstname" name="firstname">
<label for="field-lastname">Last name</label><input id="field-lastname" name="lastname">
<label for="field-email">Email</label><input id="field-email" name="email" type="email" value="">
<button type="submit" name="continue">Continue</button></form></div>
<div id="checkout-login-form" hidden><form id="login-form" action="/order" method="post">
<label for="field-email">Email</label><input id="field-email" name="email" type="email" value="" autocomplete="email">
<label for="field-password">Password</label><input id="field-password" name="password" type="password" autocomplete="current-password"><button>Continue</button></form></div>"##
    };
    let main = format!(
        r#"<h1>Personal Information</h1>{step}<div class="cart-summary"><span>Total</span> <span class="value">{}</span></div>"#,
        pounds(till.total(basket))
    );
    page(till, basket, ask, "checkout", "Checkout", &main)
}
