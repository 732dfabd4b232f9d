//! Shows why each reminder was or was not sent: the decision trace, step by step.

use maud::{Markup, html};

use super::terms::{LocalTime, ReminderState, chip};

/// One step of the sequence for one cart.
#[derive(Debug, Clone)]
pub struct StepView {
    /// For example `Reminder 1`.
    pub name: String,
    /// When it was or will be due, in words such as `1 h after the last activity`.
    pub delay: String,
    /// Its state.
    pub state: ReminderState,
    /// When it reached that state.
    pub since: Option<LocalTime>,
    /// When a held or planned reminder is looked at next.
    pub next_look: Option<LocalTime>,
    /// The rules that were checked, in their order.
    pub trace: Vec<Verdict>,
}

/// The verdict of one rule.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The rule's name, for example `mail basis`.
    pub rule: String,
    /// The value it looked at, for example `none`.
    pub value: String,
    /// When it was checked.
    pub when: LocalTime,
    /// The verdict in a sentence.
    pub sentence: String,
    /// Whether it let the reminder pass.
    pub is_passed: bool,
}

/// The steps with their verdicts; the traces of unsent steps are open.
pub(crate) fn decisions(steps: &[StepView]) -> Markup {
    html! {
        @if steps.is_empty() {
            p.empty { "No reminder was decided on yet. That happens when the cart is abandoned." }
        }
        ol.decisions {
            @for step in steps {
                li {
                    div.step-head { h3 { (step.name) } (chip(step.state.tone(), step.state.word())) }
                    p.sub {
                        (step.delay)
                        @if let Some(since) = &step.since { " · since " (since) }
                        @if let Some(next) = &step.next_look { " · next look " (next) }
                    }
                    @if !step.trace.is_empty() { (trace(step)) }
                }
            }
        }
    }
}

fn trace(step: &StepView) -> Markup {
    let stopped = step.trace.iter().filter(|verdict| !verdict.is_passed).count();
    html! {
        details.trace open[stopped > 0] {
            summary { @if stopped > 0 { "Why not sent" } @else { "What was checked" } }
            ul {
                @for verdict in &step.trace {
                    li class=(if verdict.is_passed { "passed" } else { "stopped" }) {
                        p { span.unseen { @if verdict.is_passed { "Passed: " } @else { "Stopped: " } } (verdict.sentence) }
                        p.sub { code { (verdict.rule) } " = " code { (verdict.value) } " · " (verdict.when) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(is_passed: bool) -> StepView {
        StepView {
            name: "Reminder 1".into(),
            delay: "1 h after the last activity".into(),
            state: ReminderState::Suppressed,
            since: None,
            next_look: None,
            trace: vec![Verdict {
                rule: "suppression".into(),
                value: "unsubscribed".into(),
                when: LocalTime { text: "10:42".into(), iso: "2026-11-20T09:42:00Z".into() },
                sentence: "The address was unsubscribed.".into(),
                is_passed,
            }],
        }
    }

    #[test]
    fn the_rule_its_value_and_its_time_are_shown() {
        let shown = decisions(&[step(false)]).0;
        assert!(shown.contains("<code>suppression</code> = <code>unsubscribed</code> · <time datetime=\"2026-11-20T09:42:00Z\">10:42</time>"));
        assert!(shown.contains(r#"<details class="trace" open><summary>Why not sent"#));
    }

    #[test]
    fn a_reminder_nothing_stood_against_keeps_its_trace_closed() {
        assert!(decisions(&[step(true)]).0.contains(r#"<details class="trace"><summary>What was checked"#));
    }

    #[test]
    fn a_cart_without_decisions_says_when_they_come() {
        assert!(decisions(&[]).0.contains("when the cart is abandoned"));
    }
}
