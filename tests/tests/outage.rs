//! A silent, overloaded or used-up database under the built Worker and Chromium: told in time, and nothing is lost.
//!
//! Run by `cargo xtask test outage`, which builds the Worker first and names the tools.
use anyhow::Result;
use cartwake_tests::outage;
use tokio::runtime::Runtime;

#[test]
fn a_failing_database_is_told_within_seconds_and_loses_nothing() -> Result<()> {
    Runtime::new()?.block_on(outage::told_and_taken_later())
}

#[test]
fn a_used_up_day_is_told_by_health_and_dashboard() -> Result<()> {
    Runtime::new()?.block_on(outage::a_used_up_day_is_told())
}

#[test]
fn an_event_of_a_closed_tab_is_stored() -> Result<()> {
    Runtime::new()?.block_on(outage::a_closed_tab_is_stored())
}

#[test]
fn a_page_keeps_what_was_not_acknowledged_and_another_delivers_it() -> Result<()> {
    Runtime::new()?.block_on(outage::a_page_delivers_later())
}
