//! `POST /v1/step`: the tracker's step for pages that forbid WebAssembly or know none.

use cartwake_shared::policy::{CaptureMode, TrackingConsent};
use cartwake_tracker::{may_leave, run, text::Answer};

use crate::{
    collect::body_of,
    error::Error,
    http::{Request, Response},
    ports::{Edge, Ports},
    site,
};

/// Runs one step over the text a page sends, as its own module would: nothing is stored, and what the page may keep
/// or send is decided here by the same rule, with the site's consent mode instead of the page's word for it.
pub async fn step<P: Ports>(edge: &Edge<P>, request: &Request) -> Result<Response, Error> {
    let input = body_of(request)?;
    let site = site::by_public_key(edge, &request.query_value("site").unwrap_or_default()).await?;
    if !site.permits_origin(request.page_origin.as_deref().unwrap_or("")) {
        return Err(Error::ForeignOrigin);
    }
    let is_required = site.settings.tracking == TrackingConsent::Required;
    if !may_leave(input.as_bytes(), is_required, site.settings.capture == CaptureMode::Identified) {
        return Err(Error::NotPermitted);
    }
    let mut answer = Answer::default();
    run(input.as_bytes(), &mut answer);
    // Numbers, brackets and letters.
    let text = String::from_utf8(answer.0).map_err(|error| Error::Malformed(error.to_string()))?;
    Ok(Response::plain(text))
}
