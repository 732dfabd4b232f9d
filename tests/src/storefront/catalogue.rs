//! Reads the demo shop's catalogue file, as prices for orders and as the feed for the Worker.
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The catalogue file.
#[derive(Debug, Deserialize)]
pub struct Catalogue {
    /// One entry per product and variant.
    pub products: Vec<Offer>,
}

/// One product in one variant, as in `POST /v1/products`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Offer {
    /// The product's id.
    pub id: String,
    /// The variant, empty for a product that has none.
    #[serde(default)]
    pub variant: String,
    /// The stock keeping unit.
    #[serde(default)]
    pub sku: String,
    /// What shoppers call it.
    pub name: String,
    /// A decimal string.
    pub price: String,
    /// ISO 4217.
    pub currency: String,
    /// The product page; a path in the file, an address in the feed.
    pub url: String,
    /// The picture; the same.
    pub image: String,
    /// Whether it can be bought.
    pub available: bool,
}

impl Catalogue {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no catalogue", path.display()))
    }

    /// The offer with this id and variant.
    pub fn offer(&self, id: &str, variant: &str) -> Option<&Offer> {
        self.products.iter().find(|offer| offer.id == id && offer.variant == variant)
    }

    /// The body of `POST /v1/products` for a shop at this origin.
    pub fn feed(&self, origin: &str) -> Value {
        let placed = |offer: &Offer| Offer {
            url: format!("{origin}{}", offer.url),
            image: format!("{origin}{}", offer.image),
            ..offer.clone()
        };
        json!({ "products": self.products.iter().map(placed).collect::<Vec<_>>() })
    }
}
