//! The page of a cart shows what happened in which order, and why each reminder was not sent.

use cartwake_shared::{
    cart::MailBasis,
    gate::Reason,
    lifecycle::CartState,
    order::{OrderSource, OrderStatus, PurchaseStatus},
    policy::SiteState,
    reminder::ReminderState,
    time::{Span, Timestamp},
    trust::Trust,
};

use super::{Browser, between, busy, cart_id};
use crate::{
    base::ports::App,
    native::{
        views::{CartView, OrderView, PurchaseView, ReminderView, Why},
        world::{self, World},
    },
};

/// An hour after the world began.
const AN_HOUR_IN: Timestamp = world::BEGINNING.plus(Span::hours(1));

/// The cart was bought by the order of this number.
fn order_cart(cart: &mut CartView, number: &str) {
    (cart.state, cart.ordered_at, cart.order_number) = (CartState::Ordered, Some(AN_HOUR_IN), Some(number.to_owned()));
}

/// Puts a reminder into a state for this reason.
fn lead_to(reminder: &mut ReminderView, state: ReminderState, why: impl Into<Why>) {
    (reminder.state, reminder.reason) = (state, Some(why.into()));
}

/// Order 9, as the shop's server reported it.
fn order() -> OrderView {
    OrderView {
        site: "shop".to_owned(),
        number: "9".to_owned(),
        status: OrderStatus::Placed,
        source: OrderSource::Server,
        total: Some(4_990),
        refunded: 0,
        currency: Some("EUR".to_owned()),
        cart: None,
        placed_at: AN_HOUR_IN,
        paid_at: Some(AN_HOUR_IN),
        revision: 1,
        writer: "w".to_owned(),
    }
}

/// The order is written down, and that every cart was bought by it.
fn report(app: &App<World>, order: &OrderView, bought: PurchaseStatus) {
    for cart in app.carts() {
        app.ports.store.insert(&PurchaseView {
            site: cart.site,
            key: format!("cart:{}", cart.id),
            number: order.number.clone(),
            status: bought,
            at: AN_HOUR_IN,
            told: false,
        });
    }
    app.ports.store.insert(order);
}

#[test]
fn a_cart_tells_its_story() {
    let app = busy();
    let browser = Browser::signed_in(&app);
    let cart_page = |visitor: char| browser.page(&format!("/carts/{}", cart_id(visitor, 1)));
    let in_order = |page: &str, expected: &[&str]| {
        let timeline = between(page, "class=\"timeline\"", "</section>");
        let mut rest = timeline;
        for moment in expected {
            rest = rest.split_once(moment).unwrap_or_else(|| panic!("{moment} is not next in {timeline}")).1;
        }
    };
    let bought = cart_page('C');
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
    let rebuilt = cart_page('F');
    in_order(&rebuilt, &["Restored", "From cart", "Ordered: recovered", "Order 1001 · EUR 49.90"]);
    let mailed = cart_page('B');
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
    in_order(&cart_page('D'), &["Refused"]);
}

