//! The browser's decisions: what is known of a cart, what may leave, and when.
//!
//! The heart is [`step`], a pure function from a state and a signal to a state and effects. It knows no clock, no
//! randomness and no DOM: times and random digits come with the signal, and what should happen comes back as
//! [`Effects`]. The page calls it through one exported function over text ([`protocol::run`]); the Worker and the
//! tests call it natively.
// In the page without `std`: its panic machinery was 440 bytes of brotli, see docs/decisions/string-boundary.md.
#![cfg_attr(all(feature = "wasm", target_arch = "wasm32"), no_std)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::allow_attributes)
)]

extern crate alloc;

#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
mod allocator;
pub mod cart;
pub mod currency;
pub mod email;
#[cfg(all(feature = "wasm", target_arch = "wasm32"))]
mod exports;
pub mod money;
pub mod protocol;
pub mod record;
pub mod retry;
mod step;
pub mod text;

pub use step::{Effects, Signal, State, step};
