//! One tick of cron: send what is due, plan what has become due, keep house, leave a heartbeat.

use cartwake_shared::{
    breaker::hour_of,
    figure::Figure,
    identifier::{CartId, SiteId, StepId},
    lifecycle::{self, CartState, Facts},
    policy::Policy,
    time::{Span, Timestamp},
    trust::{self, Trust},
};

use crate::{
    breaker,
    error::Error,
    health,
    json::{self, Document, Object},
    ports::{Edge, Entropy as _, Ports, Store as _},
    restored,
    send::{self, Sent},
    site,
    store::{Row, StoreError, sql},
};

/// Carts the planner looks at in one tick.
const CARTS_PER_TICK: i64 = 200;
/// Carts that expire in one tick.
const EXPIRED_PER_TICK: i64 = 50;

/// What a tick did, for its log line and the heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was sent and held.
    pub sent: Sent,
    /// Carts the planner looked at.
    pub looked_at: usize,
    /// Reminders it planned.
    pub planned: usize,
}

/// Runs a tick: (1) ask whether anything is due, (2) send first, (3) plan, (4) one rotating job, (5) heartbeat.
///
/// A job that fails does not keep the others from running; the first error is returned for the log.
pub async fn run<P: Ports>(edge: &Edge<P>) -> Result<Summary, Error> {
    let mut summary = Summary::default();
    let mut failed = None;
    // (1) Asked for both at once: looking for something to claim reads seven rows where there is nothing.
    let (reminders, carts) = match due(edge).await {
        Ok(due) => due,
        Err(error) => {
            failed = Some(error);
            (false, false)
        }
    };
    // (2)
    let owner = edge.ports.entropy().name();
    if reminders && let Err(error) = send::run(edge, &owner, &mut summary.sent).await {
        failed = Some(error);
    }
    // (3)
    if carts {
        match plan(edge).await {
            Ok((looked_at, planned)) => (summary.looked_at, summary.planned) = (looked_at, planned),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // (4)
    if let Err(error) = keep_house(edge).await {
        failed = failed.or(Some(error));
    }
    // (5)
    if let Some(Error::Store(StoreError::DailyLimit)) = failed {
        health::note_daily_limit(edge).await;
    }
    let note = match &failed {
        None => Object::new()
            .with("sent", &summary.sent.accepted)
            .with("held", &summary.sent.held)
            .with("planned", &summary.planned)
            .done(),
        Some(error) => Object::new().with("error", error.code()).done(),
    };
    let at = edge.now();
    let accepted = breaker::noted(&summary.sent.accepted_of, at);
    edge.store().run(sql::HEARTBEAT.with([at.into(), note.into(), accepted.into()])).await?;
    if summary.sent.accepted > 0 {
        restored::keep(edge, at).await;
    }
    failed.map_or(Ok(summary), Err)
}

/// A cart as the planner reads it.
struct Candidate {
    site: SiteId,
    cart: CartId,
    version: String,
    due: Timestamp,
    facts: Facts,
    mailbox: Option<String>,
    run: i64,
    trust: i64,
    figures: i64,
}

/// Whether a reminder or a cart is due.
async fn due<P: Ports>(edge: &Edge<P>) -> Result<(bool, bool), Error> {
    let row = edge.store().run(sql::TICK_DUE.with([edge.now().into()])).await?.into_iter().next();
    let mut row = row.ok_or(StoreError::Shape)?;
    Ok((row.fact()?, row.fact()?))
}

async fn plan<P: Ports>(edge: &Edge<P>) -> Result<(usize, usize), Error> {
    let now = edge.now();
    let rows = edge.store().run(sql::PLAN_DUE.with([now.into(), CARTS_PER_TICK.into()])).await?;
    if rows.is_empty() {
        return Ok((0, 0));
    }
    // A row that only another version can read keeps no other from its turn.
    let carts: Vec<Candidate> = rows.into_iter().filter_map(|row| read_due(row).ok()).collect();
    let mut policies: Vec<(SiteId, Policy)> = Vec::new();
    let mut changes = Vec::with_capacity(carts.len());
    let mut planned = 0_usize;
    // Sites that get a new address nobody vouches for.
    let mut unproven: Vec<SiteId> = Vec::new();
    for cart in &carts {
        if !policies.iter().any(|(id, _)| *id == cart.site) {
            // The planner may work with settings a minute old; what it plans is judged again by the gate.
            let policy = match site::by_id(edge, &cart.site).await {
                // Settings that only another version can read: planned by the defaults, ended when they are written.
                Err(Error::Store(StoreError::Shape)) => Policy::default(),
                site => site?.settings.policy,
            };
            policies.push((cart.site.clone(), edge.config.policy(policy)));
        }
        let Some((_, policy)) = policies.iter().find(|(id, _)| *id == cart.site) else { continue };
        let decision = lifecycle::decide(&cart.facts, policy, now);
        let position = decision.plan.as_ref().and_then(|due| policy.steps.iter().position(|step| step.id == due.step));
        planned = planned.saturating_add(usize::from(decision.plan.is_some()));
        if position == Some(0) && cart.trust == Trust::Unproven.code() {
            unproven.push(cart.site.clone());
        }
        let bits = if decision.abandon || cart.facts.state == CartState::Abandoned { cart.figures } else { 0 };
        let plan = decision.plan.as_ref();
        let mut row = Object::new();
        row.with("site", cart.site.as_str()).with("cart", &cart.cart.to_string()).with("version", &cart.version);
        row.with("active", &cart.facts.active_at).with("due", &cart.due).with("next", &decision.look_again);
        row.with("abandon", &i32::from(decision.abandon))
            .with("bits", &bits)
            .with("step", &plan.map(|due| due.step.as_str()));
        row.with("position", &position).with("scheduled", &plan.map(|due| due.scheduled));
        row.with("run", &cart.run).with("mailbox", &cart.mailbox).with("trust", &cart.trust);
        changes.push(row.done());
    }
    let changes = json::list(changes);
    let counted = json::list(
        [Figure::Tracked, Figure::Identified, Figure::Abandoned, Figure::Contactable]
            .map(|figure| json::list([Document::of(&figure.bit()), Document::of(figure.code())])),
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
    edge.store().batch(batch).await?;
    breaker::look(edge, unproven).await?;
    Ok((carts.len(), planned))
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
    let mailbox = row.optional_text()?;
    let created = row.time()?;
    let planned: Vec<StepId> = json::read(&row.text()?).map_err(|_| StoreError::Shape)?;
    let run = row.integer()?;
    // A customer id is only a name until a shop signs it; it proves nothing here.
    row.optional_text()?;
    let minted = row.optional_time()?;
    let last = row.time()?;
    let rebuilt = row.optional_text()?.is_some();
    row.optional_text()?;
    let has_basis = row.optional_text()?.is_some();
    let refused = row.optional_time()?.is_some();
    let mut figures = 0;
    // A cart rebuilt from a reminder is the same purchase going on; it is not counted again.
    if !rebuilt {
        figures |= Figure::Tracked.bit() | Figure::Abandoned.bit();
        if mailbox.is_some() {
            figures |= Figure::Identified.bit();
        }
        if mailbox.is_some() && has_basis && !refused {
            figures |= Figure::Contactable.bit();
        }
    }
    Ok(Candidate {
        site,
        cart,
        version,
        due,
        facts: Facts { state, items, has_address: mailbox.is_some(), created, active_at, planned },
        mailbox,
        run,
        trust: trust::judge(false, minted, last).code(),
        figures,
    })
}

/// One small job a tick, by the minute: sweep the outbox's index, let old carts expire, roll up what was sent, and take
/// away what is not needed any more.
async fn keep_house<P: Ports>(edge: &Edge<P>) -> Result<(), Error> {
    let now = edge.now();
    match now.millis().div_euclid(Span::minutes(1).millis()).rem_euclid(30) {
        7 => {
            edge.store().run(sql::OUTBOX_SWEEP.with([now.into()])).await?;
        }
        22 => {
            edge.store()
                .run(sql::EXPIRE_CARTS.with([
                    CartState::Abandoned.code().into(),
                    now.into(),
                    Policy::default().retention.millis().into(),
                    EXPIRED_PER_TICK.into(),
                ]))
                .await?;
        }
        12 => {
            edge.store().run(sql::HOUSE_BLOCKS.with([now.minus(trust::COUNTED_OVER).into()])).await?;
        }
        17 => breaker::roll_up(edge).await?,
        27 => breaker::keep_house(edge).await?,
        _ => {}
    }
    Ok(())
}
