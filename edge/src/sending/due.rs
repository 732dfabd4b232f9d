//! Finds the sites with due reminders or due carts, and reads their rules.

use cartwake_shared::{
    identifier::SiteId,
    policy::{Policy, Settings, SiteState},
};

use super::time_travel;
use crate::base::{
    deployment::{Deployment, deployment},
    error::Error,
    json,
    ports::{App, Ports, Store as _},
    site,
    store::sql::cron::{FindDueSites, LookForDue, ReadDueSites},
};

/// Most sites with due carts, and most sites with due reminders, of one tick; the next tick goes on behind them.
pub const SITES_PER_TICK: usize = 200;

/// The sites with something due, and the deployment.
#[derive(Debug, Default)]
pub struct Due {
    /// The deployment's own row.
    pub deployment: Deployment,
    /// Sites with something due; the site whose turn it is comes first.
    pub sites: Vec<DueSite>,
}

/// A site with something due.
#[derive(Debug)]
pub struct DueSite {
    /// Its id.
    pub id: SiteId,
    /// Whether reminders are due.
    pub reminders: bool,
    /// Whether carts are due.
    pub carts: bool,
    /// Whether it is paused or not live: its reminders do not leave, except in test mode to its owner.
    pub is_parked: bool,
    /// Whom its mails reach.
    pub state: SiteState,
    /// Its rules.
    pub policy: Policy,
    /// Settings that tell the shop's staff from shoppers; `None` for sites in test mode, where staff are the audience.
    pub own: Option<Settings>,
}

impl Due {
    /// Finds the sites with something due and reads their rules; with nothing due it reads no rules.
    pub async fn read<P: Ports>(app: &App<P>) -> Result<Self, Error> {
        let mut found = due_sites(app).await?;
        if found.is_empty() {
            return Ok(Self::default());
        }
        let deployment = deployment(app).await?;
        time_travel::detect(app, &deployment).await?;
        let last = deployment.last_site.as_str();
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
        let mut known = app.store().rows(&ReadDueSites { sites: &asked }).await?;
        let sites = found.into_iter().filter_map(|(id, reminders, carts)| {
            let place = known.iter().position(|known| known.id == id)?;
            let site = known.swap_remove(place);
            let settings = read_settings(&site.settings);
            let policy = app.config.policy(settings.policy.clone());
            let own = (site.state != SiteState::Test).then_some(settings);
            Some(DueSite { id, reminders, carts, is_parked: site.parked, state: site.state, policy, own })
        });
        Ok(Self { sites: sites.collect(), deployment })
    }

    /// The sites that fulfil a condition, each with whether it is parked.
    pub fn sites_of(&self, holds: impl Fn(&DueSite) -> bool) -> Vec<(SiteId, bool)> {
        self.sites.iter().filter(|site| holds(site)).map(|site| (site.id.clone(), site.is_parked)).collect()
    }
}

/// Defaults replace settings that an older version did not write or that only another version can read. Carts of such a
/// site are planned by the defaults; its reminders end when they are composed.
fn read_settings(text: &str) -> Settings {
    json::read(text).unwrap_or_default()
}

/// The sites with something due: (site, whether reminders are due, whether carts are due).
async fn due_sites<P: Ports>(app: &App<P>) -> Result<Vec<(SiteId, bool, bool)>, Error> {
    let sites = site::ids(app).await?;
    let now = app.now();
    if let [site] = sites.as_slice() {
        let due = app.store().only(&LookForDue { now, site }).await?;
        let (reminders, carts) = (due.reminders, due.carts);
        return Ok(if reminders || carts { vec![(site.clone(), reminders, carts)] } else { Vec::new() });
    }
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let rows = app.store().rows(&FindDueSites { now, sites: &json::text(&sites) }).await?;
    Ok(rows.into_iter().map(|row| (row.site, row.reminders, row.carts)).collect())
}
