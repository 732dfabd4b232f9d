//! The rules that stand between a planned reminder and the provider, in the order in which they are asked.
//!
//! The rules themselves are asked in one SQL statement (`edge/sql/gate.sql`), so that nothing can change
//! between question and answer. This file names them, says where each leads and tells it to people.

use crate::{
    exclusion::ExclusionReason,
    reminder::ReminderState,
    time::{Span, Timestamp},
};

/// Why a reminder does not leave (now). The first rule that stands against it wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Everything of this address was erased.
    Erased,
    /// The cart, or an order of the same shopper since it was begun, was bought.
    Ordered,
    /// The shopper said no to tracking or mail.
    Refused,
    /// The address is on the suppression list.
    Suppressed,
    /// The cart was emptied, discarded or expired.
    CartClosed,
    /// A newer cart of the same shopper took over.
    Superseded,
    /// Another address was given since.
    AddressChanged,
    /// A payment is being waited for.
    PaymentPending,
    /// Sending is paused for the site, the merchant or the deployment.
    Paused,
    /// Too much went wrong at the site, so its sending pauses by itself.
    Breaker,
    /// The address belongs to a crawler or a scanner.
    Crawler,
    /// The address stands under a name reserved for examples and tests.
    ReservedName,
    /// The address is one of the shop's own, and the site is not in test.
    Staff,
    /// The site only decides and shows.
    ShadowState,
    /// The site mails only its owner.
    TestState,
    /// Nothing permits mail to this address.
    NoBasis,
    /// The shopper came back after it was planned; the step counts from then.
    ActiveAgain,
    /// The cart was begun longer ago than the site mails about.
    OldestCart,
    /// Later than the site's limit for a late step.
    Stale,
    /// It came in with far more addresses nobody vouched for than usual, for which the breaker fell.
    Flood,
    /// Nothing is proven about who typed the address, and this is not the first step.
    UnprovenStep,
    /// The address ordered a short while ago.
    SilenceAfterOrder,
    /// As many mails as permitted went to the mailbox in 7 days.
    CapWeek,
    /// As many mails as permitted went to the mailbox in 30 days.
    CapMonth,
    /// As many mails as permitted went to an address nobody vouched for.
    CapUnproven,
    /// The last mail to the address left too short a time ago.
    Spacing,
    /// It is night where the shopper is.
    QuietHours,
    /// The cart changed while the mail was being written.
    Changed,
    /// The browser has had mails sent to as many unproven addresses in 24 hours as are permitted.
    CapSession,
    /// The IP prefix has had mails sent to as many unproven addresses in 24 hours as are permitted.
    CapIpPrefix,
    /// The provider's memory of our key ends before an answer came.
    RetryWindowOver,
    /// A retry would not be the same mail.
    NotTheSameMail,
    /// The database was put back to an earlier time, and it may have left before.
    RolledBack,
    /// Another provider made the first attempt.
    OtherProvider,
    /// It left in a batch that cannot be repeated as it was.
    BatchTorn,
}

impl Reason {
    /// All reasons in the order in which they are asked.
    pub const ALL: [Self; 35] = [
        Self::Erased,
        Self::Ordered,
        Self::Refused,
        Self::Suppressed,
        Self::CartClosed,
        Self::Superseded,
        Self::AddressChanged,
        Self::PaymentPending,
        Self::Paused,
        Self::Breaker,
        Self::Crawler,
        Self::ReservedName,
        Self::Staff,
        Self::ShadowState,
        Self::TestState,
        Self::NoBasis,
        Self::ActiveAgain,
        Self::OldestCart,
        Self::Stale,
        Self::Flood,
        Self::UnprovenStep,
        Self::SilenceAfterOrder,
        Self::CapWeek,
        Self::CapMonth,
        Self::CapUnproven,
        Self::Spacing,
        Self::QuietHours,
        Self::Changed,
        Self::CapSession,
        Self::CapIpPrefix,
        Self::RetryWindowOver,
        Self::NotTheSameMail,
        Self::RolledBack,
        Self::OtherProvider,
        Self::BatchTorn,
    ];

