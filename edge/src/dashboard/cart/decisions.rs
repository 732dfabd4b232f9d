//! Explains each step of the sequence for one cart: the gate's verdict, or why no reminder was planned.

use cartwake_shared::{
    gate::Reason,
    lifecycle::CartState,
    order::OrderStatus,
    policy::{self, Policy, SiteState, Step},
    share,
    time::Timestamp,
    trust::Trust,
};

use super::{
    super::{
        format::{SiteFormat, UNKNOWN, span},
        outbox,
    },
    record::{Record, Reminder},
};
use crate::{
    base::{ports::Ports, store::sql::dashboard::ReadSuppressionsRow},
    dashboard::pages::{
        decisions::{StepView, Verdict},
        terms::ReminderState,
    },
};

/// The steps in the order of the policy; then those in the outbox that the policy no longer has.
pub(super) fn steps<P: Ports>(
    record: &Record,
    policy: &Policy,
    site: SiteState,
    now: Timestamp,
    format: &SiteFormat<'_, P>,
) -> Vec<StepView> {
    let explainer = Explainer { record, policy, site, now, format };
    let current = policy.steps.iter().zip(0_i64..).map(|(step, position)| {
        let row = record.reminders.iter().rev().find(|reminder| reminder.step == step.id.as_str());
        let delay = format!("{} after the last activity", span(step.delay));
        match row {
            Some(reminder) => explainer.planned(outbox::name(position), delay, reminder),
            None => explainer.unplanned(outbox::name(position), delay, step),
        }
    });
    let is_gone = |reminder: &&Reminder| !policy.steps.iter().any(|step| step.id.as_str() == reminder.step);
    let gone = record.reminders.iter().filter(is_gone).map(|reminder| {
        explainer.planned(
            outbox::name(reminder.position),
            "A step that the sequence no longer has".to_owned(),
            reminder,
        )
    });
    current.chain(gone).collect()
}

/// Explains the reminders of one cart.
struct Explainer<'a, 'e, P: Ports> {
    record: &'a Record,
    policy: &'a Policy,
    site: SiteState,
    now: Timestamp,
    format: &'a SiteFormat<'e, P>,
}

impl<P: Ports> Explainer<'_, '_, P> {
    fn planned(&self, name: String, delay: String, reminder: &Reminder) -> StepView {
        let trace = match &reminder.reason {
            Some(code) => vec![Verdict {
                rule: code.clone(),
                value: self.value(code, reminder),
                when: self.format.second(reminder.reason_at.unwrap_or(reminder.planned_at)),
                sentence: outbox::sentence(code, reminder.state),
                is_passed: false,
            }],
            None if reminder.state == ReminderState::Sent => self.passed(reminder),
            None => Vec::new(),
        };
        let waits = matches!(reminder.state, ReminderState::Ready | ReminderState::Held);
        StepView {
            name,
            delay,
            state: reminder.state,
            since: Some(self.format.second(reminder.since())),
            // A due reminder has an earlier time in the outbox, which orders it among the others.
            next_look: reminder
                .next
                .filter(|_| waits)
                .or(reminder.look_up_at)
                .map(|at| self.format.second(at.max(self.now))),
            trace,
        }
    }

    /// The gate let it pass, and the provider took it.
    fn passed(&self, reminder: &Reminder) -> Vec<Verdict> {
        let verdict = |rule: &str, value: String, at: Timestamp, sentence: &str| Verdict {
            rule: rule.to_owned(),
            value,
            when: self.format.second(at),
            sentence: sentence.to_owned(),
            is_passed: true,
        };
        let trust = reminder.trust.map_or("passed", Trust::label);
        let gate = reminder.first.map(|at| verdict("gate", trust.to_owned(), at, "No rule stood against it."));
        let provider = reminder
            .provider_id
            .as_ref()
            .map(|id| verdict("provider", id.clone(), reminder.since(), "The mail provider accepted it."));
        gate.into_iter().chain(provider).collect()
    }

    /// The value a rule looked at. A provider's words are stored in `detail`; the gate's values follow from the cart.
    fn value(&self, code: &str, reminder: &Reminder) -> String {
        let record = self.record;
        let until = |at: Option<Timestamp>| {
            at.map_or_else(|| UNKNOWN.to_owned(), |at| format!("until {}", self.format.minute(at).text))
        };
        let Some(reason) = Reason::from_code(code) else {
            return if reminder.detail.is_empty() { until(reminder.next) } else { reminder.detail.clone() };
        };
        match reason {
            Reason::Ordered => self.order_number(),
            Reason::PaymentPending => {
                record.reported.as_ref().map_or_else(|| UNKNOWN.to_owned(), |order| order.number.clone())
            }
            Reason::Suppressed => {
                self.suppression().map_or_else(|| UNKNOWN.to_owned(), |suppression| suppression.reason.clone())
            }
            Reason::CartClosed => self.closed_label(),
            Reason::Superseded => record.superseded_by.clone().unwrap_or_else(|| "newer cart".to_owned()),
            Reason::Crawler | Reason::ReservedName | Reason::Staff => "excluded".to_owned(),
            Reason::ShadowState | Reason::TestState => self.site.code().to_owned(),
            Reason::NoBasis => self.basis_label(),
            Reason::Stale => format!("due {}", self.format.minute(reminder.scheduled).text),
            Reason::BareStep | Reason::Flood | Reason::TurnedDown => "first contact".to_owned(),
            Reason::OldestCart => span(self.policy.oldest_cart),
            Reason::NetworkShare => format!("{} a day", share::NETWORK.of_site),
            Reason::SilenceAfterOrder => span(self.policy.silence),
            Reason::CapWeek => self.policy.cap_week.to_string(),
            Reason::CapMonth => self.policy.cap_month.to_string(),
            Reason::ActiveAgain | Reason::Spacing | Reason::QuietHours | Reason::Breaker | Reason::SiteShare => {
                until(reminder.hold)
            }
            Reason::RetryWindowOver | Reason::NotTheSameMail | Reason::OtherProvider | Reason::BatchTorn => {
                reminder.first.map_or_else(|| UNKNOWN.to_owned(), |at| format!("tried {}", self.format.minute(at).text))
            }
            // A reason says all by its sentence unless a line above shows a value.
            _ => "yes".to_owned(),
        }
    }

