//! Sends each reminder exactly once and follows it up: plan, due, claim, compose, gate, call, record, reconcile.

pub mod batch;
pub mod breaker;
pub mod budget;
mod call;
pub mod claim;
pub mod compose;
pub mod content;
pub mod deliver;
pub mod due;
mod gate;
pub mod plan;
pub mod provider_event;
pub mod providers;
pub mod reconcile;
mod record;
pub mod release;
pub mod time_travel;
