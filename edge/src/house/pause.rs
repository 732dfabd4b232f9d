//! Pauses sending by hand: for a site, all sites of a merchant, or the whole deployment. The gate reads it for every reminder.

use cartwake_shared::identifier::{MerchantId, SiteId};

use crate::base::{
    error::Error,
    ports::{App, Ports, Store as _},
    site,
    store::{
        Query as _,
        sql::site::{PauseDeployment, PauseMerchant, PauseSite},
    },
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

/// Pauses or resumes sending. After the answer no mail of a paused scope starts (promise P3).
pub async fn set<P: Ports>(app: &App<P>, scope: Scope<'_>, is_paused: bool) -> Result<(), Error> {
    let statement = match scope {
        Scope::Site(site) => PauseSite { site, is_paused }.statement(),
        Scope::Merchant(merchant) => PauseMerchant { merchant, is_paused }.statement(),
        Scope::Deployment => PauseDeployment { is_paused }.statement(),
    };
    app.store().execute(statement).await?;
    if let Scope::Site(site) = scope {
        // The cached site decides nothing, but the dashboard shows it.
        let fresh = site::fresh(app, site).await?;
        site::remember(app, &fresh).await;
    }
    Ok(())
}
