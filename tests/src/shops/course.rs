//! The list of what is driven through a browser, and how it is run: a name, a shop, a way, one line of result.
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use anyhow::Result;

use super::journey::{self, Tracking};
use super::{Counter, Floor, SHOPS, Shop, absence};

/// What a test does with a shop that is open.
type Story = for<'floor> fn(&'floor Floor, &'floor Shop, &'floor Counter) -> Running<'floor>;
type Running<'floor> = Pin<Box<dyn Future<Output = Result<()>> + 'floor>>;

/// Most hosts of one site (`edge/src/dashboard/site_form.rs`).
const MOST_HOSTS: usize = 20;

/// One test.
#[derive(Clone, Copy)]
pub struct Course {
    shop: Shop,
    way: &'static str,
    tracking: Tracking,
    story: Story,
}

/// Every test, those of one setting together, since the site has one setting at a time.
pub fn courses() -> Vec<Course> {
    let leave: Story = |floor, shop, counter| Box::pin(journey::leave(floor, shop, counter));
    let order: Story = |floor, shop, counter| Box::pin(journey::order(floor, shop, counter));
    let absent: Story = |floor, shop, counter| Box::pin(absence::equal(floor, shop, counter));
    let each = |way, tracking, story| SHOPS.into_iter().map(move |shop| Course { shop, way, tracking, story });
    each("leave", Tracking::Notice, leave)
        .chain(each("order", Tracking::Required, order))
        .chain(each("absence", Tracking::Notice, absent))
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
        for tracking in [Tracking::Notice, Tracking::Required] {
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
                Ok(()) => println!("test {:<28} ... ok ({seconds:.1} s)", course.name()),
                Err(error) => {
                    failed += 1;
                    println!("test {:<28} ... FAILED ({seconds:.1} s)\n    {error:#}", course.name());
                }
            }
        }
    }
}
