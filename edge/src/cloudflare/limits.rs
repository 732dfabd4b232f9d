//! The limits port on Cloudflare's rate-limit bindings, and the rows that this isolate remembers.
//!
//! A binding counts by key in one place of Cloudflare, without a wait for the network; it is permissive and never exact,
//! good against floods (developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit).

use std::cell::RefCell;

use worker::{
    js_sys::{Object, Promise},
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use super::object::{object, property};
use crate::base::{ports::Limits, rate_limit::Class, row_budget::RowCount};

#[wasm_bindgen]
extern "C" {
    /// A rate-limit binding.
    pub(super) type Binding;
    #[wasm_bindgen(method, catch)]
    fn limit(this: &Binding, options: &Object) -> Result<Promise, JsValue>;
}

thread_local! {
    /// What this isolate knows of the rows of the day.
    static ROWS: RefCell<RowCount> = RefCell::default();
}

/// The bindings of the classes; an older deployment has none.
pub(super) struct Bindings {
    pub(super) pages: Option<Binding>,
    pub(super) stops: Option<Binding>,
    pub(super) steps: Option<Binding>,
    pub(super) sign_ins: Option<Binding>,
}

impl Limits for Bindings {
    fn is_counting(&self) -> bool {
        [&self.pages, &self.stops, &self.steps, &self.sign_ins].into_iter().all(Option::is_some)
    }

    async fn permits(&self, class: Class, network: &str) -> bool {
        let binding = match class {
            Class::Pages => &self.pages,
            Class::Stops => &self.stops,
            Class::Steps => &self.steps,
            Class::SignIns => &self.sign_ins,
        };
        let Some(asked) =
            binding.as_ref().and_then(|binding| binding.limit(&object(&[("key", JsValue::from_str(network))])).ok())
        else {
            return true;
        };
        // A counter that fails refuses nobody: the rows of the day and the database's own limits still hold.
        JsFuture::from(asked).await.ok().and_then(|answer| property(&answer, "success").as_bool()).unwrap_or(true)
    }

    fn change_row_count<T>(&self, change: impl FnOnce(&mut RowCount) -> T) -> T {
        ROWS.with_borrow_mut(change)
    }
}
