//! The network a request comes from, known by the keyed hash of its IP prefix alone.

use cartwake_shared::key::Purpose;

use crate::base::ports::{App, Ports};

/// A keyed hash of the client's IP prefix (/24 or /48), 8 characters: tells networks apart, names none.
pub fn ip_prefix_hash<P: Ports>(app: &App<P>, address: &str) -> String {
    app.config.keys.sign(Purpose::IpPrefix, &ip_prefix_of(address)).chars().take(8).collect()
}

/// The /24 of an IPv4 address, the /48 of an IPv6 one. What is neither is one prefix of its own.
pub(crate) fn ip_prefix_of(address: &str) -> String {
    // `::ffff:192.0.2.1` is an IPv4 address written as an IPv6 one (RFC 4291, 2.5.5.2).
    let address = address.strip_prefix("::ffff:").filter(|rest| rest.contains('.')).unwrap_or(address);
    if !address.contains(':') {
        return address.split('.').take(3).collect::<Vec<_>>().join(".");
    }
    // `::` stands for as many groups of zero as are missing of eight (RFC 4291, 2.2).
    let written = address.split(':').filter(|group| !group.is_empty()).count();
    let mut groups: Vec<String> = Vec::with_capacity(8);
    let (before, behind) = address.split_once("::").unwrap_or((address, ""));
    let plain = |group: &str| group.trim_start_matches('0').to_ascii_lowercase();
    groups.extend(before.split(':').filter(|group| !group.is_empty()).map(plain));
    groups.extend((written..8).map(|_| String::new()));
    groups.extend(behind.split(':').filter(|group| !group.is_empty()).map(plain));
    groups.into_iter().take(3).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_have_one_prefix() {
        for (one, other, same) in [
            ("203.0.113.7", "203.0.113.250", true),
            ("203.0.113.7", "203.0.114.7", false),
            ("::ffff:203.0.113.7", "203.0.113.9", true),
            ("2001:db8:1:2::5", "2001:0DB8:0001:ffff:1:2:3:4", true),
            ("2001:db8::1", "2001:db8:0:7:8:9:a:b", true),
            ("2001:db8::1", "2001:db8:1::1", false),
            ("2001::3:4:5:6:7:8", "2001:0:3::", true),
            ("::1", "::2", true),
        ] {
            assert_eq!(ip_prefix_of(one) == ip_prefix_of(other), same, "{one} {other}");
        }
    }
}
