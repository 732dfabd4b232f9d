//! Links of mails: the way back to the cart, unsubscribing, *I did not shop here*. A GET changes nothing.

use cartwake_shared::{
    codes,
    identifier::{MerchantId, ReminderId},
    key::MailboxHash,
    lifecycle::CartState,
    metric::Metric,
    policy::Settings,
    time::Timestamp,
    token::{self, LinkPurpose},
    wire,
};

use crate::{
    base::{
        body::read_json,
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Ports, Store as _},
        site,
        store::{
            Query as _, StoreError,
            sql::link::{CountVisit, NoteVisit, NoteVisitedReminder, ReadLink, ReadLinkRow, SuppressMailbox},
        },
    },
    dashboard::assets,
    shopper::page::{self, Matter, Shop, ShopperView},
};

/// The reminder that a link names, with its shop and its cart.
struct Linked {
    reminder: ReminderId,
    sent: Option<Timestamp>,
    mailbox_hash: MailboxHash,
    shop: String,
    settings: Settings,
    merchant: MerchantId,
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
    let Some(linked) = read(app, LinkPurpose::Restore, token).await? else { return Ok(unknown(app)) };
    Ok(match restore_state(app, &linked) {
        RestoreState::Open => {
            let address = linked.settings.restore_url.split('#').next().unwrap_or("").to_owned();
            Response::see_other(&format!("{address}#cw={token}")).with_header("Referrer-Policy", "no-referrer")
        }
        RestoreState::Ordered => show(app, 200, Some(&linked), Matter::AlreadyOrdered),
        RestoreState::Expired => show(app, 410, Some(&linked), Matter::LinkExpired),
    })
}

/// `POST /v1/restore`: confirms the visit and gives the cart to be rebuilt.
pub async fn restore<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let sent: wire::Restore = read_json(request)?;
    let site = site::by_public_key(app, &sent.site).await?;
    if !site.permits_origin(request.page_origin.as_deref().unwrap_or("")) {
        return Err(Error::ForeignOrigin);
    }
    let linked = read(app, LinkPurpose::Restore, &sent.token)
        .await?
        .filter(|linked| linked.reminder.site == site.id)
        .ok_or(Error::NotFound)?;
    let state = restore_state(app, &linked);
    if state == RestoreState::Open {
        confirm_visit(app, &linked.reminder).await?;
    }
    let cart = linked.cart.filter(|_| state == RestoreState::Open);
    let answer = wire::Restored {
        v: 1,
        state: state.code().to_owned(),
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
    let ReminderId { site, cart, cycle, step } = reminder;
    let bit = Metric::Returned.bit();
    app.store()
        .batch(vec![
            CountVisit { site, cart, bit }.statement(),
            NoteVisit { site, cart, bit, now }.statement(),
            NoteVisitedReminder { site, cart, cycle: i64::from(*cycle), step, now }.statement(),
        ])
        .await?;
    Ok(())
}

/// `GET /u/{token}` and `GET /n/{token}`: a page with one button.
pub async fn stop_asked<P: Ports>(app: &App<P>, purpose: LinkPurpose, token: &str) -> Result<Response, Error> {
    let Some(linked) = read(app, purpose, token).await? else { return Ok(unknown(app)) };
    Ok(show(
        app,
        200,
        Some(&linked),
        if purpose == LinkPurpose::NotMe { Matter::NotMeAsked } else { Matter::UnsubscribeAsked },
    ))
}

/// `POST /u/{token}` and `POST /n/{token}`: by the page's button or by one-click (RFC 8058). Holds for the merchant.
pub async fn stop<P: Ports>(app: &App<P>, purpose: LinkPurpose, token: &str) -> Result<Response, Error> {
    let Some(linked) = read(app, purpose, token).await? else { return Ok(unknown(app)) };
    let (reason, matter) = match purpose {
        LinkPurpose::NotMe => ("not_me", Matter::NotMeDone),
        LinkPurpose::Unsubscribe | LinkPurpose::Restore => ("unsubscribed", Matter::UnsubscribeDone),
    };
    app.store()
        .done(&SuppressMailbox {
            scope: linked.merchant.as_str(),
            mailbox_hash: &linked.mailbox_hash,
            reason,
            now: app.now(),
            site: &linked.reminder.site,
        })
        .await?;
    Ok(show(app, 200, Some(&linked), matter))
}

codes! {
    /// Whether a restore link still leads to its cart.
    enum RestoreState {
        /// The word in the answer of `/v1/restore`.
        code: &'static str,
    }
    /// The cart can be rebuilt.
    Open { code: "open" }
    /// The cart is already ordered.
    Ordered { code: "ordered" }
    /// The cart is too old, empty or gone.
    Expired { code: "expired" }
}

fn restore_state<P: Ports>(app: &App<P>, linked: &Linked) -> RestoreState {
    let in_date = linked.sent.is_some_and(|sent| app.now().since(sent) <= linked.settings.policy.link_life);
    match &linked.cart {
        Some(cart) if cart.state == CartState::Ordered => RestoreState::Ordered,
        Some(cart) if in_date && cart.items > 0 && matches!(cart.state, CartState::Active | CartState::Abandoned) => {
            RestoreState::Open
        }
        _ => RestoreState::Expired,
    }
}

/// Reads the reminder that a token names: `None` for a token that is not ours or has another purpose, or when the reminder
/// is gone.
async fn read<P: Ports>(app: &App<P>, purpose: LinkPurpose, token: &str) -> Result<Option<Linked>, Error> {
    let Some(reminder) = token::read_link_token(&app.config.keys, purpose, token) else { return Ok(None) };
    let ReminderId { site, cart, cycle, step } = &reminder;
    let row = app.store().first(&ReadLink { site, cart, cycle: i64::from(*cycle), step }).await?;
    Ok(row.map(|row| linked(reminder, row)).transpose()?)
}

fn linked(reminder: ReminderId, row: ReadLinkRow) -> Result<Linked, StoreError> {
    let settings = json::read(&row.settings).map_err(|_| StoreError::Unreadable(ReadLink::SQL.name))?;
    let cart = row.cart_state.map(|state| Cart {
        state,
        currency: row.currency.unwrap_or_default(),
        total: row.total.unwrap_or_default(),
        items: row.items.unwrap_or_default(),
        lines: json::read(&row.lines.unwrap_or_default()).unwrap_or_default(),
        token: row.token,
    });
    Ok(Linked {
        reminder,
        sent: row.first,
        mailbox_hash: row.mailbox_hash,
        shop: row.name,
        settings,
        merchant: row.merchant,
        cart,
    })
}

fn unknown<P: Ports>(app: &App<P>) -> Response {
    show(app, 404, None, Matter::LinkUnknown)
}

fn show<P: Ports>(app: &App<P>, status: u16, linked: Option<&Linked>, matter: Matter) -> Response {
    let shop =
        linked.map(|linked| Shop { name: linked.shop.clone(), address: shop_address(&linked.settings.restore_url) });
    let view = ShopperView { assets: assets(app), shop, matter };
    Response::page(status, page::page(&view).into_string())
}

/// The start page of the shop: scheme and host of its cart page.
fn shop_address(restore_url: &str) -> String {
    restore_url.split('/').take(3).collect::<Vec<_>>().join("/")
}
