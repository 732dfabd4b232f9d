//! Amounts of money: whole minor units of one currency, never a floating-point number.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::{currency::Currency, time::MAX_SAFE};

/// An amount in minor units (cents, fils, yen) of a currency, from 0 to 2^53 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text or a number is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount is below 0.
    #[error("an amount must not be negative")]
    Negative,
    /// The amount is above 2^53 - 1 minor units.
    #[error("an amount is too large")]
    TooLarge,
    /// The text is not digits with at most one decimal point.
    #[error("an amount must be digits with at most one decimal point, for example 129.80")]
    NotANumber,
    /// The text has more digits behind the point than the currency, and they are not 0.
    #[error("an amount has more decimals than its currency")]
    TooPrecise,
    /// The sum has two currencies.
    #[error("amounts of different currencies cannot be added")]
    MixedCurrencies,
}

impl Money {
    /// Makes an amount from minor units: `Money::new(4990, EUR)` is 49.90 €.
    pub const fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor < 0 {
            Err(MoneyError::Negative)
        } else if minor > MAX_SAFE {
            Err(MoneyError::TooLarge)
        } else {
            Ok(Self { minor, currency })
        }
    }

    /// Parses a plain decimal text with a point, `"129.80"` or `"1200"`.
    ///
    /// Trailing zeros beyond the currency's digits are accepted (`"5.000"` EUR), other digits there are not.
    pub fn parse_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        if text.starts_with('-') {
            return Err(MoneyError::Negative);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(MoneyError::NotANumber);
        }
        let exponent = currency.exponent() as usize;
        if fraction.bytes().skip(exponent).any(|byte| byte != b'0') {
            return Err(MoneyError::TooPrecise);
        }
        let kept = fraction.bytes().chain(core::iter::repeat(b'0')).take(exponent);
        let minor = whole
            .bytes()
            .chain(kept)
            .try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit.saturating_sub(b'0'))));
        Self::new(minor.ok_or(MoneyError::TooLarge)?, currency)
    }

    /// The minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// This amount `count` times.
    pub const fn times(self, count: u32) -> Result<Self, MoneyError> {
        match self.minor.checked_mul(count as i64) {
            Some(minor) => Self::new(minor, self.currency),
            None => Err(MoneyError::TooLarge),
        }
    }

    /// The sum of two amounts of the same currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies);
        }
        let sum = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Self::new(sum, self.currency)
    }

    /// The amount as a plain decimal text, `"129.80"`; reads back with [`Money::parse_decimal`].
    pub fn to_decimal(self) -> String {
        let exponent = self.currency.exponent() as usize;
        let mut digits = self.minor.to_string();
        while digits.len() <= exponent {
            digits.insert(0, '0');
        }
        if exponent > 0 {
            digits.insert(digits.len().saturating_sub(exponent), '.');
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn decimal_texts_become_minor_units() {
        use MoneyError::{Negative, NotANumber, TooLarge, TooPrecise};
        for (text, code, expected) in [
            ("129.80", "EUR", Ok(12_980)),
            ("129.8", "EUR", Ok(12_980)),
            ("0", "EUR", Ok(0)),
            ("1200", "JPY", Ok(1_200)),
            ("1200.00", "JPY", Ok(1_200)),
            ("1.234", "KWD", Ok(1_234)),
            ("5.000", "EUR", Ok(500)),
            (" 7 ", "EUR", Ok(700)),
            ("1.005", "EUR", Err(TooPrecise)),
            ("-1", "EUR", Err(Negative)),
            ("1e400", "EUR", Err(NotANumber)),
            ("NaN", "EUR", Err(NotANumber)),
            ("12abc", "EUR", Err(NotANumber)),
            ("1,50", "EUR", Err(NotANumber)),
            (".5", "EUR", Err(NotANumber)),
            ("", "EUR", Err(NotANumber)),
            ("1.2.3", "EUR", Err(NotANumber)),
            ("99999999999999999999", "EUR", Err(TooLarge)),
            ("90071992547409.92", "EUR", Err(TooLarge)),
        ] {
            let got = Money::parse_decimal(text, currency(code)).map(Money::minor);
            assert_eq!(got, expected, "{text} {code}");
        }
    }

    #[test]
    fn sums_of_mixed_currencies_are_refused() {
        let euro = Money::new(1, currency("EUR")).unwrap();
        let yen = Money::new(1, currency("JPY")).unwrap();
        assert_eq!(euro.plus(yen), Err(MoneyError::MixedCurrencies));
    }

    proptest! {
        #[test]
        fn no_unit_is_lost_on_the_way_to_text_and_back(
            minor in 0..=MAX_SAFE,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"]),
        ) {
            let money = Money::new(minor, currency(code)).unwrap();
            prop_assert_eq!(Money::parse_decimal(&money.to_decimal(), currency(code)), Ok(money));
        }

        #[test]
        fn sums_and_multiples_are_exact_or_refused(a in 0..=MAX_SAFE, b in 0..=MAX_SAFE, count in 0..=u32::MAX) {
            let euro = currency("EUR");
            let (left, right) = (Money::new(a, euro).unwrap(), Money::new(b, euro).unwrap());
            let wide = i128::from(a) + i128::from(b);
            prop_assert_eq!(left.plus(right).ok().map(|sum| i128::from(sum.minor())), (wide <= i128::from(MAX_SAFE)).then_some(wide));
            let wide = i128::from(a) * i128::from(count);
            prop_assert_eq!(left.times(count).ok().map(|sum| i128::from(sum.minor())), (wide <= i128::from(MAX_SAFE)).then_some(wide));
        }
    }
}
