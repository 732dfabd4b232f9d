//! `POST /v1/provider-events/{provider}`: what a mail provider says became of a mail.
//!
//! A reminder is found by the reference it was sent with, which nobody else can make up; so nothing is looked up for an
//! event about a stranger's mail.

use cartwake_shared::{breaker::day_of, codes, identifier::ReminderId, token};
use serde::Serialize;

use super::{
    breaker,
    providers::{Proof, Provider},
};
use crate::base::{
    error::Error,
    http::{Body, Request, Response},
    json,
    ports::{App, Ports, Store as _},
    store::{
        Query as _,
        sql::provider_event::{CountDeliveries, CountMetrics, FindAudiences, RecordEvents, SuppressMailboxes},
    },
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
pub async fn receive<P: Ports>(app: &App<P>, request: &Request, provider: &Provider) -> Result<Response, Error> {
    let body = match &request.body {
        Body::Bytes(bytes) => bytes.as_slice(),
        Body::Empty => &[],
        Body::TooLong => return Err(Error::TooLong),
    };
    // (1)
    let now = app.now();
    let is_proven = |secret| (provider.is_proven)(&Proof { request, body, secret, now });
    if !app.config.webhook_secrets.iter().any(|secret| is_proven(secret.reveal())) {
        return Err(Error::Signature);
    }
    // (2)
    let text = request.body_text().ok_or(Error::Malformed("it is not UTF-8".to_owned()))?;
    let reported = (provider.reported)(text).map_err(|error| Error::Malformed(error.to_string()))?;
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
    let events_json = json::text(&rows);
    let mut batch = vec![
        CountMetrics { events: &events_json }.statement(),
        CountDeliveries { events: &events_json, day: day_of(now) }.statement(),
    ];
    if events.iter().any(|event| matches!(event.kind, Kind::Bounced | Kind::Complained)) {
        batch.push(SuppressMailboxes { events: &events_json, now }.statement());
    }
    batch.push(RecordEvents { events: &events_json, now }.statement());
    app.store().batch(batch).await?;
    let is_bad = |event: &&ProviderEvent| matches!(event.kind, Kind::Bounced | Kind::Complained);
    if !events.iter().any(|event| is_bad(&event)) {
        return Ok(());
    }
    let audiences = app.store().rows(&FindAudiences { events: &events_json }).await?;
    breaker::check(app, audiences.into_iter().map(|row| (row.site, row.audience)).collect()).await
}

/// What an event says, before it is known to be about one of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct Reported {
    /// The reference that the mail was sent with.
    pub reference: String,
    /// What happened.
    pub kind: Kind,
    /// The provider's id of the mail.
    pub provider_id: String,
}
