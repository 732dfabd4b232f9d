//! Runs the whole stack on one machine: mail emulator, Worker in workerd, storefront, a site with its catalogue.
mod explorer;
mod inbox;
mod mail_proxy;
mod owner;
pub mod turnstile;
mod worker;

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process;

use anyhow::{Context, Result};

pub use explorer::{Explorer, Invocation, Row};
pub use mail_proxy::{Attempt, MailProxy, Moment};
pub use owner::{Owner, Site};
pub use turnstile::Turnstile;
pub use worker::{ROOT_KEY, Trigger, WEBHOOK_SECRET, Worker};

use crate::client::Client;
use crate::mailbox::Mailbox;
use crate::storefront::Storefront;
use crate::tools::Tools;
use inbox::Inbox;

/// The options of a stack.
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// Port of the storefront; 0 takes a free one, here and below.
    pub shop_port: u16,
    /// Port of the Worker with the dashboard.
    pub worker_port: u16,
    /// Port of the mail emulator.
    pub inbox_port: u16,
    /// So many seconds stand for an hour in every rule; `None` for real time.
    pub hour_seconds: Option<u32>,
    /// Most mails of one tick; `None` for the Worker's own number.
    pub mails_per_tick: Option<u32>,
    /// Rows that the database may write in a day; `None` for the Worker's own number.
    pub rows_per_day: Option<u32>,
    /// Whether `/test/…` breaks things.
    pub has_faults: bool,
    /// Whether the mail provider's events are taken, proven by [`WEBHOOK_SECRET`].
    pub has_webhook: bool,
    /// Whether first contacts beyond the shares are asked for a challenge.
    pub has_challenge: bool,
    /// Whether a proxy that can misbehave stands before the mail emulator.
    pub has_mail_proxy: bool,
}

/// The running stack; dropping it ends every server and removes its folder.
pub struct Stack {
    /// The shop.
    pub storefront: Storefront,
    /// The Worker.
    pub worker: Worker,
    /// The accepted mails.
    pub mailbox: Mailbox,
    /// The proxy before the mail emulator, if the options ask for it.
    pub mail_proxy: Option<MailProxy>,
    /// The provider of the challenge, if the options ask for it.
    pub turnstile: Option<Turnstile>,
    /// The site that was set up for the shop.
    pub site: Site,
    /// The owner's session.
    pub owner: Owner,
    /// The secret that signs in to the dashboard.
    pub admin_secret: String,
    /// Calls the Worker from the shop's origin.
    pub client: Client,
    _inbox: Inbox,
    // Last: fields are dropped in order, and the folder goes once nothing writes to it.
    folder: Folder,
}

impl Stack {
    /// Starts everything and sets the site up as its owner would.
    pub async fn start(wishes: Wishes) -> Result<Self> {
        let tools = Tools::from_environment()?;
        let http = reqwest::Client::new();
        let folder = Folder::new()?;
        let admin_secret = random_word()?;

        let inbox = Inbox::start(&tools, &http, &folder.path, port(wishes.inbox_port)?).await?;
        let mailbox = Mailbox::new(http.clone(), &inbox.origin);
        let mail_proxy =
            if wishes.has_mail_proxy { Some(MailProxy::open(http.clone(), &inbox.origin).await?) } else { None };
        let turnstile = if wishes.has_challenge { Some(Turnstile::open().await?) } else { None };
        let settings = worker::Settings {
            port: port(wishes.worker_port)?,
            mail_api: mail_proxy.as_ref().map_or(&inbox.origin, |proxy| &proxy.origin).clone(),
            challenge: turnstile.as_ref().map(Turnstile::address),
            admin_secret: admin_secret.clone(),
            hour_seconds: wishes.hour_seconds,
            mails_per_tick: wishes.mails_per_tick,
            rows_per_day: wishes.rows_per_day,
            has_faults: wishes.has_faults,
            has_webhook: wishes.has_webhook,
        };
        let worker = Worker::start(&tools, &http, &folder.path, settings).await?;
        let mut storefront =
            Storefront::open(wishes.shop_port, &worker.origin, &mailbox.page(), turnstile.as_ref()).await?;

        let client = Client::new(&worker.origin, &storefront.origin)?;
        let owner = Owner::log_in(client.clone(), &admin_secret).await?;
        let site = owner.set_up(&storefront.origin).await?;
        storefront.connect(&site)?;
        let catalogue = storefront.catalogue.feed(&storefront.origin);
        let stored = client.signed("/v1/products", &site.id, &site.secret, &catalogue).await?;
        stored.expect_status(200).context("the catalogue was refused")?;
        Ok(Self {
            storefront,
            worker,
            mailbox,
            mail_proxy,
            turnstile,
            site,
            owner,
            admin_secret,
            client,
            _inbox: inbox,
            folder,
        })
    }

    /// Where the logs of the servers are while the stack runs.
    pub fn logs(&self) -> &std::path::Path {
        &self.folder.path
    }
}

/// A folder for one run.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Self> {
        let path = env::temp_dir().join(format!("cartwake-{}-{}", process::id(), random_word()?));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A failed run keeps its logs when asked to; otherwise nothing is left behind.
        if env::var_os("CARTWAKE_KEEP_LOGS").is_none() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// The wished port, or a free one of the loopback address.
fn port(wished: u16) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", wished)).with_context(|| {
        format!("port {wished} is taken: end what uses it, or name another (see `cargo xtask help`)")
    })?;
    Ok(listener.local_addr()?.port())
}

/// 20 random letters and digits, 100 bits.
fn random_word() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}
