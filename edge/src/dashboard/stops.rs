//! `POST /pause`, `/breaker`, `/erase`: what staff stop by hand, let go on, or take out for good; and what the pages show of it.

use cartwake_shared::{breaker::Cause, email::EmailAddress, time::Timestamp};

use super::{shown::Place, sign_in, site};
use crate::{
    base::{
        error::Error,
        http::{Request, Response, form_value},
        ports::{App, Ports, Store as _},
        site::Site,
        store::{StoreError, sql},
    },
    dashboard::pages::stops::{Pauses, Tripped},
    house::{
        erase,
        pause::{self, Scope},
    },
    sending::breaker,
};

/// What keeps a site from sending beside its own pause.
pub(super) struct Stops {
    /// By hand.
    pub(super) pauses: Pauses,
    /// By itself.
    pub(super) tripped: Option<Tripped>,
}

/// Reads it as the database has it now.
pub(super) async fn of<P: Ports>(app: &App<P>, site: &Site) -> Result<Stops, Error> {
    let rows = app.store().execute(sql::SITE_STOPS.with([site.id.as_str().into(), app.now().into()])).await?;
    let mut row = rows.into_iter().next().ok_or(Error::NotFound)?;
    let pauses = Pauses { everything: row.boolean()?, merchant: row.boolean()? };
    let cause = row.optional_text()?.map(|code| Cause::from_code(&code).ok_or(StoreError::Shape)).transpose()?;
    let (since, until) = (row.optional_time()?, row.optional_time()?);
    let (counted, against) = (row.optional_integer()?.unwrap_or(0), row.optional_integer()?.unwrap_or(0));
    let place = Place::of(app, &site.settings);
    let at = |time: Option<Timestamp>| place.minute(time.unwrap_or(app.now()));
    let tripped = cause.map(|cause| Tripped {
        why: cause.sentence().to_owned(),
        counted: match cause {
            Cause::Unproven => format!("{counted} new addresses within an hour, where {against} are usual enough"),
            Cause::Bounces => format!("{counted} returned, of {against} mails"),
            Cause::Complaints => format!("{counted} complaints about {against} mails"),
        },
        since: at(since),
        until: at(until),
    });
    Ok(Stops { pauses, tripped })
}

/// `POST /pause`: `scope` is `merchant` or `deployment`, `paused` is `on` or `off`.
pub(super) async fn pause<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::writer(app, request)?;
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

/// `POST /breaker`: the site sends again before its breaker opens by itself.
pub(super) async fn open<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    sign_in::writer(app, request)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    breaker::reset(app, &site.id).await?;
    Ok(Response::see_other("/"))
}

/// `POST /erase`: `address` is taken out of all sites of the merchant. The answer is the same whether it was known.
pub(super) async fn erase<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::writer(app, request)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let typed = form_value(form, "address").unwrap_or_default();
    let address = EmailAddress::parse(&typed).map_err(|error| Error::Malformed(error.to_string()))?;
    erase::erase(app, &site.merchant, &address).await?;
    Ok(Response::see_other("/settings?erased=1"))
}
