//! The gate: the reasons for which a planned reminder is held back or ended instead of sent.
//!
//! One SQL statement (`edge/sql/gate.sql`) asks all rules at once, so that nothing can change between question
//! and answer. This file declares the reasons: the code, the state to which the reason leads, the sentence for people.

use crate::{
    codes,
    exclusion::ExclusionReason,
    reminder::ReminderState,
    time::{Span, Timestamp},
};

codes! {
    /// Why a reminder does not leave now. The first reason that applies wins.
    ///
    /// The variants stand in the order in which the gate asks about them. To add one: its row here, its `WHEN` line in
    /// `edge/sql/gate.sql`, its case in `edge/tests/gate.rs`.
    pub enum Reason {
        /// The stable code, in the database and the API.
        code: &'static str => from_code,
        /// The state to which the reminder moves; a held reminder stays `Ready` and gets a time of its next check.
        leads_to: ReminderState,
        /// The sentence a shop owner reads.
        sentence: &'static str,
    }
    /// The data of this address was erased.
    Erased {
        code: "erased",
        leads_to: ReminderState::Suppressed,
        sentence: "The data of this address was erased.",
    }
    /// The cart was bought, or the same shopper has ordered since the cart was made.
    Ordered {
        code: "ordered",
        leads_to: ReminderState::Cancelled,
        sentence: "The shopper has ordered.",
    }
    /// The shopper refused tracking or mail.
    Refused {
        code: "refused",
        leads_to: ReminderState::Suppressed,
        sentence: "The shopper said no.",
    }
    /// The address is on the suppression list.
    Suppressed {
        code: "suppressed",
        leads_to: ReminderState::Suppressed,
        sentence: "The address is on the list of those that must not be mailed.",
    }
    /// The cart was emptied, discarded or has expired.
    CartClosed {
        code: "cart_closed",
        leads_to: ReminderState::Cancelled,
        sentence: "The cart was emptied, discarded or has expired.",
    }
    /// A newer cart of the same shopper took over.
    Superseded {
        code: "superseded",
        leads_to: ReminderState::Cancelled,
        sentence: "A newer cart of the same shopper took over.",
    }
    /// The shopper gave another address since.
    AddressChanged {
        code: "address_changed",
        leads_to: ReminderState::Cancelled,
        sentence: "The shopper corrected the address; this one is not used any more.",
    }
    /// An order of the shopper waits for its payment.
    PaymentPending {
        code: "payment_pending",
        leads_to: ReminderState::Ready,
        sentence: "An order waits for its payment.",
    }
    /// A page of another visitor said that the shopper ordered; the shop's server has not told of it yet.
    OrderClaimed {
        code: "order_claimed",
        leads_to: ReminderState::Ready,
        sentence: "A page says that this shopper ordered; the mail waits a day for the word of the shop's server.",
    }
    /// The provider may have forgotten our key, so that a retry could be a second mail.
    RetryWindowOver {
        code: "retry_window_over",
        leads_to: ReminderState::Unknown,
        sentence: "The provider's answer was lost, and offering the mail again could be a second mail.",
    }
    /// A retry would not be the same mail as the first attempt.
    NotTheSameMail {
        code: "not_the_same_mail",
        leads_to: ReminderState::Unknown,
        sentence: "The provider's answer was lost, and a second attempt would not be the same mail.",
    }
    /// Another provider got the first attempt.
    OtherProvider {
        code: "other_provider",
        leads_to: ReminderState::Unknown,
        sentence: "The provider's answer was lost, and mails now leave through another provider.",
    }
    /// The first attempt was part of a batch that cannot be repeated as it was.
    BatchTorn {
        code: "batch_torn",
        leads_to: ReminderState::Unknown,
        sentence: "The provider's answer about a batch of mails was lost, and the batch cannot be repeated as it was.",
    }
    /// The database was rolled back to an earlier time, and the reminder may have left before.
    RolledBack {
        code: "rolled_back",
        leads_to: ReminderState::Unknown,
        sentence: "The database was put back to an earlier time; this mail may have left before.",
    }
    /// Staff paused sending for the site, the merchant or the deployment.
    Paused {
        code: "paused",
        leads_to: ReminderState::Ready,
        sentence: "Sending is paused.",
    }
    /// The breaker of the site is tripped.
    Breaker {
        code: "breaker",
        leads_to: ReminderState::Ready,
        sentence: "Too many mails came back from this audience, so sending to it pauses by itself.",
    }
    /// The address belongs to a crawler or a scanner.
    Crawler {
        code: ExclusionReason::Crawler.code(),
        leads_to: ReminderState::Suppressed,
        sentence: ExclusionReason::Crawler.sentence(),
    }
    /// The domain of the address is reserved for examples and tests.
    ReservedName {
        code: ExclusionReason::ReservedName.code(),
        leads_to: ReminderState::Suppressed,
        sentence: ExclusionReason::ReservedName.sentence(),
    }
    /// The address is one of the shop's own, and the site is not in test.
    Staff {
        code: ExclusionReason::Staff.code(),
        leads_to: ReminderState::Suppressed,
        sentence: ExclusionReason::Staff.sentence(),
    }
    /// The site is in shadow: it decides and shows, and sends nothing.
    ShadowState {
        code: "shadow_state",
        leads_to: ReminderState::Cancelled,
        sentence: "The site is in shadow: this mail would have been sent.",
    }
    /// The site is in test, and this address is not one of its owner.
    TestState {
        code: "test_state",
        leads_to: ReminderState::Suppressed,
        sentence: "The site is in test: only the owner's addresses are mailed.",
    }
    /// The shopper gave no mail basis that suffices here.
    NoBasis {
        code: "no_basis",
        leads_to: ReminderState::Suppressed,
        sentence: "The shopper has not agreed to be mailed.",
    }
    /// The shopper came back after the reminder was planned; the delay of the step starts anew.
    ActiveAgain {
        code: "active_again",
        leads_to: ReminderState::Ready,
        sentence: "The shopper came back; the reminder waits until the cart is left again.",
    }
    /// The cart is older than the site mails about.
    OldestCart {
        code: "oldest_cart",
        leads_to: ReminderState::Suppressed,
        sentence: "The cart is older than those that the site still mails.",
    }
    /// The reminder is later than the site's limit for a late step, or was held for a day.
    Stale {
        code: "stale",
        leads_to: ReminderState::Stale,
        sentence: "It would have come too late to be of use.",
    }
    /// Staff refused it while it waited for a share.
    TurnedDown {
        code: "turned_down",
        leads_to: ReminderState::Suppressed,
        sentence: "Somebody of the shop refused the mails of its network or domain while they waited.",
    }
    /// It waited for a place in a share for as long as it may.
    Flood {
        code: "flood",
        leads_to: ReminderState::Suppressed,
        sentence: "Nothing proves that the shopper typed this address, and within a day neither a place became free \
            nor did anybody release it.",
    }
    /// Nothing proves who typed the address, and this is not the first step.
    BareStep {
        code: "bare_step",
        leads_to: ReminderState::Suppressed,
        sentence: "Nothing proves that the shopper typed this address, and the browser had no session, so only the \
            first step is sent.",
    }
    /// The address ordered within the site's time of silence.
    SilenceAfterOrder {
        code: "silence_after_order",
        leads_to: ReminderState::Suppressed,
        sentence: "This address ordered a short while ago.",
    }
    /// The mailbox got as many mails in 7 days as the site permits.
    CapWeek {
        code: "cap_week",
        leads_to: ReminderState::Suppressed,
        sentence: "This mailbox got as many mails in seven days as are permitted.",
    }
    /// The mailbox got as many mails in 30 days as the site permits.
    CapMonth {
        code: "cap_month",
        leads_to: ReminderState::Suppressed,
        sentence: "This mailbox got as many mails in thirty days as are permitted.",
    }
    /// The last mail to the mailbox left too short a time ago.
    Spacing {
        code: "spacing",
        leads_to: ReminderState::Ready,
        sentence: "The last mail to this address left too short a time ago.",
    }
    /// It is a quiet hour where the shopper is.
    QuietHours {
        code: "quiet_hours",
        leads_to: ReminderState::Ready,
        sentence: "It is night where the shopper is.",
    }
    /// The cart changed while the mail was being written.
    Changed {
        code: "changed",
        leads_to: ReminderState::Ready,
        sentence: "The cart changed while the mail was being written; it is written again.",
    }
    /// The network from which the address was said has used up its share of first contacts.
    NetworkShare {
        code: "network_share",
        leads_to: ReminderState::Ready,
        sentence: "Nothing proves that the shopper typed this address, and as many others came from the same network, or \
            from this browser, today as are mailed. It waits for you to release or refuse it.",
    }
    /// The site has used up its share of first contacts, or others have waited longer for it.
    SiteShare {
        code: "site_share",
        leads_to: ReminderState::Ready,
        sentence: "Nothing proves that the shopper typed this address, and the shop has mailed as many first contacts \
            today as its usual day permits. It waits for its turn.",
    }
}

/// The daily hours without mail, in minutes since midnight where the shopper is; `from` may be later than `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct QuietHours {
    /// First quiet minute of the day, 0 to 1439.
    pub from: u32,
    /// First minute after the quiet ones.
    pub to: u32,
}

/// When the quiet hours end if `now` lies in them, otherwise `None`.
///
/// `offset_minutes` gives the shopper's distance east of UTC at a moment. The end follows the wall clock, also in a
/// night in which the clock is put forward or back.
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
