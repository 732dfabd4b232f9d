//! Rows about the right to mail: how many strangers a network and a site reach, and who is mailed whatever strangers do.
use anyhow::{Context, Result, ensure};
use cartwake_shared::identifier::{CartId, IdentifierError, ReminderId, SiteId, StepId, VisitorId};
use cartwake_shared::share;
use cartwake_shared::time::Timestamp;
use cartwake_shared::token::{self, Session};
use serde_json::{Value, json};

use super::field::{Field, Person, Shop, pour_all};
use crate::fixtures::line;
use crate::stack::WEBHOOK_SECRET;
use crate::wait;

const DAY_MS: i64 = 86_400_000;
/// A delay that nobody minds, in milliseconds.
const DELAY_MS: i64 = 10 * 60_000;

fn tea() -> [Value; 1] {
    [line("garden-tea", "", 1, 980)]
}

fn network_places() -> usize {
    usize::try_from(share::NETWORK.of_site).unwrap_or_default()
}

/// Row 1: 220 carts of 20 visitors from one network, all with the session of one of them, then with sessions of their own.
pub(super) async fn one_network(field: &Field) -> Result<String> {
    let shop = field.shop("01").await?;
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(shop.arrive(&format!("198.51.1.{number}"), 100 + number).await?);
    }
    let stamp = token_of(&people[0]);
    let posts = (0..220_usize).map(|number| {
        let person = &people[number % 20];
        let mut event = person.visitor.identified(1, &tea(), &format!("victim{number}@one.example.com"));
        event["cart"] = json!(number / 20 + 1);
        if number % 2 == 0 {
            event["session"] = json!(stamp);
        }
        (person.client.clone(), event)
    });
    pour_all(posts.collect()).await?;
    let ticks = field.remind().await?;
    let mailed = field.mailed("one.example.com").await?;
    ensure!(mailed.len() == network_places(), "{mailed:?}");
    Ok(format!(
        "220 posts of one network: {} strangers mailed, {} allowed, {ticks} ticks",
        mailed.len(),
        network_places()
    ))
}

/// Row 1: as many networks as reach more than the share of a young site.
pub(super) async fn many_networks(field: &Field) -> Result<String> {
    let shop = field.shop("01many").await?;
    let networks = 14;
    let posts = (0..networks * 7).map(|number| {
        let person = shop.stranger(&format!("203.1.{}.{number}", number % networks), number);
        let event = person.visitor.identified(1, &tea(), &format!("victim{number}@many.example.com"));
        (person.client, event)
    });
    pour_all(posts.collect()).await?;
    field.remind().await?;
    let mailed = field.mailed("many.example.com").await?.len();
    let (of_network, of_site) = (network_places(), usize::try_from(share::SITE_AT_LEAST)?);
    let allowed = of_site.min(usize::try_from(networks)? * of_network);
    ensure!(mailed == allowed, "{mailed} mailed, {allowed} allowed");
    Ok(format!(
        "{networks} networks, {} posts: {mailed} strangers mailed; allowed min({of_site}, {networks} × {of_network})",
        networks * 7
    ))
}

/// Row 2: a session of 20,000 days ago, of another visitor, of another site. Moves the clock by a day.
pub(super) async fn old_sessions(field: &Field) -> Result<String> {
    let (shop, other) = (field.shop("02").await?, field.shop("02other").await?);
    let minted = Timestamp::from_millis(wait::now_ms() - 20_000 * DAY_MS);
    let fresh = shop.arrive("203.2.1.1", 1).await?;
    fresh.leave(&tea(), "fresh@two.example.com").await?;
    let shown = token_of(&fresh);
    let read = Session::read(&field.keys, &shown).context("a session of our own")?;
    let old = shop.stranger("203.2.2.1", 2);
    let elsewhere = other.arrive("203.2.3.1", 3).await?;
    let third = shop.stranger("203.2.3.1", 3);
    let visitor = VisitorId::parse(&old.visitor.id).map_err(|error| anyhow::anyhow!("{error}"))?;
    let aged = Session { minted, visitor, ..read }.to_token(&field.keys);
    for (person, session, address) in
        [(&old, aged, "old@two.example.com"), (&third, token_of(&elsewhere), "elsewhere@two.example.com")]
    {
        let mut event = person.visitor.identified(1, &tea(), address);
        event["session"] = json!(session);
        person.say(&event).await?;
        ensure!(shop.cart(person, "session_minted").await? == Value::Null, "{address}: the session counts as current");
    }
    ensure!(shop.cart(&third, "session").await? == Value::Null, "a session of another site proves the visitor");
    // Places decide, not tokens: the network of the old session reaches no more strangers than any other.
    for number in 10..20 {
        let person = shop.stranger("203.2.2.1", number);
        let mut event = person.visitor.identified(1, &tea(), &format!("victim{number}@two-more.example.com"));
        event["session"] = json!(shown);
        person.say(&event).await?;
    }
    field.remind().await?;
    let more = field.mailed("two-more.example.com").await?.len() + 1;
    ensure!(more == network_places(), "{more} strangers of one network were mailed");
    field.tick_from(wait::now_ms() + DAY_MS + DELAY_MS).await?;
    let mut mails = Vec::new();
    for name in ["fresh", "old", "elsewhere"] {
        let to = format!("{name}@two.example.com");
        mails.push(field.mails("two.example.com").await?.into_iter().filter(|mail| mail.to.contains(&to)).count());
    }
    ensure!(mails == [2, 1, 1], "mails by session (current, old, of another site): {mails:?}");
    Ok(format!(
        "mails after a day with a current session 2, with an old one 1, with another site's 1; {more} strangers of the network"
    ))
}

