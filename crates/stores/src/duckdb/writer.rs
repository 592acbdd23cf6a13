//! The one thread that writes. It takes everything that waits, commits it as one transaction, and answers each caller.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use duckdb::Connection as Db;
use foliosync_engine::budget::{BudgetAsk, BudgetGrant};
use foliosync_engine::ledger::{Delta, Ledger, Stored};
use foliosync_engine::limits::{GROUP_PAGES_MAX, GROUP_ROWS_MAX};
use foliosync_engine::model::notification::Notification;
use foliosync_engine::model::quota::QuotaRow;
use foliosync_engine::model::sync::{Connection, ConnectionId, Gap, Run, Setting, Stream, SyncRequest};
use foliosync_engine::model::{Batch, Record};
use foliosync_engine::provider::Page;
use foliosync_engine::secrets::{Rekeying, SealedOf};
use foliosync_engine::store::{
    Claim, ClaimAsk, ConnectionDraft, Filter, Lease, Receipt, RowsOfRemoved, Select, Step, StoreError, SyncAsk,
};
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::backup;
use super::credentials::{Credentials, Shared};
use super::merge;
use super::open::{self, failed, is_fatal};
use super::snapshot::{Commits, Copied, copy_file};
use super::{Readers, Result, control, read, roll_up, schema, transaction};
use crate::work::OwnedPage;

/// What is asked of the writer, and whom to tell.
pub struct Job {
    pub ask: Ask,
    pub reply: oneshot::Sender<Result<Reply>>,
}

pub enum Ask {
    Put(ConnectionDraft),
    Remove(ConnectionId, RowsOfRemoved, Timestamp),
    Request(SyncAsk),
    Claim(ClaimAsk),
    Commit(Box<(Lease, Step)>),
    /// Rows that no connection owns.
    Rows(Page),
    Rekey(Rekeying),
    Copy(Copy),
    Budget(BudgetAsk),
    /// Of runs that ended before this time.
    RollUp(Timestamp),
}

/// A copy of the file, to be made.
pub enum Copy {
    /// At this path.
    Snapshot(PathBuf),
    /// In this folder, with the credentials, and durable.
    Backup(PathBuf),
}

pub enum Reply {
    Connection(Connection),
    Removed,
    Request(SyncRequest),
    Claims(Vec<Claim>),
    Receipt(Receipt),
    Rows,
    Rekeyed(usize),
    Copied(Copied),
    Budget(BudgetGrant),
    RolledUp(usize),
}

impl Ask {
    fn page(&self) -> Option<&Page> {
        match self {
            Ask::Commit(commit) => commit.1.page.as_ref(),
            Ask::Rows(page) => Some(page),
            _ => None,
        }
    }

    fn rows(&self) -> usize {
        self.page().map_or(0, |page| page.changes.iter().map(|change| change.rows().len()).sum())
    }
}

/// After this much quiet the log of commits is folded into the file.
const CHECKPOINT_AFTER_QUIET: Duration = Duration::from_secs(2);
/// A log longer than this is folded when the file is opened: a program that is killed again and again, and never has a
/// quiet moment, would replay an ever longer one at each start.
const FOLD_AT_OPEN_BYTES: u64 = 16 << 20;
/// The log of commits is folded into the file when the writer is idle, or when it is this long.
const FOLD_AT_BYTES: u64 = 256 << 20;
/// How long the start of a run may wait to be written together with its first page: the time of most requests, and
/// nothing to somebody who watches. Two transactions for one page would halve what a small machine can do.
const STARTS_WAIT_MAX: Duration = Duration::from_millis(100);
/// With so many runs going, a group waits for their pages: a transaction costs 15 ms before its first row, and then
/// little for each page.
const COMPANY_MIN: usize = 64;
const COMPANY_WAIT_MAX: Duration = Duration::from_millis(10);

pub struct Writer {
    path: PathBuf,
    /// `None` after a failure that only opening anew can mend.
    db: Option<Db>,
    /// The file once more, for backups. It is never closed before the database is: closing any handle of a file gives
    /// up all locks that this process has on it.
    source: Option<Arc<File>>,
    credentials: Credentials,
    ledger: Ledger,
    readers: Readers,
    /// Rows about claims that were answered already. A lease lives in memory alone and ends with the process, so
    /// nothing is lost with them, and most runs end so soon that their start and end are one row.
    starts: Delta,
    dirty: bool,
    commits: Commits,
    /// Copies that are being made. Until they are, nothing is folded: that would change the file under them.
    copies: Vec<JoinHandle<()>>,
}

