//! The shop's catalogue as the one source of what a line of a cart is called, costs and looks like.

use cartwake_shared::{identifier::SiteId, money::Money, text, wire};

/// The catalogue's entry for one product or variant.
#[derive(Clone, Debug)]
pub struct Product {
    /// The site that sells it.
    pub site: SiteId,
    /// The shop's product id.
    pub id: String,
    /// The id or name of the variant; empty where the entry serves every variant.
    pub variant: String,
    /// The product's name.
    pub name: String,
    /// The unit price.
    pub price: Money,
    /// The address of the product page; may be empty.
    pub url: String,
    /// The address of the picture; may be empty.
    pub image: String,
    /// Whether it can be bought now.
    pub available: bool,
}

impl Product {
    /// The entry for a line of a cart at `site`: that of its variant, else the one that serves every variant.
    pub fn of_line<'p>(products: &'p [Self], site: &SiteId, line: &wire::Line) -> Option<&'p Self> {
        let of = |variant: &str| {
            products
                .iter()
                .find(|product| product.site == *site && product.id == line.product && product.variant == variant)
        };
        of(&line.variant).or_else(|| of(""))
    }

    /// The name with the variant, where the catalogue has one; plain text of at most 80 characters.
    pub fn full_name(&self) -> String {
        let name = if self.variant.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.variant) };
        text::plain(&name, text::NAME_CHARS)
    }
}
