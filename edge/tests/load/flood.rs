//! Machines post ten thousand addresses: mails stay within the limits over any number of networks and shops.

use cartwake_edge::{
    base::{
        http::{Body, Method, Request},
        ports::App,
    },
    native::{
        views::ReminderView,
        world::{SHOP, World, add_site, empty, shop_settings},
    },
};
use cartwake_shared::{
    policy::SiteState,
    share::{NETWORK, SITE_AT_LEAST},
    time::Span,
    wire,
};

use super::SCALE;

/// Who posts what: each address comes from a browser of its own or shares it with others; a browser is at one shop only.
#[derive(Clone, Copy, Debug)]
struct Flood {
    addresses: usize,
    blocks: usize,
    browsers: usize,
    sites: usize,
}

impl Flood {
    /// First mails that the shares of a day allow: so many of each network and each shop.
    fn allowed_in_a_day(self) -> usize {
        let of = |number: usize, limit: u32| number * usize::try_from(limit).unwrap();
        let of_networks =
            of(self.blocks, NETWORK.of_site * u32::try_from(self.sites).unwrap()).min(of(self.blocks, NETWORK.of_all));
        self.addresses.min(of_networks).min(self.sites * usize::try_from(SITE_AT_LEAST).unwrap())
    }

    fn post(self, edge: &App<World>) {
        for number in 0..self.addresses {
            let block = number % self.blocks;
            let event = wire::Collect {
                site: edge.site_key(&format!("s{}", number % self.sites)),
                visitor: format!("01JD3Z5W4K8Q9RT2V6XY{:06}", number % self.browsers),
                email: Some(format!("victim{number}@example.com")),
                consent: Some(wire::Consent {
                    tracking: Some("granted".to_owned()),
                    mail: Some("express".to_owned()),
                    ..wire::Consent::default()
                }),
                ..edge.event('A', u32::try_from(number / self.browsers).unwrap() + 1, 1)
            };
            let answer = edge.serve(&Request {
                method: Method::Post,
                path: "/v1/collect".to_owned(),
                page_origin: Some(SHOP.to_owned()),
                content_type: Some("text/plain".to_owned()),
                address: Some(format!("10.{}.{}.{}", block / 256, block % 256, number % 250)),
                body: Body::Bytes(serde_json::to_string(&event).unwrap().into_bytes()),
                ..edge.request()
            });
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }
}

#[test]
fn ten_thousand_addresses_of_strangers_get_no_more_mails_than_the_limits_allow() {
    let addresses = 10_000 / usize::try_from(SCALE).unwrap();
    println!("addresses  networks  browsers  shops   in the day (at most)");
    for (blocks, browsers, sites) in [
        (1, addresses, 1),
        (100, addresses, 1),
        (10_000, addresses, 1),
        (1, addresses, 5),
        (100, addresses, 5),
        (10_000, addresses, 5),
        (10_000, 50, 5),
    ] {
        let flood = Flood { addresses, blocks, browsers, sites };
        let mut edge = empty();
        edge.config.mails_per_tick = 200;
        for number in 0..sites {
            add_site(&edge, &format!("s{number}"), &format!("merchant{number}"), SiteState::Live, &shop_settings())
                .unwrap();
        }
        flood.post(&edge);
        edge.wait(Span::minutes(60));
        for minutes in core::iter::repeat_n(1, 180).chain(core::iter::repeat_n(15, 4 * 20)) {
            edge.tick().unwrap();
            edge.wait(Span::minutes(minutes));
        }
        let sent = edge.ports.provider.mails().len();
        let in_a_day = flood.allowed_in_a_day();
        println!("{addresses:>9}{blocks:>10}{browsers:>10}{sites:>7}{sent:>14} ({in_a_day:>5})");
        assert!(sent <= in_a_day, "{flood:?}: {sent} in the day");
        // Who waits is given up after a day.
        for _ in 0..4 * 72 {
            edge.wait(Span::minutes(15));
            for _ in 0..10 {
                edge.tick().unwrap();
            }
        }
        assert!(edge.reminders().iter().all(ReminderView::has_ended), "each ends with a reason");
    }
}
