//! How a reminder leaves exactly once, and what becomes of it: plan, claim, write, gate, call, record, events, breaker.

pub mod batch;
pub mod breaker;
pub mod budget;
pub mod compose;
pub mod content;
pub mod deliver;
pub mod due;
pub mod plan;
pub mod provider_event;
pub mod providers;
pub mod reconcile;
pub mod time_travel;
