//! Planning: which due carts are abandoned, which reminders they get, when they are looked at again.

use cartwake_shared::{
    breaker::hour_of,
    email::EmailAddress,
    exclusion::{self, ExclusionReason},
    identifier::{CartId, SiteId, StepId},
    lifecycle::{self, CartState, Decision, Facts},
    metric::Metric,
    time::Timestamp,
    trust::{self, Trust},
};
use serde::Serialize;

use super::due::DueSite;
use crate::base::{
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    store::{Row, StoreError, sql},
};

/// Carts the planner looks at in one tick: as many as the largest tick can mail.
const CARTS_PER_TICK: usize = 200;
/// Keys of carts that are read in order to be fair among sites, of all of them together.
const CARTS_CONSIDERED: usize = 2_000;

/// A cart as the planner reads it.
struct Candidate {
    site: SiteId,
    cart: CartId,
    version: String,
    due: Timestamp,
    facts: Facts,
    mailbox_hash: Option<String>,
    cycle: i64,
    trust: i64,
    metrics: i64,
    address: Option<EmailAddress>,
    /// What its events show by themselves.
    conduct: Option<ExclusionReason>,
}

impl Candidate {
    /// Why it is no shopper's, once it has been left; the address first, which says more than how it came.
    fn exclusion<P: Ports>(&self, app: &App<P>, site: &DueSite) -> Option<ExclusionReason> {
        let own = site.own.as_ref()?;
        let of_address = |address| exclusion::of_address(address, own, app.config.mail_stays_here);
        self.address.as_ref().and_then(of_address).or(self.conduct)
    }
}

/// What the planner did.
#[derive(Debug, Default)]
pub struct Planned {
    /// Carts it looked at.
    pub looked_at: usize,
    /// Reminders it planned.
    pub reminders: usize,
    /// Sites that got a new address nobody vouches for.
    pub unproven: Vec<SiteId>,
}

/// What was decided about one cart.
#[derive(Serialize)]
struct ChangeRow<'a> {
    site: &'a SiteId,
    cart: &'a CartId,
    version: &'a str,
    active: Timestamp,
    due: Timestamp,
    next: Option<Timestamp>,
    abandon: i32,
    bits: i64,
    exclusion: Option<&'static str>,
    step: Option<StepId>,
    position: Option<usize>,
    scheduled: Option<Timestamp>,
    cycle: i64,
    mailbox_hash: Option<&'a str>,
    trust: i64,
}

