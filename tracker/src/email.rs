//! What is an e-mail address, and what is still being typed.

use crate::text::{first, is_same};

/// Whether a text without spaces around is an address.
///
/// The grammar is the one browsers use for `type=email` (WHATWG HTML) with a dot required in the domain, at most 254
/// characters (RFC 5321). The lengths of its pieces are left to the Worker. `settled` says that the shopper left the field or the
/// shop said the address; otherwise an ending is waited for that may still grow into a common one. Those are real endings too
/// (`.co`, `.in`), so leaving the field settles them.
#[expect(clippy::manual_contains, reason = "`contains` brings a search by words, 100 bytes of brotli")]
pub fn is_address(text: &[u8], settled: bool) -> bool {
    // Where the ending begins, whether the @ and a dot behind it stood already.
    let (mut start, mut is_domain, mut has_dot, mut last) = (0, false, false, b'.');
    for (place, byte) in text.iter().copied().enumerate() {
        let begins = matches!(last, b'.' | b'@');
        let fits = if matches!(byte, b'.' | b'@') {
            let fits = !begins && !(is_domain && (last == b'-' || byte == b'@'));
            has_dot = is_domain;
            is_domain |= byte == b'@';
            start = place + 1;
            fits
        } else if is_domain {
            byte.is_ascii_alphanumeric() || (byte == b'-' && !begins)
        } else {
            byte.is_ascii_graphic() && !REFUSED.iter().any(|refused| *refused == byte) && (place > 0 || byte != b'+')
        };
        if !fits {
            return false;
        }
        last = byte;
    }
    let ending = text.get(start..).unwrap_or_default();
    // An ending that begins with a digit is a part of an IP address.
    has_dot
        && first(ending).is_ascii_alphabetic()
        && ending.len() > 1
        && last != b'-'
        && text.len() <= 254
        && (settled || !may_grow(ending))
}

/// What WHATWG HTML does not allow in front of the @.
const REFUSED: &[u8; 11] = b"\\\"(),:;<>[]";

/// Whether an ending is the beginning of a longer one that is common: com, net, org, info, edu, int.
fn may_grow(ending: &[u8]) -> bool {
    let endings: [&[u8]; 6] = [b"co", b"ne", b"or", b"inf", b"ed", b"in"];
    endings.iter().any(|beginning| is_same(beginning, ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cartwake_shared::email::{EmailAddress, EmailError};
    use proptest::prelude::*;

    #[test]
    fn what_is_still_being_typed_is_no_address() {
        for (text, settled, expected) in [
            ("ada@example.com", false, true),
            ("Ada.L+x@Example.COM", false, true),
            ("ada@example.co", false, false),
            ("ada@example.co", true, true),
            ("ada@example.c", true, false),
            ("ada@example.", true, false),
            ("ada@example", true, false),
            ("ada.l@example", true, false),
            ("ada@", true, false),
            ("@example.com", true, false),
            ("ada", true, false),
            ("", true, false),
            (".", true, false),
            ("ada@example.de", false, true),
            ("ada@mail.example.co.uk", false, true),
            ("a@b@example.com", true, false),
            ("ada..l@example.com", true, false),
            ("ada@-example.com", true, false),
            ("ada@example-.com", true, false),
            ("ada@example.com-", true, false),
            ("+ada@example.com", true, false),
            ("ada@127.0.0.1", true, false),
            ("ada@example.com, eve@example.com", true, false),
            ("ada@example.com\nBcc: eve@example.com", true, false),
            ("ädä@example.com", true, false),
        ] {
            assert_eq!(is_address(text.as_bytes(), settled), expected, "{text:?}");
        }
        let long = "l".repeat(243) + "@example.com";
        assert!(!is_address(long.as_bytes(), true) && is_address(&long.as_bytes()[1..], true));
    }

    proptest! {
        #[test]
        fn an_address_that_leaves_is_one_the_worker_accepts(text in "[ -~]{0,30}|[a-z.+]{1,8}@[a-zA-Z0-9.-]{1,12}\\.[a-z]{1,4}") {
            if is_address(text.as_bytes(), true) {
                let parsed = EmailAddress::parse(&text);
                prop_assert!(parsed.is_ok() || parsed == Err(EmailError::Role), "{text}: {parsed:?}");
            }
        }
    }
}
