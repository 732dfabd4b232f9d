//! One tick of cron: send what is due, plan what has become due, keep house, leave a heartbeat.

use cartwake_shared::{
    apart::{self, Apart},
    breaker::hour_of,
    email::EmailAddress,
    figure::Figure,
    identifier::{CartId, SiteId, StepId},
    lifecycle::{self, CartState, Decision, Facts},
    ordered::sort_by,
    policy::{Policy, Settings},
    time::{Span, Timestamp},
    trust::{self, Trust},
    turn::Turns,
};

use crate::{
    breaker,
    error::Error,
    health::{self, Deployment, deployment},
    json::{self, Document, Object},
    ports::{Edge, Entropy as _, Ports, Store as _},
    restored,
    send::{self, Sent, reconcile},
    site,
    store::{Row, StoreError, read_all, sql},
};

pub mod budget;

use budget::Budget;

/// Carts the planner looks at in one tick: as many as the largest tick can mail.
const CARTS_PER_TICK: usize = 200;
/// Sites whose carts, and sites whose reminders, one tick considers; it goes on behind them in the next.
const SITES_PER_TICK: usize = 200;
/// Keys of carts that are read in order to be fair among sites, of all of them together.
const CARTS_CONSIDERED: usize = 2_000;
/// Carts that expire in one tick.
const EXPIRED_PER_TICK: i64 = 50;
/// Carts kept apart that are taken away in one tick, every half hour.
const APART_PER_TICK: i64 = 200;
/// How long a cart that is no shopper's is kept: as long as one that nobody is known of (spec/domain.md).
const APART_KEPT: Span = Span::days(14);
/// Reminders of a site and kind that are given up in one tick, every fifth minute: five times what can be planned
/// meanwhile. 12,000 took D1 117 ms.
const GIVEN_UP_PER_TICK: i64 = 5_000;
/// Characters of what heartbeats note of mails before they are rolled up: some forty ticks of one site.
const NOTED_AT_MOST: i64 = 1_000;
/// Ended reminders taken out of the index of what is next in one tick.
const SWEPT_PER_TICK: i64 = 1_000;

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

