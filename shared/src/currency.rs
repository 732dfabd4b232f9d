//! Currencies of ISO 4217: the code, and the number of digits behind the decimal point (`data/currencies.txt`).

use core::fmt;

/// A currency of ISO 4217, for example `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

include!(concat!(env!("OUT_DIR"), "/currencies.rs"));

impl Currency {
    /// Parses a three-letter code in capital or small letters; `None` if the list does not have it.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        let upper = bytes.map(|byte| byte.to_ascii_uppercase());
        CODES.as_bytes().split(|byte| *byte == b' ').any(|code| code == upper).then_some(Self(upper))
    }

    /// The code in capital letters, `"EUR"`.
    pub fn code(&self) -> &str {
        // Only ASCII letters get past `parse`.
        core::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// The number of digits behind the decimal point: 2 for most, 0 for JPY, 3 for KWD, 4 for CLF.
    pub const fn exponent(self) -> u32 {
        digits(self.0)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn codes_are_parsed_and_know_their_digits() {
        for (text, expected) in [
            ("EUR", Some(2)),
            ("eur", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(3)),
            ("CLF", Some(4)),
            ("XXX", None),
            ("EU", None),
            ("EURO", None),
            ("R E", None),
            ("€", None),
            ("", None),
        ] {
            assert_eq!(Currency::parse(text).map(Currency::exponent), expected, "{text:?}");
        }
    }

    #[test]
    fn every_code_has_the_digits_that_its_line_states_and_no_other_code_is_known() {
        let lines = include_str!("../data/currencies.txt").lines().filter(|line| !line.starts_with('#'));
        let listed: BTreeMap<&str, u32> = lines
            .map(|line| line.split_once(' ').unwrap())
            .map(|(code, digits)| (code, digits.parse().unwrap()))
            .collect();
        for first in 'A'..='Z' {
            for second in 'A'..='Z' {
                for third in 'A'..='Z' {
                    let code = String::from_iter([first, second, third]);
                    let digits = Currency::parse(&code).map(Currency::exponent);
                    assert_eq!(digits, listed.get(code.as_str()).copied(), "{code}");
                }
            }
        }
    }
}
