//! Budgets of requests: how much weight may leave in a window of time. The rules, as plain memory; a store keeps the
//! rows, and [`crate::limiter`] takes from them in slices.

mod window;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use window::Window;

use crate::limits::CLOCK_BACK_SECONDS_MAX;
use crate::model::quota::QuotaRow;

/// So much weight in so much time, for everyone who shares `scope`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Provider, the address or key that the limit counts, and which limit: `binance/ip/minute`.
    pub scope: String,
    pub weight_max: u32,
    pub window: Window,
    /// The part of `weight_max` that is kept for requests that somebody asked for.
    pub reserve: u32,
    /// The header, in lower case, that tells how much of the window the provider has counted.
    pub used_header: Option<&'static str>,
}

/// What is asked of budgets. `now` is the clock's.
#[derive(Debug, Clone)]
pub enum BudgetAsk {
    /// All of these or none; the scopes are distinct.
    Take { takes: Vec<Take>, now: Timestamp },
    /// The provider has counted `used` in the window that `now` lies in.
    Learn { budget: Budget, used: u32, now: Timestamp },
    /// The provider wants nothing more before `until`. `why` is for people.
    Close { budgets: Vec<Budget>, until: Timestamp, why: String, now: Timestamp },
}

impl BudgetAsk {
    /// The budgets that it is about, and when it is asked.
    pub fn about(&self) -> (Vec<&Budget>, Timestamp) {
        match self {
            BudgetAsk::Take { takes, now } => (takes.iter().map(|take| &take.budget).collect(), *now),
            BudgetAsk::Learn { budget, now, .. } => (vec![budget], *now),
            BudgetAsk::Close { budgets, now, .. } => (budgets.iter().collect(), *now),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Take {
    pub budget: Budget,
    /// What must be granted, at least 1.
    pub weight: u32,
    /// What is welcome, at least `weight`: the reserve is never touched for more than `weight`.
    pub slice: u32,
    /// Whether it may use the reserve.
    pub manual: bool,
    /// What the provider was seen to have counted in this window, with what is handed out and not yet sent.
    pub used_seen: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BudgetGrant {
    /// What each take got, in their order.
    Granted(Vec<Slice>),
    /// Nothing was taken, because of these. To be asked again at the latest of them.
    Later(Vec<Later>),
    /// The rest was no question.
    Noted,
}

/// Weight to be spent in a window, that is before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    pub weight: u32,
    pub window_start: Timestamp,
    pub window_end: Timestamp,
    /// What is used of the window with this.
    pub used: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    pub scope: String,
    pub at: Timestamp,
    pub reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The window is used up, or what is left of it is kept for others.
    Spent,
    /// The provider said so; the text says why.
    Closed(String),
}

/// Every budget that was ever taken from, as its row says.
///
/// A window begins with nothing used when the clock has reached it, and no earlier window is counted again: while the
/// clock is set back a little, nothing is granted until it has caught up. Where it was set back by more than
/// `CLOCK_BACK_SECONDS_MAX`, it had been wrong before. What was used is then counted in the window that the clock now
/// shows, and a ban runs its whole remaining time anew, so that neither is forgotten nor holds for years.
#[derive(Debug, Default)]
pub struct Budgets {
    rows: BTreeMap<String, QuotaRow>,
    /// What rows were before the open transaction touched them.
    undo: Option<BTreeMap<String, Option<QuotaRow>>>,
}

impl Budgets {
    pub fn load(rows: Vec<QuotaRow>) -> Budgets {
        Budgets { rows: rows.into_iter().map(|row| (row.scope.clone(), row)).collect(), undo: None }
    }

    /// From here on changes can be undone together, until `keep` or `undo`.
    pub fn begin(&mut self) {
        self.undo = Some(BTreeMap::new());
    }

    pub fn keep(&mut self) {
        self.undo = None;
    }

    pub fn undo(&mut self) {
        for (scope, before) in self.undo.take().unwrap_or_default() {
            match before {
                Some(row) => self.rows.insert(scope, row),
                None => self.rows.remove(&scope),
            };
        }
    }

    /// Answers, and hands out the rows that are to be written for it.
    pub fn answer(&mut self, ask: &BudgetAsk) -> (BudgetGrant, Vec<QuotaRow>) {
        let mut written = self.set_back(ask);
        let (grant, rows) = match ask {
            BudgetAsk::Take { takes, now } => self.take(takes, *now),
            BudgetAsk::Learn { budget, used, now } => {
                let row = self.settled(budget, *now);
                let is_more = row.used < i64::from(*used);
                let learned = is_more.then(|| QuotaRow { used: (*used).into(), ..row });
                (BudgetGrant::Noted, learned.into_iter().collect())
            }
            BudgetAsk::Close { budgets, until, why, now } => {
                let closed = |budget| {
                    let row = self.settled(budget, *now);
                    // Of two bans the longer holds, with its reason.
                    let is_longer = row.closed_until.is_none_or(|before| before < *until);
                    is_longer.then(|| QuotaRow { closed_until: Some(*until), note: Some(why.clone()), ..row })
                };
                (BudgetGrant::Noted, budgets.iter().filter_map(closed).collect())
            }
        };
        rows.iter().for_each(|row| self.set(row.clone()));
        written.extend(rows.into_iter().map(|row| (row.scope.clone(), row)));
        (grant, written.into_values().collect())
    }

    fn set(&mut self, row: QuotaRow) {
        let scope = row.scope.clone();
        let before = self.rows.insert(scope.clone(), row);
        if let Some(undo) = &mut self.undo {
            undo.entry(scope).or_insert(before);
        }
    }

    /// Moves rows that were written by a clock far ahead of this one to where it stands, for good: also where the
    /// answer is a refusal.
    fn set_back(&mut self, ask: &BudgetAsk) -> BTreeMap<String, QuotaRow> {
        let (budgets, now) = ask.about();
        let mut moved = BTreeMap::new();
        for budget in budgets {
            let Some(row) = self.rows.get(&budget.scope) else { continue };
            if row.updated_at.max(row.window_start) <= later_by(now, CLOCK_BACK) {
                continue;
            }
            let (window_start, window_end) = budget.window.around(now);
            let left = row.closed_until.map(|until| until.duration_since(row.updated_at));
            let closed_until = left.filter(SignedDuration::is_positive).map(|left| later_by(now, left));
            let row = QuotaRow { window_start, window_end, closed_until, updated_at: now, ..row.clone() };
            moved.insert(budget.scope.clone(), row.clone());
            self.set(row);
        }
        moved
    }

    fn take(&self, takes: &[Take], now: Timestamp) -> (BudgetGrant, Vec<QuotaRow>) {
        let (mut slices, mut rows, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for take in takes {
            let mut row = self.settled(&take.budget, now);
            row.used = row.used.max(take.used_seen.into());
            match room(&row, take, now) {
                Ok(weight) => {
                    row.used += i64::from(weight);
                    let QuotaRow { window_start, window_end, used, .. } = row;
                    slices.push(Slice { weight, window_start, window_end, used });
                    rows.push(row);
                }
                Err((at, reason)) => later.push(Later { scope: row.scope, at, reason }),
            }
        }
        if later.is_empty() { (BudgetGrant::Granted(slices), rows) } else { (BudgetGrant::Later(later), Vec::new()) }
    }

    /// The budget's row as it is at `now`.
    fn settled(&self, budget: &Budget, now: Timestamp) -> QuotaRow {
        let (window_start, window_end) = budget.window.around(now);
        let fresh = QuotaRow {
            scope: budget.scope.clone(),
            window_start,
            window_end,
            used: 0,
            weight_max: budget.weight_max.into(),
            closed_until: None,
            updated_at: now,
            note: None,
        };
        let Some(row) = self.rows.get(&budget.scope) else { return fresh };
        if now >= row.window_end {
            return QuotaRow { closed_until: row.closed_until, note: row.note.clone(), ..fresh };
        }
        QuotaRow { weight_max: fresh.weight_max, updated_at: now, ..row.clone() }
    }
}

const CLOCK_BACK: SignedDuration = SignedDuration::from_secs(CLOCK_BACK_SECONDS_MAX);

/// How much of the window a take may have, or when to ask again.
fn room(row: &QuotaRow, take: &Take, now: Timestamp) -> Result<u32, (Timestamp, Reason)> {
    if let Some(until) = row.closed_until.filter(|until| *until > now) {
        return Err((until, Reason::Closed(row.note.clone().unwrap_or_default())));
    }
    if now < row.window_start {
        return Err((row.window_start, Reason::Spent));
    }
    let weight = i64::from(take.weight.max(1));
    let left = row.weight_max - row.used;
    let unreserved = left - i64::from(take.budget.reserve);
    let granted = if unreserved >= weight {
        unreserved.min(take.slice.into()).max(weight)
    } else if take.manual && left >= weight {
        weight
    } else {
        return Err((row.window_end, Reason::Spent));
    };
    u32::try_from(granted).map_err(|_| (row.window_end, Reason::Spent))
}

pub(crate) fn later_by(now: Timestamp, time: SignedDuration) -> Timestamp {
    now.checked_add(time).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
