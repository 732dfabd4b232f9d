//! A proxy in front of the Worker: it records the pages' requests and can fail like a host.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{self, Body, Bytes};
use axum::extract::{Request as Incoming, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha384};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// More than the Worker takes.
const LONGEST_BODY: usize = 256 * 1024;

/// A running proxy; dropping it closes it.
pub struct Tap {
    /// `http://localhost:<port>`, what a tag names as its host.
    pub origin: String,
    desk: Arc<Desk>,
    serving: JoinHandle<()>,
}

/// One request of a page to its tracker's host.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The shop whose page asked; empty where the browser does not say.
    pub page: String,
    /// Path and query.
    pub target: String,
    /// The body as text.
    pub body: String,
}

/// How the host behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Everything is passed on.
    #[default]
    Well,
    /// Only the script is answered, everything behind it with 503.
    Hollow,
}

struct Desk {
    http: reqwest::Client,
    worker: String,
    /// Where newer files of the tracker lie than those the Worker carries.
    fresh: Option<PathBuf>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    heard: Vec<Heard>,
    mood: Mood,
    /// Shops whose next event gets no answer.
    silent: Vec<String>,
    /// Shops whose next event is answered with this text.
    answers: Vec<(String, String)>,
}

impl Tap {
    /// Opens the proxy on a free port. With `fresh`, the tracker's files come from that folder and the settings name
    /// their hashes, so that a change of a script is tried without building the Worker.
    pub async fn open(worker: &str, fresh: Option<PathBuf>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port for the proxy")?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let desk = Arc::new(Desk { http, worker: worker.to_owned(), fresh, book: Mutex::default() });
        let routes = Router::new().fallback(serve).with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move {
            // Serving ends only with this task: accept errors are retried inside.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { origin, desk, serving })
    }

    /// Another proxy before the same Worker, with the same files and a list and a mood of its own.
    pub async fn another(&self) -> Result<Self> {
        Self::open(&self.desk.worker, self.desk.fresh.clone()).await
    }

    /// What pages of this shop asked so far, oldest first.
    pub fn heard(&self, page: &str) -> Vec<Heard> {
        self.desk.book().heard.iter().filter(|heard| heard.page == page).cloned().collect()
    }

    /// The events that pages of this shop sent, oldest first.
    pub fn events(&self, page: &str) -> Vec<Value> {
        let heard = self.heard(page).into_iter().filter(|heard| heard.target.starts_with("/v1/collect"));
        heard.filter_map(|heard| serde_json::from_str(&heard.body).ok()).collect()
    }

    /// The next event of this shop's pages is written down, and neither passed on nor ever answered.
    pub fn never_answer_next(&self, page: &str) {
        self.desk.book().silent.push(page.to_owned());
    }

    /// The next event of this shop's pages is passed on, and answered with this.
    pub fn answer_next(&self, page: &str, answer: &Value) {
        self.desk.book().answers.push((page.to_owned(), answer.to_string()));
    }

    /// From now on the host behaves like this.
    pub fn set_mood(&self, mood: Mood) {
        self.desk.book().mood = mood;
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file of the tracker that is newer than the Worker's.
    fn fresh_file(&self, path: &str) -> Option<Vec<u8>> {
        let name = path.rsplit('/').next()?;
        let is_tracker = path == "/cartwake.js" || path.starts_with("/t/");
        std::fs::read(self.fresh.as_ref().filter(|_| is_tracker)?.join(name)).ok()
    }

    /// The settings with the hashes of the newer files.
    fn renamed(&self, body: Bytes) -> Bytes {
        let Ok(mut settings) = serde_json::from_slice::<Value>(&body) else { return body };
        for module in settings["modules"].as_object_mut().into_iter().flat_map(|modules| modules.values_mut()) {
            for (file, hash) in [("js", "js_integrity"), ("wasm", "wasm_integrity")] {
                if let Some(bytes) = module[file].as_str().and_then(|path| self.fresh_file(path)) {
                    module[hash] = json!(format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes))));
                }
            }
        }
        settings.to_string().into()
    }

    async fn forward(&self, method: &str, target: &str, headers: HeaderMap, body: Bytes) -> Result<Response<Body>> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let mut request = self.http.request(method, format!("{}{target}", self.worker)).body(body);
        for (name, value) in &headers {
            // The body goes on as it came, so its coding must be one that this side can read.
            if ![header::HOST, header::CONTENT_LENGTH, header::ACCEPT_ENCODING].contains(name) {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await?;
        let (status, fields) = (answer.status(), answer.headers().clone());
        let mut body = answer.bytes().await?;
        if target.starts_with("/v1/boot") && self.fresh.is_some() {
            body = self.renamed(body);
        }
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        for (name, value) in &fields {
            if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(name) {
                response.headers_mut().append(name, value.clone());
            }
        }
        Ok(response)
    }
}

async fn serve(State(desk): State<Arc<Desk>>, incoming: Incoming) -> Response<Body> {
    let (head, body) = incoming.into_parts();
    let Ok(body) = body::to_bytes(body, LONGEST_BODY).await else { return status(StatusCode::PAYLOAD_TOO_LARGE) };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let field = |name: &HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A script of another origin comes with a referrer only.
    let referrer = field(&header::REFERER).splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let page = Some(field(&header::ORIGIN).to_owned()).filter(|origin| !origin.is_empty()).unwrap_or(referrer);
    let request = Heard { page, target: target.clone(), body: String::from_utf8_lossy(&body).into_owned() };
    let path = target.split('?').next().unwrap_or_default();
    let (mood, is_silent, answer) = {
        let mut book = desk.book();
        let place = book.silent.iter().position(|page| path == "/v1/collect" && *page == request.page);
        let is_silent = place.map(|place| book.silent.swap_remove(place)).is_some();
        let place = book.answers.iter().position(|(page, _)| path == "/v1/collect" && *page == request.page);
        let answer = place.map(|place| book.answers.swap_remove(place).1);
        book.heard.push(request);
        (book.mood, is_silent, answer)
    };
    if is_silent {
        return std::future::pending().await;
    }
    if mood == Mood::Hollow && path != "/cartwake.js" {
        return status(StatusCode::SERVICE_UNAVAILABLE);
    }
    if let Some(bytes) = desk.fresh_file(path) {
        let mut response = Response::new(Body::from(bytes));
        let kind =
            if path.rsplit('.').next() == Some("wasm") { "application/wasm" } else { "text/javascript; charset=utf-8" };
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        return response;
    }
    let passed_on = desk.forward(head.method.as_str(), &target, head.headers.clone(), body).await;
    let mut response = passed_on.unwrap_or_else(|_| status(StatusCode::BAD_GATEWAY));
    if let Some(answer) = answer {
        *response.body_mut() = Body::from(answer);
    }
    response
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
