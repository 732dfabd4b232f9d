//! Networks of strangers against one site of the built Worker: how many strangers are mailed, and who else waits for it.
//!
//! The clock is that of the rules: cron runs as if scheduled minute by minute, as in the kills, and no hour is shortened.
mod shoppers;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use cartwake_shared::share::{NETWORK, SITE_AT_LEAST};
use serde_json::Value;

use super::section;
use crate::kills::where_it_is_noon;
use crate::stack::{Row, Stack, Wishes};
use crate::{tools, wait};
use shoppers::{Kind, Shopper};

/// How many networks attack.
const NETWORKS: [u64; 3] = [1, 10, 100];
/// Addresses that one network posts at least, and all of them together at least.
const ADDRESSES: (u64, u64) = (12, 200);
/// Shoppers of each kind who act meanwhile.
const SHOPPERS: u64 = 5;
/// Posts under way at the same time.
const AT_ONCE: usize = 4;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The longest that a proven shopper may wait beyond the time at which the reminder was due (spec/mission.md, P5).
const LONGEST_WAIT: i64 = 10 * MINUTE;

/// What came of one attack.
struct Attack {
    networks: u64,
    posts: u64,
    mailed: u64,
    held: u64,
    /// What the formula of the shares allows.
    allowed: u64,
    proven: Meanwhile,
    first_contacts: Meanwhile,
}

/// How some shoppers fared meanwhile.
#[derive(Default)]
struct Meanwhile {
    shoppers: u64,
    mailed: u64,
    /// The longest time from when a reminder was due until it left, in milliseconds.
    waited: i64,
}

/// Attacks with each number of networks, prints the table, writes its section of `docs/benchmarks.md`; an error where more is
/// mailed than allowed or a proven shopper waits.
pub(super) async fn run() -> Result<()> {
    let mut attacks = Vec::new();
    for networks in NETWORKS {
        let attack = attack(networks).await.with_context(|| format!("{networks} networks"))?;
        println!("{}", attack.line());
        attacks.push(attack);
    }
    write(tools::checkout(), &attacks)?;
    for Attack { networks, mailed, allowed, proven, .. } in &attacks {
        ensure!(mailed <= allowed, "{networks} networks had {mailed} strangers mailed, {allowed} are allowed");
        ensure!(proven.mailed == proven.shoppers, "{networks} networks: a proven shopper was not mailed");
        ensure!(proven.waited <= LONGEST_WAIT, "{networks} networks: a proven shopper waited {} ms", proven.waited);
    }
    Ok(())
}

