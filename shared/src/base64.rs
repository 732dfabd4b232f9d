//! Base64 (RFC 4648): with padding in signatures of others, without it and fit for addresses in all that is ours.
//!
//! Own code: the crate for it is 6 KB of the Worker, this is 1 KB (docs/decisions/edge-size.md).

const PLAIN: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64url without padding (section 5).
pub fn to_url(bytes: &[u8]) -> String {
    write(bytes, URL)
}

/// Reads base64url without padding; `None` for any text that [`to_url`] does not write.
pub fn from_url(text: &str) -> Option<Vec<u8>> {
    read(text, URL)
}

/// Base64 with padding (section 4).
pub fn to_padded(bytes: &[u8]) -> String {
    let mut text = write(bytes, PLAIN);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Reads base64 with padding; `None` for any text that [`to_padded`] does not write.
pub fn from_padded(text: &str) -> Option<Vec<u8>> {
    let letters = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    read(letters, PLAIN).filter(|_| text.len().is_multiple_of(4))
}

fn write(bytes: &[u8], letters: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for group in bytes.chunks(3) {
        let byte = |place| usize::from(group.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for shift in [18_u32, 12, 6, 0].into_iter().take(group.len() + 1) {
            text.extend(letters.get(bits >> shift & 63).copied().map(char::from));
        }
    }
    text
}

fn read(text: &str, letters: &[u8; 64]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    // Bits that do not fill a byte yet, and how many they are.
    let (mut bits, mut held) = (0_usize, 0_u32);
    for letter in text.bytes() {
        bits = bits << 6 | letters.iter().position(|known| *known == letter)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.extend(u8::try_from(bits >> held).ok());
            bits &= (1 << held) - 1;
        }
    }
    // A letter too many holds six bits of no byte; what is left otherwise must be zero, or two texts were one value.
    (held < 6 && bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use ::base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_written_and_read_as_by_the_usual_crate(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(to_url(&bytes), URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert_eq!(to_padded(&bytes), STANDARD.encode(&bytes));
            prop_assert_eq!(from_url(&to_url(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(from_padded(&to_padded(&bytes)), Some(bytes));
        }

        #[test]
        fn any_text_is_taken_or_refused_as_by_the_usual_crate(text in "[A-Za-f0-3+/_=é-]{0,12}={0,3}") {
            prop_assert_eq!(from_url(&text), URL_SAFE_NO_PAD.decode(&text).ok());
            prop_assert_eq!(from_padded(&text), STANDARD.decode(&text).ok());
        }
    }
}
