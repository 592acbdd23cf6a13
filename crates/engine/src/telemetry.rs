//! What the engine counts. Whoever installed a recorder collects it; otherwise it costs next to nothing.

use jiff::Timestamp;
use metrics::{Unit, counter, gauge, histogram};
use tokio::time::Instant;

use crate::model::sync::Outcome;
use crate::store::Claim;

const RUNS: &str = "foliosync_runs_total";
const RUNS_LIVE: &str = "foliosync_runs_live";
const DUE_LAG: &str = "foliosync_due_lag_seconds";
const REQUESTS: &str = "foliosync_requests_total";
const COMMIT: &str = "foliosync_commit_seconds";

/// Says what each number is; once, after the recorder was installed.
pub fn describe() {
    metrics::describe_counter!(RUNS, "Runs that ended, by provider and outcome");
    metrics::describe_gauge!(RUNS_LIVE, "Runs that are going");
    metrics::describe_gauge!(
        DUE_LAG,
        Unit::Seconds,
        "How late the run began that was started last; 0 while none waits"
    );
    metrics::describe_counter!(REQUESTS, "Requests to providers, by status; `none` where no answer came");
    metrics::describe_histogram!(COMMIT, Unit::Seconds, "Time until a page was stored");
    gauge!(RUNS_LIVE).set(0);
    gauge!(DUE_LAG).set(0);
}

/// A run that is going, for as long as this lives.
pub struct LiveRun;

impl LiveRun {
    pub fn begin() -> LiveRun {
        gauge!(RUNS_LIVE).increment(1);
        LiveRun
    }
}

impl Drop for LiveRun {
    fn drop(&mut self) {
        gauge!(RUNS_LIVE).decrement(1);
    }
}

pub fn ended(provider: &'static str, outcome: Outcome) {
    counter!(RUNS, "provider" => provider, "outcome" => word(outcome)).increment(1);
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Partial => "partial",
        Outcome::Failed => "failed",
        Outcome::NeedsUser => "needs_user",
        Outcome::Deferred => "deferred",
        Outcome::Interrupted => "interrupted",
    }
}

/// What was found due at a look.
pub fn claimed(claims: &[Claim], now: Timestamp) {
    let due = claims.iter().flat_map(|claim| &claim.streams).filter_map(|stream| stream.next_due);
    let lag = due.map(|due| now.duration_since(due).as_secs()).max().unwrap_or(0);
    gauge!(DUE_LAG).set(u32::try_from(lag).unwrap_or(0));
}

/// A request that was sent; `None`: no answer came.
pub fn requested(provider: &'static str, status: Option<u16>) {
    let status = status.map_or("none".into(), |status| status.to_string());
    counter!(REQUESTS, "provider" => provider, "status" => status).increment(1);
}

pub async fn committing<T>(commit: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let done = commit.await;
    histogram!(COMMIT).record(begun.elapsed());
    done
}
