//! Runs the local mail API with its inbox page.
use std::path::Path;

use anyhow::Result;

use crate::process::Server;
use crate::tools::{Tools, checkout};

/// The running mail emulator.
pub(super) struct Inbox {
    /// `http://127.0.0.1:<port>`.
    pub(super) origin: String,
    /// Ends with this value.
    _server: Server,
}

impl Inbox {
    pub(super) async fn start(tools: &Tools, http: &reqwest::Client, folder: &Path, port: u16) -> Result<Self> {
        let origin = format!("http://127.0.0.1:{port}");
        let preload = checkout().join("tests/src/stack/loopback.cjs");
        let port = port.to_string();
        let script = [
            "--require".as_ref(),
            preload.as_os_str(),
            tools.emulate.as_os_str(),
            "start".as_ref(),
            "--service".as_ref(),
            "resend".as_ref(),
            "--port".as_ref(),
            port.as_ref(),
        ];
        let mut server = Server::start(tools, folder, "inbox", &tools.node, &script, |command| {
            command.env("NO_COLOR", "1");
        })?;
        server.answers(http, &format!("{origin}/emails")).await?;
        Ok(Self { origin, _server: server })
    }
}
