//! The challenge: first contacts beyond the shares prove that a person is there, and nobody bombs mailboxes by it.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{
    base::{
        challenge::{ACTION, Verdict, Widget},
        http::Response,
        ports::App,
    },
    native::{
        views::{SENT, Standing, standings, stands},
        world::{World, live},
    },
};
use cartwake_shared::{
    gate::Reason, policy::SiteState, reminder::ReminderState::Ready, share, time::Span, trust::Trust, wire,
};

const NETWORK: &str = "203.0.113.7";
const HOST: &str = "shop.example";

fn with_keys() -> App<World> {
    let mut edge = live();
    edge.config.challenge = Widget::new("0x4AAA-site".into(), "0x4AAA-secret".into(), "");
    edge.config.mails_per_tick = 50;
    edge
}

fn visitor(number: usize) -> String {
    format!("01JD3Z5W4K8Q9RT2V6XY{number:06}")
}

/// A shopper with a session who types an address.
fn typed(edge: &App<World>, number: usize, cart: u32, seq: u32, address: &str) -> wire::Collect {
    let consent =
        wire::Consent { tracking: Some("granted".into()), mail: Some("express".into()), ..wire::Consent::default() };
    wire::Collect {
        visitor: visitor(number),
        email: Some(address.to_owned()),
        consent: Some(consent),
        ..edge.event('A', cart, seq)
    }
}

/// Sends events of one visitor from the network, with the session that its browser keeps.
struct Shopper<'a> {
    edge: &'a App<World>,
    number: usize,
    session: String,
}

impl<'a> Shopper<'a> {
    fn new(edge: &'a App<World>, number: usize) -> Self {
        Self { edge, number, session: edge.mint(&visitor(number), "") }
    }

