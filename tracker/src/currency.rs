//! Currency codes as a page can judge them: three letters, and the minor digits that are not two.
//!
//! The list of all codes is half a kilobyte that hardly compresses. The page asks its own engine (`Intl.supportedValuesOf`), the
//! Worker asks ISO 4217 again, and what it refuses does not take an address with it (`step::lighten`). A test holds
//! the digits together with `cartwake_shared::currency`.

use crate::text::is_among;

/// Digits behind the decimal point of a currency (ISO 4217): 2 for most, 0 for JPY, 3 for KWD, 4 for CLF; `None` for
/// what is not three capitals.
pub fn exponent(code: &[u8]) -> Option<u32> {
    if code.len() != 3 || !code.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let digits = if is_among(code, b"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF") {
        0
    } else if is_among(code, b"BHD IQD JOD KWD LYD OMR TND") {
        3
    } else if is_among(code, b"CLF UYW") {
        4
    } else {
        2
    };
    Some(digits)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

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
                        assert_eq!(exponent(code.as_bytes()), Some(shared.exponent()), "{code}");
                    }
                }
            }
        }
        assert!(known > 150);
        for text in ["", "EU", "EURO", "€", "eur", "E R", "E1R"] {
            assert_eq!(exponent(text.as_bytes()), None, "{text}");
        }
    }
}