/// A change to the world behind a cart's page, and what the page must show then.
struct Case {
    name: &'static str,
    change: fn(&App<World>),
    expected: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "waiting",
        change: |_| {},
        expected: &["<code>due</code> = <code>25 Nov, 17:00</code>", "Its time has not come."],
    },
    Case {
        name: "no address",
        change: |app| app.change_carts(|cart| cart.mailbox_hash = None),
        expected: &["<code>address</code> = <code>none</code>", "No e-mail address is known"],
    },
    Case {
        name: "no basis",
        change: |app| {
            app.change_contacts(|contact| contact.basis = None);
            app.change_carts(|cart| cart.consent = None);
        },
        expected: &["<code>no_basis</code> = <code>none</code>", "has not agreed to be mailed"],
    },
    Case {
        name: "too weak a basis",
        change: |app| {
            app.change_carts(|cart| cart.consent = cart.consent.as_ref().map(|said| said.replace("express", "notice")));
            app.change_contacts(|contact| contact.basis = Some(MailBasis::Notice));
        },
        expected: &["<code>no_basis</code> = <code>notice</code>"],
    },
    Case {
        name: "suppressed",
        change: |app| app.suppress_contacts("merchant", "unsubscribed"),
        expected: &["<code>suppressed</code> = <code>unsubscribed</code>", "<strong>Unsubscribed</strong>"],
    },
    Case {
        name: "ordered",
        change: |app| app.change_carts(|cart| order_cart(cart, "7")),
        expected: &["<code>ordered</code> = <code>order 7</code>", "The shopper has ordered."],
    },
    Case {
        name: "emptied",
        change: |app| {
            app.change_carts(|cart| {
                cart.items = 0;
                "[]".clone_into(&mut cart.lines);
            });
        },
        expected: &["<code>cart_closed</code> = <code>empty</code>"],
    },
    Case {
        name: "expired",
        change: |app| app.change_carts(|cart| cart.state = CartState::Expired),
        expected: &["<code>cart_closed</code> = <code>expired</code>", "<strong>Expired</strong>"],
    },
    Case {
        name: "superseded",
        change: |app| app.change_carts(|cart| cart.superseded_by = Some("01JD3Z5W4K8Q9RT2V6XY7ABCDB.1".to_owned())),
        expected: &["<code>superseded</code> = <code>01JD3Z5W4K8Q9RT2V6XY7ABCDB.1</code>"],
    },
    Case {
        name: "refused",
        change: |app| app.change_contacts(|contact| contact.refused_at = Some(AN_HOUR_IN)),
        expected: &["<code>refused</code> = <code>yes</code>"],
    },
    Case {
        name: "too old",
        change: |app| app.change_carts(|cart| cart.created = cart.created.minus(Span::days(15))),
        expected: &["<code>oldest_cart</code> = <code>14 d</code>"],
    },
    Case {
        name: "held by the gate",
        change: |app| {
            let until = Some(AN_HOUR_IN.plus(Span::hours(12)));
            app.change_reminders(|reminder| {
                lead_to(reminder, ReminderState::Ready, Reason::Spacing);
                reminder.reason_at = Some(AN_HOUR_IN.plus(Span::seconds(100)));
                (reminder.hold, reminder.next, reminder.ended_at) = (until, until, None);
            });
        },
        expected: &["<code>spacing</code> = <code>until 25 Nov, 06:00</code>", "Held", "next look"],
    },
    Case {
        name: "shadow",
        change: |app| {
            app.change_reminders(|reminder| lead_to(reminder, ReminderState::Cancelled, Reason::ShadowState));
            app.change_sites(|site| site.state = SiteState::Shadow);
        },
        expected: &["<code>shadow_state</code> = <code>shadow</code>", "Shadow only", "would have been sent"],
    },
    Case {
        name: "first contact",
        change: |app| {
            app.change_reminders(|reminder| {
                lead_to(reminder, ReminderState::Suppressed, Reason::BareStep);
                reminder.trust = Some(Trust::Bare);
            });
        },
        expected: &["<code>bare_step</code> = <code>first contact</code>"],
    },
    Case {
        name: "unknown",
        change: |app| {
            app.change_reminders(|reminder| {
                lead_to(reminder, ReminderState::Unknown, Why::AnswerLost);
                reminder.detail = Some("time-out".to_owned());
            });
        },
        expected: &["<code>answer_lost</code> = <code>time-out</code>", "could be a second mail"],
    },
    Case {
        name: "a step of another sequence",
        change: |app| {
            app.change_reminders(|reminder| (reminder.step, reminder.position) = ("old".to_owned(), 6));
        },
        expected: &["Reminder 7", "A step that the sequence no longer has"],
    },
    Case {
        name: "payment pending",
        change: |app| {
            report(app, &OrderView { status: OrderStatus::Pending, ..order() }, PurchaseStatus::Pending);
        },
        expected: &["<strong>Payment pending</strong>", "<code>payment_pending</code> = <code>9</code>"],
    },
    Case {
        name: "refunded",
        change: |app| {
            app.change_carts(|cart| {
                order_cart(cart, "9");
                (cart.order_total, cart.order_currency) = (Some(0), Some("EUR".to_owned()));
            });
            let refunded = OrderView { status: OrderStatus::Refunded, refunded: 4_990, revision: 2, ..order() };
            report(app, &refunded, PurchaseStatus::Placed);
        },
        expected: &["<strong>Refunded</strong>", "Order 9 · EUR 49.90"],
    },
];

#[test]
fn every_step_says_why_it_was_not_sent() {
    for Case { name, change, expected } in CASES {
        let app = world::live();
        app.leave_cart('A', 1, "ada@example.com");
        app.wait(Span::minutes(61));
        app.tick().unwrap();
        app.tick().unwrap();
        change(&app);
        let page = Browser::signed_in(&app).page(&format!("/carts/{}", cart_id('A', 1)));
        for text in *expected {
            assert!(page.contains(text), "{name}: {text}: {page}");
        }
    }
}
