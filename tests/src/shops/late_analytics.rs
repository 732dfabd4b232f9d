//! The shop with late analytics: it reports an added product one page later, as a difference, in gtag's arguments.
//!
//! Its pages work by forms alone. Two sisters spoil the analytics: one puts a new `dataLayer` in place of the old once
//! the page has loaded, in the other `dataLayer.push` throws.
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/late-analytics/page.html");

const TEA: Offer = Offer {
    product: "6",
    variant: "",
    sku: "",
    handle: "lemon-myrtle",
    name: "Lemon myrtle tea",
    option: "",
    price: 1450,
    names: &["Lemon myrtle tea", "/p/lemon-myrtle"],
};

const RUG_SAND: Offer = Offer {
    product: "1",
    variant: "1-1",
    sku: "",
    handle: "rug",
    name: "Coast rug",
    option: "Sand",
    price: 124_900,
    names: &["Coast rug", "/p/rug", "rug?v=1", "/p/rug?v=1"],
};

const RUG_CLAY: Offer =
    Offer { variant: "1-2", option: "Clay", names: &["Coast rug", "/p/rug", "rug?v=2", "/p/rug?v=2"], ..RUG_SAND };

pub(super) const LATE: Shop = Shop {
    name: "late-analytics",
    till: Till { currency: "AUD", offers: [TEA, RUG_SAND, RUG_CLAY], line_total: plain_total },
    answer: |till, basket, ask| answer(till, basket, ask, "window.dataLayer = window.dataLayer || [];", ""),
    ways: Ways {
        add: &[Act::Visit("/p/lemon-myrtle"), Act::Click("button.add"), Act::See(".added")],
        add_variant: &[Act::Visit("/p/rug"), Act::Choose("#colour", "1"), Act::Click("button.add"), Act::See(".added")],
        add_sister: &[Act::Visit("/p/rug"), Act::Choose("#colour", "2"), Act::Click("button.add"), Act::See(".added")],
        change: &[Act::Visit("/bag"), Act::Choose("#line-0 select", "3"), Act::Click("#line-0 .update")],
        remove: &[Act::Click("#line-1 .remove")],
        checkout: &[Act::Visit("/checkout"), Act::See("#customer_email")],
        email: "#customer_email",
        order: &[Act::Fill("#customer_name", "Ada"), Act::Click("form.details button")],
        number: ".order-ref",
    },
};

pub(super) const REDEFINED: Shop = Shop {
    name: "redefined-layer",
    answer: |till, basket, ask| {
        let after = "addEventListener('load', () => { window.dataLayer = [{ event: 'consent_ready' }]; dataLayer.push({ event: 'page_ready' }); });";
        answer(till, basket, ask, "window.dataLayer = window.dataLayer || [];", after)
    },
    ..LATE
};

