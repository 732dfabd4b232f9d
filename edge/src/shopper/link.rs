//! Links of mails: the way back to the cart, unsubscribing, *I did not shop here*. A GET changes nothing.

use cartwake_shared::{
    identifier::ReminderId,
    lifecycle::CartState,
    metric::Metric,
    policy::Settings,
    time::Timestamp,
    token::{self, LinkPurpose},
    wire,
};

use crate::{
    base::body::read_json,
    base::{
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Ports, Store as _},
        site,
        store::{Row, StoreError, sql},
    },
    dashboard::assets,
    shopper::page::{self as shopper, Matter, Shop, ShopperView},
};

/// What stands behind a link.
struct Behind {
    reminder: ReminderId,
    sent: Option<Timestamp>,
    mailbox_hash: String,
    shop: String,
    settings: Settings,
    merchant: String,
    cart: Option<Cart>,
}

struct Cart {
    state: CartState,
    currency: String,
    total: i64,
    items: i64,
    lines: Vec<wire::Line>,
    token: Option<String>,
}

/// `GET /r/{token}`: sends the shopper to the shop, or says why not. The visit counts only once the page's script
/// asks for the cart, so a mail scanner that opens every link changes nothing.
pub async fn landing<P: Ports>(app: &App<P>, token: &str) -> Result<Response, Error> {
    let Some(behind) = read(app, LinkPurpose::Restore, token).await? else { return Ok(unknown(app)) };
    Ok(match standing(&behind, app) {
        LinkState::Open => {
            let address = behind.settings.restore_url.split('#').next().unwrap_or("").to_owned();
            Response::see_other(&format!("{address}#cw={token}")).with_header("Referrer-Policy", "no-referrer")
        }
        LinkState::Ordered => page(app, 200, Some(&behind), Matter::AlreadyOrdered),
        LinkState::Expired => page(app, 410, Some(&behind), Matter::LinkExpired),
    })
}

/// `POST /v1/restore`: confirms the visit and gives the cart to be rebuilt.
pub async fn restore<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let sent: wire::Restore = read_json(request)?;
    let site = site::by_public_key(app, &sent.site).await?;
    if !site.permits_origin(request.page_origin.as_deref().unwrap_or("")) {
        return Err(Error::ForeignOrigin);
    }
    let behind = read(app, LinkPurpose::Restore, &sent.token)
        .await?
        .filter(|behind| behind.reminder.site == site.id)
        .ok_or(Error::NotFound)?;
    let state = standing(&behind, app);
    if state == LinkState::Open {
        confirm_visit(app, &behind.reminder).await?;
    }
    let cart = behind.cart.filter(|_| state == LinkState::Open);
    let answer = wire::Restored {
        v: 1,
        state: match state {
            LinkState::Open => "open",
            LinkState::Ordered => "ordered",
            LinkState::Expired => "expired",
        }
        .to_owned(),
        token: sent.token,
        cart: cart.map(|cart| wire::Snapshot {
            currency: cart.currency,
            total: Some(cart.total),
            lines: cart.lines,
            token: cart.token,
        }),
    };
    Ok(Response::json(200, json::text(&answer)))
}

async fn confirm_visit<P: Ports>(app: &App<P>, reminder: &ReminderId) -> Result<(), Error> {
    let now = app.now();
    let site = reminder.site.as_str();
    let cart = reminder.cart.to_string();
    let bit = Metric::Returned.bit();
    app.store()
        .batch(vec![
            sql::VISIT_FIGURES.with([site.into(), cart.as_str().into(), bit.into()]),
            sql::VISIT_CART.with([site.into(), cart.as_str().into(), bit.into(), now.into()]),
            sql::VISIT_REMINDER.with([
                site.into(),
                cart.into(),
                reminder.cycle.into(),
                reminder.step.as_str().into(),
                now.into(),
            ]),
        ])
        .await?;
    Ok(())
}

