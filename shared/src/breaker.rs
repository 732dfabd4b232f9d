//! The breaker of a site: when too many addresses nobody vouched for come in, or too many mails come back, sending pauses.
//!
//! The counters are rows (`unproven_hour`, `delivery`); what follows from them is decided here. A breaker that fell opens
//! by itself when its time is over, or by staff; from then on it counts anew.

use crate::time::{Span, Timestamp};

/// Why a breaker fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Far more new addresses that nobody vouched for than the site usually gets in an hour.
    Unproven,
    /// Too many addresses that do not exist.
    Bounces,
    /// Too many people who call it spam.
    Complaints,
}

impl Cause {
    /// All causes, the quickest to be judged first.
    pub const ALL: [Self; 3] = [Self::Unproven, Self::Complaints, Self::Bounces];

    /// The form in the database and the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::Bounces => "bounces",
            Self::Complaints => "complaints",
        }
    }

    /// Reads [`Cause::code`] back.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// The sentence a shop owner reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Unproven => {
                "Far more new addresses came in than usual, and nothing proves that shoppers typed them. Somebody may be using the checkout to have strangers mailed."
            }
            Self::Bounces => {
                "Too many mails came back because the address does not exist. Going on would harm the name of the sender's domain."
            }
            Self::Complaints => {
                "Too many people called the mails spam. Going on would harm the name of the sender's domain."
            }
        }
    }

    /// How long sending pauses: as long as the time over which is counted.
    pub const fn pause(self) -> Span {
        match self {
            Self::Unproven => Span::hours(1),
            Self::Bounces | Self::Complaints => Span::days(7),
        }
    }
}

/// New addresses that nobody vouched for, in one hour of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// Hours since 1970.
    pub hour: i64,
    /// How many.
    pub addresses: i64,
}

/// What became of mails in one day of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970.
    pub day: i64,
    /// Accepted by the provider.
    pub sent: i64,
    /// Returned for good.
    pub bounced: i64,
    /// Called spam by who got them.
    pub complained: i64,
}

/// From when a breaker counts: what was counted before in that hour and on that day is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The hour, and what it had before.
    pub hour: Hour,
    /// The day, and what it had before.
    pub day: Day,
}

/// A breaker that falls now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Why.
    pub cause: Cause,
    /// What was counted.
    pub counted: i64,
    /// What would have been too many: addresses an hour, or mails over which the share is taken.
    pub against: i64,
    /// When it opens by itself.
    pub until: Timestamp,
}

/// Hours in the week over which the median is taken.
pub const WEEK_HOURS: i64 = 168;
/// Addresses an hour that are never too many (spec/security.md).
const FLOOD_AT_LEAST: i64 = 20;
/// Times the usual number.
const FLOOD_FACTOR: i64 = 5;
/// Shares are taken over at least this many mails, if there are as many.
const MAILS_AT_LEAST: i64 = 1_000;
/// And over at least this many days.
const DAYS_AT_LEAST: i64 = 7;

/// The hour of UTC, counted from 1970.
pub const fn hour_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::hours(1).millis())
}

/// The day of UTC, counted from 1970.
pub const fn day_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::days(1).millis())
}

/// New addresses an hour that are not yet too many: 20, or five times the median of the 168 hours before this one.
///
/// Hours without a row had none.
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

/// What the mails of the longer of 7 days and the last 1,000 mails came to, since the breaker began to count.
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

/// Whether the breaker of a site falls now, and for how long.
///
/// New unproven addresses of this hour above [`flood_limit`]; at least 3 complaints and more than 0.1 % of the mails; at
/// least 5 hard bounces and more than 2 %.
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
            // What lies further back is not asked.
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
            // A quiet shop is looked at over its last thousand mails.
            (vec![day(0, 30, 2, 0), day(30, 100, 3, 0)], Some(Cause::Bounces)),
            (vec![day(0, 30, 2, 0), day(30, 970, 3, 0), day(90, 10, 90, 0)], None),
        ] {
            assert_eq!(cause(&[], &days), expected, "{days:?}");
        }
    }

    #[test]
    fn a_breaker_that_was_opened_counts_anew() {
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
