//! Shows today: how far the carts of the day came, and whether cron, the mail provider and the database work.

use cartwake_shared::metric::Metric;
use maud::{Markup, html};

use super::funnel::{Funnel, funnel};
use super::layout::{Frame, signed_in};
use super::metrics::{Derived, Help, Share, grouped, how_counted};
use super::retention::{self, RetentionView};
use super::settings::tag_box;
use super::terms::LocalTime;
use crate::base::row_budget::{Shedding, Standing};
use crate::dashboard::Page;

/// The view of the day.
#[derive(Debug, Clone)]
pub struct TodayView {
    /// Header of the page.
    pub frame: Frame,
    /// The day, for example `Friday, 20 November`.
    pub day: String,
    /// The site's time zone, for example `Europe/Berlin`.
    pub zone: String,
    /// Carts created today and how far they came.
    pub funnel: Funnel,
    /// Recovered revenue, one formatted amount for each currency.
    pub revenue: Vec<String>,
    /// Attributed orders of notified carts.
    pub recovery_rate: Share,
    /// Abandoned, of the sum of abandoned and ordered.
    pub abandonment_rate: Share,
    /// Orders that only a page has reported.
    pub unconfirmed_orders: u64,
    /// Carts created today that are excluded.
    pub excluded: u64,
    /// Mails that the provider accepted while an order came in.
    pub raced: u64,
    /// When the cron trigger was last seen.
    pub cron: Cron,
    /// Whether the free plan's rows of the day are used up.
    pub is_daily_limit_reached: bool,
    /// How the rows of the day stand, where a budget is set.
    pub rows: Option<Standing>,
    /// Whether the platform counts the requests of networks.
    pub is_rate_limited: bool,
    /// Since when the mail provider takes no mail, and the reason it gives.
    pub mail_stopped: Option<(LocalTime, String)>,
    /// Reminders that wait for a person or a provider.
    pub held: Vec<HeldReminders>,
    /// What is kept, and what retention has removed.
    pub retention: RetentionView,
    /// The tag, where no cart has ever been seen.
    pub first_tag: Option<String>,
}

/// When the cron trigger last ran; the caller decides whether that is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cron {
    /// It has not run since the deployment.
    Never,
    /// In time; seconds since.
    OnTime(u64),
    /// Too long ago; seconds since.
    Late(u64),
}

/// Reminders that are held for one reason.
#[derive(Debug, Clone)]
pub struct HeldReminders {
    /// How many.
    pub count: u64,
    /// The reason and what helps, as a sentence.
    pub why: String,
    /// When they are looked at again.
    pub next_look: Option<LocalTime>,
}

/// The page of the day.
pub fn page(view: &TodayView) -> Markup {
    signed_in(
        &view.frame,
        Page::Today,
        "Today",
        &html! {
            div.title {
                h1 { "Today" }
                p.sub { (view.day) " · " (view.zone) }
            }
            (health(view))
            @match &view.first_tag {
                Some(tag) => (first_steps(tag)),
                None => { (metrics(view)) (retention::section(&view.retention)) }
            }
        },
    )
}

/// What is shed to spare the rows of the day, if anything.
fn rows_sentence(rows: &Standing) -> Option<String> {
    let shed = match rows.shedding {
        Shedding::Nothing => return None,
        Shedding::Coalescing => "Changes of anonymous carts are written once in five minutes.",
        Shedding::Anonymous => "Changes of anonymous carts wait in the shoppers' browsers until midnight UTC.",
        Shedding::Identified => "Changes of all carts wait in the shoppers' browsers until midnight UTC.",
    };
    let Standing { written, budget, .. } = rows;
    Some(format!(
        "{written} of the {budget} database rows of the day are written. {shed} Orders, refusals, unsubscribes and mails go on."
    ))
}

fn health(view: &TodayView) -> Markup {
    let (tone, sentence) = match view.cron {
        Cron::Never => ("bad", "Cron has not run yet. It should start within a minute of deploying.".to_owned()),
        Cron::OnTime(age) => ("good", format!("Cron ran {} ago", duration(age))),
        Cron::Late(age) => {
            ("bad", format!("Cron last ran {} ago. No reminder leaves until it runs again.", duration(age)))
        }
    };
    html! {
        ul.health aria-label="Health" {
            li class=(tone) { span class={ "dot " (tone) } {} (sentence) }
            @if view.is_daily_limit_reached {
                li.bad {
                    span.dot.bad {}
                    "The free plan's database rows of the day are used up until midnight UTC. Carts wait in the shoppers' browsers, reminders wait here; nothing is lost."
                }
            }
            @if let Some(sentence) = view.rows.as_ref().and_then(rows_sentence) {
                li.bad { span.dot.bad {} (sentence) }
            }
            @if !view.is_rate_limited {
                li { span.dot.warn {} "Requests are not limited: wrangler.jsonc of this deployment declares no rate limits" }
            }
            @if let Some((since, reason)) = &view.mail_stopped {
                li.bad {
                    span.dot.bad {}
                    strong { "The mail provider takes no mail" } " since " (since) ": " (reason)
                    ". Look at its key and plan; sending goes on by itself."
                }
            }
            @if view.held.is_empty() {
                li { span.dot.good {} "No reminder is held" }
            }
            @for held in &view.held {
                li {
                    span.dot.warn {}
                    strong { (held.count) " held" } " " (held.why)
                    @if let Some(next) = &held.next_look { span.sub { " Next look " (next) } }
                }
            }
        }
    }
}

