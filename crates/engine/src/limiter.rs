//! Budgets in front of the store: weight is taken from it in slices and spent from memory, so that it is asked rarely.

mod pool;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use crate::budget::{Budget, BudgetAsk, BudgetGrant, Later, Reason, Take, later_by};
use crate::clock::Clock;
use crate::limits::BAN_SECONDS_MAX;
use crate::provider::ProviderError;
use crate::store::{Store, StoreError};
use pool::Pool;

/// Weight that a request needs from several budgets at once.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    pub budgets: &'a [Budget],
    /// None counts as 1, so that a ban is met.
    pub weight: u32,
    /// Whether somebody asked for it, so that it may use the reserves.
    pub manual: bool,
}

/// Spends slices of budgets. One for the whole program, so that everybody who shares a budget shares its slices.
pub struct Limiter {
    store: Arc<dyn Store>,
    pools: Mutex<HashMap<String, Pool>>,
}

/// What stands between a request and its weight.
enum Next {
    Taken,
    /// Not before this time.
    Wait {
        at: Timestamp,
        message: String,
    },
    /// Somebody else is asking the store for one of the budgets.
    Follow(OwnedNotified),
    Ask(Vec<Take>),
}

impl Limiter {
    pub fn new(store: Arc<dyn Store>) -> Limiter {
        Limiter { store, pools: Mutex::default() }
    }

