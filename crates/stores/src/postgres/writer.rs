//! Takes everything that waits in this program, commits it as one transaction, and answers each caller. Other programs do
//! the same beside it; what they share, they lock.

use std::collections::BTreeSet;
use std::time::Duration;

use foliosync_engine::budget::{BudgetAsk, BudgetGrant};
use foliosync_engine::ledger::Ledger;
use foliosync_engine::limits::{GROUP_PAGES_MAX, GROUP_ROWS_MAX};
use foliosync_engine::model::sync::{Connection, ConnectionId, Cursor, Outcome, SyncRequest};
use foliosync_engine::provider::Page;
use foliosync_engine::secrets::Rekeying;
use foliosync_engine::store::{
    Claim, ClaimAsk, ConnectionDraft, Lease, Receipt, RowsOfRemoved, Step, StoreError, StreamEnd, SyncAsk,
};
use jiff::Timestamp;
use sqlx::{PgConnection, PgPool};
use tokio::sync::{mpsc, oneshot};

use super::control::{self, About, Saved};
use super::merge;
use super::news::Told;
use super::{Result, begin, claims, credentials, failed, run};
use crate::work::OwnedPage;

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
    Budget(BudgetAsk),
}

pub enum Reply {
    Connection(Connection),
    Removed,
    Request(SyncRequest),
    Claims(Vec<Claim>),
    Receipt(Receipt),
    Rows,
    Rekeyed(usize),
    Budget(BudgetGrant),
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

    fn note(&self, about: &mut About) {
        match self {
            Ask::Put(draft) => {
                about.connections.extend(draft.id);
                about.connections_new += i64::from(draft.id.is_none());
                about.tells |= !draft.sync_enabled;
            }
            Ask::Remove(id, ..) => {
                about.connections.insert(*id);
                about.tells = true;
            }
            Ask::Request(ask) => {
                about.connections.extend(&ask.connections);
                about.requests_new += 1;
            }
            Ask::Commit(commit) => {
                about.connections.insert(commit.0.connection);
                let end = commit.1.stream_end.as_ref();
                let fails = |end: &StreamEnd| end.failures > 0 || end.outcome == Outcome::NeedsUser;
                about.tells |= end.is_some_and(fails);
                about.goes_well |= end.is_some();
            }
            Ask::Budget(ask) => about.scopes.extend(ask.about().0.into_iter().map(|budget| budget.scope.clone())),
            Ask::Claim(_) | Ask::Rows(_) | Ask::Rekey(_) => {}
        }
    }

    /// Whether two of them may be in one transaction. Claims look at all connections, new keys change all credentials.
    fn is_alone(&self) -> bool {
        matches!(self, Ask::Claim(_) | Ask::Rekey(_))
    }

    fn now(&self) -> Timestamp {
        match self {
            Ask::Put(draft) => draft.now,
            Ask::Remove(.., now) => *now,
            Ask::Request(ask) => ask.now,
            Ask::Claim(ask) => ask.now,
            Ask::Commit(commit) => commit.1.now,
            Ask::Budget(ask) => ask.about().1,
            Ask::Rows(_) | Ask::Rekey(_) => Timestamp::UNIX_EPOCH,
        }
    }
}

/// Answers jobs until nobody can ask any more.
pub async fn serve(pool: PgPool, worker: i64, told: Told, mut queue: mpsc::Receiver<Job>) {
    let mut next = None;
    loop {
        let first = match next.take() {
            Some(job) => job,
            None => match queue.recv().await {
                Some(job) => job,
                None => return,
            },
        };
        let (mut group, mut rows) = (vec![first], 0);
        while !group[0].ask.is_alone() && group.len() < GROUP_PAGES_MAX && rows < GROUP_ROWS_MAX {
            let Ok(job) = queue.try_recv() else { break };
            if job.ask.is_alone() {
                next = Some(job);
                break;
            }
            rows += job.ask.rows();
            group.push(job);
        }
        commit_group(&Writer { pool: &pool, worker, told: &told }, group).await;
    }
}

