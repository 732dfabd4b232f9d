//! Shows one cart: its lines, its shopper, its timeline, and why each reminder was or was not sent.

use maud::{Markup, html};

use super::address::web_address;
use super::controls::erase_shopper;
use super::decisions::{StepView, decisions};
use super::layout::{Frame, signed_in};
use super::terms::{CartState, LocalTime, chip, items};
use super::timeline::{Entry, timeline};
use crate::dashboard::Page;

/// What the page of a cart shows.
#[derive(Debug, Clone)]
pub struct CartView {
    /// Header of the page.
    pub frame: Frame,
    /// The cart's id.
    pub id: String,
    /// Its state.
    pub state: CartState,
    /// The shopper's address, where known.
    pub address: Option<String>,
    /// The right to mail the address, in words such as `express, 20 Nov`; where there is one.
    pub mail_basis: Option<String>,
    /// When it was created.
    pub created: LocalTime,
    /// When its shopper was last seen.
    pub last_seen: LocalTime,
    /// Its lines.
    pub lines: Vec<LineView>,
    /// Number of pieces.
    pub items: u64,
    /// The total as the shop states it, formatted.
    pub total: String,
    /// Its events, oldest first.
    pub timeline: Vec<Entry>,
    /// The steps of the sequence, in their order.
    pub steps: Vec<StepView>,
}

/// One line of a cart.
#[derive(Debug, Clone)]
pub struct LineView {
    /// The product's name.
    pub name: String,
    /// Variant and options, in words; may be empty.
    pub variant: String,
    /// The shop's article number; may be empty.
    pub sku: String,
    /// How many.
    pub quantity: u64,
    /// Price of one, formatted.
    pub price: String,
    /// Price of all of them, formatted.
    pub sum: String,
    /// Address of a picture; shown when it is http or https.
    pub image_url: Option<String>,
    /// Address of the product's page; linked when it is http or https.
    pub product_url: Option<String>,
}

/// The page of a cart.
pub fn page(view: &CartView) -> Markup {
    let title = view.address.as_deref().unwrap_or("Anonymous cart");
    signed_in(
        &view.frame,
        Page::Carts,
        title,
        &html! {
            div.title {
                p.back { a href="/carts" { "← Carts" } }
                div.title-line { h1 { (title) } (chip(view.state.tone(), view.state.word())) }
            }
            div.halves.cart-page {
                div.stack {
                    section.card aria-labelledby="lines-title" {
                        div.card-head { h2 #lines-title { "Cart" } p.sub { (items(view.items)) } }
                        (lines(&view.lines))
                        p.sum-line { span { "Total" } strong { (view.total) } }
                    }
                    section.card aria-labelledby="timeline-title" {
                        h2 #timeline-title { "Timeline" }
                        (timeline(&view.timeline))
                    }
                }
                div.stack {
                    section.card aria-labelledby="facts-title" {
                        h2 #facts-title { "Shopper" }
                        dl.facts {
                            dt { "E-mail" } dd { @match &view.address { Some(address) => (address), None => span.nobody { "not known" } } }
                            dt { "Mail basis" } dd { @match &view.mail_basis { Some(basis) => (basis), None => span.nobody { "none" } } }
                            dt { "Begun" } dd { (view.created) }
                            dt { "Last seen" } dd { (view.last_seen) }
                            dt { "Cart id" } dd { code { (view.id) } }
                        }
                        @if let Some(address) = &view.address { (erase_shopper(address, &view.frame.csrf)) }
                    }
                    section.card aria-labelledby="decisions-title" {
                        h2 #decisions-title { "Reminders" }
                        (decisions(&view.steps))
                    }
                }
            }
        },
    )
}

fn lines(lines: &[LineView]) -> Markup {
    html! {
        @if lines.is_empty() {
            p.empty { "The cart is empty." }
        } @else {
            ul.lines {
                @for line in lines {
                    li {
                        span.picture {
                            @if let Some(picture) = line.image_url.as_deref().and_then(web_address) {
                                img src=(picture) alt="" width="56" height="56" loading="lazy" decoding="async" referrerpolicy="no-referrer";
                            }
                        }
                        div.line-name {
                            @match line.product_url.as_deref().and_then(web_address) {
                                Some(address) => a href=(address) rel="noopener noreferrer nofollow" { (line.name) },
                                None => strong { (line.name) },
                            }
                            @if !line.variant.is_empty() { span.sub { (line.variant) } }
                            @if !line.sku.is_empty() { span.sub { "SKU " (line.sku) } }
                        }
                        span.line-count { (line.quantity) " × " (line.price) }
                        span.line-sum { (line.sum) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::pages::hostile;

    fn with_addresses(address: &str) -> String {
        let mut view = hostile::cart("x");
        for line in &mut view.lines {
            line.image_url = Some(address.into());
            line.product_url = Some(address.into());
        }
        page(&view).0
    }

    #[test]
    fn pictures_and_pages_are_linked_over_http_only() {
        let shown = with_addresses("https://shop.example/p/1?a=1&b=2");
        assert!(shown.contains(r#"<img src="https://shop.example/p/1?a=1&amp;b=2""#));
        let shown = with_addresses("https://x.example/\"onerror=\"alert(1)");
        assert!(shown.contains(r#"<img src="https://x.example/&quot;onerror=&quot;alert(1)""#));
        for address in ["javascript:alert(1)", "data:text/html,x", "", "p/1"] {
            let shown = with_addresses(address);
            assert!(!shown.contains("<img") && !shown.contains("nofollow"), "{address}");
        }
    }

    #[test]
    fn a_stripped_cart_still_has_a_page() {
        let view = CartView {
            address: None,
            mail_basis: None,
            lines: Vec::new(),
            timeline: Vec::new(),
            steps: Vec::new(),
            ..hostile::cart("x")
        };
        let shown = page(&view).0;
        for sentence in
            ["Anonymous cart", "The cart is empty.", "Nothing has happened yet.", "when the cart is abandoned"]
        {
            assert!(shown.contains(sentence), "{sentence}");
        }
    }
}