    /// Takes the weight from all budgets or none, waiting for the next window where one is spent. A wait that would
    /// go past `deadline` is [`ProviderError::RetryAt`] instead, so that nothing sleeps while it holds a slot.
    pub async fn acquire(&self, need: Need<'_>, clock: &Clock, deadline: Timestamp) -> Result<(), ProviderError> {
        let need = Need { weight: need.weight.max(1), ..need };
        refuse_what_never_fits(need)?;
        loop {
            let now = clock.now();
            match self.next(need, now) {
                Next::Taken => return Ok(()),
                Next::Wait { at, message } if at > deadline => return Err(ProviderError::RetryAt { at, message }),
                Next::Wait { at, .. } => {
                    let wait = at.duration_since(now).max(SignedDuration::from_millis(1));
                    tokio::time::sleep(wait.unsigned_abs()).await;
                }
                Next::Follow(asked) => {
                    let _wanting = Wanting::of(self, need);
                    asked.await;
                }
                Next::Ask(takes) => {
                    if self.ask(need, takes, clock).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes everything from memory, or says what to do first.
    fn next(&self, need: Need<'_>, now: Timestamp) -> Next {
        let mut pools = self.pools();
        let mut short = Vec::new();
        for budget in need.budgets {
            let pool = pools.entry(budget.scope.clone()).or_default();
            pool.settle(now);
            if !pool.holds(need.weight) {
                short.push(budget);
            }
        }
        let refusals =
            need.budgets.iter().filter_map(|budget| pools[&budget.scope].refusal(need, now).map(|r| (budget, r)));
        if let Some((budget, (at, reason))) = refusals.max_by_key(|(_, (at, _))| *at) {
            return Next::Wait { at, message: told(budget, at, reason) };
        }
        if short.is_empty() {
            need.budgets.iter().for_each(|budget| spend(&mut pools, budget, need.weight));
            return Next::Taken;
        }
        if let Some(asked) = short.iter().find_map(|budget| pools[&budget.scope].asking.clone()) {
            return Next::Follow(asked.notified_owned());
        }
        let takes = short.into_iter().map(|budget| {
            let pool = pools.get_mut(&budget.scope).expect("it was made above");
            pool.asking = Some(Arc::new(Notify::new()));
            pool.take(budget, need)
        });
        Next::Ask(takes.collect())
    }

    /// Asks the store for slices. Whether that was enough, and the weight is taken: before those who follow may.
    async fn ask(&self, need: Need<'_>, takes: Vec<Take>, clock: &Clock) -> Result<bool, ProviderError> {
        let asked: Vec<_> = takes.iter().map(|take| (take.budget.scope.clone(), take.weight)).collect();
        let _asking = Asking { limiter: self, scopes: asked.iter().map(|(scope, _)| scope.clone()).collect() };
        let grant = self.store.budget(BudgetAsk::Take { takes, now: clock.now() }).await.map_err(|e| not_kept(&e))?;
        let now = clock.now();
        let mut pools = self.pools();
        match grant {
            BudgetGrant::Granted(slices) => {
                for ((scope, _), slice) in asked.into_iter().zip(slices) {
                    pools.entry(scope).or_default().add(slice, now);
                }
            }
            BudgetGrant::Later(later) => {
                for Later { scope, at, reason } in later {
                    let weight = asked.iter().find(|(name, _)| *name == scope).map_or(0, |(_, weight)| *weight);
                    pools.entry(scope).or_default().refused(weight, need.manual, at, reason, now);
                }
            }
            BudgetGrant::Noted => return Err(not_kept(&StoreError::Failed("it answered another question".into()))),
        }
        let is_open = need.budgets.iter().all(|budget| {
            let pool = pools.entry(budget.scope.clone()).or_default();
            // The store may have taken its time.
            pool.settle(now);
            pool.holds(need.weight) && pool.refusal(need, now).is_none()
        });
        if is_open {
            need.budgets.iter().for_each(|budget| spend(&mut pools, budget, need.weight));
        }
        Ok(is_open)
    }

    /// Nothing that needs one of the budgets passes until `at`, at most `BAN_SECONDS_MAX` from now: the provider said
    /// so. Returns the time that holds.
    pub async fn close(&self, budgets: &[Budget], at: Timestamp, why: &str, now: Timestamp) -> Timestamp {
        let earliest = later_by(now, SignedDuration::from_secs(1));
        let latest = later_by(now, SignedDuration::from_secs(BAN_SECONDS_MAX));
        let until = at.clamp(earliest, latest);
        if budgets.is_empty() {
            return until;
        }
        for budget in budgets {
            self.pools().entry(budget.scope.clone()).or_default().close(until, why, now);
        }
        let ask = BudgetAsk::Close { budgets: budgets.into(), until, why: why.into(), now };
        if let Err(error) = self.store.budget(ask).await {
            // It holds in memory, as long as this program runs.
            tracing::warn!(%error, %until, "a provider's ban could not be stored");
        }
        until
    }

    /// Takes note that the provider has counted `used` of a budget, for a request that left at `sent`.
    pub async fn learn(&self, budget: &Budget, used: u32, sent: Timestamp, now: Timestamp) {
        let told = self.pools().get_mut(&budget.scope).and_then(|pool| pool.learn(budget, used, sent, now));
        if let Some(used) = told
            && let Err(error) = self.store.budget(BudgetAsk::Learn { budget: budget.clone(), used, now }).await
        {
            tracing::warn!(%error, scope = %budget.scope, "what a provider has counted could not be stored");
        }
    }

    fn pools(&self) -> MutexGuard<'_, HashMap<String, Pool>> {
        self.pools.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn refuse_what_never_fits(need: Need<'_>) -> Result<(), ProviderError> {
    for budget in need.budgets {
        let most = if need.manual { budget.weight_max } else { budget.weight_max.saturating_sub(budget.reserve) };
        if need.weight > most {
            let (weight, scope) = (need.weight, &budget.scope);
            let message = format!("a request of weight {weight} never fits the budget {scope} of {most}");
            return Err(ProviderError::Refused { message });
        }
    }
    Ok(())
}

fn spend(pools: &mut HashMap<String, Pool>, budget: &Budget, weight: u32) {
    if let Some(pool) = pools.get_mut(&budget.scope) {
        pool.spend(weight);
    }
}

fn told(budget: &Budget, at: Timestamp, reason: Reason) -> String {
    match reason {
        Reason::Spent => format!("the budget {} of {} is spent until {at}", budget.scope, budget.weight_max),
        Reason::Closed(why) if why.is_empty() => format!("the budget {} is closed until {at}", budget.scope),
        Reason::Closed(why) => format!("the budget {} is closed until {at}: {why}", budget.scope),
    }
}

fn not_kept(error: &StoreError) -> ProviderError {
    ProviderError::Backoff { message: format!("the request was not sent, for its budget could not be stored: {error}") }
}

/// Scopes that the store is being asked for. Dropped on every path, so that whoever follows goes on.
struct Asking<'a> {
    limiter: &'a Limiter,
    scopes: Vec<String>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut pools = self.limiter.pools();
        for scope in &self.scopes {
            if let Some(asked) = pools.get_mut(scope).and_then(|pool| pool.asking.take()) {
                asked.notify_waiters();
            }
        }
    }
}

/// Weight that somebody waits for, so that one question to the store asks for all.
struct Wanting<'a> {
    limiter: &'a Limiter,
    need: Need<'a>,
}

impl<'a> Wanting<'a> {
    fn of(limiter: &'a Limiter, need: Need<'a>) -> Wanting<'a> {
        let mut pools = limiter.pools();
        for budget in need.budgets {
            pools.entry(budget.scope.clone()).or_default().wanted += u64::from(need.weight);
        }
        drop(pools);
        Wanting { limiter, need }
    }
}

impl Drop for Wanting<'_> {
    fn drop(&mut self) {
        let mut pools = self.limiter.pools();
        for budget in self.need.budgets {
            if let Some(pool) = pools.get_mut(&budget.scope) {
                pool.wanted = pool.wanted.saturating_sub(self.need.weight.into());
            }
        }
    }
}

#[cfg(test)]
mod tests;
