//! The use cases whose every call is made to fail: the state before, the action, how many mails follow.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_edge::{
    base::{
        challenge::ACTION,
        http::{Body, Method, Request, Response},
        ports::{App, Store as _},
    },
    dashboard::pages::address::query_value,
    native::{
        fakes::Answer,
        world::{ADMIN_SECRET, ORIGIN, World, block_on, shop_settings},
    },
    sending::{
        breaker::{self, MailEvent},
        providers::postmark,
    },
};
use cartwake_shared::{
    identifier::{CartId, ReminderId, SiteId, StepId},
    key,
    policy::{Setting, Settings},
    reminder::Outcome,
    time::Span,
    token as tokens,
    trust::Audience,
    wire,
};

/// One thing that somebody does.
pub(crate) struct UseCase {
    /// For the message of a failure.
    pub(crate) name: &'static str,
    /// What happened before.
    pub(crate) before: fn(&App<World>),
    /// What is done and repeated.
    pub(crate) act: Act,
    /// Calls of the database it makes at least, so that a case cannot come to nothing unseen.
    pub(crate) fewest_calls: u64,
    /// Mails of the shop in the three days after it.
    pub(crate) mails: usize,
    /// How many mails leave in one call.
    pub(crate) mails_per_batch: u32,
    /// Whether other merchants' mails stop too.
    pub(crate) stops_everybody: bool,
}

/// Who does it.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Somebody who repeats until it is acknowledged, which `true` says.
    Request(fn(&App<World>) -> bool),
    /// Three days of cron.
    Cron,
}
use Act::{Cron, Request as Asked};

const CART: &str = "01JD3Z5W4K8Q9RT2V6XY7ABCDA.1";

/// What pages of the shop and readers of mails send.
pub(crate) const SHOPPERS: [UseCase; 18] = [
    case("a new cart", nothing, Asked(|edge| collect(edge, &edge.event('A', 1, 1))), 1, 0),
    case("a changed cart", left, Asked(|edge| collect(edge, &changed(edge))), 1, 3),
    case("a cart that woke again", abandoned, Asked(|edge| collect(edge, &changed(edge))), 2, 3),
    case("a duplicate", left, Asked(|edge| collect(edge, &edge.event('A', 1, 1))), 2, 3),
    case("an emptied cart", left, Asked(|edge| collect(edge, &emptied(edge))), 1, 0),
    case("an address", filled, Asked(|edge| collect(edge, &addressed(edge))), 1, 1),
    case("a challenge solved", beyond_the_shares, Asked(|edge| collect(edge, &solved(edge))), 2, 3),
    case("a corrected address", left, Asked(|edge| collect(edge, &corrected(edge))), 1, 3),
    case("mail refused", left, Asked(|edge| collect(edge, &with_consent(edge, None, Some("denied")))), 1, 0),
    case("tracking refused", left, Asked(|edge| collect(edge, &with_consent(edge, Some("denied"), None))), 1, 0),
    case("an order from the page", left, Asked(|edge| collect(edge, &ordered(edge))), 3, 0),
    case("a cart rebuilt from a link", mailed, Asked(|edge| collect(edge, &rebuilt(edge))), 1, 3),
    case("settings for a page", left, Asked(|edge| answered(&edge.get(&boot(edge)))), 0, 3),
    case("settings from a cold cache", forgotten, Asked(|edge| answered(&edge.get(&boot(edge)))), 1, 3),
    case("a link opened", mailed, Asked(|edge| answered(&edge.get(&format!("/r/{}", token(edge, "/r/"))))), 1, 3),
    case("a cart asked for and the page touched", mailed, Asked(restore), 2, 3),
    case("unsubscribed", mailed, Asked(|edge| stop(edge, "/u/")), 2, 1),
    case("not me", mailed, Asked(|edge| stop(edge, "/n/")), 2, 1),
];

