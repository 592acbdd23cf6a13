//! The ledger of one transaction: made of the rows of the connections that it is about, which are locked until its end, and
//! written back. So the rules exist once, and hold across any number of programs.

use std::collections::{BTreeMap, BTreeSet};

use foliosync_engine::ledger::{Delta, Held, Ledger, Stored};
use foliosync_engine::model::notification::Notification;
use foliosync_engine::model::quota::QuotaRow;
use foliosync_engine::model::sync::{
    Connection, ConnectionId, Gap, Run, RunEvent, RunId, Setting, Stream, SyncRequest,
};
use foliosync_engine::model::{Batch, Owner, Record, Table, record_tables};
use foliosync_engine::store::{Filter, RowsOfRemoved, StoreError};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::rows::{records, text_literal};
use super::{Result, failed, merge, run};
use crate::sql::{name, quoted};

/// Which rows a transaction is about.
#[derive(Debug, Default)]
pub struct About {
    pub connections: BTreeSet<ConnectionId>,
    /// Budgets.
    pub scopes: BTreeSet<String>,
    /// Whether it may tell the user something, which is told once for all connections of a provider.
    pub tells: bool,
    /// Whether something went well, which is told where it did not before.
    pub goes_well: bool,
    /// Behind it are the numbers that were taken for runs.
    pub last_run: RunId,
    /// Numbers that it may give out: connections, requests.
    pub connections_new: i64,
    pub requests_new: i64,
    /// Connections that have runs, for whom turns are shared out among.
    pub running: bool,
}

/// Locks and loads. Locks are taken in one order: connections, budgets, notices; so nobody waits for somebody who waits
/// for them.
pub async fn load(
    db: &mut PgConnection,
    about: &About,
    now: Timestamp,
) -> Result<(Ledger, BTreeMap<ConnectionId, String>)> {
    let ids: Vec<ConnectionId> = about.connections.iter().copied().collect();
    let (held, states) = lock(db, &ids).await?;
    // What is told is told by one after the other, so whoever has nothing to tell stays out of that.
    let tells = about.tells || (about.goes_well && number(db, OPEN_NOTICES).await? > 0);
    for scope in &about.scopes {
        // A budget that nobody has taken from has no row that could be locked.
        run(db, &format!("SELECT pg_advisory_xact_lock(hashtextextended({}, 1))", text_literal(scope))).await?;
    }
    if tells {
        run(db, "SELECT pg_advisory_xact_lock(hashtextextended('notices', 2))").await?;
    }
    let mut connections = ids.clone();
    if tells && !ids.is_empty() {
        connections.extend(company(db, &ids).await?);
    }
    let of = |column: &'static str| Filter::In(column, connections.clone());
    let last = if tells { number(db, "SELECT coalesce(max(id), 0) FROM sync.notifications").await? } else { 0 };
    let stored = Stored {
        connections: records::<Connection>(db, |s| s.with(of("id"))).await?,
        streams: records::<Stream>(db, |s| s.with(of("connection_id"))).await?,
        gaps: records::<Gap>(db, |s| s.with(Filter::In("connection_id", ids.clone()))).await?,
        quotas: quotas(db, &about.scopes).await?,
        notifications: if tells { open_notices(db).await? } else { Vec::new() },
        settings: records::<Setting>(db, |s| s).await?,
        open_runs: Vec::new(),
        held,
        running: if about.running { running(db, &ids).await? } else { Vec::new() },
        last_run: about.last_run,
        last_request: take(db, "request", about.requests_new).await?,
        last_cursor: 0,
        last_connection: take(db, "connection", about.connections_new).await?,
        last_notification: last,
    };
    Ok((Ledger::load(stored, now), states))
}

/// The rows that stand for connections, locked; those of connections that are being added are not there yet.
async fn lock(db: &mut PgConnection, ids: &[ConnectionId]) -> Result<(Vec<Held>, BTreeMap<ConnectionId, String>)> {
    let sql = "SELECT connection_id, state::text FROM sync.leases WHERE connection_id = ANY($1)
               ORDER BY connection_id FOR UPDATE";
    let rows = sqlx::query(sql).bind(ids).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))?;
    let (mut held, mut states) = (Vec::new(), BTreeMap::new());
    for row in rows {
        let (id, state): (i64, String) =
            (row.try_get(0).map_err(|e| failed(&e))?, row.try_get(1).map_err(|e| failed(&e))?);
        let unreadable = |error| StoreError::Unusable(format!("the lease of connection {id} cannot be read: {error}"));
        held.push(serde_json::from_str(&state).map_err(unreadable)?);
        states.insert(id, state);
    }
    Ok((held, states))
}

