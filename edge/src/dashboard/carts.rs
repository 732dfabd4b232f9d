//! `GET /carts`: lists the carts in one state, in pages by key.

use cartwake_shared::{
    identifier::CartId,
    lifecycle::CartState,
    time::{MAX_SAFE, Timestamp},
};

use super::{count, format::SiteFormat, frame, html_response, outbox, session::Session, sign_in, site};
use crate::{
    base::{
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Ports, Store as _},
        site::Site,
        store::{
            Query as _, StoreError,
            sql::dashboard::{ListActiveCarts, ListActiveCartsRow, ListCartsInState},
        },
    },
    dashboard::pages::{
        carts::{self, CartFilter, CartRow, CartsView, MailNote},
        terms::{self, ReminderState, Tone},
    },
};

/// Carts of one page.
const PAGE: usize = 25;

/// The list; `fragment=1` asks for the part that renews itself.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::require_session(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let before = request.query_value("before").and_then(|text| Key::parse(&text));
    let asked = request.query_value("state").and_then(|word| CartFilter::parse(&word));
    let (filter, rows) = match asked {
        Some(filter) => (filter, read(app, &site, filter, before.as_ref()).await?),
        // No state was asked for: the active carts, or the abandoned ones if there are none.
        None => match read(app, &site, CartFilter::Active, before.as_ref()).await? {
            rows if rows.is_empty() => {
                (CartFilter::Abandoned, read(app, &site, CartFilter::Abandoned, before.as_ref()).await?)
            }
            rows => (CartFilter::Active, rows),
        },
    };
    let view = view(app, &site, &session, filter, rows, before.is_none()).await?;
    let is_fragment = request.query_value("fragment").is_some_and(|value| value == "1");
    let html = if is_fragment { carts::fragment(&view) } else { carts::page(&view) };
    Ok(html_response(200, html.into_string()))
}

/// Where a page begins: behind the cart with this time and id, since many carts may share a time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    at: Timestamp,
    id: String,
}

impl Key {
    /// Parses `<milliseconds>.<cart id>`; `None` for any other text.
    fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { at: Timestamp::from_millis(at.parse().ok()?), id: CartId::parse(id).ok()?.to_string() })
    }

    fn to_text(&self) -> String {
        format!("{}.{}", self.at.millis(), self.id)
    }
}

async fn read<P: Ports>(
    app: &App<P>,
    site: &Site,
    filter: CartFilter,
    before: Option<&Key>,
) -> Result<Vec<ListActiveCartsRow>, Error> {
    // One more than the page shows tells whether there is an older page.
    let most = i64::try_from(PAGE.saturating_add(1)).unwrap_or(i64::MAX);
    let rows = match closed(filter) {
        None => {
            // No active cart is due later than this; carts that wait for a later reminder come behind it.
            let latest = app.now().plus(app.config.policy(site.settings.policy.clone()).abandoned_after);
            let (before, before_id) = before.map_or((latest, BEHIND_EVERY_ID), |key| (key.at, key.id.as_str()));
            app.store().rows(&ListActiveCarts { site: &site.id, before, before_id, most }).await?
        }
        Some(state) => {
            let latest = Timestamp::from_millis(MAX_SAFE);
            let (before, before_id) = before.map_or((latest, ""), |key| (key.at, key.id.as_str()));
            app.store().rows(&ListCartsInState { site: &site.id, state, before, before_id, most }).await?
        }
    };
    Ok(rows)
}

/// Ids begin with a digit or a capital letter, which sort before this.
const BEHIND_EVERY_ID: &str = "~";

/// The state a filter asks for; `None` for active carts, which are found by another index.
const fn closed(filter: CartFilter) -> Option<CartState> {
    match filter {
        CartFilter::Active => None,
        CartFilter::Abandoned => Some(CartState::Abandoned),
        CartFilter::Ordered => Some(CartState::Ordered),
        CartFilter::Expired => Some(CartState::Expired),
        CartFilter::Discarded => Some(CartState::Discarded),
    }
}

