//! The list of browser runs over the fixture shops: a name, a shop, a way, one line of result.
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use anyhow::Result;

use super::journey::{self, Tracking};
use super::{
    Counter, Floor, SHOPS, Shop, absence, at_rest, late_analytics, locale_formats, matrix, named, permission, settled,
    strict_policy,
};

/// What a test does with a shop that is open.
type Story = for<'floor> fn(&'floor Floor, &'floor Shop, &'floor Counter) -> Running<'floor>;
type Running<'floor> = Pin<Box<dyn Future<Output = Result<()>> + 'floor>>;

/// Most hosts of one site (`shared/src/policy/kind.rs`).
const MOST_HOSTS: usize = 20;

/// One test.
#[derive(Clone, Copy)]
pub struct Course {
    shop: Shop,
    way: &'static str,
    tracking: Tracking,
    story: Story,
}

/// A story as a course of one shop.
macro_rules! course {
    ($shop:expr, $way:literal, $tracking:ident, $story:path) => {
        Course {
            shop: $shop,
            way: $way,
            tracking: Tracking::$tracking,
            story: |floor, shop, counter| Box::pin($story(floor, shop, counter)),
        }
    };
}

/// Every test: what each shop must do, one shop in other countries, one shop under each condition.
pub fn courses() -> Vec<Course> {
    let of_shop = |shop| {
        [
            course!(shop, "leave", Notice, journey::leave),
            course!(shop, "order", Required, journey::order),
            course!(shop, "silence", Required, journey::silence),
            course!(shop, "absence", Notice, absence::equal),
        ]
    };
    let under_conditions = [
        course!(late_analytics::LATE, "wasm blocked", Notice, matrix::wasm_blocked),
        course!(late_analytics::LATE, "storage blocked", Notice, matrix::storage_blocked),
        course!(late_analytics::LATE, "storage full", Notice, matrix::storage_full),
        course!(late_analytics::LATE, "third-party cookies blocked", Notice, matrix::third_party_cookies_blocked),
        course!(late_analytics::LATE, "two tabs", Notice, matrix::two_tabs),
        course!(late_analytics::LATE, "left while sending", Notice, matrix::left_while_sending),
        course!(late_analytics::LATE, "written over by another tab", Notice, matrix::written_over),
        course!(late_analytics::LATE, "storage replaced at once", Notice, matrix::replaced_at_once),
        course!(late_analytics::LATE, "back-forward cache", Notice, matrix::back_forward_cache),
        course!(late_analytics::LATE, "offline then online", Notice, matrix::offline_then_online),
        course!(late_analytics::LATE, "autofill", Notice, matrix::autofill),
        course!(late_analytics::LATE, "consent by TCF", Required, permission::framework),
        course!(late_analytics::LATE, "consent by OneTrust", Required, permission::one_trust),
        course!(late_analytics::LATE, "consent by Cookiebot", Required, permission::cookiebot),
        course!(late_analytics::LATE, "consent by Usercentrics", Required, permission::usercentrics),
        course!(late_analytics::LATE, "consent by Consent Mode", Required, permission::consent_mode),
        course!(late_analytics::LATE, "debug panel", Notice, permission::debug_panel),
    ];
    let settled = [
        course!(named::SHOP, "leave", Named, journey::leave),
        course!(named::SHOP, "emptied", Named, settled::emptied),
        course!(named::SHOP, "own box", OwnBox, settled::own_box),
        course!(late_analytics::LATE, "identified", Identified, settled::identified),
        course!(strict_policy::SHOP, "identified", Identified, settled::identified),
        course!(late_analytics::LATE, "first-party id", Cookie, settled::first_party_id),
        course!(late_analytics::LATE, "shared device", Notice, settled::shared_device),
    ];
    let attacked = [
        course!(late_analytics::LATE, "address at rest", Notice, at_rest::sealed),
        course!(late_analytics::LATE, "closed tab", Notice, at_rest::closed_tab),
        course!(late_analytics::LATE, "left at once", Required, at_rest::left_at_once),
        course!(late_analytics::LATE, "attack_10 forged wish", Required, at_rest::attack_10),
        course!(late_analytics::LATE, "challenge", Notice, at_rest::challenge),
    ];
    // The same shop in another country differs in its amounts alone.
    let countries = [
        course!(locale_formats::JAPANESE, "leave", Notice, journey::leave),
        course!(locale_formats::AMERICAN, "leave", Notice, journey::leave),
    ];
    SHOPS
        .into_iter()
        .flat_map(of_shop)
        .chain(countries)
        .chain(under_conditions)
        .chain(settled)
        .chain(attacked)
        .collect()
}

impl Course {
    /// `<shop> <way>`.
    pub fn name(&self) -> String {
        format!("{} {}", self.shop.name, self.way)
    }
}

impl Floor {
    /// Runs the tests, prints one line for each and returns how many failed.
    pub async fn run(&self, courses: &[Course]) -> Result<usize> {
        let mut failed = 0;
        for tracking in Tracking::ALL {
            let of_setting: Vec<&Course> = courses.iter().filter(|course| course.tracking == tracking).collect();
            for few in of_setting.chunks(MOST_HOSTS) {
                let shops: Vec<Shop> = few.iter().map(|course| course.shop).collect();
                let counters = self.open_shops(&shops, tracking).await?;
                let queue = RefCell::new(few.iter().copied().zip(&counters));
                // Most of a test is waiting; two cores carry three browsers.
                let (one, two, three) = tokio::join!(self.lane(&queue), self.lane(&queue), self.lane(&queue));
                failed += one + two + three;
            }
        }
        Ok(failed)
    }

    /// Takes one test after the other until there is none.
    async fn lane<'list>(&self, queue: &RefCell<impl Iterator<Item = (&'list Course, &'list Counter)>>) -> usize {
        let mut failed = 0;
        loop {
            let next = queue.borrow_mut().next();
            let Some((course, counter)) = next else { return failed };
            let start = Instant::now();
            let outcome = (course.story)(self, &course.shop, counter).await;
            let seconds = start.elapsed().as_secs_f32();
            match outcome {
                Ok(()) => println!("test {:<43} ... ok ({seconds:.1} s)", course.name()),
                Err(error) => {
                    failed += 1;
                    println!("test {:<43} ... FAILED ({seconds:.1} s)\n    {error:#}", course.name());
                }
            }
        }
    }
}
