//! The gate: asks the database in one statement which claimed reminders leave now, and why the others do not.

use std::collections::BTreeMap;

use cartwake_shared::{
    exclusion::ExclusionReason,
    gate::Reason,
    identifier::ReminderId,
    policy::Policy,
    provider::Profile,
    reminder::{HELD_AT_MOST, ReminderState},
    share,
    time::{Span, Timestamp},
    trust::{self, Audience, Trust},
};
use serde::Serialize;

use super::{
    batch::Chunk,
    claim::{Claimed, reminder_id},
    compose::ComposedReminder,
};
use crate::base::{
    error::Error,
    json,
    ports::{App, Mailer as _, Ports, Store as _},
    store::sql::gate::JudgeReminders,
};

/// The gate's decision about one reminder.
pub(super) struct GateDecision {
    /// The reminder.
    pub(super) id: ReminderId,
    /// When it was meant to leave.
    pub(super) scheduled: Timestamp,
    /// The reason against sending it now; `None` if it passed.
    pub(super) reason: Option<Reason>,
    /// Until when the reason lasts, if that is known.
    pub(super) hold: Option<Timestamp>,
    /// The time of the first attempt that may have reached the provider, this one included.
    pub(super) first: Timestamp,
    /// Attempts so far, this one included.
    pub(super) tries: u32,
    /// The audience of its mail.
    pub(super) audience: Audience,
}

impl GateDecision {
    /// The state of a reminder that did not pass; `None` if it passed.
    pub(super) fn leads_to(&self) -> Option<ReminderState> {
        self.reason.map(Reason::leads_to)
    }
}

/// Asks the gate about every reminder of a chunk; the gate records its decisions.
pub(super) async fn gate<P: Ports>(app: &App<P>, owner: &str, chunk: &Chunk) -> Result<Vec<GateDecision>, Error> {
    let now = app.now();
    let profile = app.ports.mailer().profile();
    let reminders = json::text(&questions(chunk, &profile, now));
    let rows = app
        .store()
        .rows(&JudgeReminders {
            reminders: &reminders,
            owner,
            now,
            states: &states_by_reason(),
            week_ago: now.minus(Span::days(7)),
            month_ago: now.minus(share::PLACE_HOLDS),
            known_since: now.minus(trust::KNOWN_FOR),
            quarter: share::quarter_of(now),
            hour: share::hour_of(now),
            share_at_least: share::SITE_AT_LEAST,
            share_usual: share::SITE_USUAL_TIMES,
            share_order: share::SITE_FOR_EACH_ORDER,
            sites_of_a_mailbox: share::SITES_OF_A_MAILBOX,
        })
        .await?;
    let mut decisions = Vec::with_capacity(rows.len());
    for row in rows {
        let id = reminder_id(row.site, row.cart, row.cycle, row.step)?;
        decisions.push(GateDecision {
            scheduled: chunk.find(&id).map_or(now, |reminder| reminder.claimed.scheduled),
            id,
            reason: row.reason,
            hold: row.hold,
            first: row.first.unwrap_or(now),
            tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
            audience: row.trust.map_or(Audience::FirstContacts, Trust::audience),
        });
    }
    Ok(decisions)
}

/// One question for each reminder of a chunk.
fn questions<'a>(chunk: &'a Chunk, profile: &'a Profile, now: Timestamp) -> Vec<Question<'a>> {
    let against: Vec<Option<Reason>> =
        chunk.reminders.iter().map(|reminder| reason_against_repeating(reminder, profile, now)).collect();
    // If one member of a batch may not leave, none may: the rest would be other bytes under the batch's key.
    let is_torn = chunk.is_repeated_batch() && against.iter().any(Option::is_some);
    chunk
        .reminders
        .iter()
        .zip(against)
        .map(|(reminder, against)| {
            let against = against.or_else(|| is_torn.then_some(Reason::BatchTorn));
            Question::new(reminder, against, profile, chunk.batch.as_deref())
        })
        .collect()
}

/// The reason against repeating an attempt; a first attempt has none.
fn reason_against_repeating(reminder: &ComposedReminder, profile: &Profile, now: Timestamp) -> Option<Reason> {
    let claimed: &Claimed = &reminder.claimed;
    let first = claimed.first?;
    let is_same = |(version, hash): &(String, String)| *version == reminder.version && *hash == reminder.hash;
    if claimed.provider.as_deref().is_some_and(|provider| provider != profile.code) {
        Some(Reason::OtherProvider)
    } else if now.since(first) >= profile.retry_window {
        Some(Reason::RetryWindowOver)
    } else if !claimed.frozen.as_ref().is_none_or(is_same) {
        Some(Reason::NotTheSameMail)
    } else {
        claimed.is_torn.then_some(Reason::BatchTorn)
    }
}

/// The question about one reminder: its content and the limits of its site's policy, as `gate.sql` reads them.
#[derive(Serialize)]
struct Question<'a> {
    #[serde(flatten)]
    id: &'a ReminderId,
    version: &'a str,
    template: &'a str,
    locale: &'a str,
    hash: &'a str,
    quiet: Option<Timestamp>,
    again: Option<&'static str>,
    provider: &'a str,
    batch: Option<&'a str>,
    exclusion: Option<&'static str>,
    owner_address: i32,
    bases: &'a str,
    delay: Span,
    stale: Span,
    spacing: Span,
    sequence: Span,
    silence: Span,
    week: u32,
    month: u32,
    oldest: Span,
    held: Span,
}

impl<'a> Question<'a> {
    fn new(
        reminder: &'a ComposedReminder,
        against: Option<Reason>,
        profile: &'a Profile,
        batch: Option<&'a str>,
    ) -> Self {
        let policy = &reminder.policy;
        Self {
            id: &reminder.claimed.id,
            version: &reminder.version,
            template: reminder.template,
            locale: &reminder.locale,
            hash: &reminder.hash,
            quiet: reminder.quiet_until,
            again: against.map(Reason::code),
            provider: profile.code,
            batch,
            exclusion: reminder.exclusion.map(ExclusionReason::code),
            owner_address: i32::from(reminder.is_owner_address),
            bases: reminder.bases,
            delay: step_delay(policy, &reminder.claimed.id),
            stale: policy.stale_after,
            spacing: policy.spacing,
            sequence: policy.next_sequence,
            silence: policy.silence,
            week: policy.cap_week,
            month: policy.cap_month,
            oldest: policy.oldest_cart,
            held: HELD_AT_MOST,
        }
    }
}

/// How long after the shopper's last activity a step may leave; zero for a step that the site has removed since.
fn step_delay(policy: &Policy, reminder: &ReminderId) -> Span {
    let step = policy.steps.iter().find(|step| step.id == reminder.step);
    step.map_or(Span::ZERO, |step| policy.delay_of(step))
}

/// The state each reason leads to, `{"ordered":4,…}`.
fn states_by_reason() -> String {
    let states: BTreeMap<&str, i64> =
        Reason::ALL.into_iter().map(|reason| (reason.code(), reason.leads_to().code())).collect();
    json::text(&states)
}
