//! `POST /pause`, `/breaker`, `/erase`: what staff stop by hand, let go on, or take out for good; and what the pages show of it.

use cartwake_shared::{breaker::Cause, email::EmailAddress, time::Timestamp};

use super::{shown::Place, sign_in, site};
use crate::{
    breaker, erase,
    error::Error,
    http::{Request, Response, form_value},
    pages::stops::{Fallen, Pauses},
    pause::{self, Scope},
    ports::{Edge, Ports, Store as _},
    site::Site,
    store::{StoreError, sql},
};

/// What keeps a site from sending beside its own pause.
pub(super) struct Stops {
    /// By hand.
    pub(super) pauses: Pauses,
    /// By itself.
    pub(super) fallen: Option<Fallen>,
}

/// Reads it as the database has it now.
pub(super) async fn of<P: Ports>(edge: &Edge<P>, site: &Site) -> Result<Stops, Error> {
    let rows = edge.store().execute(sql::SITE_STOPS.with([site.id.as_str().into(), edge.now().into()])).await?;
    let mut row = rows.into_iter().next().ok_or(Error::NotFound)?;
    let pauses = Pauses { everything: row.fact()?, merchant: row.fact()? };
    let cause = row.optional_text()?.map(|code| Cause::from_code(&code).ok_or(StoreError::Shape)).transpose()?;
    let (since, until) = (row.optional_time()?, row.optional_time()?);
    let (counted, against) = (row.optional_integer()?.unwrap_or(0), row.optional_integer()?.unwrap_or(0));
    let place = Place::of(edge, &site.settings);
    let at = |time: Option<Timestamp>| place.minute(time.unwrap_or(edge.now()));
    let fallen = cause.map(|cause| Fallen {
        why: cause.sentence().to_owned(),
        counted: match cause {
            Cause::Unproven => format!("{counted} new addresses within an hour, where {against} are usual enough"),
            Cause::Bounces => format!("{counted} returned, of {against} mails"),
            Cause::Complaints => format!("{counted} complaints about {against} mails"),
        },
        since: at(since),
        until: at(until),
    });
    Ok(Stops { pauses, fallen })
}

/// `POST /pause`: `scope` is `merchant` or `deployment`, `paused` is `on` or `off`.
pub(super) async fn pause<P: Ports>(edge: &Edge<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::writer(edge, request)?;
    let Some(site) = site(edge).await? else { return Ok(Response::see_other("/setup")) };
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
    pause::set(edge, scope, is_paused).await?;
    Ok(Response::see_other("/settings?saved=1"))
}

/// `POST /breaker`: the site sends again before its breaker opens by itself.
pub(super) async fn open<P: Ports>(edge: &Edge<P>, request: &Request) -> Result<Response, Error> {
    sign_in::writer(edge, request)?;
    let Some(site) = site(edge).await? else { return Ok(Response::see_other("/setup")) };
    breaker::open(edge, &site.id).await?;
    Ok(Response::see_other("/"))
}

/// `POST /erase`: `address` is taken out of all sites of the merchant. The answer is the same whether it was known.
pub(super) async fn erase<P: Ports>(edge: &Edge<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::writer(edge, request)?;
    let Some(site) = site(edge).await? else { return Ok(Response::see_other("/setup")) };
    let typed = form_value(form, "address").unwrap_or_default();
    let address = EmailAddress::parse(&typed).map_err(|error| Error::Malformed(error.to_string()))?;
    erase::erase(edge, &site.merchant, &address).await?;
    Ok(Response::see_other("/settings?erased=1"))
}
