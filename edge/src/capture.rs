//! The requests of a shop's pages: settings, events of carts, the tracker's decisions, the install check.

pub mod boot;
pub mod challenge;
pub mod collect;
pub mod first_party;
pub mod install_check;
pub mod remote_decide;
