//! The shop of crowded pages: many elements around its basket look like lines of a cart and are not.
//!
//! The header lists only what was put in last. Each line is a region that calls itself a basket's, its first link removes it
//! and carries its place as an id, its quantity is a list, its old price stands beside the new one. Wrapping, delivery,
//! what was saved for later and what the shop proposes have amounts and quantities too. The checkout begins with a log-in
//! that lets go on as a guest, and repeats the basket by names and sums alone.
use std::fmt::Write as _;

use super::ask::{Ask, Reply};
use super::till::{Offer, plain_total};
use super::{Act, Basket, Choice, Shop, Till, Ways, price};

const PAGE: &str = include_str!("../../shops/crowded-page/page.html");

const BOWL: Offer = Offer {
    product: "miska",
    variant: "",
    sku: "",
    handle: "miska",
    name: "Miska z jesionu",
    option: "",
    price: 3990,
    names: &["Miska z jesionu", "/produkt/miska"],
};

const SWEATER_M: Offer = Offer {
    product: "sweter",
    variant: "sweter-m",
    sku: "",
    handle: "sweter",
    name: "Sweter z wełny",
    option: "M",
    price: 124_950,
    names: &["Sweter z wełny", "/produkt/sweter"],
};

pub(super) const SHOP: Shop = Shop {
    name: "crowded-page",
    till: Till {
        currency: "PLN",
        offers: [BOWL, SWEATER_M, Offer { variant: "sweter-l", option: "L", price: 130_050, ..SWEATER_M }],
        line_total: plain_total,
    },
    answer,
    ways: Ways {
        add: &[Act::Visit("/produkt/miska"), Act::Click("button[value='0']"), Act::See(".dodano")],
        add_variant: &[Act::Visit("/produkt/sweter"), Act::Click("button[value='1']"), Act::See(".dodano")],
        add_sister: &[Act::Visit("/produkt/sweter"), Act::Click("button[value='2']"), Act::See(".dodano")],
        change: &[
            Act::Visit("/koszyk"),
            Act::Choose("#ile-0", "3"),
            Act::Click("button[name=przelicz]"),
            Act::See("#ile-0 option[value='3'][selected]"),
        ],
        remove: &[Act::Visit("/koszyk"), Act::Click("#line-1 a[data-id]")],
        checkout: &[Act::Visit("/koszyk"), Act::Click("a.dalej"), Act::See("#id_username")],
        email: "#id_username",
        order: &[Act::Click("button.dalej"), Act::Fill("#imie", "Ada"), Act::Click("button.place")],
        number: ".numer",
    },
};

fn answer(till: &Till, basket: &mut Basket, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.split('/').filter(|part| !part.is_empty()).collect();
    let choice = |text: &str| text.parse().ok().filter(|place| *place < 3).map(Choice);
    match parts.as_slice() {
        [] => page(
            till,
            basket,
            ask,
            "Wszystko",
            r#"<a href="/produkt/miska">Miska</a> <a href="/produkt/sweter">Sweter</a>"#,
        ),
        ["produkt", handle] => product(till, basket, ask, handle),
        ["koszyk", "dodaj"] => {
            let Some(choice) = choice(ask.field("co")) else { return Reply::missing() };
            basket.add(choice, 1);
            Reply::redirect(303, &format!("/produkt/{}?dodano=1", till.offer(choice).handle))
        }
        ["koszyk", "usun", line] => {
            let Some((choice, _)) = line.parse().ok().and_then(|line: usize| basket.lines.get(line).copied()) else {
                return Reply::missing();
            };
            basket.set(choice, 0);
            Reply::redirect(302, "/koszyk")
        }
        ["koszyk"] if ask.is_post() => {
            for (place, (choice, _)) in basket.lines.clone().into_iter().enumerate() {
                basket.set(choice, ask.pieces(&format!("form-{place}-ile")));
            }
            Reply::redirect(303, "/koszyk")
        }
        ["koszyk"] => page(till, basket, ask, "Koszyk", &contents(till, basket)),
        ["zamowienie"] => page(till, basket, ask, "Zamówienie", &format!("{GATEWAY}{}", summary(till, basket))),
        ["zamowienie", "dane"] => {
            ask.field("username").clone_into(&mut basket.email);
            page(till, basket, ask, "Dane", &format!("{ADDRESS}{}", summary(till, basket)))
        }
        ["zamowienie", "gotowe"] => {
            basket.order(till, "77120");
            page(
                till,
                basket,
                ask,
                "Dziękujemy",
                r#"<h1>Dziękujemy!</h1><p>Numer zamówienia: <b class="numer">77120</b></p>"#,
            )
        }
        _ => Reply::missing(),
    }
}

const GATEWAY: &str = r#"<h1>Kim jesteś?</h1><form action="/zamowienie/dane" method="post">
<label for="id_username">Mój adres e-mail</label><input id="id_username" name="username" type="email">
<label><input type="radio" name="options" value="existing"> Mam konto, hasło: <input type="password" name="password"></label>
<label><input type="radio" name="options" value="anonymous" checked> Kupuję jako gość</label>
<button class="dalej">Dalej</button></form>"#;

