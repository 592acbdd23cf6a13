//! What a program holds of one budget.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::Need;
use crate::budget::{Budget, Reason, Slice, Take, later_by};
use crate::limits::{CLOCK_BACK_SECONDS_MAX, SLICE_SECONDS};

pub struct Pool {
    /// Weight that was granted for the window and is not spent.
    left: u32,
    window_start: Timestamp,
    window_end: Timestamp,
    /// What the store counts as used of the window, `left` included.
    used: i64,
    closed: Option<(Timestamp, String)>,
    dry: Option<Dry>,
    /// When the store or the provider last said something about it.
    heard_at: Timestamp,
    /// Who asks the store for more just now tells those who wait.
    pub asking: Option<Arc<Notify>>,
    /// Weight that others wait for.
    pub wanted: u64,
}

/// The store refused this much, so it is not asked for as much again before a time.
struct Dry {
    until: Timestamp,
    weight: u32,
    manual: bool,
}

impl Default for Pool {
    fn default() -> Pool {
        Pool {
            left: 0,
            window_start: Timestamp::MIN,
            window_end: Timestamp::MIN,
            used: 0,
            closed: None,
            dry: None,
            heard_at: Timestamp::MIN,
            asking: None,
            wanted: 0,
        }
    }
}

impl Pool {
    /// Forgets what does not hold any more: slices of a window that has passed, and everything where the clock was set
    /// back so far that the store has to sort it out.
    pub fn settle(&mut self, now: Timestamp) {
        if self.heard_at > later_by(now, SignedDuration::from_secs(CLOCK_BACK_SECONDS_MAX)) {
            let (asking, wanted) = (self.asking.take(), self.wanted);
            *self = Pool { asking, wanted, ..Pool::default() };
        }
        if now >= self.window_end {
            (self.left, self.used) = (0, 0);
        }
    }

    pub fn holds(&self, weight: u32) -> bool {
        self.left >= weight
    }

    pub fn spend(&mut self, weight: u32) {
        self.left = self.left.saturating_sub(weight);
    }

    /// What keeps a request from being sent or asked for at `now`, and until when.
    pub fn refusal(&self, need: Need<'_>, now: Timestamp) -> Option<(Timestamp, Reason)> {
        if let Some((until, why)) = self.closed.as_ref().filter(|(until, _)| *until > now) {
            return Some((*until, Reason::Closed(why.clone())));
        }
        if self.holds(need.weight) {
            // A slice of a window that the clock has been set back before.
            return (now < self.window_start).then_some((self.window_start, Reason::Spent));
        }
        let dry = self.dry.as_ref().filter(|dry| dry.until > now)?;
        let as_much = need.weight - self.left >= dry.weight;
        (as_much && (dry.manual || !need.manual)).then_some((dry.until, Reason::Spent))
    }

    /// What to ask the store for: enough for everybody who waits, and a slice of the budget's pace.
    pub fn take(&self, budget: &Budget, need: Need<'_>) -> Take {
        let weight = need.weight.saturating_sub(self.left);
        let wanted = u32::try_from(self.wanted).unwrap_or(u32::MAX);
        Take {
            budget: budget.clone(),
            weight,
            slice: weight.saturating_add(wanted).max(slice(budget)),
            manual: need.manual,
            used_seen: self.seen(),
        }
    }

    /// What is used of the window as far as this program knows.
    fn seen(&self) -> u32 {
        u32::try_from(self.used).unwrap_or(u32::MAX)
    }

    pub fn add(&mut self, slice: Slice, now: Timestamp) {
        let is_same = slice.window_start == self.window_start;
        self.left = if is_same { self.left.saturating_add(slice.weight) } else { slice.weight };
        (self.window_start, self.window_end, self.used) = (slice.window_start, slice.window_end, slice.used);
        self.heard_at = now;
    }

    /// `weight` is what the store was asked for.
    pub fn refused(&mut self, weight: u32, manual: bool, at: Timestamp, reason: Reason, now: Timestamp) {
        match reason {
            Reason::Closed(why) => self.close(at, &why, now),
            Reason::Spent => self.dry = Some(Dry { until: at, weight, manual }),
        }
        self.heard_at = now;
    }

    /// Of two bans the longer holds.
    pub fn close(&mut self, until: Timestamp, why: &str, now: Timestamp) {
        if self.closed.as_ref().is_none_or(|(before, _)| *before < until) {
            self.closed = Some((until, why.into()));
        }
        self.heard_at = now;
    }

    /// Takes note of what the provider has counted. Returns what the store must hear of it: where somebody else spends
    /// from the same budget by more than a slice.
    pub fn learn(&mut self, budget: &Budget, counted: u32, sent: Timestamp, now: Timestamp) -> Option<u32> {
        // Counted in another window than the one that is open.
        if sent < self.window_start || now >= self.window_end {
            return None;
        }
        let spent_by_us = self.used - i64::from(self.left);
        let more = i64::from(counted) - spent_by_us;
        if more <= 0 {
            return None;
        }
        // What others have spent is not left for us, although we hold a slice of it.
        let room = i64::from(budget.weight_max) - i64::from(counted);
        self.left = self.left.min(u32::try_from(room).unwrap_or(0));
        self.used = i64::from(counted) + i64::from(self.left);
        (more > i64::from(slice(budget))).then(|| self.seen())
    }
}

/// So much that it lasts for a while at the budget's pace, and at most a quarter of a window. Where a window is long,
/// that is a single request: what a crash would waste of it could not be had back for hours.
fn slice(budget: &Budget) -> u32 {
    let pace = i64::from(budget.weight_max).saturating_mul(SLICE_SECONDS) / budget.window.seconds();
    let quarter = budget.weight_max / 4;
    u32::try_from(pace).unwrap_or(u32::MAX).min(quarter).max(1)
}
