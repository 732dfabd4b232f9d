//! Links of mails: the way back to the cart, unsubscribing, *I did not shop here*. A GET changes nothing.

use cartwake_shared::{
    codes,
    currency::Currency,
    identifier::{MerchantId, ReminderId, SiteId},
    key::MailboxHash,
    lifecycle::CartState,
    metric::Metric,
    money::Money,
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
        product::Product,
        site,
        store::{
            Query as _, StoreError,
            sql::link::{
                ConfirmRebuiltCart, CountVisit, KnowVisitor, NoteVisit, NoteVisitedReminder, ReadCartProducts,
                ReadCartProductsRow, ReadLink, ReadLinkRow, SuppressMailbox,
            },
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
    items: i64,
    lines: Vec<wire::Line>,
}

/// `GET /r/{token}`: sends the shopper to the shop, or says why not. The visit counts only once the shopper touches the
/// page, so a mail scanner that opens every link and runs its scripts changes nothing.
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

/// `POST /v1/restore`: gives the cart to be rebuilt. Writes nothing.
pub async fn restore<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (sent, linked) = asked_by_page(app, request).await?;
    let state = restore_state(app, &linked);
    let cart = match linked.cart.filter(|_| state == RestoreState::Open) {
        Some(cart) => Some(restored_cart(app, &linked.reminder, cart).await?),
        None => None,
    };
    let answer = wire::Restored { v: 1, state: state.code().to_owned(), token: sent.token, cart };
    Ok(Response::json(200, json::text(&answer)))
}

/// `POST /v1/visit`: the shopper touched the page behind the link, by a trusted event. This confirms the visit and makes
/// the mailbox of the reminder a known one.
pub async fn visit<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (_, linked) = asked_by_page(app, request).await?;
    if restore_state(app, &linked) == RestoreState::Open {
        confirm_visit(app, &linked).await?;
    }
    Ok(Response::empty(204))
}

/// The link that a page of the shop asks about.
async fn asked_by_page<P: Ports>(app: &App<P>, request: &Request) -> Result<(wire::Restore, Linked), Error> {
    let sent: wire::Restore = read_json(request)?;
    let site = site::by_public_key(app, &sent.site).await?;
    if !site.permits_origin(request.page_origin.as_deref().unwrap_or("")) {
        return Err(Error::ForeignOrigin);
    }
    let linked = read(app, LinkPurpose::Restore, &sent.token)
        .await?
        .filter(|linked| linked.reminder.site == site.id)
        .ok_or(Error::NotFound)?;
    Ok((sent, linked))
}

/// The cart as a link shows it: lines that the catalogue verifies have its name, price and pictures, the others only what
/// it takes to put them into a cart. The shop's own tokens stay here.
async fn restored_cart<P: Ports>(app: &App<P>, reminder: &ReminderId, cart: Cart) -> Result<wire::RestoredCart, Error> {
    let ReminderId { site, cart: id, .. } = reminder;
    let rows = app.store().rows(&ReadCartProducts { site, cart: id }).await?;
    let products: Vec<Product> = rows.into_iter().filter_map(|row| product(site, row)).collect();
    let currency = Currency::parse(&cart.currency);
    let lines = cart.lines.into_iter().map(|line| {
        let verified = Product::of_line(&products, site, &line);
        wire::RestoredLine {
            name: verified.map(Product::full_name),
            price: verified
                .map(|product| product.price)
                .filter(|price| Some(price.currency()) == currency)
                .map(Money::minor),
            url: verified.map(|product| product.url.clone()).unwrap_or_default(),
            image: verified.map(|product| product.image.clone()).unwrap_or_default(),
            product: line.product,
            variant: line.variant,
            sku: line.sku,
            options: line.options,
            quantity: line.quantity,
        }
    });
    Ok(wire::RestoredCart { lines: lines.collect(), currency: cart.currency })
}

fn product(site: &SiteId, row: ReadCartProductsRow) -> Option<Product> {
    let price = Money::new(row.price, Currency::parse(&row.currency)?).ok()?;
    let ReadCartProductsRow { id, variant, name, url, image, .. } = row;
    // A product that is sold out keeps its name here: the page tells the shopper that it is.
    Some(Product { site: site.clone(), id, variant, name, price, url, image, available: true })
}

async fn confirm_visit<P: Ports>(app: &App<P>, linked: &Linked) -> Result<(), Error> {
    let now = app.now();
    let ReminderId { site, cart, cycle, step } = &linked.reminder;
    let (bit, via) = (Metric::Returned.bit(), linked.reminder.within_site());
    let via = via.as_str();
    app.store()
        .batch(vec![
            CountVisit { site, cart, bit }.statement(),
            NoteVisit { site, cart, bit, via, now }.statement(),
            NoteVisitedReminder { site, cart, cycle: i64::from(*cycle), step, now }.statement(),
            ConfirmRebuiltCart { site, cart, via, now }.statement(),
            KnowVisitor { site, mailbox_hash: &linked.mailbox_hash, now }.statement(),
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
        items: row.items.unwrap_or_default(),
        lines: json::read(&row.lines.unwrap_or_default()).unwrap_or_default(),
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
