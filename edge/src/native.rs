//! The use cases on this machine: the store on SQLite with the same `.sql` files, and fakes for the other ports.

pub mod fakes;
pub mod sqlite;
pub mod views;
pub mod world;