/// What the shop's server sends, and what its people do on the dashboard.
pub(crate) const SHOPS: [UseCase; 18] = [
    case("an order placed", mailed, Asked(|edge| order(edge, "placed")), 2, 1),
    case("an order pending", left, Asked(|edge| order(edge, "pending")), 2, 0),
    case("an order failed", bought, Asked(|edge| order(edge, "failed")), 2, 3),
    case("an order cancelled", bought, Asked(|edge| order(edge, "cancelled")), 2, 0),
    case("an order refunded in part", bought, Asked(|edge| order(edge, "refunded")), 2, 0),
    case("products", left, Asked(products), 2, 3),
    case("signing in", left, Asked(|edge| signed_in(edge).is_some()), 1, 3),
    case("settings changed", left, Asked(|edge| settings(edge, false)), 4, 3),
    case("a site paused", left, Asked(|edge| settings(edge, true)), 4, 0),
    case("pages of the dashboard", mailed, Asked(pages), 4, 3),
    case("all sites of a merchant paused", abandoned, Asked(|edge| pause(edge, "merchant", "on")), 4, 0),
    case("all sites of a merchant let go on", merchant_paused, Asked(|edge| pause(edge, "merchant", "off")), 4, 3),
    UseCase {
        stops_everybody: true,
        ..case("everything paused", abandoned, Asked(|edge| pause(edge, "deployment", "on")), 4, 0)
    },
    case("everything let go on", all_paused, Asked(|edge| pause(edge, "deployment", "off")), 4, 3),
    case("a breaker reset by hand", tripped, Asked(|edge| staff(edge, "/breaker", "audience=0")), 5, 3),
    case(
        "an address erased that waits",
        abandoned,
        Asked(|edge| staff(edge, "/erase", "address=Ada@example.com")),
        4,
        0,
    ),
    case(
        "an address erased that was mailed",
        mailed,
        Asked(|edge| staff(edge, "/erase", "address=ada@example.com")),
        4,
        1,
    ),
    case(
        "an address erased that was corrected",
        put_right,
        Asked(|edge| staff(edge, "/erase", "address=ada@example.com")),
        4,
        0,
    ),
];

/// What the mail provider tells afterwards.
pub(crate) const PROVIDER: [UseCase; 6] = [
    case("a mail was delivered", mailed, Asked(|edge| told(edge, "delivered", "s1")), 1, 3),
    case("a mail came back", mailed, Asked(|edge| told(edge, "bounced", "s1")), 2, 1),
    case("a mail was called spam", mailed, Asked(|edge| told(edge, "complained", "s1")), 2, 1),
    case("a lost answer is told of", unanswered, Asked(|edge| told(edge, "delivered", "s1")), 1, 3),
    case("a returned mail trips the breaker", four_came_back, Asked(|edge| told(edge, "bounced", "s1")), 3, 1),
    case("of a mail that never was", mailed, Asked(|edge| told(edge, "delivered", "s9")), 1, 3),
];

/// What cron does by itself.
pub(crate) const CRON: [UseCase; 4] = [
    case("carts are planned and mailed", left, Cron, 30, 3),
    case("a mailbox stands twice in a group", twice, Cron, 30, 6),
    case("nothing is due for the shop", nothing, Cron, 20, 0),
    case("what has reached its age goes", aged, Cron, 30, 1),
];

/// What cron does where providers forget keys or take many mails at once.
pub(crate) const CRON_OF_PROVIDERS: [UseCase; 4] = [
    case("a lost answer is asked about and found", forgetful_and_accepting, Cron, 30, 3),
    case("a lost answer is asked about and tried anew", forgetful_and_refusing, Cron, 30, 3),
    UseCase { mails_per_batch: 8, ..case("mails leave in batches", three, Cron, 30, 9) },
    UseCase { mails_per_batch: 8, ..case("a batch without an answer is repeated", three_unanswered, Cron, 30, 9) },
];

/// What Resend signs with.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const fn case(name: &'static str, before: fn(&App<World>), act: Act, fewest_calls: u64, mails: usize) -> UseCase {
    UseCase { name, before, act, fewest_calls, mails, mails_per_batch: 1, stops_everybody: false }
}

const fn nothing(_: &App<World>) {}

