//! Rows about other people's carts: orders, numbers, wishes, erasures, and who displaces whom.
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::field::{Field, Person, Shop};
use crate::fixtures::line;

/// A cart as its owner fills it, and another one that can be told from it.
fn pot() -> [Value; 1] {
    [line("heron-teapot", "Ink", 1, 7200)]
}

fn tea() -> [Value; 1] {
    [line("garden-tea", "", 1, 980)]
}

/// A page of `person` says that somebody ordered.
async fn page_order(person: &Person<'_>, number: &str, names: &[(&str, &str)]) -> Result<()> {
    let mut event = person.visitor.event(8, &tea());
    event["order"] = json!({ "id": number, "total": 980, "currency": "EUR" });
    for (name, value) in names {
        event[name] = json!(value);
    }
    person.say(&event).await?;
    Ok(())
}

/// Whether a cart is still open and nobody's exclusion stands in it.
async fn is_open(shop: &Shop<'_>, person: &Person<'_>) -> Result<bool> {
    Ok(shop.cart(person, "state IN (0, 1) AND exclusion IS NULL").await? == json!(1))
}

/// Row 5: a page's order with somebody's address and customer id, and posts with the address.
pub(super) async fn page_orders(field: &Field) -> Result<String> {
    let shop = field.shop("05").await?;
    shop.order("900", &json!({ "email": "somebody@five-else.example.com" })).await?;
    let ordered = shop.arrive("192.5.1.1", 1).await?;
    ordered.leave(&pot(), "ordered@five.example.com").await?;
    let named = shop.arrive("192.5.2.1", 2).await?;
    let mut event = named.visitor.identified(1, &pot(), "named@five.example.com");
    event["customer"] = json!("c-5");
    named.say(&event).await?;
    let repeated = shop.arrive("192.5.3.1", 3).await?;
    repeated.leave(&pot(), "repeated@five.example.com").await?;

    page_order(&shop.stranger("203.5.1.1", 100), "1", &[("email", "ordered@five.example.com")]).await?;
    page_order(&shop.stranger("203.5.1.1", 101), "2", &[("customer", "c-5")]).await?;
    for number in 110..116 {
        let stranger = shop.stranger("203.5.1.1", number);
        stranger.say(&stranger.visitor.identified(1, &tea(), "repeated@five.example.com")).await?;
    }
    field.remind().await?;
    for (what, person) in [("ordered", &ordered), ("named", &named), ("repeated", &repeated)] {
        ensure!(is_open(&shop, person).await?, "the cart of {what} is closed");
        let reason = shop.reminder(person, "reason").await?.unwrap_or_default();
        ensure!(
            reason != json!("ordered") && reason != json!("excluded"),
            "the reminder of {what} was stopped: {reason}"
        );
    }
    // Of carts that nothing proves the newest with the address is mailed, whoever filled it.
    let mailed = field.mailed("five.example.com").await?;
    ensure!(mailed.contains("repeated@five.example.com"), "{mailed:?}");
    let held = shop.reminder(&ordered, "reason").await?.unwrap_or_default();
    Ok(format!("carts stay open; the claimed order holds a mail ({held}); six posts with an address discard nothing"))
}

/// Row 6: page orders with numbers that do not exist yet; then the server tells one of them.
pub(super) async fn numbers(field: &Field) -> Result<String> {
    let shop = field.shop("06").await?;
    let stranger = shop.arrive("203.6.1.1", 100).await?;
    for number in 2_001..=2_003 {
        page_order(&stranger, &number.to_string(), &[]).await?;
    }
    let buyer = shop.arrive("192.6.1.1", 1).await?;
    let mut event = buyer.visitor.event(1, &pot());
    event["snapshot"]["token"] = json!("checkout-6");
    buyer.say(&event).await?;
    shop.order("2001", &json!({ "checkout_token": "checkout-6" })).await?;
    let booked = "iif(state = 2, order_number || ' ' || order_total || ' ' || order_confirmed, '')";
    let (of_buyer, of_stranger) = (shop.cart(&buyer, booked).await?, shop.cart(&stranger, "order_number").await?);
    ensure!(of_buyer == json!("2001 1200 1") && of_stranger != json!("2001"), "{of_buyer}, {of_stranger}");
    Ok(format!("the server's 2001 stands on the buyer's cart ({of_buyer}), not on the stranger's"))
}

