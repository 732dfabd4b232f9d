//! Set-up and settings: the pages that show the form of a site, and what is written when it is sent.

use cartwake_shared::{
    identifier::{MerchantId, SiteId},
    locale::Zone,
    policy::Settings,
    token,
};

use super::{
    assets, frame, shown, sign_in,
    sign_in::Session,
    site,
    site_form::{self, Described},
};
use crate::{
    base::deployment::deployment,
    base::{
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Localisation as _, Ports, Store as _},
        site::{self, Site},
        store::{Statement, StoreError, sql},
    },
    capture::install_check as install,
    dashboard::pages::{
        settings::{self, SettingsView},
        setup::{self, SetupView},
        site_form::{FieldError, SiteForm},
    },
    shop::{customer, signed_call as shop_server},
};

/// `GET /setup`.
pub(super) async fn set_up<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::reader(app, request)?;
    if site(app).await?.is_some() {
        return Ok(Response::see_other("/settings"));
    }
    Ok(set_up_page(app, 200, &session, SiteForm::proposed(), Vec::new()))
}

/// `POST /setup`: makes merchant and site in one batch. Sent again, it changes nothing.
pub(super) async fn set_up_sent<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (session, body) = sign_in::writer(app, request)?;
    if site(app).await?.is_some() {
        return Ok(Response::see_other("/settings"));
    }
    let form = site_form::typed(body);
    match parse(app, &form, &Settings::default()) {
        Err(errors) => Ok(set_up_page(app, 422, &session, form, errors)),
        Ok(described) => {
            let id = slug(&described.name);
            let made = Site {
                id: SiteId::parse(&id).map_err(|_| StoreError::Shape)?,
                merchant: MerchantId::parse(&id).map_err(|_| StoreError::Shape)?,
                name: described.name,
                state: described.state,
                paused: false,
                settings: described.settings,
            };
            let merchant = sql::MERCHANT_WRITE.with([id.into(), made.name.as_str().into(), app.now().into()]);
            write(app, &made, vec![merchant], Some(&request.origin)).await?;
            Ok(Response::see_other("/settings"))
        }
    }
}

/// `GET /settings`.
pub(super) async fn settings<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::reader(app, request)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let form = site_form::stored(&site);
    settings_page(app, request, 200, &site, &session, form, Vec::new()).await
}

/// `POST /settings`: changes the site; times and limits stay as they are stored.
pub(super) async fn settings_sent<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (session, body) = sign_in::writer(app, request)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let form = site_form::typed(body);
    match parse(app, &form, &site.settings) {
        Err(errors) => settings_page(app, request, 422, &site, &session, form, errors).await,
        Ok(Described { name, state, settings }) => {
            let changed = Site { name, state, paused: form.is_paused, settings, ..site };
            // Links in mails that are on their way begin with the origin; it is set once.
            let origin = deployment(app).await?.origin.is_empty().then_some(request.origin.as_str());
            write(app, &changed, Vec::new(), origin).await?;
            Ok(Response::see_other("/settings?saved=1"))
        }
    }
}

/// `POST /customer-key`: from here on the shop signs its customers with a new key; the one before it still holds.
pub(super) async fn customer_key_sent<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    sign_in::writer(app, request)?;
    let Some(mut site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    site.settings.customer_key = site.settings.customer_key.saturating_add(1);
    write(app, &site, Vec::new(), None).await?;
    Ok(Response::see_other("/settings?saved=1#customers"))
}

fn parse<P: Ports>(app: &App<P>, form: &SiteForm, kept: &Settings) -> Result<Described, Vec<FieldError>> {
    let exists = |zone: &Zone| app.ports.localisation().offset_minutes(zone.as_str(), app.now()).is_some();
    site_form::parse(form, kept, exists)
}

/// Writes a site, what stands before it, and the deployment's origin in one batch; then the cache learns of it.
async fn write<P: Ports>(
    app: &App<P>,
    site: &Site,
    mut statements: Vec<Statement>,
    origin: Option<&str>,
) -> Result<(), Error> {
    statements.push(sql::SITE_WRITE.with([
        site.id.as_str().into(),
        site.merchant.as_str().into(),
        site.name.as_str().into(),
        site.state.code().into(),
        site.paused.into(),
        json::text(&site.settings).into(),
        app.now().into(),
    ]));
    if let Some(origin) = origin {
        statements.push(sql::DEPLOYMENT_ORIGIN.with([origin.into()]));
    }
    app.store().batch(statements).await?;
    site::remember(app, site).await;
    site::forget_ids(app).await;
    Ok(())
}

/// A name as an id: `Harbour & Co` is `harbour-co`; `shop` where nothing is left of it.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().map(|letter| letter.to_ascii_lowercase()) {
        if slug.len() >= 32 {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "shop".to_owned() } else { slug.to_owned() }
}

fn set_up_page<P: Ports>(
    app: &App<P>,
    status: u16,
    session: &Session,
    form: SiteForm,
    errors: Vec<FieldError>,
) -> Response {
    let view = SetupView { assets: assets(app), csrf: session.form_token(app), form, errors };
    shown(status, setup::page(&view).into_string())
}

async fn settings_page<P: Ports>(
    app: &App<P>,
    request: &Request,
    status: u16,
    site: &Site,
    session: &Session,
    form: SiteForm,
    errors: Vec<FieldError>,
) -> Result<Response, Error> {
    let stored = deployment(app).await?.origin;
    let origin = if stored.is_empty() { request.origin.clone() } else { stored };
    let asked = |name: &str, value: &str| request.query_value(name).is_some_and(|given| given == value);
    let view = SettingsView {
        frame: frame(app, site, session).await?,
        is_erased: asked("erased", "1"),
        is_saved: errors.is_empty() && asked("saved", "1"),
        form,
        errors,
        site_id: site.id.to_string(),
        site_key: token::site_key(&app.config.keys, &site.id),
        order_webhook: format!("{origin}/v1/orders?site={}", site.id),
        customer_key: asked("secret", "customers")
            .then(|| customer::key(&app.config.keys, &site.id, site.settings.customer_key)),
        order_secret: asked("secret", "show").then(|| shop_server::secret(&app.config.keys, &site.id)),
        origin,
        seen: install::seen(app, &site.id).await?,
    };
    Ok(shown(status, settings::page(&view).into_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_id_of_its_letters() {
        for (name, expected) in [
            ("Fennholm", "fennholm"),
            ("Harbour & Co", "harbour-co"),
            (" -- Ünder_score 2 -- ", "nder-score-2"),
            ("日本語", "shop"),
            ("", "shop"),
            ("A name that is far longer than an id may be", "a-name-that-is-far-longer-than-a"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bb", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ] {
            assert_eq!(slug(name), expected);
            assert!(SiteId::parse(&slug(name)).is_ok());
        }
    }
}