async fn view<P: Ports>(
    app: &App<P>,
    site: &Site,
    session: &Session,
    filter: CartFilter,
    mut rows: Vec<ListActiveCartsRow>,
    is_newest: bool,
) -> Result<CartsView, Error> {
    let format = SiteFormat::of(app, &site.settings);
    let has_older = rows.len() > PAGE;
    rows.truncate(PAGE);
    let older = rows.last().filter(|_| has_older).map(|row| Key { at: row.key, id: row.id.to_string() }.to_text());
    let rows = rows.into_iter().map(|row| cart_row(row, &format)).collect::<Result<_, _>>()?;
    Ok(CartsView { frame: frame(app, site, session).await?, filter, older, rows, is_newest })
}

/// Position, state, reason and time of a cart's last reminder.
type LastReminder = (i64, i64, Option<String>, Timestamp);

fn cart_row<P: Ports>(row: ListActiveCartsRow, format: &SiteFormat<'_, P>) -> Result<CartRow, StoreError> {
    let mail = match row.last_reminder {
        Some(reminder) => {
            let (position, code, reason, at): LastReminder =
                json::read(&reminder).map_err(|_| StoreError::Unreadable(ListActiveCarts::SQL.name))?;
            last_mail(position, code, reason.as_deref(), &format.brief(at))
        }
        None if row.exclusion.is_some() => MailNote { tone: Tone::Quiet, words: "Excluded".to_owned() },
        None => no_mail(row.state, row.has_address, row.due.is_some()),
    };
    Ok(CartRow {
        id: row.id.to_string(),
        when: format.minute(row.active_at),
        address: row.address,
        items: count(row.items),
        first_item: row.first_item,
        total: format.money(row.total, &row.currency.unwrap_or_default()),
        state: state_label(row.state, row.recovered),
        mail,
    })
}

/// A cart's state as the pages name it; *recovered* is an attributed order.
pub(super) const fn state_label(state: CartState, is_recovered: bool) -> terms::CartState {
    match state {
        CartState::Active => terms::CartState::Active,
        CartState::Abandoned => terms::CartState::Abandoned,
        CartState::Ordered if is_recovered => terms::CartState::Recovered,
        CartState::Ordered => terms::CartState::Ordered,
        CartState::Expired => terms::CartState::Expired,
        CartState::Discarded => terms::CartState::Discarded,
    }
}

fn last_mail(position: i64, code: i64, reason: Option<&str>, at: &str) -> MailNote {
    let state = outbox::state(code, reason);
    let name = outbox::name(position);
    let words = match state {
        ReminderState::Ready => format!("{name} is next"),
        ReminderState::Sending => format!("{name} is being sent"),
        ReminderState::Held => format!("{name} held, next look {at}"),
        other => format!("{name} {} {at}", other.word().to_ascii_lowercase()),
    };
    MailNote { tone: state.tone(), words }
}

fn no_mail(state: CartState, has_address: bool, is_looked_at_again: bool) -> MailNote {
    let words = match state {
        CartState::Active | CartState::Abandoned if !has_address => "No address",
        CartState::Active => "Nothing due yet",
        CartState::Abandoned if is_looked_at_again => "Nothing due yet",
        CartState::Ordered => "None was needed",
        CartState::Abandoned | CartState::Expired | CartState::Discarded => "None was sent",
    };
    MailNote { tone: Tone::Quiet, words: words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_nothing_else_is() {
        let key = Key { at: Timestamp::from_millis(1_764_000_000_000), id: "01JD3Z5W4K8Q9RT2V6XY7ABCDE.1".to_owned() };
        assert_eq!(Key::parse(&key.to_text()), Some(key));
        for text in [
            "",
            "1764000000000",
            "x.01JD3Z5W4K8Q9RT2V6XY7ABCDE.1",
            "1.' OR 1=1 --",
            "1.",
            ".",
            "1.01JD3Z5W4K8Q9RT2V6XY7ABCDE.0",
        ] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }
}
