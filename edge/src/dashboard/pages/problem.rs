//! Shows an error with its code, or that a page does not exist.

use maud::{Markup, html};

use super::layout::{Assets, signed_out};

/// What the error page shows.
#[derive(Debug, Clone, Default)]
pub struct ProblemView {
    /// Addresses of the static files.
    pub assets: Assets,
    /// The stable code, for example `csrf_mismatch`.
    pub code: String,
    /// What happened and what helps, as a sentence.
    pub sentence: String,
}

/// The page of an error.
pub fn page(view: &ProblemView) -> Markup {
    signed_out(
        &view.assets,
        "Something went wrong",
        &html! {
            div.card {
                h1 { "Something went wrong" }
                p { (view.sentence) }
                p.hint { "Code " code { (view.code) } }
                p { a href="/" { "Back to the dashboard" } }
            }
        },
    )
}

/// The page for an address that leads nowhere.
pub fn not_found(assets: &Assets) -> Markup {
    signed_out(
        assets,
        "Not found",
        &html! {
            div.card {
                h1 { "There is no such page" }
                p { "The address may be mistyped, or what it showed has been removed." }
                p { a href="/" { "Back to the dashboard" } }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_its_code_and_its_sentence() {
        let view = ProblemView {
            code: "store_unavailable".into(),
            sentence: "The database did not answer.".into(),
            ..ProblemView::default()
        };
        let shown = page(&view).0;
        assert!(shown.contains("<code>store_unavailable</code>") && shown.contains("The database did not answer."));
    }

    #[test]
    fn a_missing_page_leads_back() {
        assert!(not_found(&Assets::default()).0.contains(r#"<a href="/">"#));
    }
}
