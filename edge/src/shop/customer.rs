//! Customers that the shop vouches for: the key it signs with, and whether a signature is right.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cartwake_shared::{
    customer::{self, SignatureError, SignedCustomer},
    identifier::SiteId,
    key::{self, Keyring, Purpose},
    time::Timestamp,
    wire,
};

use crate::base::site::Site;

/// The key of that number as the owner sees it, `ck<number>_<base64url>`; the shop's server signs with this text itself, so
/// that nobody has to decode anything.
pub fn key(keys: &Keyring, site: &SiteId, number: u32) -> String {
    format!("ck{number}_{}", URL_SAFE_NO_PAD.encode(keys.derived(Purpose::Customer, &format!("{site}.{number}"))))
}

/// Reads what the shop's server signed of `customer`, both as the page says them: the signature must be the HMAC-SHA256 of
/// [`customer::text_to_sign`] in hexadecimal, under the site's key or the one before it, and while the root key is being
/// changed under those of the old one. Compared in constant time.
///
/// # Errors
/// Why it proves nothing.
pub fn verified(
    keys: &Keyring,
    site: &Site,
    customer: &str,
    signed: &wire::Signed,
    now: Timestamp,
) -> Result<SignedCustomer, SignatureError> {
    let read = customer::parse(customer, signed, now)?;
    let text = customer::text_to_sign(customer, signed);
    let given = bytes(&signed.signature).ok_or(SignatureError::Wrong)?;
    let number = site.settings.customer_key;
    let is_right = [Some(keys.clone()), keys.previous_only()].into_iter().flatten().any(|ring| {
        [Some(number), number.checked_sub(1)]
            .into_iter()
            .flatten()
            .any(|number| key::mac_matches(key(&ring, &site.id, number).as_bytes(), text.as_bytes(), &given))
    });
    if is_right { Ok(read) } else { Err(SignatureError::Wrong) }
}

/// The 32 bytes that 64 hexadecimal digits stand for.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    (text.len() == 64).then(|| text.as_bytes().chunks(2).map(pair).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use cartwake_shared::{
        identifier::MerchantId,
        policy::{Settings, SiteState},
    };

    use super::*;

    const OLD: &str = "an-old-root-key-of-thirty-two-chars!";
    const NEW: &str = "a-new-root-key-of-thirty-two-chars!!";

    fn site(id: &str, customer_key: u32) -> Site {
        Site {
            id: SiteId::parse(id).unwrap(),
            merchant: MerchantId::parse("m").unwrap(),
            name: String::new(),
            state: SiteState::Live,
            paused: false,
            settings: Settings { customer_key, ..Settings::default() },
        }
    }

    const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

    fn statement(email: &str, until: i64) -> wire::Signed {
        wire::Signed { email: email.to_owned(), until, ..wire::Signed::default() }
    }

    /// What the page says of customer 7, signed with the key of that number.
    fn signed(keys: &Keyring, site: &Site, number: u32, told: wire::Signed) -> wire::Signed {
        let text = customer::text_to_sign("7", &told);
        let mac = key::mac(key(keys, &site.id, number).as_bytes(), text.as_bytes());
        let digits = mac.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        wire::Signed { signature: digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect(), ..told }
    }

    fn ada() -> wire::Signed {
        statement("ada@example.com", 1_764_000_600)
    }

    #[test]
    fn only_the_sites_own_key_and_the_one_before_it_sign() {
        let keys = Keyring::new(NEW, None).unwrap();
        let shop = site("shop", 3);
        for (number, holds) in [(1, false), (2, true), (3, true), (4, false)] {
            let told = signed(&keys, &shop, number, ada());
            assert_eq!(verified(&keys, &shop, "7", &told, NOW).is_ok(), holds, "{number}");
        }
        let right = signed(&keys, &shop, 3, ada());
        let with = |signature: String| wire::Signed { signature, ..right.clone() };
        let digits = right.signature.clone();
        for (what, site, customer, told, holds) in [
            ("as it was signed", &shop, "7", right.clone(), true),
            ("in capitals", &shop, "7", with(digits.to_ascii_uppercase()), true),
            ("of another customer", &shop, "8", right.clone(), false),
            ("of another site", &site("other", 3), "7", right.clone(), false),
            (
                "of another address",
                &shop,
                "7",
                wire::Signed { email: "eve@example.com".into(), ..right.clone() },
                false,
            ),
            ("of another end", &shop, "7", wire::Signed { until: right.until + 1, ..right.clone() }, false),
            (
                "of no consent",
                &shop,
                "7",
                wire::Signed { consent: Some(wire::SignedConsent::default()), ..right.clone() },
                false,
            ),
            ("cut off", &shop, "7", with(digits[..62].to_owned()), false),
            ("longer", &shop, "7", with(digits.clone() + "00"), false),
            ("no digits", &shop, "7", with("+1".repeat(32)), false),
            ("none", &shop, "7", with(String::new()), false),
            (
                "one bit off",
                &shop,
                "7",
                with(digits.replacen(
                    digits.chars().next().unwrap(),
                    if digits.starts_with('0') { "1" } else { "0" },
                    1,
                )),
                false,
            ),
        ] {
            assert_eq!(verified(&keys, site, customer, &told, NOW).is_ok(), holds, "{what}");
        }
    }

    #[test]
    fn what_was_signed_ends_and_the_old_form_is_told() {
        let keys = Keyring::new(NEW, None).unwrap();
        let shop = site("shop", 0);
        let now = NOW.millis() / 1_000;
        let month = 30 * 86_400;
        let consent = |basis: &str| wire::SignedConsent { basis: basis.to_owned(), time: now, ..Default::default() };
        for (told, expected) in [
            (statement("ada@example.com", now), None),
            (statement("ada@example.com", now + month), None),
            (statement("ada@example.com", now - 1), Some(SignatureError::Ended)),
            (statement("ada@example.com", now + month + 1), Some(SignatureError::TooLong)),
            (statement("ada@example.com", NOW.millis()), Some(SignatureError::TooLong)),
            (statement("ada@example.com", i64::MAX), Some(SignatureError::TooLong)),
            (statement("", now), Some(SignatureError::IdAlone)),
            (statement("ada@example.com", 0), Some(SignatureError::IdAlone)),
            (statement("ada@example.com\n1", now), Some(SignatureError::LineBreak)),
            (wire::Signed { consent: Some(consent("express")), ..ada() }, None),
            (wire::Signed { consent: Some(consent("denied")), ..ada() }, None),
            (wire::Signed { consent: Some(consent("granted")), ..ada() }, Some(SignatureError::Basis)),
        ] {
            let told = signed(&keys, &shop, 0, told);
            assert_eq!(verified(&keys, &shop, "7", &told, NOW).err(), expected, "{told:?}");
        }
    }

    #[test]
    fn a_change_of_the_root_key_keeps_what_was_signed() {
        let (before, during) = (Keyring::new(OLD, None).unwrap(), Keyring::new(NEW, Some(OLD)).unwrap());
        let shop = site("shop", 0);
        let told = signed(&before, &shop, 0, ada());
        assert!(verified(&during, &shop, "7", &told, NOW).is_ok());
        assert!(verified(&Keyring::new(NEW, None).unwrap(), &shop, "7", &told, NOW).is_err());
    }
}
