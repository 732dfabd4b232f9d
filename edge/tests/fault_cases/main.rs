//! The fault catalogue, cases 1 to 56: each is a test named by its number.
//!
//! What is shown here is shown on SQLite and fakes, within milliseconds. Where only the runtime can show the whole of a
//! case, the docstring names the test that does.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod cron;
mod network;
mod order;
mod provider;
mod queue;
mod time;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use cartwake_edge::{
    base::{error::Error, ports::App},
    house,
    native::{
        views::{SENT, Standing, Why, stands},
        world::{World, live},
    },
};
use cartwake_shared::{
    gate::Reason,
    reminder::ReminderState::{Cancelled, Dead, Ready, Sending, Sent, Stale, Suppressed, Unknown},
    time::Span,
    wire,
};

/// The cart that `leave_cart('A', 1, …)` leaves.
const CART: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDA.1";

/// A left cart whose first reminder is planned and not yet sent.
fn planned() -> App<World> {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    assert_eq!(edge.ports.provider.calls(), 0);
    edge
}

/// A left cart whose first reminder was sent.
fn mailed() -> App<World> {
    let edge = planned();
    edge.tick().unwrap();
    assert_eq!(sent(&edge), 1);
    edge
}

/// Mails that were accepted.
fn sent(edge: &App<World>) -> usize {
    edge.ports.provider.mails().len()
}

/// Where the reminder for the first step of the first cart stands.
fn reminder(edge: &App<World>) -> Standing {
    edge.reminder().standing()
}

/// Rows written so far, as SQLite counts them.
fn rows_written(edge: &App<World>) -> u64 {
    edge.ports.store.rows_written()
}

/// The shop's server reports an order and is acknowledged.
fn report(edge: &App<World>, body: &str) {
    let answer = edge.post_from_server("/v1/orders", "shop", body);
    assert_eq!(answer.status, 200, "{body}: {}", answer.body);
}

/// The same cart with more of it.
fn more(edge: &App<World>, seq: u32, quantity: u32) -> wire::Collect {
    let mut event = edge.event('A', 1, seq);
    let snapshot = event.snapshot.as_mut().unwrap();
    snapshot.lines[0].quantity = quantity;
    snapshot.total = Some(4_990 * i64::from(quantity));
    event
}

/// Cron for some minutes, a tick each; a failed run is left to the next one.
fn cron(edge: &App<World>, minutes: i64) {
    for _ in 0..minutes {
        let _ = edge.tick();
        edge.wait(Span::minutes(1));
    }
}

/// The word behind a path in the text of the first mail.
fn token(edge: &App<World>, path: &str) -> String {
    let text = edge.ports.provider.mails().remove(0).text;
    text.split_once(path).unwrap().1.split_whitespace().next().unwrap().to_owned()
}

/// Unsubscribes by the first mail's link.
fn unsubscribe(edge: &App<World>, token: &str) {
    let answer = edge.serve(&cartwake_edge::base::http::Request {
        method: cartwake_edge::base::http::Method::Post,
        path: format!("/u/{token}"),
        ..edge.request()
    });
    assert_eq!(answer.status, 200);
}

/// A run of cron that a test stops wherever it likes; dropping it is a crash.
struct Run<'edge>(Pin<Box<dyn Future<Output = Result<house::cron::Summary, Error>> + 'edge>>);

impl<'edge> Run<'edge> {
    fn begin(edge: &'edge App<World>) -> Self {
        Self(Box::pin(house::cron::run(edge)))
    }

    /// Goes on to the next await; whether the run has ended.
    fn goes_on(&mut self) -> bool {
        matches!(self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(_))
    }

    /// Goes on until the statement has run once more, its answer not yet looked at.
    fn until(&mut self, edge: &App<World>, statement: &str) {
        let count = || edge.ports.store.statements().get(statement).copied().unwrap_or(0);
        let before = count();
        while count() == before {
            assert!(!self.goes_on(), "the run ended before {statement}");
        }
    }

    /// Goes on to its end.
    fn ends(mut self) {
        while !self.goes_on() {}
    }
}

/// Every number of the list has its test, whichever file of this folder it stands in.
#[test]
fn every_case_from_1_to_56_has_its_test() {
    let written = [
        include_str!("network.rs"),
        include_str!("order.rs"),
        include_str!("cron.rs"),
        include_str!("provider.rs"),
        include_str!("time.rs"),
        include_str!("queue.rs"),
    ]
    .concat();
    let lines: Vec<&str> = written.lines().map(str::trim).collect();
    let is_test_of =
        |number: u32, pair: &[&str]| pair[0] == "#[test]" && pair[1].starts_with(&format!("fn case_{number:02}_"));
    let missing: Vec<u32> =
        (1..=56).filter(|number| lines.windows(2).filter(|pair| is_test_of(*number, pair)).count() != 1).collect();
    assert!(missing.is_empty(), "these have no test, or two: {missing:?}");
}
