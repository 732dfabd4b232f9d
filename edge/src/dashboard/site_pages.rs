//! `/setup`, `/settings`, `/customer-key`: shows the form of a site and writes the site when the form is sent.

use cartwake_shared::{
    identifier::{MerchantId, SiteId},
    locale::Zone,
    policy::Settings,
    token,
};

use super::{
    assets, frame, html_response,
    session::Session,
    sign_in, site,
    site_form::{self, ParsedSite},
};
use crate::{
    base::{
        deployment::deployment,
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Localisation as _, Ports, Store as _},
        site::{self, Site},
        store::{
            Query as _, Statement,
            sql::site::{WriteMerchant, WriteOrigin, WriteSite},
        },
    },
    capture::{challenge, install_check},
    dashboard::pages::{
        settings::{self, SettingsView},
        setup::{self, SetupView},
        site_form::{FieldError, SiteForm},
    },
    house::health,
    shop::{customer, signed_call},
};

/// `GET /setup`.
pub(super) async fn set_up<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::require_session(app, request).await?;
    if site(app).await?.is_some() {
        return Ok(Response::see_other("/settings"));
    }
    Ok(set_up_page(app, 200, &session, SiteForm::proposed(), Vec::new()))
}

/// `POST /setup`: creates merchant and site in one batch. Repeated, it changes nothing.
pub(super) async fn create_site<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (session, body) = sign_in::require_form(app, request).await?;
    if site(app).await?.is_some() {
        return Ok(Response::see_other("/settings"));
    }
    let form = site_form::posted(body);
    match parse(app, &form, &Settings::default()) {
        Err(errors) => Ok(set_up_page(app, 422, &session, form, errors)),
        Ok(parsed) => {
            let id = slug(&parsed.name);
            let site = Site {
                id: SiteId::parse(&id).map_err(|_| Error::Malformed("the shop's name gives no id".to_owned()))?,
                merchant: MerchantId::parse(&id)
                    .map_err(|_| Error::Malformed("the shop's name gives no id".to_owned()))?,
                name: parsed.name,
                state: parsed.state,
                paused: false,
                settings: parsed.settings,
            };
            let merchant = WriteMerchant { id: &site.merchant, name: &site.name, now: app.now() }.statement();
            write(app, &site, vec![merchant], Some(&request.origin)).await?;
            Ok(Response::see_other("/settings"))
        }
    }
}

/// `GET /settings`.
pub(super) async fn settings<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::require_session(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let form = site_form::stored(&site);
    settings_page(app, request, 200, &site, &session, form, Vec::new()).await
}

/// `POST /settings`: changes the site; times and limits stay as they are stored.
pub(super) async fn save_settings<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (session, body) = sign_in::require_form(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let form = site_form::posted(body);
    match parse(app, &form, &site.settings) {
        Err(errors) => settings_page(app, request, 422, &site, &session, form, errors).await,
        Ok(ParsedSite { name, state, settings }) => {
            let changed = Site { name, state, paused: form.is_paused, settings, ..site };
            // The links of mails that were sent begin with the origin, so it is set once.
            let origin = deployment(app).await?.origin.is_empty().then_some(request.origin.as_str());
            write(app, &changed, Vec::new(), origin).await?;
            Ok(Response::see_other("/settings?saved=1"))
        }
    }
}

/// `POST /customer-key`: makes a new key for the signatures of customers; the key before it stays valid.
pub(super) async fn replace_customer_key<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    sign_in::require_form(app, request).await?;
    let Some(mut site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    site.settings.customer_key = site.settings.customer_key.saturating_add(1);
    write(app, &site, Vec::new(), None).await?;
    Ok(Response::see_other("/settings?saved=1#customers"))
}

fn parse<P: Ports>(app: &App<P>, form: &SiteForm, kept: &Settings) -> Result<ParsedSite, Vec<FieldError>> {
    let exists = |zone: &Zone| app.ports.localisation().offset_minutes(zone.as_str(), app.now()).is_some();
    site_form::parse(form, kept, exists)
}

/// Writes a site and the deployment's origin behind other statements in one batch, then updates the cache.
async fn write<P: Ports>(
    app: &App<P>,
    site: &Site,
    mut statements: Vec<Statement>,
    origin: Option<&str>,
) -> Result<(), Error> {
    let write_site = WriteSite {
        id: &site.id,
        merchant: &site.merchant,
        name: &site.name,
        state: site.state,
        paused: site.paused,
        settings: &json::text(&site.settings),
        now: app.now(),
    };
    statements.push(write_site.statement());
    if let Some(origin) = origin {
        statements.push(WriteOrigin { origin }.statement());
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
    html_response(status, setup::page(&view).into_string())
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
        monitor_token: asked("secret", "monitor").then(|| health::monitor_token(&app.config)),
        order_secret: asked("secret", "show").then(|| signed_call::secret(&app.config.keys, &site.id)),
        origin,
        seen: install_check::seen(app, &site.id).await?,
        challenge: challenge::state(app).await,
    };
    Ok(html_response(status, settings::page(&view).into_string()))
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
