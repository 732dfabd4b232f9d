//! What runs without being asked, and what keeps the deployment in order: cron, health, pause, erasure.

pub mod cron;
pub mod erase;
pub mod health;
pub mod housekeeping;
pub mod pause;
