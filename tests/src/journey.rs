//! The main job as stories of scripted shoppers; each step prints its observation.
mod challenge;
mod facts;
mod late_order;
mod recovery;
mod shopper;
mod unsubscribe;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use cartwake_shared::lifecycle::CartState;

pub use challenge::challenge;
pub use facts::{Cart, Reminder};
pub use late_order::late_order;
pub use recovery::recovery;
pub use shopper::{Choice, Shopper};
pub use unsubscribe::unsubscribe;

use crate::browser::{Browser, Driver, Window};
use crate::mailbox::Mail;
use crate::stack::{Stack, Wishes};
use crate::tools::checkout;
use crate::wait;

/// An hour of the rules lasts this long in a journey: carts are abandoned after ten seconds, a day is four minutes.
pub const HOUR_SECONDS: u32 = 10;

/// Steps a cron run may need from *abandoned* to *accepted by the provider*, with room for a busy machine.
const SENT_WITHIN: Duration = Duration::from_mins(1);

/// A day on which shoppers come: the running stack, browsers, and an album of what was seen.
pub struct Day {
    /// Shop, Worker and mailbox.
    pub stack: Stack,
    driver: Driver,
    album: PathBuf,
}

impl Day {
    /// Starts everything.
    pub async fn begin() -> Result<Self> {
        Self::begin_with(Wishes { hour_seconds: Some(HOUR_SECONDS), ..Wishes::default() }).await
    }

    /// Starts everything as it is wished for.
    pub async fn begin_with(wishes: Wishes) -> Result<Self> {
        let stack = Stack::start(wishes).await?;
        let driver = Driver::start(stack.logs()).await?;
        let album = checkout().join("target/cartwake/journey");
        fs::create_dir_all(&album).with_context(|| format!("cannot make {}", album.display()))?;
        Ok(Self { stack, driver, album })
    }

    /// A shopper with a browser that has never been to the shop.
    pub async fn shopper(&self) -> Result<Shopper> {
        Ok(Shopper::new(self.window(Window::Desk).await?, &self.stack.storefront.origin))
    }

    /// A window with an empty profile.
    pub async fn window(&self, window: Window) -> Result<Browser> {
        self.driver.open(window).await
    }

    /// Tells a step that went as promised.
    pub fn saw(&self, step: &str, observed: impl std::fmt::Display) {
        println!("  ✓ {step}: {observed}");
    }

    /// Keeps what a window shows, for people to look at.
    pub async fn photograph(&self, browser: &Browser, name: &str) -> Result<()> {
        browser.photograph(&self.album.join(format!("{name}.png"))).await
    }

    /// Where the pictures are.
    pub fn album(&self) -> &std::path::Path {
        &self.album
    }

    /// Runs the cron trigger as the platform would, now.
    pub async fn cron(&self) -> Result<()> {
        self.stack.worker.cron(wait::now_ms()).await
    }

    /// Runs the trigger several times as if so many hours of the rules had passed since the moment.
    pub async fn cron_after(&self, since_ms: i64, hours: i64, times: i64) -> Result<()> {
        for tick in 0..times {
            // A minute apart, as the platform does it; a minute of real time, since leases are not shortened.
            self.stack.worker.cron(since_ms + hours * i64::from(HOUR_SECONDS) * 1000 + tick * 60_000).await?;
        }
        Ok(())
    }

    /// Lets cron run until a mail to this address is accepted.
    pub async fn first_mail(&self, address: &str) -> Result<Mail> {
        wait::until(&format!("a mail to {address}"), SENT_WITHIN, || async move {
            self.cron().await?;
            Ok(self.stack.mailbox.to(address).await?.into_iter().next())
        })
        .await
    }

    /// The cart that is known under an address, once it is in a state.
    pub async fn cart(&self, address: &str, state: CartState) -> Result<Cart> {
        wait::until(&format!("the cart of {address} to be {}", state.word()), SENT_WITHIN, || async move {
            let cart = facts::cart(&self.stack, address).await?;
            Ok(cart.filter(|cart| cart.state == state))
        })
        .await
    }

    /// The reminders of a cart, in the order of their steps.
    pub async fn reminders(&self, cart: &Cart) -> Result<Vec<Reminder>> {
        facts::reminders(&self.stack, cart).await
    }
}
