//! How often somebody may be wrong: so many failed attempts a minute, over all callers.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const FAILED_PER_MINUTE_MAX: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Attempts {
    window: Mutex<Option<Window>>,
}

struct Window {
    since: Instant,
    failed: u32,
}

impl Attempts {
    /// Counts a failed attempt; an error with the seconds to wait, once there were too many.
    pub fn fail(&self, now: Instant) -> Result<(), u64> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let current = window.take().filter(|window| now.duration_since(window.since) < MINUTE);
        let mut current = current.unwrap_or(Window { since: now, failed: 0 });
        current.failed = current.failed.saturating_add(1);
        let left = MINUTE.saturating_sub(now.duration_since(current.since));
        let within = current.failed <= FAILED_PER_MINUTE_MAX;
        *window = Some(current);
        if within { Ok(()) } else { Err(left.as_secs() + 1) }
    }

    /// Whether there were too many already; the seconds to wait. For secrets that people choose: those can be guessed.
    pub fn check(&self, now: Instant) -> Result<(), u64> {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        match &*window {
            Some(window) if window.failed >= FAILED_PER_MINUTE_MAX => {
                match MINUTE.checked_sub(now.duration_since(window.since)) {
                    Some(left) if !left.is_zero() => Err(left.as_secs() + 1),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_a_minute_may_fail() {
        let attempts = Attempts::default();
        let begun = Instant::now();
        for _ in 0..FAILED_PER_MINUTE_MAX {
            assert_eq!((attempts.check(begun), attempts.fail(begun)), (Ok(()), Ok(())));
        }
        let later = begun + Duration::from_secs(20);
        assert_eq!((attempts.check(later), attempts.fail(later)), (Err(41), Err(41)));
        let next = begun + MINUTE;
        assert_eq!((attempts.check(next), attempts.fail(next)), (Ok(()), Ok(())));
    }
}
