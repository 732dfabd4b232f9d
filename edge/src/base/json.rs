//! JSON in the Worker: read with errors that name the field, written in the order of declaration.

pub use cartwake_shared::json::{FieldError, in_order, read, text};
