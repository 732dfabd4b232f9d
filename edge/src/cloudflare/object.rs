//! Plain JavaScript objects, written from pairs and read by property; neither throws.

use worker::{
    js_sys::{Object, Reflect},
    wasm_bindgen::JsValue,
};

/// A plain object with these properties.
pub(super) fn object(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in pairs {
        // Setting a property of a new plain object does not fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// A property; `undefined` where there is none, and of what is no object.
pub(super) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
