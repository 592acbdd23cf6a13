//! The store for many machines: a PostgreSQL database that any number of programs work on.

mod claims;
mod control;
mod credentials;
mod merge;
mod query;
mod rows;
mod schema;
mod writer;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use foliosync_engine::budget::{BudgetAsk, BudgetGrant};
use foliosync_engine::limits::STORE_QUEUE_MAX;
use foliosync_engine::model::Batch;
use foliosync_engine::model::sync::{Connection, ConnectionId, SyncRequest};
use foliosync_engine::provider::{Change, Page};
use foliosync_engine::secrets::{Rekeying, SealedOf};
use foliosync_engine::store::{
    Answer, Claim, ClaimAsk, ConnectionDraft, Lease, QueryAsk, Receipt, RowsOfRemoved, Select, SnapshotFile, Step,
    Store, StoreError, SyncAsk, TableInfo,
};
use jiff::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tokio::sync::{mpsc, oneshot};

use writer::{Ask, Job, Reply};

type Result<T> = std::result::Result<T, StoreError>;

/// Connections to the database that one program holds at most.
const CONNECTIONS_MAX: u32 = 8;
/// How long a read may wait for one of them.
const CONNECTION_SECONDS_MAX: Duration = Duration::from_secs(30);

/// One program's way to a database that it shares with others.
pub struct PgStore {
    pool: PgPool,
    jobs: mpsc::Sender<Job>,
    /// As whom statements of users are run; without, none are.
    reader: Option<PgConnectOptions>,
    /// Open as long as this program lives: the lock on its number is how others know.
    _alive: tokio::sync::Mutex<PgConnection>,
    _kept: Option<Box<dyn std::any::Any + Send + Sync>>,
}

