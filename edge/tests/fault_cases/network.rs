//! Cases 1 to 12: what can happen to an event on its way in.

use cartwake_edge::{
    base::http::{Body, Method, Request},
    handle::handle,
    native::{
        sqlite::Fault,
        world::{SHOP, live},
    },
};
use cartwake_shared::{time::Span, wire};
use cartwake_tracker::{
    text::{Answer, Text},
    word,
};

use super::*;

/// A POST of the page with this body.
fn post(edge: &App<World>, body: Body, content_type: &str) -> Request {
    Request {
        method: Method::Post,
        path: "/v1/collect".into(),
        page_origin: Some(SHOP.into()),
        content_type: Some(content_type.into()),
        body,
        ..edge.request()
    }
}

fn text(event: &wire::Collect) -> Body {
    Body::Bytes(serde_json::to_vec(event).unwrap())
}

/// The commit succeeds and the answer is lost: the repetition is acknowledged and writes nothing.
#[test]
fn case_01_a_repeated_event_is_one_cart_and_no_row() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    edge.ports.store.fail_at(1, Fault::AfterCommit);
    assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 503);
    let (before, written) = (edge.everything(), rows_written(&edge));
    assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 200);
    assert_eq!((edge.everything(), rows_written(&edge)), (before, written));
    assert_eq!(edge.carts().iter().filter(|cart| cart.is('A', 1)).count(), 1);
}

/// The tab closes while its event is written: whatever await the write had come to, the next page's repetition ends in
/// the same cart. That the runtime lets the write go on (`waitUntil`) is shown in workerd by `tests/tests/outage.rs`.
#[test]
fn case_02_a_write_cut_off_anywhere_is_completed_by_the_next_page() {
    let calm = live();
    calm.leave_cart('A', 1, "ada@example.com");
    let mut cuts = 0;
    loop {
        let edge = live();
        edge.leave_cart('A', 1, "ada@example.com");
        let event = more(&edge, 7, 3);
        let request = post(&edge, text(&event), "text/plain");
        let mut write = Box::pin(handle(&edge, &request));
        let mut context = Context::from_waker(Waker::noop());
        let has_ended = (0..cuts).any(|_| write.as_mut().poll(&mut context).is_ready());
        drop(write);
        assert_eq!(edge.collect(&event).status, 200);
        calm.collect(&event);
        assert_eq!(edge.everything(), calm.everything(), "cut off at its await number {cuts}");
        if has_ended {
            break;
        }
        cuts += 1;
    }
    assert!(cuts >= 2, "{cuts}");
}

/// A database that says nothing for a minute: never a 2xx, and what was refused is stored when it is back.
/// That the Worker answers within seconds and Chromium delivers later is shown by `tests/tests/outage.rs`.
#[test]
fn case_03_a_silent_database_is_a_503_and_loses_nothing() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    edge.ports.store.fail_all(Fault::BeforeCommit);
    for _ in 0..4 {
        let answer = edge.collect(&edge.event('A', 1, 1));
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("20")));
        edge.wait(Span::seconds(20));
    }
    edge.ports.store.recover();
    assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 200);
    assert_eq!(edge.cart('A', 1).items, 1);
}

/// An overloaded database is asked once for each request, and browsers are asked to stay away for longer.
#[test]
fn case_04_an_overloaded_database_is_not_asked_again() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    edge.ports.store.fail_all(Fault::Overloaded);
    let calls = edge.ports.store.calls();
    for _ in 0..10 {
        let answer = edge.collect(&edge.event('A', 1, 1));
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("60")));
    }
    assert_eq!(edge.ports.store.calls() - calls, 10);
}

/// «Network connection lost» after the commit: repeated once inside the request, with the same end.
#[test]
fn case_05_a_connection_lost_after_the_commit_is_asked_once_more() {
    let calm = live();
    let edge = live();
    for edge in [&calm, &edge] {
        edge.collect(&edge.event('B', 1, 1));
    }
    calm.collect(&calm.event('A', 1, 1));
    edge.ports.store.fail_at(1, Fault::ConnectionLost);
    assert_eq!(edge.collect(&edge.event('A', 1, 1)).status, 200);
    assert_eq!(edge.everything(), calm.everything());
    // Twice in a row is told to the page.
    edge.ports.store.fail_all(Fault::ConnectionLost);
    let calls = edge.ports.store.calls();
    assert_eq!(edge.collect(&more(&edge, 2, 2)).status, 503);
    assert_eq!(edge.ports.store.calls() - calls, 2);
}