/// One other connection of each provider that fails, and one that does not: all that notices ask of the others.
async fn company(db: &mut PgConnection, ids: &[ConnectionId]) -> Result<Vec<ConnectionId>> {
    let sql = "SELECT DISTINCT ON (c.provider, fails) c.id, coalesce(f.fails, false) AS fails
               FROM sync.connections AS c
               LEFT JOIN (SELECT connection_id, bool_or(failures > 0) AS fails FROM sync.streams GROUP BY connection_id) AS f
                      ON f.connection_id = c.id
               WHERE c.removed_at IS NULL AND c.sync_enabled AND c.id <> ALL($1)
                 AND c.provider IN (SELECT provider FROM sync.connections WHERE id = ANY($1))
               ORDER BY c.provider, fails, c.id";
    let rows = sqlx::query(sql).bind(ids).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))?;
    rows.iter().map(|row| row.try_get(0).map_err(|e| failed(&e))).collect()
}

async fn running(db: &mut PgConnection, but: &[ConnectionId]) -> Result<Vec<Connection>> {
    let sql = "SELECT connection_id FROM sync.leases WHERE worker IS NOT NULL AND connection_id <> ALL($1)";
    let ids = sqlx::query_scalar(sql).bind(but).persistent(false).fetch_all(&mut *db).await.map_err(|e| failed(&e))?;
    records::<Connection>(db, |s| s.with(Filter::In("id", ids))).await
}

async fn quotas(db: &mut PgConnection, scopes: &BTreeSet<String>) -> Result<Vec<QuotaRow>> {
    let mut rows = Vec::new();
    for scope in scopes {
        rows.extend(records::<QuotaRow>(db, |s| s.with(Filter::IsText("scope", scope.clone()))).await?);
    }
    Ok(rows)
}

/// Asked with every run that ends well, so counted there and not brought here. Good news are never over and open nothing.
const OPEN_NOTICES: &str = "SELECT count(*) FROM sync.notifications WHERE over_at IS NULL AND kind <> 'recovered'";

async fn open_notices(db: &mut PgConnection) -> Result<Vec<Notification>> {
    let all: Vec<Notification> = records(db, |s| s).await?;
    Ok(all.into_iter().filter(|notice| notice.over_at.is_none()).collect())
}

async fn number(db: &mut PgConnection, sql: &'static str) -> Result<i64> {
    sqlx::query_scalar(sql).persistent(false).fetch_one(db).await.map_err(|e| failed(&e))
}

/// Takes so many numbers, and gives the last one that was taken before. Some may go unused.
pub async fn take(db: &mut PgConnection, counter: &str, count: i64) -> Result<i64> {
    if count == 0 {
        return Ok(0);
    }
    let sql = "UPDATE sync.counters SET value = value + $1 WHERE name = $2 RETURNING value - $1";
    sqlx::query_scalar(sql).bind(count).bind(counter).persistent(false).fetch_one(db).await.map_err(|e| failed(&e))
}

/// Writes what a ledger hands out. The number that its lines of the log begin behind is taken last: until
/// the commit nobody else takes one, so the log grows in the order of commits and no reader passes a line over.
pub async fn save(
    db: &mut PgConnection,
    ledger: &mut Ledger,
    states: &BTreeMap<ConnectionId, String>,
    about: &About,
    worker: i64,
) -> Result<Saved> {
    let mut delta = ledger.take_delta();
    for (id, rows) in &delta.removed {
        remove(db, *id, *rows).await?;
    }
    put::<Connection>(db, delta.connections.values()).await?;
    put::<Stream>(db, delta.streams.values()).await?;
    put::<Run>(db, delta.runs.values().map(|row| &row.run)).await?;
    put::<QuotaRow>(db, delta.quotas.values()).await?;
    put::<Notification>(db, delta.notifications.values()).await?;
    for (connection, stream, item) in delta.gaps.iter().filter(|(_, gap)| gap.is_none()).map(|(key, _)| key) {
        let sql = "DELETE FROM sync.gaps WHERE connection_id = $1 AND stream = $2 AND item = $3";
        let deleting = sqlx::query(sql).bind(connection).bind(stream).bind(item).persistent(false);
        deleting.execute(&mut *db).await.map_err(|e| failed(&e))?;
    }
    put::<Gap>(db, delta.gaps.values().flatten()).await?;
    let touched: BTreeSet<ConnectionId> = about.connections.iter().chain(delta.connections.keys()).copied().collect();
    save_leases(db, ledger, &touched, states, &delta, worker).await?;
    let lines = i64::try_from(delta.events.len()).unwrap_or(i64::MAX);
    let is_told = lines > 0 || !delta.requests.is_empty() || !delta.settings.is_empty();
    // From here to the commit, one after the other: as little as can be.
    let base = if is_told { take_cursors(db, lines).await? } else { 0 };
    put::<Setting>(db, delta.settings.values()).await?;
    delta.events.iter_mut().for_each(|event| event.cursor += base);
    delta.requests.iter_mut().for_each(|request| request.after += base);
    put::<SyncRequest>(db, &delta.requests).await?;
    put::<RunEvent>(db, &delta.events).await?;
    Ok(Saved { base, cursor: base + lines })
}

/// Where a transaction stands in the log.
pub struct Saved {
    /// The number that its lines begin behind.
    pub base: i64,
    /// The number of its last line; nothing where it has none.
    pub cursor: i64,
}

