//! `POST /v1/collect`: one event is folded into its cart; 2xx only after the commit.

use cartwake_shared::{
    cart::{self, Event, MailWish},
    identifier::CartId,
    lifecycle::CartState,
    order::{Order, OrderSource, OrderStatus},
    time::Timestamp,
    token::{self, LinkPurpose, Session},
    trust::{self, Trust},
    wire,
};
use serde::Serialize;

use crate::{
    base::{body::read_json, network::ip_prefix_hash},
    base::{
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Localisation as _, Ports, Store as _},
        site::{self, Site},
        store::{Statement, StoreError, Value, sql},
    },
    shop::{customer, order},
};

/// Takes one event:
/// (1) body and type, (2) site key without look-up, (3) origin, (4) parse and signature, (5) session, (6) refusal wipes,
/// (7) fold into the cart and commit, (8) an order the page reports, (9) answer.
pub async fn collect<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    // (1)
    let body: wire::Collect = read_json(request)?;
    // (2)
    let site = site::by_public_key(app, &body.site).await?;
    // (3) Requests without an origin come from servers and tests; a page always sends one with a POST.
    let origin = request.page_origin.as_deref().unwrap_or("");
    if !site.permits_origin(origin) {
        return Err(Error::ForeignOrigin);
    }
    // (4)
    let now = app.now();
    let (token, signature) = (body.session.clone(), body.signature.clone());
    let (mut event, mut ignored) = cart::parse(body, now)?;
    if let Some(signature) = signature {
        let customer = event.customer.as_deref().unwrap_or("");
        event.is_signed = customer::is_signed(&app.config.keys, &site, customer, &signature);
        if !event.is_signed {
            let message = "it is not that of this customer under the site's key".to_owned();
            ignored.push(wire::Ignored { field: "signature".to_owned(), message });
        }
    }
    if event.is_bot {
        // Nobody is behind it: its cart is kept, discarded, without anything that names a person or leads to one.
        event = Event { email: None, customer: None, is_signed: false, via: None, order: None, ..event };
    }
    // (5) A session of another browser or site proves nothing and is left out.
    let session = token
        .and_then(|token| Session::read(&app.config.keys, &token))
        .filter(|session| session.site == site.id && session.visitor == event.cart.visitor);
    // (6)
    if event.consent.as_ref().is_some_and(|consent| consent.tracking == Some(false)) {
        refuse(app, &site, &event, now).await?;
    } else {
        // (7)
        fold(app, &site, &event, session.as_ref(), request, now).await?;
    }
    // (8)
    if let Some(reported) = &event.order {
        let order = Order {
            number: reported.id.clone(),
            status: OrderStatus::Placed,
            source: OrderSource::Page,
            total: reported.total.or(event.snapshot.as_ref().map(|snapshot| snapshot.total)),
            cart: Some(event.cart.clone()),
            token: event.snapshot.as_ref().and_then(|snapshot| snapshot.token.clone()),
            customer: event.customer.clone(),
            email: event.email.clone(),
        };
        order::report(app, &site, &order, now).await?;
    }
    // (9)
    let answer = wire::Collected { ok: true, ignored };
    Ok(Response::json(200, json::text(&answer)))
}

async fn fold<P: Ports>(
    app: &App<P>,
    site: &Site,
    event: &Event,
    session: Option<&Session>,
    request: &Request,
    now: Timestamp,
) -> Result<(), Error> {
    let parameters = event_parameters(app, site, event, session, request, now);
    let about_contact = event.email.is_some() || event.consent.as_ref().is_some_and(|consent| consent.mail.is_some());
    let contact = || {
        let mailbox_hash = event.email.as_ref().map(|email| app.config.mailbox_key.hash(&email.mailbox()));
        sql::CONTACT_EVENT.with([
            site.id.as_str().into(),
            event.cart.to_string().into(),
            mailbox_hash.as_ref().map(cartwake_shared::key::MailboxHash::as_str).into(),
            event.email.as_ref().map(cartwake_shared::email::EmailAddress::as_str).into(),
            now.into(),
        ])
    };
    // The second time both are asked in one transaction: between two requests another event may have woken the cart, or
    // the planner may have put it to rest, and neither statement alone would take this one.
    for statements in [&[sql::CART_EVENT][..], &[sql::CART_RETURN, sql::CART_EVENT]] {
        let mut batch: Vec<Statement> =
            statements.iter().map(|sql| Statement { sql: *sql, parameters: parameters.clone() }).collect();
        if about_contact {
            batch.push(contact());
        }
        if let Some(customer) = event.customer.as_ref().filter(|_| event.is_signed) {
            let name = format!("customer:{customer}");
            batch.push(sql::CUSTOMER_JOIN.with([site.id.as_str().into(), name.as_str().into(), now.into()]));
            let cart = event.cart.to_string();
            batch.push(sql::CUSTOMER_CONTACT.with([site.id.as_str().into(), name.into(), cart.into()]));
        }
        if let Some(origin) = rebuilt_from(app, site, event) {
            batch.push(sql::CART_SUPERSEDE.with([
                site.id.as_str().into(),
                event.cart.to_string().into(),
                origin.to_string().into(),
            ]));
        }
        let changed = match write(app, batch.clone()).await {
            // Once more: a second writing of the same event changes nothing, and saves the browser its repetition.
            Err(StoreError::Lost(_)) => write(app, batch).await?,
            answer => answer?,
        };
        if changed {
            return Ok(());
        }
    }
    // Neither changed anything: the event is a duplicate, older than what is known, or the cart is closed.
    Ok(())
}

