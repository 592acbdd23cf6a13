//! How both databases find the runs that are too old for the log, and take them out of it.

use std::collections::BTreeSet;

use foliosync_engine::limits::ROLL_UP_RUNS_MAX;
use foliosync_engine::model::Record;
use foliosync_engine::model::run_day::RunDay;
use foliosync_engine::model::sync::{Run, RunEvent, SyncRequest};
use foliosync_engine::store::{Filter, Select};
use jiff::Timestamp;

use crate::sql::name;

/// What comes behind the table's name in a read of runs that ended before a time: the oldest first, and never the last
/// of a connection.
pub fn old_runs(before: Timestamp) -> String {
    format!(
        " WHERE finished_at < TIMESTAMPTZ '{before}'
          AND id NOT IN (SELECT max(id) FROM {} GROUP BY connection_id)
          ORDER BY id LIMIT {ROLL_UP_RUNS_MAX}",
        name(Run::TABLE)
    )
}

/// The days that these runs are counted on, as far as something is known of them; others may be among them.
pub fn days_of(runs: &[Run]) -> Select {
    let connections: BTreeSet<_> = runs.iter().map(|run| run.connection_id).collect();
    let days = || runs.iter().map(RunDay::of);
    let all = Select::all(RunDay::TABLE).with(Filter::In("connection_id", connections.into_iter().collect()));
    match (days().min(), days().max()) {
        (Some(first), Some(last)) => all.with(Filter::Between("day", first, last)),
        _ => all,
    }
}

/// The statements that take runs and their lines out of the log, and the requests from before a time but for the last.
pub fn forget(runs: &[Run], before: Timestamp) -> String {
    let ids: Vec<_> = runs.iter().map(|run| run.id.to_string()).collect();
    let mut sql = String::new();
    if !ids.is_empty() {
        let ids = ids.join(", ");
        sql += &format!("DELETE FROM {} WHERE run_id IN ({ids});", name(RunEvent::TABLE));
        sql += &format!("DELETE FROM {} WHERE id IN ({ids});", name(Run::TABLE));
    }
    let requests = name(SyncRequest::TABLE);
    sql + &format!(
        "DELETE FROM {requests} WHERE \"at\" < TIMESTAMPTZ '{before}' AND id < (SELECT max(id) FROM {requests})"
    )
}