/// Row 3: the signature of an own customer beside other people's addresses, and with another address put into it.
pub(super) async fn own_signature(field: &Field) -> Result<String> {
    let shop = field.shop("03").await?;
    let signed = shop.sign("c-own", "own@three-own.example.com");
    for number in 0..20 {
        let person = shop.arrive("203.3.1.1", number).await?;
        let address = format!("victim{number}@three.example.com");
        let mut event = person.visitor.identified(1, &tea(), &address);
        event["customer"] = json!("c-own");
        event["signed"] = signed.clone();
        if number % 2 == 1 {
            event["signed"]["email"] = json!(address);
        }
        person.say(&event).await?;
    }
    field.remind().await?;
    let proven = field
        .value(
            &include_str!("proven_others.sql").replace(":site", "'z03'").replace(":own", "'own@three-own.example.com'"),
        )
        .await?;
    let mailed = field.mailed("three.example.com").await?.len();
    ensure!(proven == json!(0) && mailed <= network_places(), "{proven} proven, {mailed} mailed");
    Ok(format!(
        "20 others' addresses beside an own signature: {proven} verified, {mailed} mailed (5 are the network's places)"
    ))
}

/// People of each trust who come while strangers do their worst: the shop's customer, its buyer, a first contact elsewhere.
struct Honest<'shop> {
    customer: Person<'shop>,
    buyer: Person<'shop>,
    first: Person<'shop>,
}

impl<'shop> Honest<'shop> {
    /// They leave carts; the addresses are of that host.
    async fn leave(shop: &'shop Shop<'shop>, row: &str, number: u64, host: &str) -> Result<Self> {
        let customer = shop.arrive(&format!("192.{row}.1.1"), number).await?;
        customer.leave_as_customer(&tea(), &format!("c-{number}"), &format!("customer@{host}")).await?;
        shop.order(&format!("b-{number}"), &json!({ "email": format!("buyer@{host}") })).await?;
        // The order was told a month ago.
        let month_ago = include_str!("month_ago.sql").replace(":site", &format!("'{}'", shop.id));
        shop.field.stack.worker.explorer.write(&month_ago).await?;
        let buyer = shop.arrive(&format!("192.{row}.2.1"), number + 1).await?;
        buyer.leave(&tea(), &format!("buyer@{host}")).await?;
        let first = shop.arrive(&format!("192.{row}.3.1"), number + 2).await?;
        first.leave(&tea(), &format!("first@{host}")).await?;
        Ok(Self { customer, buyer, first })
    }
}

/// How many milliseconds after its time, or after the trigger came, the first reminder about a cart left.
async fn delay(shop: &Shop<'_>, person: &Person<'_>) -> Result<i64> {
    let began = shop.field.began_at();
    let late = shop.reminder(person, &format!("iif(state = 3, ended_at - max(scheduled, {began}), NULL)")).await?;
    late.as_ref().and_then(Value::as_i64).with_context(|| format!("not mailed: {late:?}"))
}

/// Row 4: anonymous posts with made-up addresses from a few networks, and with them people of every trust.
pub(super) async fn flood(field: &Field) -> Result<String> {
    let shop = field.shop("04").await?;
    let posts = (0..66).map(|number| {
        let person = shop.stranger(&format!("203.4.{}.1", number % 3), number);
        let event = person.visitor.identified(1, &tea(), &format!("made-up{number}@four.example.com"));
        (person.client, event)
    });
    pour_all(posts.collect()).await?;
    let honest = Honest::leave(&shop, "4", 100, "honest-four.example.com").await?;
    field.remind().await?;
    let flood = field.mailed("four.example.com").await?.len();
    let mut delays = Vec::new();
    for person in [&honest.customer, &honest.buyer, &honest.first] {
        delays.push(delay(&shop, person).await?);
    }
    ensure!(delays.iter().all(|delay| *delay <= DELAY_MS), "{delays:?} ms");
    ensure!(flood == 3 * network_places(), "{flood} of the flood were mailed");
    let said = field.stack.client.open("/health").await?.body;
    ensure!(!said.contains("breaker"), "{said}");
    let minutes: Vec<i64> = delays.iter().map(|delay| delay / 60_000).collect();
    Ok(format!("66 posts of 3 networks: {flood} mailed; customer, buyer, first contact mailed after {minutes:?} min"))
}

