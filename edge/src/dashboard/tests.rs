//! The dashboard as a browser meets it, on SQLite: a browser with a cookie jar, a busy shop, and what they show.

mod access;
mod reading;
mod set_up;
mod story;
mod why;

use cartwake_shared::{time::Span, wire};

use crate::{
    http::{Body, Method, Request, Response},
    native::world::{self, ADMIN_SECRET, ORIGIN, World},
    pages::address::query_value,
    ports::Edge,
};

/// A browser with a cookie jar of one.
struct Browser<'e> {
    edge: &'e Edge<World>,
    cookie: Option<String>,
}

impl<'e> Browser<'e> {
    fn new(edge: &'e Edge<World>) -> Self {
        Self { edge, cookie: None }
    }

    fn signed_in(edge: &'e Edge<World>) -> Self {
        let mut browser = Self::new(edge);
        let answer = browser.send("/login", &[("secret", ADMIN_SECRET)]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser.keep(&answer);
        browser
    }

    fn keep(&mut self, answer: &Response) {
        let cookie = answer.header("Set-Cookie").unwrap();
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            cookie: self.cookie.clone(),
            ..self.edge.request()
        }
    }

    fn get(&self, path: &str) -> Response {
        self.edge.serve(&self.request(Method::Get, path))
    }

    fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {:?} {}", answer.header("Location"), answer.body);
        answer.body
    }

    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", query_value(value))).collect();
        Request {
            page_origin: Some(ORIGIN.to_owned()),
            content_type: Some("application/x-www-form-urlencoded".to_owned()),
            body: Body::Bytes(body.join("&").into_bytes()),
            ..self.request(Method::Post, path)
        }
    }

    fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.edge.serve(&self.form(path, fields))
    }

    /// The token of the session's forms, as it stands in its pages.
    fn token(&self, page: &str) -> String {
        between(&self.page(page), "name=\"csrf\" value=\"", "\"").to_owned()
    }

    fn send_form(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.token(path);
        let fields: Vec<_> = [("csrf", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.send(path, &fields)
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0
}

/// The whole database as text.
fn database(edge: &Edge<World>) -> Vec<(String, Vec<Vec<String>>)> {
    let tables = edge.ports.store.ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").unwrap();
    let ask = |table: &String| edge.ports.store.ask(&format!("SELECT * FROM {table}")).unwrap();
    tables.into_iter().flatten().map(|table| (table.clone(), ask(&table))).collect()
}

const FORM: [(&str, &str); 18] = [
    ("name", "Harbour & Co"),
    ("hosts", "shop.example"),
    ("restore_url", "https://shop.example/cart"),
    ("sender_name", "Harbour"),
    ("sender_address", "hello@shop.example"),
    ("reply_to", "help@shop.example"),
    ("postal_address", "1 Quay\n20095 Hamburg"),
    ("help_line", ""),
    ("currency", "EUR"),
    ("locale", "en-GB"),
    ("zone", "Europe/Berlin"),
    ("quiet_from", ""),
    ("quiet_to", ""),
    ("tracking", "required"),
    ("capture", "all"),
    ("memory", "storage"),
    ("state", "test"),
    ("owner_addresses", "owner@shop.example"),
];

fn form_with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    FORM.iter().map(|(known, kept)| (*known, if *known == name { value } else { kept })).collect()
}

fn cart_id(visitor: char, number: u32) -> String {
    format!("01JD3Z5W4K8Q9RT2V6XY7ABCD{visitor}.{number}")
}

/// A shop with carts in most states, named by their browser: A active and anonymous, B abandoned and mailed, C bought by way
/// of F, which was rebuilt from it, D refused, E abandoned and anonymous.
fn busy() -> Edge<World> {
    let edge = world::live();
    edge.leave_cart('C', 1, "cy@example.com");
    edge.collect(&edge.event('E', 1, 1));
    edge.wait(Span::minutes(61));
    edge.leave_cart('B', 1, "bo@example.com");
    edge.tick().unwrap();
    edge.tick().unwrap();
    let mail = edge.ports.provider.mails().remove(0);
    let token = between(&mail.text, "/r/", "\n").trim().to_owned();
    let body = serde_json::json!({ "site": edge.site_key("shop"), "token": token }).to_string();
    assert_eq!(edge.post_from_page("/v1/restore", &body).status, 200);
    edge.collect(&wire::Collect { via: Some(token), ..edge.event('F', 1, 1) });
    let order = serde_json::json!({ "order": "1001", "status": "placed", "cart": cart_id('F', 1), "total": "49.90", "currency": "EUR" });
    assert_eq!(edge.post_from_server("/v1/orders", "shop", &order.to_string()).status, 200);
    edge.collect(&edge.event('D', 1, 1));
    let refusal = wire::Consent { tracking: Some("denied".to_owned()), ..wire::Consent::default() };
    edge.collect(&wire::Collect { consent: Some(refusal), ..edge.event('D', 1, 2) });
    edge.wait(Span::minutes(61));
    edge.tick().unwrap();
    edge.tick().unwrap();
    edge.collect(&edge.event('A', 1, 1));
    edge
}