struct Writer<'a> {
    pool: &'a PgPool,
    worker: i64,
    told: &'a Told,
}

/// Commits the group as one; if that fails, each job by itself, so that one bad page spoils no other.
async fn commit_group(writer: &Writer<'_>, group: Vec<Job>) {
    match attempt(writer, &group.iter().map(|job| &job.ask).collect::<Vec<_>>()).await {
        Ok(replies) => answer(group, replies),
        Err(error) if group.len() == 1 => answer(group, vec![Err(error)]),
        Err(error) => {
            tracing::warn!(%error, jobs = group.len(), "a group of commits failed; they are tried one by one");
            for job in group {
                let reply = attempt(writer, &[&job.ask]).await;
                let reply = reply.map(|mut replies| replies.remove(0)).unwrap_or_else(Err);
                answer(vec![job], vec![reply]);
            }
        }
    }
}

fn answer(group: Vec<Job>, replies: Vec<Result<Reply>>) {
    for (job, reply) in group.into_iter().zip(replies) {
        let _ = job.reply.send(reply);
    }
}

/// How often a transaction is tried that lost against another one.
const LOST_MAX: u32 = 5;
const LOST_PAUSE: Duration = Duration::from_millis(20);

async fn attempt(writer: &Writer<'_>, asks: &[&Ask]) -> Result<Vec<Result<Reply>>> {
    let mut lost = 0;
    loop {
        let mut db = begin(writer.pool).await?;
        let done = match land(writer, &mut db, asks).await {
            Ok(landed) => db.commit().await.map_err(|e| failed(&e)).map(|()| landed),
            Err(error) => {
                let _ = db.rollback().await;
                Err(error)
            }
        };
        match done {
            Ok((replies, cursor)) => {
                let is_due = asks.iter().any(|ask| matches!(ask, Ask::Put(_) | Ask::Request(_)));
                writer.told.send_if_modified(|told| {
                    told.cursor = told.cursor.max(cursor);
                    told.due += u64::from(is_due);
                    cursor > 0 || is_due
                });
                return Ok(replies);
            }
            Err(StoreError::Failed(why)) if why.contains("deadlock detected") && lost < LOST_MAX => {
                lost += 1;
                tokio::time::sleep(LOST_PAUSE * lost).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What became of each, and the last line of the log that they wrote; none is 0.
type Landed = (Vec<Result<Reply>>, Cursor);

async fn land(writer: &Writer<'_>, db: &mut PgConnection, asks: &[&Ask]) -> Result<Landed> {
    match asks {
        [Ask::Claim(ask)] => {
            let (claims, cursor) = claims::claim(writer.pool, db, writer.worker, ask).await?;
            Ok((vec![Ok(Reply::Claims(claims))], cursor))
        }
        [Ask::Rekey(rekeying)] => Ok((vec![credentials::rekey(db, rekeying).await.map(Reply::Rekeyed)], 0)),
        _ => land_group(db, writer.worker, asks).await,
    }
}

/// All callers wait at once, so any order among them is a right one: first what moves leases, then the pages, which
/// then hold or have lost theirs for good.
async fn land_group(db: &mut PgConnection, worker: i64, asks: &[&Ask]) -> Result<Landed> {
    let mut about = About::default();
    asks.iter().for_each(|ask| ask.note(&mut about));
    let now = asks.iter().map(|ask| ask.now()).max().unwrap_or(Timestamp::UNIX_EPOCH);
    if asks.iter().any(|ask| matches!(ask, Ask::Put(_))) {
        // Labels are told apart over all connections.
        run(db, "SELECT pg_advisory_xact_lock(hashtextextended('labels', 3))").await?;
    }
    let (mut ledger, states) = control::load(db, &about, now).await?;
    let mut replies: Vec<Option<Result<Reply>>> = Vec::new();
    for ask in asks {
        replies.push(control(db, &mut ledger, ask).await?);
    }
    let mut landing = Vec::new();
    for (nth, ask) in asks.iter().enumerate() {
        let Ask::Commit(commit) = ask else { continue };
        match ledger.check_step(&commit.0, &commit.1) {
            Ok(()) => landing.push((nth, &commit.0, &commit.1)),
            Err(error) => replies[nth] = Some(Err(error)),
        }
    }
    // Two pages of one connection in a group would merge in no order.
    let connections: BTreeSet<_> = landing.iter().map(|(_, lease, _)| lease.connection).collect();
    if connections.len() < landing.len() {
        return Err(StoreError::Failed("two pages of one connection came at once".into()));
    }
    let paged = landing.iter().filter_map(|(nth, lease, step)| Some((*nth, lease, step.page.as_ref()?)));
    let paged = paged.map(|(nth, lease, page)| (nth, OwnedPage { connection: lease.connection, page }));
    let unowned = asks.iter().enumerate().filter(|(_, ask)| matches!(ask, Ask::Rows(_)));
    let unowned = unowned.filter_map(|(nth, ask)| Some((nth, OwnedPage { connection: 0, page: ask.page()? })));
    let (places, pages): (Vec<_>, Vec<_>) = paged.chain(unowned).unzip();
    let mut written = vec![0; asks.len()];
    for (nth, rows) in places.into_iter().zip(merge::apply(db, &pages, now).await?) {
        written[nth] = rows;
    }
    for (nth, lease, step) in &landing {
        // Its rows are written: a step that cannot be noted spoils the transaction.
        replies[*nth] = Some(Ok(Reply::Receipt(ledger.advance(lease, step, written[*nth])?)));
    }
    let Saved { base, cursor } = control::save(db, &mut ledger, &states, &about, worker).await?;
    let unanswered = || Err(StoreError::Failed("a question was left without an answer".into()));
    let replies = replies.into_iter().map(|reply| reply.unwrap_or_else(unanswered).map(|reply| behind(reply, base)));
    Ok((replies.collect(), cursor))
}

/// Lines of the log are numbered within the transaction until its end.
fn behind(reply: Reply, base: i64) -> Reply {
    match reply {
        Reply::Receipt(receipt) => Reply::Receipt(Receipt { cursor: receipt.cursor + base, ..receipt }),
        Reply::Request(request) => Reply::Request(SyncRequest { after: request.after + base, ..request }),
        other => other,
    }
}

async fn control(db: &mut PgConnection, ledger: &mut Ledger, ask: &Ask) -> Result<Option<Result<Reply>>> {
    Ok(Some(match ask {
        Ask::Put(draft) => {
            if is_taken(db, draft).await? {
                return Ok(Some(Err(StoreError::LabelTaken(draft.label.clone()))));
            }
            match ledger.put_connection(draft.clone()) {
                Ok(connection) => {
                    credentials::put(db, connection.id, draft).await?;
                    Ok(Reply::Connection(connection))
                }
                Err(error) => Err(error),
            }
        }
        Ask::Remove(id, rows, now) => ledger.remove_connection(*id, *rows, *now).map(|()| Reply::Removed),
        Ask::Budget(ask) => Ok(Reply::Budget(ledger.budget(ask))),
        Ask::Request(ask) => ledger.request(ask.clone()).map(Reply::Request),
        Ask::Rows(_) => Ok(Reply::Rows),
        Ask::Commit(_) | Ask::Claim(_) | Ask::Rekey(_) => return Ok(None),
    }))
}

async fn is_taken(db: &mut PgConnection, draft: &ConnectionDraft) -> Result<bool> {
    let sql =
        "SELECT count(*) FROM sync.connections WHERE removed_at IS NULL AND label = $1 AND id IS DISTINCT FROM $2";
    let found = sqlx::query_scalar::<_, i64>(sql).bind(&draft.label).bind(draft.id).persistent(false).fetch_one(db);
    Ok(found.await.map_err(|e| failed(&e))? > 0)
}
