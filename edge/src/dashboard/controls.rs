//! `POST /pause`, `/breaker`, `/erase`: pauses sending, resets the breaker, erases an address.

use cartwake_shared::{
    breaker::Cause,
    email::EmailAddress,
    time::{Span, Timestamp},
    trust::Audience,
};

use super::{count, format::SiteFormat, sign_in, site};
use crate::{
    base::{
        error::Error,
        http::{Request, Response, form_value},
        ports::{App, Ports, Store as _},
        site::Site,
        store::sql::dashboard::ReadSendBlocks,
    },
    dashboard::pages::controls::{Pauses, TrippedBreaker},
    house::{
        erase,
        pause::{self, Scope},
    },
    sending::breaker,
};

/// What blocks a site from sending, beside its own pause.
pub(super) struct SendBlocks {
    /// The pauses by hand.
    pub(super) pauses: Pauses,
    /// The breakers that are tripped, and the warnings of the last week.
    pub(super) tripped: Vec<TrippedBreaker>,
    /// How many reminders wait for a share; at most 1,000 are counted.
    pub(super) waiting: u64,
}

/// Reads what blocks a site from sending now.
pub(super) async fn send_blocks<P: Ports>(app: &App<P>, site: &Site) -> Result<SendBlocks, Error> {
    let now = app.now();
    let rows = app.store().rows(&ReadSendBlocks { site: &site.id, now, week_ago: now.minus(Span::days(7)) }).await?;
    let first = rows.first().ok_or(Error::NotFound)?;
    let pauses = Pauses { deployment: first.deployment_paused, merchant: first.merchant_paused };
    let waiting = count(first.waiting);
    let format = SiteFormat::of(app, &site.settings);
    let at = |time: Option<Timestamp>| format.minute(time.unwrap_or(now));
    let tripped = rows.iter().filter_map(|row| {
        let (cause, audience) = row.cause.zip(row.audience)?;
        let (counted, against) = (row.counted.unwrap_or(0), row.against.unwrap_or(0));
        Some(TrippedBreaker {
            audience,
            is_warning: cause == Cause::ComplaintsRising,
            why: cause.sentence().to_owned(),
            counted: match cause {
                Cause::Bounces => format!("{counted} returned, of {against} mails"),
                Cause::Complaints | Cause::ComplaintsRising => format!("{counted} complaints about {against} mails"),
            },
            since: at(row.since),
            until: at(row.until),
        })
    });
    Ok(SendBlocks { pauses, tripped: tripped.collect(), waiting })
}

/// `POST /pause`: `scope` is `merchant` or `deployment`, `paused` is `on` or `off`.
pub(super) async fn pause<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::require_form(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let value = |name| form_value(form, name).unwrap_or_default();
    let is_paused = match value("paused").as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(Error::Malformed("paused is on or off".to_owned())),
    };
    let scope = match value("scope").as_str() {
        "merchant" => Scope::Merchant(&site.merchant),
        "deployment" => Scope::Deployment,
        _ => return Err(Error::Malformed("scope is merchant or deployment".to_owned())),
    };
    pause::set(app, scope, is_paused).await?;
    Ok(Response::see_other("/settings?saved=1"))
}

/// `POST /breaker`: resets the tripped breaker of an `audience` before its time is over, so that the site sends again.
pub(super) async fn reset_breaker<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::require_form(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let audience = form_value(form, "audience").and_then(|code| Audience::from_code(code.parse::<i64>().ok()?));
    let audience = audience.ok_or_else(|| Error::Malformed("audience is 0 or 1".to_owned()))?;
    breaker::reset(app, &site.id, audience).await?;
    Ok(Response::see_other("/"))
}

/// `POST /erase`: erases `address` at all sites of the merchant. The answer does not tell whether it was known.
pub(super) async fn erase<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::require_form(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let typed = form_value(form, "address").unwrap_or_default();
    let address = EmailAddress::parse(&typed).map_err(|error| Error::Malformed(error.to_string()))?;
    erase::erase(app, &site.merchant, &address).await?;
    Ok(Response::see_other("/settings?erased=1"))
}
