//! What is an e-mail address, and what is still being typed.

use crate::text::Text;

/// Whether a field without spaces around is an address.
///
/// The grammar is the one browsers use for `type=email` (WHATWG HTML) with a dot required in the domain, at most 254
/// characters (RFC 5321). The lengths of its pieces are left to the Worker. `settled` says that the shopper left the field or the
/// shop said the address; otherwise an ending is waited for that may still grow into a common one. Those are real endings too
/// (`.co`, `.in`), so leaving the field settles them.
#[expect(clippy::manual_contains, reason = "`contains` brings a search by words, 100 bytes of brotli")]
pub fn is_address(text: Text<'_>, place: usize, settled: bool) -> bool {
    // Whether the @ and a dot behind it stood already; the last four letters of the ending.
    let (mut is_domain, mut has_dot, mut last, mut ending) = (false, false, b'.', 0_u32);
    let mut end = place;
    while !text.is_empty(end) {
        let byte = text.at(end);
        let begins = matches!(last, b'.' | b'@');
        let fits = if matches!(byte, b'.' | b'@') {
            let fits = !begins && !(is_domain && (last == b'-' || byte == b'@'));
            has_dot = is_domain;
            is_domain |= byte == b'@';
            ending = 0;
            fits
        } else {
            // An ending that begins with a digit is a part of an IP address.
            if if begins { byte.is_ascii_alphabetic() } else { ending > 0 } {
                ending = ending << 8 | u32::from(byte);
            }
            if is_domain {
                byte.is_ascii_alphanumeric() || (byte == b'-' && !begins)
            } else {
                byte.is_ascii_graphic()
                    && !REFUSED.iter().any(|refused| *refused == byte)
                    && (end > place || byte != b'+')
            }
        };
        if !fits {
            return false;
        }
        last = byte;
        end += 1;
    }
    has_dot && ending > 0xff && last != b'-' && end - place <= 254 && (settled || !may_grow(ending))
}

/// What WHATWG HTML does not allow in front of the @.
const REFUSED: &[u8; 11] = b"\\\"(),:;<>[]";

include!(concat!(env!("OUT_DIR"), "/endings.rs"));

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
            ("ada@example.com Bcc: eve@example.com", true, false),
            ("ädä@example.com", true, false),
        ] {
            assert_eq!(is_address(Text(text.as_bytes()), 0, settled), expected, "{text:?}");
        }
        let long = "l".repeat(243) + "@example.com";
        let is_long = |from| is_address(Text(long.as_bytes()), from, true);
        assert!(!is_long(0) && is_long(1));
    }

    #[test]
    fn a_common_ending_is_waited_for_from_its_second_letter_to_its_last() {
        let facts = include_str!("../../shared/data/mail-domains.txt").lines();
        let endings: Vec<&str> = facts.filter_map(|line| line.strip_prefix("ending ")).collect();
        assert_eq!(endings, ["com", "net", "org", "info", "edu", "int"]);
        for ending in endings {
            for end in 2..=ending.len() {
                let text = format!("ada@example.{}", ending.get(..end).unwrap_or_default());
                assert_eq!(is_address(Text(text.as_bytes()), 0, false), end == ending.len(), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn an_address_that_leaves_is_one_the_worker_accepts(text in "[ -~]{0,30}|[a-z.+]{1,8}@[a-zA-Z0-9.-]{1,12}\\.[a-z]{1,4}") {
            if is_address(Text(text.as_bytes()), 0, true) {
                let parsed = EmailAddress::parse(&text);
                prop_assert!(parsed.is_ok() || parsed == Err(EmailError::Role), "{text}: {parsed:?}");
            }
        }
    }
}
