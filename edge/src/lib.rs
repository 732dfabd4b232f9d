//! The Worker's side: what happens to an event, an order, a link, a tick of cron, and the pages people see.
//!
//! Use cases are generic over [`base::ports`]; Cloudflare's runtime stands behind them in `cloudflare`, SQLite in `native`.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::allow_attributes,
        missing_docs
    )
)]
// The ports are used by one task of one isolate at a time; nothing is sent between threads.
#![expect(async_fn_in_trait, reason = "no `Send` is wanted: a Worker is single-threaded")]

pub mod base;
pub mod capture;
pub mod dashboard;
pub mod handle;
pub mod house;
pub mod sending;
pub mod shop;
pub mod shopper;

#[cfg(target_arch = "wasm32")]
mod cloudflare;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
