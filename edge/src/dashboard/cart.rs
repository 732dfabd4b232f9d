//! `GET /carts/{id}`: shows one cart, its timeline, and why each reminder was or was not sent.

mod decisions;
mod hosts;
mod record;
mod timeline;

use cartwake_shared::{currency::Currency, identifier::CartId, money::Money, wire};

use self::{hosts::KnownHosts, record::Record};
use super::{
    carts::state_label,
    count,
    format::{SiteFormat, UNKNOWN},
    frame, html_response, sign_in, site,
};
use crate::{
    base::{
        error::Error,
        http::{Request, Response},
        ports::{App, Ports, Store as _},
        store::sql::dashboard::{ListCatalogueAddresses, ReadCart, ReadLastOrder, ReadReminders, ReadSuppressions},
    },
    dashboard::pages::cart::{self, CartView, LineView},
};

/// The page of a cart.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request, id: &str) -> Result<Response, Error> {
    let session = sign_in::require_session(app, request).await?;
    let id = CartId::parse(id).map_err(|_| Error::NotFound)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let (site_id, cart) = (&site.id, &id);
    let (carts, reminders, suppressions, orders, catalogue) = app
        .store()
        .rows_of((
            &ReadCart { site: site_id, cart },
            &ReadReminders { site: site_id, cart },
            &ReadSuppressions { site: site_id, cart },
            &ReadLastOrder { site: site_id, cart },
            &ListCatalogueAddresses { site: site_id, cart },
        ))
        .await?;
    let found = carts.into_iter().next().ok_or(Error::NotFound)?;
    let record = Record::of(found, reminders, suppressions, orders.into_iter().next());

    let hosts = KnownHosts::of(&site.settings.hosts, &catalogue);
    let format = SiteFormat::of(app, &site.settings);
    let policy = app.config.policy(site.settings.policy.clone());
    let view = CartView {
        frame: frame(app, &site, &session).await?,
        id: id.to_string(),
        state: state_label(record.state, record.is_recovered),
        address: record.contact.address.clone(),
        mail_basis: record.contact.basis.map(|(basis, at)| format!("{}, {}", basis.code(), format.date(at))),
        created: format.second(record.created),
        last_seen: format.second(record.active_at),
        lines: record.lines.iter().map(|line| line_view(line, &record.currency, &format, &hosts)).collect(),
        items: count(record.items),
        total: format.money(record.total, &record.currency),
        timeline: timeline::entries(&record, &format),
        steps: decisions::steps(&record, &policy, site.state, app.now(), &format),
    };
    let pictures = hosts.origins_of(view.lines.iter().filter_map(|line| line.image_url.as_deref()));
    Ok(html_response(200, cart::page(&view).into_string()).with_pictures_of(&pictures))
}

/// A line; what is neither on a host of the shop nor of its catalogue is neither loaded nor linked.
fn line_view<P: Ports>(
    line: &wire::Line,
    currency: &str,
    format: &SiteFormat<'_, P>,
    hosts: &KnownHosts<'_>,
) -> LineView {
    let price =
        line.price.zip(Currency::parse(currency)).and_then(|(minor, currency)| Money::new(minor, currency).ok());
    let amount = |money: Option<Money>| money.map_or_else(|| UNKNOWN.to_owned(), |money| format.amount(money));
    let known = |address: &String| hosts.origin_of(address).map(|_| address.clone());
    let variant: Vec<&str> =
        [line.variant.as_str(), &line.options].into_iter().filter(|text| !text.is_empty()).collect();
    LineView {
        name: if line.name.is_empty() { line.product.clone() } else { line.name.clone() },
        variant: variant.join(", "),
        sku: line.sku.clone(),
        quantity: u64::from(line.quantity),
        price: amount(price),
        sum: amount(price.and_then(|price| price.times(line.quantity).ok())),
        image_url: known(&line.image),
        product_url: known(&line.url),
    }
}
