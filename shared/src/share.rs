//! Shares: how many first contacts a network and a site may have mailed in a day without proof (spec/security.md).
//!
//! The counting happens in SQL, in one statement each, so that hundreds of posts in one second see each other
//! (`edge/sql/collect.sql`, `take_place`; `edge/sql/gate.sql`). This file has the numbers and the median.

use serde::Serialize;

use crate::time::{Span, Timestamp};

/// The time over which places are counted; it rolls, so no share begins anew at midnight.
pub const COUNTED_OVER: Span = Span::hours(24);
/// How long a mailbox holds its place at a site: one sequence of mails, and what follows from it.
pub const PLACE_HOLDS: Span = Span::days(30);

/// The limits of a network's share, as `take_place` reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NetworkShare {
    /// Places at one site.
    pub of_site: u32,
    /// Places over the whole deployment.
    pub of_all: u32,
    /// Places more at a site for each visitor there who is verified or known.
    pub for_each_vouched: u32,
    /// The most places at one site, however many visitors are vouched for.
    pub of_site_at_most: u32,
    /// Places more at a site for each paid order of the last 24 hours that its server told of a cart from there, as
    /// many as the site's own share has for it.
    pub for_each_order: u32,
    /// The most places at one site, however many orders are told, so that the row of a network stays small.
    pub at_most: u32,
    /// Addresses of one visitor; an address corrected before its mail left does not count.
    pub of_visitor: u32,
    /// Page orders that stop mails of other visitors.
    pub orders: u32,
}

impl NetworkShare {
    /// Vouched visitors at one site beyond whom a further one raises nothing.
    pub fn vouchers(self) -> i64 {
        i64::from(self.of_site_at_most.saturating_sub(self.of_site).div_ceil(self.for_each_vouched.max(1)))
    }

    /// Places that must be taken before a vouched visitor is noted: with fewer, nothing has to be raised.
    pub fn raised_from(self) -> i64 {
        i64::from(self.of_site.saturating_sub(2))
    }
}

/// The share of each network (/24, /48).
pub const NETWORK: NetworkShare = NetworkShare {
    of_site: 5,
    of_all: 25,
    for_each_vouched: 5,
    of_site_at_most: 50,
    for_each_order: 5,
    at_most: 400,
    of_visitor: 2,
    orders: 5,
};

/// Sites of the deployment that mail one mailbox as a first contact in [`PLACE_HOLDS`].
pub const SITES_OF_A_MAILBOX: i64 = 3;
/// The smallest share of a site.
pub const SITE_AT_LEAST: i64 = 50;
/// A site's share is this many times its usual day.
pub const SITE_USUAL_TIMES: i64 = 3;
/// And at least this many for each order that its server told in the last 24 hours.
pub const SITE_FOR_EACH_ORDER: i64 = 5;
/// Days over which the usual day of a site is the median.
pub const USUAL_DAYS: i64 = 14;
/// Quarters of an hour in a day.
const QUARTERS_OF_A_DAY: i64 = 96;
/// A younger site is filled up to this many days with days without a mail, so that a flood at its start does not double
/// its share from day to day.
const DAYS_AT_LEAST: usize = 7;

/// The usual day of a site: the median of its days, each with the first contacts that were mailed and did not come back.
///
/// `days` has a count for each day since the first mail, at most [`USUAL_DAYS`], without today.
pub fn usual(days: &[i64]) -> i64 {
    let mut days = days.to_vec();
    days.resize(days.len().max(DAYS_AT_LEAST), 0);
    days.sort_unstable();
    let middle = days.len().div_euclid(2);
    let at = |place: usize| days.get(place).copied().unwrap_or(0);
    if days.len().rem_euclid(2) == 1 {
        at(middle)
    } else {
        at(middle.saturating_sub(1)).saturating_add(at(middle)).div_euclid(2)
    }
}