fn filled(edge: &App<World>) {
    assert!(collect(edge, &edge.event('A', 1, 1)));
}

fn left(edge: &App<World>) {
    edge.leave_cart('A', 1, "ada@example.com");
}

fn twice(edge: &App<World>) {
    left(edge);
    edge.leave_cart('B', 1, "ada@example.com");
    edge.leave_cart('C', 1, "cy@example.com");
}

fn forgotten(edge: &App<World>) {
    left(edge);
    edge.ports.cache.forget();
}

fn abandoned(edge: &App<World>) {
    left(edge);
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
}

fn mailed(edge: &App<World>) {
    abandoned(edge);
    edge.tick().unwrap();
}

fn put_right(edge: &App<World>) {
    left(edge);
    edge.wait(Span::seconds(5));
    assert!(collect(edge, &corrected(edge)));
}

/// A cart that was mailed, a cart of nobody, an order: all older than what names their shoppers is kept.
fn aged(edge: &App<World>) {
    mailed(edge);
    assert!(collect(edge, &edge.event('B', 1, 1)));
    assert!(order(edge, "placed"));
    edge.wait(Span::days(95));
    edge.wait(Span::minutes(-61));
}

fn bought(edge: &App<World>) {
    left(edge);
    assert!(order(edge, "placed"));
}

fn three(edge: &App<World>) {
    left(edge);
    edge.leave_cart('B', 1, "bo@example.com");
    edge.leave_cart('C', 1, "cy@example.com");
}

fn three_unanswered(edge: &App<World>) {
    three(edge);
    edge.ports.provider.plan([Answer::AcceptSilently]);
}

fn unanswered(edge: &App<World>) {
    abandoned(edge);
    // The bystander's mail and the shop's.
    edge.ports.provider.plan([Answer::AcceptSilently, Answer::AcceptSilently]);
    edge.tick().unwrap();
}

/// A provider that remembers no keys and can be asked: the first call for each site came to this, and time is at the
/// full hour again.
fn forgetful(edge: &App<World>, first: Answer) {
    edge.ports.provider.become_like(postmark::PROVIDER.profile());
    abandoned(edge);
    edge.ports.provider.plan([first.clone(), first]);
    edge.tick().unwrap();
    edge.wait(Span::minutes(59));
}

fn forgetful_and_accepting(edge: &App<World>) {
    forgetful(edge, Answer::AcceptSilently);
}

fn forgetful_and_refusing(edge: &App<World>) {
    forgetful(edge, Answer::Say(Outcome::Unknown { detail: "HTTP 500".to_owned() }));
}

fn merchant_paused(edge: &App<World>) {
    abandoned(edge);
    assert!(pause(edge, "merchant", "on"));
}

fn all_paused(edge: &App<World>) {
    abandoned(edge);
    assert!(pause(edge, "deployment", "on"));
}

/// So many mails of the shop came back.
fn came_back(edge: &App<World>, count: usize) {
    let shop = SiteId::parse("shop").unwrap();
    let events = core::iter::repeat_n((&shop, Audience::FirstContacts, MailEvent::Bounced, edge.now()), count);
    block_on(edge.store().execute(breaker::count(events))).unwrap();
    block_on(breaker::check(edge, vec![(shop.clone(), Audience::FirstContacts)])).unwrap();
}

fn four_came_back(edge: &App<World>) {
    mailed(edge);
    came_back(edge, 4);
}

fn tripped(edge: &App<World>) {
    abandoned(edge);
    came_back(edge, 5);
}

/// Acknowledged, or refused for now in the one way there is; anything else is a failure of its own.
fn answered(answer: &Response) -> bool {
    if answer.status == 503 {
        assert!(answer.header("Retry-After").is_some(), "{answer:?}");
        return false;
    }
    assert!(answer.status < 400, "{answer:?}");
    true
}

fn collect(edge: &App<World>, event: &wire::Collect) -> bool {
    answered(&edge.collect(event))
}

fn changed(edge: &App<World>) -> wire::Collect {
    let mut event = edge.event('A', 1, 5);
    for line in event.snapshot.iter_mut().flat_map(|snapshot| &mut snapshot.lines) {
        line.quantity = 2;
    }
    event
}

