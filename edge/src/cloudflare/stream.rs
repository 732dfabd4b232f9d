//! Bodies of requests and answers, read up to a limit.

use worker::{
    js_sys::{Reflect, Uint8Array},
    wasm_bindgen::{JsCast as _, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStream, ReadableStreamDefaultReader},
};

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the last byte.
    Whole,
    /// At the limit; the rest is not read.
    TooLong,
    /// In the middle.
    BrokenOff,
}

/// The first bytes of a stream, hardly more than `limit`, and how reading them ended.
pub(super) async fn read(stream: &ReadableStream, limit: usize) -> (Vec<u8>, End) {
    let mut bytes = Vec::new();
    let Ok(reader) = ReadableStreamDefaultReader::new(stream) else { return (bytes, End::BrokenOff) };
    loop {
        let Ok(step) = JsFuture::from(reader.read()).await else { return (bytes, End::BrokenOff) };
        let chunk =
            Reflect::get(&step, &JsValue::from_str("value")).ok().and_then(|value| value.dyn_into::<Uint8Array>().ok());
        // The last step has no value.
        let Some(chunk) = chunk else { return (bytes, End::Whole) };
        bytes.append(&mut chunk.to_vec());
        if bytes.len() > limit {
            // Nobody waits for it; the future only keeps a failure from being reported as unhandled.
            drop(JsFuture::from(reader.cancel()));
            return (bytes, End::TooLong);
        }
    }
}