impl Writer {
    pub fn open(
        path: &Path,
        readers: Readers,
        credentials: Shared,
        commits: Commits,
        now: Timestamp,
    ) -> Result<Writer> {
        let mut writer = Writer {
            path: path.into(),
            db: None,
            source: None,
            credentials: Credentials::beside(path, credentials),
            ledger: Ledger::default(),
            readers,
            starts: Delta::default(),
            dirty: false,
            commits,
            copies: Vec::new(),
        };
        writer.reopen(now)?;
        Ok(writer)
    }

    /// Opens the file and takes up where it stands.
    fn reopen(&mut self, now: Timestamp) -> Result<()> {
        self.readers.close();
        // Theirs is the last handle of the file otherwise, and closing it would give up the lock that is taken next.
        self.finish_copies();
        (self.db, self.source) = (None, None);
        let replayed_bytes = open::log_bytes(&self.path);
        let mut db = open::open(&self.path)?;
        if replayed_bytes > FOLD_AT_OPEN_BYTES
            && let Err(error) = fold(&db)
        {
            warn_unfolded(Err(error));
            // A full disk, say. The instance may be spoilt by it, the file is not: it can be read all the same.
            drop(db);
            db = open::open(&self.path)?;
        }
        schema::prepare(&db, &self.path, now)?;
        let stored = stored(&db)?;
        let live = stored.connections.iter().filter(|connection| connection.removed_at.is_none());
        self.credentials.load(&live.map(|connection| connection.id).collect())?;
        let mut ledger = Ledger::load(stored, now);
        let delta = ledger.take_delta();
        transaction(&db, "BEGIN", || control::write(&db, &delta))?;
        self.readers.renew(db.try_clone().map_err(|e| failed(&e))?);
        (self.db, self.ledger, self.starts) = (Some(db), ledger, Delta::default());
        Ok(())
    }

    /// Answers jobs until nobody can ask any more, then closes the file.
    pub fn serve(mut self, mut queue: mpsc::Receiver<Job>) {
        // Only for the time-out of a wait: the thread does nothing else asynchronous.
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { return };
        loop {
            let quiet = match (self.starts.is_empty(), self.dirty) {
                (false, _) => STARTS_WAIT_MAX,
                (true, true) => CHECKPOINT_AFTER_QUIET,
                (true, false) => Duration::from_secs(3_600),
            };
            match runtime.block_on(async { timeout(quiet, queue.recv()).await }) {
                Ok(Some(first)) => {
                    let group = self.gather(first, &mut queue, &runtime);
                    if !group.is_empty() {
                        self.commit_group(group);
                    }
                }
                Ok(None) => break,
                Err(_) if !self.starts.is_empty() => self.write_starts(),
                Err(_) => self.checkpoint(),
            }
        }
        self.finish_copies();
        self.write_starts();
        self.checkpoint();
        self.readers.close();
    }

    /// What one transaction takes of the jobs that wait. What needs none is answered on the way.
    fn gather(&mut self, first: Job, queue: &mut mpsc::Receiver<Job>, runtime: &Runtime) -> Vec<Job> {
        let until = Instant::now() + COMPANY_WAIT_MAX;
        let (mut group, mut rows) = (Vec::new(), 0);
        let mut next = Some(first);
        loop {
            while let Some(job) = next.take().or_else(|| queue.try_recv().ok()) {
                let Job { ask, reply } = job;
                if matches!(ask, Ask::Rekey(_) | Ask::Copy(_)) && !group.is_empty() {
                    // What was asked before it comes before it.
                    self.commit_group(std::mem::take(&mut group));
                    rows = 0;
                }
                let answer = match ask {
                    Ask::Claim(ask) => self.claim(ask).map(Reply::Claims),
                    Ask::Rekey(rekeying) => self.rekey(&rekeying).map(Reply::Rekeyed),
                    Ask::Copy(copy) => {
                        self.copy(copy, reply);
                        next = None;
                        continue;
                    }
                    ask => {
                        rows += ask.rows();
                        group.push(Job { ask, reply });
                        if group.len() == GROUP_PAGES_MAX || rows >= GROUP_ROWS_MAX {
                            return group;
                        }
                        continue;
                    }
                };
                let _ = reply.send(answer);
            }
            let (live, left) = (self.ledger.live_runs(), until.saturating_duration_since(Instant::now()));
            let is_enough = live < COMPANY_MIN || group.len() >= live / 4 * 3;
            if group.is_empty() || is_enough || left.is_zero() {
                return group;
            }
            next = runtime.block_on(async { timeout(left, queue.recv()).await }).ok().flatten();
        }
    }