    /// The stable code, in the database and the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::Ordered => "ordered",
            Self::Refused => "refused",
            Self::Suppressed => "suppressed",
            Self::CartClosed => "cart_closed",
            Self::Superseded => "superseded",
            Self::AddressChanged => "address_changed",
            Self::PaymentPending => "payment_pending",
            Self::Paused => "paused",
            Self::Breaker => "breaker",
            Self::Crawler => ExclusionReason::Crawler.code(),
            Self::ReservedName => ExclusionReason::ReservedName.code(),
            Self::Staff => ExclusionReason::Staff.code(),
            Self::ShadowState => "shadow_state",
            Self::TestState => "test_state",
            Self::NoBasis => "no_basis",
            Self::ActiveAgain => "active_again",
            Self::OldestCart => "oldest_cart",
            Self::Stale => "stale",
            Self::Flood => "flood",
            Self::UnprovenStep => "unproven_step",
            Self::SilenceAfterOrder => "silence_after_order",
            Self::CapWeek => "cap_week",
            Self::CapMonth => "cap_month",
            Self::CapUnproven => "cap_unproven",
            Self::Spacing => "spacing",
            Self::QuietHours => "quiet_hours",
            Self::Changed => "changed",
            Self::CapSession => "cap_session",
            Self::CapIpPrefix => "cap_ip_prefix",
            Self::RetryWindowOver => "retry_window_over",
            Self::NotTheSameMail => "not_the_same_mail",
            Self::RolledBack => "rolled_back",
            Self::OtherProvider => "other_provider",
            Self::BatchTorn => "batch_torn",
        }
    }

    /// Reads [`Reason::code`] back.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Where the reminder goes: held reminders are `Ready` with a time of the next look.
    pub const fn leads_to(self) -> ReminderState {
        match self {
            Self::Ordered | Self::CartClosed | Self::Superseded | Self::AddressChanged | Self::ShadowState => {
                ReminderState::Cancelled
            }
            Self::PaymentPending
            | Self::Paused
            | Self::Breaker
            | Self::ActiveAgain
            | Self::Spacing
            | Self::QuietHours
            | Self::Changed => ReminderState::Ready,
            Self::Stale => ReminderState::Stale,
            Self::RetryWindowOver | Self::NotTheSameMail | Self::RolledBack | Self::OtherProvider | Self::BatchTorn => {
                ReminderState::Unknown
            }
            Self::Erased
            | Self::Refused
            | Self::Suppressed
            | Self::Crawler
            | Self::ReservedName
            | Self::Staff
            | Self::TestState
            | Self::NoBasis
            | Self::OldestCart
            | Self::Flood
            | Self::UnprovenStep
            | Self::SilenceAfterOrder
            | Self::CapWeek
            | Self::CapMonth
            | Self::CapUnproven
            | Self::CapSession
            | Self::CapIpPrefix => ReminderState::Suppressed,
        }
    }

    /// The sentence a shop owner reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Erased => "The data of this address was erased.",
            Self::Ordered => "The shopper has ordered.",
            Self::Refused => "The shopper said no.",
            Self::Suppressed => "The address is on the list of those that must not be mailed.",
            Self::CartClosed => "The cart was emptied, discarded or has expired.",
            Self::Superseded => "A newer cart of the same shopper took over.",
            Self::AddressChanged => "The shopper corrected the address; this one is not used any more.",
            Self::PaymentPending => "An order waits for its payment.",
            Self::Paused => "Sending is paused.",
            Self::Breaker => "Too much went wrong at this site, so its sending pauses by itself.",
            Self::Crawler => ExclusionReason::Crawler.sentence(),
            Self::ReservedName => ExclusionReason::ReservedName.sentence(),
            Self::Staff => ExclusionReason::Staff.sentence(),
            Self::ShadowState => "The site is in shadow: this mail would have been sent.",
            Self::TestState => "The site is in test: only the owner's addresses are mailed.",
            Self::NoBasis => "The shopper has not agreed to be mailed.",
            Self::ActiveAgain => "The shopper came back; the reminder waits until the cart is left again.",
            Self::OldestCart => "The cart is older than those that the site still mails.",
            Self::Stale => "It would have come too late to be of use.",
            Self::Flood => "It came in with a flood of addresses, and nothing proves that the shopper typed this one.",
            Self::UnprovenStep => "Nothing proves that the shopper typed this address, so only the first step is sent.",
            Self::SilenceAfterOrder => "This address ordered a short while ago.",
            Self::CapWeek => "This mailbox got as many mails in seven days as are permitted.",
            Self::CapMonth => "This mailbox got as many mails in thirty days as are permitted.",
            Self::CapUnproven => "Nothing proves that the shopper typed this address, and it was mailed before.",
            Self::Spacing => "The last mail to this address left too short a time ago.",
            Self::QuietHours => "It is night where the shopper is.",
            Self::Changed => "The cart changed while the mail was being written; it is written again.",
            Self::CapSession => {
                "Nothing proves that the shopper typed this address, and the same browser gave as many others today as are mailed."
            }
            Self::CapIpPrefix => {
                "Nothing proves that the shopper typed this address, and as many others came from the same network today as are mailed."
            }
            Self::RetryWindowOver => {
                "The provider's answer was lost, and offering the mail again could be a second mail."
            }
            Self::NotTheSameMail => "The provider's answer was lost, and a second attempt would not be the same mail.",
            Self::RolledBack => "The database was put back to an earlier time; this mail may have left before.",
            Self::OtherProvider => "The provider's answer was lost, and mails now leave through another provider.",
            Self::BatchTorn => {
                "The provider's answer about a batch of mails was lost, and the batch cannot be repeated as it was."
            }
        }
    }
}

