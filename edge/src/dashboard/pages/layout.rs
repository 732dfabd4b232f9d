//! Wraps every page of the dashboard in its head, header, navigation and log-out button.

use maud::{DOCTYPE, Markup, html};

use super::controls::{self, Pauses, TrippedBreaker};
use super::terms::{SiteState, Tone, chip};
use crate::dashboard::Page;

/// Addresses of the static files; the caller may add a version so that they can be cached for good.
#[derive(Debug, Clone, Copy)]
pub struct Assets {
    /// The dashboard's style.
    pub css: &'static str,
    /// The dashboard's script, an ES module.
    pub js: &'static str,
    /// The style of the pages shoppers see.
    pub shopper_css: &'static str,
    /// The picture in the browser's tab.
    pub icon: &'static str,
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            css: "/dashboard/dashboard.css",
            js: "/dashboard/dashboard.js",
            shopper_css: "/dashboard/shopper.css",
            icon: "/dashboard/favicon.svg",
        }
    }
}

/// What the header shows to somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Addresses of the static files.
    pub assets: Assets,
    /// The shop's name.
    pub site_name: String,
    /// The site's state; shown beside the name.
    pub state: SiteState,
    /// Whether sending is paused: the site's, the merchant's or all of it.
    pub is_paused: bool,
    /// What is paused beside the site itself.
    pub pauses: Pauses,
    /// The breakers that are tripped, and their warnings.
    pub tripped: Vec<TrippedBreaker>,
    /// How many first contacts wait for a share.
    pub waiting: u64,
    /// The token every form of this session carries.
    pub csrf: String,
}

/// A page with navigation, for somebody who is logged in; `current` is marked in the navigation.
pub(crate) fn signed_in(frame: &Frame, current: Page, title: &str, body: &Markup) -> Markup {
    document(
        &frame.assets,
        &format!("{title} · {}", frame.site_name),
        &html! {
            a.skip href="#main" { "Skip to the content" }
            header.top {
                div.bar {
                    a.brand href="/" { (mark()) span { "Cartwake" } }
                    span.site {
                        span.site-name { (frame.site_name) }
                        @if frame.is_paused { (chip(Tone::Bad, "Paused")) } @else { (chip(frame.state.tone(), frame.state.word())) }
                    }
                    form.leave method="post" action="/logout" {
                        (hidden_token(&frame.csrf))
                        button.plain type="submit" { "Log out" }
                    }
                }
                nav.places aria-label="Dashboard" {
                    @for (page, path, word) in Page::NAVIGATION {
                        a href=(path) aria-current=[(*page == current).then_some("page")] { (word) }
                    }
                }
            }
            main #main tabindex="-1" {
                @for tripped in &frame.tripped { (controls::banner(tripped, &frame.csrf)) }
                @if current != Page::Waiting { (controls::waiting_banner(frame.waiting)) }
                (body)
            }
        },
    )
}

/// A page without navigation: one card in the middle.
pub(crate) fn signed_out(assets: &Assets, title: &str, body: &Markup) -> Markup {
    document(
        assets,
        &format!("{title} · Cartwake"),
        &html! {
            main.alone #main {
                div.brand { (mark()) span { "Cartwake" } }
                (body)
            }
        },
    )
}

/// The hidden field that proves that a form came from a page of this session.
pub(crate) fn hidden_token(csrf: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(csrf); }
}

/// The tags of a page's head; `script` is optional.
pub(crate) fn head(title: &str, icon: &str, style: &str, script: Option<&str>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="robots" content="noindex";
            meta name="color-scheme" content="light dark";
            title { (title) }
            link rel="icon" type="image/svg+xml" href=(icon);
            link rel="stylesheet" href=(style);
            @if let Some(script) = script { script type="module" src=(script) {} }
        }
    }
}

fn document(assets: &Assets, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, assets.icon, assets.css, Some(assets.js)))
            body { (body) }
        }
    }
}

/// The mark: a basket riding on its own wake. Drawn in the text's colour; favicon.svg is its twin.
fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false" {
            rect width="32" height="32" rx="9" class="mark-ground" {}
            path class="mark-line" d="M7.5 9h2.6l2.3 8.2h9l2.1-6H11" {}
            path class="mark-wake" d="M6 22.6c2.5-2 4.6-2 7 0s4.6 2 7 0 4.2-1.7 6-.6" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame {
            assets: Assets::default(),
            site_name: "Harbour & Co".into(),
            state: SiteState::Live,
            is_paused: false,
            pauses: Pauses::default(),
            tripped: Vec::new(),
            waiting: 0,
            csrf: "token".into(),
        }
    }

    #[test]
    fn the_current_page_is_marked_and_leaving_is_a_post_with_the_token() {
        let page = signed_in(&frame(), Page::Carts, "Carts", &html! {}).0;
        assert!(page.contains(r#"<a href="/carts" aria-current="page">Carts</a>"#));
        assert_eq!(page.matches("aria-current").count(), 1);
        assert!(page.contains(
            r#"<form class="leave" method="post" action="/logout"><input type="hidden" name="csrf" value="token">"#
        ));
        assert!(page.contains("<title>Carts · Harbour &amp; Co</title>"));
    }

    #[test]
    fn a_pause_is_seen_before_the_state() {
        let page = signed_in(&Frame { is_paused: true, ..frame() }, Page::Today, "Today", &html! {}).0;
        assert!(page.contains("Paused") && !page.contains(">Live<"));
    }
}
