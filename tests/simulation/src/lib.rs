//! Seeded simulation of whole deployments: real use cases, real SQL, and everything that can go wrong around them.
//!
//! A seed makes up a story (shoppers, orders, refusals, outages) and its weather. Requests and cron runs are futures
//! over ports that stall, fail before and after the commit and have clocks of their own; several are in flight at
//! once; dropping one is a crash.
//!
//! **Failure** is: an acknowledged event that is not in its cart (P1); a reminder accepted twice, or another text under
//! a key (P2); a call of the provider after something acknowledged should have stopped it (P3); a reminder that has
//! neither an end nor a reason, or whose end is not true, or a cart left with an address that nobody planned (P4); more
//! mails to a mailbox than permitted, or nearer to each other, or to more unproven addresses of a browser or a network, or
//! a first one at night (P5); a reason that only another merchant can have given,
//! a row at another site (P6); a refused statement, an unexpected answer, a metric that is not the sum of what it counts.
//!
//! **Strangers** act in every fifth seed, without any proof (`stranger.rs`). Failure is then as well: more of them mailed than
//! the shares say (P5, `shares.rs`); a reminder that waits for a share though it has a grant or staff let it go; and anything
//! that strangers change for others. For this the seed runs twice, with and without them, and `twins.rs` says what may differ.
//!
//! In good weather a reminder that waits behind another site's is a failure too (P4), and so is one sent by two runs at
//! once while clocks agree (P2).
//!
//! **No failure** is: a mail whose gate was passed before the stop was acknowledged, if the call follows within 12 s; a
//! reminder that ends as unknown, stale or dead because of the weather; a mail that never leaves because a second cart,
//! a cap or a hold stood against it; an event that never was acknowledged; whatever two clocks three minutes apart decide
//! differently; once all clocks have jumped by hours, whatever is counted in time.

pub mod audit;
pub mod calls;
pub mod chance;
mod course;
pub mod delivery;
pub mod deployment;
pub mod head;
pub mod ledger;

pub mod operation;
pub mod plant;
pub mod platform;
mod promises;
pub mod provider;
pub mod provider_event;
pub mod reproductions;
pub mod run;
pub mod shares;
pub mod shrink;
pub mod story;
pub mod stranger;
pub mod survey;
pub mod twins;
