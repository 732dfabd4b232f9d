//! A fixture shop's server on the loopback address, with sessions in memory and a list of its requests.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{self, Body};
use axum::extract::{Request as Incoming, State};
use axum::http::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::ask::{Ask, Reply};
use super::{Basket, Shop, Shown};

/// More than any page of a fixture sends.
const LONGEST_BODY: usize = 256 * 1024;

/// A running shop; dropping it closes it.
pub struct Counter {
    /// `http://localhost:<port>`.
    pub origin: String,
    desk: Arc<Desk>,
    serving: JoinHandle<()>,
}

/// The one line of Cartwake in a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tag {
    /// None at all.
    #[default]
    Absent,
    /// From this host, with the site's key.
    From(String, String),
    /// The same, for a device that several people share.
    Shared(String, String),
}

/// What was asked of the shop, for comparing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The body as text; of a form the fields.
    pub body: String,
}

struct Desk {
    shop: Shop,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    tag: Tag,
    sessions: BTreeMap<String, Basket>,
    newest: String,
    requests: Vec<Request>,
}

impl Counter {
    /// Opens the shop on a free port, without the tag.
    pub async fn open(shop: Shop) -> Result<Self> {
        let listener = unused_port().await.context("no free port for a shop")?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let desk = Arc::new(Desk { shop, book: Mutex::default() });
        let routes = Router::new().fallback(serve).with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move {
            // Serving ends only with this task: accept errors are retried inside.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { origin, desk, serving })
    }

    /// From now on every page has this tag.
    pub fn put_up(&self, tag: Tag) {
        self.desk.book().tag = tag;
    }

    /// The basket of the newest session.
    pub fn basket(&self) -> Basket {
        let book = self.desk.book();
        book.sessions.get(&book.newest).cloned().unwrap_or_default()
    }

    /// The cart of the newest session as pages show it.
    pub fn shown(&self) -> Shown {
        self.desk.shop.till.shown(&self.basket())
    }

    /// Everything asked so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.desk.book().requests.clone()
    }
}

/// A port that no shop of this run had before: by its origin the proxy and the Worker tell one from the other.
async fn unused_port() -> Result<TcpListener> {
    static HAD: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    // Kept open until another is found, or the system would offer the same one again.
    let mut passed = Vec::new();
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        if HAD.lock().unwrap_or_else(PoisonError::into_inner).insert(listener.local_addr()?.port()) {
            return Ok(listener);
        }
        passed.push(listener);
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(State(desk): State<Arc<Desk>>, incoming: Incoming) -> Response<Body> {
    let (head, body) = incoming.into_parts();
    let Ok(body) = body::to_bytes(body, LONGEST_BODY).await else {
        return Reply::missing().with_status(413).into_response();
    };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    if target == "/favicon.ico" {
        // Browsers ask for it when they like; no part of the shop.
        return Reply::new("image/x-icon", "").with_status(204).into_response();
    }
    let mut book = desk.book();
    let tag = match &book.tag {
        Tag::Absent => String::new(),
        Tag::From(host, key) => format!(r#"<script async src="{host}/cartwake.js" data-site="{key}"></script>"#),
        Tag::Shared(host, key) => {
            format!(r#"<script async src="{host}/cartwake.js" data-site="{key}" data-session></script>"#)
        }
    };
    let ask = Ask::read(head.method.as_str(), &target, head.headers, &body, &tag);
    // The boundary between the parts of a form is random; its fields are not.
    let body =
        if ask.form.is_empty() { String::from_utf8_lossy(&body).into_owned() } else { format!("{:?}", ask.form) };
    book.requests.push(Request { method: ask.method.clone(), target, body });
    let known =
        ask.header("cookie").split("; ").find_map(|pair| pair.strip_prefix("shop_session=")).unwrap_or_default();
    let (session, is_new) = if book.sessions.contains_key(known) {
        (known.to_owned(), false)
    } else {
        (format!("s{}", book.sessions.len() + 1), true)
    };
    book.newest.clone_from(&session);
    let basket = book.sessions.entry(session.clone()).or_default();
    let reply = (desk.shop.answer)(&desk.shop.till, basket, &ask);
    let reply = if is_new {
        reply.with_header("set-cookie", format!("shop_session={session}; Path=/; HttpOnly; SameSite=Lax"))
    } else {
        reply
    };
    // A shop's pages and answers are of one shopper: none is cached, but going back may show it as it was left.
    reply.with_header("cache-control", "private, no-cache").into_response()
}
