//! What can go wrong while a request is served, and the one place that maps it to HTTP.

use cartwake_shared::{cart::EventError, order::OrderError};
use serde::Serialize;

use crate::base::{
    http::Response,
    json,
    store::{ColumnMismatch, StoreError},
};

/// A failed request: a code for programs, a sentence for people, a detail for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such page, site or link; also where telling more would help a stranger.
    #[error("there is nothing here")]
    NotFound,
    /// The method is not one of those the address knows.
    #[error("this address does not answer to that method")]
    MethodNotAllowed,
    /// The page is not on one of the site's hosts.
    #[error("this page's host is not one of the site's hosts")]
    ForeignOrigin,
    /// A page without WebAssembly told something before tracking was permitted.
    #[error("tracking is not permitted here yet")]
    NotPermitted,
    /// Longer than 64 KB.
    #[error("the body is longer than 64 KB")]
    TooLong,
    /// Neither `text/plain` nor `application/json`.
    #[error("send text/plain or application/json, uncompressed")]
    MediaType,
    /// Not JSON, or not of the form described in docs/reference/wire.md.
    #[error("the body is not the JSON that is expected here: {0}")]
    Malformed(String),
    /// An event that says nothing usable.
    #[error(transparent)]
    Event(#[from] EventError),
    /// An order that says nothing usable.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A catalogue entry.
    #[error("{0}")]
    Catalogue(String),
    /// The signature of a shop's server.
    #[error("the signature is missing, wrong or older than five minutes")]
    Signature,
    /// Nobody is signed in.
    #[error("please sign in")]
    SignedOut,
    /// A form that was not sent from its own page.
    #[error("this form has expired; please open the page again")]
    ForeignForm,
    /// The database.
    #[error("the database did not answer just now; nothing was lost, please try again")]
    Store(#[from] StoreError),
}

/// The JSON answer of a request that failed.
#[derive(Serialize)]
struct Failed<'a> {
    error: Failure<'a>,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: &'static str,
    message: &'a str,
}

/// The answer for programs: a stable code and a sentence for people.
pub(crate) fn answer(status: u16, code: &'static str, message: &str) -> Response {
    Response::json(status, json::text(&Failed { error: Failure { code, message } }))
}

impl From<ColumnMismatch> for Error {
    fn from(row: ColumnMismatch) -> Self {
        Self::Store(row.into())
    }
}

impl Error {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::ForeignOrigin => "foreign_origin",
            Self::NotPermitted => "not_permitted",
            Self::TooLong => "too_long",
            Self::MediaType => "media_type",
            Self::Malformed(_) => "malformed",
            Self::Event(_) => "event_unusable",
            Self::Order(_) => "order_unusable",
            Self::Catalogue(_) => "catalogue_unusable",
            Self::Signature => "signature",
            Self::SignedOut => "signed_out",
            Self::ForeignForm => "foreign_form",
            Self::Store(StoreError::DailyLimit) => "store_daily_limit",
            Self::Store(_) => "store_unavailable",
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::ForeignOrigin | Self::ForeignForm | Self::NotPermitted => 403,
            Self::TooLong => 413,
            Self::MediaType => 415,
            Self::Malformed(_) => 400,
            Self::Event(_) | Self::Order(_) | Self::Catalogue(_) => 422,
            Self::Signature | Self::SignedOut => 401,
            Self::Store(_) => 503,
        }
    }

    /// What is written to the log: internals, never a body, an address or a query.
    pub fn detail(&self) -> String {
        match self {
            Self::Store(error) => error.to_string(),
            _ => self.code().to_owned(),
        }
    }

    /// The JSON answer for programs.
    pub fn response(&self) -> Response {
        let response = answer(self.status(), self.code(), &self.to_string());
        match self {
            // An hour is the longest that browsers wait by themselves; until midnight nothing helps.
            Self::Store(StoreError::DailyLimit) => response.with_header("Retry-After", "3600"),
            // What queues behind an overloaded database makes it no faster; browsers spread a quarter above it.
            Self::Store(StoreError::Overloaded) => response.with_header("Retry-After", "60"),
            // A minute covers the stalls of D1 that were seen (60 to 80 s) together with the browser's own back-off.
            Self::Store(_) => response.with_header("Retry-After", "20"),
            _ => response,
        }
    }
}
