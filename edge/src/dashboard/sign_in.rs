//! Signs people in and out, keeps the session in a cookie, and checks that a form came from our own page.

use cartwake_shared::{
    key::{Purpose, secrets_match},
    time::{Span, Timestamp},
};

use super::{assets, form_body, html_response, site};
use crate::{
    base::{
        config::binding,
        error::Error,
        http::{Request, Response, form_value},
        ports::{App, Entropy as _, Ports},
    },
    dashboard::pages::login::{self, LoginView},
};

/// `__Host-` binds the cookie to this host, to `https` and to the whole of it (RFC 6265bis, 4.1.3.2).
const COOKIE: &str = "__Host-cartwake";
/// A working day; the cookie's `Max-Age` has the same length.
const LIFE: Span = Span::hours(12);
/// Two machines of the platform may disagree by this much about when a session began.
const SKEW: Span = Span::minutes(1);

/// The session of a signed-in person.
#[derive(Clone, Debug)]
pub(super) struct Session {
    token: String,
}

impl Session {
    /// A new session: `d1.<ms>.<nonce>.<mac>`. Nothing of it is stored.
    fn begin<P: Ports>(app: &App<P>) -> Self {
        let nonce = app.ports.entropy().name();
        let body = format!("d1.{}.{nonce}", app.now().millis());
        let signature = app.config.keys.sign(Purpose::Dashboard, &signed(app, &body));
        Self { token: format!("{body}.{signature}") }
    }

    /// The session of a request, if its cookie is ours and in date.
    fn of<P: Ports>(app: &App<P>, request: &Request) -> Option<Self> {
        let token = request.cookie_value(COOKIE)?;
        let (body, signature) = token.rsplit_once('.')?;
        if token.len() > 200 || !app.config.keys.verify(Purpose::Dashboard, &signed(app, body), signature) {
            return None;
        }
        let begun = Timestamp::from_millis(body.strip_prefix("d1.")?.split('.').next()?.parse().ok()?);
        let age = app.now().since(begun);
        (Span::ZERO.millis() - SKEW.millis() <= age.millis() && age < LIFE).then(|| Self { token: token.to_owned() })
    }

    /// What every form of this session carries: a MAC of the session that only its own pages can show.
    pub(super) fn form_token<P: Ports>(&self, app: &App<P>) -> String {
        app.config.keys.sign(Purpose::Dashboard, &self.form_message())
    }

    fn form_message(&self) -> String {
        format!("form {}", self.token)
    }

    fn permits<P: Ports>(&self, app: &App<P>, form_token: &str) -> bool {
        app.config.keys.verify(Purpose::Dashboard, &self.form_message(), form_token)
    }
}

/// The admin secret is signed with the session, so that setting a new one ends every session.
fn signed<P: Ports>(app: &App<P>, body: &str) -> String {
    format!("session {body} {}", app.config.admin_secret.reveal())
}

/// Requires a session: for pages.
pub(super) fn require_session<P: Ports>(app: &App<P>, request: &Request) -> Result<Session, Error> {
    Session::of(app, request).ok_or(Error::SignedOut)
}

/// Requires a session and gives the form with it: (1) from our own page, (2) signed in, (3) with the session's token.
pub(super) fn require_form<'r, P: Ports>(app: &App<P>, request: &'r Request) -> Result<(Session, &'r str), Error> {
    // (1)
    if origin(request) != FormOrigin::OwnPage {
        return Err(Error::ForeignForm);
    }
    // (2)
    let session = require_session(app, request)?;
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
pub(super) fn page<P: Ports>(app: &App<P>, request: &Request) -> Response {
    match Session::of(app, request) {
        Some(_) => Response::see_other("/"),
        None => login_page(app, 200, None),
    }
}

/// `POST /login`. A caller that is no browser may log in too: there is no cookie yet that another page could abuse.
pub(super) async fn sign_in<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    if origin(request) == FormOrigin::Foreign {
        return Err(Error::ForeignForm);
    }
    let given = form_value(form_body(request)?, "secret").unwrap_or_default();
    // A line break at the end comes with the secret when it is piped or copied.
    if !secrets_match(given.trim(), app.config.admin_secret.reveal().trim()) {
        return Ok(login_page(app, 401, Some("That is not the secret.")));
    }
    let target = if site(app).await?.is_some() { "/" } else { "/setup" };
    let cookie = format!("{COOKIE}={}; {ATTRIBUTES}; Max-Age={}", Session::begin(app).token, LIFE.whole_seconds());
    Ok(Response::see_other(target).with_header("Set-Cookie", cookie))
}

/// `POST /logout`: the browser forgets the session.
pub(super) fn sign_out<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    require_form(app, request)?;
    Ok(Response::see_other("/login").with_header("Set-Cookie", format!("{COOKIE}=; {ATTRIBUTES}; Max-Age=0")))
}

const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

fn login_page<P: Ports>(app: &App<P>, status: u16, error: Option<&str>) -> Response {
    let view = LoginView {
        assets: assets(app),
        secret_name: binding::ADMIN_SECRET.to_owned(),
        error: error.map(str::to_owned),
    };
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
