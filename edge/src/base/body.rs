//! Bodies of requests: at most 64 KB, sent as text or JSON.

use serde::de::DeserializeOwned;

use crate::base::{
    error::Error,
    http::{Body, Request},
    json,
};

/// Reads a JSON body of at most 64 KB, sent as text or JSON.
pub fn read_json<T: DeserializeOwned>(request: &Request) -> Result<T, Error> {
    let text = body_of(request)?;
    // Derived readers also take a list of a struct's fields in their order; nobody sends that on purpose.
    if text.trim_start().starts_with('[') {
        return Err(Error::Malformed("it must be an object".to_owned()));
    }
    json::read(text).map_err(|error| Error::Malformed(error.to_string()))
}

/// A body of at most 64 KB, sent as text or JSON.
pub fn body_of(request: &Request) -> Result<&str, Error> {
    let media_type = request
        .content_type
        .as_deref()
        .unwrap_or("text/plain")
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    if !matches!(media_type.as_str(), "text/plain" | "application/json") {
        return Err(Error::MediaType);
    }
    if request.body == Body::TooLong {
        return Err(Error::TooLong);
    }
    let text = request.body_text().ok_or_else(|| Error::Malformed("it is not UTF-8".to_owned()))?;
    Ok(text.trim_start_matches('\u{feff}'))
}
