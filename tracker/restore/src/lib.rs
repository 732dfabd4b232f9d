//! Brings a cart back behind a recovery link: asks for it, hands it to the page, says what came back.
//!
//! Loaded only when the address carries `#cw=<token>`. Following such a link is the shopper's own wish to have this
//! cart back, so the question itself is allowed in every consent mode; it says nothing of the visitor, and nothing is stored
//! here.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::allow_attributes))]

mod address;
mod ask;
mod notice;
mod outcome;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use ask::{Question, Restored};
use outcome::{Missing, Outcome, outcome};

/// Some hundred small blocks for half a minute: a list of free ones does, and the default allocator is 2.4 KB of brotli more.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

/// Restores the cart of a recovery link and shows the notice; ends when the notice is gone.
///
/// 1. Asks `POST /v1/restore`.
/// 2. Takes the token out of the address bar, unless there was no answer and a reload may still get one.
/// 3. Hands the cart to the page: `hand` is called with it and gives a promise of what could not be put back
///    (`outcome::Missing`), or of `undefined` where nobody on the page takes carts.
/// 4. Says in a notice what came back and what did not.
///
/// An error is for the debug line only.
#[wasm_bindgen]
#[expect(clippy::future_not_send, reason = "a page has one thread")]
pub async fn restore(origin: String, site: String, token: String, hand: Function) -> Result<(), JsValue> {
    let outcome = match ask::ask(&origin, &Question { site, token }).await {
        Ok(Some(answer)) => {
            address::forget_token()?;
            hand_over(answer, &hand).await?
        }
        Ok(None) => {
            address::forget_token()?;
            Outcome::Unknown
        }
        Err(_) => Outcome::Unreachable,
    };
    notice::show(&outcome.text()).await
}

/// Gives the page the cart as the Worker sent it.
async fn hand_over(answer: JsValue, hand: &Function) -> Result<Outcome, JsValue> {
    let cart = Reflect::get(&answer, &JsValue::from_str("cart"))?;
    let restored: Restored = serde_wasm_bindgen::from_value(answer)?;
    if restored.state != "open" || restored.cart.is_none() {
        return Ok(outcome(&restored, None));
    }
    let promise = Promise::resolve(&hand.call1(&JsValue::NULL, &cart)?);
    let missing = JsFuture::from(promise).await?;
    Ok(outcome(&restored, serde_wasm_bindgen::from_value::<Option<Vec<Missing>>>(missing)?))
}
