//! A site with its merchant and its settings, read from the cache or the database.

use cartwake_shared::{
    identifier::{MerchantId, SiteId},
    policy::{Settings, SiteState},
    text, token,
};
use serde::{Deserialize, Serialize};

use crate::base::{
    error::Error,
    json,
    ports::{App, Cache as _, Ports, Store as _},
    store::{
        Query as _, StoreError,
        sql::site::{ListSites, ReadSite, ReadSiteRow},
    },
};

/// One storefront.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// The merchant that is responsible for its data.
    pub merchant: MerchantId,
    /// The shop's name.
    pub name: String,
    /// How far it has been switched on.
    pub state: SiteState,
    /// Whether its sending is paused.
    pub paused: bool,
    /// Its settings.
    pub settings: Settings,
}

/// How long the cache keeps a site's settings. A change overwrites them at once (KV shows it everywhere within a
/// minute); a quarter of an hour costs 96 of the free plan's 1,000 writes a day. Nothing that decides a send is taken
/// from the cache: the gate asks the database.
const CACHED_SECONDS: u32 = 900;

impl Site {
    /// Parses the settings of a site's row.
    pub fn from_row(row: ReadSiteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            merchant: row.merchant,
            name: row.name,
            state: row.state,
            paused: row.paused,
            settings: json::read(&row.settings).map_err(|_| StoreError::Unreadable(ReadSite::SQL.name))?,
        })
    }

    /// Whether pages of `origin` (`https://host[:port]`) may report carts. A filter, not a proof: anybody can send any.
    pub fn permits_origin(&self, origin: &str) -> bool {
        text::host_of(origin).is_some_and(|host| self.settings.hosts.contains(&host))
    }
}

/// Puts a site into the cache, in place of what is there.
pub async fn remember<P: Ports>(app: &App<P>, site: &Site) {
    app.ports.cache().put(&cache_key(&site.id), &json::text(site), CACHED_SECONDS).await;
}

fn cache_key(site: &SiteId) -> String {
    format!("site/{site}")
}

/// The site a public key stands for. An invented key costs no look-up.
pub async fn by_public_key<P: Ports>(app: &App<P>, key: &str) -> Result<Site, Error> {
    let site = token::read_site_key(&app.config.keys, key).ok_or(Error::NotFound)?;
    by_id(app, &site).await
}

/// The site of that id, from the cache if it is there.
pub async fn by_id<P: Ports>(app: &App<P>, site: &SiteId) -> Result<Site, Error> {
    if let Some(text) = app.ports.cache().get(&cache_key(site)).await
        && let Ok(site) = json::read(&text)
    {
        return Ok(site);
    }
    let found = fresh(app, site).await?;
    remember(app, &found).await;
    Ok(found)
}

/// The site of that id as the database has it now.
pub async fn fresh<P: Ports>(app: &App<P>, site: &SiteId) -> Result<Site, Error> {
    let row = app.store().first(&ReadSite { site }).await?.ok_or(Error::NotFound)?;
    Ok(Site::from_row(row)?)
}

/// Where the list of sites is cached. It decides nothing but when a tick first asks for what a new site has due, and that
/// is an hour after its first cart at the earliest.
const IDS_KEY: &str = "sites";

/// The ids of all sites, in order.
pub async fn ids<P: Ports>(app: &App<P>) -> Result<Vec<SiteId>, Error> {
    let cached = app.ports.cache().get(IDS_KEY).await.unwrap_or_default();
    let cached: Vec<String> = json::read(&cached).unwrap_or_default();
    let cached: Vec<SiteId> = cached.iter().filter_map(|id| SiteId::parse(id).ok()).collect();
    if !cached.is_empty() {
        return Ok(cached);
    }
    let found: Vec<SiteId> = app.store().rows(&ListSites).await?.into_iter().map(|row| row.id).collect();
    if !found.is_empty() {
        app.ports.cache().put(IDS_KEY, &json::text(&found), CACHED_SECONDS).await;
    }
    Ok(found)
}

/// Lets the next tick read the list of sites anew; a site was added.
pub async fn forget_ids<P: Ports>(app: &App<P>) {
    app.ports.cache().put(IDS_KEY, "[]", CACHED_SECONDS).await;
}
