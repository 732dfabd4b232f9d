//! The mailer port: one call of the mail API, bounded in time and size, never redirected.

use cartwake_shared::{provider::Profile, reminder::Outcome};
use worker::{
    js_sys::{Object, Promise},
    wasm_bindgen::{self, JsCast as _, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
    web_sys::Response,
};

use crate::{
    base::{
        mail::{LookUp, Message},
        ports::{Clock as _, Mailer},
    },
    sending::providers::answer::{Answer, Call, MAX_ANSWER, MailApi, TIME_OUT_MS, USER_AGENT},
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

/// The configured mail API over HTTP.
pub(super) struct Mail(pub(super) MailApi);

impl Mailer for Mail {
    fn profile(&self) -> Profile {
        self.0.profile()
    }

    fn body(&self, message: &Message) -> String {
        self.0.body(message)
    }

    async fn send(&self, message: &Message) -> Outcome {
        match self.0.send(message) {
            Ok(call) => self.ask(call).await.map_or_else(|outcome| outcome, |answer| self.0.outcome(&answer)),
            Err(outcome) => outcome,
        }
    }

    async fn send_batch(&self, key: &str, messages: &[&Message]) -> Vec<Outcome> {
        let size = messages.len();
        match self.0.send_batch(key, messages) {
            Ok(call) => self
                .ask(call)
                .await
                .map_or_else(|outcome| vec![outcome; size], |answer| self.0.batch_outcomes(&answer, size)),
            Err(outcome) => vec![outcome; size],
        }
    }

    async fn look_up(&self, reference: &str) -> LookUp {
        match self.0.look_up(reference) {
            Some(call) => self.ask(call).await.map_or(LookUp::CannotTell, |answer| self.0.found(reference, &answer)),
            None => LookUp::CannotTell,
        }
    }
}

impl Mail {
    /// The answer to a call, or what it means that there is none.
    async fn ask(&self, call: Call) -> Result<Answer, Outcome> {
        let address = [self.0.address.as_str(), &call.path].concat();
        let asked = timeout(TIME_OUT_MS).and_then(|signal| fetch(&address, &request(&call, &signal)));
        // Nothing was sent: the request could not even be written down.
        let asked = asked.map_err(|error| Outcome::StopRun { detail: told(&error) })?;
        // Whether the request got there cannot be told from the error.
        let answered = JsFuture::from(asked).await.map_err(|error| Outcome::Unknown { detail: told(&error) })?;
        let response: Response = answered.unchecked_into();
        let status = response.status();
        let (bytes, end) = match response.body() {
            Some(body) => stream::read(&body, MAX_ANSWER).await,
            None => (Vec::new(), End::Whole),
        };
        match end {
            // What is longer than the limit is cut.
            End::Whole | End::TooLong => Ok(Answer {
                status,
                retry_after: response.headers().get("Retry-After").ok().flatten(),
                at: PlatformClock::for_request().now(),
                body: String::from_utf8_lossy(&bytes).into_owned(),
            }),
            End::BrokenOff => Err(Outcome::Unknown { detail: format!("HTTP {status}, the answer broke off") }),
        }
    }
}

/// The signal stays armed while the body is read, so a slow drip ends too.
fn request(call: &Call, signal: &JsValue) -> Object {
    let text = |text: &str| JsValue::from_str(text);
    let mut headers: Vec<(&str, JsValue)> = call.headers.iter().map(|(name, value)| (*name, text(value))).collect();
    headers.extend([("Accept", text("application/json")), ("User-Agent", text(USER_AGENT))]);
    let mut parts = vec![("redirect", text("manual")), ("signal", signal.clone())];
    if let Some(body) = &call.body {
        headers.push(("Content-Type", text("application/json")));
        parts.extend([("method", text("POST")), ("body", text(body))]);
    }
    parts.push(("headers", object(&headers).into()));
    object(&parts)
}

/// What a thrown error says; neither the key nor the mail is in it.
fn told(error: &JsValue) -> String {
    cartwake_shared::text::plain(&property(error, "message").as_string().unwrap_or_default(), 120)
}
