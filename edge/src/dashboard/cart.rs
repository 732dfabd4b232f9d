//! `GET /carts/{id}`: one cart, what happened to it, and why each reminder was or was not sent.

mod moments;
mod record;
mod steps;

use cartwake_shared::{currency::Currency, identifier::CartId, money::Money, wire};

use self::record::Record;
use super::{
    carts::shown_state,
    count, frame, shown,
    shown::{NOTHING, Place},
    sign_in, site,
};
use crate::{
    base::{
        error::Error,
        http::{Request, Response},
        ports::{App, Ports, Store as _},
        store::{Value, sql},
    },
    dashboard::pages::cart::{self, CartView, LineView},
};

/// The page of a cart.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request, id: &str) -> Result<Response, Error> {
    let session = sign_in::reader(app, request)?;
    let id = CartId::parse(id).map_err(|_| Error::NotFound)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let key = || [Value::from(site.id.as_str()), id.to_string().into()];
    let mut read = app
        .store()
        .batch(vec![
            sql::CART_READ.with(key()),
            sql::CART_REMINDERS.with(key()),
            sql::CART_SUPPRESSION.with(key()),
            sql::CART_ORDER.with(key()),
        ])
        .await?
        .into_iter();
    let mut next = || read.next().unwrap_or_default();
    let record = Record::read(next(), next(), next(), next())?.ok_or(Error::NotFound)?;

    let place = Place::of(app, &site.settings);
    let policy = app.config.policy(site.settings.policy.clone());
    let view = CartView {
        frame: frame(app, &site, &session).await?,
        id: id.to_string(),
        state: shown_state(record.state, record.is_recovered),
        who: record.contact.address.clone(),
        mail_basis: record.contact.basis.map(|(basis, at)| format!("{}, {}", basis.code(), place.date(at))),
        created: place.second(record.created),
        last_seen: place.second(record.active_at),
        lines: record.lines.iter().map(|line| shown_line(line, &record.currency, &place)).collect(),
        items: count(record.items),
        total: place.money(record.total, &record.currency),
        moments: moments::moments(&record, &place),
        steps: steps::steps(&record, &policy, site.state, app.now(), &place),
    };
    Ok(shown(200, cart::page(&view).into_string()))
}

fn shown_line<P: Ports>(line: &wire::Line, currency: &str, place: &Place<'_, P>) -> LineView {
    let price =
        line.price.zip(Currency::parse(currency)).and_then(|(minor, currency)| Money::new(minor, currency).ok());
    let shown = |money: Option<Money>| money.map_or_else(|| NOTHING.to_owned(), |money| place.amount(money));
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let variant: Vec<&str> =
        [line.variant.as_str(), &line.options].into_iter().filter(|text| !text.is_empty()).collect();
    LineView {
        name: if line.name.is_empty() { line.product.clone() } else { line.name.clone() },
        variant: variant.join(", "),
        sku: line.sku.clone(),
        quantity: u64::from(line.quantity),
        price: shown(price),
        sum: shown(price.and_then(|price| price.times(line.quantity).ok())),
        picture: filled(&line.image),
        address: filled(&line.url),
    }
}
