//! Budgets of requests. Weights are taken before a request leaves, per provider and per address or key.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::limits::PAGE_SECONDS_MAX;
use crate::provider::ProviderError;

/// So much weight in so much time, for everyone who shares `scope`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Provider and the address or key that the limit counts, such as `binance/ip`.
    pub scope: String,
    pub weight_max: u32,
    pub window: SignedDuration,
}

/// Counts what was taken from each budget in its window.
///
/// Windows are aligned to the clock as providers count them: an empty window refills at once, so a burst at its edge
/// is within what the provider allows.
#[derive(Default)]
pub struct Limiter {
    spent: Mutex<HashMap<String, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    number: i64,
    weight: u32,
    closed_until: Timestamp,
}

impl Limiter {
    /// Takes `weight`, waiting for the next window where this one is spent. A wait that would outlast a fetch is
    /// [`ProviderError::RetryAt`] instead, so that nothing sleeps while it holds a slot.
    pub async fn acquire(&self, budget: &Budget, weight: u32, clock: &Clock) -> Result<(), ProviderError> {
        if weight > budget.weight_max {
            let message = format!("a request of weight {weight} never fits the budget of {}", budget.scope);
            return Err(ProviderError::Refused { message });
        }
        let patience = SignedDuration::try_from(PAGE_SECONDS_MAX / 2).unwrap_or(SignedDuration::ZERO);
        let deadline = clock.now() + patience;
        loop {
            let now = clock.now();
            let Some(at) = self.take(budget, weight, now) else { return Ok(()) };
            if at > deadline {
                let message = format!("the budget of {} is spent until {at}", budget.scope);
                return Err(ProviderError::RetryAt { at, message });
            }
            let wait = at.duration_since(now).max(SignedDuration::from_millis(1));
            tokio::time::sleep(wait.unsigned_abs()).await;
        }
    }

    /// Nothing passes until `at`: the provider said so.
    pub fn close(&self, budget: &Budget, at: Timestamp) {
        let mut spent = self.spent.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let window = spent.entry(budget.scope.clone()).or_insert(Window::EMPTY);
        window.closed_until = window.closed_until.max(at);
    }

    /// Takes the weight, or says when to ask again.
    fn take(&self, budget: &Budget, weight: u32, now: Timestamp) -> Option<Timestamp> {
        let mut spent = self.spent.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let window = spent.entry(budget.scope.clone()).or_insert(Window::EMPTY);
        if window.closed_until > now {
            return Some(window.closed_until);
        }
        let length = i64::try_from(budget.window.as_micros()).unwrap_or(i64::MAX).max(1);
        let number = now.as_microsecond().div_euclid(length);
        if number > window.number {
            (window.number, window.weight) = (number, 0);
        }
        if window.weight + weight <= budget.weight_max {
            window.weight += weight;
            return None;
        }
        let next = window.number.saturating_add(1).saturating_mul(length);
        Some(Timestamp::from_microsecond(next).unwrap_or(Timestamp::MAX))
    }
}

impl Window {
    const EMPTY: Window = Window { number: i64::MIN, weight: 0, closed_until: Timestamp::MIN };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> Budget {
        Budget { scope: "test/ip".into(), weight_max: 10, window: SignedDuration::from_secs(10) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_window_waits_for_the_next_and_a_long_wait_is_handed_back() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let limiter = Limiter::default();
        limiter.acquire(&budget(), 7, &clock).await.unwrap();
        limiter.acquire(&budget(), 3, &clock).await.unwrap();
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        limiter.acquire(&budget(), 1, &clock).await.unwrap();
        assert_eq!(clock.now(), Timestamp::from_second(10).unwrap());

        let until = Timestamp::from_second(3_600).unwrap();
        limiter.close(&budget(), until);
        let refused = limiter.acquire(&budget(), 1, &clock).await;
        assert!(matches!(refused, Err(ProviderError::RetryAt { at, .. }) if at == until), "{refused:?}");
        let never = limiter.acquire(&budget(), 11, &clock).await;
        assert!(matches!(never, Err(ProviderError::Refused { .. })), "{never:?}");
    }
}
