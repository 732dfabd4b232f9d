//! Shows the first contacts that wait for a share, in groups with two buttons each.

use cartwake_shared::share;
use maud::{Markup, html};

use super::challenge;
use super::layout::{Frame, hidden_token, signed_in};
use super::terms::LocalTime;
use crate::capture::challenge::State;
use crate::dashboard::Page;

/// The word of the form for all operators, or all domains; no operator and no domain has this name.
pub const ALL: &str = "*";

/// What the page shows.
#[derive(Debug, Clone)]
pub struct WaitingView {
    /// The frame of the page.
    pub frame: Frame,
    /// Those whose network has used up its share.
    pub by_network: Vec<Group>,
    /// Those who wait for their turn in the site's share.
    pub by_site: Vec<Group>,
    /// Whether those beyond the shares are asked for a challenge.
    pub challenge: State,
}

/// Those who wait from one operator's networks with addresses of one domain.
#[derive(Debug, Clone)]
pub struct Group {
    /// The operator of the network, `AS64500 Example`; empty if the platform does not name it.
    pub operator: String,
    /// The domain of the addresses.
    pub domain: String,
    /// How many mails wait.
    pub mails: u64,
    /// Since when the longest has waited.
    pub since: LocalTime,
}

/// The page.
pub(crate) fn page(view: &WaitingView) -> Markup {
    let csrf = &view.frame.csrf;
    let body = html! {
        h1 { "First contacts that wait" }
        p {
            "Anybody can type anybody's address into a checkout. So a shopper whom nothing proves yet is mailed only within shares: "
            (share::NETWORK.of_site) " a day from one network, more where known shoppers come from it too, and for the shop as a whole "
            "three times its usual day, at least " (share::SITE_AT_LEAST) ". Known and verified shoppers never wait. Whoever waits longer than a day is not mailed."
        }
        p #challenge { (challenge::sentence(view.challenge)) }
        @if view.by_network.is_empty() && view.by_site.is_empty() {
            p.empty { "Nobody waits." }
        }
        (section("Their network sent many addresses today", "They wait for you: release those whom you recognise.", &view.by_network, csrf))
        (section("The shop's share of today is used up", "They have their turn by themselves, as places become free.", &view.by_site, csrf))
        @if !view.by_network.is_empty() || !view.by_site.is_empty() {
            section.card {
                h2 { "All of them" }
                (buttons(ALL, ALL, csrf))
            }
        }
    };
    signed_in(&view.frame, Page::Waiting, "First contacts that wait", &body)
}

fn section(title: &str, hint: &str, groups: &[Group], csrf: &str) -> Markup {
    html! {
        @if !groups.is_empty() {
            section.card {
                h2 { (title) }
                p.hint { (hint) }
                div.scroll {
                    table {
                        thead { tr { th scope="col" { "Network operator" } th scope="col" { "Domain" } th.number scope="col" { "Mails" } th scope="col" { "Waiting since" } th scope="col" { "Decide" } } }
                        tbody {
                            @for group in groups {
                                tr {
                                    td { @if group.operator.is_empty() { "not named" } @else { (group.operator) } }
                                    td { (group.domain) }
                                    td.number { (group.mails) }
                                    td { (group.since) }
                                    td { (buttons(&group.operator, &group.domain, csrf)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn buttons(operator: &str, domain: &str, csrf: &str) -> Markup {
    html! {
        form.actions method="post" action="/waiting" {
            (hidden_token(csrf))
            input type="hidden" name="operator" value=(operator);
            input type="hidden" name="domain" value=(domain);
            button.small type="submit" name="verdict" value="release" { "Release" }
            button.small.plain type="submit" name="verdict" value="refuse" { "Refuse" }
        }
    }
}
