//! One call over HTTP: bounded in time and size, never redirected.

use worker::{
    js_sys::{Object, Promise},
    wasm_bindgen::{self, JsCast as _, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
    web_sys::Response,
};

use super::{
    object::{object, property},
    stream::{self, End},
};
use crate::sending::providers::answer::USER_AGENT;

#[wasm_bindgen]
extern "C" {
    // Named in full: this crate's own export is called `fetch` too.
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch, catch)]
    fn fetch(address: &str, init: &Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout, catch)]
    fn timeout(milliseconds: u32) -> Result<JsValue, JsValue>;
}

/// A call.
pub(super) struct Call<'a> {
    /// The whole address.
    pub(super) address: &'a str,
    /// Headers beside `User-Agent` and those of the body.
    pub(super) headers: &'a [(&'static str, String)],
    /// JSON to be posted; a GET where there is none.
    pub(super) body: Option<&'a str>,
    /// It is given up after this many milliseconds.
    pub(super) time_out: u32,
    /// No more of the answer is read; what is longer is cut.
    pub(super) most: usize,
}

/// An answer.
pub(super) struct Reply {
    /// HTTP status.
    pub(super) status: u16,
    /// Header `Retry-After` as sent.
    pub(super) retry_after: Option<String>,
    /// The body.
    pub(super) body: String,
}

/// Why there is no answer; what a thrown error says has neither keys nor content.
pub(super) enum Failure {
    /// Nothing was sent: the request could not even be written down.
    NotSent(String),
    /// Whether the request got there cannot be told.
    NoAnswer(String),
}

/// Makes a call. The signal stays armed while the body is read, so a slow drip ends too.
pub(super) async fn ask(call: &Call<'_>) -> Result<Reply, Failure> {
    let asked = timeout(call.time_out).and_then(|signal| fetch(call.address, &request(call, &signal)));
    let asked = asked.map_err(|error| Failure::NotSent(told(&error)))?;
    let answered = JsFuture::from(asked).await.map_err(|error| Failure::NoAnswer(told(&error)))?;
    let response: Response = answered.unchecked_into();
    let status = response.status();
    let (bytes, end) = match response.body() {
        Some(body) => stream::read(&body, call.most).await,
        None => (Vec::new(), End::Whole),
    };
    match end {
        End::Whole | End::TooLong => Ok(Reply {
            status,
            retry_after: response.headers().get("Retry-After").ok().flatten(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }),
        End::BrokenOff => Err(Failure::NoAnswer(format!("HTTP {status}, the answer broke off"))),
    }
}

fn request(call: &Call<'_>, signal: &JsValue) -> Object {
    let text = |text: &str| JsValue::from_str(text);
    let mut headers: Vec<(&str, JsValue)> = call.headers.iter().map(|(name, value)| (*name, text(value))).collect();
    headers.extend([("Accept", text("application/json")), ("User-Agent", text(USER_AGENT))]);
    let mut parts = vec![("redirect", text("manual")), ("signal", signal.clone())];
    if let Some(body) = call.body {
        headers.push(("Content-Type", text("application/json")));
        parts.extend([("method", text("POST")), ("body", text(body))]);
    }
    parts.push(("headers", object(&headers).into()));
    object(&parts)
}

fn told(error: &JsValue) -> String {
    cartwake_shared::text::plain(&property(error, "message").as_string().unwrap_or_default(), 120)
}