/// `GET /u/{token}` and `GET /n/{token}`: a page with one button.
pub async fn stop_asked<P: Ports>(app: &App<P>, purpose: LinkPurpose, token: &str) -> Result<Response, Error> {
    let Some(behind) = read(app, purpose, token).await? else { return Ok(unknown(app)) };
    Ok(page(
        app,
        200,
        Some(&behind),
        if purpose == LinkPurpose::NotMe { Matter::NotMeAsked } else { Matter::UnsubscribeAsked },
    ))
}

/// `POST /u/{token}` and `POST /n/{token}`: by the page's button or by one-click (RFC 8058). Holds for the merchant.
pub async fn stop<P: Ports>(app: &App<P>, purpose: LinkPurpose, token: &str) -> Result<Response, Error> {
    let Some(behind) = read(app, purpose, token).await? else { return Ok(unknown(app)) };
    let (reason, matter) = match purpose {
        LinkPurpose::NotMe => ("not_me", Matter::NotMeDone),
        LinkPurpose::Unsubscribe | LinkPurpose::Restore => ("unsubscribed", Matter::UnsubscribeDone),
    };
    app.store()
        .execute(sql::SUPPRESS.with([
            behind.merchant.as_str().into(),
            behind.mailbox_hash.as_str().into(),
            reason.into(),
            app.now().into(),
            behind.reminder.site.as_str().into(),
        ]))
        .await?;
    Ok(page(app, 200, Some(&behind), matter))
}

/// What a restore link still leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkState {
    Open,
    Ordered,
    Expired,
}

fn standing<P: Ports>(behind: &Behind, app: &App<P>) -> LinkState {
    let in_date = behind.sent.is_some_and(|sent| app.now().since(sent) <= behind.settings.policy.link_life);
    match &behind.cart {
        Some(cart) if cart.state == CartState::Ordered => LinkState::Ordered,
        Some(cart) if in_date && cart.items > 0 && matches!(cart.state, CartState::Active | CartState::Abandoned) => {
            LinkState::Open
        }
        _ => LinkState::Expired,
    }
}

/// Reads what a token names: `None` for one that is not ours, for another purpose, or whose reminder is gone.
async fn read<P: Ports>(app: &App<P>, purpose: LinkPurpose, token: &str) -> Result<Option<Behind>, Error> {
    let Some(reminder) = token::read_link_token(&app.config.keys, purpose, token) else { return Ok(None) };
    let parameters = [
        reminder.site.as_str().into(),
        reminder.cart.to_string().into(),
        reminder.cycle.into(),
        reminder.step.as_str().into(),
    ];
    let row = app.store().execute(sql::LINK_READ.with(parameters)).await?.into_iter().next();
    Ok(row.map(|row| read_behind(reminder, row)).transpose()?)
}

fn read_behind(reminder: ReminderId, mut row: Row) -> Result<Behind, StoreError> {
    row.integer()?;
    let sent = row.optional_time()?;
    let mailbox_hash = row.text()?;
    row.optional_time()?;
    let shop = row.text()?;
    let settings = json::read(&row.text()?).map_err(|_| StoreError::Shape)?;
    let merchant = row.text()?;
    let state = row.optional_integer()?.and_then(CartState::from_code);
    let mut skip = || row.optional_integer();
    skip()?;
    skip()?;
    let currency = row.text()?;
    let total = row.integer()?;
    let items = row.integer()?;
    let lines = json::read(&row.text()?).unwrap_or_default();
    let token = row.optional_text()?;
    let cart = state.map(|state| Cart { state, currency, total, items, lines, token });
    Ok(Behind { reminder, sent, mailbox_hash, shop, settings, merchant, cart })
}

fn unknown<P: Ports>(app: &App<P>) -> Response {
    page(app, 404, None, Matter::LinkUnknown)
}

fn page<P: Ports>(app: &App<P>, status: u16, behind: Option<&Behind>, matter: Matter) -> Response {
    let shop =
        behind.map(|behind| Shop { name: behind.shop.clone(), address: shop_address(&behind.settings.restore_url) });
    let view = ShopperView { assets: assets(app), shop, matter };
    Response::page(status, shopper::page(&view).into_string())
}

/// The start page of the shop: scheme and host of its cart page.
fn shop_address(restore_url: &str) -> String {
    restore_url.split('/').take(3).collect::<Vec<_>>().join("/")
}