/// A day of a site: some shoppers known from before, strangers from so many networks, and first contacts of their own.
async fn attack(networks: u64) -> Result<Attack> {
    let stack = Stack::start(Wishes::default()).await?;
    let zone = where_it_is_noon(wait::now_ms() + 2 * HOUR);
    let mut known = Vec::new();
    for kind in [Kind::Returned, Kind::Buyer] {
        for number in 0..SHOPPERS {
            known.push(Shopper::arrive(&stack, kind, number, &zone).await?);
        }
    }
    shoppers::become_known(&stack, &mut known).await?;

    let each = ADDRESSES.0.max(ADDRESSES.1.div_ceil(networks));
    let posts = each * networks;
    shoppers::bomb(&stack, 0..posts / 2, networks, &zone).await?;
    let mut acting = known;
    for kind in [Kind::Verified, Kind::FirstContact] {
        for number in 0..SHOPPERS {
            acting.push(Shopper::arrive(&stack, kind, number, &zone).await?);
        }
    }
    for shopper in &mut acting {
        shopper.leave_cart(&stack).await?;
    }
    shoppers::bomb(&stack, posts / 2..posts, networks, &zone).await?;

    // Minute by minute while the first reminders are due, then by quarters of an hour until a day has gone by.
    let start = wait::now_ms().div_euclid(30 * MINUTE) * 30 * MINUTE;
    for minute in 45..150 {
        stack.worker.cron(start + minute * MINUTE).await?;
    }
    for quarter in 10..=104 {
        stack.worker.cron(start + (quarter * 15 + 1) * MINUTE).await?;
    }
    let rows = stack.worker.explorer.rows(include_str!("attack/reminders.sql"), &[]).await?;
    let (strangers, others): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| shoppers::is_stranger(text(row, "cart")));
    let mailed = strangers.iter().filter(|row| time(row, "first").is_some()).count();
    let mails = stack.mailbox.all().await?;
    let received = mails.iter().filter(|mail| mail.to.iter().any(|to| to.starts_with("victim"))).count();
    ensure!(received >= mailed, "{mailed} strangers mailed, {received} mails received");
    let fared = |is_one: fn(Kind) -> bool| {
        let mut meanwhile = Meanwhile::default();
        for shopper in acting.iter().filter(|shopper| is_one(shopper.kind)) {
            meanwhile.shoppers += 1;
            let row = others.iter().find(|row| text(row, "cart") == shopper.cart());
            let Some((due, left)) = row.and_then(|row| Some((time(row, "scheduled")?, time(row, "first")?))) else {
                continue;
            };
            meanwhile.mailed += 1;
            meanwhile.waited = meanwhile.waited.max(left - due);
        }
        meanwhile
    };
    let of_networks = u64::from(NETWORK.of_site) * networks;
    Ok(Attack {
        networks,
        posts,
        mailed: u64::try_from(mailed)?,
        held: posts - u64::try_from(mailed)?,
        allowed: of_networks.min(u64::try_from(SITE_AT_LEAST)?).min(posts),
        proven: fared(|kind| kind != Kind::FirstContact),
        first_contacts: fared(|kind| kind == Kind::FirstContact),
    })
}

fn text<'row>(row: &'row Row, column: &str) -> &'row str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

fn time(row: &Row, column: &str) -> Option<i64> {
    row.get(column).and_then(Value::as_i64)
}

impl Attack {
    fn line(&self) -> String {
        let Self { networks, posts, mailed, held, allowed, proven, first_contacts } = self;
        format!(
            "| {networks} | {posts} | {mailed} | {allowed} | {held} | {} | {} |",
            proven.cells(),
            first_contacts.cells()
        )
    }
}

impl Meanwhile {
    fn cells(&self) -> String {
        let Self { shoppers, mailed, waited } = self;
        if *mailed == 0 {
            return format!("0 of {shoppers} | –");
        }
        let (minutes, seconds) = (waited.div_euclid(MINUTE), waited.rem_euclid(MINUTE) / 1_000);
        format!("{mailed} of {shoppers} | {minutes}:{seconds:02}")
    }
}

fn write(root: &Path, attacks: &[Attack]) -> Result<()> {
    let (of_each, of_all) = ADDRESSES;
    let mut page = format!(
        "## A site under attack\n\n\
         Written by `cargo xtask bench attack`: strangers behind 1, 10 and 100 networks against one site of the built Worker, \
         with the settings of a new deployment (five mails a tick, no challenge). Each network posts at least {of_each} addresses, \
         all together at least {of_all}, each with a visitor, a session and a consent of its own and as patient as a person. \
         Meanwhile {SHOPPERS} each of signed customers, shoppers who came back by a link forty days ago, buyers that the shop's \
         server told forty days ago, and first contacts leave a cart.\n\n\
         | networks | addresses posted | strangers mailed in 24 h | allowed | held | proven shoppers mailed | longest wait, min:s \
         | honest first contacts mailed | longest wait, min:s |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    for attack in attacks {
        writeln!(page, "{}", attack.line())?;
    }
    write!(
        page,
        "\n*Allowed* is what the shares permit: {} for each network, and {SITE_AT_LEAST} for a young site in all, among whom \
         the honest first contacts are. *Wait* is the time from when a first reminder was due until it left. The clock is that \
         of the rules: cron runs as if scheduled minute by minute, no hour is shortened. \
         The command fails where more strangers are mailed than allowed, where a proven shopper is not mailed, \
         or waits longer than ten minutes.\n",
        NETWORK.of_site
    )?;
    println!("{page}");
    section::put(root, "attack", &page)
}
