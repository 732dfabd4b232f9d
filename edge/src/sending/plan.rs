//! Plans: decides which due carts are abandoned, which reminders they get and when each cart is due again.

use cartwake_shared::{
    email::EmailAddress,
    exclusion::{self, ExclusionReason},
    identifier::{CartId, SiteId, StepId},
    key::MailboxHash,
    lifecycle::{self, CartState, Decision, Facts},
    metric::Metric,
    policy::SiteState,
    reminder::HELD_AT_MOST,
    share,
    time::Timestamp,
    trust,
};
use serde::Serialize;

use super::due::DueSite;
use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::{
        Query as _,
        sql::plan::{AbandonCarts, CountMetrics, FindDueCarts, FindDueCartsRow, PlanReminders, PostponeCarts},
    },
};

/// Most carts that the planner decides in one tick: as many as the largest tick can mail.
const CARTS_PER_TICK: usize = 200;
/// Most due carts of proven visitors that are read to take carts of all sites in turn.
const PROVEN_CONSIDERED: usize = 2 * CARTS_PER_TICK;
/// Most other due carts that are read: half of them those that have waited longest, half those due last. More of them would cost
/// more rows than a planned cart may, where strangers made them.
const OTHERS_CONSIDERED: usize = 220;

/// A cart as the planner reads it.
struct Candidate {
    site: SiteId,
    cart: CartId,
    version: String,
    due: Timestamp,
    facts: Facts,
    mailbox_hash: Option<MailboxHash>,
    cycle: i64,
    metrics: i64,
    address: Option<EmailAddress>,
    /// The exclusion that its events show by themselves.
    conduct: Option<ExclusionReason>,
}

impl Candidate {
    /// The reason to exclude the cart, once it is left. The address comes first: it is better evidence than the events.
    fn exclusion<P: Ports>(&self, app: &App<P>, site: &DueSite) -> Option<ExclusionReason> {
        let own = site.own.as_ref()?;
        let of_address = |address| exclusion::of_address(address, own, app.config.mail_stays_here);
        self.address.as_ref().and_then(of_address).or(self.conduct)
    }
}

/// What the planner did in one tick.
#[derive(Debug, Default)]
pub struct PlanReport {
    /// Carts it decided.
    pub carts: usize,
    /// Reminders it planned.
    pub reminders: usize,
}

/// The decision about one cart, as the statements of `plan.sql` read it.
#[derive(Serialize)]
struct ChangeRow<'a> {
    site: &'a SiteId,
    is_live: bool,
    cart: &'a CartId,
    version: &'a str,
    active: Timestamp,
    due: Timestamp,
    next: Option<Timestamp>,
    #[serde(skip)]
    is_abandoned: bool,
    bits: i64,
    exclusion: Option<&'static str>,
    step: Option<StepId>,
    position: Option<usize>,
    scheduled: Option<Timestamp>,
    cycle: i64,
    mailbox_hash: Option<&'a str>,
}

/// Decides the due carts of these sites, in turn: which are abandoned, which step is planned, when the cart is due again.
pub async fn plan<P: Ports>(app: &App<P>, sites: &[&DueSite]) -> Result<PlanReport, Error> {
    let now = app.now();
    let (month_ago, known_since) = (now.minus(share::PLACE_HOLDS), now.minus(trust::KNOWN_FOR));
    let carts = find(app, sites, now).await?;
    if carts.is_empty() {
        return Ok(PlanReport::default());
    }
    let mut changes = Vec::with_capacity(carts.len());
    let mut planned = 0_usize;
    for cart in &carts {
        let Some(site) = sites.iter().find(|site| site.id == cart.site) else { continue };
        let policy = &site.policy;
        let mut decision = lifecycle::decide(&cart.facts, policy, now);
        let is_left = decision.abandon || cart.facts.state == CartState::Abandoned;
        let exclusion = cart.exclusion(app, site).filter(|_| is_left);
        if exclusion.is_some() {
            decision = Decision { abandon: true, plan: None, next_decision: None };
        }
        let position = decision.plan.as_ref().and_then(|due| policy.steps.iter().position(|step| step.id == due.step));
        planned = planned.saturating_add(usize::from(decision.plan.is_some()));
        let bits = if is_left && exclusion.is_none() { cart.metrics } else { 0 };
        changes.push(ChangeRow {
            site: &cart.site,
            is_live: site.state == SiteState::Live,
            cart: &cart.cart,
            version: &cart.version,
            active: cart.facts.active_at,
            due: cart.due,
            next: decision.next_decision,
            is_abandoned: decision.abandon,
            bits,
            exclusion: exclusion.map(ExclusionReason::code),
            scheduled: decision.plan.as_ref().map(|due| due.scheduled),
            step: decision.plan.map(|due| due.step),
            position,
            cycle: cart.cycle,
            mailbox_hash: cart.mailbox_hash.as_ref().map(MailboxHash::as_str),
        });
    }
    let those =
        |holds: fn(&ChangeRow) -> bool| json::text(&changes.iter().filter(|change| holds(change)).collect::<Vec<_>>());
    let (abandoned, postponed) = (those(|change| change.is_abandoned), those(|change| !change.is_abandoned));
    let (with_step, to_count) = (those(|change| change.step.is_some()), those(|change| change.bits != 0));
    let counted = json::text(
        &[Metric::Tracked, Metric::Identified, Metric::Abandoned, Metric::Contactable]
            .map(|metric| (metric.bit(), metric.code())),
    );
    app.store()
        .batch(vec![
            CountMetrics { carts: &to_count, metrics: &counted }.statement(),
            PlanReminders { carts: &with_step, now, month_ago, known_since, held: HELD_AT_MOST.millis() }.statement(),
            AbandonCarts { carts: &abandoned, now }.statement(),
            PostponeCarts { carts: &postponed }.statement(),
        ])
        .await?;
    Ok(PlanReport { carts: carts.len(), reminders: planned })
}

