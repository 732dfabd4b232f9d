//! A browser whose session proves nothing any more is told so, and goes on as a visitor whom nobody knows yet.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cartwake_edge::{
    base::ports::App,
    native::world::{World, live},
};
use cartwake_shared::{
    identifier::SiteId,
    key::Keyring,
    token::{self, Session},
    wire,
};
use serde_json::Value;

const ADA: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDA";

/// The visitor and the session that a page gets which asks for one.
fn mint(edge: &App<World>, key: &str, shown: &str) -> (String, String) {
    let answer = edge.get(&format!("/v1/boot?site={key}&visitor={ADA}&session={shown}"));
    let settings: Value = serde_json::from_str(&answer.body).unwrap();
    (settings["visitor"].as_str().unwrap().to_owned(), settings["session"].as_str().unwrap().to_owned())
}

/// What could not be used of an event, and how many carts there are then.
fn ignored(edge: &App<World>, event: &wire::Collect) -> (Vec<String>, usize) {
    let answer = edge.collect_as_is(event);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let told: wire::Collected = serde_json::from_str(&answer.body).unwrap();
    (told.ignored.into_iter().map(|ignored| ignored.field).collect(), edge.carts().len())
}

#[test]
fn what_is_shown_and_proves_nothing_begins_a_new_visitor() {
    let edge = live();
    let key = edge.site_key("shop");
    let own = mint(&edge, &key, "").1;
    assert_eq!(mint(&edge, &key, "").0, ADA, "who shows nothing may be new itself");
    assert_eq!(mint(&edge, &key, &own).0, ADA);
    for shown in [edge.session('B'), own.clone() + "x", own.replacen("shop", "else", 1), "-".to_owned()] {
        let (visitor, session) = mint(&edge, &key, &shown);
        assert_ne!(visitor, ADA, "{shown}");
        let read = Session::read(&edge.config.keys, &session).unwrap();
        assert_eq!(read.visitor.as_str(), visitor, "{shown}");
        assert_ne!(Some(read.nonce), Session::read(&edge.config.keys, &own).map(|own| own.nonce), "{shown}");
    }
}

#[test]
fn an_event_under_a_visitors_name_without_its_proof_is_told() {
    let edge = live();
    let (own, other) = (edge.session('A'), mint(&edge, &edge.site_key("shop"), "").1);
    let with = |session: &str, seq| wire::Collect { session: Some(session.to_owned()), ..edge.event('A', 1, seq) };
    let refuses = |event: wire::Collect| {
        let consent = wire::Consent { tracking: Some("denied".to_owned()), ..wire::Consent::default() };
        wire::Collect { consent: Some(consent), ..event }
    };
    let nothing = Vec::<String>::new();
    assert_eq!(ignored(&edge, &with(&own, 1)), (nothing.clone(), 1));
    // Twice the same, or something older, is no reason to begin anew.
    assert_eq!(ignored(&edge, &with(&own, 1)), (nothing.clone(), 1));
    let before = edge.carts();
    for session in [other.as_str(), "-", ""] {
        assert_eq!(ignored(&edge, &with(session, 2)), (vec!["session".to_owned()], 1), "{session}");
        assert_eq!(ignored(&edge, &refuses(with(session, 3))), (vec!["session".to_owned()], 1), "{session}");
    }
    assert_eq!(edge.carts(), before);
    assert_eq!(ignored(&edge, &refuses(with(&own, 4))), (nothing, 1));
}

#[test]
fn a_root_key_that_is_changed_at_once_shuts_nobody_out() {
    let mut edge = live();
    let old = edge.session('A');
    let event = wire::Collect { session: Some(old.clone()), ..edge.event('A', 1, 1) };
    assert_eq!(ignored(&edge, &event).1, 1);
    edge.config.keys = Keyring::new("another-root-key-of-thirty-two-characters", None).unwrap();
    let key = token::site_key(&edge.config.keys, &SiteId::parse("shop").unwrap());
    let event = wire::Collect { site: key.clone(), session: Some(old.clone()), ..edge.event('A', 1, 2) };
    assert_eq!(ignored(&edge, &event).0, ["session"]);
    let (visitor, session) = mint(&edge, &key, &old);
    let event = wire::Collect { visitor: visitor.clone(), session: Some(session), ..event };
    assert_eq!(ignored(&edge, &event), (vec![], 2));
    assert!(edge.carts().iter().any(|cart| cart.id == format!("{visitor}.1")));
}