    fn unplanned(&self, name: String, delay: String, step: &Step) -> StepView {
        let record = self.record;
        let due = record.active_at.plus(self.policy.delay_of(step));
        let is_open = record.items > 0 && self.blocking_rule().is_none();
        let trace = match self.blocking_rule() {
            Some(blocking_rule) => vec![blocking_rule],
            None => self.not_yet(due),
        };
        StepView {
            name,
            delay,
            state: ReminderState::Unplanned,
            since: None,
            next_look: (is_open && due > self.now).then(|| self.format.second(due)),
            trace,
        }
    }

    /// The rule that keeps every step of this cart from being planned; the first one in the order of the gate.
    fn blocking_rule(&self) -> Option<Verdict> {
        let record = self.record;
        let stopped =
            |reason: Reason, value: String, at: Timestamp| self.stopped(reason.code(), value, at, reason.sentence());
        if let Some(at) = record.erased_at() {
            return Some(stopped(Reason::Erased, "yes".to_owned(), at));
        }
        if record.state == CartState::Ordered {
            let at = record.order.as_ref().map_or(record.since, |order| order.at);
            return Some(stopped(Reason::Ordered, self.order_number(), at));
        }
        if let Some(at) = record.refused_at() {
            return Some(stopped(Reason::Refused, "yes".to_owned(), at));
        }
        if let Some(suppression) = self.suppression() {
            return Some(stopped(Reason::Suppressed, suppression.reason.clone(), suppression.at));
        }
        if let Some(exclusion) = record.exclusion {
            return Some(self.stopped(exclusion.code(), "excluded".to_owned(), record.since, exclusion.sentence()));
        }
        if !matches!(record.state, CartState::Active | CartState::Abandoned) || record.items == 0 {
            let at = if record.items == 0 { record.active_at } else { record.since };
            return Some(stopped(Reason::CartClosed, self.closed_label(), at));
        }
        if let Some(cart) = &record.superseded_by {
            return Some(stopped(Reason::Superseded, cart.clone(), record.rebuilt_at.unwrap_or(record.since)));
        }
        if !record.has_address {
            let sentence = "No e-mail address is known for this cart.";
            return Some(self.stopped("address", "none".to_owned(), record.created, sentence));
        }
        let too_old = record.created.plus(self.policy.oldest_cart);
        if self.now > too_old {
            let sentence = "The cart is older than those that the site still mails.";
            return Some(self.stopped("oldest_cart", span(self.policy.oldest_cart), too_old, sentence));
        }
        None
    }

    /// The verdicts of a cart that no rule blocks for good: its time, and perhaps a missing consent or payment.
    fn not_yet(&self, due: Timestamp) -> Vec<Verdict> {
        let record = self.record;
        let value = self.format.minute(due).text;
        let mut trace = vec![if due > self.now {
            self.stopped(
                "due",
                value,
                self.now,
                "Its time has not come. It is planned then, unless the shopper comes back or orders.",
            )
        } else if record.due.is_some() {
            self.stopped("due", value, self.now, "Its time has come; cron plans it next, one step at a time.")
        } else {
            self.stopped(
                "due",
                value,
                self.now,
                "Its time passed while nothing was looked for; it is not planned any more.",
            )
        }];
        let required = policy::required_basis(record.country.as_deref());
        if record.contact.basis.is_none_or(|(basis, _)| basis < required) {
            let at = record.contact.basis.map_or(record.created, |(_, at)| at);
            trace.push(self.stopped(Reason::NoBasis.code(), self.basis_label(), at, Reason::NoBasis.sentence()));
        }
        if let Some(order) = record.reported.as_ref().filter(|order| order.status == OrderStatus::Pending) {
            let reason = Reason::PaymentPending;
            trace.push(self.stopped(reason.code(), order.number.clone(), order.at, reason.sentence()));
        }
        trace
    }

    fn stopped(&self, rule: &str, value: String, at: Timestamp, sentence: &str) -> Verdict {
        Verdict {
            rule: rule.to_owned(),
            value,
            when: self.format.second(at),
            sentence: sentence.to_owned(),
            is_passed: false,
        }
    }

    fn order_number(&self) -> String {
        let closing = self.record.order.as_ref().map(|order| &order.number);
        let number = closing.or(self.record.reported.as_ref().map(|order| &order.number));
        number.map_or_else(|| UNKNOWN.to_owned(), |number| format!("order {number}"))
    }

    fn suppression(&self) -> Option<&ReadSuppressionsRow> {
        self.record.suppressions.first()
    }

    fn closed_label(&self) -> String {
        match self.record.state {
            CartState::Active | CartState::Abandoned => "empty".to_owned(),
            other => other.word().to_owned(),
        }
    }

    fn basis_label(&self) -> String {
        self.record.contact.basis.map_or("none", |(basis, _)| basis.code()).to_owned()
    }
}
