//! Fixture shops of our own making: they know nothing of Cartwake but its script tag, and differ as real shops do.
mod absence;
mod ask;
mod at_rest;
mod counter;
mod course;
mod crowded_page;
mod differences;
mod form_posts;
mod fragments;
mod frames;
mod graphql;
mod journey;
mod json_api;
mod late_analytics;
mod ledger;
mod locale_formats;
mod matrix;
mod named;
mod permission;
mod price;
mod server_actions;
mod settled;
mod strict_policy;
mod till;
mod web_components;

pub use counter::{Counter, Request, Tag};
pub use course::{Course, courses};
pub use journey::{Act, Floor, Tracking, Ways};
pub use till::{Basket, Choice, Offer, PLAIN, SISTER, Shown, ShownLine, Till, VARIANT};

use ask::{Ask, Reply};

/// A shop: what it sells, how it answers, and what a shopper does in it.
#[derive(Clone, Copy)]
pub struct Shop {
    /// What it is called here, for the way it works.
    pub name: &'static str,
    /// What it sells.
    pub till: Till,
    /// One answer to one request.
    pub answer: fn(&Till, &mut Basket, &Ask) -> Reply,
    /// What a shopper does in it.
    pub ways: Ways,
}

/// Every shop; [`locale_formats`] has two sisters that differ in their amounts alone.
pub const SHOPS: [Shop; 14] = [
    form_posts::SHOP,
    fragments::SHOP,
    json_api::SHOP,
    graphql::SHOP,
    differences::SHOP,
    server_actions::SHOP,
    strict_policy::SHOP,
    crowded_page::SHOP,
    web_components::SHOP,
    frames::SHOP,
    locale_formats::GERMAN,
    late_analytics::LATE,
    late_analytics::REDEFINED,
    late_analytics::THROWING,
];
