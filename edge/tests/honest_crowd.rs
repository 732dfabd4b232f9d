//! An honest crowd without a challenge: how many of its first contacts the shares hold, week by week and on a Black Friday.
//!
//! `cargo xtask test load` runs it, optimised: unoptimised it takes many minutes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests; they print a table")]

#[path = "honest_crowd/town.rs"]
mod town;

use town::{Fate, Shop, Town};

/// Three weeks of a shop and a Black Friday of ten times its usual day; what is held in each week and on that day.
fn season(name: &str, shop: Shop) -> [Fate; 4] {
    let mut town = Town::of(shop);
    town.days(21, 1.0);
    town.days(1, 10.0);
    // Until everybody's reminder has left or was held for a day.
    town.days(2, 1.0);
    let fates = [0..7, 7..14, 14..21, 21..22].map(|days| town.fate(days));
    for (when, fate) in ["week 1", "week 2", "week 3", "Black Friday"].into_iter().zip(fates) {
        let Fate { first_contacts, held, held_behind_carriers } = fate;
        let percent = fate.percent();
        println!(
            "{name:<36}{when:<13}{first_contacts:>6} first contacts, {held:>5} held ({held_behind_carriers:>5} behind carriers): {percent:>5.1} %"
        );
    }
    fates
}

/// What must hold of a shop whose server tells its orders.
fn assert_fares_well([.., third, black_friday]: [Fate; 4]) {
    assert!(third.percent() <= 5.0, "{third:?}");
    assert!(black_friday.percent() <= 2.0, "{black_friday:?}");
}

#[test]
fn where_the_server_tells_orders_few_first_contacts_are_held_and_on_a_black_friday_fewer() {
    assert_fares_well(season("orders told", Shop { tells_orders: true, signs: false }));
    assert_fares_well(season("orders told, customers signed", Shop { tells_orders: true, signs: true }));
}

/// For comparison: nothing proves a buyer there, so that a carrier's network has no more places than a stranger's.
#[test]
fn where_pages_alone_tell_orders_a_carrier_has_no_more_places_than_a_stranger() {
    let [.., third, _] = season("pages alone", Shop { tells_orders: false, signs: false });
    assert!(third.held_behind_carriers * 20 > third.held * 19, "{third:?}");
}
