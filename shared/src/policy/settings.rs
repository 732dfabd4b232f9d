//! The settings of a site, each declared once.
//!
//! `edge/src/dashboard/pages/site_form/texts.rs` has the words of the form that asks for them.

use serde::{Deserialize, Serialize};

use super::{
    CaptureMode, Policy, TrackingConsent,
    declare::settings,
    kind::{
        CartPage, Choice, Control, CurrencyCode, Hosts, JoinedLines, Kind, LanguageTag, Line, Memory, OptionalLine,
        People, PersonAddress, PersonAddresses, Sentence, ZoneName,
    },
};
use crate::selector::Selectors;

/// Longest name of a shop or a sender, in characters.
pub const LONGEST_NAME: usize = 60;

/// Longest line in a mail, in characters.
const LONGEST_LINE: usize = 300;

settings! {
    form {
        /// Hosts (with port, if not the usual one) whose pages may report carts.
        Hosts {
            hosts: Vec<String> as Hosts,
            example: "shop.example",
        }
        /// Where a recovery link leads: the shop's cart page, on one of the hosts.
        RestoreUrl {
            restore_url: String as CartPage,
            example: "https://shop.example/cart",
        }
        /// Name in front of the sender's address.
        SenderName {
            sender_name: String as Line<LONGEST_NAME>,
            example: "The Shop",
        }
        /// Address that the mails come from.
        SenderAddress {
            sender_address: String as PersonAddress,
            example: "hello@shop.example",
        }
        /// Address that a person reads.
        ReplyTo {
            reply_to: String as PersonAddress,
            example: "help@shop.example",
        }
        /// Postal address at the foot of every mail.
        PostalAddress {
            postal_address: String as JoinedLines<LONGEST_LINE>,
            example: "1 Quay, 20095 Hamburg",
        }
        /// Telephone or chat, shown in every mail; may be empty.
        HelpLine {
            help_line: String as OptionalLine<LONGEST_LINE>,
            example: "+49 30 123456, weekdays 9 to 17",
        }
        /// Currency (ISO 4217) of carts that name no currency.
        Currency {
            currency: String as CurrencyCode,
            example: "EUR",
        }
        /// Language (BCP 47) for shoppers whose language is not known.
        Locale {
            locale: String as LanguageTag,
            example: "en-GB",
        }
        /// The shop's time zone (IANA).
        Zone {
            zone: String as ZoneName,
            example: "Europe/Berlin",
        }
        /// Whether carts may be kept before consent.
        Tracking {
            tracking: TrackingConsent as Choice<TrackingConsent>,
            example: "required",
        }
        /// Which carts the tracker tells of.
        Capture {
            capture: CaptureMode as Choice<CaptureMode>,
            example: "all",
        }
        /// Whether a visitor is remembered by a cookie too, if the Worker runs on the shop's own domain.
        Memory {
            cookie: bool as Memory,
            called: "memory",
            example: "storage",
        }
        /// Addresses that are mailed while the site is in `test`.
        OwnerAddresses {
            owner_addresses: Vec<String> as PersonAddresses,
            example: "owner@shop.example",
        }
        /// Further people of the shop, never mailed: addresses, or `@domain` for everybody there.
        Staff {
            staff: Vec<String> as People,
            example: "dev@agency.example, @warehouse.example",
        }
    }
    kept {
        /// The selectors that the site names for its pages.
        selectors: Selectors,
        /// Which key the shop signs its customers' ids with, counted from 0; the key before it still counts.
        customer_key: u32,
        /// Times and limits.
        policy: Policy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings that all examples make together.
    fn examples() -> Settings {
        let mut settings = Settings::default();
        for setting in Setting::ALL {
            setting.set(&mut settings, setting.example()).unwrap();
        }
        settings
    }

    #[test]
    fn settings_read_back_and_missing_ones_take_their_defaults() {
        let settings = examples();
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        let sparse: Settings = serde_json::from_str(r#"{"hosts":["a"],"policy":{"cap_week":1}}"#).unwrap();
        assert_eq!(sparse.policy, Policy { cap_week: 1, ..Policy::default() });
    }

    #[test]
    fn a_shown_setting_is_read_back_as_the_same_value() {
        let settings = examples();
        let mut again = Settings::default();
        for setting in Setting::ALL {
            assert_eq!(setting.text(&settings), setting.example(), "{setting:?}");
            setting.set(&mut again, &setting.text(&settings)).unwrap();
        }
        assert_eq!(again, settings);
    }

    #[test]
    fn an_empty_text_is_refused_where_a_setting_is_required() {
        let mut settings = examples();
        for setting in Setting::ALL {
            let before = settings.clone();
            assert_eq!(setting.set(&mut settings, "").is_err(), setting.is_required(), "{setting:?}");
            if setting.is_required() {
                assert_eq!(settings, before, "{setting:?}");
            }
        }
    }

    #[test]
    fn a_setting_is_changed_by_the_text_of_its_own_field_alone() {
        let names: Vec<_> = Setting::ALL.iter().map(|setting| setting.name()).collect();
        assert!(names.iter().all(|name| names.iter().filter(|other| other == &name).count() == 1), "{names:?}");
        let mut settings = examples();
        Setting::Memory.set(&mut settings, "cookie").unwrap();
        assert_eq!(settings, Settings { cookie: true, ..examples() });
    }
}