/// Row 19: a stranger's *express* for somebody who refused, and a stranger's *denied* for somebody who agreed.
pub(super) async fn wishes(field: &Field) -> Result<String> {
    let shop = field.shop("19").await?;
    let refused = shop.arrive("192.19.1.1", 1).await?;
    let mut event = refused.visitor.identified(1, &pot(), "refused@nineteen.example.com");
    event["consent"]["mail"] = json!("denied");
    refused.say(&event).await?;
    let agreed = shop.arrive("192.19.2.1", 2).await?;
    agreed.leave(&pot(), "agreed@nineteen.example.com").await?;

    let stranger = shop.stranger("203.19.1.1", 100);
    stranger.say(&stranger.visitor.identified(1, &tea(), "refused@nineteen.example.com")).await?;
    let stranger = shop.stranger("203.19.1.1", 101);
    let mut event = stranger.visitor.identified(1, &tea(), "agreed@nineteen.example.com");
    event["consent"]["mail"] = json!("denied");
    stranger.say(&event).await?;
    event["id"] = json!("event00002");
    event["seq"] = json!(2);
    event["consent"] = json!({ "tracking": "denied", "mail": "denied" });
    stranger.say(&event).await?;
    // Nobody refuses for a visitor either that is only known by name.
    let by_name = shop.stranger("203.19.1.1", 2);
    let mut event = by_name.visitor.event(9, &[]);
    event["consent"] = json!({ "tracking": "denied", "mail": "denied" });
    by_name.say(&event).await?;
    field.remind().await?;
    let mailed: Vec<String> = field.mailed("nineteen.example.com").await?.into_iter().collect();
    ensure!(mailed == ["agreed@nineteen.example.com"], "{mailed:?}");
    Ok(format!("mailed: {mailed:?}"))
}

/// Row 23: strangers' newer carts with the address of a verified customer.
pub(super) async fn displacement(field: &Field) -> Result<String> {
    let shop = field.shop("23").await?;
    let customer = shop.arrive("192.23.1.1", 1).await?;
    customer.leave_as_customer(&pot(), "c-23", "customer@twenty-three.example.com").await?;
    for number in 100..125 {
        let stranger = shop.arrive("203.23.1.1", number).await?;
        let mut event = stranger.visitor.identified(1, &tea(), "customer@twenty-three.example.com");
        event["customer"] = json!("c-23");
        stranger.say(&event).await?;
    }
    field.remind().await?;
    let superseded = shop.cart(&customer, "superseded_by").await?;
    let state = shop.reminder(&customer, "state").await?;
    ensure!(superseded == Value::Null && state == Some(json!(3)), "superseded by {superseded}, state {state:?}");
    let listed = field.value("SELECT carts FROM contact WHERE site = 'z23'").await?;
    ensure!(listed.to_string().contains(&customer.visitor.id), "its contact forgot the customer's cart: {listed}");
    let mails = field.mails("twenty-three.example.com").await?;
    let is_of_customer = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains("Heron teapot"));
    ensure!(mails.iter().any(|mail| is_of_customer(&mail.text)), "no mail about the customer's cart");
    Ok(format!(
        "25 newer carts of strangers: the customer's own is mailed; {} mails to the address in all",
        mails.len()
    ))
}

/// Row 15: an address is erased, of a visitor who had mistyped it, had another one, and a bought cart.
pub(super) async fn erasure(field: &Field) -> Result<String> {
    let stack = &field.stack;
    let visitor = crate::fixtures::Visitor::arrive(stack, 15).await?;
    let client = stack.client.from_network("192.15.1.1");
    let say = async |cart: u32, seq: usize, address: &str, order: bool| {
        let mut event = visitor.identified(seq, &pot(), address);
        event["cart"] = json!(cart);
        event["customer"] = json!("customer-fifteen");
        event["snapshot"]["token"] = json!(format!("token-fifteen-{cart}"));
        if order {
            event["order"] = json!({ "id": "15", "total": 7_200, "currency": "EUR" });
        }
        client.collect(&event).await?.expect_status(200)
    };
    say(1, 1, "ada@fifteen.example.com", false).await?;
    say(1, 2, "ada@fifteen.example.com", true).await?;
    say(2, 1, "ada-at-work@fifteen.example.com", false).await?;
    say(3, 1, "adda@fifteen.example.com", false).await?;
    say(3, 2, "ada@fifteen.example.com", false).await?;
    let settings = stack.owner.page("/settings").await?.body;
    let (_, token) = settings.split_once("name=\"csrf\" value=\"").context("no form on the page")?;
    let token = token.split('"').next().unwrap_or_default();
    let form = [("csrf", token), ("address", "ada@fifteen.example.com")];
    stack.owner.form("/erase", &form).await?.expect_status(303)?;
    let mut left = Vec::new();
    for row in field.rows(include_str!("personal.sql")).await? {
        let text = json!(row).to_string();
        left.extend(["@fifteen", "customer-fifteen", "token-fifteen"].into_iter().filter(|word| text.contains(word)));
    }
    ensure!(left.is_empty(), "after the erasure: {left:?}");
    let lines = field
        .value(&format!(
            "SELECT group_concat(lines) FROM cart WHERE site = '{}' AND id LIKE '{}.%'",
            stack.site.id, visitor.id
        ))
        .await?;
    ensure!(lines == json!("[],[],[]"), "lines are left: {lines}");
    Ok("three carts, three addresses, customer and tokens: nothing is left in any table".to_owned())
}
