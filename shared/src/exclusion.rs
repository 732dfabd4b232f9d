//! Exclusions: carts of programs, crawlers and the shop's own people get no mail and count in no metric.

use crate::{codes, domains, email::EmailAddress, policy::Settings};

codes! {
    /// Why a cart is excluded.
    pub enum ExclusionReason {
        /// The form in the database.
        code: &'static str => from_code,
        /// The sentence a shop owner reads.
        sentence: &'static str,
    }
    /// A program drove the browser, and its tracker said so.
    Program {
        code: "program",
        sentence: "A program drove the browser, not a person.",
    }
    /// The address belongs to a crawler or a security scanner.
    Crawler {
        code: "crawler",
        sentence: "The address belongs to a crawler or a security scanner.",
    }
    /// The domain of the address is reserved for examples and tests; nobody can have it.
    ReservedName {
        code: "reserved_name",
        sentence: "The address stands under a name reserved for examples and tests; nobody can have it.",
    }
    /// The address belongs to the shop itself.
    Staff {
        code: "staff",
        sentence: "The address is one of the shop's own.",
    }
    /// The cart was changed several times and got an address faster than anybody can type.
    Pace {
        code: "pace",
        sentence: "The cart was changed several times and got an address within one second, \
            which no person can do.",
    }
    /// One browser made dozens of carts.
    Repetition {
        code: "repetition",
        sentence: "The same browser made carts by the dozen.",
    }
}

/// Why carts with this address are excluded on this site; `None` for the address of a shopper.
///
/// `may_be_reserved` accepts reserved domains: a deployment whose mail never leaves the machine uses such addresses.
pub fn of_address(address: &EmailAddress, own: &Settings, may_be_reserved: bool) -> Option<ExclusionReason> {
    let domain = address.domain();
    if is_staff(address, own) {
        Some(ExclusionReason::Staff)
    } else if domains::CRAWLERS.iter().any(|of| is_within(domain, of)) {
        Some(ExclusionReason::Crawler)
    } else {
        (!may_be_reserved && domains::RESERVED.iter().any(|of| is_within(domain, of)))
            .then_some(ExclusionReason::ReservedName)
    }
}

/// Whether an address is one of the shop's own: at the domain of its sender, an owner's, or on its list of staff.
fn is_staff(address: &EmailAddress, own: &Settings) -> bool {
    let mailbox = address.mailbox();
    let is = |text: &String| EmailAddress::parse(text).is_ok_and(|other| other.mailbox() == mailbox);
    let sender = own.sender_address.split_once('@').map_or("", |(_, domain)| domain);
    sender == address.domain()
        || own.owner_addresses.iter().any(is)
        || is(&own.reply_to)
        || own.staff.iter().any(|named| named.strip_prefix('@').map_or_else(|| is(named), |of| of == address.domain()))
}

/// Whether a domain is `of` or a subdomain of it.
fn is_within(domain: &str, of: &str) -> bool {
    domain.strip_suffix(of).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_people_crawlers_and_reserved_names_are_told_from_shoppers() {
        let own = Settings {
            sender_address: "hello@fennholm.shop".into(),
            reply_to: "people@helpdesk.io".into(),
            owner_addresses: vec!["ada.lovelace@gmail.com".into()],
            staff: vec!["bo@agency.dev".into(), "@warehouse.eu".into()],
            ..Settings::default()
        };
        for (address, expected) in [
            ("shopper@gmail.com", None),
            ("shopper@mailinator.com", None),
            ("shopper@contest.com", None),
            ("shopper@myexample.com", None),
            ("shopper@shop.fennholm.shop", None),
            ("anybody@fennholm.shop", Some(ExclusionReason::Staff)),
            ("People+try@helpdesk.io", Some(ExclusionReason::Staff)),
            ("other@helpdesk.io", None),
            ("AdaLovelace+1@googlemail.com", Some(ExclusionReason::Staff)),
            ("bo@agency.dev", Some(ExclusionReason::Staff)),
            ("cy@agency.dev", None),
            ("cy@warehouse.eu", Some(ExclusionReason::Staff)),
            ("cy@old.warehouse.eu", None),
            ("x@storebotmail.joonix.net", Some(ExclusionReason::Crawler)),
            ("x@joonix.net", None),
            ("x@a1b2.oastify.com", Some(ExclusionReason::Crawler)),
            ("x@notoastify.com", None),
            ("x@example.com", Some(ExclusionReason::ReservedName)),
            ("x@mail.example.org", Some(ExclusionReason::ReservedName)),
            ("x@shop.test", Some(ExclusionReason::ReservedName)),
            ("x@nas.local", Some(ExclusionReason::ReservedName)),
        ] {
            let parsed = EmailAddress::parse(address).unwrap();
            assert_eq!(of_address(&parsed, &own, false), expected, "{address}");
            let on_this_machine = expected.filter(|exclusion| *exclusion != ExclusionReason::ReservedName);
            assert_eq!(of_address(&parsed, &own, true), on_this_machine, "{address}");
        }
        // A site that has not been set up has no staff.
        let shopper = EmailAddress::parse("shopper@gmail.com").unwrap();
        assert_eq!(of_address(&shopper, &Settings::default(), false), None);
    }

    #[test]
    fn codes_are_read_back() {
        for exclusion in ExclusionReason::ALL {
            assert_eq!(ExclusionReason::from_code(exclusion.code()), Some(exclusion));
        }
    }
}
