//! Prices as pages write them, to minor units: `49.9`, `"49,90 €"` and `"1,299.00"` without a float.
#![deny(clippy::arithmetic_side_effects)]

/// Most minor units an amount may have: what a JSON number carries exactly, 2^53 - 1.
const LARGEST: u64 = (1 << 53) - 1;

/// Reads an amount in a currency with `exponent` minor digits; `None` for what is not a plain amount of zero or more.
///
/// Text around the number (a currency sign) is passed over, a minus before it or anything but separators inside it
/// refuses it. With both `.` and `,` the last one is the decimal mark; one kind more than once groups thousands;
/// a single `,` before exactly three digits groups thousands too, unless the currency has three minor digits.
/// Digits past the minor unit are rounded half up, so that `0.1 + 0.2` in a page's floating point stays 0.30.
pub fn minor(text: &[u8], exponent: u32) -> Option<u64> {
    let bytes = text;
    let end = bytes.iter().rposition(u8::is_ascii_digit)?;
    let (mut digits, mut decimals, mut groups) = (0_u64, 0_u32, false);
    let (mut mark, mut other, mut inside) = (0_u8, false, false);
    for byte in bytes.iter().copied().take(end.wrapping_add(1)) {
        match byte {
            b'0'..=b'9' => {
                digits = append(digits, byte)?;
                decimals = decimals.wrapping_add(1);
                inside = true;
            }
            b'.' | b',' => {
                // The same mark again groups thousands; the other one takes over as the decimal mark.
                other = mark != 0 && mark != byte;
                groups = mark == byte;
                mark = byte;
                decimals = 0;
            }
            // U+2212, the minus of typographers, ends in 0x92; a hyphen is itself.
            b'-' | 0x92 => return None,
            // Grouping: apostrophe, space and whatever is not ASCII (U+00A0, U+202F, U+2019); signs before the number.
            b'\'' | b' ' | 0x80.. => {}
            _ if inside => return None,
            _ => {}
        }
    }
    let thousands = mark == b',' && !other && decimals == 3 && exponent != 3 && digits >= 1000;
    if mark == 0 || groups || thousands {
        decimals = 0;
    }
    while decimals < exponent {
        digits = append(digits, b'0')?;
        decimals = decimals.wrapping_add(1);
    }
    let mut last = 0;
    while decimals > exponent {
        last = digits % 10;
        digits /= 10;
        decimals = decimals.wrapping_sub(1);
    }
    digits = digits.wrapping_add(u64::from(last >= 5));
    (digits <= LARGEST).then_some(digits)
}

/// One more digit behind a number that stays far below 2^64; a page's floating point has 17 digits at most.
fn append(digits: u64, digit: u8) -> Option<u64> {
    (digits < 1 << 60).then(|| digits.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0'))))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use cartwake_shared::{currency::Currency, money::Money};
    use proptest::prelude::*;

    #[test]
    fn prices_of_the_wild_become_minor_units() {
        for (text, exponent, expected) in [
            ("49.90", 2, Some(4990)),
            ("49.9", 2, Some(4990)),
            ("49", 2, Some(4900)),
            ("0", 2, Some(0)),
            ("0.30000000000000004", 2, Some(30)),
            ("49.89999999999999", 2, Some(4990)),
            ("1.005", 2, Some(101)),
            ("49,90", 2, Some(4990)),
            ("49,90 €", 2, Some(4990)),
            ("$1,299.00", 2, Some(129_900)),
            ("1.299,00", 2, Some(129_900)),
            ("1,299", 2, Some(129_900)),
            ("1,299", 3, Some(1299)),
            ("0,299", 2, Some(30)),
            ("1 299,50", 2, Some(129_950)),
            ("1\u{a0}299,50\u{a0}€", 2, Some(129_950)),
            ("1\u{202f}299,50", 2, Some(129_950)),
            ("1'299.50", 2, Some(129_950)),
            ("1,234,567", 2, Some(123_456_700)),
            ("1.234.567", 0, Some(1_234_567)),
            (".5", 2, Some(50)),
            ("5,-", 2, Some(500)),
            ("1200", 0, Some(1200)),
            ("1200.00", 0, Some(1200)),
            ("1199.5", 0, Some(1200)),
            ("1.234", 3, Some(1234)),
            ("90071992547409.91", 2, Some(LARGEST)),
            ("90071992547409.92", 2, None),
            ("99999999999999999999999999", 2, None),
            ("-5", 2, None),
            ("−5", 2, None),
            ("- 5", 2, None),
            ("NaN", 2, None),
            ("Infinity", 2, None),
            ("1e21", 2, None),
            ("1.5e-7", 2, None),
            ("1.5e7", 2, None),
            ("12x5", 2, None),
            ("1-2", 2, None),
            ("", 2, None),
            ("free", 2, None),
        ] {
            assert_eq!(minor(text.as_bytes(), exponent), expected, "{text:?} with {exponent} digits");
        }
    }

    proptest! {
        #[test]
        fn no_unit_is_lost_from_decimal_text(
            units in 0..=LARGEST,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"]),
        ) {
            let currency = Currency::parse(code).unwrap();
            let text = Money::new(i64::try_from(units).unwrap(), currency).unwrap().to_decimal();
            prop_assert_eq!(minor(text.as_bytes(), currency.exponent()), Some(units), "{}", text);
        }

        #[test]
        fn no_unit_is_lost_from_a_page_s_floating_point(units in 0..1_u64 << 45) {
            #[expect(clippy::cast_precision_loss, reason = "what a page does to its prices")]
            let text = (units as f64 / 100.0).to_string();
            prop_assert_eq!(minor(text.as_bytes(), 2), Some(units), "{}", text);
        }

        #[test]
        fn any_text_gives_an_amount_or_nothing(text in ".{0,40}", exponent in 0..5_u32) {
            prop_assert!(minor(text.as_bytes(), exponent).is_none_or(|amount| amount <= LARGEST));
        }
    }
}
