//! Cloudflare's runtime behind the ports, and the entry points it calls.

mod challenge_api;
mod clock;
mod d1;
mod entry;
mod fault;
mod intl;
mod kv;
mod limits;
mod mail_api;
mod object;
mod outgoing;
mod request;
mod runtime;
mod stream;
