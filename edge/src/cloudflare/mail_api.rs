//! The mailer port: one call of the mail API, bounded in time and size, never redirected.

use cartwake_shared::{
    provider::{Profile, Provider},
    reminder::Outcome,
    time::Timestamp,
};
use worker::{
    js_sys::{Object, Promise},
    wasm_bindgen::{self, JsCast as _, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
    web_sys::Response,
};

use crate::{
    config::Secret,
    ports::{Clock as _, Mailer},
    send::{message::Message, resend},
};

use super::{
    clock::PlatformClock,
    object::{object, property},
    stream::{self, End},
};

#[wasm_bindgen]
extern "C" {
    // Named in full: this crate's own export is called `fetch` too.
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch, catch)]
    fn fetch(address: &str, init: &Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout, catch)]
    fn timeout(milliseconds: u32) -> Result<JsValue, JsValue>;
}

/// The mail API and the key to it.
pub(super) struct MailApi {
    /// Address without a slash at its end.
    pub(super) address: String,
    /// The key.
    pub(super) key: Secret,
}

impl Mailer for MailApi {
    fn profile(&self) -> Profile {
        Provider::Resend.profile()
    }

    async fn send(&self, message: &Message) -> Outcome {
        let asked = timeout(resend::TIME_OUT_MS)
            .and_then(|signal| fetch(&format!("{}/emails", self.address), &self.request(message, &signal)));
        match asked {
            // Nothing was sent: the request could not even be written down.
            Err(error) => Outcome::StopRun { detail: told(&error) },
            Ok(answered) => answer(answered).await,
        }
    }
}

impl MailApi {
    /// The signal stays armed while the body is read, so a slow drip ends too.
    fn request(&self, message: &Message, signal: &JsValue) -> Object {
        let text = |text: &str| JsValue::from_str(text);
        let headers = object(&[
            ("Authorization", text(&format!("Bearer {}", self.key.reveal()))),
            ("Content-Type", text("application/json")),
            ("Idempotency-Key", text(&message.idempotency_key)),
            ("User-Agent", text(resend::USER_AGENT)),
        ]);
        object(&[
            ("method", text("POST")),
            ("headers", headers.into()),
            ("redirect", text("manual")),
            ("body", text(&resend::body(message))),
            ("signal", signal.clone()),
        ])
    }
}

async fn answer(answered: Promise) -> Outcome {
    let response: Response = match JsFuture::from(answered).await {
        // Whether the request got there cannot be told from the error.
        Err(error) => return Outcome::Unknown { detail: told(&error) },
        Ok(response) => response.unchecked_into(),
    };
    let status = response.status();
    let retry_after = response.headers().get("Retry-After").ok().flatten();
    let now: Timestamp = PlatformClock::for_request().now();
    let (bytes, end) = match response.body() {
        Some(body) => stream::read(&body, resend::MAX_ANSWER).await,
        None => (Vec::new(), End::Whole),
    };
    // What is longer than the limit is cut.
    match end {
        End::Whole | End::TooLong => {
            resend::outcome(status, retry_after.as_deref(), now.millis(), &String::from_utf8_lossy(&bytes))
        }
        End::BrokenOff => Outcome::Unknown { detail: format!("HTTP {status}, the answer broke off") },
    }
}

/// What a thrown error says; neither the key nor the mail is in it.
fn told(error: &JsValue) -> String {
    cartwake_shared::text::plain(&property(error, "message").as_string().unwrap_or_default(), 120)
}
