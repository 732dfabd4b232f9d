//! The install check: what has arrived from a shop so far, for the dashboard and for the panel of the debug mode.

use cartwake_shared::identifier::SiteId;
use serde::{Deserialize, Serialize};

use crate::base::{
    body::read_json,
    error::Error,
    http::{Request, Response},
    json,
    ports::{App, Ports, Store as _},
    site,
    store::sql::site::{NoteTag, ReadInstallation},
};

/// What was seen of a site at least once, in the order in which a shop is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "five independent lamps")]
pub struct Seen {
    /// A page with the tag.
    pub tag: bool,
    /// A cart.
    pub cart: bool,
    /// An address.
    pub email: bool,
    /// Somebody's permission to be mailed; among the first hundred addresses.
    pub consent: bool,
    /// An order, from a page or from the shop's server.
    pub order: bool,
}

/// The message of a page in debug mode.
#[derive(Deserialize)]
struct Report {
    site: String,
}

/// Reads what was seen of a site.
pub async fn seen<P: Ports>(app: &App<P>, site: &SiteId) -> Result<Seen, Error> {
    let row = app.store().only(&ReadInstallation { site }).await?;
    Ok(Seen { tag: row.tag, cart: row.cart, email: row.email, consent: row.consent, order: row.bought })
}

/// `POST /v1/check`: notes that the tag is on a page in debug mode, and answers with what has arrived from its shop.
///
/// Only the first call of a site writes. The answer is five facts about the shop and nothing about a person.
pub async fn check<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let report: Report = read_json(request)?;
    let site = site::by_public_key(app, &report.site).await?;
    if !site.permits_origin(request.page_origin.as_deref().unwrap_or("")) {
        return Err(Error::ForeignOrigin);
    }
    app.store().done(&NoteTag { site: &site.id, now: app.now() }).await?;
    let seen = seen(app, &site.id).await?;
    Ok(Response::json(200, json::text(&seen)))
}

impl Seen {
    /// Each lamp by its name on the wire.
    pub fn lamps(self) -> [(&'static str, bool); 5] {
        [
            ("tag", self.tag),
            ("cart", self.cart),
            ("email", self.email),
            ("consent", self.consent),
            ("order", self.order),
        ]
    }
}
