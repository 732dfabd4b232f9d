//! Hostile text in every field of every page of the dashboard stays text: the same tags and attributes as with a plain word.

use super::cart::{CartView, LineView};
use super::carts::{CartFilter, CartRow, CartsView, MailNote};
use super::controls::{Pauses, TrippedBreaker};
use super::decisions::{StepView, Verdict};
use super::funnel::Funnel;
use super::layout::{Assets, Frame};
use super::login::{LoginView, Refusal};
use super::metrics::Share;
use super::problem::ProblemView;
use super::retention::{KeptRow, RetentionView};
use super::settings::SettingsView;
use super::setup::SetupView;
use super::site_form::{Field, FieldError, SiteForm};
use super::terms::{CartState, LocalTime, ReminderState, SiteState, Tone};
use super::timeline::{DeliveryOutcome, Entry, Event};
use super::today::{Cron, HeldReminders, TodayView};
use super::{cart, carts, login, problem, settings, setup, today};
use crate::base::hostile::{TEXTS, tags};
use crate::capture::challenge::State;
use crate::capture::install_check::Seen;
use cartwake_shared::trust::Audience;

fn time(text: &str) -> LocalTime {
    LocalTime { text: text.into(), iso: text.into() }
}

fn frame(text: &str) -> Frame {
    Frame {
        assets: Assets::default(),
        site_name: text.into(),
        state: SiteState::Test,
        is_paused: false,
        pauses: Pauses::default(),
        tripped: vec![TrippedBreaker {
            audience: Audience::Proven,
            is_warning: false,
            why: text.into(),
            counted: text.into(),
            since: time(text),
            until: time(text),
        }],
        waiting: 7,
        csrf: text.into(),
    }
}

fn form(text: &str) -> SiteForm {
    let mut form = SiteForm::default();
    for field in Field::all() {
        form.set(field, text.into());
    }
    form
}

fn errors(text: &str) -> Vec<FieldError> {
    Field::all().map(|field| FieldError { field, sentence: text.into() }).collect()
}

/// The settings with a text in every field.
pub(crate) fn settings(text: &str) -> SettingsView {
    SettingsView {
        frame: frame(text),
        form: form(text),
        errors: errors(text),
        is_saved: true,
        is_erased: true,
        origin: text.into(),
        site_id: text.into(),
        site_key: text.into(),
        order_webhook: text.into(),
        order_secret: Some(text.into()),
        customer_key: Some(text.into()),
        monitor_token: Some(text.into()),
        seen: Seen::default(),
        challenge: State::Failing,
    }
}

/// The day with a text in every field.
pub(crate) fn today(text: &str) -> TodayView {
    TodayView {
        frame: frame(text),
        day: text.into(),
        zone: text.into(),
        funnel: Funnel {
            tracked: 7,
            identified: 6,
            abandoned: 5,
            contactable: 4,
            notified: 3,
            returned: 2,
            recovered: 1,
        },
        revenue: vec![text.into(), text.into()],
        recovery_rate: Share { part: 1, whole: 3 },
        abandonment_rate: Share { part: 5, whole: 7 },
        unconfirmed_orders: 1,
        excluded: 1,
        raced: 1,
        cron: Cron::OnTime(12),
        is_daily_limit_reached: false,
        rows: None,
        is_rate_limited: true,
        held: vec![HeldReminders { count: 2, why: text.into(), next_look: Some(time(text)) }],
        mail_stopped: Some((time(text), text.into())),
        retention: RetentionView {
            days: 90,
            rows: vec![KeptRow {
                what: "Orders",
                kept: text.into(),
                ended: Some(time(text)),
                removed: 12,
                oldest: Some(text.into()),
            }],
        },
        first_tag: None,
    }
}

/// The list with a text in every field.
pub(crate) fn carts(text: &str) -> CartsView {
    let row = CartRow {
        id: text.into(),
        when: time(text),
        address: Some(text.into()),
        items: 3,
        first_item: text.into(),
        total: text.into(),
        state: CartState::Abandoned,
        mail: MailNote { tone: Tone::Warn, words: text.into() },
    };
    CartsView {
        frame: frame(text),
        filter: CartFilter::Abandoned,
        rows: vec![row],
        older: Some(text.into()),
        is_newest: false,
    }
}

