//! The page of a cart: what happened in which order, and why each reminder was not sent.

use cartwake_shared::time::Span;

use super::{Browser, between, busy, cart_id};
use crate::native::world;

#[test]
fn a_cart_tells_its_story() {
    let app = busy();
    let browser = Browser::signed_in(&app);
    let told = |visitor: char| browser.page(&format!("/carts/{}", cart_id(visitor, 1)));
    let in_order = |page: &str, expected: &[&str]| {
        let timeline = between(page, "class=\"timeline\"", "</section>");
        let mut rest = timeline;
        for moment in expected {
            rest = rest.split_once(moment).unwrap_or_else(|| panic!("{moment} is not next in {timeline}")).1;
        }
    };
    let bought = told('C');
    in_order(
        &bought,
        &[
            "Cart begun",
            "E-mail given",
            "cy@example.com",
            "Consent given",
            "Abandoned",
            "Reminder 1: Sent",
            "Came back",
            "Restored",
            "Ordered",
            "its total stands with cart",
        ],
    );
    let rebuilt = told('F');
    in_order(&rebuilt, &["Restored", "From cart", "Ordered: recovered", "Order 1001 · EUR 49.90"]);
    let mailed = told('B');
    in_order(&mailed, &["Cart begun", "18:01:0", "E-mail given", "Abandoned", "Reminder 1: Sent"]);
    for expected in [
        "No rule stood against it.",
        "The mail provider accepted it.",
        "mail-1",
        "Linen shirt",
        "express, 24 Nov",
        "24 Nov, 18:01:0",
    ] {
        assert!(mailed.contains(expected), "{expected}: {mailed}");
    }
    in_order(&told('D'), &["Refused"]);
}

#[test]
fn every_step_says_why_it_was_not_sent() {
    struct Case {
        what: &'static str,
        change: &'static str,
        expected: &'static [&'static str],
    }
    for Case { what, change, expected } in [
        Case { what: "waiting", change: "", expected: &["<code>due</code> = <code>25 Nov, 17:00</code>", "Its time has not come."] },
        Case {
            what: "no address",
            change: "UPDATE cart SET mailbox_hash = NULL",
            expected: &["<code>address</code> = <code>none</code>", "No e-mail address is known"],
        },
        Case {
            what: "no basis",
            change: "UPDATE contact SET basis = NULL",
            expected: &["<code>no_basis</code> = <code>none</code>", "has not agreed to be mailed"],
        },
        Case {
            what: "too weak a basis",
            change: "UPDATE contact SET basis = 'notice'",
            expected: &["<code>no_basis</code> = <code>notice</code>"],
        },
        Case {
            what: "suppressed",
            change: "INSERT INTO suppression VALUES ('merchant', (SELECT mailbox_hash FROM cart), 'unsubscribed', 1764003600000, 'shop')",
            expected: &["<code>suppressed</code> = <code>unsubscribed</code>", "<strong>Unsubscribed</strong>"],
        },
        Case {
            what: "ordered",
            change: "UPDATE cart SET state = 2, ordered_at = 1764003600000, order_number = '7'",
            expected: &["<code>ordered</code> = <code>order 7</code>", "The shopper has ordered."],
        },
        Case { what: "emptied", change: "UPDATE cart SET items = 0, lines = '[]'", expected: &["<code>cart_closed</code> = <code>empty</code>"] },
        Case { what: "expired", change: "UPDATE cart SET state = 3", expected: &["<code>cart_closed</code> = <code>expired</code>", "<strong>Expired</strong>"] },
        Case {
            what: "superseded",
            change: "UPDATE cart SET superseded_by = 'another'",
            expected: &["<code>superseded</code> = <code>another</code>"],
        },
        Case { what: "refused", change: "UPDATE contact SET refused_at = 1764003600000", expected: &["<code>refused</code> = <code>yes</code>"] },
        Case {
            what: "too old",
            change: "UPDATE cart SET created = created - 15 * 86400000",
            expected: &["<code>oldest_cart</code> = <code>14 d</code>"],
        },
        Case {
            what: "held by the gate",
            change: "UPDATE outbox SET state = 0, reason = 'spacing', reason_at = 1764003700000, hold = 1764046800000, next = 1764046800000, ended_at = NULL",
            expected: &["<code>spacing</code> = <code>until 25 Nov, 06:00</code>", "Held", "next look"],
        },
        Case {
            what: "shadow",
            change: "UPDATE outbox SET state = 4, reason = 'shadow_state'; UPDATE site SET state = 'shadow'",
            expected: &["<code>shadow_state</code> = <code>shadow</code>", "Shadow only", "would have been sent"],
        },
        Case {
            what: "unproven",
            change: "UPDATE outbox SET state = 5, reason = 'cap_unproven', trust = 0",
            expected: &["<code>cap_unproven</code> = <code>unproven</code>"],
        },
        Case {
            what: "unknown",
            change: "UPDATE outbox SET state = 8, reason = 'answer_lost', detail = 'time-out'",
            expected: &["<code>answer_lost</code> = <code>time-out</code>", "could be a second mail"],
        },
        Case {
            what: "a step of another sequence",
            change: "UPDATE outbox SET step = 'old', position = 6",
            expected: &["Reminder 7", "A step that the sequence no longer has"],
        },
        Case {
            what: "payment pending",
            change: "INSERT INTO orders VALUES ('shop', '9', 'pending', 1, 4990, 0, 'EUR', NULL, 1764003600000, 1, 'w');
                INSERT INTO purchase SELECT 'shop', 'cart:' || id, 'pending', '9', 1764003600000 FROM cart",
            expected: &["<strong>Payment pending</strong>", "<code>payment_pending</code> = <code>9</code>"],
        },
        Case {
            what: "refunded",
            change: "UPDATE cart SET state = 2, ordered_at = 1764003600000, order_number = '9', order_total = 0, order_currency = 'EUR';
                INSERT INTO orders VALUES ('shop', '9', 'refunded', 1, 4990, 4990, 'EUR', NULL, 1764003600000, 2, 'w');
                INSERT INTO purchase SELECT 'shop', 'cart:' || id, 'placed', '9', 1764003600000 FROM cart",
            expected: &["<strong>Refunded</strong>", "Order 9 · EUR 49.90"],
        },
    ] {
        let app = world::live();
        app.leave_cart('A', 1, "ada@example.com");
        app.wait(Span::minutes(61));
        app.tick().unwrap();
        app.tick().unwrap();
        app.ports.store.write(change).unwrap();
        let page = Browser::signed_in(&app).page(&format!("/carts/{}", cart_id('A', 1)));
        for text in expected {
            assert!(page.contains(text), "{what}: {text}: {page}");
        }
    }
}
