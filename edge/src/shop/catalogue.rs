//! `POST /v1/products`: stores the catalogue, from which mails take names, prices, pictures and links.

use cartwake_shared::{currency::Currency, money::Money, text, wire};
use serde::Serialize;

use crate::{
    base::{
        body::read_json,
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Ports, Store as _},
        site::Site,
        store::sql::catalogue::WriteProducts,
    },
    shop::signed_call,
};

/// Most entries of one call.
const MAX_ENTRIES: usize = 500;

/// Stores the entries of a call; if one of them is wrong, stores nothing.
pub async fn from_server<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let site = signed_call::verified_site(app, request).await?;
    let sent: wire::Catalogue = read_json(request)?;
    if sent.products.len() > MAX_ENTRIES {
        return Err(Error::Catalogue(format!("send at most {MAX_ENTRIES} products in one call")));
    }
    let entries: Vec<ProductRow> =
        sent.products.iter().enumerate().map(|(place, entry)| row(&site, place, entry)).collect::<Result<_, _>>()?;
    app.store().done(&WriteProducts { site: &site.id, entries: &json::text(&entries), now: app.now() }).await?;
    Ok(Response::json(200, json::text(&Stored { ok: true, stored: entries.len() })))
}

/// The answer to a call.
#[derive(Serialize)]
struct Stored {
    ok: bool,
    stored: usize,
}

/// An entry as it is stored.
#[derive(Serialize)]
struct ProductRow {
    id: String,
    variant: String,
    sku: String,
    name: String,
    price: i64,
    currency: String,
    url: String,
    image: String,
    available: i32,
}

fn row(site: &Site, place: usize, entry: &wire::CatalogueEntry) -> Result<ProductRow, Error> {
    let wrong = |what: &str| Error::Catalogue(format!("product {}: {what}", place.saturating_add(1)));
    let plain = |text: &str| text::plain(text, text::NAME_CHARS);
    let (id, name) = (plain(&entry.id), plain(&entry.name));
    if id.is_empty() || name.is_empty() {
        return Err(wrong("id and name must not be empty"));
    }
    let currency = Currency::parse(&entry.currency).ok_or_else(|| wrong("currency is not an ISO 4217 code"))?;
    let price = Money::parse_decimal(&entry.price, currency).map_err(|error| wrong(&error.to_string()))?;
    let address = |text: &str| {
        if text.is_empty() {
            return Ok(String::new());
        }
        text::web_address(text).ok_or_else(|| wrong("url and image must be http(s) addresses"))
    };
    let url = address(&entry.url)?;
    if !url.is_empty() && !site.permits_origin(&url) {
        return Err(wrong("url must be on one of the site's hosts"));
    }
    Ok(ProductRow {
        id,
        variant: plain(&entry.variant),
        sku: plain(&entry.sku),
        name,
        price: price.minor(),
        currency: currency.to_string(),
        url,
        image: address(&entry.image)?,
        available: i32::from(entry.available),
    })
}
