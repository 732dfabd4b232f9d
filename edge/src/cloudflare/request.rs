//! From the runtime's request to ours and back: the body bounded, only the headers that decide.

use worker::{
    wasm_bindgen::JsValue,
    web_sys::{self, Headers, ResponseInit},
};

use super::{
    object::property,
    stream::{self, End},
};
use crate::base::http::{Body, MAX_BODY, Method, Request, Response};

/// Reads a request.
pub(super) async fn read(request: &web_sys::Request) -> Request {
    let headers = request.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let of_webhook = |name: &str| header(&["webhook-", name].concat()).or_else(|| header(&["svix-", name].concat()));
    let webhook = match (of_webhook("id"), of_webhook("timestamp"), of_webhook("signature")) {
        (Some(id), Some(timestamp), Some(signature)) => Some((id, timestamp, signature)),
        _ => None,
    };
    // A compressed body could unpack to anything; it is refused as a media type that is not taken.
    let compressed = header("Content-Encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"));
    let content_type = if compressed { Some("compressed".to_owned()) } else { header("Content-Type") };
    let announced = header("Content-Length").and_then(|text| text.parse::<usize>().ok());
    let (origin, path, query) = split(&request.url());
    let mut read = Request {
        method: match request.method().as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "OPTIONS" => Method::Options,
            _ => Method::Other,
        },
        path,
        query,
        origin,
        page_origin: header("Origin"),
        content_type,
        cookie: header("Cookie"),
        fetch_site: header("Sec-Fetch-Site"),
        // Only what the platform itself says; `X-Forwarded-For` is anybody's.
        address: header("CF-Connecting-IP"),
        country: property(&property(request, "cf"), "country").as_string().filter(|code| code.len() == 2),
        operator: operator(&property(request, "cf")),
        authorization: header("Authorization"),
        webhook,
        body: Body::Empty,
    };
    if read.method == Method::Post {
        read.body = body(request, announced).await;
    }
    read
}

/// The operator of the client's network: the number of its autonomous system and the name of its organisation.
fn operator(cf: &JsValue) -> Option<String> {
    let number = property(cf, "asn").as_f64()?;
    Some(format!("AS{number} {}", property(cf, "asOrganization").as_string().unwrap_or_default()))
}

async fn body(request: &web_sys::Request, announced: Option<usize>) -> Body {
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Body::TooLong;
    }
    let Some(body) = request.body() else { return Body::Empty };
    match stream::read(&body, MAX_BODY).await {
        (_, End::TooLong) => Body::TooLong,
        (bytes, _) if bytes.is_empty() => Body::Empty,
        (bytes, _) => Body::Bytes(bytes),
    }
}

/// `https://host`, path and query of an address as the runtime writes it, without a URL parser (one costs 74 KB of
/// tables).
fn split(address: &str) -> (String, String, String) {
    let address = address.split('#').next().unwrap_or("");
    let (before, query) = address.split_once('?').unwrap_or((address, ""));
    let (scheme, rest) = before.split_once("://").unwrap_or(("https", before));
    let host = rest.split('/').next().unwrap_or("");
    let path = rest.strip_prefix(host).filter(|path| !path.is_empty()).unwrap_or("/");
    (format!("{scheme}://{host}"), path.to_owned(), query.to_owned())
}

/// Writes a response.
pub(super) fn write(response: &Response) -> Result<web_sys::Response, Unwritable> {
    let headers = Headers::new().map_err(Unwritable::of)?;
    for (name, value) in &response.headers {
        headers.append(name, value).map_err(Unwritable::of)?;
    }
    let init = ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    // A status such as 204 or 303 must have no body at all, not an empty one.
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    web_sys::Response::new_with_opt_str_and_init(body, &init).map_err(Unwritable::of)
}

/// The runtime refused a header or a status.
#[derive(Debug, thiserror::Error)]
#[error("an answer could not be written: {0}")]
pub(super) struct Unwritable(String);

impl Unwritable {
    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
    fn of(error: JsValue) -> Self {
        Self(property(&error, "message").as_string().unwrap_or_default())
    }
}
