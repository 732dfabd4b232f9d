//! What every room stands on: HTTP, the database's language, ports, errors, configuration, sites.

pub mod body;
pub mod challenge;
pub mod config;
pub mod deployment;
pub mod error;
#[cfg(test)]
pub(crate) mod hostile;
pub mod http;
pub mod json;
pub mod mail;
pub mod network;
pub mod ports;
pub mod product;
pub mod rate_limit;
pub mod route;
pub mod row_budget;
pub mod site;
pub mod store;
pub mod words;
