//! The pages a shopper sees behind a link of a mail. They wear the shop's name, and a GET of them changes nothing.

use cartwake_shared::codes;
use maud::{DOCTYPE, Markup, html};

use crate::dashboard::pages::address::web_address;
use crate::dashboard::pages::layout::{Assets, head};

/// What a shopper's page shows.
#[derive(Debug, Clone)]
pub struct ShopperView {
    /// Addresses of the static files.
    pub assets: Assets,
    /// The shop, where the link tells which one.
    pub shop: Option<Shop>,
    /// What is to be said.
    pub matter: Matter,
}

/// The shop that sent the mail.
#[derive(Debug, Clone)]
pub struct Shop {
    /// Its name.
    pub name: String,
    /// The address of its start page; linked when it is http or https.
    pub address: String,
}

codes! {
    /// What a shopper's page is about.
    pub enum Matter {
        /// The heading of the page.
        heading: &'static str,
        /// The sentence below the heading.
        sentence: &'static str,
        /// The label of the button, if the page has one.
        button: Option<&'static str>,
    }
    /// Asks before reminders are stopped; the button posts to the page's own address.
    UnsubscribeAsked {
        heading: "Stop these reminders?",
        sentence: "You will get no more e-mails about carts you left behind. Mails about orders you place are not \
            affected.",
        button: Some("Unsubscribe"),
    }
    /// Reminders are stopped.
    UnsubscribeDone {
        heading: "You are unsubscribed",
        sentence: "No more e-mails about carts will come. A mail that was on its way in this minute may still arrive.",
        button: None,
    }
    /// Asks before the address is taken out as somebody else's; the button posts to the page's own address.
    NotMeAsked {
        heading: "You did not shop here?",
        sentence: "Somebody typed your address at a checkout, perhaps by mistake. One click, and no more reminders \
            come to it.",
        button: Some("Stop mails to this address"),
    }
    /// The address is taken out.
    NotMeDone {
        heading: "Thank you for telling us",
        sentence: "Your address gets no more reminders about carts.",
        button: None,
    }
    /// The cart is too old or gone.
    LinkExpired {
        heading: "This cart is no longer kept",
        sentence: "Carts are kept for a limited time, and this one is past it. The products may still be in the shop.",
        button: None,
    }
    /// The cart was already bought.
    AlreadyOrdered {
        heading: "This cart is already ordered",
        sentence: "There is nothing left to do. You will find your order in the confirmation mail of the shop.",
        button: None,
    }
    /// The link is incomplete, forged or from long ago.
    LinkUnknown {
        heading: "This link does not work",
        sentence: "It may have been cut off on its way. Try opening it from the mail again, or copy the whole address.",
        button: None,
    }
}

/// The page of a matter.
pub fn page(view: &ShopperView) -> Markup {
    let heading = view.matter.heading();
    let shop_address = view.shop.as_ref().and_then(|shop| web_address(&shop.address));
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(heading, view.assets.icon, view.assets.shopper_css, None))
            body {
                main {
                    @if let Some(shop) = &view.shop { p.shop { (shop.name) } }
                    h1 { (heading) }
                    p { (view.matter.sentence()) }
                    @if let Some(button) = view.matter.button() {
                        form method="post" { button type="submit" { (button) } }
                    }
                    @match (&view.shop, shop_address) {
                        (Some(shop), Some(address)) => p.onward { a href=(address) rel="noreferrer" { "Go to " (shop.name) } },
                        _ => p.onward { "You can close this page, or go back to the shop you came from." },
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::hostile::{TEXTS, tags};

    fn view(matter: Matter) -> ShopperView {
        let shop = Shop { name: "Harbour & Co".into(), address: "https://shop.example/".into() };
        ShopperView { assets: Assets::default(), shop: Some(shop), matter }
    }

    #[test]
    fn only_the_asking_pages_have_a_button_and_none_acts_by_itself() {
        for matter in Matter::ALL {
            let shown = page(&view(matter)).0;
            let is_asking = matches!(matter, Matter::UnsubscribeAsked | Matter::NotMeAsked);
            assert_eq!(shown.contains(r#"<form method="post"><button"#), is_asking, "{matter:?}");
            assert!(!shown.contains("<script") && !shown.contains("http-equiv"), "{matter:?}");
            assert!(
                shown.contains(r#"<a href="https://shop.example/" rel="noreferrer">Go to Harbour &amp; Co</a>"#),
                "{matter:?}"
            );
        }
    }

    #[test]
    fn hostile_text_adds_no_tag_and_no_attribute() {
        let tags_of = |text: &str, matter| {
            let shop = Shop { name: text.into(), address: text.into() };
            tags(&page(&ShopperView { shop: Some(shop), ..view(matter) }).0)
        };
        for matter in Matter::ALL {
            for text in TEXTS {
                assert_eq!(tags_of(text, matter), tags_of("word", matter), "{matter:?}: {text:?}");
            }
        }
    }

    #[test]
    fn no_page_has_an_inline_script_style_or_handler() {
        for matter in Matter::ALL {
            for tag in tags(&page(&view(matter)).0) {
                assert!(!tag.contains(" style=") && !tag.contains(" on") && tag != "style", "{matter:?}: {tag}");
                assert!(!tag.starts_with("script") && !tag.contains(" id="), "{matter:?}: {tag}");
            }
        }
    }

    #[test]
    fn without_a_shop_the_page_still_helps() {
        for matter in Matter::ALL {
            assert!(page(&ShopperView { shop: None, ..view(matter) }).0.contains("go back to the shop"), "{matter:?}");
        }
    }

    #[test]
    fn a_shop_address_that_is_no_web_address_is_not_linked() {
        let shop = Shop { name: "x".into(), address: "javascript:alert(1)".into() };
        assert!(!page(&ShopperView { shop: Some(shop), ..view(Matter::LinkExpired) }).0.contains("<a "));
    }
}
