//! Shows who may look in from outside: the token of a monitor, and the button that signs out every browser.

use maud::{Markup, html};

use super::layout::hidden_token;
use super::settings::{copy_box, masked};

/// The card with the monitor's token, shown when it was asked for, and the button that ends all sessions.
pub(crate) fn card(monitor_token: Option<&str>, csrf: &str) -> Markup {
    html! {
        section.card #access {
            h2 { "Access" }
            p.hint { "Point a monitor at " code { "/health" } ". With the header " code { "Authorization: Bearer" } " and this token it sees details; everybody else sees only whether the deployment works." }
            @match monitor_token {
                Some(token) => {
                    (copy_box("monitor-token", "Token", token))
                    p { a href="/settings#access" { "Hide the token" } }
                }
                None => {
                    p.copy-label { "Token" }
                    (masked("mon_", "/settings?secret=monitor#access"))
                }
            }
            form.actions method="post" action="/logout-everywhere" {
                (hidden_token(csrf))
                button.small type="submit" { "Sign out everywhere" }
            }
            p.hint { "Ends every session of this dashboard, in every browser. A new admin secret ends them too, and replaces the token." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_masked_until_asked_for_and_signing_out_is_a_post() {
        let shown = card(None, "t").0;
        assert!(shown.contains(r#"href="/settings?secret=monitor#access""#) && !shown.contains("monitor-token"));
        assert!(shown.contains(r#"action="/logout-everywhere"><input type="hidden" name="csrf" value="t">"#));
        assert!(card(Some("mon_abc"), "t").0.contains("mon_abc"));
    }
}
