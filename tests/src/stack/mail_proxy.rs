//! A proxy in front of the mail emulator: it lists every attempt, can hold answers, and says when to kill.
use std::collections::{BTreeMap, BTreeSet};
use std::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A running proxy; dropping it closes it.
pub struct MailProxy {
    /// `http://127.0.0.1:<port>`.
    pub origin: String,
    desk: Arc<Desk>,
    serving: JoinHandle<()>,
}

/// One request of the Worker to send a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its idempotency key.
    pub key: String,
    /// Its body.
    pub body: Bytes,
}

/// Where in the life of an attempt something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The request has arrived; the proxy never passes it on.
    Arrived,
    /// The emulator has accepted the mail; its answer never reaches the Worker.
    Accepted,
    /// The emulator has accepted the mail and its answer is on its way.
    Answered,
}

/// The state that the request handler shares with the test.
struct Desk {
    http: reqwest::Client,
    emulator: String,
    book: Mutex<Book>,
    sprung: Notify,
}

#[derive(Default)]
struct Book {
    attempts: Vec<Attempt>,
    /// Key by the provider's id of the mail.
    keys: BTreeMap<String, String>,
    /// Springs at this moment of the n-th request from now; 1 is the next.
    trap: Option<(Moment, usize)>,
    /// Whether the answer to each key's first attempt is held until the Worker hangs up.
    holds_first_answers: bool,
}

impl MailProxy {
    pub(super) async fn open(http: reqwest::Client, emulator: &str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port for the mail proxy")?;
        let origin = format!("http://{}", listener.local_addr()?);
        let desk = Arc::new(Desk {
            http,
            emulator: emulator.to_owned(),
            book: Mutex::new(Book::default()),
            sprung: Notify::new(),
        });
        let routes = Router::new().route("/emails", post(send)).with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move {
            // Serving ends only with this task: accept errors are retried inside.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { origin, desk, serving })
    }

    /// Sets a trap at this moment of the `count`-th request from now, 1 being the next.
    pub fn set_trap(&self, moment: Moment, count: usize) {
        self.desk.book().trap = Some((moment, count));
    }

    /// Waits until the trap has sprung.
    pub async fn sprung(&self) {
        self.desk.sprung.notified().await;
    }

    /// From now on the answer to each key's first attempt is held until the Worker hangs up.
    pub fn hold_first_answers(&self) {
        self.desk.book().holds_first_answers = true;
    }

    /// Every attempt so far, in the order of arrival.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.desk.book().attempts.clone()
    }

    /// The idempotency key under which each mail was accepted, by the provider's id.
    pub fn keys(&self) -> BTreeMap<String, String> {
        self.desk.book().keys.clone()
    }
}

impl Attempt {
    /// The keys that came with more than one body; a retry must be the same mail.
    pub fn rewritten(attempts: &[Self]) -> BTreeSet<&str> {
        let mut bodies: BTreeMap<&str, &Bytes> = BTreeMap::new();
        let mut rewritten = BTreeSet::new();
        for attempt in attempts {
            if **bodies.entry(&attempt.key).or_insert(&attempt.body) != attempt.body {
                rewritten.insert(attempt.key.as_str());
            }
        }
        rewritten
    }
}

impl Drop for MailProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request that has come to this moment; true for the one the trap was set for.
    fn springs(&self, moment: Moment) -> bool {
        let mut book = self.book();
        match &mut book.trap {
            Some((at, left)) if *at == moment => *left -= 1,
            _ => return false,
        }
        let springs = book.trap.is_some_and(|(_, left)| left == 0);
        if springs {
            book.trap = None;
            self.sprung.notify_one();
        }
        springs
    }

    /// Passes the request on and notes under which key the mail was accepted.
    async fn forward(&self, headers: HeaderMap, key: String, body: Bytes) -> Result<(StatusCode, Bytes)> {
        let mut request = self.http.post(format!("{}/emails", self.emulator)).body(body);
        for name in ["authorization", "content-type", "idempotency-key", "user-agent"] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let response = request.send().await?;
        let (status, answer) = (response.status(), response.bytes().await?);
        if let Some(id) = serde_json::from_slice::<Value>(&answer).unwrap_or_default()["id"].as_str() {
            self.book().keys.insert(id.to_owned(), key);
        }
        Ok((status, answer))
    }
}

async fn send(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    let is_held = {
        let mut book = desk.book();
        let is_first = book.attempts.iter().all(|attempt| attempt.key != key);
        book.attempts.push(Attempt { key: key.clone(), body: body.clone() });
        is_first && book.holds_first_answers
    };
    if desk.springs(Moment::Arrived) {
        return unanswered().await;
    }
    // A task of its own: a provider goes on with what it has got when the client is gone.
    let passed_on = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.forward(headers, key, body).await }
    });
    let Ok(Ok((status, answer))) = passed_on.await else { return StatusCode::BAD_GATEWAY.into_response() };
    if is_held || (status.is_success() && desk.springs(Moment::Accepted)) {
        return unanswered().await;
    }
    if status.is_success() {
        desk.springs(Moment::Answered);
    }
    (status, [(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

/// Ends when the client hangs up, and so drops the handler.
async fn unanswered() -> Response {
    future::pending().await
}
