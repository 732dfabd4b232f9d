//! The breaker of a site: it trips, and sending pauses, when too many unproven addresses or returned mails come in.
//!
//! The counters are rows (`unproven_hour`, `delivery`); this file decides what follows from them. A tripped breaker is
//! reset when its time is over, or by staff; from then on counting starts afresh.

use crate::{
    codes,
    time::{Span, Timestamp},
};

codes! {
    /// Why a breaker tripped; the cause that is noticed soonest stands first.
    pub enum Cause {
        /// The form in the database and the API.
        code: &'static str => from_code,
        /// How long sending pauses: as long as the time over which is counted.
        pause: Span,
        /// The sentence a shop owner reads.
        sentence: &'static str,
    }
    /// Far more new unproven addresses came in within an hour than the site usually gets.
    Unproven {
        code: "unproven",
        pause: Span::hours(1),
        sentence: "Far more new addresses came in than usual, and nothing proves that shoppers typed them. \
            Somebody may be using the checkout to have strangers mailed.",
    }
    /// Too many recipients called the mails spam.
    Complaints {
        code: "complaints",
        pause: Span::days(7),
        sentence: "Too many people called the mails spam. Going on would harm the name of the sender's domain.",
    }
    /// Too many mails went to addresses that do not exist.
    Bounces {
        code: "bounces",
        pause: Span::days(7),
        sentence: "Too many mails came back because the address does not exist. \
            Going on would harm the name of the sender's domain.",
    }
}

/// The number of new unproven addresses in one hour of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// Hours since 1970.
    pub hour: i64,
    /// New unproven addresses.
    pub addresses: i64,
}

/// The number of mails sent, bounced and complained about in one day of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970.
    pub day: i64,
    /// Mails that the provider accepted.
    pub sent: i64,
    /// Mails that came back for good.
    pub bounced: i64,
    /// Mails that their recipients called spam.
    pub complained: i64,
}

/// The moment from which a breaker counts: counts of that hour and that day from before it are subtracted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The hour, and its count at that moment.
    pub hour: Hour,
    /// The day, and its counts at that moment.
    pub day: Day,
}

/// The decision that a breaker trips now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Why the breaker trips.
    pub cause: Cause,
    /// The count that was too high.
    pub counted: i64,
    /// What the count is compared with: the limit of addresses an hour, or the mails over which the share is taken.
    pub against: i64,
    /// When the breaker resets by itself.
    pub until: Timestamp,
}

/// Hours over which the median is taken: one week.
pub const WEEK_HOURS: i64 = 168;
/// So many addresses an hour never trip a breaker (spec/security.md).
const FLOOD_AT_LEAST: i64 = 20;
/// A flood has more than this many times the usual number of addresses.
const FLOOD_FACTOR: i64 = 5;
/// Shares are taken over at least this many mails, if the site has sent as many,
const MAILS_AT_LEAST: i64 = 1_000;
/// and over at least this many days.
const DAYS_AT_LEAST: i64 = 7;

/// The hour of UTC, counted from 1970.
pub const fn hour_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::hours(1).millis())
}

/// The day of UTC, counted from 1970.
pub const fn day_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::days(1).millis())
}

/// The most new addresses an hour that do not trip the breaker: 20, or five times the median of the 168 hours before.
///
/// An hour without a row counts as 0.
pub fn flood_limit(hours: &[Hour], now: Timestamp) -> i64 {
    let this = hour_of(now);
    let is_past = |hour: &&Hour| hour.hour < this && hour.hour >= this.saturating_sub(WEEK_HOURS);
    let mut counted: Vec<i64> = hours.iter().filter(is_past).map(|hour| hour.addresses).collect();
    counted.resize(usize::try_from(WEEK_HOURS).unwrap_or(0), 0);
    counted.sort_unstable();
    // Of an even number of values the median is the mean of the two in the middle.
    let middle = counted.len().div_euclid(2);
    let of = |place: usize| counted.get(place).copied().unwrap_or(0);
    let twice = of(middle.saturating_sub(1)).saturating_add(of(middle));
    twice.saturating_mul(FLOOD_FACTOR).div_euclid(2).max(FLOOD_AT_LEAST)
}

/// The sum of the days that are judged: 7 days or the last 1,000 mails, whichever is longer, since the baseline.
pub fn recent(days: &[Day], baseline: Baseline, now: Timestamp) -> Day {
    let mut days: Vec<Day> = days.iter().filter(|day| day.day >= baseline.day.day).copied().collect();
    days.sort_by_key(|day| core::cmp::Reverse(day.day));
    let oldest = day_of(now).saturating_sub(DAYS_AT_LEAST);
    let mut sum = Day { day: day_of(now), ..Day::default() };
    for mut day in days {
        if day.day <= oldest && sum.sent >= MAILS_AT_LEAST {
            break;
        }
        if day.day == baseline.day.day {
            day.sent = day.sent.saturating_sub(baseline.day.sent);
            day.bounced = day.bounced.saturating_sub(baseline.day.bounced);
            day.complained = day.complained.saturating_sub(baseline.day.complained);
        }
        sum.sent = sum.sent.saturating_add(day.sent);
        sum.bounced = sum.bounced.saturating_add(day.bounced);
        sum.complained = sum.complained.saturating_add(day.complained);
    }
    sum
}

