//! E-mail addresses as shoppers type them, and the mailbox to which an address leads.

use core::fmt;

use crate::domains;

/// One address of RFC 5321 in the everyday form `local@domain`, ASCII only, at most 254 characters.
///
/// The grammar is the one browsers use for `type=email` (WHATWG HTML, "valid e-mail address"), with a dot required
/// in the domain. Quoted local parts, comments, lists and display names are refused, so an address can never become
/// a header of its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// The folded form of an address; caps and look-ups count by it.
///
/// Case, `+tag` and the dots of Gmail addresses are dropped, so that one mailbox does not have many names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mailbox(String);

/// Why a text is not an address that we mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// The text is not `local@domain` in the everyday form.
    #[error("this is not an e-mail address")]
    Malformed,
    /// The text is longer than RFC 5321 allows (64 characters before the @, 254 in all).
    #[error("this e-mail address is too long")]
    TooLong,
    /// The address belongs to a role, such as postmaster@, and never to a shopper.
    #[error("this address belongs to a role, not to a shopper")]
    Role,
}

/// Local parts of roles that handle complaints or discard mail; a mail to them harms the sender's reputation (RFC
/// 2142).
const ROLES: [&str; 9] =
    ["abuse", "hostmaster", "mailer-daemon", "no-reply", "noc", "noreply", "postmaster", "security", "webmaster"];

impl EmailAddress {
    /// Parses an address; surrounding spaces are dropped, the domain is lower-cased, the local part is kept.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches(' ');
        if text.len() > 254 {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::Malformed)?;
        if local.len() > 64 {
            return Err(EmailError::TooLong);
        }
        if !local_is_plain(local) || !domain_is_plain(domain) {
            return Err(EmailError::Malformed);
        }
        let untagged = local.split('+').next().unwrap_or(local).to_ascii_lowercase();
        if ROLES.contains(&untagged.as_str()) {
            return Err(EmailError::Role);
        }
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }

    /// The address as a mail states it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain, in small letters.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The mailbox to which this address leads.
    pub fn mailbox(&self) -> Mailbox {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let local = local.split('+').next().unwrap_or(local).to_ascii_lowercase();
        match domains::DOTLESS.first().filter(|_| domains::DOTLESS.contains(&domain)) {
            Some(first) => Mailbox(format!("{}@{first}", local.replace('.', ""))),
            None => Mailbox(format!("{local}@{domain}")),
        }
    }

    /// The address with all but its first letter and its domain hidden, `a…@example.com`; fit for a log line.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let first = local.chars().next().unwrap_or('?');
        format!("{first}…@{domain}")
    }
}

impl Mailbox {
    /// The folded text; it is the input of the mailbox hash and is never stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows only the masked form, so that no address slips into a log through `{:?}`.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(…)")
    }
}

fn local_is_plain(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    !local.is_empty()
        && local.bytes().all(allowed)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local.starts_with('+')
}

fn domain_is_plain(domain: &str) -> bool {
    let label_is_plain = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels = domain.split('.').count();
    let last = domain.rsplit('.').next().unwrap_or("");
    labels >= 2
        && domain.split('.').all(label_is_plain)
        // A number at the end is an IP address, not a domain.
        && last.len() >= 2
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_parsed_or_refused() {
        use EmailError::{Malformed, Role, TooLong};
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", "b.".repeat(130));
        for (text, expected) in [
            ("ada@example.com", Ok("ada@example.com")),
            (" Ada.L+x@Example.COM ", Ok("Ada.L+x@example.com")),
            ("o'neil@example.co.uk", Ok("o'neil@example.co.uk")),
            ("a@xn--bcher-kva.example", Ok("a@xn--bcher-kva.example")),
            ("ada", Err(Malformed)),
            ("ada@", Err(Malformed)),
            ("@example.com", Err(Malformed)),
            ("ada@example", Err(Malformed)),
            ("ada@@example.com", Err(Malformed)),
            ("ada@exa mple.com", Err(Malformed)),
            ("ada@example.com.", Err(Malformed)),
            ("ada@.example.com", Err(Malformed)),
            (".ada@example.com", Err(Malformed)),
            ("a..b@example.com", Err(Malformed)),
            ("<ada@example.com>", Err(Malformed)),
            ("Ada <ada@example.com>", Err(Malformed)),
            ("ada@example.com,eve@example.com", Err(Malformed)),
            ("\"ada\"@example.com", Err(Malformed)),
            ("ada@example.com\r\nBcc: eve@example.com", Err(Malformed)),
            ("ada\0@example.com", Err(Malformed)),
            ("ada@[127.0.0.1]", Err(Malformed)),
            ("ada@127.0.0.1", Err(Malformed)),
            ("ädä@example.com", Err(Malformed)),
            ("ada@bücher.example", Err(Malformed)),
            ("postmaster@example.com", Err(Role)),
            ("NoReply+x@example.com", Err(Role)),
            (long_local.as_str(), Err(TooLong)),
            (long.as_str(), Err(TooLong)),
        ] {
            let got = EmailAddress::parse(text);
            assert_eq!(got.as_ref().map(EmailAddress::as_str).map_err(|error| *error), expected, "{text:?}");
        }
    }

    #[test]
    fn one_mailbox_has_one_folded_form() {
        for (text, folded) in [
            ("Ada@Example.com", "ada@example.com"),
            ("ada+shop@example.com", "ada@example.com"),
            ("a.d.a@gmail.com", "ada@gmail.com"),
            ("A.da+x@googlemail.com", "ada@gmail.com"),
            ("a.da@example.com", "a.da@example.com"),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().mailbox().as_str(), folded, "{text}");
        }
    }

    #[test]
    fn a_debug_line_does_not_show_the_address() {
        let address = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        let shown = format!("{address:?} {:?}", address.mailbox());
        assert!(!shown.contains("lovelace"), "{shown}");
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_one_plain_address(text in ".{0,80}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                let kept = address.as_str();
                prop_assert!(kept.is_ascii());
                prop_assert_eq!(kept.matches('@').count(), 1);
                let harmful: &[char] = &['\r', '\n', '\0', '<', '>', ',', ';', ' ', '"', '(', ')', ':', '\\'];
                prop_assert!(!kept.contains(harmful));
                prop_assert_eq!(EmailAddress::parse(kept), Ok(address.clone()));
            }
        }

        #[test]
        fn folding_twice_changes_nothing(local in "[a-z][a-z.+]{0,10}[a-z]", domain in "(gmail\\.com|example\\.org)") {
            if let Ok(address) = EmailAddress::parse(&format!("{local}@{domain}")) {
                let once = address.mailbox();
                if let Ok(again) = EmailAddress::parse(once.as_str()) {
                    prop_assert_eq!(again.mailbox(), once);
                }
            }
        }
    }
}
