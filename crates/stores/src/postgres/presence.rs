//! Who is there. Each program holds a lock on its own number in a transaction that stays open, so that the lock ends with
//! the program, however it ends, and stays with it behind a pooler too. Whoever sees a number without its lock closes the
//! runs that were its program's.

use std::collections::BTreeSet;
use std::time::Duration;

use foliosync_engine::store::StoreError;
use jiff::Timestamp;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::{BEGIN, Result, begin, claims, control, failed, run};

/// The space of locks on the numbers of programs.
pub const WORKERS: i32 = 0x666f_6c69;
/// Time between two looks for programs that are gone: one that is missed twice is.
const LOOK_SECONDS: Duration = Duration::from_secs(5);
/// How often a program that starts looks, and the time between two looks.
const ENDING_LOOKS: u32 = 4;
const ENDING_MILLIS: Duration = Duration::from_millis(50);
/// Time before the database is tried again that a program lost.
const RETRY_SECONDS: Duration = Duration::from_secs(1);

pub struct Presence {
    pub options: PgConnectOptions,
    pub pool: PgPool,
    pub worker: i64,
    /// What the caller's clock said, and when.
    pub opened: (Timestamp, Instant),
}

impl Presence {
    /// A number that no program had before.
    pub async fn number(pool: &PgPool) -> Result<i64> {
        let mut db = begin(pool).await?;
        let worker = control::take(&mut db, "worker", 1).await? + 1;
        db.commit().await.map_err(|e| failed(&e))?;
        Ok(worker)
    }

    /// Holds the lock, and takes it anew where it was lost with its connection. Never ends.
    pub async fn hold(self, held: oneshot::Sender<Result<()>>) {
        let mut held = Some(held);
        loop {
            let error = match self.take().await {
                Ok(mut db) => {
                    if let Some(held) = held.take() {
                        let _ = held.send(Ok(()));
                    }
                    self.keep(&mut db).await
                }
                Err(error) => error,
            };
            if let Some(held) = held.take() {
                let _ = held.send(Err(error));
                return;
            }
            tracing::warn!(%error, "the database cannot be reached; it is tried again");
            sleep(RETRY_SECONDS).await;
        }
    }

    async fn take(&self) -> Result<PgConnection> {
        let mut db = PgConnection::connect_with(&self.options).await.map_err(|e| failed(&e))?;
        let stays = "SET LOCAL idle_in_transaction_session_timeout = 0";
        let worker = self.worker;
        run(&mut db, &format!("{BEGIN}; {stays}; SELECT pg_advisory_xact_lock({WORKERS}, {worker})")).await?;
        Ok(db)
    }

    async fn keep(&self, db: &mut PgConnection) -> StoreError {
        let mut missed = BTreeSet::new();
        loop {
            sleep(LOOK_SECONDS).await;
            if let Err(error) = run(db, "SELECT 1").await {
                return error;
            }
            match self.close_the_dead(Some(&missed), self.now()).await {
                Ok(now_missed) => missed = now_missed,
                Err(error) => tracing::warn!(%error, "programs that are gone cannot be looked for"),
            }
        }
    }

    /// Closes what earlier programs left. One that ended just now may hold its lock for a moment yet; and where it is the
    /// database that started just now, those that live have not taken theirs again.
    pub async fn close_the_ended(&self) -> Result<()> {
        if self.database_is_new().await? {
            return Ok(());
        }
        for _ in 0..ENDING_LOOKS {
            self.close_the_dead(None, self.opened.0).await?;
            if self.workers().await?.is_empty() {
                break;
            }
            sleep(ENDING_MILLIS).await;
        }
        Ok(())
    }

    /// Closes the runs of programs whose number has no lock: of those that were `missed` before, or of all. Gives the
    /// numbers that were left alone.
    async fn close_the_dead(&self, missed: Option<&BTreeSet<i64>>, now: Timestamp) -> Result<BTreeSet<i64>> {
        let mut left = BTreeSet::new();
        for worker in self.workers().await? {
            let mut db = begin(&self.pool).await?;
            let sql = format!("SELECT pg_try_advisory_xact_lock({WORKERS}, {worker})");
            let is_gone = sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql)).persistent(false).fetch_one(&mut *db);
            if !is_gone.await.map_err(|e| failed(&e))? {
                continue;
            }
            if missed.is_some_and(|missed| !missed.contains(&worker)) {
                left.insert(worker);
                continue;
            }
            let closed = claims::abandon(&mut db, worker, now).await?;
            db.commit().await.map_err(|e| failed(&e))?;
            tracing::info!(worker, runs = closed, "a program is gone; what it was syncing is due again");
        }
        Ok(left)
    }

    async fn database_is_new(&self) -> Result<bool> {
        let mut db = begin(&self.pool).await?;
        let sql = "SELECT now() < pg_postmaster_start_time() + interval '15 seconds'";
        let is_new = sqlx::query_scalar(sql).persistent(false).fetch_one(&mut *db);
        is_new.await.map_err(|e| failed(&e))
    }

    /// The numbers of programs that have runs going.
    async fn workers(&self) -> Result<Vec<i64>> {
        let mut db = begin(&self.pool).await?;
        let sql = "SELECT DISTINCT worker FROM sync.leases WHERE worker IS NOT NULL AND worker <> $1 ORDER BY worker";
        let workers = sqlx::query_scalar(sql).bind(self.worker).persistent(false).fetch_all(&mut *db);
        workers.await.map_err(|e| failed(&e))
    }

    fn now(&self) -> Timestamp {
        let (then, at) = self.opened;
        then.checked_add(at.elapsed()).unwrap_or(then)
    }
}
