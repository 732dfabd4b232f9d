//! Renders the pages: each is a pure function from a plain view to HTML.
//!
//! A view holds text that is ready to be read (money, times and names are formatted by the caller) and small enums
//! whose words are chosen here. No page reads a clock, a database or a request. Everything is escaped by `maud`; the two
//! places where escaping is not enough, addresses in `href` and `src` and values in a query, pass through [`address`].
//!
//! The pages run under `default-src 'none'` with Trusted Types: there is no inline script or style anywhere.

pub(crate) mod access;
pub mod address;
pub mod cart;
pub mod carts;
pub(crate) mod challenge;
pub mod controls;
pub mod decisions;
pub mod funnel;
pub(crate) mod install;
pub mod layout;
pub mod login;
pub mod metrics;
pub mod problem;
pub mod retention;
pub mod settings;
pub mod setup;
pub mod site_form;
pub mod terms;
pub mod timeline;
pub mod today;
pub mod waiting;

#[cfg(test)]
mod hostile;
