//! The store for many machines: a PostgreSQL database that any number of programs work on.

mod claims;
pub(crate) mod control;
pub(crate) mod credentials;
mod merge;
mod news;
pub(crate) mod presence;
mod query;
mod roll_up;
pub(crate) mod rows;
pub(crate) mod schema;
mod writer;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use foliosync_engine::budget::{BudgetAsk, BudgetGrant};
use foliosync_engine::event::Heard;
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
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use presence::Presence;
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
    heard: watch::Receiver<Heard>,
    /// What goes on beside, as long as this.
    _beside: JoinSet<()>,
    _kept: Option<Box<dyn std::any::Any + Send + Sync>>,
}

impl PgStore {
    /// Connects, creating or migrating the shape of the database. Runs of programs that are gone are closed as interrupted.
    ///
    /// [`StoreError::Unusable`] where it was written by a newer version: nothing is changed then.
    /// `reader` is the address once more, with a role that may only read.
    pub async fn open(url: &str, reader: Option<&str>, now: Timestamp) -> Result<PgStore> {
        let options = options(url)?;
        let reader = reader.map(self::options).transpose()?;
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(CONNECTION_SECONDS_MAX);
        let pool = pool.connect_with(options.clone()).await.map_err(|e| failed(&e))?;
        let mut db = pool.acquire().await.map_err(|e| failed(&e))?;
        schema::prepare(&mut db).await?;
        if schema::is_being_filled(&mut db).await? {
            let why = "what a DuckDB file holds is being moved here, and not all of it is; finish that first: foliosync migrate";
            return Err(StoreError::Unusable(why.into()));
        }
        if let Some(reader) = &reader {
            query::admit(&mut db, reader.get_username()).await?;
        }
        drop(db);
        let worker = Presence::number(&pool).await?;
        let presence = Presence { options, pool: pool.clone(), worker, opened: (now, Instant::now()) };
        presence.close_the_ended().await?;
        let mut beside = JoinSet::new();
        let (held, is_held) = oneshot::channel();
        beside.spawn(presence.hold(held));
        is_held.await.map_err(|_| StoreError::Failed("the program could not make itself known".into()))??;
        let (told, telling) = watch::channel(Heard::default());
        let (hears, heard) = watch::channel(Heard::default());
        beside.spawn(news::tell(pool.clone(), worker, telling));
        beside.spawn(news::listen(pool.clone(), worker, hears));
        let (jobs, queue) = mpsc::channel(STORE_QUEUE_MAX);
        tokio::spawn(writer::serve(pool.clone(), worker, told, queue));
        Ok(PgStore { pool, jobs, reader, heard, _beside: beside, _kept: None })
    }

    /// Keeps something as long as itself, such as the lock of a folder.
    pub fn keeping(mut self, what: impl Send + Sync + 'static) -> PgStore {
        self._kept = Some(Box::new(what));
        self
    }

    async fn ask(&self, ask: Ask) -> Result<Reply> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Failed("its writer has ended".into());
        self.jobs.send(Job { ask, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// A transaction to read in.
    async fn reading(&self) -> Result<Transaction<'static, Postgres>> {
        begin(&self.pool).await
    }
}

async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>> {
    pool.begin_with(BEGIN).await.map_err(|e| failed(&e))
}

/// How to reach a database: with nothing that a pooler between us could not keep for each of its clients.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions> {
    let wrong = || StoreError::Unusable("the address is not one of PostgreSQL: postgres://user@host/name".into());
    // The library takes any scheme.
    let is_theirs = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    let options: PgConnectOptions = url.parse().ok().filter(|_| is_theirs).ok_or_else(wrong)?;
    Ok(options.application_name("foliosync").extra_float_digits(None))
}

/// What every transaction begins with. All work is done in some: a pooler may lend another connection to the next one,
/// which knows nothing of settings or of statements that were prepared.
pub(crate) const BEGIN: &str =
    "BEGIN; SET LOCAL standard_conforming_strings = on; SET LOCAL client_min_messages = warning";

/// Runs statements without parameters, several if need be.
pub(crate) async fn run(db: &mut PgConnection, sql: &str) -> Result<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_string()));
    sqlx::Executor::execute(db, statement).await.map(drop).map_err(|e| failed(&e))
}

pub(crate) fn failed(error: &sqlx::Error) -> StoreError {
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
        rows::read(&mut *self.reading().await?, &select).await
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

    async fn roll_up(&self, before: Timestamp) -> Result<usize> {
        let mut db = begin(&self.pool).await?;
        let count = roll_up::roll_up(&mut db, before).await?;
        db.commit().await.map_err(|e| failed(&e))?;
        Ok(count)
    }

    async fn describe(&self) -> Result<Vec<TableInfo>> {
        query::describe(&mut *self.reading().await?).await
    }

    async fn credentials(&self, of: Option<ConnectionId>) -> Result<SealedOf> {
        credentials::read(&mut *self.reading().await?, of).await
    }

    async fn rekey(&self, rekeying: Rekeying) -> Result<usize> {
        expect_reply!(self.ask(Ask::Rekey(rekeying)).await?, Reply::Rekeyed(count) => count)
    }

    async fn backup(&self, _: &Path) -> Result<()> {
        Err(StoreError::Failed("a PostgreSQL database is backed up with pg_dump".into()))
    }

    fn heard(&self) -> watch::Receiver<Heard> {
        self.heard.clone()
    }
}
