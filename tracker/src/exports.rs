//! What the page can call: one function from the bytes of a text to the bytes of a text.

use alloc::boxed::Box;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::allocator::ARENA;

/// Runs one step; see [`crate::protocol::run`].
///
/// The answer is copied into a box of its own size: handing out the vector would shrink it first, and the module
/// would carry the shrinking and the texts of its panic. The page encodes and decodes UTF-8 itself.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports only what is `pub`")]
pub fn step(input: &[u8]) -> Box<[u8]> {
    let answer = crate::protocol::run(input).as_slice().into();
    ARENA.end_step();
    answer
}
