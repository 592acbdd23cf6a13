//! When a stream runs next: a pure function of how it ended.

use jiff::{SignedDuration, Timestamp};

use crate::model::sync::Outcome;

/// Waits before the first retries of a failed stream; afterwards it is probed at [`PROBE`].
pub const RETRIES: [SignedDuration; 3] =
    [SignedDuration::from_mins(1), SignedDuration::from_mins(5), SignedDuration::from_mins(15)];
pub const PROBE: SignedDuration = SignedDuration::from_hours(1);

/// Failures after which a stream counts as broken rather than as being retried.
pub const FAILURES_UNTIL_ERROR: i64 = RETRIES.len() as i64 + 1;

/// How an attempt at a stream ended, as far as its schedule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Something was read, all of it or a part.
    Read(Outcome),
    Failed,
    /// The source said when to come back.
    RetryAt(Timestamp),
    NeedsUser,
}

/// When to run next (`None`: not before the user acts), and the failures counted so far.
///
/// The result is never in the past: after a long stop a stream catches up once, not once per missed interval.
pub fn next_due(ended: Ended, failures: i64, interval: SignedDuration, now: Timestamp) -> (Option<Timestamp>, i64) {
    let after = |wait: SignedDuration| now.checked_add(wait).unwrap_or(Timestamp::MAX);
    match ended {
        Ended::Read(_) => (Some(after(interval)), 0),
        Ended::RetryAt(at) => (Some(at.max(now)), failures),
        Ended::NeedsUser => (None, failures + 1),
        Ended::Failed => {
            let wait = usize::try_from(failures).ok().and_then(|n| RETRIES.get(n)).copied().unwrap_or(PROBE);
            (Some(after(wait)), failures + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const INTERVAL: SignedDuration = SignedDuration::from_mins(30);

    #[test]
    fn failures_wait_one_five_fifteen_minutes_then_an_hour() {
        let mut failures = 0;
        let mut waits = Vec::new();
        for _ in 0..5 {
            let (due, after) = next_due(Ended::Failed, failures, INTERVAL, NOW);
            waits.push(due.unwrap().duration_since(NOW).as_mins());
            failures = after;
        }
        assert_eq!((waits, failures), (vec![1, 5, 15, 60, 60], 5));
        assert_eq!(next_due(Ended::Read(Outcome::Partial), failures, INTERVAL, NOW).1, 0);
    }

    #[test]
    fn a_stream_that_needs_its_user_waits_for_them() {
        assert_eq!(next_due(Ended::NeedsUser, 0, INTERVAL, NOW), (None, 1));
    }

    proptest! {
        #[test]
        fn nothing_is_due_in_the_past_and_only_failures_count(
            now in 0i64..4_000_000_000, at in 0i64..4_000_000_000, failures in 0i64..100, interval in 60i64..86_400,
        ) {
            let now = Timestamp::from_second(now).unwrap();
            let at = Timestamp::from_second(at).unwrap();
            for ended in [Ended::Read(Outcome::Ok), Ended::Failed, Ended::RetryAt(at), Ended::NeedsUser] {
                let (due, after) = next_due(ended, failures, SignedDuration::from_secs(interval), now);
                prop_assert!(due.is_none_or(|due| due >= now));
                prop_assert_eq!(after > failures, matches!(ended, Ended::Failed | Ended::NeedsUser));
            }
        }
    }
}
