//! Serves small pages that hand shop content to the tracker's modules and report the findings.
use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::post;
use cartwake_tracker::run;
use cartwake_tracker::text::{Answer, Text};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::tools::checkout;

/// What is served: the pages, and the scripts they try.
const FOLDERS: [&str; 2] = ["tests/pages", "www"];

/// A running server of the pages; dropping it closes it.
pub struct Pages {
    /// `http://localhost:<port>`.
    pub origin: String,
    serving: JoinHandle<()>,
}

/// One case of a page: its title, what is expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Outcome(pub String, pub String, pub String);

impl Pages {
    /// Serves on a free port of the loopback address.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let routes = Router::new()
            .route("/v1/step", post(|body: String| async move { step(&body) }))
            .fallback(|request: Request| async move { answer(request.uri().path(), request.uri().query()) });
        let serving = tokio::spawn(async move {
            // Serving ends only with this task: accept errors are retried inside.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { origin, serving })
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One step of the tracker, as the Worker runs it for pages without WebAssembly.
fn step(text: &str) -> String {
    let mut answer = Answer::default();
    run(Text(text.as_bytes()), &mut answer);
    serde_json::json!(answer.0).to_string()
}

/// A file; a script that is asked for with a query imports its own with the same, so that each query is all of it anew.
fn answer(path: &str, query: Option<&str>) -> Response<Body> {
    let relative = Path::new(path.trim_start_matches('/'));
    let stays_inside = FOLDERS.iter().any(|folder| relative.starts_with(folder))
        && relative.components().all(|part| matches!(part, Component::Normal(_)));
    let kind = match relative.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };
    let found = stays_inside.then(|| fs::read_to_string(checkout().join(relative)).ok()).flatten();
    let found = match query {
        Some(query) => found.map(|text| text.replace(".js';", &format!(".js?{query}';"))),
        None => found,
    };
    let mut response = Response::new(Body::from(found.clone().unwrap_or_default()));
    if found.is_none() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_and_scripts_are_served() {
        for (path, status) in [
            ("/tests/pages/markup.html", 200),
            ("/www/tracker/lines.js", 200),
            ("/Cargo.toml", 404),
            ("/www/../Cargo.toml", 404),
            ("//etc/passwd", 404),
        ] {
            assert_eq!(answer(path, None).status(), status, "{path}");
        }
    }
}
