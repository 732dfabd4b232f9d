//! Formats times in the site's zone and amounts in its locale.

use cartwake_shared::{
    currency::Currency,
    money::Money,
    policy::Settings,
    time::{Span, Timestamp},
};
use chrono::{Datelike as _, NaiveDateTime, Timelike as _};

use crate::{
    base::ports::{App, Localisation as _, Ports},
    dashboard::pages::terms::LocalTime,
};

/// Stands for an amount or a value that is not known.
pub(super) const UNKNOWN: &str = "–";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Formats times and amounts for the people of a site.
pub(super) struct SiteFormat<'e, P: Ports> {
    localisation: &'e P::Localisation,
    settings: &'e Settings,
    now: Timestamp,
}

impl<'e, P: Ports> SiteFormat<'e, P> {
    /// The format of a site at the present time.
    pub(super) fn of(app: &'e App<P>, settings: &'e Settings) -> Self {
        Self { localisation: app.ports.localisation(), settings, now: app.now() }
    }

    /// `20 Nov, 10:42:05`.
    pub(super) fn second(&self, at: Timestamp) -> LocalTime {
        let text = |local: NaiveDateTime| {
            format!(
                "{}, {:02}:{:02}:{:02}",
                date(local, self.local(self.now)),
                local.hour(),
                local.minute(),
                local.second()
            )
        };
        self.local_time(at, text)
    }

    /// `20 Nov, 10:42`.
    pub(super) fn minute(&self, at: Timestamp) -> LocalTime {
        self.local_time(at, |local| {
            format!("{}, {:02}:{:02}", date(local, self.local(self.now)), local.hour(), local.minute())
        })
    }

    /// `10:42` for a time of today, else with its day.
    pub(super) fn brief(&self, at: Timestamp) -> String {
        match (self.local(at), self.local(self.now)) {
            (Some(local), Some(now)) if local.date() == now.date() => {
                format!("{:02}:{:02}", local.hour(), local.minute())
            }
            _ => self.minute(at).text,
        }
    }

    /// `20 Nov`.
    pub(super) fn date(&self, at: Timestamp) -> String {
        self.local_time(at, |local| date(local, self.local(self.now))).text
    }

    /// `Friday, 20 November`.
    pub(super) fn today(&self) -> String {
        self.local_time(self.now, |local| {
            let weekday =
                usize::try_from(local.weekday().num_days_from_monday()).ok().and_then(|day| WEEKDAYS.get(day));
            format!("{}, {} {}", weekday.unwrap_or(&""), local.day(), month(local))
        })
        .text
    }

    /// Today as a number, `20261120`.
    pub(super) fn day(&self) -> i64 {
        self.now.day(self.offset(self.now))
    }

    /// An amount of minor units of a currency's code; a dash where there is no such currency.
    pub(super) fn money(&self, minor: i64, currency: &str) -> String {
        let money = Currency::parse(currency).and_then(|currency| Money::new(minor, currency).ok());
        money.map_or_else(|| UNKNOWN.to_owned(), |money| self.amount(money))
    }

    /// An amount.
    pub(super) fn amount(&self, money: Money) -> String {
        self.localisation.money(money, &self.settings.locale)
    }

    fn offset(&self, at: Timestamp) -> i32 {
        self.localisation.offset_minutes(&self.settings.zone, at).unwrap_or(0)
    }

    fn local(&self, at: Timestamp) -> Option<NaiveDateTime> {
        let moved = at.plus(Span::minutes(i64::from(self.offset(at))));
        chrono::DateTime::from_timestamp_millis(moved.millis()).map(|moment| moment.naive_utc())
    }

    fn local_time(&self, at: Timestamp, words: impl Fn(NaiveDateTime) -> String) -> LocalTime {
        LocalTime { text: self.local(at).map_or_else(|| UNKNOWN.to_owned(), words), iso: at.rfc3339() }
    }
}

/// `20 Nov`, with its year where that is not the current one.
fn date(local: NaiveDateTime, now: Option<NaiveDateTime>) -> String {
    let short: String = month(local).chars().take(3).collect();
    if now.is_some_and(|now| now.year() == local.year()) {
        format!("{} {short}", local.day())
    } else {
        format!("{} {short} {}", local.day(), local.year())
    }
}

fn month(local: NaiveDateTime) -> &'static str {
    usize::try_from(local.month0()).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or("")
}

/// `20 s`, `45 min`, `24 h`, `3 d`: the largest unit that divides it; up to two days in hours.
pub(super) fn span(span: Span) -> String {
    let units = [(Span::days(1), "d"), (Span::hours(1), "h"), (Span::minutes(1), "min")];
    let fits = |unit: Span| {
        let whole = span.millis().checked_rem(unit.millis()) == Some(0) && span >= unit;
        whole && (unit != Span::days(1) || span > Span::days(2))
    };
    match units.into_iter().find(|(unit, _)| fits(*unit)) {
        Some((unit, word)) => format!("{} {word}", span.millis().checked_div(unit.millis()).unwrap_or(0)),
        None => format!("{} s", span.whole_seconds()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::world;

    #[test]
    fn times_are_shown_where_the_shop_is() {
        let app = world::live();
        let now = app.now();
        for (zone, ago, second, brief) in [
            ("Europe/Berlin", Span::ZERO, "24 Nov, 17:00:00", "17:00"),
            ("Asia/Tokyo", Span::ZERO, "25 Nov, 01:00:00", "01:00"),
            ("America/New_York", Span::seconds(61), "24 Nov, 10:58:59", "10:58"),
            ("Asia/Tokyo", Span::hours(2), "24 Nov, 23:00:00", "24 Nov, 23:00"),
            ("Nowhere/Unknown", Span::ZERO, "24 Nov, 16:00:00", "16:00"),
            ("UTC", Span::days(365), "24 Nov 2024, 16:00:00", "24 Nov 2024, 16:00"),
        ] {
            let settings = Settings { zone: zone.to_owned(), ..Settings::default() };
            let format = SiteFormat::of(&app, &settings);
            let at = now.minus(ago);
            assert_eq!((format.second(at).text.as_str(), format.brief(at).as_str()), (second, brief), "{zone}");
            assert_eq!(format.second(at).iso, at.rfc3339());
        }
        let tokyo = Settings { zone: "Asia/Tokyo".to_owned(), ..Settings::default() };
        let format = SiteFormat::of(&app, &tokyo);
        assert_eq!((format.today().as_str(), format.day()), ("Tuesday, 25 November", 20_251_125));
    }

    #[test]
    fn amounts_without_a_known_currency_are_a_dash() {
        let app = world::live();
        let settings = world::shop_settings();
        let format = SiteFormat::of(&app, &settings);
        for (minor, currency, expected) in
            [(4_990, "EUR", "EUR 49.90"), (500, "JPY", "JPY 500"), (1, "", "–"), (1, "XXX", "–"), (-1, "EUR", "–")]
        {
            assert_eq!(format.money(minor, currency), expected, "{minor} {currency}");
        }
    }

    #[test]
    fn lengths_are_shown_in_the_largest_exact_unit() {
        for (length, expected) in [
            (Span::hours(1), "1 h"),
            (Span::hours(24), "24 h"),
            (Span::hours(72), "3 d"),
            (Span::minutes(90), "90 min"),
            (Span::seconds(20), "20 s"),
            (Span::seconds(480), "8 min"),
            (Span::ZERO, "0 s"),
        ] {
            assert_eq!(span(length), expected);
        }
    }
}
