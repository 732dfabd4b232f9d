//! Prices as pages write them, in any locale's form, to minor units: `"1.249,50 €"`, `"١٬٢٤٩٫٥٠"`, `"¥1,200"`.
#![deny(clippy::arithmetic_side_effects)]

use crate::text::Text;

/// Most minor units an amount may have: what a JSON number carries exactly, 2^53 - 1.
const LARGEST: u64 = (1 << 53) - 1;

/// What may stand between two digits: space, `'`, `,`, `.`, no-break space, the Arabic decimal mark and group mark, figure
/// space, thin space, `’`, narrow no-break space.
const DIVIDERS: [u16; 11] = [0x20, 0x27, COMMA, POINT, 0xa0, ARABIC_MARK, 0x66c, 0x2007, 0x2009, 0x2019, 0x202f];
const COMMA: u16 = 0x2c;
const POINT: u16 = 0x2e;
/// The only mark that never groups.
const ARABIC_MARK: u16 = 0x66b;

/// How an amount is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    /// Digits of the currency behind its decimal mark (ISO 4217).
    pub exponent: u8,
    /// How many digits of a whole number stand for parts of the unit: `"3990"` with 2 is 39.90; 0 for amounts as shown.
    pub scale: u8,
    /// The decimal mark of the page's language, `.` or `,`; anything else where it is not known.
    pub mark: u8,
}

