//! The one question: `POST /v1/restore`, and what of its answer is read here.

use js_sys::{JSON, JsString};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, prelude::JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// The body, as in `cartwake_shared::wire::Restore`.
#[derive(Serialize)]
pub(crate) struct Question {
    /// Public key of the site.
    pub(crate) site: String,
    /// Token from the link.
    pub(crate) token: String,
}

/// What the notice needs of `cartwake_shared::wire::Restored`; the page gets the whole cart as it came.
#[derive(Debug, Deserialize)]
pub(crate) struct Restored {
    /// `open`, `ordered` or `expired`.
    pub(crate) state: String,
    /// The cart, when the state is `open`.
    pub(crate) cart: Option<Cart>,
}

/// The cart to rebuild.
#[derive(Debug, Deserialize)]
pub(crate) struct Cart {
    /// At most 100.
    pub(crate) lines: Vec<Line>,
}

/// What a line is called. Only the name is verified; everything else of it may be a stranger's words.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    /// The shop's product id.
    pub(crate) product: String,
    /// Variant id or name.
    pub(crate) variant: String,
    /// Stock-keeping unit.
    pub(crate) sku: String,
    /// The chosen options.
    pub(crate) options: String,
    /// Name in the shop's catalogue; missing where the catalogue does not have the product.
    pub(crate) name: Option<String>,
    /// 1 to 1,000,000.
    pub(crate) quantity: u32,
}

/// Asks for the cart and gives the answer as it came; `None` when the Worker does not know the token.
pub(crate) async fn ask(origin: &str, question: &Question) -> Result<Option<JsValue>, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let body: JsString = JSON::stringify(&serde_wasm_bindgen::to_value(question)?)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&body);
    let mut url = String::from(origin);
    url.push_str("/v1/restore");
    let response: Response = JsFuture::from(window.fetch_with_str_and_init(&url, &request)).await?.dyn_into()?;
    match response.status() {
        200 => Ok(Some(JsFuture::from(response.json()?).await?)),
        400 | 404 | 410 | 422 => Ok(None),
        _ => Err(JsValue::NULL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cartwake_shared::wire;

    #[test]
    fn what_the_worker_says_is_read() {
        let line =
            wire::RestoredLine { product: "P".into(), name: Some("Hat".into()), quantity: 2, ..Default::default() };
        let bare = wire::RestoredLine { product: "Q".into(), quantity: 1, ..Default::default() };
        let cart = wire::RestoredCart { lines: vec![line, bare], ..wire::RestoredCart::default() };
        let said = wire::Restored { v: 1, state: "open".into(), token: "r1".into(), cart: Some(cart) };
        let read: Restored = serde_json::from_value(serde_json::to_value(said).unwrap()).unwrap();
        let lines = read.cart.unwrap().lines;
        let first = &lines[0];
        assert_eq!(
            (&*read.state, &*first.product, first.name.as_deref(), first.quantity),
            ("open", "P", Some("Hat"), 2)
        );
        assert_eq!((&*lines[1].product, &lines[1].name), ("Q", &None));
    }

    #[test]
    fn what_is_asked_is_what_the_worker_reads() {
        let asked = Question { site: "pk_1".into(), token: "r1.x".into() };
        let read: wire::Restore = serde_json::from_value(serde_json::to_value(asked).unwrap()).unwrap();
        assert_eq!(read, wire::Restore { site: "pk_1".into(), token: "r1.x".into() });
    }
}
