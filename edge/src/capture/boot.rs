//! `GET /v1/boot`: settings for the tracker and, once tracking is permitted, a session token.

pub mod wording;

use cartwake_shared::{
    cart::MailBasis,
    identifier::{SiteId, VisitorId},
    locale::Locale,
    policy,
    selector::Part,
    token::Session,
};
use serde::Serialize;

use crate::{
    base::{
        config::Module,
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Entropy as _, Ports},
        site,
    },
    capture::first_party,
};

/// The settings of the tracker (docs/reference/wire.md).
#[derive(Serialize)]
struct Boot<'a> {
    v: u32,
    site: &'a SiteId,
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visitor: Option<&'a VisitorId>,
    tracking: &'static str,
    capture: &'static str,
    currency: &'a str,
    consent: Consent<'a>,
    email: Email<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart: Option<Cart<'a>>,
    modules: Modules<'a>,
}

/// How a shopper is asked for permission.
#[derive(Serialize)]
struct Consent<'a> {
    draw: &'static str,
    basis: &'static str,
    wording: &'a str,
    text: &'static str,
    refuse: &'static str,
    selector: Option<&'a str>,
}

/// Where the checkout's e-mail field is.
#[derive(Serialize)]
struct Email<'a> {
    selector: Option<&'a str>,
}

/// Where the cart is: the path of its page, since each host of the site shows its own, and the selectors by their parts.
#[derive(Serialize)]
struct Cart<'a> {
    page: &'a str,
    #[serde(flatten, serialize_with = "json::in_order")]
    selectors: Vec<(&'static str, &'a str)>,
}

/// The scripts that the tracker may load.
#[derive(Serialize)]
struct Modules<'a> {
    capture: &'a Module,
    restore: &'a Module,
    finders: &'a Module,
    chosen: &'a Module,
    cookie: &'a Module,
    checkout: &'a Module,
    challenge: &'a Module,
    far: &'a Module,
    thanks: &'a Module,
    permission: &'a Module,
    panel: &'a Module,
}

/// Serves the settings. Nothing is written; minting a token stores nothing.
pub async fn boot<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let site = site::by_public_key(app, &request.query_value("site").unwrap_or_default()).await?;
    if let Some(origin) = &request.page_origin
        && !site.permits_origin(origin)
    {
        return Err(Error::ForeignOrigin);
    }
    let now = app.now();
    let keys = &app.config.keys;
    let remembers = first_party::remembers(&site, request);
    let cookie = if remembers { first_party::visitor(keys, &site.id, request) } else { None };
    let visitor = request.query_value("visitor").map(|visitor| VisitorId::parse(&visitor)).transpose();
    let visitor = visitor.map_err(|error| Error::Malformed(error.to_string()))?.map(|visitor| {
        // A browser that knows nothing any more goes on as the visitor it was.
        let is_new = remembers && request.query_value("new").is_some();
        cookie.as_ref().filter(|_| is_new).map_or(visitor, |(known, _)| known.clone())
    });
    let shown = request.query_value("session").filter(|token| !token.is_empty());
    let session = visitor.map(|visitor| {
        let read = shown.as_deref().and_then(|token| Session::read(keys, token));
        let proven = read.filter(|read| read.site == site.id && read.visitor == visitor).map(|read| read.nonce);
        let (visitor, nonce) = match proven {
            // Whoever shows what we signed for this visitor, however old, goes on as the visitor.
            Some(nonce) => (visitor, nonce),
            // What proves nothing, such as a token under a root key that is gone, would shut an honest browser out of its own
            // carts for ever: it goes on as a visitor whom nobody knows yet.
            None if shown.is_some() => {
                (VisitorId::of_bits(u128::from_be_bytes(app.ports.entropy().bytes())), app.ports.entropy().name())
            }
            // Anybody else is another browser under the same name, and changes nothing of its carts.
            None => {
                let known = cookie.filter(|(known, _)| *known == visitor).map(|(_, nonce)| nonce);
                (visitor, known.unwrap_or_else(|| app.ports.entropy().name()))
            }
        };
        Session { site: site.id.clone(), visitor, minted: now, nonce }
    });
    let selectors = &site.settings.selectors;
    let named = |part| Some(selectors.get(part)).filter(|selector| !selector.is_empty());
    // Whoever ticks the shop's own box says it expressly, wherever they are.
    let basis = match named(Part::Consent) {
        Some(_) => MailBasis::Express,
        None => policy::required_basis(request.country.as_deref()),
    };
    let locale = request.query_value("locale").and_then(|tag| Locale::parse(&tag));
    let notice = wording::consent(basis, locale.as_ref());
    let assets = &app.config.assets;
    let cart = selectors.name_a_cart().then(|| {
        let page = &site.settings.restore_url;
        let path = page.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|from| rest.get(from..)));
        let parts = Part::ALL.into_iter().filter(|part| part.is_of_cart());
        Cart {
            page: path.unwrap_or("/"),
            selectors: parts.filter_map(|part| Some((part.word(), named(part)?))).collect(),
        }
    });
    let body = Boot {
        v: 1,
        site: &site.id,
        session: session.as_ref().map(|session| session.to_token(keys)),
        visitor: session.as_ref().map(|session| &session.visitor),
        tracking: site.settings.tracking.code(),
        capture: site.settings.capture.code(),
        currency: &site.settings.currency,
        consent: Consent {
            draw: notice.form,
            basis: basis.code(),
            wording: &notice.version,
            text: notice.text,
            refuse: notice.refuse,
            selector: named(Part::Consent),
        },
        email: Email { selector: named(Part::Email) },
        credentials: remembers.then_some("include"),
        cart,
        modules: Modules {
            capture: &assets.capture,
            restore: &assets.restore,
            finders: &assets.finders,
            chosen: &assets.chosen,
            cookie: &assets.cookie,
            checkout: &assets.checkout,
            challenge: &assets.challenge,
            far: &assets.far,
            thanks: &assets.thanks,
            permission: &assets.permission,
            panel: &assets.panel,
        },
    };
    let response = Response::json(200, json::text(&body));
    Ok(match &session {
        Some(session) if remembers => first_party::remember(response, keys, session),
        Some(_) => response,
        None => response.with_header("Cache-Control", "public, max-age=60"),
    })
}
