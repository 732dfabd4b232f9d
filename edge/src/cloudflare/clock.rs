//! The one place that asks the platform for the time.

use cartwake_shared::time::Timestamp;
use worker::Date;

use crate::base::ports::Clock;

/// The platform's clock, shifted so that a cron run begins at its scheduled time.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlatformClock {
    shift: i64,
}

fn platform_now() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}

impl PlatformClock {
    /// The clock for a request.
    pub(super) const fn for_request() -> Self {
        Self { shift: 0 }
    }

    /// The clock for a cron run: its scheduled time plus the time passed since it began.
    pub(super) fn for_cron(scheduled: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below 2^53")]
        let scheduled = scheduled as i64;
        Self { shift: scheduled.saturating_sub(platform_now()) }
    }
}

impl Clock for PlatformClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(platform_now().saturating_add(self.shift))
    }
}
