//! Sessions of the dashboard: a signed token in the browser's cookie, and a row that ends with the session.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cartwake_shared::{
    key::{self, Purpose},
    time::{Span, Timestamp},
};

use crate::base::{
    error::Error,
    http::Request,
    ports::{App, Entropy as _, Ports, Store as _},
    store::{
        Query as _, Statement,
        sql::sign_in::{BeginSession, EndSession, EndSessions, FindSession},
    },
};

/// `__Host-` binds the cookie to this host, to `https` and to the whole of it (RFC 6265bis, 4.1.3.2).
const COOKIE: &str = "__Host-cartwake";
/// What both cookies of the dashboard have; `Strict` keeps them away from every request that another site causes.
pub(super) const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";
/// A working day; the cookie's `Max-Age` has the same length.
const LIFE: Span = Span::hours(12);
/// Two machines of the platform may disagree by this much about when a session began.
const SKEW: Span = Span::minutes(1);

/// The session of a signed-in person.
#[derive(Clone, Debug)]
pub(super) struct Session {
    token: String,
    expires: Timestamp,
}

impl Session {
    /// A new session, `d1.<ms>.<nonce>.<mac>`, and the statement that stores it.
    pub(super) fn begin<P: Ports>(app: &App<P>) -> (Self, Statement) {
        let (nonce, now) = (app.ports.entropy().name(), app.now());
        let body = format!("d1.{}.{nonce}", now.millis());
        let signature = app.config.keys.sign(Purpose::Dashboard, &signed(app, &body));
        let session = Self { token: format!("{body}.{signature}"), expires: now.plus(LIFE) };
        let statement = BeginSession { expires: session.expires, hash: &session.hash() }.statement();
        (session, statement)
    }

    /// The session of a request: (1) its cookie is ours and in date, which costs no query; (2) it was not ended.
    pub(super) async fn of<P: Ports>(app: &App<P>, request: &Request) -> Result<Option<Self>, Error> {
        // (1)
        let Some(session) = Self::claimed(app, request) else { return Ok(None) };
        // (2)
        let found = app.store().first(&FindSession { expires: session.expires, hash: &session.hash() }).await?;
        Ok(found.map(|_| session))
    }

    fn claimed<P: Ports>(app: &App<P>, request: &Request) -> Option<Self> {
        let token = request.cookie_value(COOKIE)?;
        let (body, signature) = token.rsplit_once('.')?;
        if token.len() > 200 || !app.config.keys.verify(Purpose::Dashboard, &signed(app, body), signature) {
            return None;
        }
        let begun = Timestamp::from_millis(body.strip_prefix("d1.")?.split('.').next()?.parse().ok()?);
        let age = app.now().since(begun);
        (Span::ZERO.millis() - SKEW.millis() <= age.millis() && age < LIFE)
            .then(|| Self { token: token.to_owned(), expires: begun.plus(LIFE) })
    }

    /// Ends it at the server: its cookie is worth nothing afterwards.
    pub(super) async fn end<P: Ports>(&self, app: &App<P>) -> Result<(), Error> {
        Ok(app.store().done(&EndSession { expires: self.expires, hash: &self.hash() }).await?)
    }

    /// The value of `Set-Cookie` that keeps it in the browser.
    pub(super) fn cookie(&self) -> String {
        format!("{COOKIE}={}; {ATTRIBUTES}; Max-Age={}", self.token, LIFE.whole_seconds())
    }

    /// What every form of this session carries: a MAC of the session that only its own pages can show.
    pub(super) fn form_token<P: Ports>(&self, app: &App<P>) -> String {
        app.config.keys.sign(Purpose::Dashboard, &self.form_message())
    }

    /// Whether a form carries the token of this session.
    pub(super) fn permits<P: Ports>(&self, app: &App<P>, form_token: &str) -> bool {
        app.config.keys.verify(Purpose::Dashboard, &self.form_message(), form_token)
    }

    fn form_message(&self) -> String {
        format!("form {}", self.token)
    }

    /// What the database knows of it. The token has 128 random bits, so the hash needs no key.
    fn hash(&self) -> String {
        let hash = key::mac(b"cartwake/stored-session", self.token.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.get(..16).unwrap_or_default())
    }
}

/// The value of `Set-Cookie` by which the browser forgets its session.
pub(super) fn no_cookie() -> String {
    format!("{COOKIE}=; {ATTRIBUTES}; Max-Age=0")
}

/// Ends every session, of every browser.
pub(super) async fn end_all<P: Ports>(app: &App<P>) -> Result<(), Error> {
    Ok(app.store().done(&EndSessions { before: app.now().plus(LIFE).plus(LIFE) }).await?)
}

/// The statement that deletes sessions that are over.
pub(super) fn delete_old<P: Ports>(app: &App<P>) -> Statement {
    EndSessions { before: app.now() }.statement()
}

/// The admin secret is signed with the session, so that setting a new one ends every session.
fn signed<P: Ports>(app: &App<P>, body: &str) -> String {
    format!("session {body} {}", app.config.admin_secret.reveal())
}
