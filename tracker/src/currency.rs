//! Currency codes as a page can judge them: three letters, and the minor digits that are not two.
//!
//! The list of all codes is half a kilobyte that hardly compresses. The page asks its own engine (`Intl.supportedValuesOf`), the
//! Worker asks ISO 4217 again, and what it refuses does not take an address with it (`retry::Verdict::Refused`). A test holds
//! the digits together with `cartwake_shared::currency`.

/// The currencies whose minor digits are not two, each as one number.
const OTHERS: [u32; 26] = [
    word(*b"BIF", 0),
    word(*b"CLP", 0),
    word(*b"DJF", 0),
    word(*b"GNF", 0),
    word(*b"ISK", 0),
    word(*b"JPY", 0),
    word(*b"KMF", 0),
    word(*b"KRW", 0),
    word(*b"PYG", 0),
    word(*b"RWF", 0),
    word(*b"UGX", 0),
    word(*b"UYI", 0),
    word(*b"VND", 0),
    word(*b"VUV", 0),
    word(*b"XAF", 0),
    word(*b"XOF", 0),
    word(*b"XPF", 0),
    word(*b"BHD", 3),
    word(*b"IQD", 3),
    word(*b"JOD", 3),
    word(*b"KWD", 3),
    word(*b"LYD", 3),
    word(*b"OMR", 3),
    word(*b"TND", 3),
    word(*b"CLF", 4),
    word(*b"UYW", 4),
];

/// The letters in the lower three bytes, the digits above.
const fn word(letters: [u8; 3], digits: u8) -> u32 {
    let [first, second, third] = letters;
    u32::from_le_bytes([first, second, third, digits])
}

/// Digits behind the decimal point of a currency (ISO 4217): 2 for most, 0 for JPY, 3 for KWD, 4 for CLF; `None` for
/// what is not three capitals.
pub fn exponent(code: &[u8]) -> Option<u32> {
    let letters: [u8; 3] = code.try_into().ok()?;
    if !letters.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let word = word(letters, 0);
    let other = OTHERS.iter().find(|other| **other << 8 == word << 8);
    Some(other.map_or(2, |other| other >> 24))
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
