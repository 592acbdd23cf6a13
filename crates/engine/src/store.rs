//! What a store is: few methods, and the promise that a page lands as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::budget::{BudgetAsk, BudgetGrant};
use crate::event::Heard;
use crate::limits::{QUERY_ROWS_MAX, QUERY_SECONDS_MAX};
use crate::model::sync::{
    Connection, ConnectionId, Counts, Cursor, Outcome, RunId, Stream, SyncOptions, SyncRequest, Trigger,
};
use crate::model::{Batch, Record, RowError, Table};
use crate::provider::{Page, Role};
use crate::secrets::{Rekeying, SealError, SealedOf, Sealing};

/// One database. Every store passes the suite in `testkit::store_contract`, which is this text as tests.
#[async_trait]
pub trait Store: Send + Sync {
    /// Adds a connection (with its streams, due now) or changes one. A change raises the lease's epoch: a run that is
    /// going is closed as interrupted, and none of its later pages lands.
    ///
    /// The draft's credentials are sealed for the connection's id and are durable before its row is. Cut off in between,
    /// a new connection leaves none behind, and a changed one has its new credentials.
    ///
    /// Refuses a label that another connection bears, and an id that is unknown or removed.
    async fn put_connection(&self, draft: ConnectionDraft) -> Result<Connection, StoreError>;

    /// Removes a connection with its streams, gaps and credentials, and with all its rows of data unless they are to be
    /// kept. Raises the epoch. Its runs stay in the log.
    async fn remove_connection(&self, id: ConnectionId, rows: RowsOfRemoved, now: Timestamp) -> Result<(), StoreError>;

    /// Records what somebody asked for and marks its streams due, in one transaction. Streams of a run that is going
    /// are left to it, where the request joins; otherwise they are due again as soon as it ends.
    async fn request(&self, ask: SyncAsk) -> Result<SyncRequest, StoreError>;

    /// Leases connections that are due at `now` and not leased, oldest due first, and starts a run for each. A lease
    /// that has run out is taken over: its run is closed as interrupted.
    ///
    /// The lease holds when this returns; the run's row and first line may be readable a moment later, at the latest
    /// with its first commit.
    async fn claim(&self, ask: ClaimAsk) -> Result<Vec<Claim>, StoreError>;

    /// Applies one step of a run in one transaction: the page's changes, the stream's watermark, the gaps, the run's
    /// counts, the log's lines, and the ends of the stream and of the run where the step holds them. Renews the lease.
    ///
    /// [`StoreError::LeaseLost`] when the lease's epoch is no longer the connection's; then nothing was changed.
    /// After any error nothing was changed, and the same step may be tried again.
    async fn commit(&self, lease: &Lease, step: Step) -> Result<Receipt, StoreError>;

    /// Takes from budgets of requests, all that is asked for or nothing, or notes what a provider said about one. The
    /// rules are those of [`crate::budget`]. What was granted is stored as used before this returns, and so is a ban:
    /// a program that starts again grants nothing twice and forgets no ban.
    async fn budget(&self, ask: BudgetAsk) -> Result<BudgetGrant, StoreError>;

    /// Merges rows into tables that no connection owns, in one transaction: what users say about instruments.
    async fn put_rows(&self, rows: Vec<Batch>) -> Result<(), StoreError>;

    /// Committed rows of one table. Rows are whole: none is of a transaction that is still going.
    async fn read(&self, select: Select) -> Result<Batch, StoreError>;

    /// Runs one statement that users or models wrote. It only reads, sees committed rows of one moment, which the answer
    /// names, and cannot take more time or memory than `limits.rs` grants, whatever it says. Dropping the future ends
    /// the statement.
    async fn query(&self, ask: QueryAsk) -> Result<Answer, StoreError>;

    /// A copy of all that can be queried, for whoever reads it elsewhere: brought up to date where rows were committed
    /// since and the last is older than `age_max`, and durable. It holds nothing secret.
    async fn snapshot(&self, age_max: Duration, now: Timestamp) -> Result<SnapshotFile, StoreError>;

    /// Sums up the oldest runs that ended before a time, `ROLL_UP_RUNS_MAX` at most, by connection and day, and takes
    /// them and their lines out of the log, all or nothing. Gives their number: with 0 there is nothing left to do.
    /// The last run of a connection stays, and so does the last request: numbers are never given out twice.
    async fn roll_up(&self, before: Timestamp) -> Result<usize, StoreError>;

    /// What can be queried: tables and views with their columns, what they mean, and how many rows they hold.
    async fn describe(&self) -> Result<Vec<TableInfo>, StoreError>;

    /// The sealed credentials of one connection or of all; a connection that has none is left out. No query sees them.
    async fn credentials(&self, of: Option<ConnectionId>) -> Result<SealedOf, StoreError>;

