//! From a request to a response: the route, the rules every answer has, the errors.

use crate::{
    base::{
        error::Error,
        http::{Method, Request, Response},
        ports::{App, Ports, Store as _},
        rate_limit,
        route::{self, Found, Route},
        row_budget,
    },
    capture::{boot, collect, first_party, install_check, remote_decide},
    dashboard,
    house::health,
    sending::{provider_event, providers},
    shop::{catalogue, order},
    shopper::link,
};

/// A year. The names below this host are not ours to speak for, so they are left out.
const HSTS: &str = "max-age=31536000";

/// Serves one request and counts the rows that it wrote; never fails: an error is an answer too. The second value is for
/// the log.
pub async fn handle<P: Ports>(app: &App<P>, request: &Request) -> (Response, Option<Error>) {
    let before = app.store().rows_written();
    let answer = find_and_answer(app, request).await;
    let written = app.store().rows_written().saturating_sub(before);
    // What strangers write is written by events; the rows of signed calls and of the owner are nobody's share.
    let is_event = request.path == "/v1/collect";
    row_budget::count(app, written, is_event.then_some(request)).await;
    answer
}

async fn find_and_answer<P: Ports>(app: &App<P>, request: &Request) -> (Response, Option<Error>) {
    let (response, error) = match route::find(request.method, &request.path) {
        Found::Route(route) => answer(app, request, route).await,
        Found::OtherMethod => refused(Error::MethodNotAllowed),
        Found::Nothing => answer_page(app, request).await,
    };
    // Browsers take it over https only (RFC 6797, 8.1).
    let response = if request.origin.starts_with("https://") {
        response.with_header("Strict-Transport-Security", HSTS)
    } else {
        response
    };
    (if request.method == Method::Head { Response { body: String::new(), ..response } } else { response }, error)
}

/// The name of the route that a request leads to, for the log: what stands in the table, and nothing of what was sent.
pub fn route_name(method: Method, path: &str) -> &'static str {
    match route::find(method, path) {
        Found::Route(route) => route.name(),
        Found::OtherMethod => UNKNOWN,
        Found::Nothing => match dashboard::find(method, path) {
            Found::Route((page, _)) => page.path(),
            Found::OtherMethod | Found::Nothing => UNKNOWN,
        },
    }
}

/// How the log calls an address that does not exist, or not for that method.
const UNKNOWN: &str = "unknown";

/// Answers a request to the dashboard.
async fn answer_page<P: Ports>(app: &App<P>, request: &Request) -> (Response, Option<Error>) {
    let (response, error) = match dashboard::find(request.method, &request.path) {
        Found::Route((page, value)) => match dashboard::serve(app, request, page, value).await {
            Ok(response) => (response, None),
            Err(error) => (dashboard::problem(app, &error), Some(error)),
        },
        Found::OtherMethod => refused(Error::MethodNotAllowed),
        Found::Nothing => (dashboard::not_found(app), None),
    };
    // Whether a form is taken depends on the page that sent it.
    (if request.method == Method::Post { response.with_header("Vary", "Origin") } else { response }, error)
}

/// Answers a request outside the dashboard.
async fn answer<P: Ports>(app: &App<P>, request: &Request, route: Route) -> (Response, Option<Error>) {
    let from_page = matches!(
        route,
        Route::Boot
            | Route::Collect
            | Route::Restore
            | Route::Visit
            | Route::Check
            | Route::Step
            | Route::Forget
            | Route::Preflight
    );
    let (response, error) = match serve(app, request, route).await {
        Ok(response) => (response, None),
        Err(error) => (error.response(), Some(error)),
    };
    (if from_page { permit_page(response, request) } else { response }, error)
}

/// Asks whether the network of a request may make one more of its class.
async fn within_limit<P: Ports>(app: &App<P>, request: &Request) -> Result<(), Error> {
    match rate_limit::class_of(request.method, &request.path) {
        Some(class) => rate_limit::ask(app, class, request).await,
        None => Ok(()),
    }
}

async fn serve<P: Ports>(app: &App<P>, request: &Request, route: Route) -> Result<Response, Error> {
    within_limit(app, request).await?;
    match route {
        Route::Boot => boot::boot(app, request).await,
        Route::Collect => collect::collect(app, request).await,
        Route::Restore => link::restore(app, request).await,
        Route::Visit => link::visit(app, request).await,
        Route::Check => install_check::check(app, request).await,
        Route::Step => remote_decide::decide(app, request).await,
        Route::Forget => first_party::forget(app, request).await,
        Route::Preflight => Ok(Response::empty(204)
            .with_header("Access-Control-Allow-Methods", "GET, POST")
            .with_header("Access-Control-Allow-Headers", "content-type")
            .with_header("Access-Control-Max-Age", "86400")),
        Route::Orders => order::from_server(app, request).await,
        Route::Products => catalogue::from_server(app, request).await,
        Route::ProviderEvents(code) => match providers::named(&code) {
            Some(provider) => provider_event::receive(app, request, provider).await,
            None => Ok(dashboard::not_found(app)),
        },
        Route::Health => health::health(app, request, dashboard::is_signed_in(app, request).await?).await,
        Route::Landing(token) => link::landing(app, &token).await,
        Route::StopAsked(purpose, token) => link::stop_asked(app, purpose, &token).await,
        Route::Stop(purpose, token) => link::stop(app, purpose, &token).await,
    }
}

/// A page of the shop may read the answer. The origin is repeated rather than `*`, so that a page that may not report
/// carts still learns why; nothing in these answers is secret. A page of the Worker's own site may send its cookie along.
///
/// A settings answer may be cached, so that every answer says that another origin gets another one; also an answer to
/// whoever names no origin, which a cache would otherwise give to everybody.
fn permit_page(response: Response, request: &Request) -> Response {
    let response = response.with_header("Vary", "Origin");
    match &request.page_origin {
        Some(origin) if origin.bytes().all(|byte| byte.is_ascii_graphic()) => {
            let response = response.with_header("Access-Control-Allow-Origin", origin.clone());
            let response = if first_party::is_first_party(request) {
                response.with_header("Access-Control-Allow-Credentials", "true")
            } else {
                response
            };
            response.with_header("Access-Control-Expose-Headers", "Retry-After")
        }
        _ => response,
    }
}

fn refused(error: Error) -> (Response, Option<Error>) {
    (error.response(), Some(error))
}
