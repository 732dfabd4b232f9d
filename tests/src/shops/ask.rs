//! Requests to a fixture shop and its answers as plain values: a shop is a function from one to the other.
use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use reqwest::Url;
use serde_json::Value;

/// What a browser asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// `GET` or `POST`.
    pub method: String,
    /// The path alone.
    pub path: String,
    /// The query's pairs.
    pub query: Vec<(String, String)>,
    /// The pairs of a form, url-encoded or multipart.
    pub form: Vec<(String, String)>,
    /// The body as JSON; null where it is none.
    pub json: Value,
    pub(super) headers: HeaderMap,
    /// The script tag to stand in every page; empty in a shop without it.
    pub tag: String,
}

/// What the shop answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The content type.
    pub kind: &'static str,
    /// Further header fields.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Ask {
    /// Reads a request whose body is complete.
    pub(super) fn read(method: &str, target: &str, headers: HeaderMap, body: &Bytes, tag: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let text = String::from_utf8_lossy(body);
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let form = match kind.split_once("boundary=") {
            Some((_, boundary)) => parts(&text, boundary),
            None if kind.contains("urlencoded") => pairs(&text),
            None => Vec::new(),
        };
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: pairs(query),
            form,
            json: serde_json::from_slice(body).unwrap_or_default(),
            headers,
            tag: tag.to_owned(),
        }
    }

    /// Whether it may change something.
    pub fn is_post(&self) -> bool {
        self.method == "POST"
    }

    /// A field of the form, else of the query, else empty.
    pub fn field(&self, name: &str) -> &str {
        let found = self.form.iter().chain(&self.query).find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// A header field or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A field as a number of pieces; 1 where it says nothing.
    pub fn pieces(&self, name: &str) -> u32 {
        self.field(name).parse().unwrap_or(1)
    }
}

impl Reply {
    /// Anything with status 200.
    pub fn new(kind: &'static str, body: impl Into<String>) -> Self {
        Self { status: 200, kind, headers: Vec::new(), body: body.into() }
    }

    /// A page from its template with the places filled in, the shop's tag among them.
    pub fn page(ask: &Ask, template: &str, places: &[(&str, &str)]) -> Self {
        let filled = places.iter().fold(template.to_owned(), |page, (place, text)| page.replace(place, text));
        Self::new("text/html; charset=utf-8", filled.replace("{{tag}}", &ask.tag))
    }

    /// A script of the shop.
    pub fn script(text: &str) -> Self {
        Self::new("text/javascript; charset=utf-8", text)
    }

    /// A JSON answer.
    pub fn json(value: &Value) -> Self {
        Self::new("application/json", value.to_string())
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with a header field.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends the browser elsewhere.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::new("text/plain", "").with_status(status).with_header("location", to)
    }

    /// There is no such page; what it says could be said of an empty cart.
    pub fn missing() -> Self {
        let page = "<!doctype html><title>Not found</title><h1>Not found</h1> <p>No products or pages match.</p>\n";
        Self::new("text/html; charset=utf-8", page).with_status(404)
    }

    /// The reply as the server sends it.
    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let fields = [("content-type", self.kind.to_owned())].into_iter().chain(self.headers);
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// Text for a place between tags or in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, letter| {
        match letter {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            _ => out.push(letter),
        }
        out
    })
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let Ok(address) = Url::parse(&format!("http://shop/?{text}")) else { return Vec::new() };
    address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The text fields of a multipart form; fixture shops take no files.
fn parts(text: &str, boundary: &str) -> Vec<(String, String)> {
    let field = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"")?;
        Some((name.split('"').next()?.to_owned(), value.trim_end_matches("\r\n").to_owned()))
    };
    text.split(&format!("--{boundary}")).filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(kind: &'static str, body: &'static str) -> Vec<(String, String)> {
        let headers = HeaderMap::from_iter([(HeaderName::from_static("content-type"), HeaderValue::from_static(kind))]);
        Ask::read("POST", "/", headers, &Bytes::from_static(body.as_bytes()), "").form
    }

    #[test]
    fn both_kinds_of_forms_are_read() {
        let expected = vec![("add".to_owned(), "10".to_owned()), ("size".to_owned(), "M L".to_owned())];
        assert_eq!(form("application/x-www-form-urlencoded", "add=10&size=M+L"), expected);
        let body = "--x\r\nContent-Disposition: form-data; name=\"add\"\r\n\r\n10\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\nM L\r\n--x--\r\n";
        assert_eq!(form("multipart/form-data; boundary=x", body), expected);
    }
}
