//! The domain of abandoned-cart recovery: carts, addresses, orders, reminders and the rules about them.
//!
//! The crate is pure by contract: no clock, no randomness, no I/O. `now` and random bytes are arguments.
//! Wire types ([`wire`]) are not domain types; parsing is the only way from one to the other.
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

pub mod breaker;
pub mod cart;
pub mod challenge;
mod codes;
pub mod currency;
pub mod customer;
mod domains;
pub mod email;
pub mod exclusion;
pub mod gate;
pub mod identifier;
pub mod json;
pub mod key;
pub mod lenient;
pub mod lifecycle;
pub mod locale;
pub mod merge;
pub mod metric;
pub mod money;
pub mod order;
pub mod policy;
pub mod provider;
pub mod reminder;
pub mod round_robin;
pub mod selector;
pub mod share;
pub mod template;
pub mod text;
pub mod time;
pub mod token;
pub mod trust;
pub mod wire;