/// This deployment has no queue to fall back on: the answer is a 503 and nothing else is pretended; the tracker keeps
/// the event and its text is still the whole event when it is sent again.
#[test]
fn case_06_without_a_fallback_the_page_keeps_the_event() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    let before = edge.everything();
    edge.ports.store.fail_all(Fault::BeforeCommit);
    let answer = edge.collect(&edge.event('A', 1, 1));
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("store_unavailable"), "{}", answer.body);
    edge.ports.store.recover();
    assert_eq!(edge.everything(), before);
    let mut page = Page::default();
    page.tell(CHECKOUT);
    assert!(page.sends());
    page.tell("a\t503\t20\t0");
    assert!(!page.is_told(word::DONE), "the event stays: {:?}", page.words);
    page.now += 60_000;
    assert!(page.sends(), "the same event again");
}

/// Three days offline, then twenty events at once: all taken, their times clamped, and no mail for what is long past.
#[test]
fn case_07_events_of_three_days_ago_are_taken_and_mail_nobody() {
    let edge = live();
    let three_days = Span::days(3).millis() + 60_000;
    for seq in 1..=20 {
        let mut event = more(&edge, seq, seq);
        event.age = three_days;
        if seq == 20 {
            event.email = Some("ada@example.com".into());
            event.consent = Some(wire::Consent {
                tracking: Some("granted".into()),
                mail: Some("express".into()),
                wording: Some("express-en-1".into()),
                source: Some("box".into()),
            });
        }
        assert_eq!(edge.collect(&event).status, 200);
    }
    edge.change_settings(|settings| settings.policy.oldest_cart = Span::days(2));
    cron(&edge, 200);
    assert_eq!((sent(&edge), edge.carts().len(), edge.cart('A', 1).items), (0, 1, 20));
    // The same shopper's cart of today is mailed.
    edge.leave_cart('A', 2, "ada@example.com");
    edge.wait(Span::minutes(61));
    cron(&edge, 3);
    assert_eq!(sent(&edge), 1);
    // One that claims to be from the future, and one from before there was time.
    for (seq, age) in [(21, i64::MIN), (22, i64::MAX)] {
        assert_eq!(edge.collect(&wire::Collect { age, ..more(&edge, seq, seq) }).status, 200);
    }
    let cart = edge.cart('A', 1);
    assert!(cart.active_at <= edge.now() && cart.created < edge.now(), "{cart:?}");
    assert_eq!(cart.items, 22);
}

/// Storage that is full or blocked keeps nothing from one signal to the next on another page, and the step never
/// fails: it says the same again. That no exception leaves the script is shown in Chromium by the browser tests.
#[test]
fn case_08_a_page_without_storage_still_speaks() {
    let mut page = Page::default();
    page.tell(CHECKOUT);
    assert!(page.words.contains(&(word::UTTER, 1, 1)) && page.sends(), "{:?}", page.words);
    // Whatever another script has written over our key reads as nothing.
    for broken in ["", "null", "{\"a\":1}", "\t\t\u{1f}", &"x".repeat(70_000)] {
        let mut page = Page { state: broken.to_owned(), ..Page::default() };
        page.tell(CHECKOUT);
        assert!(page.words.contains(&(word::UTTER, 1, 1)), "{:?}", page.words);
    }
}

/// Two tabs or devices count the same number: the same cart comes out in whatever order the two events arrive.
#[test]
fn case_09_equal_numbers_of_two_tabs_end_the_same_in_any_order() {
    let ends = [[1, 2], [2, 1]].map(|order| {
        let edge = live();
        for quantity in order {
            let event = wire::Collect { id: format!("eventtab0{quantity}"), ..more(&edge, 5, quantity) };
            assert_eq!(edge.collect(&event).status, 200);
        }
        assert_eq!(edge.carts().len(), 1);
        let cart = edge.cart('A', 1);
        (cart.version, cart.items, cart.total)
    });
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0].1, 2, "the greater event id wins");
}

