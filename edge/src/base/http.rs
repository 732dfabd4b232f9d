//! Requests and responses as plain values, so that every route can be called without a runtime.

/// The method of a request; others are answered with 405.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Reads without the body.
    Head,
    /// Changes.
    Post,
    /// Asks what a page of another origin may do.
    Options,
    /// Anything else.
    Other,
}

/// A request, its body read up to the limit.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path without query, as sent.
    pub path: String,
    /// Query without `?`, as sent.
    pub query: String,
    /// `https://host[:port]` under which the Worker was asked.
    pub origin: String,
    /// Header `Origin`.
    pub page_origin: Option<String>,
    /// Header `Content-Type`.
    pub content_type: Option<String>,
    /// Header `Cookie`.
    pub cookie: Option<String>,
    /// Header `Sec-Fetch-Site`.
    pub fetch_site: Option<String>,
    /// The client's address as the platform saw it.
    pub address: Option<String>,
    /// ISO 3166 code of the client's country as the platform saw it.
    pub country: Option<String>,
    /// The operator of the client's network as the platform saw it, `AS64500 Example`.
    pub operator: Option<String>,
    /// Header `Authorization`.
    pub authorization: Option<String>,
    /// Headers `webhook-id`, `webhook-timestamp`, `webhook-signature`, also with `svix` for `webhook`.
    pub webhook: Option<(String, String, String)>,
    /// The body, or why there is none.
    pub body: Body,
}

/// A body that was read, or was too long to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// Nothing was sent.
    #[default]
    Empty,
    /// At most [`MAX_BODY`] bytes.
    Bytes(Vec<u8>),
    /// More than that; the rest was not read.
    TooLong,
}

/// Longest body that is read, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

impl Request {
    /// The value of `name` in the query, percent-decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        form_value(&self.query, name)
    }

    /// The value of cookie `name`.
    pub fn cookie_value(&self, name: &str) -> Option<&str> {
        self.cookie.as_deref()?.split(';').find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        })
    }

    /// The body as text; an invalid one is `None`.
    pub fn body_text(&self) -> Option<&str> {
        match &self.body {
            Body::Bytes(bytes) => core::str::from_utf8(bytes).ok(),
            Body::Empty => Some(""),
            Body::TooLong => None,
        }
    }
}

/// The value of `name` in a urlencoded text, decoded.
pub fn form_value(text: &str, name: &str) -> Option<String> {
    text.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key) == name).then(|| decode(value))
    })
}

/// Decodes `%41` and `+`; what is not valid UTF-8 is replaced.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digits = ahead.next().zip(ahead.next());
                let hex = |digit: u8| char::from(digit).to_digit(16);
                match digits.and_then(|(high, low)| Some(hex(high)? * 16 + hex(low)?)) {
                    Some(value) => {
                        bytes.push(u8::try_from(value).unwrap_or(b'?'));
                        rest = ahead;
                    }
                    None => bytes.push(b'%'),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Response {
    /// JSON, never cached unless a header says so later.
    pub fn json(status: u16, body: String) -> Self {
        Self::new(status, "application/json; charset=utf-8", body).with_header("Cache-Control", "no-store")
    }

    /// A page with the strict policy that all pages have.
    pub fn page(status: u16, body: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", body)
            .with_header("Content-Security-Policy", page_policy(&[]))
            .with_header("Cache-Control", "no-store")
            .with_header("Referrer-Policy", "no-referrer")
            .with_header("X-Frame-Options", "DENY")
            .with_header("Cross-Origin-Opener-Policy", "same-origin")
            .with_header("Cross-Origin-Resource-Policy", "same-origin")
            .with_header("Permissions-Policy", PERMISSIONS)
    }

    /// The same page, which may show pictures of these origins (`https://host`) too.
    #[must_use]
    pub fn with_pictures_of(self, origins: &[String]) -> Self {
        self.with_header("Content-Security-Policy", page_policy(origins))
    }

    /// Text, never cached.
    pub fn plain(body: String) -> Self {
        Self::new(200, "text/plain; charset=utf-8", body).with_header("Cache-Control", "no-store")
    }

    /// Sends the browser elsewhere with a GET.
    pub fn see_other(location: &str) -> Self {
        Self::new(303, "text/plain; charset=utf-8", String::new())
            .with_header("Location", location)
            .with_header("Cache-Control", "no-store")
    }

    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self::new(status, "text/plain; charset=utf-8", String::new())
    }

    fn new(status: u16, media_type: &str, body: String) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", media_type.to_owned()), ("X-Content-Type-Options", "nosniff".to_owned())],
            body,
        }
    }

    /// The same with one more header; one of that name is replaced.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(kept, _)| *kept != name || name == "Set-Cookie");
        self.headers.push((name, value.into()));
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(kept, _)| kept.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What pages may load: their own script, style and pictures, and pictures of these origins; nothing inline, no frames.
fn page_policy(pictures: &[String]) -> String {
    let pictures = ["'self'"].into_iter().chain(pictures.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
    )
}

/// What no page of ours uses.
const PERMISSIONS: &str =
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_values_are_decoded() {
        for (text, name, value) in [
            ("a=1&b=x+y%21", "b", Some("x y!")),
            ("a=%C3%A9", "a", Some("é")),
            ("a=%zz%4", "a", Some("%zz%4")),
            ("a", "a", Some("")),
            ("a=1", "b", None),
            ("%61=1", "a", Some("1")),
            ("a=%ff", "a", Some("\u{fffd}")),
        ] {
            assert_eq!(form_value(text, name).as_deref(), value, "{text}");
        }
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let request = Request { cookie: Some("x=1; __Host-cartwake=abc; y=2".to_owned()), ..Request::default() };
        assert_eq!(request.cookie_value("__Host-cartwake"), Some("abc"));
        assert_eq!(request.cookie_value("cartwake"), None);
    }
}
