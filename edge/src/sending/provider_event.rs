//! `POST /v1/provider-events/{provider}`: what a mail provider says became of a mail.
//!
//! A reminder is found by the reference it was sent with, which nobody else can make up; so nothing is looked up for an
//! event about a stranger's mail.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_shared::{breaker::day_of, codes, identifier::ReminderId, key, provider::Provider, token};
use serde::Serialize;

use crate::{
    base::{
        error::Error,
        http::{Body, Request, Response},
        json,
        ports::{App, Ports, Store as _},
        store::sql,
    },
    sending::{
        breaker,
        providers::{brevo, postmark, resend},
    },
    shop::signed_call as shop_server,
};

codes! {
    /// What happened to a mail; in every case the provider had the mail.
    pub enum Kind {
        /// The form in statements and in the reasons of suppression.
        code: &'static str,
    }
    /// The provider has it; also a return that may be over tomorrow, and a delay.
    Accepted { code: "accepted" }
    /// The recipient's server has it.
    Delivered { code: "delivered" }
    /// It came back for good.
    Bounced { code: "bounced" }
    /// The recipient called it spam.
    Complained { code: "complained" }
}

/// One event about one of our reminders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderEvent {
    /// Which reminder.
    pub reminder: ReminderId,
    /// What happened.
    pub kind: Kind,
    /// The provider's id of the mail.
    pub provider_id: String,
}

/// Takes an event: (1) proven to be the provider's, (2) read, (3) ours, (4) written down once.
///
/// An event of another kind, or about a mail that is not ours, is answered by 200 like any other: the provider would
/// only send it again.
pub async fn receive<P: Ports>(app: &App<P>, request: &Request, provider: Provider) -> Result<Response, Error> {
    let body = match &request.body {
        Body::Bytes(bytes) => bytes.as_slice(),
        Body::Empty => &[],
        Body::TooLong => return Err(Error::TooLong),
    };
    // (1)
    if !app.config.webhook_secrets.iter().any(|secret| is_proven(app, request, provider, secret.reveal(), body)) {
        return Err(Error::Signature);
    }
    // (2)
    let text = request.body_text().ok_or(Error::Malformed("it is not UTF-8".to_owned()))?;
    let reported = match provider {
        Provider::Resend => json::read(text).and_then(resend::reported),
        Provider::Postmark => json::read(text).and_then(postmark::reported),
        Provider::Brevo => json::read(text).and_then(brevo::reported),
    };
    let reported = reported.map_err(|error| Error::Malformed(error.to_string()))?;
    // (3)
    let ours = reported.and_then(|reported| {
        let reminder = token::read_reference(&app.config.keys, &reported.reference)?;
        Some(ProviderEvent { reminder, kind: reported.kind, provider_id: reported.provider_id })
    });
    // (4)
    if let Some(event) = ours {
        apply(app, &[event]).await?;
    }
    Ok(Response::json(200, json::text(&Received { ok: true })))
}

/// The answer to an event, whatever it was about.
#[derive(Serialize)]
struct Received {
    ok: bool,
}

/// What became of one of our mails.
#[derive(Serialize)]
struct EventRow<'a> {
    #[serde(flatten)]
    reminder: &'a ReminderId,
    kind: &'static str,
    provider: Option<&'a str>,
}

/// Writes events down: a repeated one changes nothing, and they may come in any order.
pub async fn apply<P: Ports>(app: &App<P>, events: &[ProviderEvent]) -> Result<(), Error> {
    let now = app.now();
    let rows: Vec<EventRow<'_>> = events
        .iter()
        .map(|event| EventRow {
            reminder: &event.reminder,
            kind: event.kind.code(),
            provider: Some(event.provider_id.as_str()).filter(|id| !id.is_empty()),
        })
        .collect();
    let rows = json::text(&rows);
    let mut batch = vec![
        sql::EVENT_FIGURES.with([rows.as_str().into()]),
        sql::EVENT_DELIVERY.with([rows.as_str().into(), day_of(now).into()]),
    ];
    if events.iter().any(|event| matches!(event.kind, Kind::Bounced | Kind::Complained)) {
        batch.push(sql::EVENT_SUPPRESS.with([rows.as_str().into(), now.into()]));
    }
    batch.push(sql::EVENT_REMINDERS.with([rows.into(), now.into()]));
    app.store().batch(batch).await?;
    let bad = events.iter().filter(|event| matches!(event.kind, Kind::Bounced | Kind::Complained));
    breaker::check(app, bad.map(|event| event.reminder.site.clone()).collect()).await
}

/// Whether the provider itself sent this: Resend signs as Standard Webhooks does, within five minutes; Postmark and Brevo
/// only repeat what was given to them, `user:password` or a token.
fn is_proven<P: Ports>(app: &App<P>, request: &Request, provider: Provider, secret: &str, body: &[u8]) -> bool {
    let given = |scheme: &str| request.authorization.as_deref().and_then(|given| given.strip_prefix(scheme));
    match provider {
        Provider::Resend => {
            let Some((id, timestamp, signatures)) = &request.webhook else { return false };
            STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).is_ok_and(|secret| {
                secret.len() >= 16 && shop_server::is_signed(&secret, id, timestamp, signatures, body, app.now())
            })
        }
        Provider::Postmark => given("Basic ").is_some_and(|given| key::secrets_match(given, &STANDARD.encode(secret))),
        Provider::Brevo => given("Bearer ").is_some_and(|given| key::secrets_match(given, secret)),
    }
}

/// What an event says, before it is known to be about one of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reported {
    /// The reference that the mail was sent with.
    pub(crate) reference: String,
    /// What happened.
    pub(crate) kind: Kind,
    /// The provider's id of the mail.
    pub(crate) provider_id: String,
}
