//! When to try again, and what an answer means.

/// First pause after a failure, milliseconds.
const FIRST: u64 = 2_000;
/// Longest pause of our own, milliseconds.
const LONGEST: u64 = 300_000;
/// Longest pause a server may ask for, milliseconds.
const LONGEST_ASKED: u64 = 3_600_000;

/// What becomes of an event after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Committed.
    Done,
    /// Not now.
    Later,
    /// Never in this form.
    Refused,
}

/// Reads an HTTP status; 0 stands for *no answer*.
pub fn verdict(status: u64) -> Verdict {
    match status {
        200..=299 => Verdict::Done,
        0 | 408 | 429 | 500.. => Verdict::Later,
        _ => Verdict::Refused,
    }
}

/// Milliseconds to wait after `attempts` failures in a row (the first is 1), with jitter from `chance`, 0 to 31.
///
/// A pause of our own doubles from 2 s to 5 min and is spread over its upper half, so that browsers that failed
/// together do not return together. `asked` is the server's `Retry-After` in seconds, clamped to 1 s – 1 h, with a
/// spread above it, never below.
pub fn pause(attempts: u64, asked: u64, chance: u64) -> u64 {
    let spread = chance % 32;
    if asked > 0 {
        let asked = (asked.min(LONGEST_ASKED / 1000)) * 1000;
        return asked + asked.min(32_000) * spread / 128;
    }
    let doubled = FIRST << attempts.saturating_sub(1).min(8);
    let whole = doubled.min(LONGEST);
    whole / 2 + whole * spread / 64
}

/// Whether the time to try again has come; a clock that was set back does not hold an event for ever.
pub fn is_due(now: u64, retry_at: u64) -> bool {
    now >= retry_at || retry_at - now > 2 * LONGEST_ASKED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_say_what_becomes_of_an_event() {
        for (status, expected) in [
            (200, Verdict::Done),
            (204, Verdict::Done),
            (0, Verdict::Later),
            (408, Verdict::Later),
            (429, Verdict::Later),
            (500, Verdict::Later),
            (503, Verdict::Later),
            (302, Verdict::Refused),
            (400, Verdict::Refused),
            (403, Verdict::Refused),
            (413, Verdict::Refused),
            (422, Verdict::Refused),
        ] {
            assert_eq!(verdict(status), expected, "{status}");
        }
    }

    #[test]
    fn pauses_double_and_stay_in_their_bounds() {
        for (attempts, asked, least, most) in [
            (1, 0, 1_000, 2_000),
            (2, 0, 2_000, 4_000),
            (5, 0, 16_000, 32_000),
            (60, 0, 150_000, 300_000),
            (1, 7, 7_000, 8_750),
            (1, 9_999_999, 3_600_000, 3_608_000),
        ] {
            for chance in 0..32 {
                let pause = pause(attempts, asked, chance);
                assert!((least..=most).contains(&pause), "{attempts} {asked} {chance}: {pause}");
            }
        }
    }

    #[test]
    fn a_clock_set_back_does_not_hold_an_event_for_ever() {
        assert!(!is_due(1_000, 2_000));
        assert!(is_due(2_000, 2_000));
        assert!(is_due(1_000, 1_000 + 3 * LONGEST_ASKED));
    }
}