impl PgStore {
    /// Connects, creating or migrating the shape of the database. Runs of programs that are gone are closed as interrupted.
    ///
    /// [`StoreError::Unusable`] where it was written by a newer version: nothing is changed then.
    /// `reader` is the address once more, with a role that may only read.
    pub async fn open(url: &str, reader: Option<&str>, now: Timestamp) -> Result<PgStore> {
        let parsed = |url: &str| -> Result<PgConnectOptions> {
            let wrong =
                |_| StoreError::Unusable("the address is not one of PostgreSQL: postgres://user@host/name".into());
            url.parse().map_err(wrong)
        };
        let options = parsed(url)?;
        let reader = reader.map(parsed).transpose()?;
        let options = options.application_name("foliosync").options([
            ("timezone", "UTC"),
            ("datestyle", "ISO"),
            ("standard_conforming_strings", "on"),
            ("client_min_messages", "warning"),
        ]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(CONNECTION_SECONDS_MAX);
        let pool = pool.connect_with(options.clone()).await.map_err(|e| failed(&e))?;
        let mut db = pool.acquire().await.map_err(|e| failed(&e))?;
        schema::prepare(&mut db).await?;
        if let Some(reader) = &reader {
            query::admit(&mut db, reader.get_username()).await?;
        }
        drop(db);
        let mut alive = <PgConnection as sqlx::Connection>::connect_with(&options).await.map_err(|e| failed(&e))?;
        let worker = control::take(&mut alive, "worker", 1).await? + 1;
        run(&mut alive, &format!("SELECT pg_advisory_lock({WORKERS}, {worker})")).await?;
        let store =
            PgStore { jobs: serve(&pool, worker), pool, reader, _alive: tokio::sync::Mutex::new(alive), _kept: None };
        store.close_the_dead(now).await?;
        Ok(store)
    }

    /// Keeps something as long as itself, such as the lock of a folder.
    pub fn keeping(mut self, what: impl Send + Sync + 'static) -> PgStore {
        self._kept = Some(Box::new(what));
        self
    }

    /// Closes the runs of programs that do not hold the lock on their number any more.
    async fn close_the_dead(&self, now: Timestamp) -> Result<()> {
        let mut db = self.pool.acquire().await.map_err(|e| failed(&e))?;
        let sql = "SELECT DISTINCT worker FROM sync.leases WHERE worker IS NOT NULL ORDER BY worker";
        let workers = sqlx::query_scalar::<_, i64>(sql).persistent(false).fetch_all(&mut *db);
        for worker in workers.await.map_err(|e| failed(&e))? {
            run(&mut db, "BEGIN").await?;
            let sql = format!("SELECT pg_try_advisory_xact_lock({WORKERS}, {worker})");
            let is_dead = sqlx::query_scalar::<_, bool>(AssertSqlSafe(sql)).persistent(false).fetch_one(&mut *db);
            let closed = match is_dead.await {
                Ok(true) => claims::abandon(&mut db, worker, now).await,
                Ok(false) => Ok(()),
                Err(error) => Err(failed(&error)),
            };
            run(&mut db, if closed.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
            closed?;
        }
        Ok(())
    }

    async fn ask(&self, ask: Ask) -> Result<Reply> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Failed("its writer has ended".into());
        self.jobs.send(Job { ask, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    async fn connection(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>> {
        self.pool.acquire().await.map_err(|e| failed(&e))
    }
}

/// The space of locks on the numbers of programs.
const WORKERS: i32 = 0x666f_6c69;

fn serve(pool: &PgPool, worker: i64) -> mpsc::Sender<Job> {
    let (jobs, queue) = mpsc::channel(STORE_QUEUE_MAX);
    tokio::spawn(writer::serve(pool.clone(), worker, queue));
    jobs
}

/// Runs statements without parameters, several if need be.
async fn run(db: &mut PgConnection, sql: &str) -> Result<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_string()));
    sqlx::Executor::execute(db, statement).await.map(drop).map_err(|e| failed(&e))
}

fn failed(error: &sqlx::Error) -> StoreError {
    StoreError::Failed(match error {
        sqlx::Error::Database(told) => told.message().to_string(),
        other => other.to_string(),
    })
}

macro_rules! expect_reply {
    ($reply:expr, $pattern:pat => $value:expr) => {
        match $reply {
            $pattern => Ok($value),
            _ => Err(StoreError::Failed("its writer answered another question".into())),
        }
    };
}

#[async_trait]
impl Store for PgStore {
    async fn put_connection(&self, draft: ConnectionDraft) -> Result<Connection> {
        expect_reply!(self.ask(Ask::Put(draft)).await?, Reply::Connection(connection) => connection)
    }

    async fn remove_connection(&self, id: ConnectionId, rows: RowsOfRemoved, now: Timestamp) -> Result<()> {
        expect_reply!(self.ask(Ask::Remove(id, rows, now)).await?, Reply::Removed => ())
    }

    async fn request(&self, ask: SyncAsk) -> Result<SyncRequest> {
        expect_reply!(self.ask(Ask::Request(ask)).await?, Reply::Request(request) => request)
    }

    async fn claim(&self, ask: ClaimAsk) -> Result<Vec<Claim>> {
        expect_reply!(self.ask(Ask::Claim(ask)).await?, Reply::Claims(claims) => claims)
    }

    async fn commit(&self, lease: &Lease, step: Step) -> Result<Receipt> {
        let ask = Ask::Commit(Box::new((lease.clone(), step)));
        expect_reply!(self.ask(ask).await?, Reply::Receipt(receipt) => receipt)
    }

    async fn put_rows(&self, rows: Vec<Batch>) -> Result<()> {
        let changes = rows.into_iter().map(Change::Upsert).collect();
        let page = Page { changes, ..Page::last(serde_json::Value::Null) };
        expect_reply!(self.ask(Ask::Rows(page)).await?, Reply::Rows => ())
    }

    async fn budget(&self, ask: BudgetAsk) -> Result<BudgetGrant> {
        expect_reply!(self.ask(Ask::Budget(ask)).await?, Reply::Budget(grant) => grant)
    }

    async fn read(&self, select: Select) -> Result<Batch> {
        rows::read(&mut *self.connection().await?, &select).await
    }

    async fn query(&self, ask: QueryAsk) -> Result<Answer> {
        let none = "no role is set for queries: CREATE ROLE foliosync_reader LOGIN PASSWORD '…', and set \
                    FOLIOSYNC_STORE_READER to the database's address with that role";
        let reader = self.reader.as_ref().ok_or_else(|| StoreError::Query(none.into()))?;
        query::answer(reader, ask).await
    }

    async fn snapshot(&self, _: Duration, _: Timestamp) -> Result<SnapshotFile> {
        Err(StoreError::Failed("a PostgreSQL database is read where it is: there is no copy of it".into()))
    }

    async fn describe(&self) -> Result<Vec<TableInfo>> {
        query::describe(&mut *self.connection().await?).await
    }

    async fn credentials(&self, of: Option<ConnectionId>) -> Result<SealedOf> {
        credentials::read(&mut *self.connection().await?, of).await
    }

    async fn rekey(&self, rekeying: Rekeying) -> Result<usize> {
        expect_reply!(self.ask(Ask::Rekey(rekeying)).await?, Reply::Rekeyed(count) => count)
    }

    async fn backup(&self, _: &Path) -> Result<()> {
        Err(StoreError::Failed("a PostgreSQL database is backed up with pg_dump".into()))
    }
}
