//! Reconciles with the provider: looks up the reminders whose answer was lost, if the provider can be asked.

use cartwake_shared::{
    identifier::ReminderId,
    reminder::{HELD_AT_MOST, LOOK_UP_GRACE},
    time::Timestamp,
    token,
};
use futures_util::future::join_all;
use serde::Serialize;

use super::claim::reminder_id;
use crate::base::mail::LookUp;
use crate::{
    base::{
        error::Error,
        json,
        ports::{App, Mailer as _, Ports, Store as _},
        store::sql::reconcile::{FindLookUps, RecordLookUps},
    },
    sending::provider_event::{self, Kind, ProviderEvent},
};

/// Look-ups of one tick: with those of a wave of mails fewer than the 50 subrequests of the free plan, and fewer than
/// the six connections a Worker may have open at once.
const LOOK_UPS_PER_TICK: i64 = 5;

/// A reminder that the provider is asked about.
struct LookedUp {
    id: ReminderId,
    scheduled: Timestamp,
    tries: i64,
    at: Timestamp,
    provider: Option<String>,
}

/// A reminder that the provider does not know, or never received: when to ask again, or whether to send again.
#[derive(Serialize)]
struct RecordRow {
    #[serde(flatten)]
    id: ReminderId,
    tries: i64,
    asked: Timestamp,
    again: u32,
    next: Option<Timestamp>,
}

/// Looks up a few reminders. (1) Found: the reminder is sent. (2) Surely never received: the gate decides about a new
/// attempt. (3) Otherwise the provider is asked again, until a day after the reminder was due.
pub async fn run<P: Ports>(app: &App<P>) -> Result<(), Error> {
    let now = app.now();
    let mut asked = Vec::new();
    for row in app.store().rows(&FindLookUps { now, most: LOOK_UPS_PER_TICK }).await? {
        asked.push(LookedUp {
            id: reminder_id(row.site, row.cart, row.cycle, row.step)?,
            scheduled: row.scheduled,
            tries: row.tries,
            at: row.look_up_at,
            provider: row.provider,
        });
    }
    if asked.is_empty() {
        return Ok(());
    }
    let code = app.ports.mailer().profile().code;
    let found = join_all(asked.iter().map(|asked| async move {
        // Only the provider of the attempt can know the mail.
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
        app.store().done(&RecordLookUps { reminders: &json::text(&records), now }).await?;
    }
    Ok(())
}
