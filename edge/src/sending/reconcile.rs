//! Asks the provider what became of reminders whose answer was lost, where it can be asked.

use cartwake_shared::{
    identifier::ReminderId,
    reminder::{HELD_AT_MOST, LOOK_UP_GRACE},
    time::Timestamp,
    token,
};
use futures_util::future::join_all;
use serde::Serialize;

use super::deliver::read_id;
use crate::base::mail::LookUp;
use crate::{
    base::{
        error::Error,
        json,
        ports::{App, Mailer as _, Ports, Store as _},
        store::{Row, StoreError, read_all, sql},
    },
    sending::provider_event::{self, Kind, ProviderEvent},
};

/// Look-ups of one tick: with those of a wave of mails fewer than the 50 subrequests of the free plan, and fewer than
/// the six connections a Worker may have open at once.
const LOOK_UPS_PER_TICK: u32 = 5;

/// A reminder that is asked about.
struct Asked {
    id: ReminderId,
    scheduled: Timestamp,
    tries: i64,
    at: Timestamp,
    provider: Option<String>,
}

/// A reminder of which nothing is known yet, or that was never seen: when it is asked about again.
#[derive(Serialize)]
struct RecordRow {
    #[serde(flatten)]
    id: ReminderId,
    tries: i64,
    asked: Timestamp,
    again: u32,
    next: Option<Timestamp>,
}

/// Looks up a few reminders: (1) found ones are sent, (2) ones surely never seen may be tried anew, which the gate
/// decides, (3) of the others nothing is known yet; they are asked about for a day after they were due.
pub async fn run<P: Ports>(app: &App<P>) -> Result<(), Error> {
    let now = app.now();
    let rows = app.store().execute(sql::LOOK_UPS_DUE.with([now.into(), LOOK_UPS_PER_TICK.into()])).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let asked = read_all(rows, read_asked)?;
    let code = app.ports.mailer().profile().code;
    let found = join_all(asked.iter().map(|asked| async move {
        // Another provider than the one that had it knows nothing of it.
        if asked.provider.as_deref() != Some(code) {
            return LookUp::CannotTell;
        }
        app.ports.mailer().look_up(&token::reference(&app.config.keys, &asked.id)).await
    }))
    .await;

    let (mut events, mut records) = (Vec::new(), Vec::new());
    for (asked, found) in asked.into_iter().zip(found) {
        let is_never = found == LookUp::NeverSeen;
        if let LookUp::Sent { provider_id } = found {
            events.push(ProviderEvent { reminder: asked.id, kind: Kind::Accepted, provider_id });
            continue;
        }
        let next = now.plus(LOOK_UP_GRACE);
        let is_in_time = !is_never && next.since(asked.scheduled) < HELD_AT_MOST;
        records.push(RecordRow {
            id: asked.id,
            tries: asked.tries,
            asked: asked.at,
            again: u32::from(is_never),
            next: is_in_time.then_some(next),
        });
    }
    if !events.is_empty() {
        provider_event::apply(app, &events).await?;
    }
    if !records.is_empty() {
        app.store().execute(sql::LOOK_UP_RECORD.with([json::text(&records).into(), now.into()])).await?;
    }
    Ok(())
}

fn read_asked(mut row: Row) -> Result<Asked, StoreError> {
    let id = read_id(&mut row)?;
    Ok(Asked { id, scheduled: row.time()?, tries: row.integer()?, at: row.time()?, provider: row.optional_text()? })
}