    /// Seals all credentials anew in one step, and gives their number: after a crash at any instruction, either all are
    /// sealed with the old key or all with the new one. One that does not open with the old key refuses it for all.
    async fn rekey(&self, rekeying: Rekeying) -> Result<usize, StoreError>;

    /// Writes a copy of everything, as of one moment between two commits, into an empty folder: the database, and the
    /// credentials under seal. Work goes on meanwhile. The copy is durable when this returns.
    async fn backup(&self, folder: &Path) -> Result<(), StoreError>;

    /// Tells when other programs committed something, as a hint: some may be lost, and what they were about is read. A
    /// store that one program has to itself has nobody to hear of.
    fn heard(&self) -> watch::Receiver<Heard> {
        watch::channel(Heard::default()).1
    }
}

/// A connection to be added (`id` is `None`) or changed.
#[derive(Debug, Clone)]
pub struct ConnectionDraft {
    pub id: Option<ConnectionId>,
    pub provider: String,
    pub label: String,
    pub settings: std::collections::BTreeMap<String, String>,
    /// What changes among its credentials; the others stay.
    pub credentials: Sealing,
    pub owner: Option<String>,
    pub sync_enabled: bool,
    pub interval_secs: i64,
    /// The names of the provider's streams.
    pub streams: Vec<String>,
    pub now: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsOfRemoved {
    Keep,
    Delete,
}

/// "Sync now", as the store records it.
#[derive(Debug, Clone)]
pub struct SyncAsk {
    pub connections: Vec<ConnectionId>,
    /// Empty means every stream.
    pub streams: Vec<String>,
    pub options: SyncOptions,
    pub trigger: Trigger,
    pub now: Timestamp,
}

#[derive(Debug, Clone)]
pub struct ClaimAsk {
    pub now: Timestamp,
    pub lease_for: Duration,
    pub max: usize,
    /// The same for one provider's connections; providers that are not named have no bound of their own.
    pub max_of: BTreeMap<String, usize>,
    /// Whether schedules count, or only what somebody asked for.
    pub schedules: bool,
}

/// The right to run a connection until a time. Every write of the run carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub connection: ConnectionId,
    pub epoch: i64,
    pub run: RunId,
    pub until: Timestamp,
    pub lease_for: Duration,
}

#[derive(Debug, Clone)]
pub struct Claim {
    pub lease: Lease,
    pub connection: Connection,
    pub trigger: Trigger,
    /// The streams that are due, at least one.
    pub streams: Vec<Stream>,
}