/// Decides whether the breaker of a site trips now, and for how long.
///
/// It trips if this hour has more new unproven addresses than [`flood_limit`]; if at least 3 complaints came in and
/// they are more than 0.1 % of the mails; if at least 5 mails bounced hard and they are more than 2 %.
pub fn judge(hours: &[Hour], days: &[Day], baseline: Baseline, now: Timestamp) -> Option<Trip> {
    let this = hour_of(now);
    let of_hour = hours.iter().find(|hour| hour.hour == this).map_or(0, |hour| hour.addresses);
    let before = if baseline.hour.hour == this { baseline.hour.addresses } else { 0 };
    let addresses = of_hour.saturating_sub(before);
    let limit = flood_limit(hours, now);
    let mails = recent(days, baseline, now);
    let found = if addresses > limit {
        (Cause::Unproven, addresses, limit)
    } else if mails.complained >= 3 && mails.complained.saturating_mul(1_000) > mails.sent {
        (Cause::Complaints, mails.complained, mails.sent)
    } else if mails.bounced >= 5 && mails.bounced.saturating_mul(50) > mails.sent {
        (Cause::Bounces, mails.bounced, mails.sent)
    } else {
        return None;
    };
    let (cause, counted, against) = found;
    Some(Trip { cause, counted, against, until: now.plus(cause.pause()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-24T16:00:00Z, the beginning of an hour.
    const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

    fn hours(usual: i64, full: i64, this: i64) -> Vec<Hour> {
        let now = hour_of(NOW);
        let past = (1..=full).map(|ago| Hour { hour: now - ago, addresses: usual });
        past.chain([Hour { hour: now, addresses: this }]).collect()
    }

    fn day(ago: i64, sent: i64, bounced: i64, complained: i64) -> Day {
        Day { day: day_of(NOW) - ago, sent, bounced, complained }
    }

    fn cause(hours: &[Hour], days: &[Day]) -> Option<Cause> {
        judge(hours, days, Baseline::default(), NOW).map(|trip| trip.cause)
    }

    #[test]
    fn a_flood_is_more_than_twenty_an_hour_and_five_times_the_usual() {
        for (usual, full, this, limit) in [
            (0, 0, 20, 20),
            (0, 0, 21, 20),
            // Half a week of nothing is a median of nothing, one hour more is not.
            (100, 83, 21, 20),
            (100, 84, 251, 250),
            (100, 85, 500, 500),
            (3, 168, 21, 20),
            (5, 168, 25, 25),
            (5, 168, 26, 25),
            // Hours further back do not count.
            (100, 400, 500, 500),
        ] {
            let hours = hours(usual, full, this);
            assert_eq!(flood_limit(&hours, NOW), limit, "{usual} {full}");
            assert_eq!(cause(&hours, &[]), (this > limit).then_some(Cause::Unproven), "{usual} {full} {this}");
        }
    }

    #[test]
    fn bounces_and_complaints_need_a_number_and_a_share() {
        for (days, expected) in [
            (vec![day(0, 100, 4, 0)], None),
            (vec![day(0, 249, 5, 0)], Some(Cause::Bounces)),
            (vec![day(0, 250, 5, 0)], None),
            (vec![day(0, 10, 0, 2)], None),
            (vec![day(0, 2_999, 0, 3)], Some(Cause::Complaints)),
            (vec![day(0, 3_000, 0, 3)], None),
            // Nothing was accepted, all came back.
            (vec![day(0, 0, 5, 0)], Some(Cause::Bounces)),
            // Six days ago still counts, eight days ago does not, where the week has a thousand mails.
            (vec![day(0, 1_000, 10, 0), day(6, 50, 15, 0)], Some(Cause::Bounces)),
            (vec![day(0, 1_000, 10, 0), day(8, 50, 15, 0)], None),
            // A quiet shop is judged by its last thousand mails.
            (vec![day(0, 30, 2, 0), day(30, 100, 3, 0)], Some(Cause::Bounces)),
            (vec![day(0, 30, 2, 0), day(30, 970, 3, 0), day(90, 10, 90, 0)], None),
        ] {
            assert_eq!(cause(&[], &days), expected, "{days:?}");
        }
    }

    #[test]
    fn a_breaker_that_was_reset_counts_anew() {
        let flood = hours(0, 0, 45);
        let today = [day(0, 100, 9, 0), day(1, 10, 9, 0)];
        let baseline = |addresses, bounced| Baseline {
            hour: Hour { hour: hour_of(NOW), addresses },
            day: Day { day: day_of(NOW), sent: 90, bounced, complained: 0 },
        };
        assert_eq!(judge(&flood, &[], baseline(25, 0), NOW), None);
        assert_eq!(judge(&flood, &[], baseline(24, 0), NOW).map(|trip| trip.counted), Some(21));
        assert_eq!(judge(&[], &today, baseline(0, 5), NOW), None);
        let trip = judge(&[], &today, baseline(0, 4), NOW);
        assert_eq!(trip.map(|trip| (trip.cause, trip.counted, trip.against)), Some((Cause::Bounces, 5, 10)));
        assert_eq!(trip.map(|trip| trip.until), Some(NOW.plus(Span::days(7))));
    }

    #[test]
    fn causes_are_read_back() {
        for cause in Cause::ALL {
            assert_eq!(Cause::from_code(cause.code()), Some(cause));
        }
    }
}
