//! The token of a solved challenge, by its form.

/// The longest token (Turnstile's documentation).
const MOST_CHARACTERS: usize = 2_048;

/// A token as it may be passed on to the provider of the challenge.
pub fn token(sent: String) -> Result<String, &'static str> {
    let is_token = (1..=MOST_CHARACTERS).contains(&sent.len()) && sent.bytes().all(|byte| byte.is_ascii_graphic());
    if is_token { Ok(sent) } else { Err("it is no token of a challenge") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_plain_and_not_too_long() {
        for (sent, is_token) in [
            ("0.abc-DEF_1".to_owned(), true),
            ("x".repeat(2_048), true),
            ("x".repeat(2_049), false),
            (String::new(), false),
            ("a b".to_owned(), false),
            ("a\r\nb".to_owned(), false),
            ("é".to_owned(), false),
        ] {
            assert_eq!(token(sent.clone()).is_ok(), is_token, "{sent:?}");
        }
    }
}