/// What one commit adds to a run.
#[derive(Debug, Clone)]
pub struct Step {
    pub stream: String,
    pub page: Option<Page>,
    pub stream_end: Option<StreamEnd>,
    /// Closes the run; its outcome is the worst of its streams'.
    pub run_end: bool,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StreamEnd {
    /// Of its provider: what a mirror has written is nothing that was read, and moves no `last_synced`.
    pub role: Role,
    pub outcome: Outcome,
    pub error: Option<String>,
    pub next_due: Option<Timestamp>,
    /// Failures since the last success, this one included.
    pub failures: i64,
}

impl StreamEnd {
    /// For a stream that the program left before it was done: as it was, and still due.
    pub fn released(stream: &Stream) -> StreamEnd {
        let next_due = stream.next_due;
        let (role, outcome) = (Role::Source, Outcome::Interrupted);
        StreamEnd { role, outcome, error: stream.error.clone(), next_due, failures: stream.failures }
    }
}

#[derive(Debug, Clone)]
pub struct Receipt {
    pub lease: Lease,
    /// The last line of the log that this commit wrote.
    pub cursor: Cursor,
    pub counts: Counts,
    /// Rows that were written in tables of data; rows that were already equal do not count.
    pub rows_written: i64,
    /// How the run ended, where this step closed it.
    pub run_outcome: Option<Outcome>,
}

/// Which rows of one table to read, all of them by default.
#[derive(Debug, Clone)]
pub struct Select {
    pub table: &'static Table,
    pub filters: Vec<Filter>,
    pub order: Option<Order>,
    pub max_rows: Option<usize>,
}

#[derive(Debug, Clone)]
pub enum Filter {
    Is(&'static str, i64),
    IsText(&'static str, String),
    In(&'static str, Vec<i64>),
    After(&'static str, i64),
    Before(&'static str, i64),
    /// Both days included.
    Between(&'static str, Date, Date),
}

#[derive(Debug, Clone, Copy)]
pub enum Order {
    Ascending(&'static str),
    Descending(&'static str),
}

impl Select {
    pub fn all(table: &'static Table) -> Select {
        Select { table, filters: Vec::new(), order: None, max_rows: None }
    }

    /// The rows that a connection owns or that are about it.
    pub fn of(table: &'static Table, connection: ConnectionId) -> Select {
        Select::all(table).with(Filter::Is("connection_id", connection))
    }

    pub fn with(mut self, filter: Filter) -> Select {
        self.filters.push(filter);
        self
    }

    pub fn ascending(mut self, column: &'static str) -> Select {
        self.order = Some(Order::Ascending(column));
        self
    }

    pub fn descending(mut self, column: &'static str) -> Select {
        self.order = Some(Order::Descending(column));
        self
    }

    pub fn max(mut self, rows: usize) -> Select {
        self.max_rows = Some(rows);
        self
    }
}

impl dyn Store + '_ {
    /// The ids of the keys that credentials are sealed with.
    pub async fn sealed_with(&self) -> Result<BTreeSet<String>, StoreError> {
        let all = self.credentials(None).await?;
        Ok(all.into_values().flatten().map(|(_, sealed)| sealed.key_id).collect())
    }

    /// Reads rows as the records they were written from.
    pub async fn records<R: Record>(&self, narrow: impl FnOnce(Select) -> Select + Send) -> Result<Vec<R>, StoreError> {
        Ok(self.read(narrow(Select::all(R::TABLE))).await?.records()?)
    }
}

/// A statement that users or models wrote.
#[derive(Debug, Clone)]
pub struct QueryAsk {
    pub sql: String,
    /// Rows of the answer that are passed over.
    pub offset: usize,
    /// At most `QUERY_ROWS_MAX`.
    pub limit: usize,
    pub format: RowsFormat,
    /// How old the rows may be where newer ones were committed. `None` leaves it to the store, which weighs the age
    /// against the cost of a copy.
    pub age_max: Option<Duration>,
    /// Time after which it is stopped, `QUERY_SECONDS_MAX` at most.
    pub time_max: Duration,
    pub now: Timestamp,
}

impl QueryAsk {
    /// As much as an answer holds, from rows that are as new as can be.
    pub fn newest(sql: &str, now: Timestamp) -> QueryAsk {
        let age_max = Some(Duration::ZERO);
        let (limit, time_max) = (QUERY_ROWS_MAX, QUERY_SECONDS_MAX);
        QueryAsk { sql: sql.into(), offset: 0, limit, format: RowsFormat::Json, age_max, time_max, now }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RowsFormat {
    #[default]
    Json,
    /// A stream of Arrow's IPC format.
    Arrow,
}

/// The answer to a query.
#[derive(Debug, Serialize)]
pub struct Answer {
    pub columns: Vec<AnswerColumn>,
    pub rows: Rows,
    /// Whether a limit cut rows off, and which.
    pub truncated: Option<String>,
    pub snapshot: Snapshot,
}

/// Rows as they go out.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Rows {
    /// A list of lists of values; decimals are texts, so that no digit is lost.
    Json(Box<RawValue>),
    #[serde(skip)]
    Arrow(Vec<u8>),
}

/// Which commits an answer saw.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The last line of the log in it.
    pub cursor: Cursor,
    /// Nothing was committed between the copy and this moment.
    pub at: Timestamp,
    pub age_ms: i64,
}

/// A copy that anybody may open.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotFile {
    #[serde(flatten)]
    pub snapshot: Snapshot,
    pub path: PathBuf,
    pub bytes: u64,
}

/// One table or view that can be queried.
#[derive(Debug, Clone, Serialize)]
pub struct TableInfo {
    pub schema: String,
    pub name: String,
    /// `table` or `view`.
    pub kind: String,
    pub doc: Option<String>,
    /// Of tables; to count what a view shows would cost as much as to read it.
    pub rows: Option<i64>,
    pub columns: Vec<ColumnInfo>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ColumnInfo {
    pub name: String,
    /// As in an [`AnswerColumn`].
    #[serde(rename = "type")]
    pub kind: String,
    pub doc: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("the lease was lost: the connection was changed, removed, or taken over")]
    LeaseLost,
    #[error("there is no connection {0}")]
    UnknownConnection(ConnectionId),
    #[error("another connection is labelled `{0}`; choose another label")]
    LabelTaken(String),
    /// The user's statement was refused or failed.
    #[error("{0}")]
    Query(String),
    /// Another process holds the database.
    #[error("{0}")]
    Locked(String),
    /// The database cannot be used as it is: damaged, or from a newer version.
    #[error("{0}")]
    Unusable(String),
    /// Credentials could not be sealed, or not sealed anew; nothing was changed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database refused a write or a read: no space, an input or output error, a mistake of ours.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl From<RowError> for StoreError {
    fn from(error: RowError) -> StoreError {
        StoreError::Unusable(format!("the database holds a row that this version cannot read: {error}"))
    }
}
