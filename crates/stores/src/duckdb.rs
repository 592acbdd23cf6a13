//! The embedded store: one DuckDB file, one writer thread that commits for everybody, any number of readers.

mod backup;
mod control;
mod convert;
mod credentials;
mod describe;
pub mod export;
mod merge;
pub(crate) mod open;
pub mod query;
pub(crate) mod read;
mod roll_up;
mod schema;
mod snapshot;
mod stage;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use duckdb::Connection as Db;
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
use tokio::sync::{mpsc, oneshot};

use query::{Queries, QueryProgram};
use snapshot::{Commits, Current, Snapshots};
use writer::{Ask, Copy, Job, Reply, Writer};

type Result<T> = std::result::Result<T, StoreError>;

macro_rules! expect_reply {
    ($reply:expr, $pattern:pat => $value:expr) => {
        match $reply {
            $pattern => Ok($value),
            _ => Err(StoreError::Failed("its writer answered another question".into())),
        }
    };
}

/// A DuckDB file, held by this process alone until the last handle is dropped.
pub struct DuckStore {
    jobs: Option<mpsc::Sender<Job>>,
    readers: Readers,
    credentials: credentials::Shared,
    snapshots: Snapshots,
    queries: Queries,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl DuckStore {
    /// Opens the file, creating or migrating it. Leases of an earlier process are void, and its runs that never ended
    /// are closed as interrupted.
    ///
    /// [`StoreError::Locked`] where another process holds it; [`StoreError::Unusable`] where it is damaged or was
    /// written by a newer version: nothing is changed then.
    pub fn open(path: &Path, now: Timestamp) -> Result<DuckStore> {
        let readers = Readers::default();
        let credentials = credentials::Shared::default();
        let commits = Commits::default();
        let writer = Writer::open(path, readers.clone(), credentials.clone(), commits.clone(), now)?;
        let (jobs, queue) = mpsc::channel(STORE_QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("duckdb-writer".into())
            .spawn(move || writer.serve(queue))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let (snapshots, queries) = (Snapshots::beside(path, commits), Queries::new(QueryProgram::this()));
        Ok(DuckStore { jobs: Some(jobs), readers, credentials, snapshots, queries, thread: Some(thread) })
    }

    /// Runs statements of users in another program than this one.
    pub fn with_query_program(mut self, program: QueryProgram) -> DuckStore {
        self.queries = Queries::new(program);
        self
    }

    async fn published(&self, age_max: Option<Duration>, now: Timestamp) -> Result<Current<'_>> {
        let make = async |target: PathBuf| expect_reply!(self.ask(Ask::Copy(Copy::Snapshot(target))).await?, Reply::Copied(copied) => copied);
        self.snapshots.current(age_max, now, make).await
    }

    async fn ask(&self, ask: Ask) -> Result<Reply> {
        let (reply, answer) = oneshot::channel();
        let gone = || StoreError::Failed("its writer has ended".into());
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Job { ask, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Runs `work` on a connection of its own, on a thread that may block, in one transaction: a plan leans on the
    /// statistics of its tables, and rows that are committed between a read's plan and its execution come out of it as
    /// garbage, or pass a filter that the plan had left out.
    async fn reading<T: Send + 'static>(&self, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Result<T> {
        let readers = self.readers.clone();
        let done = tokio::task::spawn_blocking(move || {
            let reader = readers.take()?;
            let result = transaction(&reader.db, "BEGIN READ ONLY", || work(&reader.db));
            readers.put_back(reader);
            result
        });
        done.await.map_err(|error| StoreError::Failed(format!("a read broke off: {error}")))?
    }
}

/// Waits until everything that was asked for is written and the file is closed.
impl Drop for DuckStore {
    fn drop(&mut self) {
        self.jobs = None;
        self.readers.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[async_trait]
impl Store for DuckStore {
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
        self.reading(move |db| read::read(db, &select)).await
    }

    async fn query(&self, ask: QueryAsk) -> Result<Answer> {
        let _turn = self.queries.turn().await?;
        let copy = self.published(ask.age_max, ask.now).await?;
        self.queries.run(ask, &self.snapshots, copy).await
    }

    async fn snapshot(&self, age_max: Duration, now: Timestamp) -> Result<SnapshotFile> {
        let snapshot = self.published(Some(age_max), now).await?.snapshot.clone();
        self.snapshots.settled(snapshot)
    }

    async fn roll_up(&self, before: Timestamp) -> Result<usize> {
        expect_reply!(self.ask(Ask::RollUp(before)).await?, Reply::RolledUp(count) => count)
    }

    async fn describe(&self) -> Result<Vec<TableInfo>> {
        self.reading(describe::describe).await
    }

    async fn credentials(&self, of: Option<ConnectionId>) -> Result<SealedOf> {
        Ok(self.credentials.of(of))
    }

    async fn rekey(&self, rekeying: Rekeying) -> Result<usize> {
        expect_reply!(self.ask(Ask::Rekey(rekeying)).await?, Reply::Rekeyed(count) => count)
    }

    async fn backup(&self, folder: &Path) -> Result<()> {
        expect_reply!(self.ask(Ask::Copy(Copy::Backup(folder.into()))).await?, Reply::Copied(_) => ())
    }
}

/// Commits if `work` succeeds. DuckDB answers `COMMIT` of a transaction that an error has spoilt with success and keeps
/// nothing, so any error rolls back.
fn transaction<T>(db: &Db, begin: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    db.execute_batch(begin).map_err(|e| open::failed(&e))?;
    let done = work().and_then(|value| db.execute_batch("COMMIT").map(|()| value).map_err(|e| open::failed(&e)));
    if done.is_err() {
        // Fails where the commit itself failed: then nothing is open.
        let _ = db.execute_batch("ROLLBACK");
    }
    done
}

/// Connections for reading, cloned from the writer's and used again. A new writer makes the old ones void.
#[derive(Clone, Default)]
struct Readers {
    shared: Arc<Mutex<Pool>>,
}

#[derive(Default)]
struct Pool {
    source: Option<Db>,
    generation: u64,
    idle: Vec<Db>,
}

struct Reader {
    db: Db,
    generation: u64,
}

impl Readers {
    fn pool(&self) -> std::sync::MutexGuard<'_, Pool> {
        self.shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// From here on, readers see the database that `source` is open on.
    fn renew(&self, source: Db) {
        let mut pool = self.pool();
        *pool = Pool { source: Some(source), generation: pool.generation + 1, idle: Vec::new() };
    }

    fn close(&self) {
        let mut pool = self.pool();
        *pool = Pool { source: None, generation: pool.generation + 1, idle: Vec::new() };
    }

    fn take(&self) -> Result<Reader> {
        let mut pool = self.pool();
        let generation = pool.generation;
        if let Some(db) = pool.idle.pop() {
            return Ok(Reader { db, generation });
        }
        let closed = || StoreError::Failed("it is closed".into());
        let db = pool.source.as_ref().ok_or_else(closed)?.try_clone().map_err(|e| open::failed(&e))?;
        Ok(Reader { db, generation })
    }

    fn put_back(&self, reader: Reader) {
        let mut pool = self.pool();
        if pool.generation == reader.generation {
            pool.idle.push(reader.db);
        }
    }
}