/// First contacts that were mailed on each of the last [`USUAL_DAYS`] days before today, `(day, mailed)`, without a gap since
/// the first.
///
/// `days` is what was known on an earlier day; `quarters` counts by quarters of an hour, of two days at least. What a day was
/// known to have is not counted again.
pub fn mailed_by_day(days: &[(i64, i64)], quarters: &[(i64, i64)], today: i64) -> Vec<(i64, i64)> {
    let of_quarters = |wanted: i64| -> i64 {
        quarters
            .iter()
            .filter(|(quarter, _)| quarter.div_euclid(QUARTERS_OF_A_DAY) == wanted)
            .map(|(_, mailed)| mailed)
            .sum()
    };
    let known = days.iter().map(|(day, _)| *day);
    let counted = quarters.iter().map(|(quarter, _)| quarter.div_euclid(QUARTERS_OF_A_DAY));
    let Some(first) = known.chain(counted).min() else { return Vec::new() };
    (first.max(today.saturating_sub(USUAL_DAYS))..today)
        .map(|wanted| {
            let known = days.iter().find(|(day, _)| *day == wanted).map(|(_, mailed)| *mailed);
            (wanted, known.unwrap_or_else(|| of_quarters(wanted)))
        })
        .collect()
}

/// The share of a site: first contacts that it may have mailed in 24 hours.
pub fn of_site(usual: i64, orders: i64) -> i64 {
    SITE_AT_LEAST.max(usual.saturating_mul(SITE_USUAL_TIMES)).max(orders.saturating_mul(SITE_FOR_EACH_ORDER))
}

/// The quarter of an hour, counted from 1970, by which a site's mails to first contacts are counted.
pub const fn quarter_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::minutes(15).millis())
}

/// The hour, counted from 1970, by which orders told by a server are counted.
pub const fn hour_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::hours(1).millis())
}

/// The day of UTC, counted from 1970, by which salts are named.
pub const fn salt_day(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::days(1).millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_day_is_the_median_and_a_young_site_has_empty_days() {
        for (days, expected) in [
            (vec![], 0),
            (vec![400; 3], 0),
            (vec![50; 4], 50),
            (vec![50, 50, 50, 50, 150, 150, 150, 150], 100),
            (vec![400; 14], 400),
            (vec![1, 2, 3, 4, 1_000, 1_000, 1_000], 4),
        ] {
            assert_eq!(usual(&days), expected, "{days:?}");
        }
    }

    #[test]
    fn days_are_counted_once_and_without_a_gap() {
        let quarters = [(96 * 9, 7), (96 * 9 + 95, 3), (96 * 12 + 1, 4), (96 * 13, 100)];
        for (known, today, expected) in [
            (vec![], 13, vec![(9, 10), (10, 0), (11, 0), (12, 4)]),
            (vec![(9, 8)], 13, vec![(9, 8), (10, 0), (11, 0), (12, 4)]),
            (vec![(9, 8), (10, 0), (11, 0), (12, 5)], 13, vec![(9, 8), (10, 0), (11, 0), (12, 5)]),
            (
                vec![(9, 8)],
                25,
                (11..25)
                    .map(|day| {
                        (
                            day,
                            if day == 12 {
                                4
                            } else if day == 13 {
                                100
                            } else {
                                0
                            },
                        )
                    })
                    .collect(),
            ),
        ] {
            assert_eq!(mailed_by_day(&known, &quarters, today), expected, "{known:?} {today}");
        }
        assert_eq!(mailed_by_day(&[], &[], 13), []);
    }

    #[test]
    fn the_share_of_a_site_follows_its_usual_day_and_its_orders() {
        for (usual, orders, expected) in [(0, 0, 50), (16, 0, 50), (17, 0, 51), (100, 80, 400), (100, 10, 300)] {
            assert_eq!(of_site(usual, orders), expected, "{usual} {orders}");
        }
    }

    #[test]
    fn within_days_a_steady_shop_outgrows_the_smallest_share() {
        // 400 first contacts a day: how many are mailed on each day, when the share alone holds them back.
        let mut days: Vec<i64> = Vec::new();
        for _ in 0..21 {
            let recent = days.iter().rev().take(14).copied().collect::<Vec<_>>();
            days.push(of_site(usual(&recent), 0).min(400));
        }
        assert!(days.iter().skip(14).all(|mails| *mails == 400), "{days:?}");
    }
}
