//! What is an e-mail address, and what is still being typed.

use crate::text::{Text, add, cut, is_among};

/// Endings that are the beginning of a common longer one; a shopper who pauses there is probably not done.
///
/// They are real endings too (`.co`, `.in`), so leaving the field settles them.
const BEGINNINGS: &[u8] = b"co ne or inf ed in";

/// The address in `text`, or `None` while it is not one.
///
/// The grammar is the one browsers use for `type=email` (WHATWG HTML) with a dot required in the domain, at most 64
/// characters before the @ and 254 in all (RFC 5321). `settled` says that the shopper left the field or the shop
/// said the address; otherwise an ending that may still grow is waited for.
pub fn address(text: &[u8], settled: bool) -> Option<Text> {
    let text = text.trim_ascii();
    let (local, domain) = cut(text, b'@');
    pieces(local, false)?;
    let ending = pieces(domain, true)?;
    let plain = text.len() <= 254
        && local.len() <= 64
        && local.first() != Some(&b'+')
        && ending.len() < domain.len()
        && ending.len() >= 2
        // A number at the end is an IP address, not a domain.
        && !ending.iter().all(u8::is_ascii_digit);
    if !plain || (!settled && is_among(ending, BEGINNINGS)) {
        return None;
    }
    let mut address = Text::default();
    add(&mut address, local);
    add(&mut address, b"@");
    for byte in domain {
        add(&mut address, &[byte.to_ascii_lowercase()]);
    }
    Some(address)
}

/// The last piece of a dotted text, where every piece is one to 63 characters (RFC 1035, section 2.3.4) that may stand
/// in a domain or in front of the @.
fn pieces(text: &[u8], domain: bool) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        let (piece, after) = cut(rest, b'.');
        let fits = (1..=63).contains(&piece.len())
            && piece.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || (!domain && is_mark(*byte)))
            && !(domain && (piece.first() == Some(&b'-') || piece.last() == Some(&b'-')));
        if !fits {
            return None;
        }
        if piece.len() == rest.len() {
            return Some(piece);
        }
        rest = after;
    }
}

/// The marks that WHATWG HTML allows in front of the @, without the dot.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use cartwake_shared::email::{EmailAddress, EmailError};
    use proptest::prelude::*;

    #[test]
    fn what_is_still_being_typed_is_no_address() {
        for (text, settled, expected) in [
            ("ada@example.com", false, Some("ada@example.com")),
            (" Ada.L+x@Example.COM ", false, Some("Ada.L+x@example.com")),
            ("ada@example.co", false, None),
            ("ada@example.co", true, Some("ada@example.co")),
            ("ada@example.c", true, None),
            ("ada@example.", true, None),
            ("ada@example", true, None),
            ("ada@", true, None),
            ("ada", true, None),
            ("", true, None),
            ("ada@example.de", false, Some("ada@example.de")),
            ("ada@127.0.0.1", true, None),
            ("ada@example.com, eve@example.com", true, None),
            ("ada@example.com\nBcc: eve@example.com", true, None),
            ("ädä@example.com", true, None),
        ] {
            assert_eq!(address(text.as_bytes(), settled).as_deref(), expected.map(str::as_bytes), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_address_that_leaves_is_one_the_worker_accepts(text in "[ -~]{0,30}|[a-z.+]{1,8}@[a-zA-Z0-9.-]{1,12}\\.[a-z]{1,4}") {
            if let Some(address) = address(text.as_bytes(), true) {
                let address = core::str::from_utf8(&address).unwrap();
                let parsed = EmailAddress::parse(address);
                prop_assert!(
                    parsed == Err(EmailError::Role) || parsed.as_ref().map(EmailAddress::as_str) == Ok(address),
                    "{address}: {parsed:?}"
                );
            }
        }
    }
}
