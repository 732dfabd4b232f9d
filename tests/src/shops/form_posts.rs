//! The shop of forms and full reloads: its answers are HTML, and its only script is one line at the list of variants.
//!
//! Adding is a POST to the product's own page, where the button carries the product; the answer is that page again. The
//! cart page is a table whose lines are removed by links; the checkout has three pages, the address on the first.
use std::fmt::Write as _;

use serde_json::json;

use super::ask::{Ask, Reply, escaped};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/form-posts/page.html");

pub(super) const MUG: Offer = Offer {
    product: "10",
    variant: "",
    sku: "BECHER-01",
    handle: "becher",
    name: "Steinzeugbecher",
    option: "",
    price: 3990,
    names: &[],
};

pub(super) const SHIRT_M: Offer = Offer {
    product: "13",
    variant: "15",
    sku: "KITTEL-M",
    handle: "kittel",
    name: "Leinenkittel",
    option: "M",
    price: 4900,
    names: &[],
};

pub(super) const SHOP: Shop = Shop {
    name: "form-posts",
    till: Till {
        currency: "EUR",
        offers: [MUG, SHIRT_M, Offer { variant: "16", sku: "KITTEL-L", option: "L", price: 5150, ..SHIRT_M }],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[Act::Visit("/produkt/becher/"), Act::Click("button[name=add-to-cart]"), Act::See(".message")],
        add_variant: &[
            Act::Visit("/produkt/kittel/"),
            Act::Choose("#groesse", "M"),
            Act::Click(".single_add_to_cart_button"),
            Act::See(".message"),
        ],
        add_sister: &[
            Act::Visit("/produkt/kittel/"),
            Act::Choose("#groesse", "L"),
            Act::Click(".single_add_to_cart_button"),
            Act::See(".message"),
        ],
        change: &[
            Act::Visit("/warenkorb/"),
            Act::Fill("input[name='cart[k0][qty]']", "3"),
            Act::Click("button[name=update_cart]"),
            Act::See(".message"),
        ],
        remove: &[Act::Visit("/warenkorb/"), Act::Click("a.remove[data-product_sku='KITTEL-M']"), Act::See(".message")],
        checkout: &[Act::Visit("/warenkorb/"), Act::Click("a.checkout-button"), Act::See("#billing_email")],
        email: "#billing_email",
        order: &[
            Act::Fill("#billing_first_name", "Ada"),
            Act::Click("button.continue"),
            Act::Fill("#billing_city", "Berlin"),
            Act::Click("button.continue"),
            Act::Click("#place_order"),
        ],
        number: ".order-number strong",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => page(ask, basket, "home", "Alle Waren", "", &list(till)),
        ["produkt", handle] => product(till, basket, ask, handle),
        ["warenkorb"] => cart(till, basket, ask),
        ["kasse"] | ["kasse", "anschrift" | "zahlung"] => checkout(till, basket, ask, parts.last().unwrap_or(&"")),
        ["kasse", "bestellung-erhalten", number] => received(basket, ask, number),
        _ => Reply::missing(),
    }
}

fn page(ask: &Ask, basket: &Basket, class: &str, title: &str, head: &str, main: &str) -> Reply {
    let count = basket.pieces().to_string();
    let places =
        [("{{title}}", title), ("{{head}}", head), ("{{class}}", class), ("{{count}}", &count), ("{{main}}", main)];
    Reply::page(ask, PAGE, &places)
}

fn list(till: &Till) -> String {
    let item = |offer: &Offer| {
        let Offer { handle, name, price, .. } = offer;
        format!(
            r#"<li class="product"><a href="/produkt/{handle}/">{name} <span>{}</span></a></li>"#,
            price::euro(*price)
        )
    };
    format!("<ul>{}{}</ul>", item(&till.offers[0]), item(&till.offers[1]))
}

