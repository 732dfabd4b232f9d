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
    breaker,
    policy::{Policy, SiteState},
    time::Span,
    trust::{IP_PREFIX_ADDRESSES, SESSION_ADDRESSES},
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
    /// Mails that the limits of a day allow: so many for each `mailbox_hash`, each network and each browser.
    fn allowed_in_a_day(self) -> usize {
        let of = |number: usize, limit: u32| number * usize::try_from(limit).unwrap();
        of(self.addresses, Policy::default().cap_unproven)
            .min(of(self.blocks, IP_PREFIX_ADDRESSES))
            .min(of(self.browsers, SESSION_ADDRESSES))
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
    println!("addresses  networks  browsers  shops   in the hour (at most)   in the day (at most)");
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
        let sent = |edge: &App<World>| edge.ports.provider.mails().len();
        // The breaker of a shop that usually has none of these.
        let of_a_site = usize::try_from(breaker::flood_limit(&[], edge.now())).unwrap();
        let in_an_hour = flood.allowed_in_a_day().min(of_a_site * sites);
        for _ in 0..59 {
            edge.tick().unwrap();
            edge.wait(Span::minutes(1));
        }
        let hour = sent(&edge);
        // Until the addresses are a day old; then the networks have new places.
        for minutes in core::iter::repeat_n(1, 120).chain(core::iter::repeat_n(15, 79)) {
            edge.tick().unwrap();
            edge.wait(Span::minutes(minutes));
        }
        let (day, in_a_day) = (sent(&edge), flood.allowed_in_a_day());
        println!(
            "{addresses:>9}{blocks:>10}{browsers:>10}{sites:>7}{hour:>14} ({in_an_hour:>5}){day:>16} ({in_a_day:>5})"
        );
        assert!(hour <= in_an_hour && day <= in_a_day, "{flood:?}: {hour} in the hour, {day} in the day");
        assert!(edge.reminders().iter().all(ReminderView::has_ended), "each ends with a reason");
    }
}