    fn claim(&mut self, ask: ClaimAsk) -> Result<Vec<Claim>> {
        self.db()?;
        let claims = self.ledger.claim(ask);
        self.starts.extend(self.ledger.take_delta());
        Ok(claims)
    }

    fn rekey(&mut self, rekeying: &Rekeying) -> Result<usize> {
        let resealed = rekeying.apply(&self.credentials.published())?;
        self.credentials.store(resealed.clone())?;
        let count = resealed.values().map(|own| own.len()).sum();
        self.credentials.publish(resealed);
        Ok(count)
    }

    /// Folds the log, and has the file copied beside the work that goes on: until the next fold nothing in it changes
    /// that the copy needs.
    fn copy(&mut self, copy: Copy, reply: oneshot::Sender<Result<Reply>>) {
        let making = match self.begin_copy(copy) {
            Ok(making) => making,
            Err(error) => return drop(reply.send(Err(error))),
        };
        let make = move || drop(reply.send(making().map(Reply::Copied)));
        match std::thread::Builder::new().name("duckdb-copy".into()).spawn(make) {
            Ok(thread) => self.copies.push(thread),
            Err(error) => tracing::warn!(%error, "no thread could be started to copy the database"),
        }
    }

    fn begin_copy(&mut self, copy: Copy) -> Result<impl FnOnce() -> Result<Copied> + Send + 'static> {
        self.finish_copies();
        self.write_starts();
        let copied = Copied { commits: self.commits.load(Ordering::Acquire), cursor: self.ledger.last_cursor() };
        let log = fold(self.db()?);
        if log.is_ok() {
            self.dirty = false;
        }
        if self.source.is_none() {
            let opened = File::open(&self.path).map_err(|error| StoreError::Failed(error.to_string()))?;
            self.source = Some(Arc::new(opened));
        }
        let Some(source) = self.source.clone() else { return Err(StoreError::Failed("it is closed".into())) };
        let sealed = match &copy {
            // What cannot be folded would be missing.
            Copy::Snapshot(_) => log.map(|()| None)?,
            Copy::Backup(folder) => {
                // What cannot be folded is copied as the log that it is, before more is written to it.
                log.or_else(|_| backup::copy_log(&self.path, folder))?;
                Some(self.credentials.published())
            }
        };
        let path = self.path.clone();
        Ok(move || {
            match (copy, sealed) {
                (Copy::Backup(folder), Some(sealed)) => backup::copy(&source, &path, &sealed, &folder)?,
                (Copy::Snapshot(target) | Copy::Backup(target), _) => {
                    copy_file(&source, &target, 0o400).map(drop).map_err(|error| {
                        StoreError::Failed(format!("no copy could be written to {}: {error}", target.display()))
                    })?;
                }
            }
            Ok(copied)
        })
    }

    fn finish_copies(&mut self) {
        for copy in self.copies.drain(..) {
            let _ = copy.join();
        }
    }

    fn is_copying(&mut self) -> bool {
        self.copies.retain(|copy| !copy.is_finished());
        !self.copies.is_empty()
    }

    /// The open database, opened anew where a failure had closed it.
    fn db(&mut self) -> Result<&Db> {
        if self.db.is_none() {
            self.reopen(Timestamp::now())?;
        }
        self.db.as_ref().ok_or_else(|| StoreError::Failed("it is closed".into()))
    }

    fn write_starts(&mut self) {
        if !self.starts.is_empty()
            && let Err(error) = self.attempt(&[])
        {
            // The runs themselves will meet it when they commit.
            tracing::warn!(%error, "the start of runs could not be written");
            self.starts = Delta::default();
        }
    }

    fn checkpoint(&mut self) {
        if self.is_copying() {
            return;
        }
        if let Some(db) = self.db.as_ref().filter(|_| self.dirty) {
            warn_unfolded(fold(db));
        }
        self.dirty = false;
    }

    /// Commits the group as one; if that fails, each job by itself, so that one bad page spoils no other.
    fn commit_group(&mut self, group: Vec<Job>) {
        match self.attempt(&group.iter().map(|job| &job.ask).collect::<Vec<_>>()) {
            Ok(replies) => answer(group, replies),
            Err(error) if group.len() == 1 => answer(group, vec![Err(error)]),
            Err(error) => {
                tracing::warn!(%error, jobs = group.len(), "a group of commits failed; they are tried one by one");
                for job in group {
                    let reply = self.attempt(&[&job.ask]).map(|mut replies| replies.remove(0)).unwrap_or_else(Err);
                    answer(vec![job], vec![reply]);
                }
            }
        }
    }

    /// One transaction for all, in memory and in the file. A job's own refusal is its reply and fails nobody else.
    fn attempt(&mut self, asks: &[&Ask]) -> Result<Vec<Result<Reply>>> {
        self.db()?;
        let Some(db) = &self.db else { return Err(StoreError::Failed("it is closed".into())) };
        self.ledger.begin();
        let done = land(db, &mut self.ledger, &mut self.credentials, &self.starts, asks);
        match &done {
            Ok(_) => {
                self.ledger.keep();
                self.starts = Delta::default();
                self.dirty = true;
                self.commits.fetch_add(1, Ordering::Release);
                if open::log_bytes(&self.path) > FOLD_AT_BYTES {
                    self.checkpoint();
                }
            }
            Err(error) => {
                self.ledger.undo();
                if is_fatal(error) {
                    tracing::error!(%error, "the database is opened anew");
                    self.readers.close();
                    // Whether the commit is in the file shows then; credentials stay as they are until that is known.
                    (self.db, self.source) = (None, None);
                } else {
                    self.credentials.revert();
                }
            }
        }
        done
    }
}

