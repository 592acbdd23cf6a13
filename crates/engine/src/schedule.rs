//! When a stream runs next: a pure function of how it ended.

use jiff::{SignedDuration, Timestamp};

use crate::model::sync::{Connection, Stream};
use crate::provider::{Cadence, ProviderSpec};

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
    Read,
    Failed,
    /// The source said when to come back.
    RetryAt(Timestamp),
    NeedsUser,
}

/// How often a stream runs, and what sets it apart from others that run as often.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    pub interval: SignedDuration,
    pub seed: u64,
}

impl Rhythm {
    pub fn of(connection: &Connection, stream: &Stream, spec: &ProviderSpec) -> Rhythm {
        let cadence = spec.stream(&stream.name).map_or(Cadence::Interval, |stream| stream.cadence);
        let secs = match cadence {
            Cadence::Interval | Cadence::Watching(_) => connection.interval_secs,
            Cadence::EverySecs(secs) => secs,
        };
        let name = stream.name.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Rhythm { interval: SignedDuration::from_secs(secs), seed: name ^ connection.id.unsigned_abs() << 20 }
    }

    /// A part of `wait`, at most a twentieth and a minute: what fell due together drifts apart. It only ever adds, so no
    /// interval is shorter than it was set.
    fn jitter(&self, wait: SignedDuration, now: Timestamp) -> SignedDuration {
        let most = (wait.as_millis() / 20).clamp(0, 60_000);
        // The finalizer of SplitMix64: neighbouring seeds give unrelated numbers.
        let mut mixed = self.seed ^ now.as_second().unsigned_abs();
        for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(factor);
        }
        SignedDuration::from_millis((i128::from(mixed ^ (mixed >> 31)) % (most + 1)) as i64)
    }
}

/// When to run next (`None`: not before the user acts), and the failures counted so far.
///
/// The result is never in the past: after a long stop a stream catches up once, not once per missed interval.
pub fn next_due(ended: Ended, failures: i64, rhythm: Rhythm, now: Timestamp) -> (Option<Timestamp>, i64) {
    let after = |wait: SignedDuration| now.checked_add(wait + rhythm.jitter(wait, now)).unwrap_or(Timestamp::MAX);
    match ended {
        Ended::Read => (Some(after(rhythm.interval)), 0),
        // Those who share a ban or a budget do not all come at the moment it ends.
        Ended::RetryAt(at) if at > now => (Some(after(at.duration_since(now))), failures),
        Ended::RetryAt(_) => (Some(now), failures),
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
    const HALF_HOUR: Rhythm = Rhythm { interval: SignedDuration::from_mins(30), seed: 7 };

    #[test]
    fn failures_wait_one_five_fifteen_minutes_then_an_hour() {
        let mut failures = 0;
        let mut waits = Vec::new();
        for _ in 0..5 {
            let (due, after) = next_due(Ended::Failed, failures, HALF_HOUR, NOW);
            waits.push(due.unwrap().duration_since(NOW).as_mins());
            failures = after;
        }
        assert_eq!((waits, failures), (vec![1, 5, 15, 60, 60], 5));
        assert_eq!(next_due(Ended::Read, failures, HALF_HOUR, NOW).1, 0);
    }

    #[test]
    fn a_stream_that_needs_its_user_waits_for_them() {
        assert_eq!(next_due(Ended::NeedsUser, 0, HALF_HOUR, NOW), (None, 1));
    }

    proptest! {
        #[test]
        fn nothing_is_due_in_the_past_and_only_failures_count(
            now in 0i64..4_000_000_000, at in 0i64..4_000_000_000, failures in 0i64..100, interval in 60i64..86_400,
            seed in any::<u64>(),
        ) {
            let now = Timestamp::from_second(now).unwrap();
            let at = Timestamp::from_second(at).unwrap();
            let rhythm = Rhythm { interval: SignedDuration::from_secs(interval), seed };
            for ended in [Ended::Read, Ended::Failed, Ended::RetryAt(at), Ended::NeedsUser] {
                let (due, after) = next_due(ended, failures, rhythm, now);
                prop_assert!(due.is_none_or(|due| due >= now));
                prop_assert_eq!(after > failures, matches!(ended, Ended::Failed | Ended::NeedsUser));
                if ended == Ended::Read {
                    let late = due.unwrap().duration_since(now).as_millis() - i128::from(interval) * 1_000;
                    prop_assert!((0..=i128::from(interval) * 50).contains(&late), "{} ms late", late);
                }
            }
        }
    }
}