    fn send(&self, event: wire::Collect) -> Response {
        let event = wire::Collect { session: Some(self.session.clone()), ..event };
        let answer = self.edge.collect_from(NETWORK, &event);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// Types an address; what the page is to ask.
    fn types(&self, cart: u32, seq: u32, address: &str) -> Option<wire::Challenge> {
        read(&self.send(typed(self.edge, self.number, cart, seq, address))).challenge
    }

    /// Tells of a solved challenge alone; what could not be used of it.
    fn tells(&self, cart: u32, seq: u32, token: &str) -> Option<String> {
        read(&self.send(self.solved(cart, seq, token))).ignored.pop().map(|ignored| ignored.message)
    }

    fn solved(&self, cart: u32, seq: u32, token: &str) -> wire::Collect {
        let event = self.edge.event('A', cart, seq);
        wire::Collect { visitor: visitor(self.number), snapshot: None, challenge: Some(token.to_owned()), ..event }
    }

    /// Solves what the page asks.
    fn solves(&self, question: &wire::Challenge) -> String {
        self.edge.ports.turnstile.solve(HOST, ACTION, &question.data)
    }
}

fn read(answer: &Response) -> wire::Collected {
    serde_json::from_str(&answer.body).unwrap()
}

/// Strangers take the five places of the network.
fn use_up(edge: &App<World>) {
    use_up_by(edge, 900);
}

fn use_up_by(edge: &App<World>, first: usize) {
    for number in first..first + 5 {
        let stranger = Shopper::new(edge, number);
        assert_eq!(stranger.types(1, 1, &format!("stranger{number}@example.com")), None, "there was a place");
    }
}

fn run(edge: &App<World>, minutes: i64) {
    for _ in 0..minutes {
        edge.wait(Span::minutes(1));
        edge.tick().unwrap();
    }
}

/// Where the reminders of a visitor stand, by their positions.
fn of(edge: &App<World>, number: usize) -> Vec<(usize, Standing)> {
    let reminders = edge.reminders();
    standings(reminders.iter().filter(|reminder| reminder.cart.starts_with(&visitor(number))))
}

fn waits() -> Standing {
    stands(Ready, Reason::NetworkShare)
}

#[test]
fn who_finds_no_place_is_asked_and_a_solved_challenge_is_mailed_in_full() {
    let edge = with_keys();
    use_up(&edge);
    let ada = Shopper::new(&edge, 1);
    let question = ada.types(1, 1, "ada@example.com").unwrap();
    assert_eq!((question.sitekey.as_str(), question.script.as_ref()), ("0x4AAA-site", None));
    assert_eq!(question.data.len(), 22, "{question:?}");
    // Who is asked and does not answer waits, and so does somebody who is asked later.
    let bo = Shopper::new(&edge, 2);
    assert!(bo.types(1, 1, "bo@example.com").is_some());
    assert_eq!(ada.tells(1, 2, &ada.solves(&question)), None);
    assert_eq!(edge.carts().iter().filter(|cart| cart.proof == Trust::Challenged.code()).count(), 1);
    // The same address again, and a changed cart, ask nothing.
    assert_eq!(ada.types(1, 3, "ada@example.com"), None);
    run(&edge, 6 * 24 * 60);
    assert_eq!(of(&edge, 1), [(3, SENT)]);
    assert!(
        edge.reminders()
            .iter()
            .all(|reminder| { !reminder.cart.starts_with(&visitor(1)) || reminder.trust == Some(Trust::Challenged) })
    );
    assert!(of(&edge, 2).iter().all(|(_, standing)| *standing != SENT), "{:?}", of(&edge, 2));
}

#[test]
fn a_reminder_that_waits_is_judged_again_once_the_challenge_is_solved() {
    let edge = with_keys();
    use_up(&edge);
    let ada = Shopper::new(&edge, 1);
    let question = ada.types(1, 1, "ada@example.com").unwrap();
    run(&edge, 70);
    assert_eq!(of(&edge, 1), [(1, waits())]);
    assert_eq!(ada.tells(1, 2, &ada.solves(&question)), None);
    run(&edge, 2);
    assert_eq!(of(&edge, 1), [(1, SENT)]);
}

#[test]
fn without_keys_and_of_proven_shoppers_nothing_is_asked() {
    let mut edge = live();
    use_up(&edge);
    let ada = Shopper::new(&edge, 1);
    assert_eq!(ada.types(1, 1, "ada@example.com"), None);
    assert_eq!(ada.tells(1, 2, "0.token").as_deref(), Some("nobody is asked for one here"));
    assert_eq!(edge.ports.turnstile.calls(), 0);
    // With keys: not at a site that does not mail shoppers yet, not without a session, not of a signed address.
    edge.config.challenge = Widget::new("0x1".into(), "0x2".into(), "");
    let bare = typed(&edge, 2, 1, 1, "bo@example.com");
    assert_eq!(read(&edge.collect_from(NETWORK, &bare)).challenge, None);
    let known = Shopper::new(&edge, 4);
    assert!(known.types(1, 1, "di@example.com").is_some());
    edge.change_contacts(|contact| {
        if contact.address.as_deref() == Some("di@example.com") {
            contact.known_at = Some(edge.now());
        }
    });
    assert_eq!(known.types(2, 1, "di@example.com"), None);
    let signed = edge.vouched(typed(&edge, 3, 1, 1, "cy@example.com"), "c3", "cy@example.com");
    assert_eq!(read(&Shopper::new(&edge, 3).send(signed)).challenge, None);
    let program = wire::Collect {
        context: wire::Context { bot: true, ..wire::Context::default() },
        ..typed(&edge, 5, 1, 1, "ed@example.com")
    };
    assert_eq!(read(&Shopper::new(&edge, 5).send(program)).challenge, None);
    edge.change_sites(|site| site.state = SiteState::Test);
    edge.ports.cache.forget();
    assert_eq!(Shopper::new(&edge, 6).types(1, 1, "fe@example.com"), None);
}

#[test]
fn where_somebody_waits_for_the_share_of_the_site_newcomers_are_asked() {
    let edge = with_keys();
    for number in 0..=usize::try_from(share::SITE_AT_LEAST).unwrap() {
        let event = wire::Collect {
            session: Some(edge.mint(&visitor(number), "")),
            ..typed(&edge, number, 1, 1, &format!("person{number}@example.com"))
        };
        let answer = edge.collect_from(&format!("10.0.{number}.1"), &event);
        assert_eq!(read(&answer).challenge, None, "{number}");
    }
    run(&edge, 90);
    assert!(edge.reminders().iter().any(|reminder| reminder.standing() == stands(Ready, Reason::SiteShare)));
    let ada = Shopper::new(&edge, 200);
    let question = ada.types(1, 1, "ada@example.com").unwrap();
    assert_eq!(ada.tells(1, 2, &ada.solves(&question)), None);
    // Who was mailed already needs no place of the site, and is not asked.
    let event =
        wire::Collect { session: Some(edge.mint(&visitor(0), "")), ..typed(&edge, 300, 1, 1, "person0@example.com") };
    assert_eq!(read(&edge.collect_from("10.9.9.9", &event)).challenge, None);
    run(&edge, 70);
    assert_eq!(of(&edge, 200), [(1, SENT)]);
}

#[test]
fn attack_01_a_token_is_good_once_and_for_the_visitor_site_and_widget_it_was_solved_for() {
    let edge = with_keys();
    use_up(&edge);
    let ada = Shopper::new(&edge, 1);
    let question = ada.types(1, 1, "ada@example.com").unwrap();
    let bo = Shopper::new(&edge, 2);
    let other = bo.types(1, 1, "bo@example.com").unwrap();
    assert_ne!(question.data, other.data);
    let turnstile = &edge.ports.turnstile;
    for (token, sentence) in [
        ("0.made-up".to_owned(), "the token is not good, too old, or was used before"),
        (turnstile.solve(HOST, ACTION, &other.data), "it was solved by another visitor"),
        (turnstile.solve(HOST, ACTION, ""), "it was solved by another visitor"),
        (turnstile.solve("evil.example", ACTION, &question.data), "it was solved on a page of another site"),
        (turnstile.solve("", ACTION, &question.data), "it was solved on a page of another site"),
        (turnstile.solve(HOST, "login", &question.data), "it is the token of another widget"),
        ("x".repeat(3_000), "it is no token of a challenge"),
    ] {
        let event = wire::Collect { challenge: Some(token), ..typed(&edge, 1, 1, 2, "ada@example.com") };
        let answer = read(&ada.send(event));
        let told: Vec<(&str, &str)> =
            answer.ignored.iter().map(|one| (one.field.as_str(), one.message.as_str())).collect();
        assert_eq!(told, [("challenge", sentence)]);
        assert!(answer.challenge.is_some(), "she is asked once more: {sentence}");
    }
    let token = ada.solves(&question);
    assert_eq!(ada.tells(1, 3, &token), None);
    // The same event again is the same verification; another cart or address is not.
    let calls = turnstile.calls();
    assert_eq!(ada.tells(1, 3, &token), None);
    assert_eq!(turnstile.calls(), calls, "what is proven is not verified again");
    assert!(ada.types(2, 4, "cy@example.com").is_some());
    assert!(ada.tells(2, 5, &token).unwrap().contains("used before"));
    assert!(ada.types(1, 6, "di@example.com").is_some(), "another address of the cart is proven by nothing");
    assert!(ada.tells(1, 3, &token).unwrap().contains("used before"), "under the same event, for another mailbox");
    turnstile.expire();
    assert!(ada.tells(1, 7, &token).unwrap().contains("too old"));
    // A visitor who shows no session, or another's, proves nothing.
    let event = ada.solved(1, 8, &ada.solves(&question));
    let ignored = read(&edge.collect_from(NETWORK, &event)).ignored;
    let ignored: Vec<&str> = ignored.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(ignored, ["session", "challenge"]);
    let forged = Shopper { edge: &edge, number: 1, session: edge.mint(&visitor(1), "") };
    assert!(forged.tells(1, 9, &forged.solves(&question)).unwrap().contains("no address"));
    run(&edge, 80);
    assert_eq!(edge.ports.provider.mails().len(), 5, "the strangers of the share alone: {:?}", of(&edge, 1));
}

#[test]
fn attack_01_one_visitor_has_two_challenged_mailboxes_whatever_it_solves() {
    let edge = with_keys();
    let ada = Shopper::new(&edge, 1);
    for cart in 1..=3 {
        use_up_by(&edge, 100 * usize::try_from(cart).unwrap());
        if let Some(question) = ada.types(cart, 1, &format!("victim{cart}@example.com")) {
            assert_eq!(ada.tells(cart, 2, &ada.solves(&question)), None);
        }
        // Mailed, and then another address in the same cart, whose next step is due a day later.
        run(&edge, 25 * 60);
        use_up_by(&edge, 100 * usize::try_from(cart).unwrap() + 50);
        if let Some(question) = ada.types(cart, 3, &format!("victim{cart}-too@example.com")) {
            assert_eq!(ada.tells(cart, 4, &ada.solves(&question)), None);
        }
        run(&edge, 25 * 60);
    }
    let mailed = edge.ports.provider.mails();
    let victims: std::collections::BTreeSet<_> =
        mailed.iter().map(|mail| &mail.to).filter(|to| to.contains("victim")).collect();
    assert_eq!(victims.len(), usize::try_from(share::NETWORK.of_visitor).unwrap(), "{victims:?}");
    // A token that is solved all the same is not even verified.
    let calls = edge.ports.turnstile.calls();
    let data = ada.edge.config.keys.sign(cartwake_shared::key::Purpose::Challenge, "anything");
    assert!(ada.tells(3, 9, &edge.ports.turnstile.solve(HOST, ACTION, &data)).unwrap().contains("no address"));
    assert_eq!(edge.ports.turnstile.calls(), calls);
}

#[test]
fn attack_01_a_visitor_with_very_many_carts_solves_nothing() {
    let edge = with_keys();
    let ada = Shopper::new(&edge, 1);
    for cart in 1..=70 {
        ada.send(wire::Collect { visitor: visitor(1), ..edge.event('A', cart, 1) });
    }
    use_up(&edge);
    assert_eq!(ada.types(70, 2, "ada@example.com"), None);
}

#[test]
fn an_outage_of_the_provider_loses_nothing_and_is_told_to_the_owner() {
    let edge = with_keys();
    use_up(&edge);
    let ada = Shopper::new(&edge, 1);
    let question = ada.types(1, 1, "ada@example.com").unwrap();
    let token = ada.solves(&question);
    edge.ports.turnstile.plan([Verdict::Unavailable]);
    let event = wire::Collect {
        challenge: Some(token.clone()),
        snapshot: None,
        customer: Some("c1".into()),
        visitor: visitor(1),
        ..edge.event('A', 1, 2)
    };
    let answer = read(&ada.send(event));
    assert_eq!(answer.ignored.first().map(|one| one.message.as_str()), Some("it could not be verified"));
    let cart = edge.carts().into_iter().find(|cart| cart.id.starts_with(&visitor(1))).unwrap();
    assert_eq!((cart.customer.as_deref(), cart.proof), (Some("c1"), 0), "the event is kept");
    let health = |word: &str| edge.health_for_monitor().body.contains(&format!(r#""challenge":"{word}""#));
    assert!(health("failing") && !edge.get("/health").body.contains("challenge"));
    edge.ports.cache.forget();
    assert!(health("on"));
    // The token was not used up, and a later event proves the address.
    assert_eq!(ada.tells(1, 3, &token), None);
    run(&edge, 70);
    assert_eq!(of(&edge, 1), [(1, SENT)]);
}

#[test]
fn a_challenge_alone_makes_no_cart() {
    let edge = with_keys();
    let ada = Shopper::new(&edge, 1);
    assert!(ada.tells(1, 1, "0.token").is_some());
    assert_eq!((edge.carts().len(), edge.ports.turnstile.calls()), (0, 0));
}
