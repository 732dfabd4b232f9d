//! The wire types of browsers and shop servers, as in `docs/reference/wire.md`; each is parsed into the domain at once.

use serde::{Deserialize, Serialize};

use crate::{cart, lenient::Lenient, money::Money};

/// Body of `POST /v1/collect`: one event, carrying the whole cart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// The version of the wire, 1.
    pub v: u32,
    /// The public key of the site, `pk_…`.
    pub site: String,
    /// The session token, once the browser has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The ULID of the browser.
    pub visitor: String,
    /// The number of the visitor's cart, from 1.
    pub cart: u32,
    /// The number of the event within the cart, counting up.
    pub seq: u32,
    /// The id of the event, the same on every retry.
    pub id: String,
    /// The milliseconds between the event and this attempt to send it.
    #[serde(default)]
    pub age: i64,
    /// The cart as it is now; missing if the cart has not changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
    /// The address that the shopper typed at checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Consent that the shopper gave or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// An order that the page reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<PageOrder>,
    /// The token of the reminder from which this cart was rebuilt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The shop's own customer id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What the shop's server signed of that customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Lenient<Signed>>,
    /// The token of a challenge that the shopper solved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// The shopper's language, time zone, stage of the checkout and page.
    #[serde(default)]
    pub context: Context,
}

/// The whole cart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The ISO 4217 code of the currency.
    pub currency: String,
    /// The shop's total in minor units; missing if the page does not state it.
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
    /// The id or name of the variant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// The stock-keeping unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sku: String,
    /// The chosen options as one text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub options: String,
    /// The name as the page shows it; mailed only if the catalogue has the same product.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The number of pieces, 1 to 1,000,000.
    pub quantity: u32,
    /// The unit price in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// The address of the product page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The address of the picture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
}

impl From<&cart::Line> for Line {
    fn from(line: &cart::Line) -> Self {
        Self {
            product: line.product.clone(),
            variant: line.variant.clone(),
            sku: line.sku.clone(),
            options: line.options.clone(),
            name: line.name.clone(),
            quantity: line.quantity,
            price: line.price.map(Money::minor),
            url: line.url.clone().unwrap_or_default(),
            image: line.image.clone().unwrap_or_default(),
        }
    }
}

impl From<&cart::Snapshot> for Snapshot {
    fn from(snapshot: &cart::Snapshot) -> Self {
        Self {
            currency: snapshot.currency.to_string(),
            total: Some(snapshot.total.minor()),
            lines: snapshot.lines.iter().map(Line::from).collect(),
            token: snapshot.token.clone(),
        }
    }
}

/// Consent that the shopper gave or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// `granted` or `denied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// `express`, `soft`, `notice` or `denied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// The version of the wording that was shown, or the words beside the shop's own box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// The place where the consent was given: `box`, `notice`, `shop-box`, `api`, `consent-mode`, `cmp`, `gpc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What the shop's server signed of its customer (`shared/src/customer.rs`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The customer's address.
    #[serde(default)]
    pub email: String,
    /// The end of the signature, in seconds since 1970 UTC.
    #[serde(default)]
    pub until: i64,
    /// The consent that the shop has of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<SignedConsent>,
    /// The signature, 64 hexadecimal digits.
    pub signature: String,
}

/// The consent that a shop has of its customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedConsent {
    /// `express`, `confirmed`, `soft`, `notice` or `denied`.
    pub basis: String,
    /// When it was given or refused, in seconds since 1970 UTC.
    pub time: i64,
    /// The words that were shown, or their version.
    #[serde(default)]
    pub wording: String,
}

/// An order as a page reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOrder {
    /// The shop's order number.
    pub id: String,
    /// The total in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// The ISO 4217 code of the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// The shopper's language, time zone, stage of the checkout and page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The language tag of the page or browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The IANA time zone of the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The stage of the checkout: `contact`, `shipping`, `payment`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The address of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Whether the browser reports that a program drives it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub bot: bool,
}

/// A field of an accepted event that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// The field, for example `email`.
    pub field: String,
    /// The reason, in a sentence.
    pub message: String,
}

/// Answer of `POST /v1/collect` after the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Always true.
    pub ok: bool,
    /// The fields that could not be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// What the page asks the shopper, where the Worker wants to know whether a person is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
}

/// The widget that asks whether a person is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Its public key.
    pub sitekey: String,
    /// The address of its script, where that is not the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// What the page gives to the widget, which binds what is solved to this visitor: 22 characters base64url.
    pub data: String,
}

/// Body of `POST /v1/restore` and of `POST /v1/visit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// The public key of the site.
    pub site: String,
    /// The token from the link.
    pub token: String,
}

/// Answer of `POST /v1/restore`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The version of the wire, 1.
    pub v: u32,
    /// `open`, `ordered` or `expired`.
    pub state: String,
    /// The token again, to be sent as `via`.
    pub token: String,
    /// The cart to rebuild, if the state is `open`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart: Option<RestoredCart>,
}

/// The cart behind a recovery link: nothing of it that only a browser said is for people to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredCart {
    /// The ISO 4217 code of the currency.
    pub currency: String,
    /// At most 100 lines.
    pub lines: Vec<RestoredLine>,
}

/// One line to rebuild. It is verified if it has a name: then the catalogue gave what stands in the last four fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredLine {
    /// The shop's product id.
    pub product: String,
    /// The id or name of the variant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// The stock-keeping unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sku: String,
    /// The chosen options as one text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub options: String,
    /// The number of pieces, 1 to 1,000,000.
    pub quantity: u32,
    /// The name in the catalogue, with the variant where the catalogue has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The unit price in the catalogue in minor units, if it is in the cart's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// The address of the product page in the catalogue.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The address of the picture in the catalogue.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
}

/// Body of `POST /v1/orders`, from the shop's server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerOrder {
    /// The shop's order number.
    pub order: String,
    /// `placed`, `pending`, `failed`, `cancelled` or `refunded`.
    pub status: String,
    /// The id of the cart in Cartwake.
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
    /// The total as a decimal text, `"129.80"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    /// The ISO 4217 code of the currency.
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
    /// The id or name of the variant; an empty text stands for every variant without an entry of its own.
    #[serde(default)]
    pub variant: String,
    /// The stock-keeping unit.
    #[serde(default)]
    pub sku: String,
    /// The name as it may be mailed.
    pub name: String,
    /// The unit price as a decimal text.
    pub price: String,
    /// The ISO 4217 code of the currency.
    pub currency: String,
    /// The address of the product page, on one of the site's hosts.
    #[serde(default)]
    pub url: String,
    /// The address of the picture.
    #[serde(default)]
    pub image: String,
    /// Whether the product can be bought now.
    #[serde(default = "yes")]
    pub available: bool,
}

const fn yes() -> bool {
    true
}