fn emptied(edge: &App<World>) -> wire::Collect {
    let empty = wire::Snapshot { currency: "EUR".into(), total: Some(0), ..wire::Snapshot::default() };
    wire::Collect { snapshot: Some(empty), ..edge.event('A', 1, 5) }
}

fn addressed(edge: &App<World>) -> wire::Collect {
    wire::Collect { email: Some("ada@example.com".into()), ..with_consent(edge, Some("granted"), Some("express")) }
}

/// A cart left behind whose address found no place, behind five strangers who agreed to nothing; the widget is solved.
fn beyond_the_shares(edge: &App<World>) {
    let network = "203.0.113.7";
    for stranger in "BCDEF".chars() {
        let email = Some(format!("{stranger}@example.com"));
        edge.collect_from(network, &wire::Collect { email, ..edge.event(stranger, 1, 1) });
    }
    let event = wire::Collect { session: Some(edge.session('A')), ..addressed(edge) };
    let asked: wire::Collected = serde_json::from_str(&edge.collect_from(network, &event).body).unwrap();
    edge.ports.turnstile.solve("shop.example", ACTION, &asked.challenge.unwrap().data);
}

/// The first token that the widget gave away.
fn solved(edge: &App<World>) -> wire::Collect {
    wire::Collect { challenge: Some("0.token-0".into()), snapshot: None, ..edge.event('A', 1, 6) }
}

fn corrected(edge: &App<World>) -> wire::Collect {
    wire::Collect { email: Some("ada@example.org".into()), ..with_consent(edge, Some("granted"), Some("express")) }
}

fn with_consent(edge: &App<World>, tracking: Option<&str>, mail: Option<&str>) -> wire::Collect {
    let consent = wire::Consent {
        tracking: tracking.map(str::to_owned),
        mail: mail.map(str::to_owned),
        wording: Some("express-en-1".into()),
        source: Some("box".into()),
    };
    wire::Collect { consent: Some(consent), ..edge.event('A', 1, 5) }
}

fn ordered(edge: &App<World>) -> wire::Collect {
    let order = wire::PageOrder { id: "1".into(), total: Some(4_990), currency: Some("EUR".into()) };
    wire::Collect { order: Some(order), ..edge.event('A', 1, 5) }
}

fn rebuilt(edge: &App<World>) -> wire::Collect {
    wire::Collect {
        via: Some(token(edge, "/r/")),
        email: Some("ada@example.com".into()),
        consent: addressed(edge).consent,
        ..edge.event('A', 2, 1)
    }
}

fn boot(edge: &App<World>) -> String {
    format!("/v1/boot?site={}&visitor=01JD3Z5W4K8Q9RT2V6XY7ABCDA", edge.site_key("shop"))
}

/// The token behind a path in the mail to the shop's shopper.
fn token(edge: &App<World>, path: &str) -> String {
    let mails = edge.ports.provider.mails();
    let text = mails.iter().find(|mail| mail.to == "ada@example.com").map(|mail| mail.text.as_str()).unwrap();
    text.split_once(path).unwrap().1.split_whitespace().next().unwrap().to_owned()
}