/// Row 24: the server tells of a checkout that is not paid, with an address that anybody typed there; the cart itself is vouched for
/// under another address.
pub(super) async fn relayed(field: &Field) -> Result<String> {
    let shop = field.shop("24").await?;
    // The network's places are used up, so that only a proof would get through.
    for number in 0..5 {
        shop.arrive("203.24.1.1", number)
            .await?
            .leave(&tea(), &format!("filler{number}@twenty-four-more.example.com"))
            .await?;
    }
    let typed = shop.arrive("203.24.1.1", 10).await?;
    let mut event = typed.visitor.identified(1, &tea(), "typed@twenty-four.example.com");
    event["snapshot"]["token"] = json!("checkout-24");
    typed.say(&event).await?;
    let pending =
        json!({ "status": "pending", "checkout_token": "checkout-24", "email": "typed@twenty-four.example.com" });
    shop.order("p-24", &pending).await?;
    shop.order("p-24", &json!({ "status": "failed", "checkout_token": "checkout-24" })).await?;
    // A signed customer whose page says another address afterwards.
    let customer = shop.arrive("203.24.1.1", 11).await?;
    customer.leave_as_customer(&tea(), "c-24", "own@twenty-four-own.example.com").await?;
    let mut retyped = customer.visitor.identified(2, &tea(), "retyped@twenty-four.example.com");
    retyped["customer"] = json!("c-24");
    customer.say(&retyped).await?;
    field.remind().await?;
    // The customer's signature gives its network more places, so the address typed over it may have one.
    let mailed = field.mailed("twenty-four.example.com").await?;
    ensure!(!mailed.contains("typed@twenty-four.example.com"), "{mailed:?}");
    let trust = shop.reminder(&customer, "coalesce(trust, 0)").await?;
    ensure!(trust.as_ref().and_then(Value::as_i64).is_some_and(|trust| trust <= 1), "granted {trust:?}");
    for person in [&typed, &customer] {
        let proof = shop.cart(person, "proof").await?;
        ensure!(proof.as_i64().is_some_and(|proof| proof < 3), "proof {proof}");
    }
    Ok("a relayed checkout and an address typed over a signed one: neither is verified, 0 mailed beyond the network's places".to_owned())
}

/// Row 25: five made-up addresses bounce, three own mailboxes press *spam*.
pub(super) async fn bounces(field: &Field) -> Result<String> {
    let shop = field.shop("25").await?;
    let mut strangers = Vec::new();
    for number in 0..8 {
        let person = shop.arrive(&format!("203.25.{}.1", number / 4), number).await?;
        person.leave(&tea(), &format!("stranger{number}@twenty-five.example.com")).await?;
        strangers.push(person);
    }
    field.remind().await?;
    ensure!(field.mailed("twenty-five.example.com").await?.len() == 8, "not all of the strangers were mailed");
    for (number, person) in strangers.iter().enumerate() {
        let reference = reference(field, &shop, person).await?;
        let kind = if number < 5 { "email.bounced" } else { "email.complained" };
        let event = json!({ "type": kind, "data": { "email_id": format!("m{number}"), "bounce": { "type": "Permanent" },
            "tags": { "kind": "cart_reminder", "reference": reference } } });
        let answer = field.stack.client.signed("/v1/provider-events/resend", &shop.id, WEBHOOK_SECRET, &event).await?;
        answer.expect_status(200)?;
    }
    let tripped = field.rows("SELECT audience FROM breaker WHERE site = 'z25'").await?;
    ensure!(tripped.len() == 1, "tripped breakers: {tripped:?}");
    let honest = Honest::leave(&shop, "25", 100, "honest-twenty-five.example.com").await?;
    field.remind().await?;
    let delays = [delay(&shop, &honest.customer).await?, delay(&shop, &honest.buyer).await?];
    ensure!(delays.iter().all(|delay| *delay <= DELAY_MS), "{delays:?} ms");
    let first = shop.reminder(&honest.first, "reason").await?;
    ensure!(first == Some(json!("breaker")), "a first contact meanwhile: {first:?}");
    Ok("5 bounces and 3 complaints of first contacts: customer and buyer mailed in time, a first contact waits for the breaker".to_owned())
}

/// The name by which the provider's events tell of the first reminder about a cart.
async fn reference(field: &Field, shop: &Shop<'_>, person: &Person<'_>) -> Result<String> {
    let wrong = |error: IdentifierError| anyhow::anyhow!("{error}");
    let step = shop.reminder(person, "step").await?.context("no reminder")?;
    let reminder = ReminderId {
        site: SiteId::parse(&shop.id).map_err(wrong)?,
        cart: CartId::parse(&format!("{}.1", person.visitor.id)).map_err(wrong)?,
        cycle: 1,
        step: StepId::parse(step.as_str().unwrap_or_default()).map_err(wrong)?,
    };
    Ok(token::reference(&field.keys, &reminder))
}

/// The session that a browser keeps.
fn token_of(person: &Person<'_>) -> String {
    person.visitor.event(1, &[])["session"].as_str().unwrap_or_default().to_owned()
}
