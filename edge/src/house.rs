//! What runs without being asked, and what keeps the deployment in order: cron, health, pause, erasure, retention.

pub mod cron;
pub mod erase;
pub mod health;
pub mod housekeeping;
pub mod pause;
pub mod retention;