fn first_steps(tag: &str) -> Markup {
    html! {
        section.card.welcome {
            h2 { "Waiting for the first cart" }
            p { "Three steps to the first reminder." }
            ol.steps {
                li {
                    strong { "Put the tag into your shop." }
                    p.hint { "One line before the closing " code { "</head>" } " of every page." }
                    (tag_box(tag))
                }
                li {
                    strong { "Put something into the cart and type your own address at the checkout." }
                    p.hint { "The cart shows up under " a href="/carts" { "Carts" } " within a few seconds." }
                }
                li {
                    strong { "Leave the shop." }
                    p.hint { "After the site's timeout the cart counts as abandoned and the first reminder is planned. While the state is Test it goes only to " a href="/settings" { "your own addresses" } "." }
                }
            }
        }
    }
}

fn metrics(view: &TodayView) -> Markup {
    html! {
        div.tiles {
            (tile(Metric::Revenue, &html! {
                @for amount in &view.revenue { span.amount { (amount) } }
                @if view.revenue.is_empty() { span.amount { "–" } }
            }, if view.revenue.len() > 1 { "currencies stand apart" } else { "attributed orders − refunds" }))
            (rate(Derived::RecoveryRate, view.recovery_rate, "notified"))
            (rate(Derived::AbandonmentRate, view.abandonment_rate, "abandoned + ordered"))
            (tile(Metric::Unconfirmed, &html! { (grouped(view.unconfirmed_orders)) }, "reported by a page only"))
        }
        section.card aria-labelledby="funnel-title" {
            div.card-head {
                h2 #funnel-title { "From cart to recovery" }
                p.sub { "Carts created today" }
            }
            (funnel(view.funnel))
            @if view.funnel.tracked == 0 {
                p.quiet-line { "No cart yet today. Earlier ones are under " a href="/carts" { "Carts" } "." }
            }
            @if view.raced > 0 {
                div.stage-head.beside {
                    p.sub { (Metric::Raced.name()) ": " (grouped(view.raced)) }
                    (how_counted(Metric::Raced))
                }
            }
            @if view.excluded > 0 {
                div.stage-head.beside {
                    p.sub { a href="/carts?state=discarded" { (Derived::Excluded.name()) ": " (grouped(view.excluded)) } ", never mailed and in no other metric" }
                    (how_counted(Derived::Excluded))
                }
            }
        }
    }
}

fn rate(metric: Derived, share: Share, whole: &str) -> Markup {
    let line = format!("{} of {} {whole}", grouped(share.part), grouped(share.whole));
    tile(metric, &html! { (share.percent()) }, &line)
}

fn tile(metric: impl Into<Help>, value: &Markup, line: &str) -> Markup {
    let help = metric.into();
    html! {
        section.card.tile {
            div.stage-head { h2 { (help.name) } (how_counted(help)) }
            p.value { (value) }
            p.sub { (line) }
        }
    }
}

/// `40 s`, `12 min`, `5 h`, `3 d`: the largest unit that is not zero.
fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::pages::hostile;

    #[test]
    fn durations_are_said_in_the_largest_unit() {
        assert_eq!(
            [0, 119, 120, 7_199, 7_200, 172_800].map(duration),
            ["0 s", "119 s", "2 min", "119 min", "2 h", "2 d"]
        );
    }

    #[test]
    fn a_shop_without_carts_is_told_what_to_do_next() {
        let page = page(&TodayView { first_tag: Some("the tag".into()), ..hostile::today("x") }).0;
        assert!(page.contains("Put the tag into your shop.") && page.contains("the tag</code>"));
        assert!(!page.contains("class=\"funnel\""));
    }

    #[test]
    fn every_metric_of_the_page_tells_how_it_is_counted() {
        let page = page(&TodayView { first_tag: None, ..hostile::today("x") }).0;
        // Ordered carts are a part of the abandonment rate and have no place of their own.
        let counters = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Ordered).map(Help::from);
        for help in counters.chain(Derived::ALL.map(Help::from)) {
            assert!(page.contains(help.formula), "{}", help.name);
        }
    }

    #[test]
    fn a_late_cron_and_held_mails_are_said_first() {
        let page = page(&TodayView { cron: Cron::Late(900), ..hostile::today("out of quota") }).0;
        assert!(page.contains("Cron last ran 15 min ago") && page.contains("out of quota"));
    }
}
