//! A client of the Worker's HTTP interface, which calls it as a page or a shop's server does (`docs/reference/wire.md`).
use anyhow::{Context, Result};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::{signature, wait};

/// A caller of one Worker from one page origin.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    worker: String,
    page: String,
    /// The client's address, where it is said; the local runtime takes it as the platform's word.
    network: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Client {
    /// A client that follows no redirects, so that they can be looked at.
    pub fn new(worker: &str, page: &str) -> Result<Self> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { http, worker: worker.to_owned(), page: page.to_owned(), network: None })
    }

    /// The same caller from this address.
    #[must_use]
    pub fn from_network(&self, address: &str) -> Self {
        Self { network: Some(address.to_owned()), ..self.clone() }
    }

    /// `GET /v1/boot`.
    pub async fn boot(&self, site_key: &str, visitor: Option<&str>) -> Result<Answer> {
        let request = self.request(Method::GET, "/v1/boot").query(&[("site", site_key)]);
        let request = match visitor {
            Some(visitor) => request.query(&[("visitor", visitor)]),
            None => request,
        };
        answer(request.header("origin", &self.page)).await
    }

    /// `POST /v1/collect` with an event as a page sends it.
    pub async fn collect(&self, event: &Value) -> Result<Answer> {
        self.collect_raw(&event.to_string(), &self.page, "text/plain").await
    }

    /// `POST /v1/collect` with any body, origin and content type.
    pub async fn collect_raw(&self, body: &str, origin: &str, content_type: &str) -> Result<Answer> {
        let request = self.request(Method::POST, "/v1/collect");
        answer(request.header("origin", origin).header("content-type", content_type).body(body.to_owned())).await
    }

    /// `POST /v1/restore`, as the page behind a recovery link.
    pub async fn restore(&self, question: &Value) -> Result<Answer> {
        let request = self.request(Method::POST, "/v1/restore").header("origin", &self.page);
        answer(request.header("content-type", "text/plain").body(question.to_string())).await
    }

    /// `POST /v1/visit`, as the page behind a recovery link once the shopper touched it.
    pub async fn visit(&self, question: &Value) -> Result<Answer> {
        let request = self.request(Method::POST, "/v1/visit").header("origin", &self.page);
        answer(request.header("content-type", "text/plain").body(question.to_string())).await
    }

    /// `POST /v1/step` with any text.
    pub async fn step(&self, site_key: &str, text: &str) -> Result<Answer> {
        let request = self.request(Method::POST, "/v1/step").query(&[("site", site_key)]).header("origin", &self.page);
        answer(request.header("content-type", "text/plain").body(text.to_owned())).await
    }

    /// `POST /v1/orders` or `/v1/products`, signed with the site's secret as of now.
    pub async fn signed(&self, path: &str, site: &str, secret: &str, body: &Value) -> Result<Answer> {
        let now = wait::now_ms();
        let body = body.to_string();
        // An id must be new for each message; two calls in one millisecond carry different bodies.
        let signed = signature::sign(secret, &format!("msg_{now}_{}", body.len()), now, &body)?;
        let request = self.request(Method::POST, path).query(&[("site", site)]);
        let request = request
            .header("webhook-id", signed.id)
            .header("webhook-timestamp", signed.timestamp)
            .header("webhook-signature", signed.signature);
        answer(request.header("content-type", "application/json").body(body)).await
    }

    /// `GET` of any path, with no origin: a link that somebody opened.
    pub async fn open(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::GET, path)).await
    }

    /// What a mail program does for one-click unsubscribe (RFC 8058), with the address of the header.
    pub async fn one_click(&self, address: &str) -> Result<Answer> {
        answer(self.http.post(address).form(&[("List-Unsubscribe", "One-Click")])).await
    }

    /// A form of the dashboard, sent from its own origin with the cookie of a login.
    pub async fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let request = self.request(Method::POST, path).header("origin", &self.worker).header("cookie", cookie);
        answer(request.form(fields)).await
    }

    /// A page of the dashboard with the cookie of a login.
    pub async fn page(&self, path: &str, cookie: &str) -> Result<Answer> {
        answer(self.request(Method::GET, path).header("cookie", cookie)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.worker));
        match &self.network {
            Some(address) => request.header("cf-connecting-ip", address),
            None => request,
        }
    }
}

impl Answer {
    /// The value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{} with no JSON: {}", self.status, self.body))
    }

    /// This answer if it has the status, else an error that shows it.
    pub fn expect_status(self, status: u16) -> Result<Self> {
        anyhow::ensure!(self.status == status, "expected {status}, got {}: {}", self.status, self.body);
        Ok(self)
    }
}

async fn answer(request: RequestBuilder) -> Result<Answer> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let field = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(field).collect();
    Ok(Answer { status, headers, body: response.text().await? })
}