/// Writes an event; whether its first statement changed anything.
async fn write<P: Ports>(app: &App<P>, mut batch: Vec<Statement>) -> Result<bool, StoreError> {
    if batch.len() == 1 {
        return Ok(!app.store().execute(batch.remove(0)).await?.is_empty());
    }
    Ok(app.store().batch(batch).await?.first().is_some_and(|rows| !rows.is_empty()))
}

/// The cart that this one was rebuilt from, if the link it came by was ours.
fn rebuilt_from<P: Ports>(app: &App<P>, site: &Site, event: &Event) -> Option<CartId> {
    let reminder = token::read_link_token(&app.config.keys, LinkPurpose::Restore, event.via.as_deref()?)?;
    (reminder.site == site.id && reminder.cart != event.cart).then_some(reminder.cart)
}

/// What was agreed to or refused, as it is kept with the cart.
#[derive(Serialize)]
struct KeptConsent<'a> {
    mail: &'static str,
    at: Timestamp,
    wording: &'a str,
    source: &'a str,
}

fn event_parameters<P: Ports>(
    app: &App<P>,
    site: &Site,
    event: &Event,
    session: Option<&Session>,
    request: &Request,
    now: Timestamp,
) -> Vec<Value> {
    let policy = app.config.policy(site.settings.policy.clone());
    let at = event.at;
    let offset = app.ports.localisation().offset_minutes(&site.settings.zone, at).unwrap_or(0);
    let snapshot = event.snapshot.as_ref();
    let lines: Vec<wire::Line> =
        snapshot.map(|snapshot| snapshot.lines.iter().map(wire::Line::from).collect()).unwrap_or_default();
    let mailbox_hash = event.email.as_ref().map(|email| app.config.mailbox_key.hash(&email.mailbox()));
    let consent = event.consent.as_ref().and_then(|consent| {
        let mail = match consent.mail? {
            MailWish::Granted(basis) => basis.code(),
            MailWish::Refused => "denied",
        };
        let kept = KeptConsent { mail, at, wording: &consent.wording, source: &consent.source };
        Some(json::text(&kept))
    });
    let via = event
        .via
        .as_deref()
        .and_then(|token| token::read_link_token(&app.config.keys, LinkPurpose::Restore, token))
        .filter(|reminder| reminder.site == site.id && reminder.cart != event.cart)
        .map(|reminder| reminder.within_site());
    let zone = event.zone.as_ref().filter(|zone| app.ports.localisation().offset_minutes(zone.as_str(), at).is_some());
    let items = snapshot.map_or(0, cart::Snapshot::items);
    let total = snapshot.map_or(0, |snapshot| snapshot.total.minor());
    let kind = match (&event.email, &event.consent, snapshot) {
        (Some(_), ..) => "email",
        (None, Some(_), _) => "consent",
        (None, None, Some(_)) if items == 0 => "emptied",
        _ => "changed",
    };
    vec![
        site.id.as_str().into(),
        event.cart.to_string().into(),
        event.version.to_text().into(),
        now.into(),
        at.day(offset).into(),
        at.into(),
        // A cart is looked at when it could be abandoned at the earliest; old events from a queue are due at once.
        at.plus(policy.abandoned_after).max(now).into(),
        snapshot.is_some().into(),
        snapshot.map_or_else(|| site.settings.currency.clone(), |snapshot| snapshot.currency.to_string()).into(),
        total.into(),
        items.into(),
        json::text(&lines).into(),
        snapshot.and_then(|snapshot| snapshot.token.as_deref()).into(),
        event.locale.as_ref().map(cartwake_shared::locale::Locale::as_str).into(),
        zone.map(cartwake_shared::locale::Zone::as_str).into(),
        request.country.as_deref().into(),
        event.step.as_deref().into(),
        event.customer.as_deref().into(),
        mailbox_hash.as_ref().map(cartwake_shared::key::MailboxHash::as_str).into(),
        consent.into(),
        session.map(|session| session.minted).into(),
        via.into(),
        json::text(&(at, kind, items, total)).into(),
        event.email.as_ref().and_then(|_| unproven_ip_prefix(app, event.is_signed, session, request, now)).into(),
        if event.is_bot { CartState::Discarded } else { CartState::Active }.code().into(),
        event.is_signed.into(),
    ]
}

/// The hashed IP prefix an address came from, while nothing proves who typed it; of the session, else of the request.
fn unproven_ip_prefix<P: Ports>(
    app: &App<P>,
    is_signed: bool,
    session: Option<&Session>,
    request: &Request,
    now: Timestamp,
) -> Option<String> {
    let is_unproven = trust::judge(is_signed, session.map(|session| session.minted), now) == Trust::Unproven;
    let prefix = || match session {
        Some(session) => session.ip_prefix_hash.clone(),
        None => ip_prefix_hash(app, request.address.as_deref().unwrap_or("")),
    };
    is_unproven.then(prefix)
}

/// A refusal wipes what was kept of this browser and leaves tombstones that drop late events.
async fn refuse<P: Ports>(app: &App<P>, site: &Site, event: &Event, now: Timestamp) -> Result<(), Error> {
    let (first, behind) = event.cart.visitor_range();
    let offset = app.ports.localisation().offset_minutes(&site.settings.zone, now).unwrap_or(0);
    let range = || [Value::from(site.id.as_str()), first.clone().into(), behind.clone().into(), now.into()];
    app.store()
        .batch(vec![
            sql::REFUSE_CONTACT.with(range()),
            sql::REFUSE_CART.with(range()),
            sql::REFUSE_TOMBSTONE.with([
                site.id.as_str().into(),
                event.cart.to_string().into(),
                now.into(),
                now.day(offset).into(),
            ]),
        ])
        .await?;
    Ok(())
}
