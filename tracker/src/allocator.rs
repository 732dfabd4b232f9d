//! The memory of the page's module: an arena that starts anew with every step.
#![expect(unsafe_code, reason = "an allocator cannot be written without; the module has one thread")]

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size, unreachable},
    cell::Cell,
    hint::assert_unchecked,
};

/// One WebAssembly page.
const PAGE: usize = 65_536;

/// Hands memory out upwards and takes nothing back until the step is over.
///
/// A step keeps nothing: its answer is one box that the glue copies at once. So giving back is empty, and with it all
/// the code that gives back is gone. docs/decisions/string-boundary.md has the bytes against a free list.
pub(crate) struct Arena {
    start: Cell<usize>,
    next: Cell<usize>,
    end: Cell<usize>,
    over: Cell<bool>,
}

impl Arena {
    /// Ends a step: the next request for memory comes from the glue for the next input and starts the arena anew.
    ///
    /// Between the two nothing of the step is read but its answer, and nothing is written.
    pub(crate) fn end_step(&self) {
        self.over.set(true);
    }
}

// SAFETY: the module is built without threads; nothing else can reach the cells.
unsafe impl Sync for Arena {}

// SAFETY: blocks are aligned and lie inside memory that was grown for the arena. They do not overlap, since `next` only
// moves up within a step, and after a step all its blocks are dead but the answer, which is copied before memory is
// asked for again (see `end_step`).
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.over.replace(false) {
            self.next.set(self.start.get());
        }
        let mut at = (self.next.get() + layout.align() - 1) & !(layout.align() - 1);
        if at + layout.size() > self.end.get() {
            // Static data and the stack lie below the memory the module starts with.
            let pages = memory_grow::<0>(layout.size() / PAGE + 2);
            if pages == usize::MAX {
                unreachable();
            }
            // Nobody else grows the memory, so only the first growth finds another top than the arena's end.
            let top = pages * PAGE;
            if self.end.get() != top {
                self.start.set(top);
                at = top;
            }
            self.end.set(memory_size::<0>() * PAGE);
        }
        self.next.set(at + layout.size());
        // SAFETY: static data lies at the bottom of the memory, so no block begins at 0.
        unsafe { assert_unchecked(at != 0) };
        at as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
pub(crate) static ARENA: Arena =
    Arena { start: Cell::new(0), next: Cell::new(0), end: Cell::new(0), over: Cell::new(false) };

/// A panic has nobody to tell; the module stops and the page goes on without it.
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    unreachable()
}