/// Hours in which no mail leaves, in minutes since midnight at the shopper's place; `from` may be later than `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QuietHours {
    /// First quiet minute of the day, 0 to 1439.
    pub from: u32,
    /// First minute that is not quiet any more.
    pub to: u32,
}

/// When quiet hours end if `now` lies in them, else nothing.
///
/// `offset_minutes` tells the shopper's distance east of UTC at a moment: the end is the wall clock's, also in a night
/// in which the clock is put forward or back.
pub fn quiet_until(hours: QuietHours, offset_minutes: impl Fn(Timestamp) -> i32, now: Timestamp) -> Option<Timestamp> {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let offset = |at| Span::minutes(i64::from(offset_minutes(at)));
    let here = offset(now);
    let of_day = now.plus(here).millis().rem_euclid(DAY);
    let (from, to) = (Span::minutes(i64::from(hours.from)).millis(), Span::minutes(i64::from(hours.to)).millis());
    let inside = if from <= to { (from..to).contains(&of_day) } else { of_day >= from || of_day < to };
    if !inside {
        return None;
    }
    let end = now.plus(Span::millis_of(to.saturating_sub(of_day).rem_euclid(DAY)));
    let shift = offset(end).millis().saturating_sub(here.millis());
    Some(end.minus(Span::millis_of(shift)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_back_and_lead_to_an_end_or_to_another_look() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
            assert!(
                !matches!(reason.leads_to(), ReminderState::Sending | ReminderState::Sent | ReminderState::Claimed),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn quiet_hours_follow_the_shopper_over_midnight() {
        // 2026-02-28T23:30:00Z
        let now = Timestamp::from_millis(1_772_321_400_000);
        let night = QuietHours { from: 21 * 60, to: 8 * 60 };
        let noon = QuietHours { from: 12 * 60, to: 14 * 60 };
        for (hours, offset, expected_minutes) in [
            (night, 0, Some(8 * 60 + 30)),
            (night, 60, Some(7 * 60 + 30)),
            (night, -600, None),
            (noon, 0, None),
            (noon, -600, Some(30)),
            (night, 510, None),
        ] {
            assert_eq!(
                quiet_until(hours, |_| offset, now),
                expected_minutes.map(|minutes| now.plus(Span::minutes(minutes))),
                "{hours:?} {offset}"
            );
        }
    }

    /// Central Europe in 2024 and 2026: summer time from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
    fn berlin(at: Timestamp) -> i32 {
        let summer = Timestamp::from_millis(1_774_746_000_000)..Timestamp::from_millis(1_792_890_000_000);
        if summer.contains(&at) { 120 } else { 60 }
    }

    #[test]
    fn fault_50_the_wall_clock_decides_in_nights_that_are_shorter_or_longer() {
        let night = QuietHours { from: 21 * 60, to: 8 * 60 };
        let early = QuietHours { from: 0, to: 3 * 60 };
        for (what, hours, now, until) in [
            ("an ordinary night", night, "Sat, 28 Mar 2026 06:59:59 GMT", Some("Sat, 28 Mar 2026 07:00:00 GMT")),
            ("its last second is over", night, "Sat, 28 Mar 2026 07:00:00 GMT", None),
            ("its first second", night, "Sat, 28 Mar 2026 20:00:00 GMT", Some("Sun, 29 Mar 2026 06:00:00 GMT")),
            ("the second before", night, "Sat, 28 Mar 2026 19:59:59 GMT", None),
            ("the clock is put forward", night, "Sun, 29 Mar 2026 00:59:59 GMT", Some("Sun, 29 Mar 2026 06:00:00 GMT")),
            ("and was", night, "Sun, 29 Mar 2026 01:00:00 GMT", Some("Sun, 29 Mar 2026 06:00:00 GMT")),
            ("the clock is put back", night, "Sat, 24 Oct 2026 22:00:00 GMT", Some("Sun, 25 Oct 2026 07:00:00 GMT")),
            (
                "the hour that comes twice",
                night,
                "Sun, 25 Oct 2026 01:30:00 GMT",
                Some("Sun, 25 Oct 2026 07:00:00 GMT"),
            ),
            (
                "quiet until the hour that is left out ends",
                early,
                "Sun, 29 Mar 2026 00:30:00 GMT",
                Some("Sun, 29 Mar 2026 01:00:00 GMT"),
            ),
            ("into 29 February", night, "Wed, 28 Feb 2024 23:30:00 GMT", Some("Thu, 29 Feb 2024 07:00:00 GMT")),
            ("out of 29 February", night, "Thu, 29 Feb 2024 22:00:00 GMT", Some("Fri, 01 Mar 2024 07:00:00 GMT")),
        ] {
            let at = |text: &str| Timestamp::from_http_date(text).unwrap();
            assert_eq!(quiet_until(hours, berlin, at(now)), until.map(at), "{what}");
        }
    }
}
