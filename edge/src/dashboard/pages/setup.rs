//! Shows the set-up: the first page after the log-in while no site exists.

use maud::{Markup, html};

use super::layout::{Assets, hidden_token, signed_out};
use super::site_form::{FieldError, SiteForm, fields, summary};

/// What the set-up page shows.
#[derive(Debug, Clone, Default)]
pub struct SetupView {
    /// Addresses of the static files.
    pub assets: Assets,
    /// The token every form of this session carries.
    pub csrf: String,
    /// Proposed or typed values.
    pub form: SiteForm,
    /// What is wrong with them.
    pub errors: Vec<FieldError>,
}

/// The set-up page; its form posts to `/setup`.
pub fn page(view: &SetupView) -> Markup {
    signed_out(
        &view.assets,
        "Set up your shop",
        &html! {
            div.lead {
                h1 { "Set up your shop" }
                p { "A few lines about the shop and its mails. Everything can be changed later, and nobody but you is mailed while the state is Test." }
            }
            (summary(&view.errors))
            form.stack method="post" action="/setup" {
                (hidden_token(&view.csrf))
                (fields(&view.form, &view.errors, true))
                div.actions { button.main type="submit" { "Create the site" } span.hint { "Next: the tag for your shop." } }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use cartwake_shared::policy::Setting;

    use super::*;
    use crate::dashboard::pages::site_form::Field;

    #[test]
    fn the_form_is_posted_with_its_token_and_without_a_pause() {
        let page = page(&SetupView { csrf: "c5rf".into(), ..SetupView::default() }).0;
        assert!(page.contains(r#"method="post" action="/setup"><input type="hidden" name="csrf" value="c5rf">"#));
        assert!(!page.contains(r#"name="paused""#) && !page.contains("role=\"alert\""));
    }

    #[test]
    fn errors_are_counted_above_the_form() {
        let errors = [Field::Name, Field::Setting(Setting::Zone)]
            .map(|field| FieldError { field, sentence: "Please fill this in.".into() });
        let page = page(&SetupView { errors: errors.to_vec(), ..SetupView::default() }).0;
        assert!(page.contains("2 fields need another look"));
    }
}
