//! Waiting for several calls at once.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

type Call<'c, T> = Pin<Box<dyn Future<Output = T> + 'c>>;

/// Waits until all calls are done; an answer for each, in their order.
///
/// Each wake polls all that are not done: right for the six connections a Worker may have open at once, and smaller
/// than what is made for thousands (docs/decisions/edge-size.md).
pub(crate) async fn together<'c, T>(asked: impl Iterator<Item = impl Future<Output = T> + 'c>) -> Vec<T> {
    let mut calls: Vec<(Call<'c, T>, Option<T>)> = Vec::new();
    for call in asked {
        calls.push((Box::pin(call), None));
    }
    poll_fn(|context| {
        let mut is_done = true;
        for (call, answer) in &mut calls {
            if answer.is_some() {
                continue;
            }
            match call.as_mut().poll(context) {
                Poll::Ready(ready) => *answer = Some(ready),
                Poll::Pending => is_done = false,
            }
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    calls.into_iter().filter_map(|(_, answer)| answer).collect()
}
