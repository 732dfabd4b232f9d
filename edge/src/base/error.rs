//! The errors of a request, declared once: code, HTTP status and sentence; and their HTTP response.

use cartwake_shared::{cart::EventError, order::OrderError};
use serde::Serialize;

use crate::base::{http::Response, json, store::StoreError};

/// Declares [`Error`] as a table: the code, the HTTP status and the sentence of each variant stand together.
macro_rules! errors {
    (
        $(#[$about:meta])*
        pub enum $name:ident;
        $(
            $(#[doc = $doc:literal])*
            $variant:ident $(($($cause:tt)+))? { code: $code:literal, status: $status:literal, sentence: $sentence:tt }
        )+
    ) => {
        $(#[$about])*
        #[derive(Debug, thiserror::Error)]
        pub enum $name {
            $(
                $(#[doc = $doc])*
                #[error $sentence]
                $variant $(($($cause)+))?,
            )+
        }

        impl $name {
            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }

            /// The HTTP status.
            pub const fn status(&self) -> u16 {
                match self {
                    $(Self::$variant { .. } => $status,)+
                }
            }
        }
    };
}

errors! {
    /// A failed request: a code for programs, a sentence for people, a detail for the log.
    pub enum Error;

    /// There is no such page, site or link, or a stranger must not learn more.
    NotFound { code: "not_found", status: 404, sentence: ("there is nothing here") }
    /// The address does not know the method.
    MethodNotAllowed {
        code: "method_not_allowed", status: 405, sentence: ("this address does not answer to that method")
    }
    /// The page is not on one of the site's hosts.
    ForeignOrigin {
        code: "foreign_origin", status: 403, sentence: ("this page's host is not one of the site's hosts")
    }
    /// A page without WebAssembly sent an event before tracking was permitted.
    NotPermitted { code: "not_permitted", status: 403, sentence: ("tracking is not permitted here yet") }
    /// The body is longer than its address takes.
    TooLong { code: "too_long", status: 413, sentence: ("the body is longer than 64 KB, or 8 KB for a step") }
    /// The network has made too many requests.
    TooManyRequests {
        code: "too_many_requests", status: 429, sentence: ("too many requests came from this network; please try again")
    }
    /// The database's rows of the day are scarce, and what is asked for can wait so many seconds.
    RowsSpent(u32) {
        code: "rows_spent", status: 429, sentence: ("the rows of the day are nearly used up; please try again later")
    }
    /// The body is neither `text/plain` nor `application/json`.
    MediaType {
        code: "media_type", status: 415, sentence: ("send text/plain or application/json, uncompressed")
    }
    /// The body is not JSON, or not of the form described in docs/reference/wire.md.
    Malformed(String) {
        code: "malformed", status: 400, sentence: ("the body is not the JSON that is expected here: {0}")
    }
    /// The event has no usable field.
    Event(#[from] EventError) { code: "event_unusable", status: 422, sentence: ("{0}") }
    /// The order has no usable field.
    Order(#[from] OrderError) { code: "order_unusable", status: 422, sentence: ("{0}") }
    /// A catalogue entry cannot be used.
    Catalogue(String) { code: "catalogue_unusable", status: 422, sentence: ("{0}") }
    /// The signature of a shop's server does not hold.
    Signature {
        code: "signature", status: 401, sentence: ("the signature is missing, wrong or older than five minutes")
    }
    /// Nobody is signed in.
    SignedOut { code: "signed_out", status: 401, sentence: ("please sign in") }
    /// The form was not sent from its own page.
    ForeignForm {
        code: "foreign_form", status: 403, sentence: ("this form has expired; please open the page again")
    }
    /// The database refuses to answer until midnight UTC, because its daily limit is used up.
    DailyLimit {
        code: "store_daily_limit",
        status: 503,
        sentence: ("the database did not answer just now; nothing was lost, please try again")
    }
    /// The database did not answer.
    Store(StoreError) {
        code: "store_unavailable",
        status: 503,
        sentence: ("the database did not answer just now; nothing was lost, please try again")
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DailyLimit => Self::DailyLimit,
            _ => Self::Store(error),
        }
    }
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

impl Error {
    /// The text for the log: internals, never a body, an address or a query.
    pub fn detail(&self) -> String {
        match self {
            Self::DailyLimit => StoreError::DailyLimit.to_string(),
            Self::Store(error) => error.to_string(),
            _ => self.code().to_owned(),
        }
    }

    /// The JSON response for programs.
    pub fn response(&self) -> Response {
        let response = answer(self.status(), self.code(), &self.to_string());
        match self {
            // An hour is the longest that browsers wait by themselves; until midnight nothing helps.
            Self::DailyLimit => response.with_header("Retry-After", "3600"),
            Self::RowsSpent(seconds) => response.with_header("Retry-After", seconds.to_string()),
            // What queues behind an overloaded database makes it no faster; browsers spread a quarter above it.
            // The limit of requests counts by the minute, too.
            Self::Store(StoreError::Overloaded) | Self::TooManyRequests => response.with_header("Retry-After", "60"),
            // A minute covers the stalls of D1 that were seen (60 to 80 s) together with the browser's own back-off.
            Self::Store(_) => response.with_header("Retry-After", "20"),
            _ => response,
        }
    }
}
