//! Currency codes as a page can judge them: three letters, and the minor digits that are not two.
//!
//! The list of all codes is half a kilobyte that hardly compresses. The page asks its own engine (`Intl.supportedValuesOf`), the
//! Worker asks ISO 4217 again, and what it refuses does not take an address with it (`retry::Verdict::Refused`). A test holds
//! the digits together with `cartwake_shared::currency`.

/// The currencies whose minor digits are not two: three letters and the digits.
const OTHERS: [&[u8; 4]; 26] = [
    b"BIF0", b"CLP0", b"DJF0", b"GNF0", b"ISK0", b"JPY0", b"KMF0", b"KRW0", b"PYG0", b"RWF0", b"UGX0", b"UYI0",
    b"VND0", b"VUV0", b"XAF0", b"XOF0", b"XPF0", b"BHD3", b"IQD3", b"JOD3", b"KWD3", b"LYD3", b"OMR3", b"TND3",
    b"CLF4", b"UYW4",
];

/// [`OTHERS`] as one number each: the letters in the lower three bytes, the digits above.
const WORDS: [u32; 26] = {
    let mut words = [0; 26];
    let mut at = 0;
    while at < words.len() {
        let [first, second, third, digits] = *OTHERS[at];
        words[at] = u32::from_le_bytes([first, second, third, digits - b'0']);
        at += 1;
    }
    words
};

/// Digits behind the decimal point of a currency (ISO 4217): 2 for most, 0 for JPY, 3 for KWD, 4 for CLF; `None` for
/// what is not three capitals.
pub fn exponent(code: &[u8]) -> Option<u32> {
    let [first, second, third] = *code else { return None };
    if !code.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let word = u32::from_le_bytes([first, second, third, 0]);
    let other = WORDS.iter().find(|other| **other << 8 == word << 8);
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
