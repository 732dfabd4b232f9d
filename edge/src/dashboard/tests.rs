//! The dashboard on SQLite as a browser meets it: a browser with a cookie jar, and a busy shop.

mod access;
mod reading;
mod set_up;
mod story;
mod waiting;
mod why;

use cartwake_shared::{policy::Setting, time::Span, wire};

use crate::{
    base::{
        http::{Body, Method, Request, Response},
        ports::App,
    },
    dashboard::pages::address::query_value,
    native::world::{self, ADMIN_SECRET, ORIGIN, World},
};

/// A browser with a cookie jar of one.
struct Browser<'e> {
    app: &'e App<World>,
    cookie: Option<String>,
}

impl<'e> Browser<'e> {
    fn new(app: &'e App<World>) -> Self {
        Self { app, cookie: None }
    }

    fn signed_in(app: &'e App<World>) -> Self {
        let mut browser = Self::new(app);
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
            ..self.app.request()
        }
    }

    fn get(&self, path: &str) -> Response {
        self.app.serve(&self.request(Method::Get, path))
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
        self.app.serve(&self.form(path, fields))
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

/// A form that is right: the examples of all settings for the shop "Harbour & Co", in test.
fn right_form() -> Vec<(&'static str, &'static str)> {
    let settings = Setting::ALL.iter().map(|setting| (setting.name(), setting.example()));
    [("name", "Harbour & Co"), ("state", "test")].into_iter().chain(settings).collect()
}

/// The right form with another text in one field.
fn form_with(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    right_form().into_iter().map(|(known, kept)| (known, if known == name { value } else { kept })).collect()
}

fn cart_id(visitor: char, number: u32) -> String {
    format!("01JD3Z5W4K8Q9RT2V6XY7ABCD{visitor}.{number}")
}

/// A shop with carts in most states, named by their browser: A active and anonymous, B abandoned and mailed, C bought by way
/// of F, which was rebuilt from it, D refused, E abandoned and anonymous.
fn busy() -> App<World> {
    let app = world::live();
    app.leave_cart('C', 1, "cy@example.com");
    app.collect(&app.event('E', 1, 1));
    app.wait(Span::minutes(61));
    app.leave_cart('B', 1, "bo@example.com");
    app.tick().unwrap();
    app.tick().unwrap();
    let mail = app.ports.provider.mails().remove(0);
    let token = between(&mail.text, "/r/", "\n").trim().to_owned();
    let body = serde_json::json!({ "site": app.site_key("shop"), "token": token }).to_string();
    assert_eq!(app.post_from_page("/v1/visit", &body).status, 204);
    app.collect(&wire::Collect { via: Some(token), ..app.event('F', 1, 1) });
    let order = serde_json::json!({ "order": "1001", "status": "placed", "cart": cart_id('F', 1), "total": "49.90", "currency": "EUR" });
    assert_eq!(app.post_from_server("/v1/orders", "shop", &order.to_string()).status, 200);
    app.collect(&app.event('D', 1, 1));
    let refusal = wire::Consent { tracking: Some("denied".to_owned()), ..wire::Consent::default() };
    app.collect(&wire::Collect { consent: Some(refusal), ..app.event('D', 1, 2) });
    app.wait(Span::minutes(61));
    app.tick().unwrap();
    app.tick().unwrap();
    app.collect(&app.event('A', 1, 1));
    app
}
