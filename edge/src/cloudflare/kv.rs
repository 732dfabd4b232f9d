//! The cache port on Workers KV. Failing to cache is no failure.

use worker::{
    js_sys::{Object, Promise},
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use super::object::object;
use crate::base::ports::Cache;

#[wasm_bindgen]
extern "C" {
    /// A KV namespace.
    pub(super) type Namespace;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Namespace, key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn put(this: &Namespace, key: &str, text: &str, options: &Object) -> Result<Promise, JsValue>;
}

/// The namespace of cached settings.
pub(super) struct Settings(pub(super) Option<Namespace>);

/// KV keeps entries for a minute at least; shorter is refused with 400.
const SHORTEST_SECONDS: u32 = 60;

impl Cache for Settings {
    async fn get(&self, key: &str) -> Option<String> {
        JsFuture::from(self.0.as_ref()?.get(key).ok()?).await.ok()?.as_string()
    }

    async fn put(&self, key: &str, text: &str, seconds: u32) {
        let Some(store) = &self.0 else { return };
        let options = object(&[("expirationTtl", JsValue::from(seconds.max(SHORTEST_SECONDS)))]);
        if let Ok(put) = store.put(key, text, &options) {
            // Only a cache: the next request reads the database again.
            let _ = JsFuture::from(put).await;
        }
    }
}
