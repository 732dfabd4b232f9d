//! `POST /v1/step`: runs the tracker's decision for pages that forbid WebAssembly or know none.

use cartwake_shared::policy::{CaptureMode, TrackingConsent};
use cartwake_tracker::{
    may_leave, run,
    text::{Answer, Text},
};

use crate::base::{
    body::body_of,
    error::Error,
    http::{Request, Response},
    ports::{App, Ports},
    site,
};

/// Longest text of a step, in bytes.
const MAX_STEP: usize = 8 * 1024;

/// Decides over the text that a page sends, as the page's own module would. Nothing is stored. The same rule says what the
/// page may keep or send, with the consent mode of the site instead of the mode that the page names.
pub async fn decide<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let input = body_of(request)?;
    if input.len() > MAX_STEP {
        return Err(Error::TooLong);
    }
    let text = Text(input.as_bytes());
    let site = site::by_public_key(app, &request.query_value("site").unwrap_or_default()).await?;
    if !site.permits_origin(request.page_origin.as_deref().unwrap_or("")) {
        return Err(Error::ForeignOrigin);
    }
    let is_required = site.settings.tracking == TrackingConsent::Required;
    if !may_leave(text, is_required, site.settings.capture == CaptureMode::Identified) {
        return Err(Error::NotPermitted);
    }
    let mut answer = Answer::default();
    run(text, &mut answer);
    let mut list = String::from("[");
    for number in answer.0 {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&number.to_string());
    }
    list.push(']');
    Ok(Response::plain(list))
}
