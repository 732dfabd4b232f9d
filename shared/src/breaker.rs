//! The breakers of a site, one for each audience: sending to it pauses when too many of its mails come back.
//!
//! The counters are rows (`delivery`); this file decides what follows from them. A tripped breaker is reset when its time is
//! over, or by staff; from then on counting starts afresh. What comes back from first contacts stops first contacts only
//! ([`crate::trust::Audience`]), so that strangers cannot stop the mails of a shop.

use crate::{
    codes,
    time::{Span, Timestamp},
};

codes! {
    /// Why a breaker tripped, or why its owner is warned.
    pub enum Cause {
        /// The form in the database and the API.
        code: &'static str => from_code,
        /// How long sending pauses: as long as the time over which is counted; zero for a warning.
        pause: Span,
        /// The sentence a shop owner reads.
        sentence: &'static str,
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
    /// More recipients called the mails spam than mailbox providers like to see; nothing pauses yet.
    ComplaintsRising {
        code: "complaints_rising",
        pause: Span::ZERO,
        sentence: "More people called the mails spam than mailbox providers like to see. Nothing is paused yet. \
            Gmail reports no complaints to senders, so the true number may be higher.",
    }
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

/// The moment from which a breaker counts: what was counted on that day before it is subtracted.
pub type Baseline = Day;

/// The decision that a breaker trips now, or that its owner is warned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Why the breaker trips.
    pub cause: Cause,
    /// The count that was too high.
    pub counted: i64,
    /// The mails over which the share is taken.
    pub against: i64,
    /// When the breaker resets by itself.
    pub until: Timestamp,
}

/// Shares are taken over at least this many mails, if the site has sent as many,
const MAILS_AT_LEAST: i64 = 1_000;
/// and over at least this many days.
const DAYS_AT_LEAST: i64 = 7;

/// The day of UTC, counted from 1970.
pub const fn day_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(Span::days(1).millis())
}

/// The sum of the days that are judged: 7 days or the last 1,000 mails, whichever is longer, since the baseline.
pub fn recent(days: &[Day], baseline: Baseline, now: Timestamp) -> Day {
    let mut days: Vec<Day> = days.iter().filter(|day| day.day >= baseline.day).copied().collect();
    days.sort_by_key(|day| core::cmp::Reverse(day.day));
    let oldest = day_of(now).saturating_sub(DAYS_AT_LEAST);
    let mut sum = Day { day: day_of(now), ..Day::default() };
    for mut day in days {
        if day.day <= oldest && sum.sent >= MAILS_AT_LEAST {
            break;
        }
        if day.day == baseline.day {
            day.sent = day.sent.saturating_sub(baseline.sent);
            day.bounced = day.bounced.saturating_sub(baseline.bounced);
            day.complained = day.complained.saturating_sub(baseline.complained);
        }
        sum.sent = sum.sent.saturating_add(day.sent);
        sum.bounced = sum.bounced.saturating_add(day.bounced);
        sum.complained = sum.complained.saturating_add(day.complained);
    }
    sum
}

/// Decides whether a breaker trips now, and for how long.
///
/// It trips if at least 3 complaints came in and they are more than 0.3 % of the mails; if at least 5 mails bounced hard
/// and they are more than 2 %. Its owner is warned from 2 complaints and more than 0.1 % on (spec/security.md).
pub fn judge(days: &[Day], baseline: Baseline, now: Timestamp) -> Option<Trip> {
    let mails = recent(days, baseline, now);
    let (cause, counted) =
        if mails.complained >= 3 && mails.complained.saturating_mul(1_000) > mails.sent.saturating_mul(3) {
            (Cause::Complaints, mails.complained)
        } else if mails.bounced >= 5 && mails.bounced.saturating_mul(50) > mails.sent {
            (Cause::Bounces, mails.bounced)
        } else if mails.complained >= 2 && mails.complained.saturating_mul(1_000) > mails.sent {
            (Cause::ComplaintsRising, mails.complained)
        } else {
            return None;
        };
    Some(Trip { cause, counted, against: mails.sent, until: now.plus(cause.pause()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-24T16:00:00Z, the beginning of an hour.
    const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

    fn day(ago: i64, sent: i64, bounced: i64, complained: i64) -> Day {
        Day { day: day_of(NOW) - ago, sent, bounced, complained }
    }

    fn cause(days: &[Day]) -> Option<Cause> {
        judge(days, Baseline::default(), NOW).map(|trip| trip.cause)
    }

    #[test]
    fn bounces_and_complaints_need_a_number_and_a_share() {
        for (days, expected) in [
            (vec![day(0, 100, 4, 0)], None),
            (vec![day(0, 249, 5, 0)], Some(Cause::Bounces)),
            (vec![day(0, 250, 5, 0)], None),
            (vec![day(0, 10, 0, 1)], None),
            (vec![day(0, 1_999, 0, 2)], Some(Cause::ComplaintsRising)),
            (vec![day(0, 2_000, 0, 2)], None),
            (vec![day(0, 999, 0, 3)], Some(Cause::Complaints)),
            (vec![day(0, 1_000, 0, 3)], Some(Cause::ComplaintsRising)),
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
            assert_eq!(cause(&days), expected, "{days:?}");
        }
    }

    #[test]
    fn a_breaker_that_was_reset_counts_anew() {
        let today = [day(0, 100, 9, 0), day(1, 10, 9, 0)];
        let baseline = |bounced| day(0, 90, bounced, 0);
        assert_eq!(judge(&today, baseline(5), NOW), None);
        let trip = judge(&today, baseline(4), NOW);
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