async fn take_cursors(db: &mut PgConnection, lines: i64) -> Result<i64> {
    let sql = "UPDATE sync.counters SET value = value + $1 WHERE name = 'cursor' RETURNING value - $1";
    sqlx::query_scalar(sql).bind(lines).persistent(false).fetch_one(db).await.map_err(|e| failed(&e))
}

/// Makes what connections have beside their rows, for rows that came from elsewhere.
pub async fn adopt(db: &mut PgConnection, now: Timestamp) -> Result<()> {
    let connections = records::<Connection>(db, |s| s).await?;
    let connections = connections.iter().filter(|connection| connection.removed_at.is_none()).map(|c| c.id).collect();
    let about = About { connections, ..About::default() };
    let (ledger, states) = load(db, &about, now).await?;
    save_leases(db, &ledger, &about.connections, &states, &Delta::default(), 0).await?;
    for (counter, last) in [
        ("connection", "SELECT max(id) FROM sync.connections"),
        ("run", "SELECT max(id) FROM sync.runs"),
        ("request", "SELECT max(id) FROM sync.requests"),
        ("cursor", "SELECT max(cursor) FROM sync.run_events"),
    ] {
        run(
            db,
            &format!(
                "UPDATE sync.counters SET value = greatest(value, coalesce(({last}), 0)) WHERE name = '{counter}'"
            ),
        )
        .await?;
    }
    Ok(())
}

/// Writes what connections have beside their rows, where it changed: all in one statement.
async fn save_leases(
    db: &mut PgConnection,
    ledger: &Ledger,
    ids: &BTreeSet<ConnectionId>,
    before: &BTreeMap<ConnectionId, String>,
    delta: &Delta,
    worker: i64,
) -> Result<()> {
    let moved: BTreeSet<ConnectionId> =
        delta.streams.keys().map(|(id, _)| *id).chain(delta.connections.keys().copied()).collect();
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    let (mut dues, mut workers, mut untils, mut states) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let micros = |at: Timestamp| at.as_microsecond();
    for id in ids {
        let Some((held, due)) = ledger.held(*id) else {
            gone.push(*id);
            continue;
        };
        let state = serde_json::to_string(&held).map_err(|error| StoreError::Failed(error.to_string()))?;
        if before.get(id) == Some(&state) && !moved.contains(id) {
            continue;
        }
        let lease = held.lease().map(|(_, until)| micros(until));
        kept.push(*id);
        dues.push(due.filter(|due| *due < Timestamp::MAX).map(micros));
        workers.push(lease.map(|_| worker));
        untils.push(lease);
        states.push(state);
    }
    if !gone.is_empty() {
        let sql = "DELETE FROM sync.leases WHERE connection_id = ANY($1)";
        sqlx::query(sql).bind(gone).persistent(false).execute(&mut *db).await.map_err(|e| failed(&e))?;
    }
    if kept.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO sync.leases (connection_id, provider, owner, due_at, worker, live_until, state)
               SELECT c.id, c.provider, c.owner, to_timestamp(0) + k.due * interval '1 microsecond', k.worker,
                      to_timestamp(0) + k.until * interval '1 microsecond', k.state::json
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
                        AS k(id, due, worker, until, state)
               JOIN sync.connections AS c ON c.id = k.id
               ON CONFLICT (connection_id) DO UPDATE
               SET provider = EXCLUDED.provider, owner = EXCLUDED.owner, due_at = EXCLUDED.due_at,
                   worker = EXCLUDED.worker, live_until = EXCLUDED.live_until, state = EXCLUDED.state";
    let saving = sqlx::query(sql).bind(kept).bind(dues).bind(workers).bind(untils).bind(states).persistent(false);
    saving.execute(db).await.map(drop).map_err(|e| failed(&e))
}

pub async fn put<'a, R: Record + 'a>(db: &mut PgConnection, records: impl IntoIterator<Item = &'a R>) -> Result<()> {
    let rows = Batch::of::<R>(records);
    if rows.is_empty() {
        return Ok(());
    }
    merge::place(db, R::TABLE, &rows).await
}

async fn remove(db: &mut PgConnection, id: ConnectionId, rows: RowsOfRemoved) -> Result<()> {
    let is_theirs = |table: &&Table| table.owner == Owner::Connection || table.column("connection_id").is_some();
    let owned = record_tables().into_iter().filter(is_theirs);
    let owned = owned.filter(|_| rows == RowsOfRemoved::Delete);
    for table in owned.chain([Stream::TABLE, Gap::TABLE]) {
        let sql = format!("DELETE FROM {} WHERE {} = {id}", name(table), quoted("connection_id"));
        sqlx::query(AssertSqlSafe(sql)).persistent(false).execute(&mut *db).await.map_err(|e| failed(&e))?;
    }
    let sql = "DELETE FROM foliosync_secrets.credentials WHERE connection_id = $1";
    sqlx::query(sql).bind(id).persistent(false).execute(db).await.map(drop).map_err(|e| failed(&e))
}