/// Runs a tick: (1) ask what is due, (2) send first, (3) plan, (4) look at the breakers of sites where something bad was
/// counted, (5) one rotating job, (6) heartbeat.
///
/// A job that fails does not keep the others from running; the first error is returned for the log. What the budget
/// does not carry is left to the next tick, which goes on behind the site whose turn was last.
pub async fn run<P: Ports>(edge: &Edge<P>) -> Result<Summary, Error> {
    let mut summary = Summary::default();
    let mut budget = Budget::new(edge.config.mails_per_tick, edge.now());
    let mut failed = None;
    // (1)
    let due = match Due::read(edge).await {
        Ok(due) => due,
        Err(error) => {
            failed = Some(error);
            Due::default()
        }
    };
    // (2)
    let owner = edge.ports.entropy().name();
    let mut turns = Turns::after(&due.deployment.turn, due.sites_of(|site| site.reminders));
    if let Err(error) = send::run(edge, &owner, &due.deployment, &mut turns, &mut budget, &mut summary.sent).await {
        failed = failed.or(Some(error));
    }
    let mut last = turns.last().cloned();
    let mut unproven = Vec::new();
    // (3)
    let sites = budget.sites().min(SITES_PER_TICK);
    let carts: Vec<&DueSite> = due.sites.iter().filter(|site| site.carts).take(sites).collect();
    if !carts.is_empty() {
        last = last.or_else(|| carts.last().map(|site| site.id.clone()));
        match plan(edge, &carts).await {
            Ok(plan) => {
                (summary.looked_at, summary.planned) = (plan.looked_at, plan.reminders);
                unproven = plan.unproven;
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // (4)
    unproven.append(&mut summary.sent.returned);
    if let Err(error) = breaker::look(edge, unproven).await {
        failed = failed.or(Some(error));
    }
    // (5)
    if let Err(error) = keep_house(edge, &due).await {
        failed = failed.or(Some(error));
    }
    // (6)
    if let Some(Error::Store(StoreError::DailyLimit)) = failed {
        health::note_daily_limit(edge).await;
    }
    let note = match &failed {
        None => Object::new()
            .with("sent", &summary.sent.accepted)
            .with("held", &summary.sent.held)
            .with("planned", &summary.planned)
            .with_some("stopped", &summary.sent.stopped)
            .done(),
        Some(error) => Object::new().with("error", error.code()).done(),
    };
    let at = edge.now();
    let accepted = breaker::noted(&summary.sent.accepted_of, at);
    let last = last.map(|site| site.as_str().to_owned());
    edge.store().execute(sql::HEARTBEAT.with([at.into(), note.into(), accepted.into(), last.into()])).await?;
    if summary.sent.accepted > 0 {
        restored::keep(edge, at).await;
    }
    failed.map_or(Ok(summary), Err)
}

/// What is due, and what a tick needs to know to deal with it.
#[derive(Debug, Default)]
struct Due {
    /// Where the deployment answers, whose turn was last.
    deployment: Deployment,
    /// Sites with something due, the one whose turn it is first.
    sites: Vec<DueSite>,
}

/// A site with something due.
#[derive(Debug)]
struct DueSite {
    id: SiteId,
    reminders: bool,
    carts: bool,
    /// Paused or not live: nothing of it leaves, but perhaps to its owner.
    is_parked: bool,
    policy: Policy,
    /// By which its own people are told from shoppers; none in test, which is for them.
    own: Option<Settings>,
}

impl Due {
    /// Asks which sites have anything due, and for those that do what the tick needs.
    async fn read<P: Ports>(edge: &Edge<P>) -> Result<Self, Error> {
        let mut found = due_sites(edge).await?;
        if found.is_empty() {
            return Ok(Self::default());
        }
        let deployment = deployment(edge).await?;
        restored::notice(edge, &deployment).await?;
        let last = deployment.turn.as_str();
        sort_by(&mut found, |(one, ..), (other, ..)| {
            (one.as_str() <= last, one.as_str()).cmp(&(other.as_str() <= last, other.as_str()))
        });
        let (mut with_reminders, mut with_carts) = (0, 0);
        found.retain(|(_, reminders, carts)| {
            with_reminders += usize::from(*reminders);
            with_carts += usize::from(*carts);
            (*reminders && with_reminders <= SITES_PER_TICK) || (*carts && with_carts <= SITES_PER_TICK)
        });
        let asked = json::list(found.iter().map(|(site, ..)| site));
        let rows = edge.store().execute(sql::TICK_SITES.with([asked.into()])).await?;
        let mut known =
            read_all(rows, |mut row| Ok((row.text()?, read_settings(&row.text()?), row.fact()?, row.fact()?)))?;
        let sites = found.into_iter().filter_map(|(id, reminders, carts)| {
            let place = known.iter().position(|(known, ..)| known == id.as_str())?;
            let (_, settings, is_in_test, is_parked) = known.swap_remove(place);
            let policy = edge.config.policy(settings.policy.clone());
            let own = (!is_in_test).then_some(settings);
            Some(DueSite { id, reminders, carts, is_parked, policy, own })
        });
        Ok(Self { sites: sites.collect(), deployment })
    }

    /// The sites of which something holds, each with whether it is held as a whole.
    fn sites_of(&self, holds: impl Fn(&DueSite) -> bool) -> Vec<(SiteId, bool)> {
        self.sites.iter().filter(|site| holds(site)).map(|site| (site.id.clone(), site.is_parked)).collect()
    }
}

/// The default stands for what an older version did not write and for what only another version can read: such a site is
/// planned by the defaults, and its reminders end when they are written.
fn read_settings(text: &str) -> Settings {
    json::read(text).unwrap_or_default()
}

/// Which sites have reminders, and which have carts, that are due.
async fn due_sites<P: Ports>(edge: &Edge<P>) -> Result<Vec<(SiteId, bool, bool)>, Error> {
    let sites = site::ids(edge).await?;
    let now = edge.now();
    if let [site] = sites.as_slice() {
        let rows = edge.store().execute(sql::TICK_DUE.with([now.into(), site.as_str().into()])).await?;
        let mut row = rows.into_iter().next().ok_or(StoreError::Shape)?;
        let (reminders, carts) = (row.fact()?, row.fact()?);
        return Ok(if reminders || carts { vec![(site.clone(), reminders, carts)] } else { Vec::new() });
    }
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let asked = json::list(&sites);
    let rows = edge.store().execute(sql::TICK_DUE_SITES.with([now.into(), asked.into()])).await?;
    let read =
        |mut row: Row| Ok((SiteId::parse(&row.text()?).map_err(|_| StoreError::Shape)?, row.fact()?, row.fact()?));
    Ok(read_all(rows, read)?)
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
    address: Option<EmailAddress>,
    /// What its events show by themselves.
    conduct: Option<Apart>,
}

impl Candidate {
    /// Why it is no shopper's, once it has been left; the address first, which says more than how it came.
    fn apart<P: Ports>(&self, edge: &Edge<P>, site: &DueSite) -> Option<Apart> {
        let own = site.own.as_ref()?;
        let of_address = |address| apart::of_address(address, own, edge.config.mail_stays_here);
        self.address.as_ref().and_then(of_address).or(self.conduct)
    }
}

/// What the planner did.
#[derive(Debug, Default)]
struct Planned {
    /// Carts it looked at.
    looked_at: usize,
    /// Reminders it planned.
    reminders: usize,
    /// Sites that got a new address nobody vouches for.
    unproven: Vec<SiteId>,
}

/// Looks at due carts of these sites, in turn: what becomes abandoned, which step is planned, when to look again.
async fn plan<P: Ports>(edge: &Edge<P>, sites: &[&DueSite]) -> Result<Planned, Error> {
    let now = edge.now();
    let many = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let of_each = CARTS_CONSIDERED.div_ceil(sites.len().max(1)).min(CARTS_PER_TICK);
    let asked = json::list(sites.iter().map(|site| &site.id));
    let rows = edge
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
        let apart = cart.apart(edge, site).filter(|_| is_left);
        if apart.is_some() {
            decision = Decision { abandon: true, plan: None, look_again: None };
        }
        let position = decision.plan.as_ref().and_then(|due| policy.steps.iter().position(|step| step.id == due.step));
        planned = planned.saturating_add(usize::from(decision.plan.is_some()));
        if position == Some(0) && cart.trust == Trust::Unproven.code() {
            unproven.push(cart.site.clone());
        }
        let bits = if is_left && apart.is_none() { cart.figures } else { 0 };
        let plan = decision.plan.as_ref();
        let mut row = Object::new();
        row.with("site", cart.site.as_str()).with("cart", &cart.cart.to_string()).with("version", &cart.version);
        row.with("active", &cart.facts.active_at).with("due", &cart.due).with("next", &decision.look_again);
        row.with("abandon", &i32::from(decision.abandon))
            .with("bits", &bits)
            .with("apart", &apart.map(Apart::code))
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
    let mailbox = row.optional_text()?;
    let created = row.time()?;
    let planned: Vec<StepId> = json::read(&row.text()?).map_err(|_| StoreError::Shape)?;
    let run = row.integer()?;
    // A customer's id is only a name until the shop signs it.
    let is_signed = row.fact()?;
    let minted = row.optional_time()?;
    let last = row.time()?;
    let rebuilt = row.optional_text()?.is_some();
    row.optional_text()?;
    let has_basis = row.optional_text()?.is_some();
    let refused = row.optional_time()?.is_some();
    let address = row.optional_text()?.and_then(|text| EmailAddress::parse(&text).ok());
    let conduct = row.optional_text()?.and_then(|code| Apart::from_code(&code));
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
        trust: trust::judge(is_signed, minted, last).code(),
        figures,
        address,
        conduct,
    })
}

/// One small job a tick, by the minute: give up what is too late, ask about lost answers, sweep the outbox's index, let
/// old carts expire, take those away that were kept apart, roll up what was sent, and take away what is not needed any more.
async fn keep_house<P: Ports>(edge: &Edge<P>, due: &Due) -> Result<(), Error> {
    let now = edge.now();
    // Known only where something was due: a tick with nothing due reads nothing for it.
    if due.deployment.noted > NOTED_AT_MOST {
        breaker::roll_up(edge).await?;
    }
    match now.millis().div_euclid(Span::minutes(1).millis()).rem_euclid(30) {
        7 => {
            edge.store().execute(sql::OUTBOX_SWEEP.with([now.into(), SWEPT_PER_TICK.into()])).await?;
        }
        // Every five minutes; a tick that has none to ask about reads nothing.
        3 | 8 | 13 | 18 | 23 | 28 => reconcile::run(edge).await?,
        22 => {
            edge.store()
                .execute(sql::EXPIRE_CARTS.with([
                    CartState::Abandoned.code().into(),
                    now.into(),
                    Policy::default().retention.millis().into(),
                    EXPIRED_PER_TICK.into(),
                ]))
                .await?;
        }
        12 => {
            edge.store().execute(sql::HOUSE_BLOCKS.with([now.minus(trust::COUNTED_OVER).into()])).await?;
        }
        17 => {
            let before = now.minus(APART_KEPT);
            let taken = |sql: crate::store::Sql| sql.with([before.into(), APART_PER_TICK.into()]);
            edge.store().batch(vec![taken(sql::HOUSE_APART_NAMES), taken(sql::HOUSE_APART)]).await?;
        }
        27 => breaker::keep_house(edge).await?,
        // Asked only of sites that have something due; the others have nothing that could be late.
        minute if minute % 5 == 0 => {
            let asked: Vec<Document> = due
                .sites
                .iter()
                .filter(|site| site.reminders)
                .map(|site| {
                    let late = now.minus(site.policy.stale_after);
                    Object::new().with("site", site.id.as_str()).with("late", &late).done()
                })
                .collect();
            if !asked.is_empty() {
                let asked = json::list(asked);
                edge.store()
                    .execute(sql::OUTBOX_STALE.with([asked.into(), now.into(), GIVEN_UP_PER_TICK.into()]))
                    .await?;
            }
        }
        _ => {}
    }
    Ok(())
}
