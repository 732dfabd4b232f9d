//! What strangers tried on the built Worker over HTTP: the rows of the measured attacks, each as a test with its number.
//!
//! All share one Worker; a row has a shop (a site) and networks of its own. Time is the trigger's: first reminders are due an hour
//! from now, which is when [`Field::remind`] runs the ticks.
mod carts;
mod dashboard;
mod field;
mod first_contacts;
mod floods;
mod links;
mod rows;

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use anyhow::Result;

use field::Field;

/// What a row does; it gives back what it measured, in words.
type Story = for<'field> fn(&'field Field) -> Running<'field>;
type Running<'field> = Pin<Box<dyn Future<Output = Result<String>> + 'field>>;

/// A test of its own name.
macro_rules! rows {
    ($($name:ident => $story:path),+ $(,)?) => {
        [$((stringify!($name), (|field| Box::pin($story(field))) as Story)),+]
    };
}

/// Every row that was found over HTTP. The last one moves the clock by a day; row 13 uses up the log-in of this machine. Rows 10,
/// 11, 12 and 21 are of the page (`tests/tests/attacks.rs`, `tests/tests/capture.rs`).
fn all() -> [(&'static str, Story); 25] {
    rows![
        attack_01_one_network_and_one_session_reach_five_strangers => first_contacts::one_network,
        attack_01_many_networks_reach_the_share_of_the_site => first_contacts::many_networks,
        attack_03_the_signature_of_an_own_customer_proves_no_other_address => first_contacts::own_signature,
        attack_04_a_flood_delays_no_verified_shopper_no_buyer_and_no_first_contact => first_contacts::flood,
        attack_05_a_pages_order_closes_and_discards_nobodys_cart => carts::page_orders,
        attack_06_the_server_takes_a_number_away_from_a_page => carts::numbers,
        attack_07_three_thousand_carts_of_one_name_make_nothing_dear => rows::one_name,
        attack_07_six_thousand_carts_of_one_customer_make_nothing_dear => rows::one_customer,
        attack_07_both_names_of_an_order_flooded_make_it_no_dearer => rows::both_names,
        attack_08_who_has_the_link_and_knows_the_visitor_changes_nothing => links::visitor,
        attack_09_a_strangers_words_stand_in_no_mail_and_no_notice => links::words,
        attack_14_a_log_line_names_the_route => dashboard::log,
        attack_15_an_erasure_takes_every_cart_and_every_address_of_the_visitor => carts::erasure,
        attack_16_the_platform_counts_the_requests_of_a_network => floods::requests,
        attack_16_scarce_rows_are_shed => floods::scarce_rows,
        attack_17_a_long_step_is_refused => floods::steps,
        attack_18_pictures_and_links_are_of_known_hosts => dashboard::picture,
        attack_19_a_strangers_word_lifts_no_refusal_and_refuses_for_nobody => carts::wishes,
        attack_20_a_count_that_no_shopper_has_is_not_said => links::count,
        attack_22_policy_and_headers => dashboard::headers,
        attack_23_a_strangers_newer_cart_displaces_no_verified_one => carts::displacement,
        attack_24_a_checkout_that_the_server_relays_proves_no_address => first_contacts::relayed,
        attack_25_bounces_and_complaints_of_first_contacts_stop_first_contacts_only => first_contacts::bounces,
        attack_13_wrong_secrets_end_after_ten_and_a_session_ends_at_the_server => dashboard::log_in,
        attack_02_an_old_session_is_none_and_gives_no_second_mail => first_contacts::old_sessions,
    ]
}

/// Runs the rows whose names have one of these words, or all; prints a line for each and gives back how many passed and failed.
pub async fn run(wanted: &[String]) -> Result<(usize, usize)> {
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    let field = Field::open().await?;
    let (mut passed, mut failed) = (0, 0);
    for (name, story) in all().into_iter().filter(|(name, _)| is_wanted(name)) {
        let start = Instant::now();
        let outcome = story(&field).await;
        let seconds = start.elapsed().as_secs_f32();
        match outcome {
            Ok(measured) => {
                passed += 1;
                println!("test {name} ... ok ({seconds:.1} s)\n     {measured}");
            }
            Err(error) => {
                failed += 1;
                println!("test {name} ... FAILED ({seconds:.1} s)\n     {error:#}");
            }
        }
    }
    Ok((passed, failed))
}