/// The cart with a text in every field.
pub(crate) fn cart(text: &str) -> CartView {
    let line = LineView {
        name: text.into(),
        variant: text.into(),
        sku: text.into(),
        quantity: 2,
        price: text.into(),
        sum: text.into(),
        image_url: Some(text.into()),
        product_url: Some(text.into()),
    };
    let verdict =
        Verdict { rule: text.into(), value: text.into(), when: time(text), sentence: text.into(), is_passed: false };
    let step = StepView {
        name: text.into(),
        delay: text.into(),
        state: ReminderState::Held,
        since: Some(time(text)),
        next_look: Some(time(text)),
        trace: vec![verdict],
    };
    CartView {
        frame: frame(text),
        id: text.into(),
        state: CartState::Recovered,
        address: Some(text.into()),
        mail_basis: Some(text.into()),
        created: time(text),
        last_seen: time(text),
        lines: vec![line],
        items: 2,
        total: text.into(),
        timeline: events(text).into_iter().map(|event| Entry { when: time(text), event }).collect(),
        steps: vec![step],
    }
}

fn events(text: &str) -> Vec<Event> {
    let text = || text.to_owned();
    vec![
        Event::Created { items: 1, total: text() },
        Event::Changed { items: 2, total: text() },
        Event::Emptied,
        Event::EmailGiven { address: text() },
        Event::ConsentGiven { basis: text(), wording: text(), source: text() },
        Event::Refused,
        Event::Abandoned,
        Event::Excluded,
        Event::Reminder { step: text(), state: ReminderState::Dead, reason: text() },
        Event::DeliveryReport { step: text(), outcome: DeliveryOutcome::Bounced },
        Event::Returned { step: text() },
        Event::RestoredFrom { cart: text() },
        Event::RestoredAs { cart: text() },
        Event::Ordered { order: text(), total: text(), is_confirmed: false, is_recovered: true },
        Event::PaymentPending { order: text() },
        Event::OrderUndone { order: text(), reason: text() },
        Event::Refunded { order: text(), amount: text() },
        Event::Unsubscribed,
        Event::NotMe,
        Event::Expired,
        Event::Stripped,
        Event::Discarded,
    ]
}

/// Every page with the text in every field, by name.
fn pages(text: &str) -> Vec<(&'static str, String)> {
    let assets = Assets::default;
    vec![
        (
            "login",
            login::page(&LoginView { assets: assets(), secret_name: text.into(), refusal: Some(Refusal::Wrong) }).0,
        ),
        (
            "setup",
            setup::page(&SetupView { assets: assets(), csrf: text.into(), form: form(text), errors: errors(text) }).0,
        ),
        ("settings", settings::page(&settings(text)).0),
        ("today", today::page(&today(text)).0),
        ("first day", today::page(&TodayView { first_tag: Some(text.into()), ..today(text) }).0),
        ("carts", carts::page(&carts(text)).0),
        ("cart", cart::page(&cart(text)).0),
        ("problem", problem::page(&ProblemView { assets: assets(), code: text.into(), sentence: text.into() }).0),
    ]
}

#[test]
fn hostile_text_adds_no_tag_and_no_attribute_to_any_page() {
    for text in TEXTS {
        for ((name, hostile), (_, plain)) in pages(text).into_iter().zip(pages("word")) {
            assert_eq!(tags(&hostile), tags(&plain), "{name}: {text:?}");
        }
    }
}

#[test]
fn no_page_has_an_inline_script_style_or_handler() {
    for (name, page) in pages("word") {
        for tag in tags(&page) {
            assert!(!tag.contains(" style=") && !tag.contains(" on") && tag != "style", "{name}: {tag}");
            assert!(!tag.starts_with("script") || tag.ends_with("src="), "{name}: {tag}");
        }
    }
}

#[test]
fn ids_are_used_once_and_labels_lead_to_them() {
    for (name, page) in pages("word") {
        let values = |attribute: &str| -> Vec<String> {
            let marker = format!(" {attribute}=\"");
            page.split(&marker).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let ids = values("id");
        let mut distinct = ids.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len(), "{name}: {ids:?}");
        for attribute in ["for", "aria-describedby", "aria-labelledby", "data-copy", "list"] {
            for target in values(attribute).iter().flat_map(|value| value.split(' ')) {
                assert!(ids.iter().any(|id| id == target), "{name}: {attribute}={target}");
            }
        }
    }
}

#[test]
fn a_page_of_sixty_carts_with_long_names_stays_below_100_kb() {
    let mut view = carts(&"long name ".repeat(8));
    view.rows = vec![view.rows.remove(0); 60];
    for row in &mut view.rows {
        row.id = "01JDABCDEFGHJKMNPQRSTVWXYZ.1".into();
    }
    let bytes = carts::page(&view).0.len();
    assert!(bytes < 100_000, "{bytes}");
}