const ADDRESS: &str = r#"<h1>Dostawa</h1><form action="/zamowienie/gotowe" method="post">
<label for="imie">Imię</label><input id="imie" name="first_name"><button class="place">Zamawiam</button></form>"#;

fn zloty(minor: i64) -> String {
    format!("{}\u{a0}zł", price::written(minor, 2, "\u{a0}", ","))
}

fn page(till: &Till, basket: &Basket, ask: &Ask, title: &str, main: &str) -> Reply {
    // The line that was put in last, beside how many pieces there are in all.
    let last = basket.lines.last().map_or(String::new(), |(choice, quantity)| {
        let offer = till.offer(*choice);
        format!(
            r#"<ul><li><a href="/produkt/{}">{}</a> <small>{}</small> {quantity} × {}</li></ul><p>Razem: {}</p>"#,
            offer.handle,
            offer.name,
            offer.option,
            zloty(offer.price),
            zloty(till.total(basket))
        )
    });
    let pieces = basket.pieces();
    let mini = format!(r#"<div class="koszyk-mini"><a href="/koszyk">Koszyk</a> <b>{pieces} szt.</b>{last}</div>"#);
    Reply::page(ask, PAGE, &[("{{title}}", title), ("{{mini}}", &mini), ("{{main}}", main)])
}

fn product(till: &Till, basket: &Basket, ask: &Ask, handle: &str) -> Reply {
    let offers = till.on_page(handle);
    let Some((_, first)) = offers.first() else { return Reply::missing() };
    let added = if ask.field("dodano").is_empty() { "" } else { r#"<p class="dodano">Dodano.</p>"# };
    let mut main = format!("<h1>{}</h1>{added}<form action=\"/koszyk/dodaj\" method=\"post\">", first.name);
    for (choice, offer) in &offers {
        let _ = write!(
            main,
            r#"<p>{} <del>{}</del> {} <button name="co" value="{}">Do koszyka</button></p>"#,
            offer.option,
            zloty(offer.price + 1000),
            zloty(offer.price),
            choice.0
        );
    }
    main.push_str("</form>");
    page(till, basket, ask, first.name, &main)
}

fn contents(till: &Till, basket: &Basket) -> String {
    if basket.lines.is_empty() {
        return "<h1>Koszyk</h1><p>Twój koszyk jest pusty.</p>".to_owned();
    }
    let mut main = r#"<h1>Koszyk</h1><form method="post">"#.to_owned();
    for (place, (choice, quantity)) in basket.lines.iter().enumerate() {
        let offer = till.offer(*choice);
        let list = (1..=9)
            .map(|count| {
                let selected = if count == *quantity { " selected" } else { "" };
                format!(r#"<option value="{count}"{selected}>{count}</option>"#)
            })
            .collect::<Vec<_>>()
            .concat();
        let query = if offer.option.is_empty() { String::new() } else { format!("?rozmiar={}", offer.option) };
        let _ = write!(
            main,
            r#"<div class="basket-items"><div id="line-{place}"><div><input type="hidden" name="form-{place}-id" value="{place}"><a href="/koszyk/usun/{place}" data-id="{place}">Usuń</a></div>
<div><a href="/produkt/{handle}{query}"><img alt=""></a><h3><a href="/produkt/{handle}{query}">{}</a></h3><small>{}</small></div>
<div><select id="ile-{place}" name="form-{place}-ile">{list}</select></div>
<div><span class="line-through">{}</span> <p>{}</p></div><div><p>{}</p></div></div></div>"#,
            offer.name,
            offer.option,
            zloty(offer.price + 1000),
            zloty(offer.price),
            zloty(till.line_total(*choice, *quantity)),
            handle = offer.handle,
        );
    }
    let total = till.total(basket);
    let _ = write!(
        main,
        r#"<button name="przelicz" value="1">Przelicz</button></form>
<div class="extra"><label><input type="checkbox"> Opakowanie na prezent</label> 9,90 zł</div><div class="delivery">Dostawa: 0,00 zł</div>
<p class="razem">Razem: <strong>{}</strong> <small>(w tym VAT {})</small></p><a class="dalej" href="/zamowienie">Dalej</a>
<section class="saved-for-later"><h2>Na później</h2><div><a href="/produkt/kubek">Kubek</a> 1 × 25,00 zł</div></section>"#,
        zloty(total),
        zloty(total * 23 / 123)
    );
    main
}

/// The basket beside the checkout's forms.
fn summary(till: &Till, basket: &Basket) -> String {
    let mut rows = String::new();
    for (choice, quantity) in &basket.lines {
        let offer = till.offer(*choice);
        let sum = zloty(till.line_total(*choice, *quantity));
        let _ = write!(rows, "<tr><td>{quantity}x {} {}</td><td>{sum}</td></tr>", offer.name, offer.option);
    }
    format!(
        r#"<table class="order-summary">{rows}<tr><th>Razem</th><td>{}</td></tr></table>"#,
        zloty(till.total(basket))
    )
}
