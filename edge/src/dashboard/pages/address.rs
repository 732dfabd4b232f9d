//! Checks foreign addresses before they go into `href` or `src`, and encodes values for a query.

/// The address, when a browser would fetch it over http or https; otherwise nothing.
///
/// A product's picture and page come from a stranger's browser, so `javascript:`, `data:`, relative addresses and
/// anything with spaces or control characters are left out rather than repaired.
pub fn web_address(address: &str) -> Option<&str> {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    let is_web = lower.starts_with("https://") || lower.starts_with("http://");
    let is_clean = !address.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    (is_web && is_clean).then_some(address)
}

/// The text with everything but RFC 3986 *unreserved* characters percent-encoded, as one value of a query.
pub fn query_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                encoded.push('%');
                for half in [byte >> 4, byte & 15] {
                    let digit = char::from_digit(u32::from(half), 16).unwrap_or('0');
                    encoded.push(digit.to_ascii_uppercase());
                }
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, is_kept: bool) {
        assert_eq!(web_address(address).is_some(), is_kept, "{address:?}");
    }

    #[test]
    fn only_http_and_https_are_kept() {
        check("https://shop.example/i/1.png", true);
        check("HTTP://localhost:8080/i/1.svg?x=1#y", true);
        check("", false);
        check("javascript:alert(1)", false);
        check("java\nscript:alert(1)", false);
        check(" https://shop.example/", false);
        check("https://shop.example/\u{0}", false);
        check("data:image/svg+xml,<svg onload=alert(1)>", false);
        check("//shop.example/i.png", false);
        check("/i.png", false);
        check("https:shop.example", false);
        check("ſſſſſſſſſ", false);
    }

    #[test]
    fn a_query_value_cannot_add_a_parameter() {
        assert_eq!(query_value("1764000000000.01JD-1_~"), "1764000000000.01JD-1_~");
        assert_eq!(query_value("a&b=c#d é"), "a%26b%3Dc%23d%20%C3%A9");
    }
}
