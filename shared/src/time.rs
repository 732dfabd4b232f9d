//! Points and lengths of time, in whole milliseconds, that cannot overflow.
#![deny(clippy::arithmetic_side_effects)]

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, within ±2^53 so that JavaScript and D1 keep it exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "i64")]
pub struct Timestamp(i64);

/// A length of time in milliseconds; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "i64")]
pub struct Span(i64);

/// The largest integer that a JavaScript number holds exactly (ECMA-262, `Number.MAX_SAFE_INTEGER`).
pub const MAX_SAFE: i64 = 9_007_199_254_740_991;

impl From<i64> for Timestamp {
    fn from(ms: i64) -> Self {
        Self::from_millis(ms)
    }
}

impl From<i64> for Span {
    fn from(ms: i64) -> Self {
        Self::millis_of(ms)
    }
}

impl Timestamp {
    /// The point `ms` milliseconds after 1970, clamped to what JavaScript holds exactly.
    pub const fn from_millis(ms: i64) -> Self {
        Self(clamp(ms))
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This point moved later by `span` (earlier if it is negative); stops at the ends of the range.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(clamp(self.0.saturating_add(span.0)))
    }

    /// This point moved earlier by `span`; stops at the ends of the range.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(clamp(self.0.saturating_sub(span.0)))
    }

    /// How long ago `earlier` was; negative if it lies ahead.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The calendar day at `offset_minutes` east of UTC as a number, `20260228` for 28 February 2026.
    pub fn day(self, offset_minutes: i32) -> i64 {
        use chrono::Datelike as _;
        let local = self.plus(Span::minutes(i64::from(offset_minutes)));
        chrono::DateTime::from_timestamp_millis(local.0).map_or(19_700_101, |moment| {
            let date = moment.date_naive();
            i64::from(date.year())
                .saturating_mul(10_000)
                .saturating_add(i64::from(date.month()).saturating_mul(100))
                .saturating_add(i64::from(date.day()))
        })
    }

    /// The moment as RFC 3339 in UTC with milliseconds, `2026-02-28T09:30:00.000Z`.
    pub fn rfc3339(self) -> String {
        chrono::DateTime::from_timestamp_millis(self.0)
            .map_or_else(String::new, |moment| moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    }

    /// Reads the date of an HTTP header in the form that senders must use, `Mon, 24 Nov 2025 16:00:00 GMT` (RFC 9110,
    /// section 5.6.7). The day of the week is not checked: a wrong one does not make the moment unclear.
    ///
    /// By hand, because chrono's parser of RFC 2822 is 8 KB of the Worker (docs/decisions/edge-size.md).
    pub fn from_http_date(text: &str) -> Option<Self> {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let mut words = text.split_once(", ")?.1.split(' ');
        let day = number(words.next()?, 2)?;
        let month = words.next()?;
        let month = (1_u32..).zip(MONTHS).find(|(_, name)| *name == month)?.0;
        let year = number(words.next()?, 4)?;
        let mut clock = words.next()?.split(':');
        let (hour, minute, second) = (number(clock.next()?, 2)?, number(clock.next()?, 2)?, number(clock.next()?, 2)?);
        if words.next() != Some("GMT") || words.next().is_some() || clock.next().is_some() || second > 60 {
            return None;
        }
        let date = chrono::NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        // A leap second is the second before it.
        Some(Self::from_millis(date.and_hms_opt(hour, minute, second.min(59))?.and_utc().timestamp_millis()))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `n` milliseconds.
    pub const fn millis_of(n: i64) -> Self {
        Self(clamp(n))
    }

    /// `n` seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(clamp(n.saturating_mul(1_000)))
    }

    /// `n` minutes.
    pub const fn minutes(n: i64) -> Self {
        Self::seconds(n.saturating_mul(60))
    }

    /// `n` hours.
    pub const fn hours(n: i64) -> Self {
        Self::minutes(n.saturating_mul(60))
    }

    /// `n` days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self::hours(n.saturating_mul(24))
    }

    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The length in whole seconds, rounded towards zero.
    pub const fn whole_seconds(self) -> i64 {
        self.0 / 1_000
    }

    /// This length where one hour lasts `hour_seconds` seconds; used by the demo only.
    #[must_use]
    pub const fn scaled_to_hour(self, hour_seconds: i64) -> Self {
        Self(clamp(self.0.saturating_mul(hour_seconds) / 3_600))
    }

    /// This length held between `low` and `high`.
    #[must_use]
    pub fn clamp_to(self, low: Self, high: Self) -> Self {
        Self(self.0.max(low.0).min(high.0))
    }
}

/// A number of so many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

const fn clamp(ms: i64) -> i64 {
    if ms > MAX_SAFE {
        MAX_SAFE
    } else if ms < -MAX_SAFE {
        -MAX_SAFE
    } else {
        ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_counted_where_the_shop_is() {
        // 2026-02-28T23:30:00Z is already March in Berlin (+60) and still noon in Honolulu (-600).
        let moment = Timestamp::from_millis(1_772_321_400_000);
        for (offset, day) in [(0, 20_260_228), (60, 20_260_301), (-600, 20_260_228)] {
            assert_eq!(moment.day(offset), day, "offset {offset}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_date_of_http_is_read_back(seconds in 0_i64..250_000_000_000) {
            let text = chrono::DateTime::from_timestamp(seconds, 0).unwrap().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            proptest::prop_assert_eq!(Timestamp::from_http_date(&text), Some(Timestamp::from_millis(0).plus(Span::seconds(seconds))), "{}", text);
        }
    }

    #[test]
    fn what_is_no_date_of_http_is_refused() {
        for (text, expected) in [
            ("Mon, 24 Nov 2025 16:00:00 GMT", Some(1_764_000_000_000)),
            ("Tue, 24 Nov 2025 16:00:60 GMT", Some(1_764_000_059_000)),
            ("Mon, 24 Nov 2025 16:00:61 GMT", None),
            ("Mon, 31 Nov 2025 16:00:00 GMT", None),
            ("Mon, 24 nov 2025 16:00:00 GMT", None),
            ("Mon, 24 Nov 2025 16:00:00 +0000", None),
            ("Mon, 24 Nov 2025 16:00 GMT", None),
            ("Mon, +4 Nov 2025 16:00:00 GMT", None),
            ("24 Nov 2025 16:00:00 GMT", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::from_http_date(text), expected.map(Timestamp::from_millis), "{text}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end.plus(Span::days(400)).millis(), MAX_SAFE);
        assert_eq!(Timestamp::from_millis(i64::MIN).minus(Span::days(400)).millis(), -MAX_SAFE);
        assert_eq!(Span::hours(1).scaled_to_hour(20), Span::seconds(20));
        assert_eq!(Span::days(1).scaled_to_hour(20), Span::seconds(480));
    }
}
