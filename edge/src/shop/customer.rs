//! Customers that the shop vouches for: the key it signs their ids with, and whether a signature is right.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cartwake_shared::{
    identifier::SiteId,
    key::{self, Keyring, Purpose},
};

use crate::base::site::Site;

/// The key of that number as the owner sees it, `ck<number>_<base64url>`; the shop's server signs with this text itself, so
/// that nobody has to decode anything.
pub fn key(keys: &Keyring, site: &SiteId, number: u32) -> String {
    format!("ck{number}_{}", URL_SAFE_NO_PAD.encode(keys.derived(Purpose::Customer, &format!("{site}.{number}"))))
}

/// Whether `signature` is the HMAC-SHA256 of the customer's id in hexadecimal, under the site's key or the one before it,
/// and while the root key is being changed under those of the old one. Compared in constant time.
pub fn is_signed(keys: &Keyring, site: &Site, customer: &str, signature: &str) -> bool {
    let Some(given) = bytes(signature) else { return false };
    let number = site.settings.customer_key;
    [Some(keys.clone()), keys.previous_only()].into_iter().flatten().any(|ring| {
        [Some(number), number.checked_sub(1)]
            .into_iter()
            .flatten()
            .any(|number| key::mac_matches(key(&ring, &site.id, number).as_bytes(), customer.as_bytes(), &given))
    })
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

    fn signed(keys: &Keyring, site: &Site, number: u32, customer: &str) -> String {
        let mac = key::mac(key(keys, &site.id, number).as_bytes(), customer.as_bytes());
        mac.iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }

    #[test]
    fn only_the_sites_own_key_and_the_one_before_it_sign() {
        let keys = Keyring::new(NEW, None).unwrap();
        let shop = site("shop", 3);
        for (number, holds) in [(1, false), (2, true), (3, true), (4, false)] {
            assert_eq!(is_signed(&keys, &shop, "7", &signed(&keys, &shop, number, "7")), holds, "{number}");
        }
        let right = signed(&keys, &shop, 3, "7");
        for (what, site, customer, signature, holds) in [
            ("as it was signed", &shop, "7", right.clone(), true),
            ("in capitals", &shop, "7", right.to_ascii_uppercase(), true),
            ("of another customer", &shop, "8", right.clone(), false),
            ("of another site", &site("other", 3), "7", right.clone(), false),
            ("cut off", &shop, "7", right[..62].to_owned(), false),
            ("longer", &shop, "7", right.clone() + "00", false),
            ("no digits", &shop, "7", "+1".repeat(32), false),
            ("none", &shop, "7", String::new(), false),
            (
                "one bit off",
                &shop,
                "7",
                right.replacen(right.chars().next().unwrap(), if right.starts_with('0') { "1" } else { "0" }, 1),
                false,
            ),
        ] {
            assert_eq!(is_signed(&keys, site, customer, &signature), holds, "{what}");
        }
    }

    #[test]
    fn a_change_of_the_root_key_keeps_what_was_signed() {
        let (before, during) = (Keyring::new(OLD, None).unwrap(), Keyring::new(NEW, Some(OLD)).unwrap());
        let shop = site("shop", 0);
        let signature = signed(&before, &shop, 0, "7");
        assert!(is_signed(&during, &shop, "7", &signature));
        assert!(!is_signed(&Keyring::new(NEW, None).unwrap(), &shop, "7", &signature));
    }
}
