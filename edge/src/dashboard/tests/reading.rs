//! The pages of every shop show metrics, lists and failures, and reading them writes nothing.

use cartwake_shared::{reminder::Outcome, time::Span, wire};

use super::{Browser, busy, cart_id};
use crate::{
    base::{
        http::{Body, Method, Request},
        store::{
            Query as _,
            sql::dashboard::{ListActiveCarts, ListCartsInState},
        },
    },
    dashboard::{Page, pages::address::query_value},
    native::{fakes::Answer, sqlite::Fault, world},
};

#[test]
fn reading_writes_nothing() {
    for app in [world::empty(), world::live(), busy()] {
        let browser = Browser::signed_in(&app);
        let before = app.everything();
        let mut paths: Vec<String> = app.carts().iter().map(|cart| format!("/carts/{}", cart.id)).collect();
        paths.extend(
            Page::TABLE.iter().filter(|(_, method, _)| *method == Method::Get).map(|(.., path)| (*path).to_owned()),
        );
        for path in ["/carts?fragment=1", "/settings?secret=show&saved=1", "/carts/x", "/nowhere"] {
            paths.push(path.to_owned());
        }
        for state in ["active", "abandoned", "ordered", "expired", "discarded", "'; DELETE FROM cart; --"] {
            for more in
                ["", "&before=1764000000000.01JD3Z5W4K8Q9RT2V6XY7ABCDA.1", "&before=%27%20OR%201%3D1", "&fragment=1"]
            {
                paths.push(format!("/carts?state={}{more}", query_value(state)));
            }
        }
        for path in paths {
            for method in [Method::Get, Method::Head] {
                let status = app.serve(&browser.request(method, &path)).status;
                assert!(matches!(status, 200 | 303 | 404), "{path}: {status}");
            }
        }
        assert_eq!(app.everything(), before);
    }
}

#[test]
fn today_tells_what_came_of_the_day() {
    let app = busy();
    let page = Browser::signed_in(&app).page("/");
    for expected in ["Monday, 24 November · Europe/Berlin", "EUR 49.90", "Cron ran 0 s ago", "No reminder is held"] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let counts: Vec<&str> =
        page.split("class=\"stage-count\">").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    // C, E, B, and A which is in no counter yet; F goes on with C's purchase, and D was wiped.
    assert_eq!(counts, ["4", "2", "3", "2", "2", "1", "1"]);
}

#[test]
fn a_late_cron_and_held_reminders_are_told() {
    let app = world::live();
    assert!(Browser::signed_in(&app).page("/").contains("Cron has not run yet"));
    app.leave_cart('A', 1, "ada@example.com");
    app.wait(Span::minutes(61));
    app.tick().unwrap();
    app.ports.provider.plan([Answer::Say(Outcome::StopRun { detail: "daily quota <b>used</b>".to_owned() })]);
    app.tick().unwrap();
    app.wait(Span::minutes(6));
    let page = Browser::signed_in(&app).page("/");
    let told = "The mail provider takes no mail</strong> since";
    for expected in
        ["1 held", "refused the key or the quota is used up", "Cron last ran 6 min ago", told, "quota &lt;b&gt;used"]
    {
        assert!(page.contains(expected), "{expected}");
    }
    let cart = Browser::signed_in(&app).page(&format!("/carts/{}", cart_id('A', 1)));
    assert!(
        cart.contains("<code>provider_stopped</code> = <code>daily quota &lt;b&gt;used&lt;/b&gt;</code>")
            && cart.contains("Held")
    );
    assert!(Browser::signed_in(&app).page("/carts?state=abandoned").contains("Reminder 1 held, next look"));
}

