//! The visitor's id in a cookie of the shop's own domain, where the Worker runs there and the site wants one.
//!
//! Browsers empty what scripts store sooner than what a server of the same site sets; docs/decisions/first-party-id.md.

use cartwake_shared::{
    identifier::{SiteId, VisitorId},
    key::{Keyring, Purpose},
    text,
    token::Session,
};

use crate::base::{
    error::Error,
    http::{Request, Response},
    ports::{App, Ports},
    site::{self, Site},
};

/// 400 days, the longest that browsers keep a cookie (RFC 6265bis, 5.5).
const KEPT_SECONDS: u32 = 400 * 24 * 60 * 60;

/// Whether the page that asks is one of the Worker's own site: the same host, or the Worker's is a part of the page's
/// (`carts.shop.example` for `www.shop.example`). No list of public suffixes is needed for that: nobody else has names below
/// a shop's host.
pub fn is_first_party(request: &Request) -> bool {
    let name = |origin: &str| text::host_of(origin).map(|host| host.split(':').next().unwrap_or("").to_owned());
    let Some((worker, page)) = name(&request.origin).zip(request.page_origin.as_deref().and_then(name)) else {
        return false;
    };
    let shop = page.strip_prefix("www.").unwrap_or(&page);
    worker == page || worker.strip_suffix(shop).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether this page's visitors are remembered by a cookie.
pub fn remembers(site: &Site, request: &Request) -> bool {
    site.settings.cookie && is_first_party(request)
}

/// The visitor that the browser's cookie names, with the nonce that proves it; only one of this site that we set.
pub fn visitor(keys: &Keyring, site: &SiteId, request: &Request) -> Option<(VisitorId, String)> {
    let (named, signature) = request.cookie_value(&cookie_name(site))?.rsplit_once('.')?;
    if !keys.verify(Purpose::Session, &signed(site, named), signature) {
        return None;
    }
    let (visitor, nonce) = named.split_once('.')?;
    Some((VisitorId::parse(visitor).ok()?, nonce.to_owned()))
}

/// The same answer with the cookie set; asked only once tracking is permitted.
pub fn remember(response: Response, keys: &Keyring, session: &Session) -> Response {
    let Session { site, visitor, nonce, .. } = session;
    let named = format!("{visitor}.{nonce}");
    let value = format!("{named}.{}", keys.sign(Purpose::Session, &signed(site, &named)));
    response.with_header("Set-Cookie", cookie(site, &value, KEPT_SECONDS))
}

/// `POST /v1/forget`: after a refusal, or when the person at the browser is another, the cookie goes. Asks no database.
pub async fn forget<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let site = site::by_public_key(app, &request.query_value("site").unwrap_or_default()).await?;
    if !site.permits_origin(request.page_origin.as_deref().unwrap_or("")) {
        return Err(Error::ForeignOrigin);
    }
    Ok(Response::empty(204).with_header("Set-Cookie", cookie(&site.id, "", 0)))
}

fn cookie_name(site: &SiteId) -> String {
    format!("cartwake_{site}")
}

/// No script reads it, no other site makes the browser send it, and only `/v1/` gets it.
fn cookie(site: &SiteId, value: &str, seconds: u32) -> String {
    format!("{}={value}; Max-Age={seconds}; Path=/v1/; HttpOnly; Secure; SameSite=Lax", cookie_name(site))
}

/// What the cookie's code is over; `named` is visitor and nonce.
fn signed(site: &SiteId, named: &str) -> String {
    format!("c1.{site}.{named}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_on_the_shops_own_domain_is_told_from_every_other() {
        for (worker, page, expected) in [
            ("https://shop.example", "https://shop.example", true),
            ("https://carts.shop.example", "https://shop.example", true),
            ("https://carts.shop.example", "https://www.shop.example", true),
            ("https://a.b.shop.example", "https://shop.example", true),
            ("http://localhost:8787", "http://localhost:4300", true),
            ("https://www.shop.example", "https://shop.example", true),
            ("https://cartwake.workers.dev", "https://shop.example", false),
            ("https://evilshop.example", "https://shop.example", false),
            ("https://shop.example", "https://carts.shop.example", false),
            ("https://carts.github.io", "https://shop.github.io", false),
            ("https://shop.example.evil.example", "https://shop.example", false),
            ("https://carts.shop.example", "null", false),
        ] {
            let request =
                Request { origin: worker.to_owned(), page_origin: Some(page.to_owned()), ..Request::default() };
            assert_eq!(is_first_party(&request), expected, "{worker} {page}");
        }
        assert!(!is_first_party(&Request { origin: "https://shop.example".to_owned(), ..Request::default() }));
    }
}
