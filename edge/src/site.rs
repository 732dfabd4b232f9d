//! A site as use cases need it: who it belongs to, what it has settled; read from the cache or the database.

use cartwake_shared::{
    identifier::{MerchantId, SiteId},
    policy::{Settings, SiteState},
    text, token,
};

use crate::{
    error::Error,
    json::{self, Document},
    ports::{Cache as _, Edge, Ports, Store as _},
    store::{Row, StoreError, sql},
};

/// One storefront.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Who is responsible for its data.
    pub merchant: MerchantId,
    /// The shop's name.
    pub name: String,
    /// How far it has been switched on.
    pub state: SiteState,
    /// Whether its sending is paused.
    pub paused: bool,
    /// What it has settled.
    pub settings: Settings,
}

/// Seconds a site's settings may be out of date where they only serve the browser. Nothing that decides a send is
/// taken from the cache: the gate asks the database.
const CACHED_SECONDS: u32 = 60;

impl Site {
    /// Reads a site from a row of `site_read.sql` or `site_first.sql`.
    pub fn from_row(mut row: Row) -> Result<Self, StoreError> {
        let shape = |_| StoreError::Shape;
        Ok(Self {
            id: SiteId::parse(&row.text()?).map_err(shape)?,
            merchant: MerchantId::parse(&row.text()?).map_err(shape)?,
            name: row.text()?,
            state: SiteState::parse(&row.text()?).ok_or(StoreError::Shape)?,
            paused: row.fact()?,
            settings: json::read(&row.text()?).map_err(|_| StoreError::Shape)?,
        })
    }

    /// Whether pages of `origin` (`https://host[:port]`) may report carts. A filter, not a proof: anybody can send any.
    pub fn permits_origin(&self, origin: &str) -> bool {
        text::host_of(origin).is_some_and(|host| self.settings.hosts.contains(&host))
    }
}

/// The cache's key of a site.
pub fn cache_key(site: &SiteId) -> String {
    format!("site/{site}")
}

/// The site a public key stands for. An invented key costs no look-up.
pub async fn by_public_key<P: Ports>(edge: &Edge<P>, key: &str) -> Result<Site, Error> {
    let site = token::read_site_key(&edge.config.keys, key).ok_or(Error::NotFound)?;
    by_id(edge, &site).await
}

/// The site of that id, from the cache if it is there.
pub async fn by_id<P: Ports>(edge: &Edge<P>, site: &SiteId) -> Result<Site, Error> {
    let key = cache_key(site);
    if let Some(text) = edge.ports.cache().get(&key).await
        && let Ok(site) = json::read(&text)
    {
        return Ok(site);
    }
    let found = fresh(edge, site).await?;
    edge.ports.cache().put(&key, Document::of(&found).as_str(), CACHED_SECONDS).await;
    Ok(found)
}

/// The site of that id as the database has it now.
pub async fn fresh<P: Ports>(edge: &Edge<P>, site: &SiteId) -> Result<Site, Error> {
    let rows = edge.store().run(sql::SITE_READ.with([site.as_str().into()])).await?;
    match rows.into_iter().next() {
        Some(row) => Ok(Site::from_row(row)?),
        None => Err(Error::NotFound),
    }
}
