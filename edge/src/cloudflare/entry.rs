//! What the runtime calls: a request, a tick of cron. Neither returns an error nor panics: with `panic = abort` that
//! would end every other request of the isolate.

use futures_channel::oneshot;
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
        http::{Method, Request, Response},
        old_json::Object,
    },
    handle::handle,
    house::cron as tick,
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
    // The first segment names the route; what follows may be a token.
    let route: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).take(2).collect();
    let named = match route.as_slice() {
        ["v1", call] => format!("/v1/{call}"),
        [first, ..] => format!("/{first}"),
        [] => "/".to_owned(),
    };
    let error = error.map(|error| Object::new().with("code", error.code()).with("detail", &error.detail()).done());
    let mut line = Object::new();
    line.with("event", "request").with("route", &named).with("status", &response.status);
    let line = bill(&mut line, billed).with("error", &error).done();
    if response.status >= 500 {
        console_error!("{line}");
    } else {
        console_log!("{line}");
    }
    response
}

/// One tick of cron. A failed run is told by its log line and by the heartbeat that stays away.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let app = match runtime::edge(&env, PlatformClock::for_cron(event.schedule())) {
        Ok(app) => app,
        Err(error) => {
            console_error!("{}", Object::new().with("event", "cron").with("error", &error.to_string()).done());
            return;
        }
    };
    let result = tick::run(&app).await;
    let billed = crate::base::ports::Ports::store(&app.ports).billed();
    let mut line = Object::new();
    bill(line.with("event", "cron"), billed);
    match result {
        Ok(done) => {
            line.with("sent", &done.sent.accepted).with("held", &done.sent.held).with("ended", &done.sent.ended);
            console_log!("{}", line.with("looked_at", &done.looked_at).with("planned", &done.planned).done());
        }
        Err(error) => console_error!("{}", line.with("error", error.code()).with("detail", &error.detail()).done()),
    }
}

/// What D1 bills for an invocation.
fn bill(line: &mut Object, billed: Billed) -> &mut Object {
    line.with("statements", &billed.statements)
        .with("rows_read", &billed.rows_read)
        .with("rows_written", &billed.rows_written)
}

fn cannot_start(error: &StartError) -> Response {
    console_error!("{}", Object::new().with("event", "start").with("error", &error.to_string()).done());
    let sentence = "this deployment is not configured yet; its log says what is missing";
    let error = Object::new().with("code", "not_configured").with("message", sentence).done();
    Response::json(503, Object::new().with("error", &error).done()).with_header("Retry-After", "60")
}