/// Looks at due carts of these sites, in turn: what becomes abandoned, which step is planned, when to look again.
pub async fn plan<P: Ports>(app: &App<P>, sites: &[&DueSite]) -> Result<Planned, Error> {
    let now = app.now();
    let many = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let of_each = CARTS_CONSIDERED.div_ceil(sites.len().max(1)).min(CARTS_PER_TICK);
    let asked = json::text(&sites.iter().map(|site| &site.id).collect::<Vec<_>>());
    let rows = app
        .store()
        .execute(sql::PLAN_DUE.with([now.into(), asked.into(), many(of_each).into(), many(CARTS_PER_TICK).into()]))
        .await?;
    if rows.is_empty() {
        return Ok(Planned::default());
    }
    // A row that only another version can read keeps no other from its turn.
    let carts: Vec<Candidate> = rows.into_iter().filter_map(|row| read_due(row).ok()).collect();
    let mut changes = Vec::with_capacity(carts.len());
    let mut planned = 0_usize;
    // Sites that get a new address nobody vouches for.
    let mut unproven: Vec<SiteId> = Vec::new();
    for cart in &carts {
        let Some(site) = sites.iter().find(|site| site.id == cart.site) else { continue };
        let policy = &site.policy;
        let mut decision = lifecycle::decide(&cart.facts, policy, now);
        let is_left = decision.abandon || cart.facts.state == CartState::Abandoned;
        let exclusion = cart.exclusion(app, site).filter(|_| is_left);
        if exclusion.is_some() {
            decision = Decision { abandon: true, plan: None, look_again: None };
        }
        let position = decision.plan.as_ref().and_then(|due| policy.steps.iter().position(|step| step.id == due.step));
        planned = planned.saturating_add(usize::from(decision.plan.is_some()));
        if position == Some(0) && cart.trust == Trust::Unproven.code() {
            unproven.push(cart.site.clone());
        }
        let bits = if is_left && exclusion.is_none() { cart.metrics } else { 0 };
        changes.push(ChangeRow {
            site: &cart.site,
            cart: &cart.cart,
            version: &cart.version,
            active: cart.facts.active_at,
            due: cart.due,
            next: decision.look_again,
            abandon: i32::from(decision.abandon),
            bits,
            exclusion: exclusion.map(ExclusionReason::code),
            scheduled: decision.plan.as_ref().map(|due| due.scheduled),
            step: decision.plan.map(|due| due.step),
            position,
            cycle: cart.cycle,
            mailbox_hash: cart.mailbox_hash.as_deref(),
            trust: cart.trust,
        });
    }
    let changes = json::text(&changes);
    let counted = json::text(
        &[Metric::Tracked, Metric::Identified, Metric::Abandoned, Metric::Contactable]
            .map(|metric| (metric.bit(), metric.code())),
    );
    let mut batch = vec![sql::PLAN_FIGURES.with([changes.as_str().into(), counted.into()])];
    if !unproven.is_empty() {
        batch.push(sql::PLAN_UNPROVEN.with([changes.as_str().into(), hour_of(now).into()]));
    }
    batch.extend([
        sql::PLAN_OUTBOX.with([changes.as_str().into(), now.into()]),
        sql::PLAN_ABANDON.with([changes.as_str().into(), now.into()]),
        sql::PLAN_MOVE.with([changes.into()]),
    ]);
    app.store().batch(batch).await?;
    Ok(Planned { looked_at: carts.len(), reminders: planned, unproven })
}

fn read_due(mut row: Row) -> Result<Candidate, StoreError> {
    let shape = |_| StoreError::Shape;
    let site = SiteId::parse(&row.text()?).map_err(shape)?;
    let cart = CartId::parse(&row.text()?).map_err(shape)?;
    let version = row.text()?;
    let active_at = row.time()?;
    let due = row.time()?;
    let state = CartState::from_code(row.integer()?).ok_or(StoreError::Shape)?;
    let items = row.integer()?;
    let mailbox_hash = row.optional_text()?;
    let created = row.time()?;
    let planned: Vec<StepId> = json::read(&row.text()?).map_err(|_| StoreError::Shape)?;
    let cycle = row.integer()?;
    // A customer's id is only a name until the shop signs it.
    let is_signed = row.boolean()?;
    let minted = row.optional_time()?;
    let last = row.time()?;
    let rebuilt = row.optional_text()?.is_some();
    row.optional_text()?;
    let has_basis = row.optional_text()?.is_some();
    let refused = row.optional_time()?.is_some();
    let address = row.optional_text()?.and_then(|text| EmailAddress::parse(&text).ok());
    let conduct = row.optional_text()?.and_then(|code| ExclusionReason::from_code(&code));
    let mut metrics = 0;
    // A cart rebuilt from a reminder is the same purchase going on; it is not counted again.
    if !rebuilt {
        metrics |= Metric::Tracked.bit() | Metric::Abandoned.bit();
        if mailbox_hash.is_some() {
            metrics |= Metric::Identified.bit();
        }
        if mailbox_hash.is_some() && has_basis && !refused {
            metrics |= Metric::Contactable.bit();
        }
    }
    Ok(Candidate {
        site,
        cart,
        version,
        due,
        facts: Facts { state, items, has_address: mailbox_hash.is_some(), created, active_at, planned },
        mailbox_hash,
        cycle,
        trust: trust::judge(is_signed, minted, last).code(),
        metrics,
        address,
        conduct,
    })
}
