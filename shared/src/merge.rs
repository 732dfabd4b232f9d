//! Merges the events of a cart: the result does not depend on their order or on repeated events.
//!
//! `fold_event` in `edge/sql/collect.sql` does the same in one statement; tests compare its result with this function.

use crate::{
    cart::{Event, MailWish, Snapshot},
    email::EmailAddress,
    identifier::Version,
};

/// The newest content, address and mail wish of a cart.
///
/// Different events bring them, so each keeps the version of its event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The newest content.
    pub content: Option<(Version, Snapshot)>,
    /// The newest address, by [`Event::address_version`].
    pub address: Option<(String, EmailAddress)>,
    /// The newest wish about mail.
    pub wish: Option<(Version, MailWish)>,
}

impl Known {
    /// Merges one event: of each field, the value with the higher version stays.
    #[must_use]
    pub fn fold(self, event: &Event) -> Self {
        let version = &event.version;
        let wish = event.consent.as_ref().and_then(|consent| consent.mail);
        Self {
            content: newer(self.content, version, event.snapshot.as_ref()),
            address: newer(self.address, &event.address_version(), event.email.as_ref()),
            wish: newer(self.wish, version, wish.as_ref()),
        }
    }
}

fn newer<T: Clone, V: Clone + Ord>(known: Option<(V, T)>, version: &V, reported: Option<&T>) -> Option<(V, T)> {
    match (known, reported) {
        (Some(known), Some(reported)) if *version > known.0 => Some((version.clone(), reported.clone())),
        (None, Some(reported)) => Some((version.clone(), reported.clone())),
        (known, _) => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cart, time::Timestamp, wire};
    use proptest::prelude::*;

    /// An event that brings a quantity, an address, a wish, or several of them.
    fn event(seq: u32, id: u8, brings: u8) -> Event {
        let line = wire::Line { product: "P".into(), quantity: seq * 10 + u32::from(id) + 1, ..wire::Line::default() };
        let body = wire::Collect {
            v: 1,
            visitor: "01JD3Z5W4K8Q9RT2V6XY7ABCDE".into(),
            cart: 1,
            seq,
            id: format!("event{id:05}"),
            snapshot: (brings & 1 != 0 || brings.trailing_zeros() >= 3).then(|| wire::Snapshot {
                currency: "EUR".into(),
                lines: vec![line],
                ..wire::Snapshot::default()
            }),
            email: (brings & 2 != 0).then(|| format!("a{seq}.{id}@example.com")),
            consent: (brings & 4 != 0).then(|| wire::Consent {
                mail: Some(if (seq + u32::from(id)).is_multiple_of(2) { "express" } else { "denied" }.into()),
                ..wire::Consent::default()
            }),
            ..wire::Collect::default()
        };
        cart::parse(body, Timestamp::from_millis(1_764_000_000_000)).unwrap().0
    }

    proptest! {
        #[test]
        fn order_and_doubling_do_not_matter(
            facts in prop::collection::btree_map((0_u32..4, 0_u8..3), any::<u8>(), 1..8),
            seed in any::<prop::sample::Index>(),
        ) {
            let events: Vec<Event> = facts.into_iter().map(|((seq, id), brings)| event(seq, id, brings)).collect();
            let straight = events.iter().fold(Known::default(), Known::fold);
            let turn = seed.index(events.len());
            let mixed = events[turn..].iter().chain(&events).rev().chain(&events[..turn]).fold(Known::default(), Known::fold);
            prop_assert_eq!(straight, mixed);
        }
    }
}
