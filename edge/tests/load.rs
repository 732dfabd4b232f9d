//! Very many reminders due at once: their order, what a tick uses, and how those that come too late end.
//!
//! An unoptimised build tries a twentieth of each crowd; `cargo xtask test load` tries all of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests; they print a table")]

use cartwake_edge::native::views::{ReminderView, SENT, Standing, Why, standings, stands};
use cartwake_shared::{gate::Reason, reminder::ReminderState, time::Span};

#[path = "load/crowd.rs"]
mod crowd;
#[path = "load/flood.rs"]
mod flood;

use crowd::Crowd;

/// What crowds are divided by.
const SCALE: i64 = if cfg!(debug_assertions) { 20 } else { 1 };
const FIRST_STEP: Span = Span::minutes(61);
const PAUSED: Standing = Standing { state: ReminderState::Ready, why: Some(Why::Rule(Reason::Paused)) };
const SECOND_STEP: Span = Span::hours(25);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// In which ticks the mails of `b` leave, with so many carts of `a` before it.
fn ticks_of_b(mails_per_tick: u32, of_a: i64, of_b: i64) -> Vec<u32> {
    let mut crowd = Crowd::of(&names(&["a", "b"]), mails_per_tick);
    if of_a > 0 {
        crowd.leave("a", of_a, FIRST_STEP, "[]", 0);
    }
    crowd.tick(4);
    crowd.leave("b", of_b, FIRST_STEP, "[]", 0);
    crowd.tick(10);
    crowd.assert_within_the_plan(&format!("{of_b} carts behind {of_a} of another shop, {mails_per_tick} mails a tick"));
    crowd.mails.iter().filter(|mail| mail.site == "b").map(|mail| mail.tick).collect()
}

#[test]
fn fifty_thousand_of_one_shop_delay_another_by_five_ticks_at_most() {
    for (mails_per_tick, of_b) in [(5, 10), (200, 250)] {
        let (alone, behind) = (ticks_of_b(mails_per_tick, 0, of_b), ticks_of_b(mails_per_tick, 50_000 / SCALE, of_b));
        assert_eq!((alone.len(), behind.len()), (usize::try_from(of_b).unwrap(), usize::try_from(of_b).unwrap()));
        let worst = alone.iter().zip(&behind).map(|(alone, behind)| behind - alone).max().unwrap();
        println!("{mails_per_tick} mails a tick: delayed by {worst} ticks");
        assert!(worst <= 5, "{mails_per_tick} mails a tick: {worst} ticks; {behind:?}");
    }
}

#[test]
fn of_a_thousand_shops_none_is_served_twice_before_all_were_served_once() {
    let sites: Vec<String> = (0..1_000 / SCALE).map(|number| format!("s{number:04}")).collect();
    let mut crowd = Crowd::of(&sites, 5);
    for site in &sites {
        crowd.leave(site, 2, FIRST_STEP, "[]", 0);
    }
    // One to plan, 200 to send to all of 1,000, and a few.
    crowd.tick(u32::try_from(200 / SCALE + 5).unwrap());
    crowd.assert_within_the_plan(&format!("two carts of each of {} shops, 5 mails a tick", sites.len()));
    let mut first: Vec<&str> = crowd.mails.iter().take(sites.len()).map(|mail| mail.site.as_str()).collect();
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), sites.len());
}

