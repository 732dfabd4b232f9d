//! Serves every tracker from one origin, plays all of their servers, and counts what they ask and send.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Response, Uri, header};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Peer, boot, tag};

/// The running server; dropping it closes it.
pub(super) struct Shelf {
    /// `http://localhost:<port>`.
    pub(super) origin: String,
    books: Arc<Books>,
    serving: JoinHandle<()>,
}

/// What was asked since the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    /// Requests for scripts, modules and settings, and those that tell something.
    pub(super) requests: u64,
    /// Requests that tell something.
    pub(super) told: u64,
}

struct Books {
    page: String,
    boot: Value,
    starts: BTreeMap<String, String>,
    /// Where files are looked for, in this order.
    folders: Vec<PathBuf>,
    requests: AtomicU64,
    told: AtomicU64,
    last_told: Mutex<Option<String>>,
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shelf {
    /// Opens it on a free port of the loopback address.
    pub(super) async fn open(root: &Path, built: &Path, peers: &[Peer]) -> Result<Self> {
        let manifest: Value = serde_json::from_slice(&fs::read(built.join("manifest.json"))?)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let books = Arc::new(Books {
            page: fs::read_to_string(root.join("tests/bench/page.html"))?,
            boot: boot(&manifest),
            starts: peers.iter().map(|peer| (peer.name.clone(), peer.start.clone())).collect(),
            folders: vec![root.join("tests/bench"), built.join("bench"), built.join("assets")],
            requests: AtomicU64::new(0),
            told: AtomicU64::new(0),
            last_told: Mutex::new(None),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&books));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { origin, books, serving })
    }

    /// Counts anew and gives what was counted.
    pub(super) fn count(&self) -> Traffic {
        Traffic {
            requests: self.books.requests.swap(0, Ordering::SeqCst),
            told: self.books.told.swap(0, Ordering::SeqCst),
        }
    }

    /// How many requests have told something since the last count.
    pub(super) fn told(&self) -> u64 {
        self.books.told.load(Ordering::SeqCst)
    }
}

async fn answer(State(books): State<Arc<Books>>, method: Method, address: Uri, body: Bytes) -> Response<Body> {
    let path = address.path();
    if let Some(name) = ["/checkout/", "/story/"].iter().find_map(|page| path.strip_prefix(page)) {
        let tag = tag(name, books.starts.get(name).map(String::as_str));
        return respond("text/html; charset=utf-8", books.page.replace("%TRACKER%", &tag).into_bytes());
    }
    if path != "/drive.js" && !path.starts_with("/start/") && path != "/favicon.ico" {
        books.requests.fetch_add(1, Ordering::SeqCst);
    }
    if method == Method::POST {
        books.told.fetch_add(1, Ordering::SeqCst);
        if let Ok(mut last) = books.last_told.lock() {
            *last = Some(String::from_utf8_lossy(&body).into_owned());
        }
        return respond("application/json", br#"{"ok":true}"#.to_vec());
    }
    if path == "/v1/boot" {
        return respond("application/json", books.boot.to_string().into_bytes());
    }
    file(&books, path).unwrap_or_else(|| respond("application/json", b"{}".to_vec()))
}

fn file(books: &Books, path: &str) -> Option<Response<Body>> {
    let relative = Path::new(path.trim_start_matches('/'));
    let stays_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let kind = match relative.extension()?.to_str()? {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    };
    let found = books.folders.iter().map(|folder| folder.join(relative)).filter(|_| stays_inside);
    found.into_iter().find_map(|file| fs::read(file).ok()).map(|bytes| respond(kind, bytes))
}

fn respond(kind: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
