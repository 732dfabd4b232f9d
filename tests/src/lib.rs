//! The running stack as a library: it starts the stack, acts as shop, shopper and reader of mails, and checks the outcome.
//!
//! `cargo xtask demo` and `cargo xtask test` start the programs that use this crate and tell them,
//! by environment variables, which Node, wrangler, mail emulator and browser were set up.
#![expect(
    clippy::disallowed_methods,
    reason = "drives real programs, so it reads the real clock; the ban is for the Worker and the page"
)]
#![expect(clippy::print_stdout, reason = "journeys are told while they are lived")]

pub mod bench;
pub mod browser;
pub mod client;
pub mod fixtures;
pub mod journey;
pub mod kills;
pub mod mailbox;
pub mod outage;
pub mod pages;
pub mod process;
pub mod shops;
pub mod signature;
pub mod stack;
pub mod storefront;
pub mod strangers;
pub mod tap;
pub mod tools;
pub mod wait;
