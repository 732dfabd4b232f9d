//! What browsers and shop servers send, exactly as written in `docs/reference/wire.md`; parsed into the domain at once.

use serde::{Deserialize, Serialize};

/// Body of `POST /v1/collect`: one event, carrying the whole cart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// Version of the wire, 1.
    pub v: u32,
    /// Public key of the site, `pk_…`.
    pub site: String,
    /// Session token, if the browser has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// ULID of the browser.
    pub visitor: String,
    /// Number of the visitor's cart, from 1.
    pub cart: u32,
    /// Counts up within a cart.
    pub seq: u32,
    /// Id of the event, the same on every retry.
    pub id: String,
    /// Milliseconds between the event and this attempt to send it.
    #[serde(default)]
    pub age: i64,
    /// The cart as it is now; missing when nothing about it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
    /// The address typed at checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the shopper agreed to or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// An order the page reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<PageOrder>,
    /// Token of the reminder this cart was rebuilt from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The shop's own customer id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The shop's signature of that id, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Where the shopper is and what language they read.
    #[serde(default)]
    pub context: Context,
}

/// The whole cart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// ISO 4217 code.
    pub currency: String,
    /// The shop's total in minor units; missing when the page states none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// At most 100 lines.
    pub lines: Vec<Line>,
    /// The shop's own cart or checkout id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// One line of a cart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The shop's product id.
    pub product: String,
    /// Variant id or name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// Stock-keeping unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sku: String,
    /// Chosen options as one text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub options: String,
    /// Name as the page shows it; never mailed unless the catalogue says the same product.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// 1 to 1,000,000.
    pub quantity: u32,
    /// Unit price in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// Product page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Picture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
}

/// What the shopper agreed to or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// `granted` or `denied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// `express`, `soft`, `notice` or `denied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Version of the wording shown, or the words beside the shop's own box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// Where it was given: `box`, `notice`, `shop-box`, `api`, `consent-mode`, `cmp`, `gpc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// An order as a page reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOrder {
    /// The shop's order number.
    pub id: String,
    /// Total in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// ISO 4217 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// Where the shopper is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Language tag of the page or browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// IANA time zone of the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Step of the checkout: `contact`, `shipping`, `payment`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Address of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The browser says that a program drives it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub bot: bool,
}

/// Something in an accepted event that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// The field, for example `email`.
    pub field: String,
    /// Why, in a sentence.
    pub message: String,
}

/// Answer of `POST /v1/collect` after the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Always true.
    pub ok: bool,
    /// What could not be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
}

/// Body of `POST /v1/restore`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// Public key of the site.
    pub site: String,
    /// Token from the link.
    pub token: String,
    /// The browser, where tracking is permitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
}

/// Answer of `POST /v1/restore`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// Version of the wire, 1.
    pub v: u32,
    /// `open`, `ordered` or `expired`.
    pub state: String,
    /// The token again, to be sent as `via`.
    pub token: String,
    /// The cart to rebuild, when the state is `open`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart: Option<Snapshot>,
}

/// Body of `POST /v1/orders`, from the shop's server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerOrder {
    /// The shop's order number.
    pub order: String,
    /// `placed`, `pending`, `failed`, `cancelled` or `refunded`.
    pub status: String,
    /// Cart id of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart: Option<String>,
    /// The shop's own cart or checkout id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkout_token: Option<String>,
    /// The shop's customer id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The buyer's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Total as a decimal text, `"129.80"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    /// ISO 4217 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// Body of `POST /v1/products`, from the shop's server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// At most 500 entries.
    pub products: Vec<CatalogueEntry>,
}

/// One product or variant of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// The shop's product id.
    pub id: String,
    /// Variant id or name; empty stands for every variant without an entry of its own.
    #[serde(default)]
    pub variant: String,
    /// Stock-keeping unit.
    #[serde(default)]
    pub sku: String,
    /// Name as it may be mailed.
    pub name: String,
    /// Unit price as a decimal text.
    pub price: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Product page, on one of the site's hosts.
    #[serde(default)]
    pub url: String,
    /// Picture.
    #[serde(default)]
    pub image: String,
    /// Whether it can be bought now.
    #[serde(default = "yes")]
    pub available: bool,
}

const fn yes() -> bool {
    true
}
