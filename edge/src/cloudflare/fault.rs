//! Failures on purpose, for tests of the built Worker: a request that panics, a database that does not answer.
//!
//! Nothing here happens unless `CARTWAKE_TEST_FAULTS` is `1`, which `cargo xtask deploy` refuses.

use std::cell::Cell;

use worker::Env;

use super::object::property;
use crate::base::{config::binding, http::Request};

/// What happens to a call of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is never asked and never answers.
    Silent,
    /// It is asked a second later.
    Late,
    /// It does what is asked, and the connection breaks before the answer.
    Lost,
    /// It refuses in these words.
    Refused(&'static str),
}

thread_local! {
    /// What happens to the next calls of this isolate, and to how many.
    static PLANNED: Cell<Option<(Fault, u32)>> = const { Cell::new(None) };
}

/// Takes a test's wish: `/test/panic` panics, `/test/database/<fault>/<calls>` spoils so many calls from now on.
pub(super) fn plan(request: &Request, env: &Env) {
    let Some(wish) = request.path.strip_prefix("/test/") else { return };
    if property(env, binding::TEST_FAULTS).as_string().is_none_or(|value| value != "1") {
        return;
    }
    assert!(wish != "panic", "asked for by a test");
    let mut words = wish.split('/').skip(1);
    let fault = match words.next().unwrap_or_default() {
        "silent" => Fault::Silent,
        "late" => Fault::Late,
        "lost" => Fault::Lost,
        "overloaded" => Fault::Refused("D1_ERROR: D1 DB is overloaded. Too many requests queued."),
        "daily_limit" => Fault::Refused("D1_ERROR: Your account has exceeded D1's free tier daily row write limit."),
        _ => return,
    };
    let calls = words.next().and_then(|count| count.parse().ok()).unwrap_or(0);
    PLANNED.set(Some((fault, calls)));
}

/// What happens to the call that is made now.
pub(super) fn next() -> Option<Fault> {
    let (fault, calls) = PLANNED.get()?;
    PLANNED.set(calls.checked_sub(1).map(|left| (fault, left)));
    (calls > 0).then_some(fault)
}
