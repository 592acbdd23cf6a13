//! Runs, their log, and the sync that is going on.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::{Engine, EngineError, Result};
use crate::limits::EVENTS_PAGE_MAX;
use crate::model::sync::{ConnectionId, Cursor, Outcome, RequestId, Run, RunEvent, RunId, SyncRequest, Trigger};
use crate::model::word;
use crate::store::{Filter, Select};

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

const RUNS_PAGE: usize = 50;
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

    pub async fn run(&self, id: RunId) -> Result<Run> {
        let found: Vec<Run> = self.store.records(|s| s.with(Filter::Is("id", id))).await?;
        let missing =
            || EngineError::not_found(format!("there is no run {id}"), "`foliosync status` lists the last runs");
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
