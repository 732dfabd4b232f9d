//! The shop of web components: its cart exists in an open shadow root only, and its addresses have no words.
//!
//! The bag is drawn after the page, from an answer that is no list of lines; it shows bare numbers, names without links and
//! the sum of each line, in crowns that three countries have. A sign is drawn anew ten times a second. Adding what
//! needs a choice is answered with 200 and changes nothing; the address leaves in a batch once its field is left.
use serde_json::json;

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/web-components/page.html");
const SCRIPT: &str = include_str!("../../shops/web-components/app.js");

const ROPE: Offer = Offer {
    product: "Tågvirke",
    variant: "",
    sku: "",
    handle: "1",
    name: "Tågvirke",
    option: "",
    price: 39_900,
    names: &["/s/1/1"],
};

const COAT_M: Offer = Offer {
    product: "Oljerock",
    variant: "rock-m",
    sku: "",
    handle: "2",
    name: "Oljerock",
    option: "M",
    price: 124_950,
    names: &["/s/1/2"],
};

pub(super) const SHOP: Shop = Shop {
    name: "web-components",
    till: Till {
        currency: "SEK",
        offers: [ROPE, COAT_M, Offer { variant: "rock-l", option: "L", price: 130_050, ..COAT_M }],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[
            Act::Visit("/s/1/1"),
            Act::See("body[data-pieces='0']"),
            Act::Click("button[data-add='0']"),
            Act::See("body[data-pieces='1']"),
        ],
        add_variant: &[
            Act::Visit("/s/1/2"),
            Act::See("body[data-pieces='1']"),
            Act::Click("button[data-add='9']"),
            Act::Click("button[data-add='1']"),
            Act::See("body[data-pieces='2']"),
        ],
        add_sister: &[Act::Click("button[data-add='2']"), Act::See("body[data-pieces='3']")],
        change: &[
            Act::Visit("/s/12/c"),
            Act::Choose("#antal-0", "3"),
            Act::Click("button.spara"),
            Act::See("body[data-pieces='5']"),
        ],
        remove: &[Act::Choose("#antal-1", "0"), Act::Click("button.spara"), Act::See("body[data-pieces='4']")],
        checkout: &[Act::Visit("/s/12/p"), Act::See("#post"), Act::See("body[data-pieces]")],
        email: "#post",
        // The bag is drawn after the page.
        order: &[
            Act::Fill("#namn", "Ada Lovelace"),
            Act::Click("button.betala"),
            Act::See("main .nummer"),
            Act::See("body[data-pieces]"),
        ],
        number: ".nummer",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    match ask.path.as_str() {
        "/s/app.js" => Reply::script(SCRIPT),
        "/" => page(ask, r#"<a href="/s/1/1">Tågvirke</a> <a href="/s/1/2">Oljerock</a>"#),
        "/s/12/b" => bag(till, basket, ask),
        "/s/12/batch" => Reply::json(&json!({ "results": [{ "ok": true }] })).with_status(207),
        "/s/12/c" => cart(till, basket, ask),
        "/s/12/p" => page(ask, CHECKOUT),
        "/s/12/t" => {
            ask.field("post").clone_into(&mut basket.email);
            basket.order(till, "8812");
            page(ask, r#"<h1>Tack för din beställning!</h1><p>Ordernummer: <b class="nummer">8812</b></p>"#)
        }
        path => product(till, ask, path.strip_prefix("/s/1/").unwrap_or_default()),
    }
}

const CHECKOUT: &str = r#"<h1>Till betalning</h1><form action="/s/12/t" method="post">
<label for="namn">Namn</label><input id="namn" name="name">
<label for="post">E-postadress</label><input type="text" id="post" name="post">
<button class="betala">Betala</button></form>"#;

fn page(ask: &Ask, main: &str) -> Reply {
    Reply::page(ask, PAGE, &[("{{main}}", main)])
}

fn kronor(minor: i64) -> String {
    format!("{}\u{a0}kr", price::written(minor, 2, "\u{a0}", ","))
}

fn product(till: &Till, ask: &Ask, handle: &str) -> Reply {
    let offers = till.on_page(handle);
    let Some((_, first)) = offers.first() else { return Reply::missing() };
    let without_choice = if first.option.is_empty() { "" } else { r#"<button data-add="9">Lägg i varukorg</button>"# };
    let buttons = offers.iter().map(|(choice, offer)| {
        format!(
            r#"<p>{} {} <button data-add="{}">Lägg i varukorg</button></p>"#,
            offer.option,
            kronor(offer.price),
            choice.0
        )
    });
    page(ask, &format!("<h1>{}</h1>{without_choice}{}", first.name, buttons.collect::<String>()))
}

/// The bag as its component reads it, after a change where one was asked for.
fn bag(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    if ask.is_post() {
        let Some(choice) = ask.field("nr").parse().ok().filter(|place| *place < 3).map(Choice) else {
            return Reply::json(&json!({ "error": "Välj storlek" }));
        };
        match ask.field("to").parse::<u32>() {
            Ok(count) if !ask.field("to").starts_with('+') => basket.set(choice, count),
            _ => basket.add(choice, 1),
        }
    }
    let row = |(choice, quantity): &(Choice, u32)| {
        let offer = till.offer(*choice);
        json!([choice.0, quantity, offer.name, offer.option, kronor(till.line_total(*choice, *quantity))])
    };
    let rows: Vec<_> = basket.lines.iter().map(row).collect();
    Reply::json(&json!({ "rows": rows, "sum": kronor(till.total(basket)), "pieces": basket.pieces() }))
}

/// The page of the cart: a table by forms, at an address that does not say so.
fn cart(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    if ask.is_post() {
        for (choice, _) in basket.lines.clone() {
            basket.set(choice, ask.pieces(&format!("antal-{}", choice.0)));
        }
        return Reply::redirect(303, "/s/12/c");
    }
    let row = |(choice, quantity): &(Choice, u32)| {
        let offer = till.offer(*choice);
        let list = (0..=9)
            .map(|count| {
                let selected = if count == *quantity { " selected" } else { "" };
                format!(r#"<option value="{count}"{selected}>{count}</option>"#)
            })
            .collect::<Vec<_>>()
            .concat();
        format!(
            r#"<tr><td>{}</td><td><em>{}</em></td><td><select id="antal-{place}" name="antal-{place}">{list}</select></td><td>{}</td><td>{}</td></tr>"#,
            offer.name,
            offer.option,
            kronor(offer.price),
            kronor(till.line_total(*choice, *quantity)),
            place = choice.0,
        )
    };
    let rows: String = basket.lines.iter().map(row).collect();
    let total = kronor(till.total(basket));
    page(
        ask,
        &format!(
            r#"<h1>Varukorg</h1><form method="post"><table>{rows}</table><p>Summa: {total}</p><button class="spara">Spara</button></form><a href="/s/12/p">Till kassan</a>"#
        ),
    )
}
