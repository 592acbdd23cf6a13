//! Runs, their log, and the sync that is going on.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Engine, EngineError, Result};
use crate::limits::{EVENTS_PAGE_MAX, ROLL_UP_SECONDS};
use crate::model::run_day::RunDay;
use crate::model::sync::{ConnectionId, Cursor, Outcome, RequestId, Run, RunEvent, RunId, SyncRequest, Trigger};
use crate::model::{Record, word};
use crate::store::{Filter, Select, StoreError};

/// Which runs to show: all of them by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunsAsk {
    pub connection: Option<ConnectionId>,
    /// Those that began before this one.
    pub before: Option<RunId>,
    pub outcome: Option<Outcome>,
    pub trigger: Option<Trigger>,
    /// `RUNS_PAGE` where it is `None`, and `EVENTS_PAGE_MAX` at most.
    pub max: Option<usize>,
}

/// Which days of runs that are summed up to show: all of them by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunDaysAsk {
    pub connection: Option<ConnectionId>,
    /// Days before this one.
    pub before: Option<Date>,
    /// Of rows, more where that would cut a day: `RUNS_PAGE` where it is `None`, and `EVENTS_PAGE_MAX` at most.
    pub max: Option<usize>,
}

const RUNS_PAGE: usize = 50;
/// Before all that there is.
const FIRST_DAY: Date = Date::constant(1, 1, 1);
/// The engine asks, too, and its requests are small: a person's may go on behind them.
const REQUESTS_LOOKED_AT: usize = 5;

/// A sync that somebody asked for and that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Current {
    pub sync: RequestId,
    pub started_at: Timestamp,
    /// Items done so far, and items in all as far as is known.
    pub completed: i64,
    pub total: i64,
}

impl Engine {
    /// The newest first.
    pub async fn list_runs(&self, ask: RunsAsk) -> Result<Vec<Run>> {
        let filters = [
            ask.connection.map(|id| Filter::Is("connection_id", id)),
            ask.before.map(|id| Filter::Before("id", id)),
            ask.outcome.map(|outcome| Filter::IsText("outcome", word(&outcome))),
            ask.trigger.map(|trigger| Filter::IsText("trigger", word(&trigger))),
        ];
        let max = ask.max.unwrap_or(RUNS_PAGE).min(EVENTS_PAGE_MAX);
        let narrow = |s: Select| filters.into_iter().flatten().fold(s, Select::with);
        Ok(self.store.records(|s| narrow(s).descending("id").max(max)).await?)
    }

    /// The last runs of a connection, or of all; the newest first.
    pub async fn runs(&self, connection: Option<ConnectionId>, max: usize) -> Result<Vec<Run>> {
        self.list_runs(RunsAsk { connection, max: Some(max), ..RunsAsk::default() }).await
    }

    /// What is left of runs that are too old for the log; the newest day first, and the last one whole.
    pub async fn run_days(&self, ask: RunDaysAsk) -> Result<Vec<RunDay>> {
        let max = ask.max.unwrap_or(RUNS_PAGE).min(EVENTS_PAGE_MAX);
        let read = async |from: Date, to: Date, max: Option<usize>| {
            let mut select = Select::all(RunDay::TABLE).with(Filter::Between("day", from, to)).descending("day");
            select.filters.extend(ask.connection.map(|id| Filter::Is("connection_id", id)));
            select.max_rows = max;
            self.store.read(select).await?.records::<RunDay>().map_err(StoreError::from)
        };
        let newest = ask.before.map_or(Date::MAX, |day| day.yesterday().unwrap_or(FIRST_DAY));
        let mut days = read(FIRST_DAY, newest, Some(max)).await?;
        if let Some(last) = days.last().map(|last| last.day).filter(|_| days.len() == max) {
            days.retain(|day| day.day != last);
            days.extend(read(last, last, None).await?);
        }
        Ok(days)
    }

    /// Sums up by day what has grown too old for the log, now and every hour; never ends.
    pub(super) async fn keep_log_short(&self) {
        loop {
            match self.roll_up().await {
                Ok(0) => {}
                Ok(runs) => tracing::info!(runs, days = self.runs_kept_days, "old runs were summed up by day"),
                Err(error) => tracing::warn!(%error, "old runs could not be summed up; it will be tried again"),
            }
            tokio::time::sleep(ROLL_UP_SECONDS).await;
        }
    }

    /// Whole days in UTC, so that all runs of one are found in the same place.
    async fn roll_up(&self) -> Result<usize> {
        let kept = SignedDuration::from_hours(24 * i64::from(self.runs_kept_days));
        let first = self.clock.now().checked_sub(kept).map(|kept_from| TimeZone::UTC.to_datetime(kept_from).date());
        let Ok(before) = first.and_then(|day| day.to_zoned(TimeZone::UTC)) else { return Ok(0) };
        let mut runs = 0;
        loop {
            match self.store.roll_up(before.timestamp()).await? {
                0 => return Ok(runs),
                more => runs += more,
            }
        }
    }

    pub async fn run(&self, id: RunId) -> Result<Run> {
        let found: Vec<Run> = self.store.records(|s| s.with(Filter::Is("id", id))).await?;
        let missing = || {
            let days = self.runs_kept_days;
            let hint = format!("the last {days} days are kept run by run; sync.run_days has the sums of those before");
            EngineError::not_found(format!("there is no run {id}"), hint)
        };
        found.into_iter().next().ok_or_else(missing)
    }

    /// Lines of the log after a cursor, of one run or of all, oldest first.
    pub async fn events(&self, run: Option<RunId>, after: Cursor, max: usize) -> Result<Vec<RunEvent>> {
        let narrow = |s: Select| match run {
            Some(id) => s.with(Filter::Is("run_id", id)),
            None => s,
        };
        let after = Filter::After("cursor", after);
        Ok(self.store.records(|s| narrow(s).with(after).ascending("cursor").max(max.min(EVENTS_PAGE_MAX))).await?)
    }

    /// Of the last few syncs that were asked for the newest that goes on: whoever comes later follows it.
    pub async fn current_sync(self: &Arc<Self>) -> Result<Option<Current>> {
        let newest: Vec<SyncRequest> = self.store.records(|s| s.descending("id").max(REQUESTS_LOOKED_AT)).await?;
        let ids: BTreeSet<RequestId> = newest.iter().map(|request| request.id).collect();
        let over = || self.over.lock().unwrap_or_else(PoisonError::into_inner);
        over().retain(|id| ids.contains(id));
        for request in newest {
            let id = request.id;
            if over().contains(&id) {
                continue;
            }
            if let Some(current) = self.progress(request).await? {
                return Ok(Some(current));
            }
            over().insert(id);
        }
        Ok(None)
    }
}
