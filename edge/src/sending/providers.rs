//! Mail providers: how each is asked and what its answers mean.

use serde::{Serializer, ser::SerializeMap as _};

pub mod answer;
pub mod brevo;
pub mod postmark;
pub mod resend;

/// Writes the headers of a mail as one object, in their order.
fn in_order<S: Serializer>(headers: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(headers.len()))?;
    for (name, value) in headers {
        object.serialize_entry(name, value)?;
    }
    object.end()
}
