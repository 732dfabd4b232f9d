//! The provider of the challenge on this machine: the widget's script with its public calls, its frame, and the verification.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The widget's public key.
pub(super) const SITE_KEY: &str = "0x4AAA-site-key";
/// The key to its verification; a canary, searched for wherever it must not be.
pub const SECRET: &str = "0x4AAA-canary-of-the-turnstile-secret";

/// A running provider; dropping it closes it.
pub struct Turnstile {
    /// `http://127.0.0.1:<port>`.
    pub origin: String,
    desk: Arc<Desk>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Desk {
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    /// Whether the provider is down.
    is_away: bool,
    scripts: usize,
    verifications: usize,
    tokens: BTreeMap<String, Token>,
}

/// A token that the widget gave to a page.
struct Token {
    host: String,
    action: String,
    data: String,
    /// The key under which it was verified.
    key: Option<Value>,
}

impl Turnstile {
    pub(super) async fn open() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port for the challenge")?;
        let origin = format!("http://{}", listener.local_addr()?);
        let desk = Arc::new(Desk::default());
        let routes = Router::new()
            .route("/turnstile/v0/api.js", get(script))
            .route("/turnstile/v0/widget", get(widget))
            .route("/turnstile/v0/siteverify", post(siteverify))
            .with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move {
            // Serving ends only with this task: accept errors are retried inside.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { origin, desk, serving })
    }

    /// What the Worker is told as the provider's address.
    pub(super) fn address(&self) -> String {
        format!("{}/turnstile/v0", self.origin)
    }

    /// From now on the verification is down, or up again; the widget works all the time.
    pub fn be_away(&self, is_away: bool) {
        self.desk.book().is_away = is_away;
    }

    /// How often a page loaded the widget's script.
    pub fn scripts(&self) -> usize {
        self.desk.book().scripts
    }

    /// How often the Worker asked about a token.
    pub fn verifications(&self) -> usize {
        self.desk.book().verifications
    }

    /// The tokens that pages got.
    pub fn tokens(&self) -> Vec<String> {
        self.desk.book().tokens.keys().cloned().collect()
    }
}

impl Drop for Turnstile {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The calls that a page uses: `render` puts up a frame of the provider's, whose message has the token.
const API: &str = r"(() => {
  const { origin } = new URL(document.currentScript.src);
  const frames = [];
  window.turnstile = {
    render(place, { sitekey, action, cData, callback }) {
      const frame = document.createElement('iframe');
      frame.src = `${origin}/turnstile/v0/widget?${new URLSearchParams({ sitekey, action, cData })}`;
      frame.width = frame.height = 1;
      addEventListener('message', (told) => told.source == frame.contentWindow && told.origin == origin && callback(told.data));
      place.append(frame);
      return String(frames.push(frame) - 1);
    },
    remove(widget) {
      frames[widget].remove();
    },
  };
})();
";

async fn script(State(desk): State<Arc<Desk>>) -> Response {
    desk.book().scripts += 1;
    ([(header::CONTENT_TYPE, "text/javascript")], API).into_response()
}

/// The frame: everybody who opens it is a person.
async fn widget(State(desk): State<Arc<Desk>>, headers: HeaderMap, uri: Uri) -> Response {
    let asked = |name: &str| {
        let mut pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(given, _)| *given == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    if asked("sitekey") != SITE_KEY {
        return StatusCode::BAD_REQUEST.into_response();
    }
    // A browser tells a frame the origin of the page around it.
    let page = headers.get(header::REFERER).and_then(|page| page.to_str().ok()).unwrap_or_default();
    let host = page.split("://").nth(1).and_then(|rest| rest.split([':', '/']).next()).unwrap_or_default().to_owned();
    let mut book = desk.book();
    let token = format!("0.canary-of-a-token-{}", book.tokens.len());
    let page = format!("<!doctype html><script>parent.postMessage('{token}', '*')</script>");
    book.tokens.insert(token, Token { host, action: asked("action"), data: asked("cData"), key: None });
    ([(header::CONTENT_TYPE, "text/html")], page).into_response()
}

/// The verification as Cloudflare documents it: a token is good once, and again under the same `idempotency_key`.
async fn siteverify(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    let mut book = desk.book();
    book.verifications += 1;
    if book.is_away {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let refused = |code: &str| Json(json!({ "success": false, "error-codes": [code] })).into_response();
    if asked["secret"] != SECRET {
        return refused("invalid-input-secret");
    }
    let Some(token) = asked["response"].as_str().and_then(|token| book.tokens.get_mut(token)) else {
        return refused("invalid-input-response");
    };
    let is_uuid = asked["idempotency_key"].as_str().is_some_and(|key| {
        key.len() == 36
            && key.char_indices().all(|(at, letter)| {
                if [8, 13, 18, 23].contains(&at) { letter == '-' } else { letter.is_ascii_hexdigit() }
            })
    });
    if !is_uuid {
        return refused("bad-request");
    }
    if *token.key.get_or_insert_with(|| asked["idempotency_key"].clone()) != asked["idempotency_key"] {
        return refused("timeout-or-duplicate");
    }
    Json(json!({
        "success": true,
        "error-codes": [],
        "challenge_ts": "2026-12-01T05:00:00.000Z",
        "hostname": token.host,
        "action": token.action,
        "cdata": token.data,
        "metadata": { "interactive": false },
    }))
    .into_response()
}
