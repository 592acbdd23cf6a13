//! The one source of time: the machine's in the program, one that moves with tokio's paused time in tests.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Tells UTC time in whole microseconds, as stores keep it.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's wall clock; it may step, so only schedules lean on it, never the order of commits.
    System,
    /// So far ahead of the machine's: for tests that cannot wait for something to grow old.
    Ahead(SignedDuration),
    /// Counts from a wall time by tokio's clock.
    Simulated { wall: Timestamp, since: Instant },
}

impl Clock {
    pub fn simulated(wall: Timestamp) -> Clock {
        Clock::Simulated { wall, since: Instant::now() }
    }

    pub fn now(&self) -> Timestamp {
        let now = match self {
            Clock::System => Timestamp::now(),
            Clock::Ahead(by) => Timestamp::now().checked_add(*by).unwrap_or(Timestamp::MAX),
            Clock::Simulated { wall, since } => {
                let elapsed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
                wall.checked_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}
