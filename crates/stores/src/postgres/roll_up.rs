//! Summing up what is too old for the log.

use foliosync_engine::model::Record;
use foliosync_engine::model::run_day::RunDay;
use foliosync_engine::model::sync::Run;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::{Result, control, rows, run};
use crate::roll_up::{days_of, forget, old_runs};

/// In the open transaction. Programs do it one after the other, so that no run is counted twice.
pub async fn roll_up(db: &mut PgConnection, before: Timestamp) -> Result<usize> {
    run(db, "SELECT pg_advisory_xact_lock(hashtextextended('log', 4))").await?;
    let old: Vec<Run> = rows::rows(db, Run::TABLE, &old_runs(before)).await?.records()?;
    let days = RunDay::sum(rows::read(db, &days_of(&old)).await?.records()?, &old);
    control::put(db, &days).await?;
    run(db, &forget(&old, before)).await?;
    Ok(old.len())
}
