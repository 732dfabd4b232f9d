//! How many requests a network may make: asked before anything that costs a statement of the database.

use cartwake_shared::wire;

use crate::base::{
    error::Error,
    http::{Method, Request},
    network::prefix_of,
    ports::{App, Limits as _, Ports},
};

/// What a request asks for, as far as its limit goes. `wrangler.jsonc` declares the number of each for a minute, a
/// network and a place of Cloudflare; docs/decisions/row-budget.md has their reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// What the pages of a shop ask for: settings, events, the cart behind a link.
    Pages,
    /// Events that refuse something or tell an order, so that no flood of other requests keeps them out.
    Stops,
    /// The tracker's step, which takes more time than any other request of a page.
    Steps,
    /// A secret typed in a browser that never signed in before.
    SignIns,
}

/// The class of an address that may be refused before its body is read. An unsubscribe, an erasure, an event of the provider,
/// a signed call of the shop's server have none. The class of an event depends on what it says: [`may_collect`];
/// a secret at the log-in is counted where its browser is known.
pub fn class_of(method: Method, path: &str) -> Option<Class> {
    match (method, path) {
        (Method::Get | Method::Head, "/v1/boot") | (Method::Post, "/v1/restore" | "/v1/check") => Some(Class::Pages),
        (Method::Post, "/v1/step") => Some(Class::Steps),
        _ => None,
    }
}

/// Counts a request of a class; an error where its network has made too many.
pub async fn ask<P: Ports>(app: &App<P>, class: Class, request: &Request) -> Result<(), Error> {
    let network = prefix_of(request);
    if app.ports.limits().permits(class, &network).await { Ok(()) } else { Err(Error::TooManyRequests) }
}

/// Counts an event; an error where its network has sent too many of its class.
pub async fn may_collect<P: Ports>(app: &App<P>, request: &Request, event: &wire::Collect) -> Result<(), Error> {
    ask(app, if stops_a_mail(event) { Class::Stops } else { Class::Pages }, request).await
}

/// Whether an event refuses something or tells an order.
fn stops_a_mail(event: &wire::Collect) -> bool {
    let refuses = |wish: &Option<String>| wish.as_deref() == Some("denied");
    event.order.is_some()
        || event.consent.as_ref().is_some_and(|consent| refuses(&consent.tracking) || refuses(&consent.mail))
}
