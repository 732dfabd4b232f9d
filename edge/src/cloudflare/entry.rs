//! The functions that the runtime calls for a request and for a tick of cron.
//!
//! They return no error and do not panic: with `panic = abort` a panic would end every other request of the isolate.

use futures_channel::oneshot;
use serde::Serialize;
use worker::{
    Context, Env, ScheduleContext, ScheduledEvent, console_error, console_log, event,
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
    web_sys, worker_sys,
};

use super::{
    clock::PlatformClock,
    d1::Billed,
    fault,
    request::{self, Unwritable},
    runtime::{self, StartError},
};
use crate::{
    base::{
        error,
        http::{Method, Request, Response},
        json,
    },
    handle::{handle, route_name},
    house::cron,
};

/// One request. An own export: the one that `worker` makes of a function keeps all of its responses and errors.
#[expect(unreachable_pub, reason = "wasm-bindgen exports public functions")]
#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen, wasm_bindgen_futures = worker::wasm_bindgen_futures, js_sys = worker::js_sys)]
pub async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: worker_sys::Context,
) -> Result<web_sys::Response, JsValue> {
    answer(request, env, Context::new(context)).await.or_else(|error| {
        console_error!("{error}");
        let init = web_sys::ResponseInit::new();
        init.set_status(500);
        web_sys::Response::new_with_opt_str_and_init(None, &init)
    })
}

async fn answer(request: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response, Unwritable> {
    let request = request::read(&request).await;
    fault::plan(&request, &env);
    if request.method != Method::Post {
        return request::write(&serve(request, &env).await);
    }
    // What changes something goes on when the client hangs up, as a closing tab does.
    let (sender, receiver) = oneshot::channel();
    context.wait_until(async move {
        // Nobody waiting any more is the case this is for.
        let _ = sender.send(serve(request, &env).await);
    });
    request::write(&receiver.await.unwrap_or_else(|_| Response::empty(503)))
}

async fn serve(request: Request, env: &Env) -> Response {
    let app = match runtime::edge(env, PlatformClock::for_request()) {
        Ok(app) => app,
        Err(error) => return cannot_start(&error),
    };
    let (response, error) = handle(&app, &request).await;
    let billed = crate::base::ports::Ports::store(&app.ports).billed();
    let line = json::text(&RequestLine {
        event: "request",
        route: route_name(request.method, &request.path),
        status: response.status,
        billed,
        error: error.map(|error| ErrorNote { code: error.code(), detail: error.detail() }),
    });
    if response.status >= 500 {
        console_error!("{line}");
    } else {
        console_log!("{line}");
    }
    response
}

/// The log line of a request: a name from our own table, and nothing that was sent.
#[derive(Serialize)]
struct RequestLine {
    event: &'static str,
    route: &'static str,
    status: u16,
    #[serde(flatten)]
    billed: Billed,
    error: Option<ErrorNote>,
}

/// What went wrong, in a log line.
#[derive(Serialize)]
struct ErrorNote {
    code: &'static str,
    detail: String,
}

/// The log line of a run of cron.
#[derive(Serialize)]
struct CronLine<T> {
    event: &'static str,
    #[serde(flatten)]
    billed: Billed,
    #[serde(flatten)]
    result: T,
}

/// What a run did.
#[derive(Serialize)]
struct Done {
    sent: usize,
    held: usize,
    ended: usize,
    carts: usize,
    planned: usize,
}

/// Why a run failed.
#[derive(Serialize)]
struct CronError {
    error: &'static str,
    detail: String,
}

/// The log line of what could not begin.
#[derive(Serialize)]
struct StartLine {
    event: &'static str,
    error: String,
}

/// One tick of cron. A failed run is told by its log line and by the heartbeat that stays away.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let app = match runtime::edge(&env, PlatformClock::for_cron(event.schedule())) {
        Ok(app) => app,
        Err(error) => {
            console_error!("{}", json::text(&StartLine { event: "cron", error: error.to_string() }));
            return;
        }
    };
    let result = cron::run(&app).await;
    let billed = crate::base::ports::Ports::store(&app.ports).billed();
    match result {
        Ok(done) => {
            let result = Done {
                sent: done.sent.accepted,
                held: done.sent.held,
                ended: done.sent.ended,
                carts: done.carts,
                planned: done.planned,
            };
            console_log!("{}", json::text(&CronLine { event: "cron", billed, result }));
        }
        Err(error) => {
            let result = CronError { error: error.code(), detail: error.detail() };
            console_error!("{}", json::text(&CronLine { event: "cron", billed, result }));
        }
    }
}

fn cannot_start(error: &StartError) -> Response {
    console_error!("{}", json::text(&StartLine { event: "start", error: error.to_string() }));
    let sentence = "this deployment is not configured yet; its log says what is missing";
    error::answer(503, "not_configured", sentence).with_header("Retry-After", "60")
}
