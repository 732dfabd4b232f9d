//! The signals by which a person, a shell or the system asks a program of this crate to end.
use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

/// Waits until the program is asked to end, and returns the signal's name: Ctrl-C (`SIGINT`), `SIGTERM`, or `SIGHUP`
/// after the terminal was closed. Programs drop what they started then; by default `SIGTERM` and `SIGHUP` would end
/// them before.
pub async fn asked() -> Result<&'static str> {
    let listen = |kind: SignalKind| signal(kind).context("cannot listen for signals");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
        _ = hang_up.recv() => "SIGHUP",
    })
}