fn restore(edge: &App<World>) -> bool {
    let body = format!(r#"{{"site":"{}","token":"{}"}}"#, edge.site_key("shop"), token(edge, "/r/"));
    answered(&edge.post_from_page("/v1/restore", &body)) && answered(&edge.post_from_page("/v1/visit", &body))
}

fn stop(edge: &App<World>, path: &str) -> bool {
    answered(&edge.serve(&form(edge, &format!("{path}{}", token(edge, path)), None, "List-Unsubscribe=One-Click")))
}

fn order(edge: &App<World>, status: &str) -> bool {
    let total = if status == "refunded" { "10.00" } else { "49.90" };
    let body = format!(r#"{{"order":"1","status":"{status}","cart":"{CART}","total":"{total}","currency":"EUR"}}"#);
    answered(&edge.post_from_server("/v1/orders", "shop", &body))
}

fn products(edge: &App<World>) -> bool {
    let body = r#"{"products":[{"id":"P1","variant":"M","sku":"S1","name":"Linen shirt","price":"49.90","currency":"EUR","url":"https://shop.example/p1","image":"","available":true}]}"#;
    answered(&edge.post_from_server("/v1/products", "shop", body))
}

fn form(edge: &App<World>, path: &str, cookie: Option<String>, body: &str) -> Request {
    Request {
        method: Method::Post,
        path: path.to_owned(),
        page_origin: Some(ORIGIN.to_owned()),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        cookie,
        body: Body::Bytes(body.as_bytes().to_vec()),
        ..edge.request()
    }
}

/// The cookie of somebody who has signed in.
fn signed_in(edge: &App<World>) -> Option<String> {
    let answer = edge.serve(&form(edge, "/login", None, &format!("secret={ADMIN_SECRET}")));
    answered(&answer).then(|| answer.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned())
}

fn page(edge: &App<World>, path: &str, cookie: &str) -> Option<String> {
    let request = Request { path: path.to_owned(), cookie: Some(cookie.to_owned()), ..edge.request() };
    let answer = edge.serve(&request);
    answered(&answer).then_some(answer.body)
}

/// Somebody of the staff signs in and sends a form of the settings page.
fn staff(edge: &App<World>, path: &str, fields: &str) -> bool {
    let Some(cookie) = signed_in(edge) else { return false };
    let Some(shown) = page(edge, "/settings", &cookie) else { return false };
    let csrf = shown.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
    answered(&edge.serve(&form(edge, path, Some(cookie), &format!("csrf={csrf}&{fields}"))))
}

/// Somebody of the staff saves the settings with another name and other words in the mails.
fn settings(edge: &App<World>, paused: bool) -> bool {
    let changed = Settings { postal_address: "1 Main Street".to_owned(), help_line: String::new(), ..shop_settings() };
    let pair = |setting: &Setting| format!("{}={}", setting.name(), query_value(&setting.text(&changed)));
    let fields: Vec<_> = Setting::ALL.iter().map(pair).collect();
    let pause = if paused { "&paused=on" } else { "" };
    staff(edge, "/settings", &format!("name=Renamed&state=live&{}{pause}", fields.join("&")))
}

fn pause(edge: &App<World>, scope: &str, paused: &str) -> bool {
    staff(edge, "/pause", &format!("scope={scope}&paused={paused}"))
}

/// An event about a step of the shop's cart, as Resend sends it.
fn told(edge: &App<World>, kind: &str, step: &str) -> bool {
    let reminder = ReminderId {
        site: SiteId::parse("shop").unwrap(),
        cart: CartId::parse(CART).unwrap(),
        cycle: 1,
        step: StepId::parse(step).unwrap(),
    };
    let reference = tokens::reference(&edge.config.keys, &reminder);
    let body = format!(
        r#"{{"type":"email.{kind}","data":{{"email_id":"mail-0","tags":{{"reference":"{reference}"}},"bounce":{{"type":"Permanent"}}}}}}"#
    );
    let seconds = (edge.now().millis() / 1_000).to_string();
    let secret = STANDARD.decode(WEBHOOK_SECRET.trim_start_matches("whsec_")).unwrap();
    let signature = STANDARD.encode(key::mac(&secret, format!("msg_1.{seconds}.{body}").as_bytes()));
    answered(&edge.serve(&Request {
        method: Method::Post,
        path: "/v1/provider-events/resend".to_owned(),
        content_type: Some("application/json".to_owned()),
        webhook: Some(("msg_1".to_owned(), seconds, format!("v1,{signature}"))),
        body: Body::Bytes(body.into_bytes()),
        ..edge.request()
    }))
}

/// Everything that can be looked at.
fn pages(edge: &App<World>) -> bool {
    let Some(cookie) = signed_in(edge) else { return false };
    ["/", "/carts", "/settings", &format!("/carts/{CART}")].into_iter().all(|path| page(edge, path, &cookie).is_some())
}
