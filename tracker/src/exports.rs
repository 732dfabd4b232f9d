//! What the page can call: one function from the bytes of a text to where the answer's bytes begin.
#![expect(unsafe_code, reason = "the page's text is handed over by its place; linking asks for an allocator")]

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::unreachable,
    slice,
};

use wasm_bindgen::prelude::wasm_bindgen;

use crate::{step, text::Answer};

/// Runs one step over the text that the page wrote to memory it grew for that; see [`crate::run`]. The answer ends
/// with a zero byte and stands until the next step.
///
/// The place and the length go over by themselves: for a slice wasm-bindgen would make a box of its own from them, and the
/// module would carry the shrinking of vectors, the texts of its panics and `core::fmt`, 1.7 KB of brotli.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports only what is `pub`")]
pub fn step(text: *const u8, length: usize) -> *const u8 {
    // SAFETY: the page wrote `length` bytes there, into memory that nothing of the module uses, and waits for the answer.
    let input = unsafe { slice::from_raw_parts(text, length) };
    let mut answer = Answer::default();
    step::run(input, &mut answer);
    answer.start()
}

/// No memory to hand out: a step works on its input and its answer.
struct Nothing;

// SAFETY: no block is ever handed out, so none can overlap another.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        unreachable()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;

/// A panic has nobody to tell; the module stops and the page goes on without it.
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    unreachable()
}
