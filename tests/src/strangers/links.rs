//! Rows about what a mail and its link show and permit.
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::field::{Field, Person, Shop};
use crate::fixtures::line;
use crate::mailbox::Mail;

const SCAM: &str = "Your card was charged EUR 499, call +1 555 0100";
const CHECKOUT: &str = "checkout-token-of-the-shop";

/// The one mail to a host, and the token of its link.
async fn mail_and_token(field: &Field, host: &str) -> Result<(Mail, String)> {
    let mails = field.mails(host).await?;
    ensure!(mails.len() == 1, "{} mails to {host}", mails.len());
    let mail = mails.into_iter().next().context("no mail")?;
    let link = mail.link(&format!("{}/r/", field.stack.worker.origin)).context("no link in the mail")?;
    let token = link.rsplit('/').next().unwrap_or_default().to_owned();
    Ok((mail, token))
}

async fn restored(shop: &Shop<'_>, person: &Person<'_>, token: &str) -> Result<String> {
    let site = person.visitor.event(1, &[])["site"].clone();
    let answer = shop.field.stack.client.restore(&json!({ "site": site, "token": token })).await?.expect_status(200)?;
    Ok(answer.body)
}

/// Row 8: whoever has the mail and knows the visitor's id sees nothing of the shop's own tokens and changes nothing.
pub(super) async fn visitor(field: &Field) -> Result<String> {
    let shop = field.shop("08").await?;
    let shopper = shop.arrive("192.8.1.1", 8_888).await?;
    let lines = [line("heron-teapot", "Ink", 1, 7200)];
    let mut event = shopper.visitor.identified(1, &lines, "shopper@eight.example.com");
    event["snapshot"]["token"] = json!(CHECKOUT);
    shopper.say(&event).await?;
    field.remind().await?;
    let (mail, token) = mail_and_token(field, "eight.example.com").await?;
    let answer = restored(&shop, &shopper, &token).await?;
    let shown = format!("{:?} {:?} {:?} {token} {answer}", mail.text, mail.html, mail.headers);
    ensure!(!shown.contains(&shopper.visitor.id) && !answer.contains(CHECKOUT), "{answer}");

    let all = "SELECT json_group_array(version || lines || state || items || coalesce(mailbox_hash, '')) FROM cart WHERE site = 'z08'";
    let before = field.value(all).await?;
    // A session minted for the visitor's name proves nothing; neither does none.
    for thief in [shop.arrive("203.8.1.1", 8_888).await?, shop.stranger("203.8.1.1", 8_888)] {
        for (cart, seq) in [(1, u32::MAX), (1, 7), (2, 1)] {
            let mut theft =
                thief.visitor.identified(9, &[line("garden-tea", "", 3, 980)], "thief@eight-thief.example.com");
            (theft["cart"], theft["seq"]) = (json!(cart), json!(seq));
            thief.say(&theft).await?;
        }
        let mut wipe = thief.visitor.event(10, &[]);
        wipe["consent"] = json!({ "tracking": "denied", "mail": "denied" });
        thief.say(&wipe).await?;
    }
    let after = field.value(all).await?;
    ensure!(after == before, "before {before}, after {after}");
    // The honest browser goes on, also behind a number far ahead of its own.
    let mut far = shopper.visitor.event(2, &[line("heron-teapot", "Ink", 2, 7200)]);
    far["seq"] = json!(u32::MAX);
    shopper.say(&far).await?;
    shopper.say(&shopper.visitor.event(3, &[line("heron-teapot", "Ink", 5, 7200)])).await?;
    let items = shop.cart(&shopper, "items").await?;
    ensure!(items == json!(5), "{items} items");
    Ok("14 thefts with the visitor's id and the mail change nothing; the answer has neither the shop's token nor the id".to_owned())
}

/// Row 9: names, addresses and pictures of lines as a stranger wrote them.
pub(super) async fn words(field: &Field) -> Result<String> {
    let shop = field.shop("09").await?;
    let person = shop.arrive("192.9.1.1", 1).await?;
    let scam = |product: &str, variant: &str| {
        json!({ "product": product, "variant": variant, "name": SCAM, "quantity": 2, "price": 49_900,
            "url": "https://evil.example/pay", "image": "https://evil.example/scam.png" })
    };
    person.leave(&[scam("heron-teapot", "Ink"), scam("unknown-thing", "")], "shopper@nine.example.com").await?;
    field.remind().await?;
    let (mail, token) = mail_and_token(field, "nine.example.com").await?;
    let answer = restored(&shop, &person, &token).await?;
    let shown = format!("{} {:?} {:?} {answer}", mail.subject, mail.text, mail.html);
    ensure!(!shown.contains("charged") && !shown.contains("evil.example"), "{shown}");
    let read: Value = serde_json::from_str(&answer)?;
    let lines = &read["cart"]["lines"];
    ensure!(lines[0]["name"].as_str().is_some_and(|name| name.starts_with("Heron teapot")), "{lines}");
    ensure!(lines[1].get("name").is_none(), "{lines}");
    Ok(format!("mail and notice say {} and nothing of the other line", lines[0]["name"]))
}

/// Row 20: a cart of 1,000,002 pieces.
pub(super) async fn count(field: &Field) -> Result<String> {
    let shop = field.shop("20").await?;
    let person = shop.arrive("192.20.1.1", 1).await?;
    // A line has a million pieces at most.
    let lines = [line("heron-teapot", "Ink", 1_000_000, 72), line("garden-tea", "", 2, 980)];
    person.leave(&lines, "shopper@twenty.example.com").await?;
    field.remind().await?;
    let (mail, _) = mail_and_token(field, "twenty.example.com").await?;
    let says = |text: &str| ["1000002", "1,000,002", "1.000.002"].iter().any(|number| text.contains(number));
    for text in [Some(&mail.subject), mail.text.as_ref(), mail.html.as_ref()].into_iter().flatten() {
        ensure!(!says(text), "{text}");
    }
    Ok(format!("the subject is \"{}\"", mail.subject))
}
