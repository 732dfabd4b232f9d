//! Which sites have reminders or carts that are due, and what a tick needs to know of them.

use cartwake_shared::{
    identifier::SiteId,
    policy::{Policy, Settings},
};

use super::time_travel;
use crate::base::{
    deployment::{Deployment, deployment},
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    site,
    store::{Row, StoreError, read_all, sql},
};

/// Sites whose carts, and sites whose reminders, one tick considers; it goes on behind them in the next.
pub const SITES_PER_TICK: usize = 200;

/// What is due, and what a tick needs to know to deal with it.
#[derive(Debug, Default)]
pub struct Due {
    /// Where the deployment answers, whose turn was last.
    pub deployment: Deployment,
    /// Sites with something due, the one whose turn it is first.
    pub sites: Vec<DueSite>,
}

/// A site with something due.
#[derive(Debug)]
pub struct DueSite {
    /// Which one.
    pub id: SiteId,
    /// Whether reminders are due.
    pub reminders: bool,
    /// Whether carts are due.
    pub carts: bool,
    /// Paused or not live: nothing of it leaves, but perhaps to its owner.
    pub is_parked: bool,
    /// Its rules.
    pub policy: Policy,
    /// Settings that tell the shop's staff from shoppers; `None` for sites in test mode, where staff are the audience.
    pub own: Option<Settings>,
}

impl Due {
    /// Asks which sites have anything due, and for those that do what the tick needs.
    pub async fn read<P: Ports>(app: &App<P>) -> Result<Self, Error> {
        let mut found = due_sites(app).await?;
        if found.is_empty() {
            return Ok(Self::default());
        }
        let deployment = deployment(app).await?;
        time_travel::notice(app, &deployment).await?;
        let last = deployment.turn.as_str();
        found.sort_by(|(one, ..), (other, ..)| {
            (one.as_str() <= last, one.as_str()).cmp(&(other.as_str() <= last, other.as_str()))
        });
        let (mut with_reminders, mut with_carts) = (0, 0);
        found.retain(|(_, reminders, carts)| {
            with_reminders += usize::from(*reminders);
            with_carts += usize::from(*carts);
            (*reminders && with_reminders <= SITES_PER_TICK) || (*carts && with_carts <= SITES_PER_TICK)
        });
        let asked = json::text(&found.iter().map(|(site, ..)| site).collect::<Vec<_>>());
        let rows = app.store().execute(sql::TICK_SITES.with([asked.into()])).await?;
        let mut known =
            read_all(rows, |mut row| Ok((row.text()?, read_settings(&row.text()?), row.boolean()?, row.boolean()?)))?;
        let sites = found.into_iter().filter_map(|(id, reminders, carts)| {
            let place = known.iter().position(|(known, ..)| known == id.as_str())?;
            let (_, settings, is_in_test, is_parked) = known.swap_remove(place);
            let policy = app.config.policy(settings.policy.clone());
            let own = (!is_in_test).then_some(settings);
            Some(DueSite { id, reminders, carts, is_parked, policy, own })
        });
        Ok(Self { sites: sites.collect(), deployment })
    }

    /// The sites of which something holds, each with whether it is held as a whole.
    pub fn sites_of(&self, holds: impl Fn(&DueSite) -> bool) -> Vec<(SiteId, bool)> {
        self.sites.iter().filter(|site| holds(site)).map(|site| (site.id.clone(), site.is_parked)).collect()
    }
}

/// The default stands for what an older version did not write and for what only another version can read: such a site is
/// planned by the defaults, and its reminders end when they are written.
fn read_settings(text: &str) -> Settings {
    json::read(text).unwrap_or_default()
}

/// Which sites have reminders, and which have carts, that are due.
async fn due_sites<P: Ports>(app: &App<P>) -> Result<Vec<(SiteId, bool, bool)>, Error> {
    let sites = site::ids(app).await?;
    let now = app.now();
    if let [site] = sites.as_slice() {
        let rows = app.store().execute(sql::TICK_DUE.with([now.into(), site.as_str().into()])).await?;
        let mut row = rows.into_iter().next().ok_or(StoreError::Shape)?;
        let (reminders, carts) = (row.boolean()?, row.boolean()?);
        return Ok(if reminders || carts { vec![(site.clone(), reminders, carts)] } else { Vec::new() });
    }
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let asked = json::text(&sites);
    let rows = app.store().execute(sql::TICK_DUE_SITES.with([now.into(), asked.into()])).await?;
    let read = |mut row: Row| {
        Ok((SiteId::parse(&row.text()?).map_err(|_| StoreError::Shape)?, row.boolean()?, row.boolean()?))
    };
    Ok(read_all(rows, read)?)
}
