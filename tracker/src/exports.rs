//! What the page can call: one function from the place of a text to the place of the answer's numbers.
#![expect(unsafe_code, reason = "the page's text is handed over by its place; linking asks for an allocator")]

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::unreachable,
    marker::PhantomData,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use wasm_bindgen::prelude::wasm_bindgen;

use crate::step;

/// Runs one step over the text that the page wrote to memory it grew for that; see [`crate::run`]. The answer stands until
/// the next step.
///
/// The place and the length go over by themselves: for a slice wasm-bindgen would make a box of its own from them, and the
/// module would carry the shrinking of vectors, the texts of its panics and `core::fmt`, 1.7 KB of brotli.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports only what is `pub`")]
pub fn step(text: *const u8, length: usize) -> *const f64 {
    TEXT.store(text.addr(), Relaxed);
    LENGTH.store(length, Relaxed);
    COUNT.store(0, Relaxed);
    step::run(Text(PhantomData), &mut Answer::default());
    NUMBERS.as_ptr().cast()
}

static TEXT: AtomicUsize = AtomicUsize::new(0);
static LENGTH: AtomicUsize = AtomicUsize::new(0);
/// How many numbers are answered.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// More than the longest answer: the state, and six numbers for each of 100 lines.
static NUMBERS: [AtomicU64; 1_024] = [const { AtomicU64::new(0) }; 1_024];

/// The text of the step that runs; there is one at a time, and handing on where it lies costs 200 bytes of brotli.
#[derive(Clone, Copy)]
pub struct Text<'a>(PhantomData<&'a ()>);

impl Text<'_> {
    /// Where it begins.
    pub(crate) const START: usize = 0;

    /// The byte at a place; nothing behind the end.
    #[expect(clippy::unused_self, reason = "elsewhere a text knows where it lies")]
    pub(crate) fn byte(self, place: usize) -> Option<u8> {
        // SAFETY: the page wrote `LENGTH` bytes there, into memory that nothing of the module uses, and waits for the answer.
        (place < LENGTH.load(Relaxed)).then(|| unsafe { *(TEXT.load(Relaxed) as *const u8).add(place) })
    }
}

/// The numbers that the step answers with, as those of the page.
#[derive(Default)]
pub struct Answer(());

impl Answer {
    /// Writes one more; all are below 2^53, which the page's numbers carry exactly.
    #[inline(never)]
    #[expect(clippy::unused_self, reason = "elsewhere an answer holds its numbers")]
    #[expect(clippy::cast_precision_loss, reason = "numbers of the step are below 2^53")]
    pub(crate) fn add(&mut self, number: u64) {
        let count = COUNT.load(Relaxed);
        if let Some(place) = NUMBERS.get(count) {
            place.store((number as f64).to_bits(), Relaxed);
            COUNT.store(count + 1, Relaxed);
        }
    }
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
