//! Serves the static files of the demo shop under the policy of a careful shop.
use std::fs;
use std::path::{Component, Path};

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

/// Content types by extension; anything else is not served.
const TYPES: [(&str, &str); 9] = [
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
];

/// Answers a path from the folder; in pages the places are filled in.
pub(super) fn serve(folder: &Path, path: &str, places: &[(&str, &str)], policy: &str) -> Response<Body> {
    let relative = Path::new(if path == "/" { "index.html" } else { path.trim_start_matches('/') });
    let stays_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let kind = TYPES.iter().find(|(extension, _)| relative.extension().is_some_and(|found| found == *extension));
    let found = kind.filter(|_| stays_inside).and_then(|kind| Some((kind, fs::read(folder.join(relative)).ok()?)));
    let Some(((extension, kind), bytes)) = found else {
        return answer(
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            b"There is no such page in this shop.\n".to_vec(),
            policy,
        );
    };
    let bytes = if *extension == "html" { fill_in(&bytes, places) } else { bytes };
    answer(StatusCode::OK, kind, bytes, policy)
}

/// Puts the values into a page.
fn fill_in(page: &[u8], places: &[(&str, &str)]) -> Vec<u8> {
    let page = String::from_utf8_lossy(page).into_owned();
    places.iter().fold(page, |page, (place, value)| page.replace(place, value)).into_bytes()
}

fn answer(status: StatusCode, kind: &'static str, body: Vec<u8>, policy: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What a shop with a strict policy has to permit for Cartwake, and nothing else that is foreign:
/// its script and its requests from the Worker, and compiling wasm; scripts and frames of the challenge's provider if it is on.
pub(super) fn policy(worker: &str, challenge: Option<&str>) -> String {
    let (scripts, frames) =
        challenge.map_or_else(Default::default, |host| (format!(" {host}"), format!("frame-src {host}; ")));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {worker}{scripts}; connect-src 'self' {worker}; {frames}\
         style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_shop_are_served() {
        let shop = crate::tools::checkout().join("www/shop");
        for (path, status) in [
            ("/catalogue.json", 200),
            ("/../../Cargo.toml", 404),
            ("/nothing.html", 404),
            ("//etc/passwd", 404),
            ("/modules", 404),
        ] {
            assert_eq!(serve(&shop, path, &[], "default-src 'none'").status(), status, "{path}");
        }
    }

    #[test]
    fn places_are_filled_in() {
        assert_eq!(fill_in(b"<a href=\"{{site_key}}\">", &[("{{site_key}}", "pk_demo")]), b"<a href=\"pk_demo\">");
    }
}
