//! The browser's decisions: what is known of a cart, what may leave, and when.
//!
//! The heart is [`run`], a pure function from a text to numbers: numbers of the state and one signal in, what the page is
//! to do and the numbers of the state after it out. It knows no clock, no randomness and no DOM: times and chance come with the
//! signal. The page calls it through one export; the Worker, for pages without wasm, and the tests call it natively.
// In the page without `std`: its panic machinery was 440 bytes of brotli, see docs/decisions/string-boundary.md.
#![cfg_attr(all(feature = "wasm", target_arch = "wasm32"), no_std)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::allow_attributes)
)]

mod cart;
pub mod currency;
pub mod email;
#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
mod exports;
pub mod money;
pub mod retry;
pub mod state;
mod step;
pub mod text;
pub mod word;

pub use step::{may_leave, run};
