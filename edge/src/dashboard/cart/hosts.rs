//! Which addresses of a cart's lines the dashboard loads or links: those on hosts of the shop and of its catalogue.
//!
//! The lines come from a stranger's browser. A picture elsewhere would tell that host when the staff looks, and from where.

use cartwake_shared::text;

use crate::{
    base::{config::is_on_this_machine, store::sql::dashboard::ListCatalogueAddressesRow},
    dashboard::pages::address::web_address,
};

/// The hosts, with their port where they have one.
pub(super) struct KnownHosts<'s> {
    site: &'s [String],
    catalogue: Vec<String>,
}

impl<'s> KnownHosts<'s> {
    /// The hosts of a site's settings and of what the shop's server put into the catalogue.
    pub(super) fn of(site: &'s [String], catalogue: &[ListCatalogueAddressesRow]) -> Self {
        let addresses = catalogue.iter().flat_map(|row| [&row.url, &row.image]);
        let mut catalogue: Vec<String> = addresses.filter_map(|address| text::host_of(address)).collect();
        catalogue.sort_unstable();
        catalogue.dedup();
        Self { site, catalogue }
    }

    /// `https://host` of an address on one of the hosts; `http://host` only where the shop is on this machine.
    pub(super) fn origin_of(&self, address: &str) -> Option<String> {
        let host = text::host_of(web_address(address)?)?;
        // A host stands in the page's policy, where a space or a semicolon would begin something else.
        let is_plain =
            host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
        let is_encrypted = address.starts_with("https://");
        let is_on_site = self.site.contains(&host);
        if !is_plain || !(is_on_site || is_encrypted && self.catalogue.contains(&host)) {
            return None;
        }
        if is_encrypted {
            return Some(format!("https://{host}"));
        }
        is_on_this_machine(address).then(|| format!("http://{host}"))
    }

    /// The origins of these addresses, each once.
    pub(super) fn origins_of<'a>(&self, addresses: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut origins: Vec<String> = addresses.filter_map(|address| self.origin_of(address)).collect();
        origins.sort_unstable();
        origins.dedup();
        origins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_the_shop_and_its_catalogue_are_known() {
        let site = ["shop.example".to_owned(), "localhost:4300".to_owned()];
        let row = |url: &str, image: &str| ListCatalogueAddressesRow { url: url.to_owned(), image: image.to_owned() };
        let catalogue = [
            row("https://shop.example/p/1", "https://cdn.example/1.png"),
            row("", "http://plain.example/1.png"),
            row("https://a;b.example/", "https://localhost:9/"),
        ];
        let hosts = KnownHosts::of(&site, &catalogue);
        for (address, expected) in [
            ("https://shop.example/p/1?a=1", Some("https://shop.example")),
            ("https://SHOP.example/p/1", Some("https://shop.example")),
            ("https://cdn.example/other.png", Some("https://cdn.example")),
            ("https://shop.example:8443/", None),
            ("http://shop.example/p/1", None),
            ("http://plain.example/1.png", None),
            ("http://localhost:4300/i.png", Some("http://localhost:4300")),
            ("http://localhost:9/i.png", None),
            ("http://localhost/i.png", None),
            ("https://elsewhere.example/i.png", None),
            ("https://shop.example.elsewhere.example/", None),
            ("https://shop.example@elsewhere.example/", None),
            ("https://elsewhere.example\\@shop.example/", None),
            ("https://elsewhere.example\\.shop.example/", None),
            ("https://a;b.example/", None),
            ("//shop.example/i.png", None),
            ("javascript:alert('https://shop.example/')", None),
            ("", None),
        ] {
            assert_eq!(hosts.origin_of(address).as_deref(), expected, "{address}");
        }
    }
}