/// The free plan's rows of the day are used up: pages are told to wait for an hour, health and dashboard say why, and
/// the next day everything goes on.
#[test]
fn case_10_a_used_up_day_is_told_and_passes() {
    let edge = live();
    edge.leave_cart('A', 1, "ada@example.com");
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.ports.store.fail_all(Fault::DailyLimit);
    let answer = edge.collect(&edge.event('B', 1, 1));
    assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("3600")));
    assert!(answer.body.contains("store_daily_limit"), "{}", answer.body);
    edge.tick().unwrap_err();
    assert_eq!(edge.get("/health").status, 503);
    // Reading is a limit of its own: where it is left, health and the page of the day tell what cron has met.
    edge.ports.store.recover();
    let health = edge.get("/health");
    assert_eq!((health.status, health.body.contains("\"daily_limit\":true")), (503, true), "{}", health.body);
    assert!(today(&edge).contains("used up until midnight UTC"));
    edge.ports.cache.forget();
    cron(&edge, 3);
    assert_eq!(edge.get("/health").status, 200);
    assert!(!today(&edge).contains("used up until midnight UTC"));
    assert_eq!(sent(&edge), 1);
}

/// The page of the day as somebody who is signed in sees it.
fn today(edge: &App<World>) -> String {
    let form = Request {
        page_origin: Some(edge.request().origin),
        path: "/login".into(),
        ..post(
            edge,
            Body::Bytes(format!("secret={}", cartwake_edge::native::world::ADMIN_SECRET).into_bytes()),
            "application/x-www-form-urlencoded",
        )
    };
    let cookie = edge.serve(&form).header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned();
    edge.serve(&Request { path: "/".into(), cookie: Some(cookie), ..edge.request() }).body
}

/// A beacon's `text/plain` is read as JSON is; every other type is refused before anything is asked.
#[test]
fn case_11_a_beacon_is_read_like_json_and_nothing_else_is() {
    let kept = ["text/plain", "text/plain;charset=UTF-8", "application/json"].map(|content_type| {
        let edge = live();
        assert_eq!(edge.serve(&post(&edge, text(&edge.event('A', 1, 1)), content_type)).status, 200);
        edge.everything()
    });
    assert!(kept.iter().all(|one| *one == kept[0]));
    let edge = live();
    for content_type in
        ["image/png", "multipart/form-data", "application/x-www-form-urlencoded", "application/cbor", ""]
    {
        assert_eq!(edge.serve(&post(&edge, text(&edge.event('A', 1, 1)), content_type)).status, 415, "{content_type}");
    }
    let preflight = edge.serve(&Request { method: Method::Options, ..post(&edge, Body::Empty, "") });
    assert_eq!((preflight.status, preflight.header("Access-Control-Allow-Origin")), (204, Some(SHOP)));
    assert!(edge.carts().is_empty());
}

/// A body past 64 KB, announced or not, is cut off and refused; a compressed one is refused as it is.
/// The streaming itself is shown in workerd by `tests/tests/refusals.rs`.
#[test]
fn case_12_a_bomb_is_refused_unopened() {
    let edge = live();
    edge.collect(&edge.event('B', 1, 1));
    let calls = edge.ports.store.calls();
    assert_eq!(edge.serve(&post(&edge, Body::TooLong, "text/plain")).status, 413);
    // `cloudflare/request.rs` names every content encoding so.
    assert_eq!(edge.serve(&post(&edge, text(&edge.event('A', 1, 1)), "compressed")).status, 415);
    assert_eq!(edge.ports.store.calls(), calls);
}

const CHECKOUT: &str = "c\t1\t9.90\tEUR\t0\t.\t1764000000000\nP1\tM\t\t\tShirt\t\t\t1\t9.90";

/// A page that runs the tracker's step, as text in and text out.
struct Page {
    state: String,
    now: u64,
    words: Vec<(u64, u64, u64)>,
}

impl Default for Page {
    fn default() -> Self {
        Self { state: String::new(), now: 1_764_000_000_000, words: Vec::new() }
    }
}

impl Page {
    fn tell(&mut self, signal: &str) {
        self.now += 10;
        let (kind, fields) = signal.split_once('\t').unwrap_or((signal, ""));
        let input = format!("{}\n{kind}\t{}\t7\t{fields}", self.state, self.now);
        let mut answer = Answer::default();
        cartwake_tracker::run(Text(input.as_bytes()), &mut answer);
        self.state = answer.state().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.words = answer.words();
    }

    fn is_told(&self, word: u64) -> bool {
        self.words.iter().any(|(told, ..)| *told == word)
    }

    /// Whether the waiting event leaves next, where a session is minted on the way.
    fn sends(&mut self) -> bool {
        self.tell("n");
        if self.is_told(word::MINT) {
            self.tell("s\t1");
            self.tell("n");
        }
        self.is_told(word::SEND)
    }
}
