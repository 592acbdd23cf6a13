//! The simulator's time: the machine's, or one that stands still until a test moves it.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// What limits, sessions and prices go by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SimClock {
    #[default]
    System,
    /// Stands at a UTC instant until it is set or advanced.
    At(Timestamp),
    /// The machine's, which is so far behind this one: for clients whose clock is wrong.
    Ahead(SignedDuration),
}

#[derive(Debug)]
pub struct Time(Mutex<SimClock>);

impl Time {
    pub fn new(clock: SimClock) -> Time {
        Time(Mutex::new(clock))
    }

    pub fn now(&self) -> Timestamp {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            SimClock::System => Timestamp::now(),
            SimClock::At(at) => at,
            SimClock::Ahead(by) => Timestamp::now().checked_add(by).unwrap_or(Timestamp::MAX),
        }
    }

    pub fn set(&self, clock: SimClock) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = clock;
    }

    /// The clock stands afterwards, so far past what it showed.
    pub fn advance(&self, by: SignedDuration) {
        self.set(SimClock::At(self.now().checked_add(by).unwrap_or(Timestamp::MAX)));
    }
}
