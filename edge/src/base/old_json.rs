//! JSON in the Worker: written straight into a text, read strictly; why not `serde_json`: docs/decisions/edge-size.md.

pub mod parse;
pub mod read;
mod settings;
mod wire;
pub mod write;

pub use read::{Read, read};
pub use write::{Document, Object, Write, list};
