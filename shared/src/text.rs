//! Makes texts from strangers safe to keep and to show: bounded, without control or direction characters.

/// The most characters of a product name that are kept.
pub const NAME_CHARS: usize = 80;

/// A text of at most `limit` characters (Unicode scalar values) on one line.
///
/// Control characters, line breaks, zero-width and bidirectional formatting characters are dropped, because they
/// reorder or hide what follows them; runs of white space become one space; more than three combining marks in a row
/// are cut, because a thousand of them paint over the lines above and below.
pub fn plain(text: &str, limit: usize) -> String {
    let mut kept = String::new();
    let mut count = 0_usize;
    let mut marks = 0_usize;
    for character in text.chars() {
        if count >= limit {
            break;
        }
        if character.is_whitespace() {
            if kept.is_empty() || kept.ends_with(' ') {
                continue;
            }
            kept.push(' ');
            count = count.saturating_add(1);
            marks = 0;
            continue;
        }
        if is_invisible(character) {
            continue;
        }
        marks = if is_combining(character) { marks.saturating_add(1) } else { 0 };
        if marks > 3 {
            continue;
        }
        kept.push(character);
        count = count.saturating_add(1);
    }
    if kept.ends_with(' ') {
        kept.pop();
    }
    kept
}

/// A web address as it may be kept: `http` or `https`, no user name, at most 2,000 characters; otherwise `None`.
///
/// This is the cheap check of an address that a browser sent. Before a mail or a page links to it, the runtime's own
/// URL parser checks it again against the site's hosts.
pub fn web_address(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let plain = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && !b"\\\"<>`{}|^".contains(&byte));
    (text.len() <= 2_000 && plain && !authority.is_empty() && !authority.contains('@')).then(|| text.to_owned())
}

/// The host, with its port if it has one, of an address that [`web_address`] accepted; in small letters.
pub fn host_of(address: &str) -> Option<String> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// Control and formatting characters that are invisible and change the text around them (Unicode Cc, Cf, and fillers).
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character as u32,
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
                | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
                | 0xE000..=0xF8FF | 0xE0000..=0xE0FFF
        )
}

/// Combining marks of the Unicode blocks that deface a text.
const fn is_combining(character: char) -> bool {
    matches!(character as u32, 0x0300..=0x036F | 0x0483..=0x0489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_lose_what_would_deface_a_page() {
        let zalgo = format!("e{}", "\u{301}".repeat(10_000));
        for (text, expected) in [
            ("Linen shirt", "Linen shirt"),
            ("  a \t b\r\nc  ", "a b c"),
            ("a\0b\u{202E}c\u{200B}d", "abcd"),
            ("日本語 シャツ", "日本語 シャツ"),
            ("قميص", "قميص"),
            ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
            (zalgo.as_str(), "e\u{301}\u{301}\u{301}"),
            ("", ""),
        ] {
            assert_eq!(plain(text, NAME_CHARS), expected, "{text:?}");
        }
        assert_eq!(plain(&"é".repeat(500), NAME_CHARS).chars().count(), NAME_CHARS);
    }

    #[test]
    fn only_plain_web_addresses_are_kept() {
        for (text, kept) in [
            ("https://shop.example/p/1?a=b#c", true),
            ("http://localhost:4300/i.png", true),
            ("javascript:alert(1)", false),
            ("//evil.example/x", false),
            ("https://shop@evil.example/", false),
            ("https:///x", false),
            ("https://shop.example\\@evil.example/", false),
            ("https://shop.example/a b", false),
            ("ftp://shop.example/", false),
            ("data:text/html,x", false),
            ("", false),
        ] {
            assert_eq!(web_address(text).is_some(), kept, "{text}");
        }
        assert_eq!(web_address(&format!("https://shop.example/{}", "a".repeat(16_000))), None);
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC{0,120}|.{0,120}") {
            let once = plain(&text, NAME_CHARS);
            prop_assert_eq!(plain(&once, NAME_CHARS), once.clone());
            prop_assert!(once.chars().count() <= NAME_CHARS);
            prop_assert!(!once.chars().any(char::is_control));
        }
    }
}
