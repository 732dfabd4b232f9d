//! Shows the log-in: one field, and where to find the secret.

use maud::{Markup, html};

use super::layout::{Assets, signed_out};

/// What the log-in page shows.
#[derive(Debug, Clone, Default)]
pub struct LoginView {
    /// Addresses of the static files.
    pub assets: Assets,
    /// The name under which the secret was stored with wrangler.
    pub secret_name: String,
    /// Why the last attempt failed, as a sentence.
    pub error: Option<String>,
}

/// The log-in page; its form posts `secret` to `/login`.
pub fn page(view: &LoginView) -> Markup {
    signed_out(
        &view.assets,
        "Log in",
        &html! {
            div.card {
                h1 { "Log in" }
                form method="post" action="/login" {
                    // Without a user name beside it, password managers cannot name the entry.
                    input type="text" value="cartwake" autocomplete="username" hidden;
                    div.field {
                        label for="secret" { "Secret" }
                        input #secret name="secret" type="password" autocomplete="current-password" required autofocus
                            aria-describedby=(if view.error.is_some() { "secret-error secret-hint" } else { "secret-hint" })
                            aria-invalid=[view.error.is_some().then_some("true")];
                        @if let Some(error) = &view.error { p.error #secret-error role="alert" { (error) } }
                    }
                    button.main type="submit" { "Log in" }
                }
                div.hint #secret-hint {
                    p { "Deployed? It is the value given to " code { "npx wrangler secret put " (view.secret_name) } ". Run that again to set a new one." }
                    p { "In the demo? " code { "cargo xtask demo" } " prints it when it starts." }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_attempt_is_told_and_the_field_is_marked() {
        let page = page(&LoginView { error: Some("That is not the secret.".into()), ..LoginView::default() }).0;
        assert!(page.contains(r#"role="alert">That is not the secret.</p>"#));
        assert!(page.contains(r#"aria-invalid="true""#));
    }

    #[test]
    fn a_first_visit_shows_no_error() {
        let page = page(&LoginView { secret_name: "DASHBOARD_SECRET".into(), ..LoginView::default() }).0;
        assert!(!page.contains("alert") && !page.contains("aria-invalid"));
        assert!(page.contains("npx wrangler secret put DASHBOARD_SECRET"));
    }
}
