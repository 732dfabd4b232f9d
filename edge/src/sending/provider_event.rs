//! `POST /v1/provider-events/{provider}`: what a mail provider says became of a mail.
//!
//! A reminder is found by the reference it was sent with, which nobody else can make up; so nothing is looked up for an
//! event about a stranger's mail.

use cartwake_shared::{base64, breaker::day_of, codes, identifier::ReminderId, key, provider::Provider, token};

use crate::{
    base::{
        error::Error,
        http::{Body, Request, Response},
        json::{
            self, Object, Read,
            parse::Json,
            read::{FieldError, Fields},
        },
        ports::{App, Ports, Store as _},
        store::sql,
    },
    sending::{breaker, deliver::row_of, providers::postmark},
    shop::signed_call as shop_server,
};

codes! {
    /// What happened to a mail. Whatever it is, the provider had the mail.
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
    let told = match provider {
        Provider::Resend => json::read::<OfResend>(text).map(|event| event.0),
        Provider::Postmark => json::read::<OfPostmark>(text).map(|event| event.0),
        Provider::Brevo => json::read::<OfBrevo>(text).map(|event| event.0),
    };
    let told = told.map_err(|error| Error::Malformed(error.to_string()))?;
    // (3)
    let ours = told.and_then(|told| {
        let reminder = token::read_reference(&app.config.keys, &told.reference)?;
        Some(ProviderEvent { reminder, kind: told.kind, provider_id: told.provider_id })
    });
    // (4)
    if let Some(event) = ours {
        apply(app, &[event]).await?;
    }
    Ok(Response::json(200, Object::new().with("ok", &true).done()))
}

/// Writes events down: a repeated one changes nothing, and they may come in any order.
pub async fn apply<P: Ports>(app: &App<P>, events: &[ProviderEvent]) -> Result<(), Error> {
    let now = app.now();
    let rows = events.iter().map(|event| {
        let mut row = row_of(&event.reminder);
        row.with("kind", event.kind.code())
            .with("provider", &Some(&event.provider_id).filter(|id| !id.is_empty()))
            .done()
    });
    let rows = json::list(rows);
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
    breaker::look(app, bad.map(|event| event.reminder.site.clone()).collect()).await
}

/// Whether the provider itself sent this: Resend signs as Standard Webhooks does, within five minutes; Postmark and Brevo
/// only repeat what was given to them, `user:password` or a token.
fn is_proven<P: Ports>(app: &App<P>, request: &Request, provider: Provider, secret: &str, body: &[u8]) -> bool {
    let given = |scheme: &str| request.authorization.as_deref().and_then(|given| given.strip_prefix(scheme));
    match provider {
        Provider::Resend => {
            let Some((id, timestamp, signatures)) = &request.webhook else { return false };
            base64::from_padded(secret.strip_prefix("whsec_").unwrap_or(secret)).is_some_and(|secret| {
                secret.len() >= 16 && shop_server::is_signed(&secret, id, timestamp, signatures, body, app.now())
            })
        }
        Provider::Postmark => {
            given("Basic ").is_some_and(|given| key::secrets_match(given, &base64::to_padded(secret.as_bytes())))
        }
        Provider::Brevo => given("Bearer ").is_some_and(|given| key::secrets_match(given, secret)),
    }
}

/// What an event says, before it is known to be about one of ours.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    reference: String,
    kind: Kind,
    provider_id: String,
}

/// An event of Resend (resend.com/docs/dashboard/webhooks/event-types).
struct OfResend(Option<Told>);

impl Read for OfResend {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        let kind: String = fields.needed("type")?;
        if !kind.starts_with("email.") {
            return Ok(Self(None));
        }
        let data: Resent = fields.needed("data")?;
        let kind = match kind.as_str() {
            "email.delivered" => Kind::Delivered,
            "email.bounced" if data.is_permanent => Kind::Bounced,
            "email.sent" | "email.delivery_delayed" | "email.bounced" => Kind::Accepted,
            "email.complained" => Kind::Complained,
            _ => return Ok(Self(None)),
        };
        Ok(Self(Some(Told { reference: data.reference, kind, provider_id: data.id })))
    }
}

/// The mail an event of Resend is about.
struct Resent {
    id: String,
    reference: String,
    is_permanent: bool,
}

impl Read for Resent {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        /// The tag, and how a mail came back.
        struct Named(String);
        struct Bounce(String);
        impl Read for Named {
            fn read(json: &Json<'_>) -> Result<Self, FieldError> {
                Fields::of(json)?.or_default("reference").map(Self)
            }
        }
        impl Read for Bounce {
            fn read(json: &Json<'_>) -> Result<Self, FieldError> {
                Fields::of(json)?.or_default("type").map(Self)
            }
        }
        let fields = Fields::of(json)?;
        Ok(Self {
            id: fields.or_default("email_id")?,
            reference: fields.optional("tags")?.map_or_else(String::new, |Named(reference)| reference),
            // `Transient` and `Undetermined` may be over tomorrow.
            is_permanent: fields.optional("bounce")?.is_some_and(|Bounce(kind)| kind == "Permanent"),
        })
    }
}

/// An event of Postmark (postmarkapp.com/developer/webhooks).
struct OfPostmark(Option<Told>);

impl Read for OfPostmark {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        let record: String = fields.needed("RecordType")?;
        let kind: String = fields.optional("Type")?.unwrap_or_default();
        let kind = match (record.as_str(), kind.as_str()) {
            ("Delivery", _) => Kind::Delivered,
            ("Bounce", "HardBounce" | "BadEmailAddress") => Kind::Bounced,
            ("Bounce", "SpamComplaint") | ("SpamComplaint", _) => Kind::Complained,
            ("Bounce", _) => Kind::Accepted,
            _ => return Ok(Self(None)),
        };
        let postmark::Metadata { cart, step } = fields.optional("Metadata")?.unwrap_or_default();
        Ok(Self(Some(Told {
            reference: postmark::whole(&cart, &step),
            kind,
            provider_id: fields.or_default("MessageID")?,
        })))
    }
}

/// An event of Brevo (developers.brevo.com/docs/transactional-webhooks).
struct OfBrevo(Option<Told>);

impl Read for OfBrevo {
    fn read(json: &Json<'_>) -> Result<Self, FieldError> {
        let fields = Fields::of(json)?;
        let kind = match fields.needed::<String>("event")?.as_str() {
            "request" | "deferred" | "soft_bounce" => Kind::Accepted,
            "delivered" => Kind::Delivered,
            "hard_bounce" | "invalid_email" => Kind::Bounced,
            "spam" => Kind::Complained,
            _ => return Ok(Self(None)),
        };
        let tags: Vec<String> = fields.optional("tags")?.unwrap_or_default();
        Ok(Self(Some(Told {
            reference: tags.into_iter().next().unwrap_or_default(),
            kind,
            provider_id: fields.or_default("message-id")?,
        })))
    }
}