/// The due carts of these sites, in turn. Where some have less than their part, those that have more are asked once again.
async fn find<P: Ports>(app: &App<P>, sites: &[&DueSite], now: Timestamp) -> Result<Vec<Candidate>, Error> {
    let sites: Vec<&SiteId> = sites.iter().map(|site| &site.id).collect();
    let (mut carts, of_each) = find_of(app, &sites, CARTS_PER_TICK, now).await?;
    let has_more = |site: &&SiteId| carts.iter().filter(|cart| cart.site == **site).count() >= of_each;
    let with_more: Vec<&SiteId> = sites.iter().copied().filter(has_more).collect();
    if carts.len() < CARTS_PER_TICK && !with_more.is_empty() && with_more.len() < sites.len() {
        carts.retain(|cart| !with_more.contains(&&cart.site));
        let left = CARTS_PER_TICK.saturating_sub(carts.len());
        carts.extend(find_of(app, &with_more, left, now).await?.0);
    }
    Ok(carts)
}

/// The due carts of these sites, and how many a site has at least if it may have more.
async fn find_of<P: Ports>(
    app: &App<P>,
    sites: &[&SiteId],
    most: usize,
    now: Timestamp,
) -> Result<(Vec<Candidate>, usize), Error> {
    let many = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let of_ahead = PROVEN_CONSIDERED.div_ceil(sites.len().max(1)).min(CARTS_PER_TICK);
    let of_each = OTHERS_CONSIDERED.div_ceil(sites.len().saturating_mul(2).max(1));
    let query = FindDueCarts {
        now,
        sites: &json::text(&sites),
        of_ahead: many(of_ahead),
        of_each: many(of_each),
        most: many(most),
        month_ago: now.minus(share::PLACE_HOLDS),
        known_since: now.minus(trust::KNOWN_FOR),
    };
    // A cart that only another version can read is skipped; the others are planned.
    let carts = app.store().readable_rows(&query).await?.into_iter().filter_map(candidate).collect();
    Ok((carts, of_each.min(of_ahead)))
}

/// A due cart from its row; `None` if only another version can read its planned steps.
fn candidate(row: FindDueCartsRow) -> Option<Candidate> {
    let planned: Vec<StepId> = json::read(&row.planned).ok()?;
    let mut metrics = 0;
    // A cart rebuilt from a reminder continues the same purchase; it is not counted again.
    if row.via.is_none() {
        metrics |= Metric::Tracked.bit() | Metric::Abandoned.bit();
        if row.mailbox_hash.is_some() {
            metrics |= Metric::Identified.bit();
        }
        if row.mailbox_hash.is_some() && row.basis.is_some() && row.refused_at.is_none() {
            metrics |= Metric::Contactable.bit();
        }
    }
    Some(Candidate {
        site: row.site,
        cart: row.id,
        version: row.version,
        due: row.due,
        facts: Facts {
            state: row.state,
            items: row.items,
            has_address: row.mailbox_hash.is_some(),
            created: row.created,
            active_at: row.active_at,
            planned,
        },
        mailbox_hash: row.mailbox_hash,
        cycle: row.cycle,
        metrics,
        address: row.address.and_then(|text| EmailAddress::parse(&text).ok()),
        conduct: row.conduct.and_then(|code| ExclusionReason::from_code(&code)),
    })
}
