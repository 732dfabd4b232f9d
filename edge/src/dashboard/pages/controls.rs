//! Shows the controls that stop or resume mails: the breaker's banner, pauses by hand, the erasure of an address.

use cartwake_shared::trust::Audience;
use maud::{Markup, html};

use super::layout::hidden_token;
use super::terms::LocalTime;

/// A breaker of the site while it is tripped, or its warning.
#[derive(Debug, Clone)]
pub struct TrippedBreaker {
    /// Whose mails it stops.
    pub audience: Audience,
    /// Whether nothing is stopped yet.
    pub is_warning: bool,
    /// Why, as a sentence.
    pub why: String,
    /// What was counted, for example `7 of 120 mails`.
    pub counted: String,
    /// Since when.
    pub since: LocalTime,
    /// When sending goes on by itself.
    pub until: LocalTime,
}

/// What is paused beside the site itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pauses {
    /// All sites of the merchant.
    pub merchant: bool,
    /// The whole deployment.
    pub deployment: bool,
}

/// The banner above every page while a breaker is tripped, with the button that resets it.
pub(crate) fn banner(tripped: &TrippedBreaker, csrf: &str) -> Markup {
    html! {
        @if tripped.is_warning {
            div.banner role="status" {
                p { strong { "A warning about mails to " (tripped.audience.label()) "." } " " (tripped.why) }
                p { (tripped.counted) ", " (tripped.since) "." }
            }
        } @else {
            div.banner.bad role="alert" {
                p { strong { "No reminder leaves to " (tripped.audience.label()) "." } " " (tripped.why) }
                p { (tripped.counted) ", since " (tripped.since) ". Sending goes on by itself " (tripped.until) "; what waits until then is not given up." }
                form method="post" action="/breaker" {
                    (hidden_token(csrf))
                    input type="hidden" name="audience" value=(tripped.audience.code());
                    button.small type="submit" { "Send again now" }
                }
            }
        }
    }
}

/// The banner above every page while first contacts wait for a share, with the way to the page that decides about them.
pub(crate) fn waiting_banner(waiting: u64) -> Markup {
    html! {
        @if waiting > 0 {
            div.banner role="status" {
                p {
                    strong {
                        @if waiting >= 1_000 { "1,000 or more first contacts wait." }
                        @else if waiting == 1 { "One first contact waits." }
                        @else { (waiting) " first contacts wait." }
                    }
                    " Nothing proves that these shoppers typed their addresses, and more came in than are mailed in a day. "
                    a href="/waiting" { "See from where, release or refuse them" }
                }
            }
        }
    }
}

/// The card with the buttons that stop more than one site, and the form that erases an address.
pub(crate) fn card(pauses: Pauses, csrf: &str) -> Markup {
    html! {
        section.card #stops {
            h2 { "Stop everything" }
            (pause("merchant", "all sites of this merchant", pauses.merchant, csrf))
            (pause("deployment", "the whole deployment", pauses.deployment, csrf))
        }
        section.card #erase {
            h2 { "Erase an address" }
            p.hint { "At all sites of this merchant: the address and what its carts hold are deleted, waiting reminders are dropped. It is mailed again only if its owner comes back and agrees anew. This cannot be undone." }
            form method="post" action="/erase" {
                (hidden_token(csrf))
                div.field {
                    label for="erase-address" { "E-mail address" }
                    input id="erase-address" name="address" type="email" autocomplete="off" required;
                }
                button.small type="submit" { "Erase" }
            }
        }
    }
}

fn pause(scope: &str, of: &str, is_paused: bool, csrf: &str) -> Markup {
    html! {
        form method="post" action="/pause" {
            (hidden_token(csrf))
            input type="hidden" name="scope" value=(scope);
            input type="hidden" name="paused" value=(if is_paused { "off" } else { "on" });
            p {
                @if is_paused { strong { "Paused: " (of) ". " } }
                button.small type="submit" { @if is_paused { "Let " (of) " send again" } @else { "Pause " (of) } }
            }
        }
    }
}

/// The button on a cart's page that erases its shopper.
pub(crate) fn erase_shopper(address: &str, csrf: &str) -> Markup {
    html! {
        details {
            summary { "Erase this shopper" }
            p.hint { "Deletes the address and what its carts hold at all sites of this merchant. This cannot be undone." }
            form method="post" action="/erase" {
                (hidden_token(csrf))
                input type="hidden" name="address" value=(address);
                button.small type="submit" { "Erase" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_says_what_it_does_now() {
        let shown = |merchant| card(Pauses { merchant, deployment: false }, "t").0;
        assert!(shown(false).contains("Pause all sites of this merchant"));
        let paused = shown(true);
        assert!(paused.contains("Paused: all sites of this merchant") && paused.contains(r#"value="off""#));
        assert_eq!(paused.matches(r#"name="csrf" value="t""#).count(), 3);
    }

    #[test]
    fn what_a_shopper_typed_stays_text() {
        let shown = erase_shopper("\"><script>@x.example", "t").0;
        assert!(!shown.contains("<script>"));
    }
}
