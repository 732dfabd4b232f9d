//! Signs people in and out, and checks that a form came from our own page.

use cartwake_shared::{
    key::secrets_match,
    time::{Span, Timestamp},
};

use super::{
    assets, form_body, html_response,
    session::{self, Session},
    site, throttle,
};
use crate::{
    base::{
        config::binding,
        error::Error,
        http::{Request, Response, form_value},
        ports::{App, Ports, Store as _},
    },
    dashboard::pages::login::{self, LoginView, Refusal},
};

/// Requires a session: for pages.
pub(super) async fn require_session<P: Ports>(app: &App<P>, request: &Request) -> Result<Session, Error> {
    Session::of(app, request).await?.ok_or(Error::SignedOut)
}

/// Requires a session and gives the form with it: (1) from our own page, (2) signed in, (3) with the session's token.
pub(super) async fn require_form<'r, P: Ports>(
    app: &App<P>,
    request: &'r Request,
) -> Result<(Session, &'r str), Error> {
    // (1)
    if origin(request) != FormOrigin::OwnPage {
        return Err(Error::ForeignForm);
    }
    // (2)
    let session = require_session(app, request).await?;
    // (3)
    let form = form_body(request)?;
    let token = form_value(form, "csrf").unwrap_or_default();
    if session.permits(app, &token) { Ok((session, form)) } else { Err(Error::ForeignForm) }
}

/// Where a form was sent from, by the browser's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormOrigin {
    /// A page of this origin, or the person at the browser.
    OwnPage,
    /// Neither header is there, so it is no current browser.
    Missing,
    /// Another page.
    Foreign,
}

fn origin(request: &Request) -> FormOrigin {
    // A browser sends `null` when it hides the origin; then `Sec-Fetch-Site` decides.
    let origin = request.page_origin.as_deref().filter(|origin| *origin != "null");
    match (origin, request.fetch_site.as_deref()) {
        (Some(origin), _) if origin == request.origin => FormOrigin::OwnPage,
        (None, Some("same-origin" | "none")) => FormOrigin::OwnPage,
        (None, None) if request.page_origin.is_none() => FormOrigin::Missing,
        _ => FormOrigin::Foreign,
    }
}

/// `GET /login`.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    Ok(match Session::of(app, request).await? {
        Some(_) => Response::see_other("/"),
        None => login_page(app, 200, None),
    })
}

/// `POST /login`: (1) the attempt is counted, or refused unjudged; (2) the secret is compared; (3) a session begins.
///
/// A caller that is no browser may log in too: there is no cookie yet that another page could abuse.
pub(super) async fn sign_in<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    if origin(request) == FormOrigin::Foreign {
        return Err(Error::ForeignForm);
    }
    let given = form_value(form_body(request)?, "secret").unwrap_or_default();
    // (1)
    let attempt = match throttle::take(app, request).await? {
        Ok(attempt) => attempt,
        Err(until) => return Ok(throttled_page(app, until)),
    };
    // (2) A line break at the end comes with the secret when it is piped or copied.
    if !secrets_match(given.trim(), app.config.admin_secret.reveal().trim()) {
        attempt.count_wrong(app).await?;
        return Ok(login_page(app, 401, Some(Refusal::Wrong)));
    }
    // (3)
    let target = if site(app).await?.is_some() { "/" } else { "/setup" };
    let (session, stored) = Session::begin(app);
    let statements = attempt.forgive().into_iter().chain([session::delete_old(app), stored]);
    app.store().batch(statements.collect()).await?;
    Ok(Response::see_other(target)
        .with_header("Set-Cookie", session.cookie())
        .with_header("Set-Cookie", throttle::cookie(app, request)))
}

/// `POST /logout`: the session ends at the server, and the browser forgets it.
pub(super) async fn sign_out<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (session, _) = require_form(app, request).await?;
    session.end(app).await?;
    Ok(Response::see_other("/login").with_header("Set-Cookie", session::no_cookie()))
}

/// `POST /logout-everywhere`: ends the sessions of all browsers.
pub(super) async fn sign_out_everywhere<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    require_form(app, request).await?;
    session::end_all(app).await?;
    Ok(Response::see_other("/login").with_header("Set-Cookie", session::no_cookie()))
}

fn throttled_page<P: Ports>(app: &App<P>, until: Timestamp) -> Response {
    let seconds = until.since(app.now()).whole_seconds().clamp(1, Span::hours(1).whole_seconds());
    let minutes = seconds.saturating_add(59) / 60;
    login_page(app, 429, Some(Refusal::Throttled { minutes })).with_header("Retry-After", seconds.to_string())
}

fn login_page<P: Ports>(app: &App<P>, status: u16, refusal: Option<Refusal>) -> Response {
    let view = LoginView { assets: assets(app), secret_name: binding::ADMIN_SECRET.to_owned(), refusal };
    html_response(status, login::page(&view).into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_ours_only_when_the_browser_says_so() {
        use FormOrigin::{Foreign, Missing, OwnPage};
        for (page_origin, fetch_site, expected) in [
            (Some("https://a.example"), None, OwnPage),
            (Some("https://a.example"), Some("same-origin"), OwnPage),
            (Some("http://a.example"), None, Foreign),
            (Some("https://a.example.evil.example"), None, Foreign),
            (Some("https://evil.example"), Some("same-origin"), Foreign),
            (Some("null"), Some("same-origin"), OwnPage),
            (Some("null"), Some("cross-site"), Foreign),
            (Some("null"), None, Foreign),
            (Some(""), None, Foreign),
            (None, Some("none"), OwnPage),
            (None, Some("same-site"), Foreign),
            (None, Some("cross-site"), Foreign),
            (None, None, Missing),
        ] {
            let request = Request {
                origin: "https://a.example".to_owned(),
                page_origin: page_origin.map(str::to_owned),
                fetch_site: fetch_site.map(str::to_owned),
                ..Request::default()
            };
            assert_eq!(origin(&request), expected, "{page_origin:?} {fetch_site:?}");
        }
    }
}