/// All callers wait at once, so any order among them is a right one: first what moves leases, then the pages, which
/// then hold or have lost theirs for good.
fn land(
    db: &Db,
    ledger: &mut Ledger,
    credentials: &mut Credentials,
    starts: &Delta,
    asks: &[&Ask],
) -> Result<Vec<Result<Reply>>> {
    let mut resealed = Resealed::default();
    let mut replies = Vec::new();
    for ask in asks {
        replies.push(control(ledger, credentials, &mut resealed, ask)?);
    }
    let mut landing = Vec::new();
    for (nth, ask) in asks.iter().enumerate() {
        let Ask::Commit(commit) = ask else { continue };
        match ledger.check_step(&commit.0, &commit.1) {
            Ok(()) => landing.push((nth, &commit.0, &commit.1)),
            Err(error) => replies[nth] = Some(Err(error)),
        }
    }
    transaction(db, "BEGIN", || {
        let paged = landing.iter().filter_map(|(nth, lease, step)| Some((*nth, lease, step.page.as_ref()?)));
        let paged = paged.map(|(nth, lease, page)| (nth, OwnedPage { connection: lease.connection, page }));
        let unowned = asks.iter().enumerate().filter(|(_, ask)| matches!(ask, Ask::Rows(_)));
        let unowned = unowned.filter_map(|(nth, ask)| Some((nth, OwnedPage { connection: 0, page: ask.page()? })));
        let (places, pages): (Vec<_>, Vec<_>) = paged.chain(unowned).unzip();
        let now = landing.iter().map(|(.., step)| step.now).max().unwrap_or(Timestamp::UNIX_EPOCH);
        let mut written = vec![0; asks.len()];
        for (nth, rows) in places.into_iter().zip(merge::apply(db, &pages, now)?) {
            written[nth] = rows;
        }
        for (nth, lease, step) in &landing {
            // Its rows are written: a step that cannot be noted spoils the transaction.
            replies[*nth] = Some(Ok(Reply::Receipt(ledger.advance(lease, step, written[*nth])?)));
        }
        for (nth, ask) in asks.iter().enumerate() {
            if let Ask::RollUp(before) = ask {
                replies[nth] = Some(Ok(Reply::RolledUp(roll_up::roll_up(db, *before)?)));
            }
        }
        let mut delta = starts.clone();
        delta.extend(ledger.take_delta());
        control::write(db, &delta)?;
        // Last, so that little can fail between the credentials and the rows that go with them.
        resealed.after.clone().map_or(Ok(()), |after| credentials.store(after))
    })?;
    resealed.publish(credentials);
    let unanswered = || Err(StoreError::Failed("a question was left without an answer".into()));
    Ok(replies.into_iter().map(|reply| reply.unwrap_or_else(unanswered)).collect())
}

/// Credentials that change with a transaction.
#[derive(Default)]
struct Resealed {
    after: Option<SealedOf>,
    removed: Vec<ConnectionId>,
}

