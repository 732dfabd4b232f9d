//! The rows a deployment may write in a day: counted in each isolate, summed in the database, shed by what is needed least.
//!
//! The reasons and figures stand in docs/decisions/row-budget.md.

use std::collections::BTreeMap;

use cartwake_shared::{
    cart::{Consent, Event, MailWish},
    key::Purpose,
    time::{Span, Timestamp},
};

use crate::base::{
    config::Config,
    error::Error,
    http::Request,
    json,
    network::prefix_of,
    ports::{App, Limits as _, Ports, Store as _},
    site::Site,
    store::sql::row_budget::{CountRows, ReadRowBudget, ReadShedCart, ReadShedCartRow},
};

/// An isolate tells the database of its rows when it has written so many: one row in a hundred.
const TOLD_EACH: i64 = 100;
/// A network that wrote fewer of them is not named: a day then has at most ten names for a hundred rows.
const NAMED_FROM: i64 = 10;
/// The part of a day's rows that one network writes at most, in percent. The busiest carrier prefix of a shop has 5 % of
/// its shoppers (65 % behind twelve).
const NETWORK_PERCENT: i64 = 20;
/// Between two writings of an anonymous cart once rows become scarce.
const COALESCED: Span = Span::minutes(5);
/// What is refused until midnight is asked again within an hour, the longest that browsers wait.
const UNTIL_MIDNIGHT: u32 = 3_600;

/// What is shed, in the order of docs/decisions/row-budget.md. Orders, refusals, unsubscribes, erasures and mails never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shedding {
    /// Nothing.
    Nothing,
    /// Changes of an anonymous cart are written once in five minutes.
    Coalescing,
    /// Changes of anonymous carts.
    Anonymous,
    /// Changes of all carts.
    Identified,
}

impl Shedding {
    /// What is shed when so many of the rows of a day are written.
    pub const fn at(written: i64, budget: i64) -> Self {
        match written.saturating_mul(100) {
            parts if parts >= budget.saturating_mul(95) => Self::Identified,
            parts if parts >= budget.saturating_mul(80) => Self::Anonymous,
            parts if parts >= budget.saturating_mul(60) => Self::Coalescing,
            _ => Self::Nothing,
        }
    }

    /// The word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Coalescing => "coalescing",
            Self::Anonymous => "anonymous",
            Self::Identified => "identified",
        }
    }
}

/// What an isolate knows of the rows of a day. It may be lost at any time, with at most [`TOLD_EACH`] rows.
#[derive(Clone, Debug, Default)]
pub struct RowCount {
    day: i64,
    /// All rows of the day, as the database last said.
    told: i64,
    /// Those of networks with many of them, as the database last said.
    told_of: BTreeMap<String, i64>,
    /// Rows that this isolate has written since.
    own: i64,
    /// Those by network.
    own_of: BTreeMap<String, i64>,
}

impl RowCount {
    fn on(&mut self, day: i64) -> &mut Self {
        if self.day != day {
            *self = Self { day, ..Self::default() };
        }
        self
    }

    fn of(&self, network: &str) -> i64 {
        let rows = |counted: &BTreeMap<String, i64>| counted.get(network).copied().unwrap_or(0);
        rows(&self.told_of).saturating_add(rows(&self.own_of))
    }

    fn add(&mut self, rows: i64, network: Option<String>) {
        self.own = self.own.saturating_add(rows);
        if let Some(network) = network {
            let of = self.own_of.entry(network).or_default();
            *of = of.saturating_add(rows);
        }
    }
}

/// Counts the rows that a request or a tick has written, and tells the database of them when they are many. Nothing is
/// counted where no budget is set, and a database that does not answer is told with the next rows.
pub async fn count<P: Ports>(app: &App<P>, rows: i64, from: Option<&Request>) {
    if app.config.rows_per_day.is_none() || rows <= 0 {
        return;
    }
    let (now, limits) = (app.now(), app.ports.limits());
    let day = now.day(0);
    let network = from.map(|request| network_name(&app.config, request, day));
    let telling = limits.change_row_count(|count| {
        count.on(day).add(rows, network);
        (count.own >= TOLD_EACH).then(|| (std::mem::take(&mut count.own), std::mem::take(&mut count.own_of)))
    });
    let Some((own, own_of)) = telling else { return };
    let named: BTreeMap<&String, i64> =
        own_of.iter().filter(|(_, rows)| **rows >= NAMED_FROM).map(|(name, rows)| (name, *rows)).collect();
    // The row that this statement writes is counted as well.
    let tell = CountRows { day, rows: own.saturating_add(1), networks: &json::text(&named) };
    let answer = app.store().only(&tell).await;
    limits.change_row_count(|count| match answer {
        Ok(row) => {
            let count = count.on(day);
            count.told = row.written;
            count.told_of = json::read(&row.networks).unwrap_or_default();
        }
        Err(_) if count.day == day => {
            count.own = count.own.saturating_add(own);
            for (network, rows) in own_of {
                count.add(0, Some(network.clone()));
                let of = count.own_of.entry(network).or_default();
                *of = of.saturating_add(rows);
            }
        }
        Err(_) => {}
    });
}

