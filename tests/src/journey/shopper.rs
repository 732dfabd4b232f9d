//! The actions of a shopper in the demo shop, in words; the selectors are the shop's own.
use anyhow::Result;
use serde_json::Value;

use crate::browser::Browser;

/// Something to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The product's id.
    pub product: &'static str,
    /// The variant, empty for a product that has none.
    pub variant: &'static str,
    /// The stock keeping unit, by which the cart page names its fields.
    pub sku: &'static str,
}

/// The unticked box that the tracker draws at the e-mail field.
const CONSENT_BOX: &str = "[data-cartwake-ignore] input[type=checkbox]";

/// A person with a browser.
pub struct Shopper {
    /// The window.
    pub browser: Browser,
    shop: String,
}

impl Shopper {
    pub(super) fn new(browser: Browser, shop: &str) -> Self {
        Self { browser, shop: shop.to_owned() }
    }

    /// Opens the shop's front page and waits for its range.
    pub async fn enter(&self) -> Result<()> {
        self.visit("/").await?;
        self.browser.find("#products > *").await.map(drop)
    }

    /// Puts one piece into the cart.
    pub async fn add(&self, choice: Choice) -> Result<()> {
        self.visit(&format!("/product.html?id={}", choice.product)).await?;
        if !choice.variant.is_empty() {
            // The radio button itself is hidden behind its label.
            self.browser.find(&format!("#variant-{}", choice.sku)).await?;
            self.browser.evaluate(&format!("document.getElementById('variant-{}').click()", choice.sku)).await?;
        }
        let before = self.pieces().await?;
        self.browser.click("#add-to-cart").await?;
        let count = |text: &str| text.parse::<i64>().is_ok_and(|count| count == before + 1);
        self.browser.text_when("#cart-count", "one piece more", count).await.map(drop)
    }

    /// Sets a quantity on the cart page.
    pub async fn set_quantity(&self, choice: Choice, quantity: u32) -> Result<()> {
        self.visit("/cart.html").await?;
        self.browser.find(&format!("#quantity-{}", choice.sku)).await?;
        let script = format!(
            "const field = document.getElementById('quantity-{}'); field.value = {quantity}; \
             field.dispatchEvent(new Event('change', {{ bubbles: true }}))",
            choice.sku
        );
        self.browser.evaluate(&script).await.map(drop)
    }

    /// Goes to the checkout and types an address into its field.
    pub async fn type_address(&self, address: &str) -> Result<()> {
        self.visit("/checkout.html").await?;
        self.browser.type_into("#email", address).await
    }

    /// Ticks the box that the tracker drew; the promise is that it was not ticked before.
    pub async fn agree(&self) -> Result<()> {
        self.browser.find(CONSENT_BOX).await?;
        let was_ticked =
            self.browser.evaluate(&format!("return document.querySelector('{CONSENT_BOX}').checked")).await?;
        anyhow::ensure!(was_ticked == Value::Bool(false), "the consent box was drawn ticked");
        self.browser.click(CONSENT_BOX).await
    }

    /// Fills in the rest of the checkout, orders, and returns the order's number.
    pub async fn order(&self) -> Result<String> {
        let fields = [
            ("#name", "Ada Lovelace"),
            ("#street", "St James's Square 12"),
            ("#postcode", "10115"),
            ("#city", "Berlin"),
        ];
        for (field, text) in fields {
            self.browser.type_into(field, text).await?;
        }
        self.browser.click("#place-order").await?;
        self.browser.text("#order-number").await
    }

    /// What the shop's own cart holds, as `product/variant × quantity`, sorted.
    pub async fn lines(&self) -> Result<Vec<String>> {
        let script = "return (JSON.parse(localStorage.getItem('fennholm.cart')) ?? { lines: [] }).lines\
             .map((line) => `${line.id}/${line.variant} × ${line.quantity}`).sort()";
        let lines = self.browser.evaluate(script).await?;
        Ok(serde_json::from_value(lines)?)
    }

    /// Leaves the shop and closes the browser.
    pub async fn leave(self) -> Result<()> {
        self.browser.leave().await
    }

    async fn pieces(&self) -> Result<i64> {
        let text = self.browser.text_when("#cart-count", "a number", |text| text.parse::<i64>().is_ok()).await?;
        Ok(text.parse()?)
    }

    async fn visit(&self, path: &str) -> Result<()> {
        self.browser.visit(&format!("{}{path}", self.shop)).await
    }
}