#[test]
fn inside_a_shop_first_steps_leave_first_and_the_oldest_of_them_before_the_others() {
    let mut crowd = Crowd::of(&names(&["a", "b", "c"]), 200);
    for site in ["a", "b", "c"] {
        crowd.leave(site, 300, SECOND_STEP, r#"["s1"]"#, 0);
        crowd.leave(site, 300, FIRST_STEP, "[]", 300);
    }
    // All are planned before the first is sent, so that the order is that of the outbox alone.
    crowd.edge.config.mails_per_tick = 0;
    crowd.tick(10);
    crowd.edge.config.mails_per_tick = 200;
    crowd.tick(12);
    assert_eq!(crowd.mails.len(), 1_800);
    for site in ["a", "b", "c"] {
        let left: Vec<(&str, u64)> =
            crowd.mails.iter().filter(|mail| mail.site == site).map(|mail| (mail.step.as_str(), mail.number)).collect();
        let expected: Vec<(&str, u64)> =
            (300..600).map(|number| ("s1", number)).chain((0..300).map(|number| ("s2", number))).collect();
        assert_eq!(left, expected, "{site}");
    }
    for (tick, shares) in crowd.shares() {
        let (most, least) = (shares.values().max().unwrap(), shares.values().min().unwrap());
        assert!(most - least <= 1, "tick {tick}: {shares:?}");
    }
}

#[test]
fn a_paused_shop_with_fifty_thousand_reminders_costs_another_nothing() {
    // So many of b that the planner, which shares its look between both, plans them in one tick.
    for (mails_per_tick, of_b, ticks) in [(5, 40, 8), (200, 90, 1)] {
        let mut crowd = Crowd::of(&names(&["a", "b"]), mails_per_tick);
        crowd.leave("a", 50_000 / SCALE, FIRST_STEP, "[]", 0);
        crowd.edge.config.mails_per_tick = 0;
        crowd.tick(5);
        crowd.edge.config.mails_per_tick = mails_per_tick;
        crowd.pause("a", true);
        crowd.leave("b", of_b, FIRST_STEP, "[]", 0);
        let told_why = |crowd: &Crowd| {
            let is_told = |reminder: &ReminderView| reminder.site == "a" && reminder.standing() == PAUSED;
            crowd.reminders().into_iter().filter(is_told).count()
        };
        crowd.tick(1);
        crowd.tick(ticks);
        assert_eq!(crowd.mails.len(), usize::try_from(of_b).unwrap(), "{mails_per_tick} mails a tick");
        assert!(told_why(&crowd) <= 10, "b had the whole of each tick");
        // With nothing else to do, one group a tick is told why it waits; none is looked at twice meanwhile.
        let before = told_why(&crowd);
        crowd.tick(30);
        assert_eq!(told_why(&crowd), before + 5 * 30);
        assert!(crowd.mails.iter().all(|mail| mail.site == "b"));
        // Goes on by itself when the pause ends.
        crowd.pause("a", false);
        crowd.tick(1);
        assert!(crowd.mails.iter().any(|mail| mail.site == "a"));
        crowd.assert_within_the_plan(&format!("a shop beside a paused one of 50,000, {mails_per_tick} mails a tick"));
    }
}

#[test]
fn a_backlog_that_is_too_late_ends_as_stale_and_does_not_stand_before_fresh_reminders() {
    let mut crowd = Crowd::of(&names(&["a"]), 5);
    crowd.leave("a", 3_000, FIRST_STEP, "[]", 0);
    crowd.leave("a", 3_000, SECOND_STEP, r#"["s1"]"#, 3_000);
    crowd.tick(40);
    let sent = crowd.mails.len();
    assert_eq!(sent, 5 * 39);
    // Cron stands still for longer than a reminder is of use.
    crowd.wait(Span::hours(13));
    crowd.leave("a", 10, FIRST_STEP, "[]", 6_000);
    crowd.tick(10);
    let fresh = crowd.mails.iter().filter(|mail| mail.number >= 6_000).count();
    assert_eq!((fresh, crowd.mails.len()), (10, sent + 10), "{:?}", crowd.shares());
    let stale = stands(ReminderState::Stale, Reason::Stale);
    assert_eq!(standings(&crowd.reminders()), [(sent + 10, SENT), (6_000 - sent, stale)]);
    crowd.assert_within_the_plan("6,000 carts that come too late, 5 mails a tick");
}

#[test]
fn a_hundred_thousand_reminders_leave_in_fair_order() {
    // One big shop, some of a middle size, many small ones; half of the middle ones are at their second step.
    let mut sites: Vec<(String, i64)> = vec![("big".to_owned(), 50_000 / SCALE)];
    sites.extend((0..8).map(|number| (format!("middle{number}"), 5_000 / SCALE)));
    sites.extend((0..100).map(|number| (format!("small{number:03}"), 100 / SCALE)));
    let all: Vec<String> = sites.iter().map(|(site, _)| site.clone()).collect();
    let mut crowd = Crowd::of(&all, 200);
    let mut expected = 0;
    for (site, many) in &sites {
        let later = if site.starts_with("middle") { many / 2 } else { 0 };
        if later > 0 {
            crowd.leave(site, later, SECOND_STEP, r#"["s1"]"#, 0);
        }
        crowd.leave(site, many - later, FIRST_STEP, "[]", later);
        expected += usize::try_from(*many).unwrap();
    }
    let all_of_them = usize::try_from(100_000 / SCALE).unwrap();
    assert_eq!(expected, all_of_them);
    // 200 a tick, one tick to plan the first, and a few.
    crowd.tick(u32::try_from(500 / SCALE + 5).unwrap());
    assert_eq!(crowd.mails.len(), all_of_them);
    assert_eq!(standings(&crowd.reminders()), [(all_of_them, SENT)], "each has a named end");
    let mut distinct = crowd.mails.clone();
    distinct.sort();
    distinct.dedup_by(|one, other| (&one.site, one.number, &one.step) == (&other.site, other.number, &other.step));
    assert_eq!(distinct.len(), all_of_them, "each left once");

    // Shares: as long as a shop has reminders left, no other gets more than one more than it in any five ticks.
    let last_of = |site: &str| crowd.mails.iter().filter(|mail| mail.site == site).map(|mail| mail.tick).max().unwrap();
    let until: Vec<(&str, u32)> = all.iter().map(|site| (site.as_str(), last_of(site))).collect();
    let shares = crowd.shares();
    for begin in (2..u32::try_from(500 / SCALE).unwrap()).step_by(5) {
        let window = || (begin..begin + 5).filter_map(|tick| shares.get(&tick));
        let of = |site: &str| window().filter_map(|shares| shares.get(site)).sum::<usize>();
        let open: Vec<usize> = until.iter().filter(|(_, last)| *last >= begin + 5).map(|(site, _)| of(site)).collect();
        let (Some(most), Some(least)) = (open.iter().max(), open.iter().min()) else { continue };
        assert!(most - least <= 5, "from tick {begin}: {least} to {most}");
    }
    // Order inside a shop: the oldest first, among those that were planned when it had its turn.
    for site in &all {
        let left: Vec<u64> =
            crowd.mails.iter().filter(|mail| mail.site == *site && mail.step == "s1").map(|mail| mail.number).collect();
        assert!(left.is_sorted(), "{site}");
    }
    for (kind, size) in [("small", 100 / SCALE), ("middle", 5_000 / SCALE), ("big", 50_000 / SCALE)] {
        let last = until.iter().filter(|(site, _)| site.starts_with(kind)).map(|(_, last)| *last).max().unwrap();
        println!("{kind:<8} shops with {size:>6} carts: the last mail left in tick {last}");
    }
    crowd.assert_within_the_plan(&format!("{all_of_them} carts of 109 shops, 200 mails a tick"));
}
