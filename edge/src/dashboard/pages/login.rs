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
    /// Why the last attempt failed, if it did.
    pub refusal: Option<Refusal>,
}

/// Why nobody was logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The secret was wrong.
    Wrong,
    /// Too many secrets were wrong; the next one is judged after so many minutes.
    Throttled {
        /// Minutes, at least 1.
        minutes: i64,
    },
}

impl Refusal {
    fn sentence(self) -> String {
        match self {
            Self::Wrong => "That is not the secret.".to_owned(),
            Self::Throttled { minutes } => {
                let plural = if minutes == 1 { "" } else { "s" };
                format!(
                    "Too many wrong secrets were sent from here. Please wait {minutes} minute{plural}; your secret was not looked at."
                )
            }
        }
    }
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
                            aria-describedby=(if view.refusal.is_some() { "secret-error secret-hint" } else { "secret-hint" })
                            aria-invalid=[(view.refusal == Some(Refusal::Wrong)).then_some("true")];
                        @if let Some(refusal) = view.refusal { p.error #secret-error role="alert" { (refusal.sentence()) } }
                    }
                    button.main type="submit" { "Log in" }
                }
                div.hint #secret-hint {
                    @if let Some(Refusal::Throttled { .. }) = view.refusal {
                        p { "In a hurry? A browser that has logged in here before is not held up, and neither is another network, such as your phone’s. A new secret lets in at once." }
                    }
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
        let page = page(&LoginView { refusal: Some(Refusal::Wrong), ..LoginView::default() }).0;
        assert!(page.contains(r#"role="alert">That is not the secret.</p>"#));
        assert!(page.contains(r#"aria-invalid="true""#));
    }

    #[test]
    fn a_wait_is_told_in_minutes_and_blames_no_secret() {
        for (minutes, words) in [(1, "wait 1 minute;"), (59, "wait 59 minutes;")] {
            let view = LoginView { refusal: Some(Refusal::Throttled { minutes }), ..LoginView::default() };
            let page = page(&view).0;
            assert!(
                page.contains(words) && page.contains("role=\"alert\"") && !page.contains("aria-invalid"),
                "{page}"
            );
        }
    }

    #[test]
    fn a_first_visit_shows_no_error() {
        let page = page(&LoginView { secret_name: "DASHBOARD_SECRET".into(), ..LoginView::default() }).0;
        assert!(!page.contains("alert") && !page.contains("aria-invalid"));
        assert!(page.contains("npx wrangler secret put DASHBOARD_SECRET"));
    }
}