/// An event whose rows are asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Its request.
    pub request: &'a Request,
    /// Its site.
    pub site: &'a Site,
    /// The event.
    pub event: &'a Event,
    /// The nonce of its session, if it has one.
    pub session: Option<&'a str>,
    /// When it came.
    pub now: Timestamp,
}

/// Whether the rows of the day allow an event; an error with the time of the next try where they do not.
///
/// (1) An order or a refusal is not shed. (2) A network that wrote its part of the day waits, but for what stops the mails
/// of a browser's own open cart. (3) The rest is shed in the order of [`Shedding`]. Asks the database for one row, and only
/// once rows are scarce; a network that wrote its part costs no question but for orders and refusals.
pub async fn may_write<P: Ports>(app: &App<P>, asked: Asked<'_>) -> Result<(), Error> {
    let Some(budget) = app.config.rows_per_day.map(i64::from) else { return Ok(()) };
    let Asked { request, event, now, .. } = asked;
    let day = now.day(0);
    let network = network_name(&app.config, request, day);
    let (written, of_network) = app.ports.limits().change_row_count(|count| {
        let count = count.on(day);
        (count.told.saturating_add(count.own), count.of(&network))
    });
    let has_spent = !event.is_signed && of_network.saturating_mul(100) >= budget.saturating_mul(NETWORK_PERCENT);
    match (stops_a_mail(event), has_spent) {
        // (1)
        (true, false) => return Ok(()),
        // (2)
        (true, true) if cart_of(app, asked).await?.is_some_and(|cart| cart.is_own_open) => return Ok(()),
        (_, true) => return Err(Error::RowsSpent(UNTIL_MIDNIGHT)),
        (false, false) => {}
    }
    // (3)
    let shedding = Shedding::at(written, budget);
    match shedding {
        Shedding::Nothing => return Ok(()),
        Shedding::Identified => return Err(Error::RowsSpent(UNTIL_MIDNIGHT)),
        Shedding::Coalescing | Shedding::Anonymous if event.email.is_some() || event.is_signed => return Ok(()),
        Shedding::Coalescing | Shedding::Anonymous => {}
    }
    let cart = cart_of(app, asked).await?;
    if cart.as_ref().is_some_and(|cart| cart.is_identified) {
        return Ok(());
    }
    if shedding == Shedding::Anonymous {
        return Err(Error::RowsSpent(UNTIL_MIDNIGHT));
    }
    let waits = cart.map_or(Span::ZERO, |cart| cart.active_at.plus(COALESCED).since(now)).whole_seconds();
    if waits <= 0 { Ok(()) } else { Err(Error::RowsSpent(u32::try_from(waits).unwrap_or(UNTIL_MIDNIGHT).min(300))) }
}

/// Whether an event tells an order or refuses something.
fn stops_a_mail(event: &Event) -> bool {
    let refuses = |consent: &Consent| consent.tracking == Some(false) || consent.mail == Some(MailWish::Refused);
    event.order.is_some() || event.consent.as_ref().is_some_and(refuses)
}

async fn cart_of<P: Ports>(app: &App<P>, asked: Asked<'_>) -> Result<Option<ReadShedCartRow>, Error> {
    let Asked { site, event, session, .. } = asked;
    Ok(app.store().first(&ReadShedCart { site: &site.id, cart: &event.cart, session }).await?)
}

/// How a day stands, for people and monitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Rows written since midnight UTC, but for at most a hundred of each other isolate.
    pub written: i64,
    /// Rows that may be written in the day.
    pub budget: i64,
    /// What is shed.
    pub shedding: Shedding,
}

/// How the day stands; `None` where no budget is set. Reads one row.
pub async fn standing<P: Ports>(app: &App<P>) -> Result<Option<Standing>, Error> {
    let Some(budget) = app.config.rows_per_day.map(i64::from) else { return Ok(None) };
    let day = app.now().day(0);
    let row = app.store().first(&ReadRowBudget { day }).await?;
    // Of the rows that are not told yet, this isolate knows its own.
    let own = app.ports.limits().change_row_count(|count| count.on(day).own);
    let written = row.map_or(0, |row| row.written).saturating_add(own);
    Ok(Some(Standing { written, budget, shedding: Shedding::at(written, budget) }))
}

/// A name for a network on one day: it tells networks apart, names none, and is another one tomorrow.
fn network_name(config: &Config, request: &Request, day: i64) -> String {
    let prefix = prefix_of(request);
    config.keys.sign(Purpose::RowBudget, &format!("{day} {prefix}")).chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shed_follows_what_is_written() {
        for (written, expected) in [
            (0, Shedding::Nothing),
            (59_999, Shedding::Nothing),
            (60_000, Shedding::Coalescing),
            (80_000, Shedding::Anonymous),
            (95_000, Shedding::Identified),
            (i64::MAX, Shedding::Identified),
        ] {
            assert_eq!(Shedding::at(written, 100_000), expected, "{written}");
        }
    }
}
