//! Claims: any number of programs ask at the same time, and none waits for another.

use foliosync_engine::model::sync::{Cursor, RunId};
use foliosync_engine::store::{Claim, ClaimAsk};
use jiff::Timestamp;
use sqlx::{PgConnection, PgPool};

use super::control::{self, About};
use super::{Result, begin, failed, run};

/// The first of each provider and owner that are due, so that nobody's crowd hides others; rows that another program is
/// just claiming are passed over.
const DUE: &str = "
    SELECT connection_id FROM sync.leases
    WHERE connection_id IN (
        SELECT connection_id FROM (
            SELECT connection_id, row_number() OVER (PARTITION BY provider, owner ORDER BY due_at, connection_id) AS nth
            FROM sync.leases
            WHERE due_at <= to_timestamp(0) + $1 * interval '1 microsecond' AND provider <> ALL($3)) AS waiting
        WHERE nth <= $2)
    AND due_at <= to_timestamp(0) + $1 * interval '1 microsecond'
    ORDER BY connection_id
    FOR UPDATE SKIP LOCKED";

/// Takes what is due, and gives the last line of the log that this wrote; none is 0.
pub async fn claim(pool: &PgPool, db: &mut PgConnection, worker: i64, ask: &ClaimAsk) -> Result<(Vec<Claim>, Cursor)> {
    let max = i64::try_from(ask.max).unwrap_or(i64::MAX);
    if max == 0 {
        return Ok((Vec::new(), 0));
    }
    // Those that schedules alone make due hide nobody where schedules are off: there are as many as are asked for twice.
    let full: Vec<&str> =
        ask.max_of.iter().filter(|(_, max)| **max == 0).map(|(provider, _)| provider.as_str()).collect();
    let due = sqlx::query_scalar::<_, i64>(DUE).bind(ask.now.as_microsecond()).bind(max.saturating_mul(2)).bind(full);
    let due: Vec<i64> = due.persistent(false).fetch_all(&mut *db).await.map_err(|e| failed(&e))?;
    if due.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let runs_new = max.min(due.len() as i64);
    let last_run = take_runs(pool, runs_new).await?;
    let about = About { connections: due.into_iter().collect(), last_run, running: true, ..About::default() };
    let (mut ledger, states) = control::load(db, &about, ask.now).await?;
    let claims = ledger.claim(ask.clone());
    let saved = control::save(db, &mut ledger, &states, &about, worker).await?;
    Ok((claims, saved.cursor))
}

/// Takes numbers for runs, in a transaction of their own: in this one, whoever claims next would wait for its end. It need
/// not be on the disk before what is done with them is.
async fn take_runs(pool: &PgPool, count: i64) -> Result<RunId> {
    let mut db = begin(pool).await?;
    run(&mut db, "SET LOCAL synchronous_commit = off").await?;
    let last = control::take(&mut db, "run", count).await?;
    db.commit().await.map_err(|e| failed(&e))?;
    Ok(last)
}

/// Closes the runs of a program that is gone, and gives their number.
pub async fn abandon(db: &mut PgConnection, dead: i64, now: Timestamp) -> Result<usize> {
    let sql = "SELECT connection_id FROM sync.leases WHERE worker = $1 ORDER BY connection_id FOR UPDATE";
    let left = sqlx::query_scalar::<_, i64>(sql).bind(dead).persistent(false).fetch_all(&mut *db);
    let left: Vec<i64> = left.await.map_err(|e| failed(&e))?;
    let about = About { connections: left.iter().copied().collect(), ..About::default() };
    let (mut ledger, states) = control::load(db, &about, now).await?;
    left.iter().for_each(|id| ledger.abandon(*id, now));
    control::save(db, &mut ledger, &states, &about, dead).await?;
    Ok(left.len())
}
