//! The dashboard: from a request to a page, with data from the store. Who is signed in is asked before anything else.

mod cart;
mod carts;
mod outbox;
pub mod pages;
mod shown;
mod sign_in;
mod site_form;
mod site_pages;
mod stops;
mod today;

#[cfg(test)]
mod tests;

use cartwake_shared::policy::SiteState;

use crate::{
    base::{
        error::Error,
        http::{Body, Request, Response},
        ports::{App, Ports, Store as _},
        route::Page,
        site::Site,
        store::sql::site::ReadFirstSite,
    },
    dashboard::pages::{
        layout::{Assets, Frame},
        problem::{self, ProblemView},
        stops::Pauses,
        terms,
    },
};
use sign_in::Session;

/// Serves a page or takes a form.
pub async fn serve<P: Ports>(app: &App<P>, request: &Request, page: Page) -> Result<Response, Error> {
    match page {
        Page::Login => Ok(sign_in::page(app, request)),
        Page::SignIn => sign_in::sign_in(app, request).await,
        Page::SignOut => sign_in::sign_out(app, request),
        Page::SetUp => site_pages::set_up(app, request).await,
        Page::SetUpSent => site_pages::set_up_sent(app, request).await,
        Page::Settings => site_pages::settings(app, request).await,
        Page::SettingsSent => site_pages::settings_sent(app, request).await,
        Page::CustomerKeySent => site_pages::customer_key_sent(app, request).await,
        Page::PauseSent => stops::pause(app, request).await,
        Page::BreakerReset => stops::open(app, request).await,
        Page::EraseSent => stops::erase(app, request).await,
        Page::Today => today::page(app, request).await,
        Page::Carts => carts::page(app, request).await,
        Page::Cart(id) => cart::page(app, request, &id).await,
    }
}

/// The page for an address that leads nowhere.
pub fn not_found<P: Ports>(app: &App<P>) -> Response {
    shown(404, problem::not_found(&assets(app)).into_string())
}

/// The page of an error; who is not signed in is sent to do that.
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
            let response = shown(error.status(), problem::page(&view).into_string());
            match error.response().header("Retry-After") {
                Some(seconds) => response.with_header("Retry-After", seconds),
                None => response,
            }
        }
    }
}

/// Addresses of the static files this Worker was built with; the plain ones where nothing was built.
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

/// A page of the dashboard. Its own origin may learn where a form came from: under `no-referrer` browsers send
/// `Origin: null` with a form (Fetch, "append a request `Origin` header"), which could not be told from a stranger's.
fn shown(status: u16, html: String) -> Response {
    Response::page(status, html).with_header("Referrer-Policy", "same-origin")
}

/// The deployment's site as the database has it now; `None` before the set-up.
async fn site<P: Ports>(app: &App<P>) -> Result<Option<Site>, Error> {
    let row = app.store().first(&ReadFirstSite).await?;
    Ok(row.map(Site::from_row).transpose()?)
}

/// What the header of every page shows.
async fn frame<P: Ports>(app: &App<P>, site: &Site, session: &Session) -> Result<Frame, Error> {
    let stops = stops::of(app, site).await?;
    Ok(Frame {
        assets: assets(app),
        site_name: site.name.clone(),
        state: match site.state {
            SiteState::Test => terms::SiteState::Test,
            SiteState::Shadow => terms::SiteState::Shadow,
            SiteState::Live => terms::SiteState::Live,
        },
        is_paused: site.paused || stops.pauses != Pauses::default(),
        pauses: stops.pauses,
        tripped: stops.tripped,
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

/// A count as pages take it; a negative one, which no counter should have, is shown as none.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The text of an error as a sentence: with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
