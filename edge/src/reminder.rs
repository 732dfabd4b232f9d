//! What a reminder says: its words and how they are laid out.

pub mod content;
pub mod wording;
