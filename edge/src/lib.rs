//! The Worker's side: what happens to an event, an order, a link, a tick of cron, and the pages people see.
//!
//! Use cases are generic over [`ports`]; Cloudflare's runtime stands behind them in `cloudflare`, SQLite in `native`.
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

pub mod boot;
pub mod breaker;
pub mod catalogue;
pub mod collect;
pub mod config;
pub mod customer;
pub mod dashboard;
pub mod erase;
pub mod error;
pub mod first_party;
pub mod handle;
pub mod health;
pub mod http;
pub mod install;
pub mod json;
pub mod link;
pub mod order;
pub mod pages;
pub mod pause;
pub mod ports;
pub mod provider_event;
pub mod reminder;
pub mod restored;
pub mod route;
pub mod send;
pub mod shop_server;
pub mod site;
pub mod step;
pub mod store;
pub mod tick;
mod together;

#[cfg(target_arch = "wasm32")]
mod cloudflare;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