#[test]
fn the_list_shows_each_state_and_prefers_what_happens_now() {
    let app = busy();
    let browser = Browser::signed_in(&app);
    let listed = |path: &str| -> Vec<String> {
        browser
            .page(path)
            .split("href=\"/carts/")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    for (path, expected) in [
        ("/carts", vec![cart_id('A', 1)]),
        ("/carts?state=active", vec![cart_id('A', 1)]),
        ("/carts?state=abandoned", vec![cart_id('B', 1), cart_id('E', 1)]),
        ("/carts?state=ordered", vec![cart_id('F', 1), cart_id('C', 1)]),
        ("/carts?state=expired", vec![]),
        ("/carts?state=discarded", vec![cart_id('D', 1)]),
        ("/carts?state=nonsense", vec![cart_id('A', 1)]),
    ] {
        assert_eq!(listed(path), expected, "{path}");
    }
    let abandoned = browser.page("/carts?state=abandoned");
    for expected in ["bo@example.com", "anonymous", "Linen shirt", "EUR 49.90", "Reminder 1 sent 19:0", "No address"] {
        assert!(abandoned.contains(expected), "{expected}: {abandoned}");
    }
    assert!(browser.page("/carts?state=ordered").contains("<span class=\"chip good\">Recovered</span>"));
    let quiet = world::live();
    assert!(Browser::signed_in(&quiet).page("/carts").contains("No abandoned cart is open."));
    let fragment = browser.page("/carts?state=abandoned&fragment=1");
    assert!(fragment.starts_with("<section") && fragment.contains("id=\"carts\"") && !fragment.contains("<html"));
}

#[test]
fn every_cart_is_on_one_page_also_when_many_share_a_time() {
    const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (state, is_abandoned) in [("active", false), ("abandoned", true)] {
        let app = world::live();
        for visitor in LETTERS.chars() {
            for number in [1, 2] {
                app.collect(&app.event(visitor, number, 1));
            }
        }
        if is_abandoned {
            app.wait(Span::minutes(61));
            app.tick().unwrap();
        }
        let browser = Browser::signed_in(&app);
        let (mut path, mut seen, mut pages) = (format!("/carts?state={state}"), Vec::new(), 0);
        loop {
            let page = browser.page(&path);
            seen.extend(page.split("href=\"/carts/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
            pages += 1;
            let Some((_, older)) = page.split_once("before=") else { break };
            path = format!("/carts?state={state}&before={}", older.split('"').next().unwrap());
        }
        let mut distinct = seen.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!((pages, seen.len(), distinct.len()), (3, 64, 64), "{state}");
    }
}

#[test]
fn the_lists_walk_their_index_and_stop_at_the_page() {
    let app = world::live();
    for (statement, index, arms, sorts) in [
        // The carts of proven visitors and the others: a page of each, which are sorted together.
        (ListActiveCarts::SQL, "cart_due (site=? AND ahead=? AND due<?)", 2, 4),
        // The one sorting step is that of the last reminder inside a row.
        (ListCartsInState::SQL, "cart_list (site=? AND state=? AND since<?)", 1, 1),
    ] {
        let plan = app.ports.store.plan(statement).unwrap();
        let name = statement.name;
        assert_eq!(plan.iter().filter(|step| step.contains(index)).count(), arms, "{name}: {plan:?}");
        assert_eq!(plan.iter().filter(|step| step.contains("ORDER BY")).count(), sorts, "{name}: {plan:?}");
    }
}

#[test]
fn hostile_texts_of_shoppers_stay_texts() {
    let app = world::live();
    let mut event = app.event('A', 1, 1);
    let hostile = "\"><img src=x onerror=alert(1)>'); DROP TABLE cart; --";
    let line = wire::Line {
        product: hostile.to_owned(),
        variant: hostile.to_owned(),
        options: hostile.to_owned(),
        sku: hostile.to_owned(),
        name: hostile.to_owned(),
        quantity: 1_000_000,
        price: Some(1),
        url: "javascript:alert(1)".to_owned(),
        image: "javascript:alert(1)".to_owned(),
    };
    event.snapshot = Some(wire::Snapshot {
        currency: "EUR".to_owned(),
        total: Some(1),
        lines: vec![line],
        token: Some(hostile.to_owned()),
    });
    event.context.locale = Some("de-DE".to_owned());
    event.context.step = Some(hostile.to_owned());
    assert_eq!(app.collect(&event).status, 200);
    let order = wire::PageOrder { id: hostile.to_owned(), total: Some(1), currency: Some("EUR".to_owned()) };
    assert_eq!(app.collect(&wire::Collect { order: Some(order), ..app.event('B', 1, 1) }).status, 200);
    let browser = Browser::signed_in(&app);
    for path in [
        "/carts",
        "/carts?state=ordered",
        &format!("/carts/{}", cart_id('A', 1)),
        &format!("/carts/{}", cart_id('B', 1)),
        "/",
    ] {
        let page = browser.page(path);
        assert!(!page.contains("<img src=x") && !page.contains("href=\"javascript"), "{path}");
    }
}

#[test]
fn what_cannot_be_read_does_not_take_the_page_down() {
    let app = busy();
    app.ports.store.write(include_str!("reading/of_another_version.sql")).unwrap();
    let browser = Browser::signed_in(&app);
    for path in ["/", "/carts?state=abandoned", &format!("/carts/{}", cart_id('B', 1))] {
        browser.page(path);
    }
}

#[test]
fn nothing_and_failures_have_pages_of_their_own() {
    let app = busy();
    let browser = Browser::signed_in(&app);
    for path in [
        format!("/carts/{}", cart_id('Z', 1)),
        "/carts/x".to_owned(),
        "/carts/%27%20OR%201".to_owned(),
        "/nowhere".to_owned(),
    ] {
        let answer = browser.get(&path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("There is no such page"), "{path}");
    }
    app.ports.store.fail_at(2, Fault::BeforeCommit);
    let answer = browser.get("/carts");
    assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("20")));
    assert!(answer.body.contains("<code>store_unavailable</code>") && !answer.body.contains("before the commit"));
    let request = Request { body: Body::TooLong, ..browser.form("/settings", &[]) };
    assert_eq!(app.serve(&request).status, 413);
    let request = Request { body: Body::Bytes(vec![0xff, 0xfe]), ..browser.form("/settings", &[]) };
    assert_eq!(app.serve(&request).status, 400);
    assert_eq!(browser.page("/").matches("<h1").count(), 1, "the next request is served");
}

#[test]
fn every_page_has_the_strict_policy_and_is_not_kept() {
    let app = busy();
    let browser = Browser::signed_in(&app);
    for path in ["/", "/carts", "/settings", "/nowhere", &format!("/carts/{}", cart_id('B', 1))] {
        let answer = browser.get(path);
        for (name, expected) in [
            ("Content-Security-Policy", "default-src 'none'"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "same-origin"),
        ] {
            assert!(answer.header(name).is_some_and(|value| value.contains(expected)), "{path} {name}");
        }
    }
}
