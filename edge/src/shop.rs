//! What the shop's server tells by signed calls: orders, products, who a customer is.

mod candidates;
pub mod catalogue;
pub mod customer;
pub mod order;
pub mod signed_call;