/// The product's page, which is also where its form is sent.
fn product(till: &Till, basket: &mut Basket, ask: &Ask, handle: &str) -> Reply {
    let offers = till.on_page(handle);
    let Some((_, first)) = offers.first() else { return Reply::missing() };
    let mut message = String::new();
    if ask.is_post() {
        let chosen = if first.variant.is_empty() { ask.field("add-to-cart") } else { ask.field("variation_id") };
        let Some(choice) = till.choice(chosen) else { return Reply::missing().with_status(400) };
        basket.add(choice, ask.pieces("quantity"));
        message = format!(
            r#"<p class="message" role="alert">„{}“ liegt im Warenkorb. <a href="/warenkorb/">Warenkorb ansehen</a></p>"#,
            first.name
        );
    }
    let head = json!({
        "@context": "https://schema.org/",
        "@type": "Product",
        "name": first.name,
        "sku": first.sku,
        "offers": [{ "@type": "Offer", "priceSpecification": [{ "price": price::plain(first.price), "priceCurrency": till.currency }] }],
    });
    let (list, button) = if first.variant.is_empty() {
        let button =
            format!(r#"<button type="submit" name="add-to-cart" value="{}">In den Warenkorb</button>"#, first.product);
        (String::new(), button)
    } else {
        let options = offers.iter().fold(String::new(), |mut out, (_, offer)| {
            let _ = write!(out, r#"<option value="{0}" data-id="{1}">{0}</option>"#, offer.option, offer.variant);
            out
        });
        let list = format!(
            r#"<select id="groesse" name="attribute_groesse" onchange="form.variation_id.value = selectedOptions[0].dataset.id || 0"><option value="">Größe wählen</option>{options}</select>
  <input type="hidden" name="add-to-cart" value="{0}"><input type="hidden" name="product_id" value="{0}"><input type="hidden" name="variation_id" value="0">"#,
            first.product
        );
        (list, r#"<button type="submit" class="single_add_to_cart_button">In den Warenkorb</button>"#.to_owned())
    };
    let main = format!(
        r#"{message}<h1>{}</h1><p class="price">{}</p>
<form class="cart" action="{}" method="post" enctype="multipart/form-data">
  {list}<input type="number" name="quantity" value="1" min="1">{button}
</form>"#,
        first.name,
        price::euro(first.price),
        ask.path
    );
    page(
        ask,
        basket,
        "single-product",
        first.name,
        &format!(r#"<script type="application/ld+json">{head}</script>"#),
        &main,
    )
}

fn cart(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let key = |name: &str| name.strip_prefix('k').and_then(|place| place.parse().ok()).map(Choice);
    let removed = ask.field("remove_item");
    if !removed.is_empty() {
        if let Some(choice) = key(removed) {
            basket.set(choice, 0);
        }
        return Reply::redirect(302, "/warenkorb/?removed_item=1");
    }
    let mut message = if ask.field("removed_item").is_empty() { "" } else { "Entfernt." };
    if ask.is_post() {
        for (name, quantity) in &ask.form {
            let line = name.strip_prefix("cart[").and_then(|rest| rest.strip_suffix("][qty]")).and_then(key);
            if let Some((choice, quantity)) = line.zip(quantity.parse().ok()) {
                basket.set(choice, quantity);
            }
        }
        message = "Der Warenkorb ist aktualisiert.";
    }
    let message =
        if message.is_empty() { String::new() } else { format!(r#"<p class="message" role="alert">{message}</p>"#) };
    if basket.lines.is_empty() {
        let main = format!(r#"{message}<p class="cart-empty">Ihr Warenkorb ist derzeit leer.</p>"#);
        return page(ask, basket, "cart-page", "Warenkorb", "", &main);
    }
    let main = format!(
        r#"{message}<h1>Warenkorb</h1>
<form action="/warenkorb/" method="post">
<table class="cart"><thead><tr><th></th><th>Produkt</th><th>Preis</th><th>Anzahl</th><th>Zwischensumme</th></tr></thead><tbody>
{}</tbody></table>
<button type="submit" name="update_cart" value="1">Warenkorb aktualisieren</button>
</form>
<table class="totals"><tr class="order-total"><th>Gesamtsumme</th><td><strong>{}</strong></td></tr></table>
<a class="checkout-button" href="/kasse/">Weiter zur Kasse</a>"#,
        rows(till, basket),
        price::euro(till.total(basket))
    );
    page(ask, basket, "cart-page", "Warenkorb", "", &main)
}

fn rows(till: &Till, basket: &Basket) -> String {
    let mut out = String::new();
    for (choice, quantity) in &basket.lines {
        let Offer { product, sku, handle, name, option, price, .. } = till.offer(*choice);
        let key = format!("k{}", choice.0);
        let (title, query) = match *option {
            "" => ((*name).to_owned(), String::new()),
            option => (format!("{name} - {option}"), format!("?attribute_groesse={option}")),
        };
        let _ = writeln!(
            out,
            r#"<tr class="cart_item"><td><a href="/warenkorb/?remove_item={key}&amp;_nonce=5f2a" class="remove" aria-label="{title} entfernen" data-product_id="{product}" data-product_sku="{sku}">×</a></td>
<td class="product-name"><a href="/produkt/{handle}/{query}">{title}</a></td>
<td class="product-price">{}</td>
<td><input type="number" class="qty" name="cart[{key}][qty]" value="{quantity}" min="0"></td>
<td class="product-subtotal">{}</td></tr>"#,
            price::euro(*price),
            price::euro(till.line_total(*choice, *quantity))
        );
    }
    out
}

/// Three pages, each a form that is sent to the next.
fn checkout(till: &Till, basket: &mut Basket, ask: &Ask, step: &str) -> Reply {
    if !ask.field("billing_email").is_empty() {
        ask.field("billing_email").clone_into(&mut basket.email);
    }
    if ask.is_post() && !ask.field("place_order").is_empty() {
        basket.order(till, "1001");
        return Reply::redirect(303, "/kasse/bestellung-erhalten/1001/?key=wk_8c1f");
    }
    let (next, fields) = match step {
        "kasse" => (
            "/kasse/anschrift/",
            r#"<p><label for="billing_first_name">Vorname</label><input id="billing_first_name" name="billing_first_name" autocomplete="given-name"></p>
<p><label for="billing_email">E-Mail-Adresse</label><input type="email" id="billing_email" name="billing_email" autocomplete="section-billing billing email" required></p>
<button class="continue">Weiter</button>"#,
        ),
        "anschrift" => (
            "/kasse/zahlung/",
            r#"<p><label for="billing_city">Ort</label><input id="billing_city" name="billing_city" autocomplete="address-level2"></p>
<button class="continue">Weiter</button>"#,
        ),
        _ => (
            "/kasse/zahlung/",
            r#"<p>Vorkasse</p><button id="place_order" name="place_order" value="1">Zahlungspflichtig bestellen</button>"#,
        ),
    };
    let summary = basket.lines.iter().fold(String::new(), |mut out, (choice, quantity)| {
        let offer = till.offer(*choice);
        let total = price::euro(till.line_total(*choice, *quantity));
        let _ = write!(out, r"<tr><td>{} {} × {quantity}</td><td>{total}</td></tr>", offer.name, offer.option);
        out
    });
    let main = format!(
        r#"<h1>Kasse</h1><form class="checkout" action="{next}" method="post">{fields}</form>
<table class="review">{summary}<tr class="order-total"><th>Gesamtsumme</th><td>{}</td></tr></table>"#,
        price::euro(till.total(basket))
    );
    page(ask, basket, "checkout", "Kasse", "", &main)
}

fn received(basket: &Basket, ask: &Ask, number: &str) -> Reply {
    let Some((known, total)) = &basket.order else { return Reply::missing() };
    if known != number {
        return Reply::missing();
    }
    let main = format!(
        r#"<h1>Bestellung erhalten</h1><p>Vielen Dank. Ihre Bestellung ist eingegangen.</p>
<ul class="order-overview"><li class="order-number">Bestellnummer: <strong>{number}</strong></li><li>E-Mail: <strong>{}</strong></li><li>Gesamtsumme: <strong>{}</strong></li></ul>"#,
        escaped(&basket.email),
        price::euro(*total)
    );
    page(ask, basket, "order-received", "Bestellung erhalten", "", &main)
}
