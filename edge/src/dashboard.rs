//! Serves the dashboard: the table of its pages and forms, and their common parts.

mod cart;
mod carts;
mod controls;
mod format;
mod outbox;
pub mod pages;
mod retention;
mod routes;
mod session;
mod sign_in;
mod site_form;
mod site_pages;
mod throttle;
mod today;
mod waiting;

#[cfg(test)]
mod tests;

use cartwake_shared::policy::SiteState;

use crate::{
    base::{
        error::Error,
        http::{Body, Method, Request, Response},
        ports::{App, Ports, Store as _},
        site::Site,
        store::sql::site::ReadFirstSite,
    },
    dashboard::pages::{
        controls::Pauses,
        layout::{Assets, Frame},
        problem::{self, ProblemView},
        terms,
    },
};
use routes::page_table;
use session::Session;

pub use routes::find;

page_table! {
    (app, request, id):
    Today: Get "/" in navigation "Today" => today::page(app, request).await;
    Carts: Get "/carts" in navigation "Carts" => carts::page(app, request).await;
    Cart: Get "/carts/{id}" => cart::page(app, request, id).await;
    Settings: Get "/settings" in navigation "Settings" => site_pages::settings(app, request).await;
    SaveSettings: Post "/settings" => site_pages::save_settings(app, request).await;
    ReplaceCustomerKey: Post "/customer-key" => site_pages::replace_customer_key(app, request).await;
    Waiting: Get "/waiting" => waiting::page(app, request).await;
    DecideWaiting: Post "/waiting" => waiting::decide(app, request).await;
    Pause: Post "/pause" => controls::pause(app, request).await;
    ResetBreaker: Post "/breaker" => controls::reset_breaker(app, request).await;
    Erase: Post "/erase" => controls::erase(app, request).await;
    SetUp: Get "/setup" => site_pages::set_up(app, request).await;
    CreateSite: Post "/setup" => site_pages::create_site(app, request).await;
    Login: Get "/login" => sign_in::page(app, request).await;
    SignIn: Post "/login" => sign_in::sign_in(app, request).await;
    SignOut: Post "/logout" => sign_in::sign_out(app, request).await;
    SignOutEverywhere: Post "/logout-everywhere" => sign_in::sign_out_everywhere(app, request).await;
}

/// The page for an address that does not exist.
pub fn not_found<P: Ports>(app: &App<P>) -> Response {
    html_response(404, problem::not_found(&assets(app)).into_string())
}

/// The page of an error; a redirect to the log-in where nobody is signed in.
pub fn problem<P: Ports>(app: &App<P>, error: &Error) -> Response {
    match error {
        Error::SignedOut => Response::see_other("/login"),
        Error::NotFound => not_found(app),
        _ => {
            let view = ProblemView {
                assets: assets(app),
                code: error.code().to_owned(),
                sentence: sentence(&error.to_string()),
            };
            let response = html_response(error.status(), problem::page(&view).into_string());
            match error.response().header("Retry-After") {
                Some(seconds) => response.with_header("Retry-After", seconds),
                None => response,
            }
        }
    }
}

/// Addresses of the static files this Worker was built with; unhashed ones if no assets were built.
pub fn assets<P: Ports>(app: &App<P>) -> Assets {
    let built = &app.config.assets.dashboard;
    let plain = Assets::default();
    let choose = |built: &'static str, plain| if built.is_empty() { plain } else { built };
    Assets {
        css: choose(built.css, plain.css),
        js: choose(built.js, plain.js),
        shopper_css: choose(built.shopper_css, plain.shopper_css),
        icon: choose(built.icon, plain.icon),
    }
}

/// Whether the request comes from somebody who is signed in.
pub async fn is_signed_in<P: Ports>(app: &App<P>, request: &Request) -> Result<bool, Error> {
    Ok(Session::of(app, request).await?.is_some())
}

/// The response with a page of the dashboard. Its own origin may learn where a form came from: under `no-referrer`
/// browsers send `Origin: null` with a form (Fetch, "append a request `Origin` header"), as they do for foreign pages.
fn html_response(status: u16, html: String) -> Response {
    Response::page(status, html).with_header("Referrer-Policy", "same-origin")
}

/// The deployment's site as the database has it now; `None` before the set-up.
async fn site<P: Ports>(app: &App<P>) -> Result<Option<Site>, Error> {
    let row = app.store().first(&ReadFirstSite).await?;
    Ok(row.map(Site::from_row).transpose()?)
}

/// Reads what the header of every page shows.
async fn frame<P: Ports>(app: &App<P>, site: &Site, session: &Session) -> Result<Frame, Error> {
    let blocks = controls::send_blocks(app, site).await?;
    Ok(Frame {
        assets: assets(app),
        site_name: site.name.clone(),
        state: match site.state {
            SiteState::Test => terms::SiteState::Test,
            SiteState::Shadow => terms::SiteState::Shadow,
            SiteState::Live => terms::SiteState::Live,
        },
        is_paused: site.paused || blocks.pauses != Pauses::default(),
        pauses: blocks.pauses,
        tripped: blocks.tripped,
        waiting: blocks.waiting,
        csrf: session.form_token(app),
    })
}

/// The posted body of a form.
fn form_body(request: &Request) -> Result<&str, Error> {
    if request.body == Body::TooLong {
        return Err(Error::TooLong);
    }
    request.body_text().ok_or_else(|| Error::Malformed("it is not UTF-8".to_owned()))
}

/// A count as pages take it; a negative one, which no counter should have, becomes 0.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The text of an error as a sentence: with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
