//! Summing up what is too old for the log.

use duckdb::Connection as Db;
use foliosync_engine::model::Record;
use foliosync_engine::model::run_day::RunDay;
use foliosync_engine::model::sync::Run;
use jiff::Timestamp;

use super::Result;
use super::open::failed;
use super::{control, read};
use crate::roll_up::{days_of, forget, old_runs};

/// In the open transaction.
pub fn roll_up(db: &Db, before: Timestamp) -> Result<usize> {
    let old: Vec<Run> = read::rows(db, Run::TABLE, &old_runs(before), Vec::new())?.records()?;
    let days = RunDay::sum(read::read(db, &days_of(&old))?.records()?, &old);
    control::put(db, &days, true)?;
    db.execute_batch(&forget(&old, before)).map_err(|e| failed(&e))?;
    Ok(old.len())
}
