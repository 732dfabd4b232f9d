//! Shows the settings of a site: its tag, its order webhook, and the form of the set-up.

use maud::{Markup, html};

use super::access;
use super::challenge;
use super::controls;
use super::install::lamps;
use super::layout::{Frame, hidden_token, signed_in};
use super::site_form::{FieldError, SiteForm, fields, summary};
use crate::capture::challenge::State;
use crate::capture::install_check::Seen;
use crate::dashboard::Page;

/// What the settings page shows.
#[derive(Debug, Clone)]
pub struct SettingsView {
    /// Header of the page.
    pub frame: Frame,
    /// Stored or typed values.
    pub form: SiteForm,
    /// What is wrong with them.
    pub errors: Vec<FieldError>,
    /// Whether the values were saved just now.
    pub is_saved: bool,
    /// Whether an address was erased just now.
    pub is_erased: bool,
    /// Scheme and host of this Worker, for example `https://carts.shop.example`.
    pub origin: String,
    /// The site's id, as the order webhook names it.
    pub site_id: String,
    /// The public key in the tag, `pk_…`.
    pub site_key: String,
    /// Address of the order webhook.
    pub order_webhook: String,
    /// The webhook's secret, `whsec_…`; given only when the owner asked to see it.
    pub order_secret: Option<String>,
    /// The key that customers' ids are signed with, `ck…`; given only when the owner asked to see it.
    pub customer_key: Option<String>,
    /// What a monitor shows to see the whole of `/health`; given only when the owner asked to see it.
    pub monitor_token: Option<String>,
    /// What has arrived from the shop so far.
    pub seen: Seen,
    /// Whether first contacts beyond the shares are asked for a challenge.
    pub challenge: State,
}

/// The tag for the shop's pages.
pub fn tag(origin: &str, site_key: &str) -> String {
    format!(r#"<script async src="{origin}/cartwake.js" data-site="{site_key}"></script>"#)
}

/// The tag in a box with a button that copies it.
pub(crate) fn tag_box(tag: &str) -> Markup {
    copy_box("tag", "Tag for your shop", tag)
}

/// The settings page; its form posts to `/settings`, and `/settings?secret=show` asks for the webhook's secret.
pub fn page(view: &SettingsView) -> Markup {
    signed_in(
        &view.frame,
        Page::Settings,
        "Settings",
        &html! {
            div.title { h1 { "Settings" } }
            @if view.is_saved { p.banner.good role="status" { "Saved." } }
            @if view.is_erased { p.banner.good role="status" { "The address is erased. It is not mailed again." } }
            (summary(&view.errors))
            div.halves {
                form.stack method="post" action="/settings" {
                    (hidden_token(&view.frame.csrf))
                    (fields(&view.form, &view.errors, false))
                    div.actions { button.main type="submit" { "Save" } }
                }
                aside.stack aria-label="Connecting the shop" {
                    section.card {
                        h2 { "Tag" }
                        p.hint { "Put this line before the closing " code { "</head>" } " of every page of the shop." }
                        (tag_box(&tag(&view.origin, &view.site_key)))
                        p.hint { "On devices that several people share, write " code { "data-session" } " behind the key: what is known of a visitor then ends with the tab." }
                    }
                    section.card #install {
                        h2 { "Install check" }
                        p.hint { "Each lamp turns green when the first of its kind has arrived." }
                        (lamps(view.seen))
                    }
                    section.card #webhook {
                        h2 { "Order webhook" }
                        p.hint { "Let the shop's server report orders here, signed with the secret. Then no reminder follows a purchase, and revenue counts as confirmed." }
                        (copy_box("order-webhook", "Address", &view.order_webhook))
                        @match &view.order_secret {
                            Some(secret) => {
                                (copy_box("order-secret", "Secret", secret))
                                p { a href="/settings#webhook" { "Hide the secret" } }
                            }
                            None => {
                                p.copy-label { "Secret" }
                                (masked("whsec_", "/settings?secret=show#webhook"))
                            }
                        }
                        (copy_box("site-id", "Site id", &view.site_id))
                    }
                    section.card #customers {
                        h2 { "Signed customers" }
                        p.hint { "Optional. Where the shop’s server signs who is signed in, with the address and an end, these customers count as verified, and their address comes along on every device. The guide docs/how-to/signed-customers.md has the text to sign, in four languages." }
                        (copy_box("customer-call", "Call for the page", "cartwake('identify', { customer, email, until, signature })"))
                        @match &view.customer_key {
                            Some(key) => {
                                (copy_box("customer-key", "Key", key))
                                p { a href="/settings#customers" { "Hide the key" } }
                            }
                            None => {
                                p.copy-label { "Key" }
                                (masked("ck", "/settings?secret=customers#customers"))
                            }
                        }
                        form.actions method="post" action="/customer-key" {
                            (hidden_token(&view.frame.csrf))
                            button.small type="submit" { "Make a new key" }
                        }
                        p.hint { "The key before the new one holds until the next change." }
                    }
                    (challenge::card(view.challenge))
                    (access::card(view.monitor_token.as_deref(), &view.frame.csrf))
                    (controls::card(view.frame.pauses, &view.frame.csrf))
                }
            }
        },
    )
}

/// A secret that is not shown, and the link that shows it.
pub(crate) fn masked(beginning: &str, shows: &str) -> Markup {
    html! {
        p.masked { code { (beginning) span aria-hidden="true" { "••••••••••••" } span.unseen { "hidden" } } a href=(shows) { "Show" } }
    }
}

/// A value to take elsewhere; the button appears when the script runs.
pub(crate) fn copy_box(id: &str, label: &str, value: &str) -> Markup {
    html! {
        div.copy {
            p.copy-label { (label) }
            div.copy-row {
                pre id=(id) tabindex="0" role="region" aria-label=(label) { code { (value) } }
                button.small type="button" data-copy=(id) hidden aria-label={ "Copy: " (label) } { "Copy" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::pages::hostile;

    #[test]
    fn the_tag_can_be_copied_as_it_is_and_is_not_run_here() {
        let view =
            SettingsView { origin: "https://c.example".into(), site_key: "pk_demo_1".into(), ..hostile::settings("x") };
        let page = page(&view).0;
        assert!(page.contains("&lt;script async src=&quot;https://c.example/cartwake.js&quot; data-site=&quot;pk_demo_1&quot;&gt;&lt;/script&gt;"));
        assert!(!page.contains("<script async"));
    }

    #[test]
    fn the_secret_is_masked_until_asked_for() {
        let asked = SettingsView { order_secret: Some("whsec_abc".into()), ..hostile::settings("x") };
        assert!(page(&asked).0.contains("whsec_abc"));
        let not_asked = SettingsView { order_secret: None, ..asked };
        let shown = page(&not_asked).0;
        assert!(!shown.contains("whsec_abc") && shown.contains(r#"href="/settings?secret=show#webhook""#));
    }
}