/// Reads the amount of a field: minor units and 1; 0 for what is not one plain amount of zero or more.
///
/// - Digits are those of ASCII, Arabic, Persian and the full-width ones. Groups are divided by `.` `,` `'` `’` `٬` or a
///   space of any width; the decimal mark is `.` `,` or `٫`.
/// - Words and signs may stand around the number. A minus before it, a second number, a last group that is not three
///   digits long: not an amount. So discounts, ranges and two prices in one text are refused.
/// - Of two kinds of marks the last is the decimal one; a kind that comes twice divides groups.
/// - A single mark before exactly three digits is the decimal one in a currency of three digits, divides groups in a
///   currency of none, and otherwise is what the page's language says (`1.200` is 1200 in German).
/// - Digits past the minor unit are rounded half up, so that `0.1 + 0.2` in a page's floating point stays 0.30.
#[expect(clippy::manual_contains, reason = "`contains` brings a search by words, 100 bytes of brotli")]
pub fn minor(text: Text<'_>, place: usize, form: Form) -> u64 {
    let mut place = place;
    let (mut value, mut run, mut run_before) = (0_u64, 0_u32, 0_u32);
    let (mut mark, mut mark_before, mut divider) = (0_u16, 0_u16, 0_u16);
    // `.5` is the one number that begins with a mark.
    let (mut inside, mut over) = (text.at(place) == b'.', false);
    let (mut code, mut missing) = (0_u32, 0_u32);
    while !text.is_empty(place) {
        let byte = text.at(place);
        place = place.wrapping_add(1);
        let ones = byte.leading_ones();
        code = code << 6 | u32::from(byte & 0x3f);
        missing = missing.wrapping_sub(1);
        if ones != 1 {
            code = u32::from(byte) & (0x7f_u32 >> ones);
            missing = ones.saturating_sub(1);
        }
        if missing > 0 {
            continue;
        }
        // The full-width forms lie beside ASCII.
        if code > 0xff00 {
            code = code.wrapping_sub(0xfee0);
        }
        let unit = (code & 0xffff) as u16;
        if code & 15 < 10 && matches!(code >> 4, 0x3 | 0x66 | 0x6f) {
            // A page's floating point has 17 digits at most.
            if over || value >> 60 > 0 {
                return 0;
            }
            if divider != 0 {
                (mark_before, run_before) = (mark, run);
                (mark, run) = (divider, 0);
                divider = 0;
            }
            value = value.wrapping_mul(10).wrapping_add(u64::from(code & 15));
            run = run.wrapping_add(1);
            inside = true;
        } else if matches!(code, 0x2d | 0x2010..=0x2015 | 0x2212) {
            if !inside {
                return 0;
            }
            over = true;
        } else if inside {
            over |= divider != 0 || !DIVIDERS.iter().any(|known| *known == unit);
            divider = unit;
        }
    }
    let is_decimal = mark == ARABIC_MARK
        || ((mark == COMMA || mark == POINT)
            && mark != mark_before
            && (run != 3
                || mark_before != 0
                || form.exponent == 3
                || (form.exponent > 0 && mark == u16::from(form.mark))));
    let is_odd = if is_decimal {
        mark_before != 0 && run_before != 3
    } else {
        mark != 0 && (run != 3 || (mark_before != 0 && mark != mark_before))
    };
    if run == 0 || is_odd {
        return 0;
    }
    let (mut decimals, exponent) = (u32::from(form.scale), u32::from(form.exponent));
    if is_decimal {
        decimals = decimals.wrapping_add(run);
    }
    while decimals < exponent && value >> 60 == 0 {
        value = value.wrapping_mul(10);
        decimals = decimals.wrapping_add(1);
    }
    let mut last = 0;
    while decimals > exponent {
        last = value % 10;
        value /= 10;
        decimals = decimals.wrapping_sub(1);
    }
    value = value.wrapping_add(u64::from(last >= 5));
    if value > LARGEST { 0 } else { value.wrapping_add(1) }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests")]
mod tests {
    use super::*;
    use cartwake_shared::{currency::Currency, money::Money};
    use proptest::prelude::*;

    fn form(exponent: u32, mark: char) -> Form {
        Form { exponent: u8::try_from(exponent).unwrap(), scale: 0, mark: u8::try_from(mark).unwrap() }
    }

    fn read(text: &str, form: Form) -> Option<u64> {
        minor(Text(text.as_bytes()), 0, form).checked_sub(1)
    }

    #[test]
    fn prices_of_the_wild_become_minor_units() {
        for (text, exponent, mark, expected) in [
            ("49.90", 2, '.', Some(4990)),
            ("49.9", 2, '.', Some(4990)),
            ("49", 2, '.', Some(4900)),
            ("0", 2, '.', Some(0)),
            ("0.300000", 2, '.', Some(30)),
            ("49.89999999999999", 2, ',', Some(4990)),
            ("1.005", 2, '.', Some(101)),
            ("49,90 €", 2, ',', Some(4990)),
            ("€ 49,90", 2, ',', Some(4990)),
            ("49,90 € inkl. MwSt.", 2, ',', Some(4990)),
            ("$1,299.00", 2, '.', Some(129_900)),
            ("1.249,50 €", 2, ',', Some(124_950)),
            ("1.249,50 €", 2, '?', Some(124_950)),
            ("$1,249.50", 2, ',', Some(124_950)),
            ("¥1,200", 0, '.', Some(1200)),
            ("￥１，２００", 0, '.', Some(1200)),
            ("1,200円", 0, '.', Some(1200)),
            ("CHF 1'249.50", 2, '.', Some(124_950)),
            ("CHF 1’249.50", 2, '.', Some(124_950)),
            ("Fr. 49.–", 2, '.', Some(4900)),
            ("1 249,50 kr", 2, ',', Some(124_950)),
            ("kr 1.249,-", 2, ',', Some(124_900)),
            ("Rs. 1,23,456.00", 2, '.', Some(12_345_600)),
            ("Rs.500", 2, '.', Some(50_000)),
            ("1\u{a0}299,50\u{a0}€", 2, ',', Some(129_950)),
            ("1\u{202f}299,50", 2, ',', Some(129_950)),
            ("1\u{2009}299,50", 2, ',', Some(129_950)),
            ("١٬٢٤٩٫٥٠ ر.س.", 2, '?', Some(124_950)),
            ("\u{200f}۱۲۰٬۰۰۰ ریال", 2, '?', Some(12_000_000)),
            ("1,234,567", 2, '.', Some(123_456_700)),
            ("1.234.567", 0, ',', Some(1_234_567)),
            (".5", 2, '.', Some(50)),
            ("5,-", 2, ',', Some(500)),
            ("1200.00", 0, '.', Some(1200)),
            ("1199.5", 0, '.', Some(1200)),
            // One mark before three digits.
            ("1.200", 2, ',', Some(120_000)),
            ("1.200", 2, '.', Some(120)),
            ("1,200", 2, '.', Some(120_000)),
            ("1,200", 2, ',', Some(120)),
            ("1.200", 2, '?', Some(120_000)),
            ("1.200", 0, '.', Some(1200)),
            ("1.200", 3, ',', Some(1200)),
            ("1.200,500", 3, ',', Some(1_200_500)),
            ("90071992547409.91", 2, '.', Some(LARGEST)),
            ("90071992547409.92", 2, '.', None),
            ("99999999999999999999999999", 2, '.', None),
            // No price, or more than one.
            ("-5", 2, '.', None),
            ("−5", 2, '.', None),
            ("- 5", 2, '.', None),
            ("-20 %", 2, '.', None),
            ("10 – 20 €", 2, ',', None),
            ("59,90 € 49,90 €", 2, ',', None),
            ("59,90€49,90€", 2, ',', None),
            ("2 × 39,90 €", 2, ',', None),
            ("49 90", 2, ',', None),
            ("12,50 300 g", 2, ',', None),
            ("12.50.00", 2, '.', None),
            ("1,24", 0, '.', Some(1)),
            ("NaN", 2, '.', None),
            ("Infinity", 2, '.', None),
            ("1e21", 2, '.', None),
            ("12x5", 2, '.', None),
            ("1-2", 2, '.', None),
            (".", 2, '.', None),
            ("", 2, '.', None),
            ("free", 2, '.', None),
        ] {
            assert_eq!(read(text, form(exponent, mark)), expected, "{text:?}, {exponent} digits, {mark:?}");
        }
        for (text, exponent, scale, expected) in [
            ("3990", 2, 2, Some(3990)),
            ("3990", 0, 2, Some(40)),
            ("3990", 3, 2, Some(39_900)),
            ("1200", 0, 0, Some(1200)),
        ] {
            assert_eq!(read(text, Form { exponent, scale, mark: b'.' }), expected, "{text:?} of {scale}");
        }
    }

    /// How a language writes numbers: decimal mark, group mark, group of the first groups (the last has three), zero.
    const LANGUAGES: [(&str, &str, &str, usize, char); 14] = [
        ("en-US", ".", ",", 3, '0'),
        ("de-DE", ",", ".", 3, '0'),
        ("fr-FR", ",", "\u{202f}", 3, '0'),
        ("fr-CA, sv-SE, pl-PL", ",", "\u{a0}", 3, '0'),
        ("de-CH", ".", "’", 3, '0'),
        ("typed in Switzerland", ".", "'", 3, '0'),
        ("typed in Sweden", ",", " ", 3, '0'),
        ("en-IN", ".", ",", 2, '0'),
        ("ar-EG", "٫", "٬", 3, '٠'),
        ("fa-IR", "٫", "٬", 3, '۰'),
        ("ja-JP full-width", "．", "，", 3, '０'),
        ("thin spaces", ",", "\u{2009}", 3, '0'),
        ("no groups, point", ".", "", 3, '0'),
        ("no groups, comma", ",", "", 3, '0'),
    ];

    /// Writes minor units as a language does.
    fn written(units: u64, exponent: u32, (_, decimal, group, first, zero): (&str, &str, &str, usize, char)) -> String {
        let digits = format!("{units:0>width$}", width = exponent as usize + 1);
        let (whole, parts) = digits.split_at(digits.len() - exponent as usize);
        let mut text = String::new();
        for (place, digit) in whole.char_indices() {
            let left = whole.len() - place;
            let divides = left == 3 || (left > 3 && (left - 3).is_multiple_of(first));
            if place > 0 && divides {
                text.push_str(group);
            }
            text.push(digit);
        }
        if exponent > 0 {
            text.push_str(decimal);
            text.push_str(parts);
        }
        let zero = u32::from(zero);
        text.chars()
            .map(|each| each.to_digit(10).and_then(|digit| char::from_u32(zero + digit)).unwrap_or(each))
            .collect()
    }

    proptest! {
        #[test]
        fn no_unit_is_lost_in_any_language(
            units in 0..=LARGEST / 10,
            exponent in prop::sample::select(vec![0_u32, 2, 3]),
            language in prop::sample::select(LANGUAGES.to_vec()),
            around in prop::sample::select(vec![("", ""), ("€", ""), ("", "\u{a0}€"), ("CHF ", ""), ("", " kr"), ("R$\u{a0}", ""), ("\u{200f}", "\u{a0}د.ك.\u{200f}")]),
        ) {
            let text = format!("{}{}{}", around.0, written(units, exponent, language), around.1);
            let mark = language.1.bytes().next().unwrap_or_default();
            prop_assert_eq!(read(&text, Form { mark, ..form(exponent, '.') }), Some(units), "{}: {}", language.0, text);
        }

        #[test]
        fn no_unit_is_lost_from_decimal_text(
            units in 0..=LARGEST,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"]),
        ) {
            let currency = Currency::parse(code).unwrap();
            let text = Money::new(i64::try_from(units).unwrap(), currency).unwrap().to_decimal();
            prop_assert_eq!(read(&text, form(currency.exponent(), '.')), Some(units), "{}", text);
        }

        #[test]
        fn no_unit_is_lost_from_a_page_s_floating_point(units in 0..1_u64 << 45) {
            #[expect(clippy::cast_precision_loss, reason = "what a page does to its prices")]
            let text = format!("{:.6}", units as f64 / 100.0);
            prop_assert_eq!(read(&text, form(2, ',')), Some(units), "{}", text);
        }

        #[test]
        fn any_text_gives_an_amount_or_nothing(text in ".{0,40}", exponent in 0..5_u32) {
            prop_assert!(read(&text, form(exponent, '.')).is_none_or(|amount| amount <= LARGEST));
        }
    }
}
