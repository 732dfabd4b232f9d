//! Currency codes as a page can judge them: three letters, and the minor digits that are not two.
//!
//! The list of all codes is half a kilobyte that hardly compresses. The page asks its own engine (`Intl.supportedValuesOf`), the
//! Worker asks ISO 4217 again, and what it refuses does not take an address with it (`retry::Verdict::Refused`). The digits come
//! from `shared/data/currencies.txt`, like those of `cartwake_shared::currency`.

use crate::text::Text;

// The currencies whose minor digits are not two, as `OTHERS`, `OF_THREE` and `OF_FOUR`.
include!(concat!(env!("OUT_DIR"), "/currencies.rs"));

/// Digits behind the decimal point of a currency (ISO 4217): 2 for most, 0 for JPY, 3 for KWD, 4 for CLF; `None` for
/// what is not three capitals.
pub fn exponent(text: Text<'_>, place: usize) -> Option<u8> {
    let (mut code, mut end) = (0_u16, place);
    while text.at(end).is_ascii_uppercase() {
        code = code << 5 | u16::from(text.at(end) & 31);
        end += 1;
    }
    if end - place != 3 || !text.is_empty(end) {
        return None;
    }
    Some(match OTHERS.iter().position(|other| *other == code) {
        None => 2,
        Some(..OF_THREE) => 0,
        Some(..OF_FOUR) => 3,
        Some(_) => 4,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cartwake_shared::currency::Currency as Shared;

    #[test]
    fn every_code_has_the_digits_that_the_domain_gives_it() {
        let letters = 'A'..='Z';
        let mut known = 0;
        for first in letters.clone() {
            for second in letters.clone() {
                for third in letters.clone() {
                    let code = String::from_iter([first, second, third]);
                    if let Some(shared) = Shared::parse(&code) {
                        known += 1;
                        assert_eq!(
                            exponent(Text(code.as_bytes()), 0).map(u32::from),
                            Some(shared.exponent()),
                            "{code}"
                        );
                    }
                }
            }
        }
        assert!(known > 150);
        for text in ["", "EU", "EURO", "€", "eur", "E R", "E1R"] {
            assert_eq!(exponent(Text(text.as_bytes()), 0), None, "{text}");
        }
    }
}
