//! `GET /v1/boot`: settings for the tracker and, once tracking is permitted, a session token.

pub mod wording;

use cartwake_shared::{
    cart::MailBasis,
    identifier::VisitorId,
    locale::Locale,
    policy,
    selector::Part,
    token::{self, Session},
};

use crate::base::network::ip_prefix_hash;
use crate::{
    base::{
        config::Module,
        error::Error,
        http::{Request, Response},
        old_json::{Document, Object},
        ports::{App, Ports},
        site,
    },
    capture::first_party,
};

/// Serves the settings. Nothing is written; minting a token stores nothing.
pub async fn boot<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let site = site::by_public_key(app, &request.query_value("site").unwrap_or_default()).await?;
    if let Some(origin) = &request.page_origin
        && !site.permits_origin(origin)
    {
        return Err(Error::ForeignOrigin);
    }
    let now = app.now();
    // The session counts from when the page was opened, not from the tick that permitted it: most shoppers agree in
    // the last thing they do before they leave.
    let seen = request
        .query_value("seen")
        .and_then(|stamp| token::read_seen_stamp(&app.config.keys, &site.id, &stamp, now))
        .unwrap_or(now);
    let keys = &app.config.keys;
    let remembers = first_party::remembers(&site, request);
    let visitor = request.query_value("visitor").map(|visitor| VisitorId::parse(&visitor)).transpose();
    let visitor = visitor.map_err(|error| Error::Malformed(error.to_string()))?.map(|visitor| {
        // A browser that knows nothing any more goes on as the visitor it was.
        let is_new = remembers && request.query_value("new").is_some();
        is_new.then(|| first_party::visitor(keys, &site.id, request)).flatten().unwrap_or(visitor)
    });
    let session = visitor.as_ref().map(|visitor| {
        let ip_prefix_hash = ip_prefix_hash(app, request.address.as_deref().unwrap_or(""));
        Session { site: site.id.clone(), visitor: visitor.clone(), minted: seen, ip_prefix_hash }.to_token(keys)
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
    let mut consent = Object::new();
    consent.with("draw", notice.form).with("basis", basis.code()).with("wording", notice.version.as_str());
    consent.with("text", notice.text).with("refuse", notice.refuse).with("selector", &named(Part::Consent));
    let mut modules = Object::new();
    for (name, files) in [
        ("capture", &assets.capture),
        ("restore", &assets.restore),
        ("finders", &assets.finders),
        ("chosen", &assets.chosen),
        ("cookie", &assets.cookie),
        ("checkout", &assets.checkout),
        ("far", &assets.far),
        ("thanks", &assets.thanks),
        ("permission", &assets.permission),
        ("panel", &assets.panel),
    ] {
        modules.with(name, &module(files));
    }
    let mut body = Object::new();
    body.with("v", &1)
        .with("site", site.id.as_str())
        .with("session", &session)
        .with_some("visitor", &visitor.as_ref().map(ToString::to_string))
        .with("seen", token::seen_stamp(&app.config.keys, &site.id, seen).as_str())
        .with("tracking", site.settings.tracking.code())
        .with("capture", site.settings.capture.code())
        .with("currency", site.settings.currency.as_str());
    let email = Object::new().with("selector", &named(Part::Email)).done();
    body.with("consent", &consent.done()).with("email", &email);
    if remembers {
        body.with("credentials", "include");
    }
    if selectors.name_a_cart() {
        let mut cart = Object::new();
        // The path alone: each host of the site shows its own.
        let page = &site.settings.restore_url;
        let path = page.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|from| rest.get(from..)));
        cart.with("page", path.unwrap_or("/"));
        for part in Part::ALL.into_iter().filter(|part| part.is_of_cart()) {
            if let Some(selector) = named(part) {
                cart.with(part.word(), selector);
            }
        }
        body.with("cart", &cart.done());
    }
    let response = Response::json(200, body.with("modules", &modules.done()).done());
    Ok(match visitor {
        Some(visitor) if remembers => first_party::remember(response, keys, &site.id, &visitor),
        Some(_) => response,
        None => response.with_header("Cache-Control", "public, max-age=60"),
    })
}

fn module(module: &Module) -> Document {
    let mut object = Object::new();
    object.with("js", module.js).with("js_integrity", module.js_integrity);
    if !module.wasm.is_empty() {
        object.with("wasm", module.wasm).with("wasm_integrity", module.wasm_integrity);
    }
    object.done()
}