pub(super) const THROWING: Shop = Shop {
    name: "throwing-layer",
    answer: |till, basket, ask| {
        answer(
            till,
            basket,
            ask,
            "window.dataLayer = []; dataLayer.push = function () { throw new Error('full'); };",
            "",
        )
    },
    ..LATE
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask, layer: &str, after: &str) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    let (title, main, event) = match parts.as_slice() {
        [] => ("Shop", r#"<a href="/p/lemon-myrtle">Tea</a> <a href="/p/rug">Rug</a>"#.to_owned(), None),
        ["p", handle] => {
            let Some(main) = product(till, ask, handle) else { return Reply::missing() };
            let viewed = till.on_page(handle).first().map(|(choice, _)| item(till, *choice, 1));
            ("Product", main, Some(event("view_item", till.currency, 0, &Vec::from_iter(viewed))))
        }
        ["bag"] if ask.is_post() => return change(till, basket, ask),
        ["bag"] => (
            "Your bag",
            bag(till, basket),
            Some(event("view_cart", till.currency, till.total(basket), &items(till, basket))),
        ),
        ["checkout"] if ask.is_post() => {
            ask.field("customer[email]").clone_into(&mut basket.email);
            basket.order(till, "GW-7001");
            return Reply::redirect(303, "/checkout/complete?ref=GW-7001");
        }
        ["checkout"] => (
            "Checkout",
            CHECKOUT.to_owned(),
            Some(event("begin_checkout", till.currency, till.total(basket), &items(till, basket))),
        ),
        ["checkout", "complete"] => {
            let Some((number, total)) = &basket.order else { return Reply::missing() };
            let main = format!(r#"<h1>Thank you for your order</h1><p>Order <b class="order-ref">{number}</b></p>"#);
            let parameters =
                json!({ "transaction_id": number, "currency": till.currency, "value": decimal(*total), "items": [] });
            ("Thank you", main, Some(format!("gtag('event', 'purchase', {parameters});")))
        }
        _ => return Reply::missing(),
    };
    let events = event.unwrap_or_default() + &due(basket);
    let places = [
        ("{{title}}", title),
        ("{{layer}}", layer),
        ("{{main}}", &main),
        ("{{events}}", &events),
        ("{{after}}", after),
    ];
    Reply::page(ask, PAGE, &places)
}

/// What an earlier page should have told; everything else moves one page nearer.
fn due(basket: &mut Basket) -> String {
    for (pages, _) in &mut basket.late {
        *pages -= 1;
    }
    let (now, later) = std::mem::take(&mut basket.late).into_iter().partition(|(pages, _)| *pages == 0);
    basket.late = later;
    let now: Vec<(u32, String)> = now;
    now.into_iter().map(|(_, event)| event).collect()
}

fn decimal(minor: i64) -> Value {
    serde_json::from_str(&price::plain(minor)).unwrap_or_default()
}

fn item(till: &Till, choice: Choice, quantity: u32) -> Value {
    let Offer { product, variant, name, option, price, .. } = till.offer(choice);
    // A text for a variant, a number without: as the plug-ins of such shops write it.
    let id = if variant.is_empty() { json!(product.parse::<u32>().unwrap_or_default()) } else { json!(variant) };
    json!({ "item_id": id, "item_name": name, "item_variant": option, "price": decimal(*price), "quantity": quantity })
}

fn items(till: &Till, basket: &Basket) -> Vec<Value> {
    basket.lines.iter().map(|(choice, quantity)| item(till, *choice, *quantity)).collect()
}

fn event(name: &str, currency: &str, value: i64, items: &[Value]) -> String {
    format!("gtag('event', '{name}', {});", json!({ "currency": currency, "value": decimal(value), "items": items }))
}

/// Puts in, sets or removes; what it was is told two page loads from here, so one later than it should be.
fn change(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let Some(choice) = ask.field("offer").parse().ok().filter(|place| *place < 3).map(Choice) else {
        return Reply::redirect(303, "/bag");
    };
    let before = basket.pieces_of(choice);
    match ask.field("do") {
        "add" => basket.add(choice, 1),
        "remove" => basket.set(choice, 0),
        _ => basket.set(choice, ask.pieces("pieces")),
    }
    let after = basket.pieces_of(choice);
    let name = if after < before { "remove_from_cart" } else { "add_to_cart" };
    let changed = item(till, choice, after.abs_diff(before));
    let value = i64::from(after.abs_diff(before)) * till.offer(choice).price;
    basket.late.push((2, event(name, till.currency, value, &[changed])));
    let to =
        if ask.field("do") == "add" { format!("/p/{}?added=1", till.offer(choice).handle) } else { "/bag".to_owned() };
    Reply::redirect(303, &to)
}

fn product(till: &Till, ask: &Ask, handle: &str) -> Option<String> {
    let offers = till.on_page(handle);
    let (place, first) = offers.first()?;
    let added = if ask.field("added").is_empty() { "" } else { r#"<p class="added">Added to your bag</p>"# };
    let field = if first.option.is_empty() {
        format!(r#"<input type="hidden" name="offer" value="{}">"#, place.0)
    } else {
        let options = offers.iter().fold(String::new(), |mut out, (choice, offer)| {
            let _ = write!(out, r#"<option value="{}">{}</option>"#, choice.0, offer.option);
            out
        });
        format!(r#"<select id="colour" name="offer">{options}</select>"#)
    };
    let price = price::written(first.price, 2, ",", ".");
    Some(format!(
        r#"{added}<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">{}</h1><div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="priceCurrency" content="AUD"><span itemprop="price" content="{}">A${price}</span></div></div>
<form action="/bag" method="post">{field}<input type="hidden" name="do" value="add"><button class="add">Add to bag</button></form>"#,
        first.name,
        price::plain(first.price)
    ))
}

fn bag(till: &Till, basket: &Basket) -> String {
    if basket.lines.is_empty() {
        return "<p>There is nothing in your bag.</p>".to_owned();
    }
    let mut out = "<h1>Your bag</h1>".to_owned();
    for (choice, quantity) in &basket.lines {
        let Offer { handle, name, option, price, variant, .. } = till.offer(*choice);
        let query = variant.split('-').nth(1).map_or(String::new(), |number| format!("?v={number}"));
        let options = (1..6).fold(String::new(), |mut out, pieces| {
            let selected = if pieces == *quantity { " selected" } else { "" };
            let _ = write!(out, r#"<option value="{pieces}"{selected}>{pieces}</option>"#);
            out
        });
        let _ = write!(
            out,
            r#"<form class="bag-line" id="line-{0}" action="/bag" method="post"><input type="hidden" name="offer" value="{0}"><a href="/p/{handle}{query}">{name}</a> <em>{option}</em> <span>A${1}</span>
<select name="pieces" aria-label="Quantity">{options}</select><button class="update" name="do" value="set">Update</button><button class="remove" name="do" value="remove">Remove</button> <span>A${2}</span></form>"#,
            choice.0,
            price::written(*price, 2, ",", "."),
            price::written(till.line_total(*choice, *quantity), 2, ",", ".")
        );
    }
    let total = price::written(till.total(basket), 2, ",", ".");
    let _ = write!(out, r#"<p class="total">Total A${total}</p><a href="/checkout">Check out</a>"#);
    out
}

const CHECKOUT: &str = r#"<h1>Checkout</h1><form class="details" action="/checkout" method="post">
<label>Name <input id="customer_name" name="customer[name]" autocomplete="name"></label>
<label>Email <input id="customer_email" name="customer[email]" type="email" autocomplete="username"></label>
<button>Place order</button></form>"#;
