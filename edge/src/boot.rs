//! `GET /v1/boot`: settings for the tracker and, once tracking is permitted, a session token.

pub mod wording;

use cartwake_shared::{
    identifier::VisitorId,
    key::Purpose,
    locale::Locale,
    policy,
    token::{self, Session},
};

use crate::{
    config::Module,
    error::Error,
    http::{Request, Response},
    json::{Document, Object},
    ports::{Edge, Ports},
    site,
};

/// Serves the settings. Nothing is written; minting a token stores nothing.
pub async fn boot<P: Ports>(edge: &Edge<P>, request: &Request) -> Result<Response, Error> {
    let site = site::by_public_key(edge, &request.query_value("site").unwrap_or_default()).await?;
    if let Some(origin) = &request.page_origin
        && !site.permits_origin(origin)
    {
        return Err(Error::ForeignOrigin);
    }
    let now = edge.now();
    // The session counts from when the page was opened, not from the tick that permitted it: most shoppers agree in
    // the last thing they do before they leave.
    let seen = request
        .query_value("seen")
        .and_then(|stamp| token::read_seen_stamp(&edge.config.keys, &site.id, &stamp, now))
        .unwrap_or(now);
    let session = match request.query_value("visitor") {
        None => None,
        Some(visitor) => Some(
            Session {
                site: site.id.clone(),
                visitor: VisitorId::parse(&visitor).map_err(|error| Error::Malformed(error.to_string()))?,
                minted: seen,
                block: block_hash(edge, request.address.as_deref().unwrap_or("")),
            }
            .to_token(&edge.config.keys),
        ),
    };
    let basis = policy::required_basis(request.country.as_deref());
    let locale = request.query_value("locale").and_then(|tag| Locale::parse(&tag));
    let notice = wording::consent(basis, locale.as_ref());
    let assets = &edge.config.assets;
    let personal = session.is_some();
    let mut consent = Object::new();
    consent.with("draw", notice.form).with("basis", basis.code()).with("wording", notice.version.as_str());
    consent.with("text", notice.text).with("refuse", notice.refuse).with("selector", &NOT_SET);
    let modules =
        Object::new().with("capture", &module(&assets.capture)).with("restore", &module(&assets.restore)).done();
    let mut body = Object::new();
    body.with("v", &1)
        .with("site", site.id.as_str())
        .with("session", &session)
        .with("seen", token::seen_stamp(&edge.config.keys, &site.id, seen).as_str())
        .with("tracking", site.settings.tracking.code());
    body.with("consent", &consent.done()).with("email", &Object::new().with("selector", &NOT_SET).done());
    let response = Response::json(200, body.with("modules", &modules).done());
    Ok(if personal { response } else { response.with_header("Cache-Control", "public, max-age=60") })
}

/// A selector the site has not settled.
const NOT_SET: Option<String> = None;

fn module(module: &Module) -> Document {
    let mut object = Object::new();
    object.with("js", module.js).with("js_integrity", module.js_integrity);
    object.with("wasm", module.wasm).with("wasm_integrity", module.wasm_integrity).done()
}

/// A keyed hash of the client's IP block (/24 or /48), 8 characters: tells blocks apart, names none.
pub fn block_hash<P: Ports>(edge: &Edge<P>, address: &str) -> String {
    let block: String = if address.contains(':') {
        address.split(':').take(3).collect::<Vec<_>>().join(":")
    } else {
        address.split('.').take(3).collect::<Vec<_>>().join(".")
    };
    edge.config.keys.sign(Purpose::IpBlock, &block).chars().take(8).collect()
}
