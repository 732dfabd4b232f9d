//! Finds where a request leads: every address the Worker answers, but for the pages of the dashboard (`dashboard.rs`).

use cartwake_shared::token::LinkPurpose;

use crate::base::http::Method;

/// Where a request leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `GET /v1/boot`.
    Boot,
    /// `POST /v1/collect`.
    Collect,
    /// `POST /v1/restore`.
    Restore,
    /// `POST /v1/visit`.
    Visit,
    /// `POST /v1/check`.
    Check,
    /// `POST /v1/step`.
    Step,
    /// `POST /v1/forget`.
    Forget,
    /// `OPTIONS` of the seven above.
    Preflight,
    /// `POST /v1/orders`.
    Orders,
    /// `POST /v1/products`.
    Products,
    /// `POST /v1/provider-events/{provider}`, by the provider's code.
    ProviderEvents(String),
    /// `GET /health`.
    Health,
    /// `GET /r/{token}`.
    Landing(String),
    /// `GET /u/{token}`, `GET /n/{token}`: asks before anything is changed.
    StopAsked(LinkPurpose, String),
    /// `POST /u/{token}`, `POST /n/{token}`.
    Stop(LinkPurpose, String),
}

impl Route {
    /// Its address as the log names it: with `{…}` where a request has a token or a code.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Boot => "/v1/boot",
            Self::Collect => "/v1/collect",
            Self::Restore => "/v1/restore",
            Self::Visit => "/v1/visit",
            Self::Check => "/v1/check",
            Self::Step => "/v1/step",
            Self::Forget => "/v1/forget",
            Self::Preflight => "preflight",
            Self::Orders => "/v1/orders",
            Self::Products => "/v1/products",
            Self::ProviderEvents(_) => "/v1/provider-events/{provider}",
            Self::Health => "/health",
            Self::Landing(_) => "/r/{token}",
            Self::StopAsked(LinkPurpose::NotMe, _) | Self::Stop(LinkPurpose::NotMe, _) => "/n/{token}",
            Self::StopAsked(..) | Self::Stop(..) => "/u/{token}",
        }
    }
}

/// What a table of addresses has for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<R> {
    /// A route.
    Route(R),
    /// The address, but not for that method.
    OtherMethod,
    /// No such address.
    Nothing,
}

/// Finds the route of a request. HEAD is answered like GET.
pub fn find(method: Method, path: &str) -> Found<Route> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let read = matches!(method, Method::Get | Method::Head);
    let post = method == Method::Post;
    let choose = |get: Option<Route>, sent: Option<Route>| match (read, post) {
        (true, _) => get.map_or(Found::OtherMethod, Found::Route),
        (_, true) => sent.map_or(Found::OtherMethod, Found::Route),
        _ => Found::OtherMethod,
    };
    match segments.as_slice() {
        ["v1", "boot" | "collect" | "restore" | "visit" | "check" | "step" | "forget"] if method == Method::Options => {
            Found::Route(Route::Preflight)
        }
        ["v1", "boot"] => choose(Some(Route::Boot), None),
        ["v1", "collect"] => choose(None, Some(Route::Collect)),
        ["v1", "restore"] => choose(None, Some(Route::Restore)),
        ["v1", "visit"] => choose(None, Some(Route::Visit)),
        ["v1", "check"] => choose(None, Some(Route::Check)),
        ["v1", "step"] => choose(None, Some(Route::Step)),
        ["v1", "forget"] => choose(None, Some(Route::Forget)),
        ["v1", "orders"] => choose(None, Some(Route::Orders)),
        ["v1", "products"] => choose(None, Some(Route::Products)),
        ["v1", "provider-events", code] => choose(None, Some(Route::ProviderEvents((*code).to_owned()))),
        ["health"] => choose(Some(Route::Health), None),
        ["r", token] => choose(Some(Route::Landing((*token).to_owned())), None),
        [letter @ ("u" | "n"), token] => {
            let purpose = if *letter == "u" { LinkPurpose::Unsubscribe } else { LinkPurpose::NotMe };
            choose(
                Some(Route::StopAsked(purpose, (*token).to_owned())),
                Some(Route::Stop(purpose, (*token).to_owned())),
            )
        }
        _ => Found::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_where_the_reference_says() {
        use Method::{Get, Head, Options, Other, Post};
        for (method, path, expected) in [
            (Get, "/v1/boot", Found::Route(Route::Boot)),
            (Post, "/v1/collect", Found::Route(Route::Collect)),
            (Get, "/v1/collect", Found::OtherMethod),
            (Options, "/v1/collect", Found::Route(Route::Preflight)),
            (Post, "/v1/visit", Found::Route(Route::Visit)),
            (Get, "/v1/visit", Found::OtherMethod),
            (Post, "/v1/step", Found::Route(Route::Step)),
            (Other, "/v1/collect", Found::OtherMethod),
            (Post, "/r/abc", Found::OtherMethod),
            (Head, "/r/abc", Found::Route(Route::Landing("abc".into()))),
            (Get, "/u/abc", Found::Route(Route::StopAsked(LinkPurpose::Unsubscribe, "abc".into()))),
            (Post, "/n/abc", Found::Route(Route::Stop(LinkPurpose::NotMe, "abc".into()))),
            (Post, "/v1/provider-events/brevo", Found::Route(Route::ProviderEvents("brevo".into()))),
            (Get, "/v1/provider-events/brevo", Found::OtherMethod),
            (Get, "/v2/boot", Found::Nothing),
            (Get, "", Found::Nothing),
        ] {
            assert_eq!(find(method, path), expected, "{method:?} {path}");
        }
    }
}
