//! Stopping by hand: a site, all sites of a merchant, or the whole deployment. Read by the gate with every reminder.

use cartwake_shared::identifier::{MerchantId, SiteId};

use crate::{
    error::Error,
    ports::{Edge, Ports, Store as _},
    site,
    store::sql,
};

/// Whose sending is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'s> {
    /// One site.
    Site(&'s SiteId),
    /// All sites of a merchant.
    Merchant(&'s MerchantId),
    /// Everything.
    Deployment,
}

/// Pauses sending or lets it go on. Once this is answered, no mail starts that it stands against (promise P3).
pub async fn set<P: Ports>(edge: &Edge<P>, scope: Scope<'_>, is_paused: bool) -> Result<(), Error> {
    let statement = match scope {
        Scope::Site(site) => sql::PAUSE_SITE.with([site.as_str().into(), is_paused.into()]),
        Scope::Merchant(merchant) => sql::PAUSE_MERCHANT.with([merchant.as_str().into(), is_paused.into()]),
        Scope::Deployment => sql::PAUSE_DEPLOYMENT.with([is_paused.into()]),
    };
    edge.store().execute(statement).await?;
    if let Scope::Site(site) = scope {
        // The cache keeps whole sites; it decides nothing, but it is shown.
        let fresh = site::fresh(edge, site).await?;
        site::remember(edge, &fresh).await;
    }
    Ok(())
}
