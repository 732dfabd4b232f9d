//! `GET /carts`: the list of carts in one state, in pages by key.

use cartwake_shared::{
    identifier::CartId,
    lifecycle::CartState,
    time::{MAX_SAFE, Timestamp},
};

use super::{count, frame, outbox, shown, shown::Place, sign_in, sign_in::Session, site};
use crate::{
    base::{
        error::Error,
        http::{Request, Response},
        json,
        ports::{App, Ports, Store as _},
        site::Site,
        store::{Row, Rows, StoreError, read_all, sql},
    },
    dashboard::pages::{
        carts::{self, CartFilter, CartRow, CartsView, MailNote},
        terms::{self, ReminderState, Tone},
    },
};

/// Carts of one page.
const PAGE: usize = 25;

/// The list; `fragment=1` asks for its part that renews itself.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::reader(app, request)?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let before = request.query_value("before").and_then(|text| Key::parse(&text));
    let asked = request.query_value("state").and_then(|word| CartFilter::parse(&word));
    let (filter, rows) = match asked {
        Some(filter) => (filter, read(app, &site, filter, before.as_ref()).await?),
        // Nothing was asked for: what happens now, or else what waits.
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
    Ok(shown(200, html.into_string()))
}

/// Where a page begins: behind the cart of that time and id, since many carts may share a time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    at: Timestamp,
    id: String,
}

impl Key {
    /// Reads `<milliseconds>.<cart id>`; nothing for any other text.
    fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { at: Timestamp::from_millis(at.parse().ok()?), id: CartId::parse(id).ok()?.to_string() })
    }

    fn to_text(&self) -> String {
        format!("{}.{}", self.at.millis(), self.id)
    }
}

async fn read<P: Ports>(app: &App<P>, site: &Site, filter: CartFilter, before: Option<&Key>) -> Result<Rows, Error> {
    // One more than is shown tells whether there is an older page.
    let many = i64::try_from(PAGE.saturating_add(1)).unwrap_or(i64::MAX);
    let id = before.map_or("", |key| key.id.as_str());
    let statement = match closed(filter) {
        None => {
            // No active cart is due later than this; behind it stand the carts that wait for a later reminder.
            let latest = app.now().plus(app.config.policy(site.settings.policy.clone()).abandoned_after);
            let at = before.map_or(latest, |key| key.at);
            let id = if before.is_some() { id } else { BEHIND_EVERY_ID };
            sql::CARTS_ACTIVE.with([site.id.as_str().into(), at.into(), id.into(), many.into()])
        }
        Some(state) => {
            let at = before.map_or(Timestamp::from_millis(MAX_SAFE), |key| key.at);
            sql::CARTS_IN_STATE.with([site.id.as_str().into(), state.code().into(), at.into(), id.into(), many.into()])
        }
    };
    Ok(app.store().execute(statement).await?)
}

/// Ids begin with a digit or a capital letter, which stand before this.
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
    mut rows: Rows,
    is_newest: bool,
) -> Result<CartsView, Error> {
    let place = Place::of(app, &site.settings);
    let has_older = rows.len() > PAGE;
    rows.truncate(PAGE);
    let read: Vec<(CartRow, Key)> = read_all(rows, |row| read_row(row, &place))?;
    Ok(CartsView {
        frame: frame(app, site, session).await?,
        filter,
        older: read.last().filter(|_| has_older).map(|(_, key)| key.to_text()),
        rows: read.into_iter().map(|(row, _)| row).collect(),
        is_newest,
    })
}

/// Position, state, reason and time of a cart's last reminder.
type LastReminder = (i64, i64, Option<String>, Timestamp);

fn read_row<P: Ports>(mut row: Row, place: &Place<'_, P>) -> Result<(CartRow, Key), StoreError> {
    let id = row.text()?;
    let state = CartState::from_code(row.integer()?).ok_or(StoreError::Shape)?;
    let when = place.minute(row.time()?);
    let items = count(row.integer()?);
    let total = row.integer()?;
    let total = place.money(total, &row.text()?);
    let is_recovered = row.boolean()?;
    let first_item = row.text()?;
    let has_address = row.boolean()?;
    let who = row.optional_text()?;
    let reminder = row.optional_text()?;
    let is_looked_at_again = row.optional_time()?.is_some();
    let key = Key { at: row.time()?, id: id.clone() };
    let is_excluded = row.optional_text()?.is_some();
    let mail = match reminder {
        Some(reminder) => {
            let (position, code, reason, at): LastReminder = json::read(&reminder).map_err(|_| StoreError::Shape)?;
            last_mail(position, code, reason.as_deref(), &place.brief(at))
        }
        None if is_excluded => MailNote { tone: Tone::Quiet, words: "Kept apart".to_owned() },
        None => no_mail(state, has_address, is_looked_at_again),
    };
    Ok((CartRow { id, when, who, items, first_item, total, state: shown_state(state, is_recovered), mail }, key))
}

/// A cart's state in the words of the pages; *recovered* is an attributed order.
pub(super) const fn shown_state(state: CartState, is_recovered: bool) -> terms::CartState {
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
