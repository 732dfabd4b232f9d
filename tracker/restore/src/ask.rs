//! The one question: `POST /v1/restore`.

use cartwake_shared::wire::{Restore, Restored};
use js_sys::{JSON, JsString};
use wasm_bindgen::{JsCast, prelude::JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// Asks for the cart; `None` when the Worker does not know the token.
pub(crate) async fn ask(origin: &str, question: &Restore) -> Result<Option<Restored>, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let body: JsString = JSON::stringify(&serde_wasm_bindgen::to_value(question)?)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&body);
    let mut url = String::from(origin);
    url.push_str("/v1/restore");
    let response: Response = JsFuture::from(window.fetch_with_str_and_init(&url, &request)).await?.dyn_into()?;
    match response.status() {
        200 => Ok(Some(serde_wasm_bindgen::from_value(JsFuture::from(response.json()?).await?)?)),
        400 | 404 | 410 | 422 => Ok(None),
        _ => Err(JsValue::NULL),
    }
}