impl Resealed {
    fn put(&mut self, credentials: &Credentials, id: ConnectionId, draft: &ConnectionDraft) -> Result<()> {
        if !draft.credentials.is_empty() {
            let after = self.after.get_or_insert_with(|| credentials.published());
            let own = draft.credentials.seal(id, after.get(&id))?;
            after.insert(id, own);
            after.retain(|_, own| !own.is_empty());
        }
        Ok(())
    }

    /// After the commit. Credentials of removed connections go only now: had the commit failed, they would be missed.
    fn publish(self, credentials: &mut Credentials) {
        if self.after.is_none() && self.removed.is_empty() {
            return;
        }
        let mut sealed = self.after.unwrap_or_else(|| credentials.published());
        sealed.retain(|id, _| !self.removed.contains(id));
        if let Err(error) = credentials.store(sealed.clone()) {
            tracing::warn!(%error, "credentials of a removed connection stay in their file until the next start");
        }
        credentials.publish(sealed);
    }
}

/// The outer error is one that leaves the ledger half changed, and fails the whole group.
fn control(
    ledger: &mut Ledger,
    credentials: &Credentials,
    resealed: &mut Resealed,
    ask: &Ask,
) -> Result<Option<Result<Reply>>> {
    Ok(Some(match ask {
        Ask::Put(draft) => match ledger.put_connection(draft.clone()) {
            Ok(connection) => {
                resealed.put(credentials, connection.id, draft)?;
                Ok(Reply::Connection(connection))
            }
            Err(error) => Err(error),
        },
        Ask::Remove(id, rows, now) => {
            let removed = ledger.remove_connection(*id, *rows, *now);
            resealed.removed.extend(removed.is_ok().then_some(*id));
            removed.map(|()| Reply::Removed)
        }
        Ask::Budget(ask) => Ok(Reply::Budget(ledger.budget(ask))),
        Ask::Request(ask) => ledger.request(ask.clone()).map(Reply::Request),
        Ask::Rows(_) => Ok(Reply::Rows),
        Ask::Commit(_) | Ask::RollUp(_) => return Ok(None),
        // These never wait for a group: see `gather`.
        Ask::Claim(_) | Ask::Rekey(_) | Ask::Copy(_) => return Ok(None),
    }))
}

/// A caller that went away keeps what was committed for it.
fn answer(group: Vec<Job>, replies: Vec<Result<Reply>>) {
    for (job, reply) in group.into_iter().zip(replies) {
        let _ = job.reply.send(reply);
    }
}

/// Folds the log of commits into the file. Where that fails, the log still holds everything, and the next time tries again.
fn fold(db: &Db) -> Result<()> {
    db.execute_batch("CHECKPOINT").map_err(|e| failed(&e))
}

fn warn_unfolded(folded: Result<()>) {
    if let Err(error) = folded {
        tracing::warn!(%error, "the log of commits could not be folded into the database");
    }
}

fn stored(db: &Db) -> Result<Stored> {
    let last = |sql: &str| -> Result<i64> { db.query_row(sql, [], |row| row.get(0)).map_err(|e| failed(&e)) };
    Ok(Stored {
        connections: all::<Connection>(db)?,
        streams: all::<Stream>(db)?,
        gaps: all::<Gap>(db)?,
        quotas: all::<QuotaRow>(db)?,
        notifications: all::<Notification>(db)?,
        settings: all::<Setting>(db)?,
        open_runs: open_runs(db)?,
        last_run: last("SELECT coalesce(max(id), 0) FROM sync.runs")?,
        last_request: last("SELECT coalesce(max(id), 0) FROM sync.requests")?,
        last_cursor: last("SELECT coalesce(max(cursor), 0) FROM sync.run_events")?,
        ..Stored::default()
    })
}

fn all<R: Record>(db: &Db) -> Result<Vec<R>> {
    Ok(read::read(db, &Select::all(R::TABLE))?.records()?)
}

fn open_runs(db: &Db) -> Result<Vec<Run>> {
    let ids = "SELECT id FROM sync.runs WHERE finished_at IS NULL";
    let mut statement = db.prepare(ids).map_err(|e| failed(&e))?;
    let ids = statement.query_map([], |row| row.get(0)).map_err(|e| failed(&e))?;
    let ids = ids.collect::<duckdb::Result<Vec<i64>>>().map_err(|e| failed(&e))?;
    let filter = Filter::In("id", ids);
    let rows: Batch = read::read(db, &Select::all(Run::TABLE).with(filter))?;
    Ok(rows.records()?)
}
